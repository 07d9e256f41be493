"""Complaints about walking: too far, past the stop, instead of a bus, instead of everything."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.mobility.http.asking import AVALLON, CLUNY, HAMLET, MONDAY, ask

SEVEN = f"{MONDAY}T05:00:00Z"
"""7:00 by the clock of Paris."""


def codes(itinerary: dict[str, Any]) -> set[str]:
    return {tag["code"] for tag in itinerary["tags"]}


def walked_m(itinerary: dict[str, Any]) -> float:
    return float(sum(leg["distance"] for leg in itinerary["legs"] if leg["mode"] == "WALK"))


def lines(itinerary: dict[str, Any]) -> list[str]:
    return [leg["routeShortName"] for leg in itinerary["legs"] if "tripId" in leg]


def test_walks_past_the_nearest_stop(islands: TestClient) -> None:
    """The bus calls 55 m away at 8:00, and 500 m on at 8:12: walking there one leaves home later, but who would?"""
    (itinerary,) = ask(islands, "47.9995,2.0000", "i_W3", SEVEN, numItineraries=1)["itineraries"]
    walk, ride = itinerary["legs"]
    assert ride["from"]["stopId"] == "i_W1"
    assert walk["distance"] < 100
    assert itinerary["startTime"] == walk["startTime"]
    assert walk["endTime"] == ride["startTime"] == f"{MONDAY}T06:00:00Z"


def test_walks_past_the_nearest_stop_when_it_is_too_late_for_it(islands: TestClient) -> None:
    """At 8:01 the bus has left the nearest stop: now one walks on, rather than wait a day."""
    answer = ask(islands, "47.9995,2.0000", "i_W3", f"{MONDAY}T06:01:00Z", timetableView="false")
    assert answer["itineraries"][0]["legs"][1]["from"]["stopId"] == "i_W2"


def test_walks_past_the_nearest_stop_on_the_way_home(islands: TestClient) -> None:
    answer = ask(islands, "i_V1", "46.1005,1.1000", SEVEN, numItineraries=1)
    assert answer["itineraries"][0]["legs"][-2]["to"]["stopId"] == "i_V3"


def test_long_transfer_walk_preferred_to_the_same_stop(islands: TestClient) -> None:
    """Both lines call at the station; a street nearer to where the second begins is reached sooner, in vain."""
    (itinerary,) = ask(islands, "i_B0", "i_B4", SEVEN, numItineraries=1)["itineraries"]
    first, second = itinerary["legs"]
    assert (first["to"]["stopId"], second["from"]["stopId"]) == ("i_B2", "i_B2")
    assert (itinerary["startTime"], itinerary["endTime"]) == (f"{MONDAY}T05:40:00Z", f"{MONDAY}T06:50:00Z")
    assert itinerary["transfers"] == 1


def test_long_walk_though_a_bus_exists(islands: TestClient) -> None:
    """The bus round the corner meets the train; on foot it is a quarter of an hour to the station."""
    home = "47.0000,3.0000"
    quick = ask(islands, home, "i_C3", SEVEN, numItineraries=1)["itineraries"]
    assert lines(quick[0]) == ["C2"], "the quickest is on foot"
    easy = ask(islands, home, "i_C3", SEVEN, numItineraries=2, optimize="walking")["itineraries"]
    assert sorted(map(lines, easy)) == [["C1", "C2"], ["C2"]]
    by_bus = next(itinerary for itinerary in easy if lines(itinerary) == ["C1", "C2"])
    assert "LEAST_WALKING" in codes(by_bus)
    assert walked_m(by_bus) < 200
    short = ask(islands, home, "i_C3", SEVEN, numItineraries=1, maxWalkDistance=400)["itineraries"]
    assert list(map(lines, short)) == [["C1", "C2"]]


def test_a_limit_on_walking_says_what_it_would_take(islands: TestClient) -> None:
    answer = ask(islands, "47.0000,3.0000", "i_C3", SEVEN, maxWalkDistance=20)
    assert answer["itineraries"] == []
    codes = {reason["code"] for reason in answer["reasons"]}
    assert codes & {"WALKS_TOO_FAR", "NO_STOP_IN_RANGE"}


def test_a_ride_that_one_walks_faster(islands: TestClient) -> None:
    """The bus takes half an hour for what is ten minutes on foot."""
    answer = ask(islands, "i_F1", "i_F2", SEVEN)
    assert answer["itineraries"] == []
    assert [way["legs"][0]["mode"] for way in answer["direct"]] == ["WALK"]
    assert answer["reasons"][0]["code"] == "WALKING_IS_FASTER"
    assert ask(islands, "i_F1", "i_F2", SEVEN, directModes="")["itineraries"], "who cannot walk takes the bus"


def test_long_trips_answer_walk_only(client: TestClient) -> None:
    """54 km: however long a way on foot is allowed, trains are shown and the walk is not."""
    answer = ask(client, "47.0010,5.0000", CLUNY, f"{MONDAY}T06:00:00Z", maxDirectTime=86400)
    assert answer["direct"] == []
    assert all(any("tripId" in leg for leg in itinerary["legs"]) for itinerary in answer["itineraries"])
    assert len(answer["itineraries"]) >= 5


def test_60_km_walk(client: TestClient) -> None:
    """Nothing runs to the hamlet on a Monday: nobody is sent there on foot."""
    answer = ask(
        client, AVALLON, "47.4750,5.5150", f"{MONDAY}T06:00:00Z", maxDirectTime=86400, maxPostTransitTime=7200
    )
    assert answer["direct"] == []
    for itinerary in answer["itineraries"]:
        assert walked_m(itinerary) < 5000
    assert answer["itineraries"] or answer["reasons"]


@pytest.mark.parametrize("more", [{}, {"joinInterlinedLegs": "false"}, {"optimize": "walking"}])
def test_teleport(client: TestClient, more: dict[str, str]) -> None:
    """Each leg begins where and not before the one before it ended; nobody is faster than his vehicle."""
    answer = ask(client, "47.0030,5.0000", HAMLET, "2026-06-17T06:00:00Z", **more)
    assert answer["itineraries"]
    for itinerary in answer["itineraries"]:
        for before, after in pairwise(itinerary["legs"]):
            assert (before["to"]["lat"], before["to"]["lon"]) == (after["from"]["lat"], after["from"]["lon"])
            assert before["endTime"] <= after["startTime"]
        for leg in itinerary["legs"]:
            if leg["mode"] == "WALK":
                assert leg["distance"] <= leg["duration"] * 2.5


def test_leg_times_contradict_the_duration(client: TestClient) -> None:
    from datetime import datetime

    for origin, destination in ((AVALLON, HAMLET), ("47.0030,5.0000", HAMLET)):
        answer = ask(client, origin, destination, "2026-06-17T06:00:00Z")
        for itinerary in [*answer["itineraries"], *answer["direct"]]:
            at = [datetime.fromisoformat(itinerary[name]) for name in ("startTime", "endTime")]
            assert (at[1] - at[0]).total_seconds() == itinerary["duration"]
            assert itinerary["legs"][0]["startTime"] == itinerary["startTime"]
            assert itinerary["legs"][-1]["endTime"] == itinerary["endTime"]
            for leg in itinerary["legs"]:
                at = [datetime.fromisoformat(leg[name]) for name in ("startTime", "endTime")]
                assert (at[1] - at[0]).total_seconds() == leg["duration"]
