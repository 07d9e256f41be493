"""Answers fit the schemas of the MOTIS API's own document."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from starlette.testclient import TestClient

from tests.mobility.http.asking import AVALLON, BEAUNE, CLUNY, HAMLET, MONDAY, get

DOCUMENT = Path(__file__).parents[4] / "shared" / "specs" / "motis-openapi-v6.yaml"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DOCUMENT.exists(), reason="../shared/specs/motis-openapi-v6.yaml is not here"),
]


@cache
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(DOCUMENT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return loaded


def validator(pointer: str) -> Draft202012Validator:
    """A validator of one schema of the document, formats included."""
    resource = Resource(document(), specification=_specification())
    registry: Registry[Any] = Registry().with_resource("urn:motis", resource)
    return Draft202012Validator(
        {"$ref": f"urn:motis#{pointer}"},
        registry=registry,
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def _specification() -> Any:
    from referencing.jsonschema import DRAFT202012

    return DRAFT202012


def of_answer(path: str, status: str = "200") -> Draft202012Validator:
    escaped = path.replace("~", "~0").replace("/", "~1")
    return validator(f"/paths/{escaped}/get/responses/{status}/content/application~1json/schema")


PLANS: dict[str, dict[str, Any]] = {
    "a train": {"fromPlace": AVALLON, "toPlace": CLUNY},
    "coordinates": {"fromPlace": "47.003,5.0,1", "toPlace": "47.4012,5.4012"},
    "a change": {"fromPlace": AVALLON, "toPlace": HAMLET, "time": "2026-06-17T05:00:00Z"},
    "empty, with reasons": {"fromPlace": HAMLET, "toPlace": AVALLON, "time": "2026-06-15T05:00:00Z"},
    "on foot and by bike": {"fromPlace": "46.8,4.8", "toPlace": "46.805,4.805", "directModes": "WALK,BIKE"},
    "one vehicle, two lines": {"fromPlace": "r_S1", "toPlace": "r_S3"},
    "one vehicle, two legs": {"fromPlace": "r_S1", "toPlace": "r_S3", "joinInterlinedLegs": "false"},
    "frequencies": {"fromPlace": "r_M1", "toPlace": "r_M3", "arriveBy": "true"},
    "on demand": {"fromPlace": "r_T1", "toPlace": "r_T2", "withFares": "true"},
    "no details": {"fromPlace": AVALLON, "toPlace": CLUNY, "detailedLegs": "false", "language": "en"},
    "one instant": {"fromPlace": AVALLON, "toPlace": CLUNY, "timetableView": "false"},
}


@pytest.mark.parametrize("name", PLANS)
def test_plans(client: TestClient, name: str) -> None:
    query = {"time": f"{MONDAY}T06:00:00Z"} | PLANS[name]
    answer = get(client, "/api/v6/plan", **query)
    assert name.startswith("empty") != bool(answer["itineraries"] or answer["direct"])
    of_answer("/api/v6/plan").validate(answer)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v6/stoptimes", {"stopId": BEAUNE, "time": f"{MONDAY}T06:00:00Z", "fetchStops": "true"}),
        (
            "/api/v6/stoptimes",
            {"stopId": CLUNY, "time": f"{MONDAY}T06:00:00Z", "both": "true", "radius": 500},
        ),
        ("/api/v6/stoptimes", {"stopId": "r_X1", "time": f"{MONDAY}T06:00:00Z"}),
        ("/api/v6/stoptimes", {"center": "46.81,4.81", "radius": 900, "time": f"{MONDAY}T06:00:00Z"}),
        ("/api/v6/trip", {"tripId": "20260615_08:00_r_R-08"}),
        ("/api/v6/trip", {"tripId": "20260615_07:10_r_M-A", "detailedLegs": "false"}),
        ("/api/v6/stop", {"stopId": BEAUNE}),
        ("/api/v6/stop", {"center": "47.4,5.4", "radius": 500}),
        ("/api/v6/map/stops", {"min": "46.0,6.0", "max": "48.0,4.0"}),
        (
            "/api/v6/map/trips",
            {
                "min": "46.0,6.0",
                "max": "48.0,4.0",
                "zoom": 12,
                "startTime": f"{MONDAY}T06:00:00Z",
                "endTime": f"{MONDAY}T06:10:00Z",
            },
        ),
        (
            "/api/v6/refresh-itinerary",
            {"itineraryId": "20260615_08:00_r_R-08~r_AVA1~r_CLU1~1781503200-1781505900"},
        ),
        ("/api/v6/one-to-all", {"one": AVALLON, "maxTravelTime": 60, "time": f"{MONDAY}T05:00:00Z"}),
        (
            "/api/v6/one-to-all",
            {"one": "47.4,5.4", "maxTravelTime": 60, "time": f"{MONDAY}T12:00:00Z", "arriveBy": "true"},
        ),
        ("/api/v1/geocode", {"text": "aval"}),
        ("/api/v1/reverse-geocode", {"place": "47.0,5.0"}),
        ("/api/v1/health", {}),
    ],
)
def test_the_rest(client: TestClient, path: str, query: dict[str, Any]) -> None:
    answer = get(client, path, **query)
    of_answer(path).validate(answer)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v6/plan", {"fromPlace": "nowhere", "toPlace": CLUNY}),
        ("/api/v6/plan", {}),
        ("/api/v6/stoptimes", {"stopId": "nowhere"}),
        ("/api/v6/trip", {"tripId": "nothing"}),
        ("/api/v6/map/stops", {"min": "x", "max": "y"}),
        ("/api/v1/geocode", {}),
    ],
)
def test_errors(client: TestClient, path: str, query: dict[str, Any]) -> None:
    response = client.get(path, params=query)
    assert response.status_code >= 400
    validator("/components/schemas/Error").validate(response.json())


def test_every_parameter_of_plan_is_known(client: TestClient) -> None:
    """Nothing of the document is overlooked: each parameter is read, ignored on purpose, or refused."""
    from mobility.http.boards import MAP_STOPS, STOP, STOPTIMES, TRIP
    from mobility.http.plan_parameters import PARAMETERS
    from mobility.http.reach import ONE_TO_ALL
    from mobility.http.refresh import REFRESH
    from mobility.http.vehicles import MAP_TRIPS

    tables = {
        "/api/v6/one-to-all": ONE_TO_ALL,
        "/api/v6/plan": PARAMETERS,
        "/api/v6/stoptimes": STOPTIMES,
        "/api/v6/trip": TRIP,
        "/api/v6/stop": STOP,
        "/api/v6/map/stops": MAP_STOPS,
        "/api/v6/map/trips": MAP_TRIPS,
        "/api/v6/refresh-itinerary": REFRESH,
    }
    for path, table in tables.items():
        documented = {parameter["name"] for parameter in document()["paths"][path]["get"]["parameters"]}
        ours = {parameter.name for parameter in table if not parameter.doc.startswith("Addition: ")}
        assert documented == ours, path


@pytest.mark.parametrize("path", ["/api/v6/plan", "/api/v6/stoptimes"])
def test_defaults_are_those_of_the_document(path: str) -> None:
    from mobility.http.boards import STOPTIMES
    from mobility.http.plan_parameters import PARAMETERS

    table = {parameter.name: parameter for parameter in (*PARAMETERS, *STOPTIMES)}
    for parameter in document()["paths"][path]["get"]["parameters"]:
        default = parameter["schema"].get("default")
        ours = table[parameter["name"]]
        if default is not None and not ours.ignored:
            shown = list(ours.default) if isinstance(ours.default, tuple) else ours.default
            assert shown == default, parameter["name"]
