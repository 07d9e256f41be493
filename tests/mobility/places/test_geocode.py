"""Geocoding over HTTP: MOTIS's shapes, filters and errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from gtfs_feeds.network import Network
from mobility.http.geocode import geocode_router
from mobility.http.problems import Problem, problem_response
from mobility.journeys.place import Place
from mobility.journeys.places import Places
from mobility.journeys.places.stop_groups import flat_distance_m
from mobility.journeys.serving import Serving
from mobility.journeys.street_times import CrowFlyStreets
from routing.planner import Planner
from tests.mobility.small_region import TOWNS

SPECIFICATION = Path(__file__).parents[4] / "shared" / "specs" / "motis-openapi-v6.yaml"


class NearTowns:
    """The towns around a point, by measuring each."""

    def near(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[Place, float]]:
        apart = [(town, flat_distance_m(lat, lon, town.lat, town.lon)) for town in TOWNS]
        return sorted((one for one in apart if one[1] <= radius_m), key=lambda one: one[1])[:limit]


class OneNetwork:
    """The services geocoding needs, of one network."""

    nearby_places = NearTowns()

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def current(self) -> Serving:
        return self._serving


@pytest.fixture(scope="module")
def client(network: Network, places: Places) -> Iterator[TestClient]:
    serving = Serving("v1", network, Planner(network.timetable, network.info), places, CrowFlyStreets(places))
    app = FastAPI()
    app.include_router(geocode_router(OneNetwork(serving)))
    app.add_exception_handler(Problem, problem_response)  # type: ignore[arg-type]
    with TestClient(app) as opened:
        yield opened


def geocode(client: TestClient, **parameters: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/geocode", params=parameters)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def reverse(client: TestClient, **parameters: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/reverse-geocode", params=parameters)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def test_a_town(client: TestClient) -> None:
    found = geocode(client, text="besancon")[0]
    assert found.pop("score") > 1
    assert 0 < found.pop("importance") < 1
    assert found == {
        "type": "PLACE",
        "id": "t:besancon",
        "name": "Besançon",
        "lat": 47.2470,
        "lon": 6.0220,
        "tokens": [[0, 8]],
        "areas": [{"name": "Bourgogne-Franche-Comté", "adminLevel": 4, "matched": False, "default": True}],
        "tz": "Europe/Paris",
        "country": "FR",
    }


def test_a_station(client: TestClient) -> None:
    found = geocode(client, text="dijon ville", type="STOP")[0]
    assert (found["type"], found["id"], found["name"]) == ("STOP", "r_DIJ", "Dijon Ville")
    assert found["modes"] == ["REGIONAL_RAIL", "BUS"]
    assert found["areas"][0] == {"name": "Dijon", "adminLevel": 8, "matched": True, "default": True}


def test_how_many(client: TestClient) -> None:
    assert len(geocode(client, text="s", numResults=2)) == 2
    assert len(geocode(client, text="s")) <= 10
    assert len(reverse(client, place="47.25,6.02")) <= 5
    assert len(reverse(client, place="47.25,6.02", numResults=1)) == 1


def test_types(client: TestClient) -> None:
    assert {match["type"] for match in geocode(client, text="dole")} == {"STOP", "PLACE"}
    for asked, given_back in (
        ("STOP", {"STOP"}),
        ("PLACE", {"PLACE"}),
        ("ADDRESS,PLACE", {"PLACE"}),
        ("ADDRESS", set()),
    ):
        assert {match["type"] for match in geocode(client, text="dole", type=asked)} == given_back
        assert {match["type"] for match in reverse(client, place="47.09,5.49", type=asked)} == given_back


def test_modes_bias_and_box(client: TestClient) -> None:
    assert geocode(client, text="republique", mode="RAIL") == []
    assert len(geocode(client, text="republique", mode="BUS")) == 2
    besancon = geocode(client, text="republique", place="47.24,6.02", placeBias=2)[0]
    dijon = geocode(client, text="republique", place="47.32,5.04", placeBias=2)[0]
    assert (besancon["areas"][0]["name"], dijon["areas"][0]["name"]) == ("Besançon", "Dijon")
    boxed = geocode(client, text="republique", min="47.2,6.1", max="47.3,6.0")
    assert [match["areas"][0]["name"] for match in boxed] == ["Besançon"]


def test_languages(client: TestClient) -> None:
    assert geocode(client, text="montbeliard", type="STOP", language="de,fr")[0]["name"] == "Mömpelgard"
    assert geocode(client, text="montbeliard", type="STOP")[0]["name"] == "Montbéliard"


def test_coordinates_as_text(client: TestClient) -> None:
    (found,) = geocode(client, text="47.1, 5.2")
    assert (found["type"], found["lat"], found["lon"]) == ("PLACE", 47.1, 5.2)


def test_what_is_here_nearest_first(client: TestClient) -> None:
    found = reverse(client, place="47.2470,6.0220")
    assert [match["name"] for match in found][:3] == ["Besançon Viotte", "Besançon", "République"]
    assert [match["score"] for match in found] == sorted((match["score"] for match in found), reverse=True)
    town = found[1]
    assert (town["lat"], town["lon"]) == (47.2488, 6.0182)
    assert reverse(client, place="0,0") == []


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("geocode", "", "text"),
        ("geocode", "text=", "text"),
        ("geocode", "text=a&text=b", "text"),
        ("geocode", "text=" + "a" * 501, "text"),
        ("geocode", "text=a&numResults=0", "numResults"),
        ("geocode", "text=a&numResults=101", "numResults"),
        ("geocode", "text=a&numResults=x", "numResults"),
        ("geocode", "text=a&type=CITY", "type"),
        ("geocode", "text=a&mode=HORSE", "mode"),
        ("geocode", "text=a&place=91,0", "place"),
        ("geocode", "text=a&place=here", "place"),
        ("geocode", "text=a&placeBias=-1", "placeBias"),
        ("geocode", "text=a&min=1,2", "max"),
        ("geocode", "text=a&max=1,2", "min"),
        ("reverse-geocode", "", "place"),
        ("reverse-geocode", "place=47.2", "place"),
        ("reverse-geocode", "place=47.2,5&numResults=-1", "numResults"),
    ],
)
def test_what_is_wrong_is_said(client: TestClient, path: str, query: str, field: str) -> None:
    answer = client.get(f"/api/v1/{path}?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["field"] == field
    assert field in problem["error"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=st.text(max_size=30).filter(lambda text: text.strip()))
def test_any_text_is_answered(client: TestClient, text: str) -> None:
    answer = client.get("/api/v1/geocode", params={"text": text.encode("utf-8", "ignore").decode()})
    assert answer.status_code in (200, 400)


@pytest.mark.shared
@pytest.mark.skipif(not SPECIFICATION.is_file(), reason="the specification (../shared/specs) is not here")
def test_answers_fit_the_specification(client: TestClient) -> None:
    document = yaml.safe_load(SPECIFICATION.read_text(encoding="utf-8"))
    schema = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Match"},
        "components": document["components"],
    }
    validator = Draft202012Validator(schema)
    for text in ("besancon", "dijon ville", "s", "chalon s saone", "musee", "47.1,5.2", "qqqqq"):
        validator.validate(geocode(client, text=text))
    validator.validate(reverse(client, place="47.2470,6.0220", numResults=20))
