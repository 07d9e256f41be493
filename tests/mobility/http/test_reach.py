"""How far one gets, on the test region: stops, areas, and the last way home."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from shapely.geometry import shape
from starlette.testclient import TestClient

from tests.mobility.http.asking import AVALLON, BEAUNE, CLUNY, HAMLET, MONDAY, ask, get, problem

EIGHT = f"{MONDAY}T06:00:00Z"
"""8:00 by the clock of Paris: a train leaves Avallon."""


def reached(
    client: TestClient, one: str, minutes: int, time: str = EIGHT, **more: Any
) -> dict[str, tuple[int, int]]:
    answer = get(client, "/api/v6/one-to-all", one=one, maxTravelTime=minutes, time=time, **more)
    return {entry["place"]["stopId"]: (entry["duration"], entry["k"]) for entry in answer["all"]}


def test_from_a_station(client: TestClient) -> None:
    found = reached(client, AVALLON, 60)
    assert found["r_AVA1"] == (0, 0)
    assert found["r_BEA1"] == (20, 1)
    assert found["r_CLU1"] == (45, 1)
    assert "r_HAM" not in found
    assert "r_CLU1" not in reached(client, AVALLON, 44)


def test_the_times_are_those_of_journeys(client: TestClient) -> None:
    one = "47.003,5.0"
    answer = get(client, "/api/v6/one-to-all", one=one, maxTravelTime=120, time=EIGHT)
    ridden = [entry for entry in answer["all"] if entry["k"]]
    assert len(ridden) == 3
    for entry in ridden:
        there = ask(client, one, entry["place"]["stopId"], EIGHT, timetableView="false", directModes="")
        assert entry["place"]["arrival"] == min(i["endTime"] for i in there["itineraries"])


def test_to_a_station(client: TestClient) -> None:
    found = reached(client, CLUNY, 60, f"{MONDAY}T06:50:00Z", arriveBy="true")
    assert found["r_AVA1"] == (50, 1), "the train of 8:00, there at 8:45"
    assert found["r_BEA1"] == (28, 1)
    assert "r_M1" not in found


def test_wishes_are_heard(client: TestClient) -> None:
    assert "r_CLU1" not in reached(client, AVALLON, 60, transitModes="BUS")
    assert "r_CLU1" in reached(client, AVALLON, 60, pedestrianProfile="WHEELCHAIR")
    assert "r_CLU1" not in reached(client, AVALLON, 60, f"{MONDAY}T07:00:00Z", pedestrianProfile="WHEELCHAIR")
    wednesday = "2026-06-17T09:00:00Z"
    assert reached(client, AVALLON, 120, wednesday)["r_HAM"] == (100, 2)
    assert "r_HAM" not in reached(client, AVALLON, 120, wednesday, maxTransfers=0)


def test_nothing_in_reach_says_why(client: TestClient) -> None:
    def code(one: str) -> str:
        answer = get(client, "/api/v6/one-to-all", one=one, maxTravelTime=30, time=EIGHT)
        assert answer["all"] == []
        (reason,) = answer["reasons"]
        assert reason["fr"]
        return str(reason["code"])

    assert code("47.05,5.0") == "NO_STOP_IN_RANGE"
    assert code("10.0,10.0") == "OUTSIDE_AREA"
    assert problem(client, "/api/v6/one-to-all", one="nowhere", maxTravelTime=30)["field"] == "one"
    assert problem(client, "/api/v6/one-to-all", one=AVALLON)["field"] == "maxTravelTime"
    assert problem(client, "/api/v6/one-to-all", one=AVALLON, maxTravelTime=100_000)["status"] == 400


def areas(client: TestClient, one: str, minutes: str, **more: Any) -> dict[int, Any]:
    answer = get(client, "/v1/isochrones", one=one, minutes=minutes, **({"time": EIGHT} | more))
    assert answer["type"] == "FeatureCollection"
    return {feature["properties"]["minutes"]: shape(feature["geometry"]) for feature in answer["features"]}


def test_areas_are_valid_and_grow(client: TestClient) -> None:
    found = areas(client, AVALLON, "10,30,60,90")
    assert list(found) == [90, 60, 30, 10]
    for area in found.values():
        assert area.geom_type == "MultiPolygon"
        assert area.is_valid
        assert all(part.exterior.is_ccw for part in area.geoms), "RFC 7946, 3.1.6"
        assert not any(hole.is_ccw for part in area.geoms for hole in part.interiors)
    for smaller, larger in ((10, 30), (30, 60), (60, 90)):
        assert found[larger].buffer(2e-6).covers(found[smaller])
    avallon, beaune, cluny = shapely.Point(5.0, 47.0), shapely.Point(5.2, 47.2), shapely.Point(5.4, 47.4)
    assert found[10].covers(avallon)
    assert not found[10].covers(beaune)
    assert found[30].covers(beaune)
    assert not found[30].covers(cluny)
    assert found[60].covers(cluny)


def test_areas_are_as_large_as_one_walks(client: TestClient) -> None:
    """Where nothing runs: ten minutes at 1.25 m/s with a detour of 1.3 are 577 m."""
    (area,) = areas(client, "46.9,5.9", "10").values()
    assert area.area * 111_195**2 * 0.683 == pytest.approx(3.1416 * 577**2, rel=0.03)


def test_the_edge_of_an_area_is_reached_in_time(client: TestClient) -> None:
    """Whoever stands in an area is there in its time: asked again as a journey."""
    area = areas(client, AVALLON, "30")[30]
    around = max(area.geoms, key=lambda part: part.distance(shapely.Point(5.2, 47.2)) * -1)
    for lon, lat in list(around.exterior.coords)[:-1:7]:
        answer = ask(
            client,
            AVALLON,
            f"{lat},{lon}",
            EIGHT,
            timetableView="false",
            maxPostTransitTime=3600,
            directModes="",
        )
        assert min(i["endTime"] for i in answer["itineraries"]) <= f"{MONDAY}T06:31:00Z"


def test_an_area_in_the_middle_of_nowhere(client: TestClient) -> None:
    answer = get(client, "/v1/isochrones", one="47.05,5.0", minutes="10", time=EIGHT)
    assert answer["reasons"][0]["code"] == "NO_STOP_IN_RANGE"
    assert answer["features"][0]["properties"]["stops"] == 0
    assert answer["features"][0]["properties"]["squareKilometres"] > 0.5, "one still walks"


def test_too_many_bands(client: TestClient) -> None:
    assert problem(client, "/v1/isochrones", one=AVALLON, minutes="1,2,3,4,5,6,7")["field"] == "minutes"
    assert problem(client, "/v1/isochrones", one=AVALLON, minutes="999")["field"] == "minutes"
    assert problem(client, "/v1/isochrones", one=AVALLON, minutes="soon")["field"] == "minutes"


def test_the_last_way_home(client: TestClient) -> None:
    """Trains back from Cluny run hourly until 20:10."""
    answer = get(client, "/v1/last-return", fromPlace=CLUNY, toPlace=AVALLON, time=f"{MONDAY}T10:00:00Z")
    assert answer["serviceDay"] == MONDAY
    assert answer["last"]["startTime"] == f"{MONDAY}T18:10:00Z"
    assert answer["lastSafe"]["startTime"] == f"{MONDAY}T17:10:00Z"
    assert answer["ifMissed"] == "2026-06-16T04:10:00Z"
    assert answer["tightestChange"] is None
    assert answer["fr"].startswith(
        "Dernier retour à 20:10 ; si vous le manquez, le suivant part le 16/06 à 06:10."
    )
    assert "leave at 19:10" in answer["en"]


def test_the_last_way_home_after_midnight(client: TestClient) -> None:
    """A day ends at four: at one o'clock it is still Monday's night."""
    answer = get(client, "/v1/last-return", fromPlace=AVALLON, toPlace=CLUNY, time=f"{MONDAY}T20:00:00Z")
    assert answer["last"]["startTime"] == f"{MONDAY}T21:50:00Z"
    assert answer["lastSafe"] is None
    night = get(client, "/v1/last-return", fromPlace="r_N1", toPlace="r_N2", time="2026-06-15T23:00:00Z")
    assert night["serviceDay"] == MONDAY
    assert night["last"]["startTime"] == "2026-06-15T23:30:00Z"


def test_a_change_on_the_way_home(client: TestClient) -> None:
    answer = get(client, "/v1/last-return", fromPlace=AVALLON, toPlace=HAMLET, time="2026-06-17T05:00:00Z")
    assert answer["last"]["startTime"] == "2026-06-17T09:00:00Z"
    assert 0 < answer["tightestChange"] < 15 * 60
    assert answer["ifMissed"] is None
    assert "24" in answer["fr"]


def test_no_way_home(client: TestClient) -> None:
    answer = get(client, "/v1/last-return", fromPlace=CLUNY, toPlace=AVALLON, time=f"{MONDAY}T19:00:00Z")
    assert answer["last"] is None
    assert answer["lastSafe"] is None
    assert answer["reasons"][0]["code"] == "NOTHING_IN_WINDOW"
    assert answer["reasons"][0]["nextDeparture"] == "2026-06-16T04:10:00Z"
    assert problem(client, "/v1/last-return", fromPlace="?", toPlace=AVALLON)["field"] == "fromPlace"


def test_by_post(client: TestClient) -> None:
    body = {"one": BEAUNE, "maxTravelTime": 30, "time": EIGHT}
    by_post = client.post("/api/v6/one-to-all", json=body).json()
    assert by_post == get(client, "/api/v6/one-to-all", **body)
