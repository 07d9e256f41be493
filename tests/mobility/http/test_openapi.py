"""The OpenAPI document tells the truth: every answer fits it, and every field of an answer is in it."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from tests.mobility.http.asking import AVALLON, BEAUNE, CLUNY, HAMLET, MONDAY, get

WEDNESDAY = "2026-06-17T05:00:00Z"


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    loaded: dict[str, Any] = get(client, "/openapi.json")
    return loaded


def strict(document: dict[str, Any]) -> dict[str, Any]:
    """The schemas, with fields that are not described forbidden."""
    schemas = copy.deepcopy(document["components"]["schemas"])
    for schema in schemas.values():
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return {"components": {"schemas": schemas}}


def check(document: dict[str, Any], path: str, answer: Any, status: str = "200") -> None:
    ((_, content),) = document["paths"][path]["get"]["responses"][status]["content"].items()
    Draft202012Validator(
        strict(document) | content["schema"], format_checker=Draft202012Validator.FORMAT_CHECKER
    ).validate(answer)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v6/plan", {"fromPlace": AVALLON, "toPlace": HAMLET, "time": WEDNESDAY, "withFares": "true"}),
        ("/api/v6/plan", {"fromPlace": "46.8,4.8", "toPlace": "46.811,4.811", "time": f"{MONDAY}T05:00:00Z"}),
        ("/api/v6/plan", {"fromPlace": "r_S1", "toPlace": "r_S3", "time": f"{MONDAY}T05:00:00Z"}),
        ("/api/v6/plan", {"fromPlace": "r_T1", "toPlace": "r_T2", "time": f"{MONDAY}T05:00:00Z"}),
        ("/api/v6/plan", {"fromPlace": "r_CLUB", "toPlace": HAMLET, "time": "2026-06-18T05:00:00Z"}),
        ("/api/v6/plan", {"fromPlace": "47.03,5.0", "toPlace": HAMLET, "time": "2026-06-18T05:00:00Z"}),
        ("/api/v6/plan", {"fromPlace": AVALLON, "toPlace": CLUNY, "time": "2028-06-18T05:00:00Z"}),
        (
            "/api/v6/stoptimes",
            {"stopId": BEAUNE, "time": f"{MONDAY}T05:00:00Z", "fetchStops": "true", "both": "true"},
        ),
        ("/api/v6/stoptimes", {"stopId": "r_T1", "time": f"{MONDAY}T05:00:00Z"}),
        ("/api/v6/stoptimes", {"stopId": "r_X1", "time": f"{MONDAY}T05:00:00Z"}),
        ("/api/v6/trip", {"tripId": "20260615_08:00_r_R-08"}),
        ("/api/v6/stop", {"stopId": BEAUNE}),
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
        ("/v1/vehicles", {}),
        ("/api/v1/geocode", {"text": "aval"}),
        ("/api/v1/reverse-geocode", {"place": "47.0,5.0"}),
        ("/api/v1/health", {}),
        ("/v1/feeds", {}),
        ("/api/v6/one-to-all", {"one": AVALLON, "maxTravelTime": 60, "time": f"{MONDAY}T05:00:00Z"}),
        ("/api/v6/one-to-all", {"one": "47.03,5.0", "maxTravelTime": 60, "time": f"{MONDAY}T05:00:00Z"}),
        ("/v1/isochrones", {"one": AVALLON, "minutes": "15,60", "time": f"{MONDAY}T05:00:00Z"}),
        ("/v1/isochrones", {"one": AVALLON, "arriveBy": "true", "time": f"{MONDAY}T12:00:00Z"}),
        ("/v1/last-return", {"fromPlace": CLUNY, "toPlace": AVALLON, "time": f"{MONDAY}T05:00:00Z"}),
        ("/v1/last-return", {"fromPlace": CLUNY, "toPlace": AVALLON, "time": f"{MONDAY}T18:59:00Z"}),
        ("/v1/last-return", {"fromPlace": HAMLET, "toPlace": AVALLON, "time": f"{MONDAY}T18:59:00Z"}),
    ],
)
def test_answers(client: TestClient, document: dict[str, Any], path: str, query: dict[str, Any]) -> None:
    check(document, path, get(client, path, **query))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v6/plan", {"fromPlace": "nowhere", "toPlace": CLUNY}),
        ("/api/v6/plan", {"fromPlace": AVALLON, "toPlace": CLUNY, "time": "soon"}),
        ("/api/v6/plan", {"fromPlace": AVALLON, "toPlace": CLUNY, "via": "47.2,5.2"}),
        ("/api/v6/plan", {"fromPlace": AVALLON, "toPlace": CLUNY, "via": "nowhere"}),
    ],
)
def test_problems(client: TestClient, document: dict[str, Any], path: str, query: dict[str, Any]) -> None:
    response = client.get(path, params=query)
    check(document, path, response.json(), str(response.status_code))


def test_every_route_is_documented(client: TestClient, document: dict[str, Any]) -> None:
    for path in ("plan", "stoptimes", "trip", "stop", "map/stops", "map/trips", "refresh-itinerary"):
        assert f"/api/v6/{path}" in document["paths"]
    for path in ("/api/v1/geocode", "/api/v1/reverse-geocode", "/api/v1/health", "/v1/feeds", "/v1/vehicles"):
        assert path in document["paths"]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    identifiers = [operation["operationId"] for operation in operations]
    assert len(identifiers) == len(set(identifiers))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                assert part["$ref"].removeprefix("#/components/schemas/") in document["components"]["schemas"]
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk(document)
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_examples_of_parameters_are_understood(client: TestClient, document: dict[str, Any]) -> None:
    """None is refused as something that cannot be read; what a path names is unknown here."""
    for path, methods in document["paths"].items():
        if "get" not in methods or "security" in methods["get"]:
            continue
        parameters = methods["get"].get("parameters", [])
        query = {
            parameter["name"]: parameter["example"] for parameter in parameters if "example" in parameter
        }
        response = client.get(re.sub(r"\{\w+\}", "nothing", path), params=query)
        assert response.status_code in (200, 404), (path, response.text)


def test_docs_need_no_other_server(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "GET /api/v6/plan" in page.text
    assert "http" not in page.text.replace("https://", "http").split("<body>")[0], (
        "no styles or scripts from elsewhere"
    )
    assert "<script" not in page.text
