"""The server as partners meet it, over HTTP: the standard's own specification, tried by schemathesis, is the judge."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mobility.accounts.caller import SYSTEM
from mobility.acts.accounts.api_keys import list_keys, revoke_key
from mobility.acts.standard_covoiturage.test_data import load_test_data
from mobility.http.standard_covoiturage import ROOT
from tests.mobility.standard_covoiturage.live_partner import Live, serve

HERE = Path(__file__).parent
SHARED = HERE.parents[3] / "shared"
SPECIFICATION = SHARED / "specs" / "standard-covoiturage-openapi.yaml"
TEST_DATA = SHARED / "data" / "carpool" / "standard-covoiturage-test-data.json"

USER = {"id": "1", "operator": "partner.example", "alias": "Paul"}
BOOKING: dict[str, Any] = {
    "id": "85fbe72b-6064-2890-04a5-31f967898df5",
    "driver": USER,
    "passenger": USER,
    "status": "WAITING_CONFIRMATION",
    "price": {},
    "passengerPickupDate": 1_790_000_000,
    "passengerPickupLat": 47.0,
    "passengerPickupLng": 5.0,
    "passengerDropLat": 47.1,
    "passengerDropLng": 5.0,
}
SEARCH = {
    "departureLat": 47,
    "departureLng": 5,
    "arrivalLat": 47.1,
    "arrivalLng": 5,
    "departureDate": 1_790_000_000,
}
TRIPS = {name: value for name, value in SEARCH.items() if name != "departureDate"} | {
    "departureTimeOfDay": "07:30:00"
}
PATHS = ["/driver_journeys", "/passenger_journeys", "/driver_regular_trips", "/passenger_regular_trips"]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Serves test data: one booking."""
    with serve(tmp_path_factory.mktemp("partner"), standard_covoiturage="test-data") as running:
        load_test_data(running.services.acts, {"bookings": [BOOKING], "users": [USER]})
        yield running


