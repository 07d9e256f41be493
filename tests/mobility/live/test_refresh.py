"""A journey somebody kept, looked up again while things go otherwise than planned."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mobility.http.asking import AVALLON, CLUNY, HAMLET, MONDAY
from tests.mobility.live.live_server import LiveServer
from tests.mobility.live.messages import trip

WEDNESDAY, DAY = "2026-06-17", "20260617"
PATH = "/api/v6/refresh-itinerary"


@pytest.fixture
def kept(live: LiveServer) -> dict[str, Any]:
    """By train to Cluny (11:45 in Paris), on foot to the bus station, by bus at 12:00."""
    live.say()
    query = {"numItineraries": 1, "searchWindow": 7200, "directModes": ""}
    answer = live.get(
        "/api/v6/plan", fromPlace=AVALLON, toPlace=HAMLET, time=f"{WEDNESDAY}T08:30:00Z", **query
    )
    itinerary: dict[str, Any] = answer["itineraries"][0]
    assert [leg["mode"] for leg in itinerary["legs"]] == ["REGIONAL_RAIL", "WALK", "BUS"]
    return itinerary


def codes(refreshed: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in refreshed["reasons"]]


def test_as_it_was(live: LiveServer, kept: dict[str, Any]) -> None:
    again = live.get(PATH, itineraryId=kept["id"])
    assert again["works"] is True
    assert (again["id"], again["startTime"], again["endTime"]) == (
        kept["id"],
        kept["startTime"],
        kept["endTime"],
    )
    assert [leg["startTime"] for leg in again["legs"]] == [leg["startTime"] for leg in kept["legs"]]
    assert again["transfers"] == kept["transfers"] == 1


def test_by_post_with_the_documents_own_legs(live: LiveServer, kept: dict[str, Any]) -> None:
    import datetime as dt

    def seconds(text: str) -> int:
        return int(dt.datetime.fromisoformat(text).timestamp())

    legs = [
        {
            "displayName": leg.get("displayName", ""),
            "tripId": leg.get("tripId", ""),
            "mode": leg["mode"],
            "scheduled": leg["scheduled"],
            "schedStart": seconds(leg["scheduledStartTime"]),
            "schedEnd": seconds(leg["scheduledEndTime"]),
        }
        | {f"{end}{name}": leg[end][field] for end in ("from", "to") for name, field in _POINT}
        for leg in kept["legs"]
    ]
    for body in ({"id": {"legs": legs}}, {"itineraryId": kept["id"]}):
        response = live.client.post(PATH, json=body)
        assert response.status_code == 200, response.text
        assert response.json()["id"] == kept["id"]


_POINT = (("Id", "stopId"), ("Lat", "lat"), ("Lon", "lon"))


def test_a_delay_moves_it(live: LiveServer, kept: dict[str, Any]) -> None:
    live.say(trip("R-11", {"stop": "AVA1", "delay": 180}, day=DAY))
    again = live.get(PATH, itineraryId=kept["id"])
    assert again["works"] is True
    assert again["legs"][0]["startTime"] == f"{WEDNESDAY}T09:03:00Z"
    assert again["legs"][1]["startTime"] == again["legs"][0]["endTime"] == f"{WEDNESDAY}T09:48:00Z"
    assert again["endTime"] == kept["endTime"]
    assert again["id"] == kept["id"]


def test_a_missed_connection_is_said(live: LiveServer, kept: dict[str, Any]) -> None:
    live.say(trip("R-11", {"stop": "AVA1", "delay": 1800}, day=DAY))
    again = live.get(PATH, itineraryId=kept["id"])
    assert (again["works"], codes(again)) == (False, ["CONNECTION_MISSED"])
    assert "Cluny Gare routière" in again["reasons"][0]["fr"]
    live.say(
        trip("R-11", {"stop": "AVA1", "delay": 1800}, day=DAY),
        trip("B-1", {"stop": "CLUB", "delay": 1800}, day=DAY),
    )
    assert live.get(PATH, itineraryId=kept["id"])["works"] is True, "the bus is late too"


def test_a_cancelled_trip_is_said(live: LiveServer, kept: dict[str, Any]) -> None:
    live.say(trip("B-1", relationship="CANCELED", day=DAY))
    again = live.get(PATH, itineraryId=kept["id"])
    assert (again["works"], codes(again)) == (False, ["TRIP_CANCELLED"])
    assert [leg.get("cancelled", False) for leg in again["legs"]] == [False, False, True]


def test_a_stop_that_is_not_served_is_said(live: LiveServer, kept: dict[str, Any]) -> None:
    live.say(trip("R-11", {"stop": "AVA1", "delay": 0}, {"stop": "CLU1", "skipped": True}, day=DAY))
    again = live.get(PATH, itineraryId=kept["id"])
    assert (again["works"], codes(again)) == (False, ["STOP_SKIPPED"])


def test_another_platform_is_the_same_journey(live: LiveServer, kept: dict[str, Any]) -> None:
    live.say(trip("R-11", {"stop": "AVA1", "delay": 0, "platform": "AVA2"}, day=DAY))
    again = live.get(PATH, itineraryId=kept["id"])
    assert again["works"] is True
    assert (again["legs"][0]["from"]["track"], again["legs"][0]["from"]["scheduledTrack"]) == ("2", "1")


def test_from_a_point_and_staying_seated(live: LiveServer) -> None:
    live.say()
    for origin, destination in (("47.003,5.0", CLUNY), ("r_S1", "r_S3"), ("46.6003,4.6", "46.7,4.7003")):
        for joined in ("true", "false"):
            query = {
                "numItineraries": 1,
                "searchWindow": 7200,
                "directModes": "",
                "joinInterlinedLegs": joined,
            }
            time = f"{MONDAY}T06:30:00Z"
            answer = live.get("/api/v6/plan", fromPlace=origin, toPlace=destination, time=time, **query)
            itinerary = answer["itineraries"][0]
            again = live.get(PATH, itineraryId=itinerary["id"], joinInterlinedLegs=joined)
            assert again["works"] is True
            for name in ("id", "startTime", "endTime", "transfers", "duration"):
                assert again[name] == itinerary[name], (origin, joined, name)
            assert [leg["mode"] for leg in again["legs"]] == [leg["mode"] for leg in itinerary["legs"]]


@pytest.mark.parametrize(
    ("identifier", "status"),
    [
        ("", 400),
        ("nonsense", 400),
        ("|||", 400),
        ("WALK,300~@47.0,5.0~@47.1,5.1", 400),
        ("WALK,300~@99,5.0~r_AVA1|20260615_08:00_r_R-08~r_AVA1~r_CLU1~1-2", 400),
        ("FLEX,300~@47.0,5.0~r_AVA1|20260615_08:00_r_R-08~r_AVA1~r_CLU1~1-2", 400),
        ("R-08~r_AVA1~r_CLU1~1-2", 400),
        ("20260615_08:00_r_NOPE~r_AVA1~r_CLU1~1-2", 404),
        ("20270615_08:00_r_R-08~r_AVA1~r_CLU1~1-2", 404),
        ("20260615_08:00_r_R-08~r_CLU1~r_AVA1~1-2", 404),
        ("20260615_08:00_r_R-08~r_GONE~r_CLU1~1-2", 404),
        ("x" * 20000, 414),
    ],
)
def test_what_cannot_be_looked_up_again(live: LiveServer, identifier: str, status: int) -> None:
    response = live.client.get(PATH, params={"itineraryId": identifier})
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    if status == 404:
        assert response.json()["reasons"][0]["code"] in ("TRIP_GONE", "PLACE_NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [
        {"id": {}},
        {"id": {"legs": []}},
        {"id": {"legs": [{"mode": "WALK"}]}},
        {"id": {"legs": [None]}},
        {"itineraryId": 7},
        {"id": {"legs": [{"mode": "BUS", "schedStart": 1e999, "schedEnd": 2, "fromLat": 1, "fromLon": 1}]}},
    ],
)
def test_bodies_that_say_nothing(live: LiveServer, body: dict[str, Any]) -> None:
    import json

    response = live.client.post(PATH, content=json.dumps(body))
    assert response.status_code == 400, response.text
