"""Late coaches and trains: rides wait for them, and are timed to them, as they really run."""

from __future__ import annotations

import datetime as dt
from typing import Any

from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.state import LiveFeed, receive
from mobility.journeys.lay_over import Heard
from mobility.journeys.live import LIVE
from mobility.journeys.plan import plan
from mobility.journeys.question import Question
from tests.mobility.live.messages import message, trip
from tests.mobility.on_demand_journeys.conftest import DAY, Fleet, flex_of, quote_of
from tests.mobility.on_demand_journeys.on_demand_region import VILLAGE, paris


def instant(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp())


def ask_late(fleet: Fleet, trip_id: str, stop: str, late_s: int, origin: str, end: str, clock: str) -> Any:
    """The answer while a trip is late at a stop."""
    said = message(fleet.booked_s, trip(trip_id, {"stop": stop, "delay": late_s}, day=f"{DAY:%Y%m%d}"))
    index = FeedIndex(fleet.base.network, "r")
    heard = receive(LiveFeed.empty("r"), index, said, fleet.booked_s)
    assert heard.trips, "the update is about a trip that runs"
    serving = fleet.serve((Heard("updates", heard, LIVE),))
    question = Question(origin, end, paris(DAY, clock), booked_s=fleet.booked_s, itineraries=1)
    return plan(serving, question)


def test_a_ride_to_a_late_train_leaves_later(fleet: Fleet) -> None:
    answer = ask_late(fleet, "T-09", "DAM1", 1200, VILLAGE, "r_EPI", "08:45")
    first = next(one for one in answer["itineraries"] if one["legs"][-1]["tripId"].endswith("r_T-09"))
    flex, train = first["legs"]
    assert train["startTime"] == "2026-06-16T07:30:00Z"
    assert instant(train["startTime"]) - instant(flex["endTime"]) == 300
    connection = quote_of(flex).connection
    assert connection is not None
    assert connection.expected_s - connection.scheduled_s == 1200


def test_a_ride_waits_for_a_late_train(fleet: Fleet) -> None:
    answer = ask_late(fleet, "U-09", "DAM2", 900, "r_EPI", VILLAGE, "09:00")
    train, flex = answer["itineraries"][0]["legs"]
    assert train["endTime"] == "2026-06-16T08:05:00Z"
    assert instant(flex["startTime"]) - instant(train["endTime"]) == 300


def test_between_a_late_coach_and_the_train_it_still_reaches(fleet: Fleet) -> None:
    """Up to twenty minutes late at Belin, the ride leaves then, and the train of 10:10 is reached."""
    for late_s in (0, 600, 1200):
        answer = ask_late(fleet, "C-08", "BEL", late_s, "r_ALI", "r_EPI", "07:50")
        first = next(one for one in answer["itineraries"] if one["legs"][0]["tripId"].endswith("r_C-08"))
        coach, flex, train = first["legs"]
        assert instant(coach["endTime"]) == paris(DAY, "08:30") + late_s
        assert flex_of(first) == [flex]
        assert instant(flex["startTime"]) - instant(coach["endTime"]) >= 300
        assert instant(train["startTime"]) - instant(flex["endTime"]) >= 300
        assert instant(train["startTime"]) == paris(DAY, "10:10")
