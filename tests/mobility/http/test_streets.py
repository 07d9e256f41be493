"""From door to door by the streets, over HTTP: how long, which way, and how it is said where they are not known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polyline
import pytest
import shapely
from shapely.geometry import shape
from starlette.testclient import TestClient

from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.import_streets import import_streets
from mobility.acts.remove_streets import remove_streets
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from tests.mobility.http.asking import ask, get
from tests.mobility.http.test_openapi import check
from tests.mobility.street_town import IN_THE_LAKE, STOPS, at, spell, write_extract, write_feed

MORNING = "2026-06-15T05:50:00Z"
WEST, EAST = (0, 20), (1000, 20)
"""Doors at the two ends of Rue Haute, 20 m from it."""


@pytest.fixture(name="town", scope="module")
def _town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    folder = tmp_path_factory.mktemp("town")
    settings = Settings(data_dir=folder / "data", log_level="error", warm_up_days=0, watch_interval_s=0.05)
    with build_services(settings) as services:
        import_feed(services.feeds, FeedSource(str(write_feed(folder / "town.zip")), "t"))
        import_streets(services.feeds, str(write_extract(folder / "town.osm.gz")))
        services.start()
        yield services


@pytest.fixture(name="client", scope="module")
def _client(town: Services) -> Iterator[TestClient]:
    with TestClient(create_app(town), raise_server_exceptions=False) as opened:
        yield opened


def direct(
    client: TestClient, origin: Any, destination: Any, mode: str = "WALK", **more: Any
) -> dict[str, Any]:
    """The one leg of a direct way."""
    answer = ask(
        client, spell(origin), spell(destination), MORNING, directModes=mode, maxDirectTime=7200, **more
    )
    ((leg,),) = [way["legs"] for way in answer["direct"]]
    return dict(leg)


def line(leg: dict[str, Any]) -> list[tuple[float, float]]:
    return polyline.decode(leg["legGeometry"]["points"], 6)


def test_on_foot_along_the_street(client: TestClient) -> None:
    leg = direct(client, WEST, EAST)
    assert leg["estimated"] is False
    assert leg["distance"] == pytest.approx(1040, abs=2), "20 m to the street, a kilometre, 20 m from it"
    assert leg["duration"] == pytest.approx(1040 / 1.25, abs=2)
    points = line(leg)
    assert points[0] == pytest.approx(at(WEST), abs=2e-6)
    assert points[-1] == pytest.approx(at(EAST), abs=2e-6)
    assert any(point == pytest.approx(at((500, 0)), abs=2e-6) for point in points), "by the crossing"


def test_step_by_step(client: TestClient) -> None:
    leg = direct(client, (100, 20), (990, -200))
    steps = leg["steps"]
    assert [(step["relativeDirection"], step["streetName"], step["osmWay"]) for step in steps] == [
        ("DEPART", "Rue Haute", 101),
        ("RIGHT", "Avenue Est", 104),
    ]
    assert [step["distance"] for step in steps] == [pytest.approx(900, abs=2), pytest.approx(200, abs=2)]
    assert leg["distance"] == pytest.approx(20 + 900 + 200 + 10, abs=3)
    lines = [polyline.decode(step["polyline"]["points"], step["polyline"]["precision"]) for step in steps]
    assert lines[0][-1] == lines[1][0] == pytest.approx(at((1000, 0)), abs=2e-6)


def test_a_wheelchair_goes_round_the_stairs(client: TestClient) -> None:
    on_foot = direct(client, STOPS["B"], STOPS["C"])
    assert on_foot["distance"] == pytest.approx(316, abs=2)
    assert "STAIRS" in [step["relativeDirection"] for step in on_foot["steps"]]
    rolling = direct(client, STOPS["B"], STOPS["C"], pedestrianProfile="WHEELCHAIR")
    assert rolling["distance"] == pytest.approx(500 + 300 + 500 + 16, abs=4)
    assert rolling["duration"] >= rolling["distance"] / 0.8 - 2
    assert "STAIRS" not in [step["relativeDirection"] for step in rolling["steps"]]


def test_a_car_heeds_the_one_way_street(client: TestClient) -> None:
    there, back = direct(client, WEST, EAST, "CAR"), direct(client, EAST, WEST, "CAR")
    assert there["distance"] == pytest.approx(1040, abs=2)
    assert back["distance"] == pytest.approx(300 + 1000 + 300 + 40, abs=4)
    assert back["duration"] > there["duration"]


def test_the_speeds_asked_for(client: TestClient) -> None:
    assert direct(client, WEST, EAST, pedestrianSpeed=2.5)["duration"] == pytest.approx(1040 / 2.5, abs=2)
    slow, fast = (direct(client, WEST, EAST, "BIKE", cyclingSpeed=speed)["duration"] for speed in (2, 8))
    assert slow == pytest.approx(4 * fast, abs=4)


def test_to_the_bus_and_from_it_and_between(client: TestClient) -> None:
    """Door, walk, bus to B, down the stairs to C, bus to D off the map, walk: known ways and a guessed one."""
    beyond = (STOPS["D"][0] + 200, 0)
    answer = ask(client, spell((0, -200)), spell(beyond), MORNING, numItineraries=1, maxPreTransitTime=300)
    legs = answer["itineraries"][0]["legs"]
    assert [leg["mode"] for leg in legs] == ["WALK", "BUS", "WALK", "BUS", "WALK"]
    assert [leg["estimated"] for leg in legs if leg["mode"] == "WALK"] == [False, False, True]
    to_stop, _, change, _, from_stop = legs
    assert to_stop["distance"] == pytest.approx(208, abs=2)
    assert (change["from"]["name"], change["to"]["name"]) == ("Arrêt B", "Arrêt C")
    assert change["distance"] == pytest.approx(316, abs=2)
    assert change["duration"] > 316 / 1.25
    assert "STAIRS" in [step["relativeDirection"] for step in change["steps"]]
    assert from_stop["distance"] == pytest.approx(200 * 1.3, abs=2)
    assert len(line(from_stop)) == 2
    assert "steps" not in from_stop
    streets = answer["streets"]
    assert streets["method"] == "OSM_AND_CROW_FLY"
    assert (streets["attribution"], streets["licence"]) == ("© OpenStreetMap contributors", "ODbL-1.0")


def test_nobody_is_sent_down_the_stairs_in_a_wheelchair(client: TestClient) -> None:
    """The change from B to C is five minutes on foot and half an hour round: there is no connection then."""
    more = {"maxPreTransitTime": 300, "numItineraries": 1, "directModes": ""}
    ends = spell((0, -200)), "t_D", "2026-06-15T05:40:00Z"
    assert ask(client, *ends, **more)["itineraries"]
    rolling = ask(client, *ends, pedestrianProfile="WHEELCHAIR", **more)
    assert rolling["itineraries"] == []
    assert rolling["reasons"]
    to_b = ask(client, ends[0], "t_B", ends[2], pedestrianProfile="WHEELCHAIR", **more)
    assert [leg["mode"] for leg in to_b["itineraries"][0]["legs"]] == ["WALK", "BUS"], "but to B there is one"


def test_answers_are_as_the_document_says(client: TestClient) -> None:
    document = get(client, "/openapi.json")
    beyond = (STOPS["D"][0] + 200, 0)
    more = {"directModes": "WALK,BIKE,CAR", "maxPreTransitTime": 300, "maxDirectTime": 80000}
    answers = [
        ask(client, spell((0, -200)), spell(beyond), MORNING, **more),
        ask(client, spell((100, 20)), spell((990, -200)), MORNING, **more),
        ask(client, spell(STOPS["B"]), spell(STOPS["C"]), MORNING),
        ask(client, spell(IN_THE_LAKE), spell((STOPS["D"][0], 5_000)), MORNING),
    ]
    for answer in answers:
        check(document, "/api/v6/plan", answer)
    assert any("steps" in leg for answer in answers for way in answer["direct"] for leg in way["legs"])


def test_details_are_left_out_when_they_are_not_wanted(client: TestClient) -> None:
    ends = spell((0, -200)), "t_D", MORNING
    full, plain, half = (
        ask(client, *ends, numItineraries=1, maxPreTransitTime=300, **more)["itineraries"][0]["legs"]
        for more in ({}, {"detailedLegs": "false"}, {"detailedTransfers": "false"})
    )
    for leg in plain:
        assert leg["legGeometry"]["points"] == ""
        assert "steps" not in leg
    for with_details, without in zip(full, plain, strict=True):
        assert with_details["distance"] == pytest.approx(without["distance"], abs=0.2)
        assert with_details.get("estimated") == without.get("estimated")
    assert ["steps" in leg for leg in half if leg["mode"] == "WALK"] == [True, False]


def test_what_is_reached_by_car_depends_on_the_way_there(client: TestClient) -> None:
    """Egress is from the stop to the door: against the one-way street one has to go round."""
    more = {"preTransitModes": "CAR", "postTransitModes": "CAR", "directModes": "", "numItineraries": 1}
    first = ask(client, spell(EAST), "t_D", MORNING, **more)["itineraries"][0]["legs"][0]
    assert first["mode"] == "CAR"
    assert first["estimated"] is False
    last = ask(client, "t_D", spell((1000, -300)), "2026-06-15T15:50:00Z", **more)
    assert [leg["mode"] for leg in last["itineraries"][0]["legs"]] == ["BUS", "CAR"]


def reasons(client: TestClient, origin: Any, **more: Any) -> list[dict[str, Any]]:
    answer = ask(client, spell(origin), "t_D", MORNING, directModes="WALK", **more)
    assert answer["itineraries"] == []
    return list(answer["reasons"])


def test_nobody_walks_on_water(client: TestClient) -> None:
    (reason,) = reasons(client, IN_THE_LAKE, maxPreTransitTime=7200)
    assert (reason["code"], reason["place"]) == ("OFF_STREETS", "from")
    assert "250 m" in reason["en"]
    assert "le point de départ" in reason["fr"]
    assert ask(client, spell(IN_THE_LAKE), spell(WEST), MORNING, maxDirectTime=7200)["direct"] == []


def test_how_near_a_street_must_be_can_be_said(client: TestClient) -> None:
    door = (500, 100)
    assert ask(client, spell(door), "t_D", MORNING, numItineraries=1)["itineraries"]
    (reason,) = reasons(client, door, maxMatchingDistance=50)
    assert reason["code"] == "OFF_STREETS"
    assert "50 m" in reason["fr"]


def test_beyond_the_map_times_are_guessed_and_it_is_said(client: TestClient) -> None:
    far = (STOPS["D"][0], 700)
    leg = direct(client, STOPS["D"], far)
    assert leg["estimated"] is True
    assert leg["distance"] == pytest.approx(700 * 1.3, abs=2)
    answer = ask(client, spell(STOPS["D"]), spell(far), MORNING)
    assert answer["streets"]["method"] == "CROW_FLY"
    assert "attribution" not in answer["streets"]
    assert "does not reach there" in answer["streets"]["en"]
    codes = [reason["code"] for reason in reasons(client, (STOPS["D"][0], 5_000))]
    assert codes == ["OUTSIDE_STREETS", "NO_STOP_IN_RANGE"]


def test_streets_are_swapped_under_the_running_server(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", log_level="error", warm_up_days=0, watch_interval_s=0.05)
    extract = str(write_extract(tmp_path / "town.osm.gz"))
    with build_services(settings) as services, TestClient(create_app(services)) as client:
        import_feed(services.feeds, FeedSource(str(write_feed(tmp_path / "town.zip")), "t"))
        services.watch.look()
        before = ask(client, spell(WEST), spell(EAST), MORNING)
        assert (before["streets"]["method"], before["direct"][0]["legs"][0]["estimated"]) == (
            "CROW_FLY",
            True,
        )
        import_streets(services.feeds, extract)
        services.watch.look()
        after = ask(client, spell(WEST), spell(EAST), MORNING)
        assert (after["streets"]["method"], after["direct"][0]["legs"][0]["estimated"]) == ("OSM", False)
        remove_streets(services.feeds)
        services.watch.look()
        assert ask(client, spell(WEST), spell(EAST), MORNING)["streets"] == before["streets"]


def test_isochrones_keep_to_the_streets(client: TestClient) -> None:
    """A quarter of an hour from A: along Rue Basse, but not into the field 300 metres behind it, which lies within the
    circle; off the map, around D, as the crow flies."""
    answer = get(client, "/v1/isochrones", one=spell(STOPS["A"]), minutes="14", time=MORNING, transitModes="")
    area = shape(answer["features"][0]["geometry"])
    assert area.is_valid
    assert answer["estimated"] is False

    def covers(point: tuple[float, float]) -> bool:
        lat, lon = at(point)
        return bool(area.covers(shapely.Point(lon, lat)))

    assert covers((0, 0))
    assert covers((500, -300))
    assert not covers((500, -620))
    assert covers((240, 0))
    outside = get(client, "/v1/isochrones", one=spell(STOPS["D"]), minutes="14", time=MORNING)
    assert outside["estimated"] is True
    lake = get(client, "/v1/isochrones", one=spell(IN_THE_LAKE), minutes="14", time=MORNING)
    assert lake["features"][0]["geometry"]["coordinates"] == []
    assert lake["reasons"][0]["code"] == "OFF_STREETS"
