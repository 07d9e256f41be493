"""Departure boards, trips, stops and the map."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.mobility.http.asking import AVALLON, BEAUNE, CLUNY, MONDAY, ask, get, problem


def board(client: TestClient, **query: Any) -> dict[str, Any]:
    shown: dict[str, Any] = get(client, "/api/v6/stoptimes", **query)
    return shown


def leaves(shown: dict[str, Any]) -> list[str]:
    return [stop["place"]["departure"][11:16] for stop in shown["stopTimes"]]


def test_departures(client: TestClient) -> None:
    shown = board(client, stopId=BEAUNE, time=f"{MONDAY}T06:10:00Z", n=3)
    assert leaves(shown) == ["06:22", "06:35", "07:22"]
    first = shown["stopTimes"][0]
    assert (first["headsign"], first["routeShortName"], first["mode"]) == ("Cluny", "TER 1", "REGIONAL_RAIL")
    assert first["tripFrom"]["name"] == "Avallon"
    assert first["tripTo"]["name"] == "Cluny"
    assert first["place"]["arrival"] == f"{MONDAY}T06:20:00Z"
    assert first["pickupDropoffType"] == "NORMAL"
    assert first["realTime"] is False
    assert shown["place"]["name"] == "Beaune"
    assert shown["place"]["modes"] == ["REGIONAL_RAIL"]


def test_arrivals_and_the_last_stop(client: TestClient) -> None:
    shown = board(client, stopId=CLUNY, time=f"{MONDAY}T07:00:00Z", n=2, arriveBy="true")
    assert [stop["place"]["arrival"][11:16] for stop in shown["stopTimes"]] == ["05:45", "06:45"]
    assert all("departure" not in stop["place"] for stop in shown["stopTimes"])
    only = board(client, stopId=CLUNY, time=f"{MONDAY}T07:00:00Z", n=2)
    assert all(stop["headsign"] == "Avallon" for stop in only["stopTimes"]), (
        "nobody departs where the line ends"
    )


def test_both(client: TestClient) -> None:
    shown = board(client, stopId=CLUNY, time=f"{MONDAY}T06:00:00Z", n=2, both="true")
    assert [stop["event"] for stop in shown["stopTimes"]] == ["DEPARTURE", "ARRIVAL"]


def test_window_and_n(client: TestClient) -> None:
    assert leaves(board(client, stopId=BEAUNE, time=f"{MONDAY}T06:10:00Z", window=1800)) == ["06:22", "06:35"]
    more = board(client, stopId=BEAUNE, time=f"{MONDAY}T06:10:00Z", window=1800, n=5)
    assert len(more["stopTimes"]) == 5


def test_a_stop_served_twice_a_week_shows_when(client: TestClient) -> None:
    shown = board(client, stopId="r_HAM", time="2026-06-18T06:00:00Z", n=1)
    assert [stop["place"]["departure"] for stop in shown["stopTimes"]] == ["2026-06-20T05:00:00Z"]


def test_nothing_ever_is_explained(client: TestClient) -> None:
    shown = board(client, stopId="r_X1", time=f"{MONDAY}T06:00:00Z")
    assert shown["stopTimes"] == []
    assert shown["reasons"][0]["code"] == "NO_DEPARTURES"


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("stop", [BEAUNE, "r_M2"])
@pytest.mark.parametrize("both", ["false", "true"])
def test_pages_join(client: TestClient, n: int, stop: str, both: str) -> None:
    query = {"stopId": stop, "time": f"{MONDAY}T10:00:00Z", "n": n, "both": both}

    def read(page: dict[str, Any]) -> list[tuple[str, str]]:
        return [(s["tripId"], s.get("event", "")) for s in page["stopTimes"]]

    page = board(client, **query)
    shown = read(page)
    later = page
    for _ in range(4):
        later = board(client, **query, pageCursor=later["nextPageCursor"])
        shown += read(later)
    earlier = page
    for _ in range(4):
        earlier = board(client, **query, pageCursor=earlier["previousPageCursor"])
        shown = read(earlier) + shown
    assert len(shown) == len(set(shown))
    whole = read(board(client, stopId=stop, time=f"{MONDAY}T02:00:00Z", window=20 * 3600, both=both))
    start = whole.index(shown[0])
    assert whole[start : start + len(shown)] == shown


def test_modes(client: TestClient) -> None:
    shown = board(client, stopId=CLUNY, time="2026-06-17T05:00:00Z", radius=500, n=30, mode="BUS")
    assert {stop["mode"] for stop in shown["stopTimes"]} == {"BUS"}


def test_around_a_point(client: TestClient) -> None:
    near = board(
        client,
        center="47.4000,5.4000",
        radius=500,
        time="2026-06-17T09:00:00Z",
        window=7200,
        exactRadius="true",
    )
    assert {stop["place"]["stopId"] for stop in near["stopTimes"]} == {"r_CLU1", "r_CLUB"}
    fallback = board(client, stopId="gone", center="47.2,5.2", radius=500, time=f"{MONDAY}T06:10:00Z", n=1)
    assert leaves(fallback) == ["06:22"]
    one = board(client, stopId="r_AVA1", radius=0, exactRadius="true", time=f"{MONDAY}T06:00:00Z", n=3)
    assert {stop["place"]["stopId"] for stop in one["stopTimes"]} == {"r_AVA1"}


def test_the_stops_that_follow(client: TestClient) -> None:
    shown = board(client, stopId=AVALLON, time=f"{MONDAY}T06:00:00Z", n=1, fetchStops="true")
    assert [stop["name"] for stop in shown["stopTimes"][0]["nextStops"]] == ["Beaune", "Cluny"]
    came = board(client, stopId=CLUNY, time=f"{MONDAY}T07:00:00Z", n=1, arriveBy="true", fetchStops="true")
    assert [stop["name"] for stop in came["stopTimes"][-1]["previousStops"]] == ["Avallon", "Beaune"]


def test_what_must_be_called_for(client: TestClient) -> None:
    (stop,) = board(client, stopId="r_T1", time=f"{MONDAY}T06:00:00Z", n=1)["stopTimes"]
    assert (stop["reservation"], stop["arrangement"]) == ("COMPULSORY", "PHONE_AGENCY")
    assert "wheelchairAccessible" in stop["unknown"]


def test_board_refusals(client: TestClient) -> None:
    assert problem(client, "/api/v6/stoptimes")["status"] == 400
    assert problem(client, "/api/v6/stoptimes", stopId="r_NOPE")["status"] == 404
    assert problem(client, "/api/v6/stoptimes", stopId=AVALLON, n="many")["field"] == "n"
    assert problem(client, "/api/v6/stoptimes", center="1,2")["status"] == 400


# ── trips ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_trip_of_a_leg(client: TestClient) -> None:
    leg = ask(client, BEAUNE, CLUNY, f"{MONDAY}T06:00:00Z")["itineraries"][0]["legs"][0]
    trip = get(client, "/api/v6/trip", tripId=leg["tripId"])
    (whole,) = trip["legs"]
    assert whole["from"]["name"] == "Avallon"
    assert whole["to"]["name"] == "Cluny"
    assert whole["startTime"] == f"{MONDAY}T06:00:00Z"
    assert whole["intermediateStops"][0]["departure"] == leg["from"]["departure"]
    assert trip["duration"] == 45 * 60


def test_every_departure_leads_to_its_trip(client: TestClient) -> None:
    for stop in ("r_M2", BEAUNE, "r_N1"):
        for event in board(client, stopId=stop, time=f"{MONDAY}T08:00:00Z", n=12)["stopTimes"]:
            (leg,) = get(client, "/api/v6/trip", tripId=event["tripId"])["legs"]
            calls = [leg["from"], *leg["intermediateStops"], leg["to"]]
            assert event["place"]["departure"] in [call.get("departure") for call in calls]


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("20260615_08:00_r_R-08", 200),
        ("20260615_08:01_r_R-08", 404),
        ("20270615_08:00_r_R-08", 404),
        ("20260615_08:00_r_NOPE", 404),
        ("20260615_07:10_r_M-A", 200),
        ("20260615_07:11_r_M-A", 404),
        ("20260615_10:00_r_M-A", 200),
        ("20260615_10:10_r_M-A", 404),
        ("20260615_05:00_r_M-A", 404),
        ("20261315_08:00_r_R-08", 400),
        ("R-08", 400),
    ],
)
def test_trip_ids(client: TestClient, token: str, status: int) -> None:
    assert client.get("/api/v6/trip", params={"tripId": token}).status_code == status


# ── stops ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_lines_of_a_stop(client: TestClient) -> None:
    shown = get(client, "/api/v6/stop", stopId=BEAUNE)
    assert [route["routeShortName"] for route in shown["routes"]] == ["TER 1"]
    assert shown["place"]["importance"] > 0
    around = get(client, "/api/v6/stop", center="47.4,5.4", radius=500)
    assert {route["routeShortName"] for route in around["routes"]} == {"TER 1", "B7"}


def test_the_map(client: TestClient) -> None:
    shown = get(client, "/api/v6/map/stops", min="46.9,5.3", max="47.3,4.9")
    assert {place["stopId"] for place in shown} == {"r_AVA1", "r_AVA2", "r_BEA1"}
    assert all(place["modes"] == ["REGIONAL_RAIL"] for place in shown)
    grouped = get(client, "/api/v6/map/stops", min="46.9,5.3", max="47.3,4.9", grouped="true")
    assert {place["stopId"] for place in grouped} == {"r_AVA", "r_BEA"}
    assert get(client, "/api/v6/map/stops", min="46.9,5.3", max="47.3,4.9", modes="BUS") == []
    assert problem(client, "/api/v6/map/stops", min="46.9,5.3")["field"] == "max"
