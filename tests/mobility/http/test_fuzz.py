"""Whatever is sent, the answer is an answer or a problem in words; never a failure of ours."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from mobility.http.boards import MAP_STOPS, STOP, STOPTIMES, TRIP
from mobility.http.parameters import Parameter
from mobility.http.plan_parameters import PARAMETERS
from mobility.http.reach import ISOCHRONES, LAST_RETURN, ONE_TO_ALL
from tests.mobility.http.asking import AVALLON, CLUNY, MONDAY

RELAXED = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)

NASTY = st.one_of(
    st.text(max_size=30),
    st.text(string.printable, max_size=30),
    st.sampled_from(
        [
            *(
                "",
                " ",
                "0",
                "-1",
                "1e309",
                "NaN",
                "inf",
                "-0",
                "٣",
                "1_000",
                "0x10",
                "9" * 30,
                "true",
                "TRUE",
                ",",
            ),
            *(
                "LATER|",
                "LATER|99999999999",
                "EARLIER|0",
                "LATER|١٢٣٤٥٦٧٨",
                "\x00",
                "'; --",
                "../..",
                "%00",
                "🚌",
            ),
            *("91,0", "47,5", "47,5,", "47.0;5.0", "nan,nan", "1e5,1e5", "-90,-180", "90,180", "47,5,99999"),
            *(
                "20260615_08:00_r_R-08",
                "20260615_99:99_r_R-08",
                "00000000_00:00_",
                "20260615_008:00:99_r_R-08",
            ),
            *("2026-06-15T06:00:00Z", "2026-02-30T00:00:00Z", "1990-01-01T00:00:00Z", "2099-12-31T23:59:59Z"),
            *(
                "2026-06-15T24:00:00Z",
                "2026-W25-1T06:00:00Z",
                "20260615T060000Z",
                "r_AVA",
                "r_X1",
                "r_",
                "\ud7ff",
            ),
        ]
    ),
)


def queries(parameters: tuple[Parameter, ...]) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Query strings of known and unknown names, sometimes twice, with plausible and with absurd values."""
    plausible: dict[str, st.SearchStrategy[str]] = {
        "integer": st.integers(-5, 100_000).map(str),
        "integers": st.lists(st.integers(-1, 300), max_size=4).map(lambda some: ",".join(map(str, some))),
        "number": st.floats(-10, 1000).map(str),
        "boolean": st.sampled_from(["true", "false"]),
        "instant": st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
        "coordinates": st.tuples(st.floats(-90, 90), st.floats(-180, 180)).map(
            lambda p: f"{p[0]:.5f},{p[1]:.5f}"
        ),
        "text": st.sampled_from([AVALLON, CLUNY, "r_HAM", "r_X1", "47.0,5.0", "47.4,5.4"]),
    }

    def pair(parameter: Parameter) -> st.SearchStrategy[tuple[str, str]]:
        listed = st.sampled_from(parameter.choices or ("en", "fr"))
        good = plausible.get(parameter.kind, listed)
        return st.tuples(st.just(parameter.name), st.one_of(good, good, NASTY))

    some = st.one_of([pair(parameter) for parameter in parameters] + [st.tuples(st.text(max_size=8), NASTY)])
    required = [pair(parameter) for parameter in parameters if parameter.required]
    return st.tuples(st.lists(some, max_size=8), st.tuples(*required)).map(
        lambda parts: [*parts[0], *parts[1]]
    )


def expect(client: TestClient, path: str, query: list[tuple[str, str]]) -> None:
    response = client.get(path, params=query)
    assert response.status_code < 500, (query, response.text)
    if response.status_code >= 400:
        body: dict[str, Any] = response.json()
        assert response.headers["content-type"] == "application/problem+json"
        for said in ("error", "fr", "requestId"):
            assert body[said]


OTHERS = {
    "/api/v6/one-to-all": queries(ONE_TO_ALL),
    "/v1/isochrones": queries(ISOCHRONES),
    "/v1/last-return": queries(LAST_RETURN),
    "/api/v6/stoptimes": queries(STOPTIMES),
    "/api/v6/trip": queries(TRIP),
    "/api/v6/stop": queries(STOP),
    "/api/v6/map/stops": queries(MAP_STOPS),
}


@RELAXED
@given(query=queries(PARAMETERS))
def test_plan(client: TestClient, query: list[tuple[str, str]]) -> None:
    expect(client, "/api/v6/plan", query)


@RELAXED
@given(query=queries(PARAMETERS[2:25]))
def test_plan_between_real_places(client: TestClient, query: list[tuple[str, str]]) -> None:
    fixed = [("fromPlace", AVALLON), ("toPlace", CLUNY), ("time", f"{MONDAY}T06:00:00Z")]
    expect(client, "/api/v6/plan", fixed + [pair for pair in query if pair[0] != "time"])


@pytest.mark.parametrize("path", OTHERS)
@RELAXED
@given(data=st.data())
def test_others(client: TestClient, path: str, data: st.DataObject) -> None:
    expect(client, path, data.draw(OTHERS[path]))


@RELAXED
@given(raw=st.binary(max_size=200))
def test_any_bytes(client: TestClient, raw: bytes) -> None:
    """Bytes as they come, not as a client would escape them; what no HTTP request line can hold left out."""
    kept = bytes(byte for byte in raw if byte not in b"#\r\n\t \x00" and 32 < byte < 127)
    response = client.get("/api/v6/plan?" + kept.decode("ascii"))
    assert response.status_code < 500


@RELAXED
@given(body=st.binary(max_size=300))
def test_any_body(client: TestClient, body: bytes) -> None:
    response = client.post("/api/v6/plan", content=body)
    assert response.status_code < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@RELAXED
@given(offsets=JSON, more=st.dictionaries(st.sampled_from([p.name for p in PARAMETERS]), JSON, max_size=4))
def test_any_json(client: TestClient, offsets: Any, more: dict[str, Any]) -> None:
    body = {"fromPlace": AVALLON, "toPlace": CLUNY, "fromOffsets": offsets} | more
    try:
        response = client.post("/api/v6/plan", json=body)
    except (UnicodeEncodeError, ValueError):
        return  # what no client can send
    assert response.status_code < 500, (body, response.text)