@pytest.fixture(scope="module")
def live_rides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Serves rides; there are none."""
    with serve(tmp_path_factory.mktemp("rides")) as running:
        yield running


def test_status_needs_no_key(live: Live) -> None:
    assert httpx.get(f"{live.address}/status", timeout=120).status_code == 200


@pytest.mark.parametrize(
    "path",
    [*PATHS, f"/bookings/{BOOKING['id']}", "/bookings/5f0c1f4e-6a3b-4d1a-9c57-2f1f8a1b7c3d", "/bookings/x"],
)
def test_nobody_learns_anything_without_a_key(live: Live, path: str) -> None:
    answers = [
        httpx.get(live.address + path, headers=headers, timeout=120)
        for headers in ({}, {"X-API-Key": "mob_nonsense"}, {"Authorization": "Bearer nonsense"})
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert {answer.json()["error"] for answer in answers} == {
        "Sign in: this needs a valid access token or key."
    }
    assert all(answer.headers["content-type"] == "application/json" for answer in answers)


def test_metrics_tell_of_the_worker(live: Live) -> None:
    live.services.worker.run_once()
    with live.services.unit_of_work() as work:
        work.events.add("happened", {}, live.services.acts.now())
        work.commit()
    said = httpx.get(live.address.removesuffix(ROOT) + "/metrics", timeout=120).text
    assert 'mobility_events{kind="happened",state="waiting"} 1.0' in said
    assert 'mobility_job_runs_total{job="forget delivered events"} 1.0' in said
    assert 'mobility_job_failures_total{job="forget delivered events"} 0.0' in said


def test_a_revoked_key_is_of_no_use(live: Live) -> None:
    key = next(one for one in list_keys(live.services.accounts, SYSTEM) if one.operator == "other.example")
    assert live.ask("GET", "/driver_journeys", "other.example", params=SEARCH).status_code == 200
    revoke_key(live.services.accounts, SYSTEM, key.id)
    assert live.ask("GET", "/driver_journeys", "other.example", params=SEARCH).status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_searches_answer_with_a_list(live_rides: Live, path: str) -> None:
    answer = live_rides.ask("GET", path, params=TRIPS if "regular" in path else SEARCH)
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"departureLat": None}, "departureLat"),
        ({"departureLat": "north"}, "departureLat"),
        ({"departureLat": "nan"}, "departureLat"),
        ({"departureLat": "inf"}, "departureLat"),
        ({"departureLat": "1_0"}, "departureLat"),
        ({"departureDate": "1.5"}, "departureDate"),
        ({"count": ""}, "count"),
        ({"count": ["1", "2"]}, "count"),
        ({"timeDelta": "900s"}, "timeDelta"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_name(
    live: Live, changes: dict[str, Any], words: str
) -> None:
    params = {name: value for name, value in (SEARCH | changes).items() if value is not None}
    answer = live.ask("GET", "/driver_journeys", params=params)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


@pytest.mark.parametrize("time", ["7:30", "25:00:00", "noon", ""])
def test_a_time_of_day_that_is_none(live: Live, time: str) -> None:
    answer = live.ask("GET", "/driver_regular_trips", params=TRIPS | {"departureTimeOfDay": time})
    assert answer.status_code == 400
    assert "departureTimeOfDay" in answer.json()["error"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": "no-uuid"}, "id"),
        ({"status": "DONE"}, "status"),
        ({"driver": None}, "driver"),
        ({"driver": {"id": "1"}}, "driver"),
        ({"passengerPickupDate": "1790000000"}, "passengerPickupDate"),
        ({"passengerPickupDate": True}, "passengerPickupDate"),
        ({"passengerPickupDate": 1 << 63}, "passengerPickupDate"),
        ({"passengerPickupLat": "47"}, "passengerPickupLat"),
        ({"price": {"type": "CHEAP"}}, "price"),
        ({"car": None}, "car"),
        ({"driverJourneyId": ""}, "driverJourneyId"),
        ({"passenger": USER | {"grade": 6}}, "grade"),
    ],
)
def test_a_booking_that_makes_no_sense(live: Live, changes: dict[str, Any], words: str) -> None:
    answer = live.ask("POST", "/bookings", json=BOOKING | {"id": str(uuid.uuid4())} | changes)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"id": NaN}', b"\xff", b"[" * 100_000])
def test_a_body_that_is_none(live: Live, body: bytes) -> None:
    for path in ("/bookings", "/messages", "/booking_events"):
        assert live.ask("POST", path, content=body).status_code == 400


def test_the_life_of_a_booking_over_http(live: Live) -> None:
    booking = BOOKING | {"id": str(uuid.uuid4()).upper(), "passengerPickupDate": 5.0, "more": "\ud800 kept"}
    made = live.ask("POST", "/bookings", content=json.dumps(booking))
    assert made.status_code == 201
    path = f"/bookings/{booking['id'].lower()}"
    assert live.ask("GET", path).json() == booking | {"id": booking["id"].lower()}
    assert live.ask("PATCH", path, params={"status": "CONFIRMED", "message": "yes"}).status_code == 200
    again = live.ask("PATCH", path.upper().replace("/BOOKINGS", "/bookings"), params={"status": "CONFIRMED"})
    assert again.status_code == 409
    assert again.json()["error"].startswith("status_already_set")
    assert live.ask("PATCH", path, params={"status": "WAITING_CONFIRMATION"}).status_code == 400
    assert live.ask("PATCH", path, params={"status": "LOST"}).status_code == 400
    assert live.ask("PATCH", path).status_code == 400
    assert live.ask("PATCH", path, params={"status": "CANCELLED", "message": "x" * 501}).status_code == 400
    missing = live.ask("GET", f"/bookings/{uuid.uuid4()}")
    assert (missing.status_code, missing.json()["error"].split(":")[0]) == (404, "missing_booking")


def test_events_and_messages(live: Live) -> None:
    data = {name: value for name, value in BOOKING.items() if name != "passenger"} | {
        "id": str(uuid.uuid4()),
        "webUrl": "https://partner.example/b",
    }
    event = {"id": str(uuid.uuid4()), "idToken": "x", "data": data}
    assert live.ask("POST", "/booking_events", json=event).status_code == 200
    both = event | {"data": data | {"passenger": USER}}
    assert live.ask("POST", "/booking_events", json=both).status_code == 400, (
        "oneOf: a driver's or a passenger's"
    )
    neither = event | {"data": {}}
    assert live.ask("POST", "/booking_events", json=neither).status_code == 400
    message = {"from": USER, "to": USER, "message": "Bonjour", "recipientCarpoolerType": "DRIVER"}
    assert live.ask("POST", "/messages", json=message).status_code == 201
    assert live.ask("POST", "/messages", json=message | {"to": USER | {"id": "9"}}).status_code == 404
    assert live.ask("POST", "/messages", json=message | {"message": "x" * 501}).status_code == 400


def test_methods_that_are_not_the_standards(live: Live) -> None:
    answer = live.ask("DELETE", f"/bookings/{BOOKING['id']}")
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "PATCH"})


@pytest.mark.shared
@pytest.mark.skipif(not TEST_DATA.exists(), reason="the standard's test data is not beside the project")
def test_the_playgrounds_test_data_is_found(live: Live) -> None:
    """Every thing of it, by its own place and time; and none by a place elsewhere."""
    document = json.loads(TEST_DATA.read_text(encoding="utf-8"))
    load_test_data(live.services.acts, document)
    for path, collection in zip(
        PATHS,
        ("driverJourneys", "passengerJourneys", "driverRegularTrips", "passengerRegularTrips"),
        strict=True,
    ):
        for thing in document[collection]:
            query: dict[str, Any] = {
                "departureLat": thing["passengerPickupLat"],
                "departureLng": thing["passengerPickupLng"],
                "arrivalLat": thing["passengerDropLat"],
                "arrivalLng": thing["passengerDropLng"],
            }
            if "regular" in path:
                (schedule,) = thing["Schedules"]
                query |= {
                    "departureTimeOfDay": schedule["passengerPickupTimeOfDay"],
                    "departureWeekdays": schedule["passengerPickupDay"],
                }
                wanted = {name: value for name, value in thing.items() if name != "Schedules"}
            else:
                query |= {"departureDate": thing["passengerPickupDate"]}
                wanted = thing
            found = live.ask("GET", path, params=query).json()
            assert any(wanted.items() <= one.items() for one in found)
            assert live.ask("GET", path, params=query | {"departureLat": 80}).json() == []
    for booking in document["bookings"]:
        assert live.ask("GET", f"/bookings/{booking['id']}").json() == booking


PHASES = {"test-data": "examples,coverage,fuzzing,stateful", "rides": "examples,fuzzing,stateful"}
"""The edges of the schema are the same for both, and take longest."""


@pytest.mark.shared
@pytest.mark.skipif(
    not SPECIFICATION.exists(), reason="the standard's specification is not beside the project"
)
@pytest.mark.parametrize("mode", ["test-data", "rides"])
def test_schemathesis_finds_no_failure(mode: str, live: Live, live_rides: Live, tmp_path: Path) -> None:
    """All its checks, in examples, at the edges of the schema, at random, and in sequences of calls (stateful)."""
    running = live if mode == "test-data" else live_rides
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "schemathesis_formats", "PYTHONPATH": str(HERE)}
    command = [
        *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
        *("--config-file", str(HERE / "schemathesis.toml"), "run", str(SPECIFICATION)),
        *("--url", running.address, "--header", f"X-API-Key: {running.keys['partner.example']}"),
        *("--checks", "all", "--phases", PHASES[mode], "--max-examples", "4"),
        *("--seed", "1", "--request-timeout", "120", "--warnings", "off", "--no-color"),
    ]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert "Stateful" in ran.stdout
