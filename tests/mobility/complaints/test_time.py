"""Complaints about time: midnight, the two nights of the clock, services that run once, and zones."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from starlette.testclient import TestClient

from ground.paris import PARIS
from tests.mobility.http.asking import AVALLON, CLUNY, HAMLET, MONDAY, ask, departures, get

SPRING, AUTUMN = "2026-03-29", "2026-10-25"


def test_arrive_by_wrong_past_midnight(client: TestClient) -> None:
    """The last train of Monday arrives at 00:35 on Tuesday, whichever side of midnight one wants to be there."""
    for by, leaves in (
        ("2026-06-15T22:34:00Z", "18:00"),  # a minute too early for it
        ("2026-06-15T22:35:00Z", "21:50"),
        ("2026-06-16T03:00:00Z", "21:50"),
    ):
        answer = ask(client, AVALLON, CLUNY, by, arriveBy="true", numItineraries=1)
        assert departures(answer)[-1] == leaves
        assert answer["itineraries"][-1]["endTime"] <= by


def test_once_a_day_over_three_days(islands: TestClient) -> None:
    """23:30 to 00:40: asked for on both sides of both midnights, it is that day's, and there is one a day."""
    answer = ask(islands, "i_E1", "i_E2", "2026-06-15T00:00:00Z", numItineraries=1)
    found = [itinerary["startTime"] for itinerary in answer["itineraries"]]
    for _ in range(2):
        answer = ask(
            islands,
            "i_E1",
            "i_E2",
            "2026-06-15T00:00:00Z",
            numItineraries=1,
            pageCursor=answer["nextPageCursor"],
        )
        found += [itinerary["startTime"] for itinerary in answer["itineraries"]]
    assert found == [f"2026-06-{day}T21:30:00Z" for day in (15, 16, 17)]
    for day in (15, 16, 17):
        at_night = ask(islands, "i_E1", "i_E2", f"2026-06-{day}T23:00:00Z", arriveBy="true", numItineraries=1)
        assert [i["startTime"] for i in at_night["itineraries"]] == [f"2026-06-{day}T21:30:00Z"]
        back = ask(
            islands,
            "i_E1",
            "i_E2",
            f"2026-06-{day}T23:00:00Z",
            arriveBy="true",
            numItineraries=1,
            pageCursor=at_night["previousPageCursor"],
        )
        assert [i["startTime"] for i in back["itineraries"]] == [f"2026-06-{day - 1}T21:30:00Z"]


def test_once_a_day_services_show_no_date(client: TestClient) -> None:
    """Asked on a Thursday for a coach of Saturday: the answer is empty, and names the day and the hour."""
    answer = ask(client, "r_CLUB", HAMLET, "2026-06-18T05:00:00Z")
    assert answer["itineraries"] == []
    (reason,) = answer["reasons"]
    assert reason["nextServiceDay"] == "2026-06-20"
    assert reason["nextDeparture"] == "2026-06-20T10:00:00Z"
    assert "20/06/2026 à 12:00" in reason["fr"]
    assert "20/06/2026 at 12:00" in reason["en"]


def test_sparse_service_falls_outside_the_automatic_window(client: TestClient) -> None:
    """Half a day before the only coach, with a window of 15 minutes: it is found, and never 'no transit'."""
    answer = ask(client, "r_CLUB", HAMLET, "2026-06-16T22:00:00Z", searchWindow=900)
    assert departures(answer) == ["10:00"]


def test_minutes_long_queries_where_data_is_sparse(client: TestClient) -> None:
    """Nothing at all leads there, and the answer says so at once: what else the machine does, and what is compiled for
    the first question, is not counted."""
    ask(client, HAMLET, "r_T1", f"{MONDAY}T04:00:00Z")
    began_s = time.process_time()
    answer = ask(client, HAMLET, "r_T1", f"{MONDAY}T05:00:00Z")
    assert answer["itineraries"] == []
    assert answer["reasons"][0]["code"] == "NO_CONNECTION"
    assert time.process_time() - began_s < 5


def test_two_hours_time_zone_shift(client: TestClient) -> None:
    """8:00 in Paris is 6:00 UTC in summer and 7:00 in winter, in journeys and on boards."""
    for day, hour in (("2026-06-15", 6), ("2026-01-15", 7)):
        answer = ask(client, AVALLON, CLUNY, f"{day}T{hour:02}:00:00Z", numItineraries=1)
        (leg,) = answer["itineraries"][0]["legs"]
        assert leg["startTime"] == f"{day}T{hour:02}:00:00Z"
        assert leg["tripId"].startswith(f"{day.replace('-', '')}_08:00")
        asked = ask(client, AVALLON, CLUNY, f"{day}T08:00:00+0{8 - hour}:00", numItineraries=1)
        assert asked["itineraries"][0]["startTime"] == leg["startTime"], "an offset is understood"
        board = get(client, "/api/v6/stoptimes", stopId=AVALLON, time=f"{day}T{hour:02}:00:00Z", n=1)
        assert board["stopTimes"][0]["place"]["departure"] == f"{day}T{hour:02}:00:00Z"


@pytest.mark.parametrize(("night", "hours"), [(SPRING, 23), (AUTUMN, 25), (MONDAY, 24)])
def test_dst_days(client: TestClient, night: str, hours: int) -> None:
    """A day of 23 and one of 25 hours: the night bus at 25:30 of the day before and the one at 1:30 of the day; every
    train of the day once; windows that span the change neither repeat nor lose one."""
    midnight = dt.datetime.fromisoformat(f"{night}T00:00:00").replace(tzinfo=PARIS)
    first, last = midnight.timestamp(), (midnight + dt.timedelta(days=1)).timestamp()
    assert last - first == hours * 3600
    start = dt.datetime.fromtimestamp(first, dt.UTC)
    query = {
        "fromPlace": AVALLON,
        "toPlace": CLUNY,
        "time": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "searchWindow": hours * 3600 // 2,
        "numItineraries": 0,
    }
    one = get(client, "/api/v6/plan", **query)
    two = get(client, "/api/v6/plan", **query, pageCursor=one["nextPageCursor"])
    found = [itinerary["startTime"] for answer in (one, two) for itinerary in answer["itineraries"]]
    assert found == sorted(set(found))
    clock = [f"{dt.datetime.fromisoformat(at).astimezone(PARIS):%H:%M}" for at in found]
    assert clock == [*(f"{hour:02}:00" for hour in range(6, 21)), "23:50"]


@pytest.mark.parametrize(
    ("night", "leaves"),
    [
        # noon minus twelve hours is 23:00 of the day before in spring, and 1:00 in autumn (GTFS reference, "Time")
        (SPRING, {"N-1": "2026-03-29T00:30:00Z", "N-2": "2026-03-28T23:30:00Z"}),
        (AUTUMN, {"N-1": "2026-10-24T23:30:00Z", "N-2": "2026-10-25T00:30:00Z"}),
    ],
)
def test_dst_nights_are_routed_as_they_are_shown(
    client: TestClient, night: str, leaves: dict[str, str]
) -> None:
    """Planned, arrived by, and on the board: one instant for each bus of the night the clock changes in."""
    day = dt.date.fromisoformat(night)
    tokens = {
        f"{day - dt.timedelta(days=1):%Y%m%d}_25:30_r_N-1": leaves["N-1"],
        f"{day:%Y%m%d}_01:30_r_N-2": leaves["N-2"],
    }
    evening = f"{day - dt.timedelta(days=1)}T22:00:00Z"
    planned = ask(client, "r_N1", "r_N2", evening, searchWindow=5 * 3600, numItineraries=0)
    by = ask(
        client, "r_N1", "r_N2", f"{night}T04:00:00Z", arriveBy="true", searchWindow=6 * 3600, numItineraries=0
    )
    board = get(client, "/api/v6/stoptimes", stopId="r_N1", time=evening, window=5 * 3600)
    shown = {call["tripId"]: call["place"]["departure"] for call in board["stopTimes"]}
    for answer in (planned, by):
        routed = {i["legs"][0]["tripId"]: i["startTime"] for i in answer["itineraries"]}
        assert routed == tokens
    assert tokens.items() <= shown.items()
