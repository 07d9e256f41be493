"""Real time against its slow twin: what is made of a message, and what the planner answers with it."""

from __future__ import annotations

import datetime as dt
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.state import LiveFeed, live_at, receive
from tests.gtfs_feeds.random_feeds import random_feed
from tests.gtfs_feeds.readback import stop_id, trip_id
from tests.gtfs_feeds.realtime.random_messages import random_message
from tests.naive.realtime import Plan, World, apply_message


def found_world(network: Network, live: LiveFeed) -> tuple[dict, dict]:
    """What was made of a message, in the words of the twin."""
    runs, extras = {}, {}
    first = network.timetable.pattern_first
    for run, trip in live.trips.items():
        change = trip.change
        flat = first[network.timetable.trip_pattern[run.trip]]
        stops = network.timetable.pattern_stop[flat : flat + len(change.arrival_s)]
        running = trip.standing == "running"
        calls = [
            (
                _own(network, (stops if change.stop is None else change.stop)[p]),
                int(change.arrival_s[p]),
                int(change.departure_s[p]),
                bool(trip.known[p]) if running else None,
                bool(change.skipped is not None and change.skipped[p]),
                _own(network, trip.assigned_stop[p]) if trip.assigned_stop is not None else "",
            )
            for p in range(len(stops))
        ]
        assert change.cancelled == (not running)
        assert (change.trip, change.service_day, change.shift_s) == run
        runs[trip_id(network, run.trip)[2:], run.service_day, run.shift_s] = (str(trip.standing), calls)
    for key, one in live.extra_trips.items():
        extra = one.extra
        assert key == extra.key == one.key
        extras[key[2:]] = [
            (
                _own(network, extra.stop[p]),
                int(extra.arrival_s[p]),
                int(extra.departure_s[p]),
                bool(one.known[p]),
                _own(network, one.assigned_stop[p]) if one.assigned_stop is not None else "",
                (int(extra.pickup[p]), int(extra.dropoff[p])),
            )
            for p in range(len(extra.stop))
        ]
    return runs, extras


def _own(network: Network, stop: int) -> str:
    return stop_id(network, int(stop))[2:] if stop >= 0 else ""


def wanted_world(world: World) -> tuple[dict, dict]:
    runs = {
        key: (
            one.standing,
            [
                (
                    c.stop,
                    c.arrival_s,
                    c.departure_s,
                    c.known if one.standing == "running" else None,
                    c.skipped,
                    c.assigned,
                )
                for c in one.calls
            ],
        )
        for key, one in world.runs.items()
    }
    extras = {
        key: [
            (c.stop, c.arrival_s, c.departure_s, c.known, c.assigned, (c.pickup, c.dropoff))
            for c in one.calls
        ]
        for key, one in world.extras.items()
    }
    return runs, extras


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_a_message_makes_of_the_plan_what_the_documents_say(seed: int) -> None:
    draw = Random(seed)
    tables = random_feed(draw, "f")
    network, _ = compile_feed(tables)
    plan = Plan(tables)
    now_s = int(dt.datetime(2026, 6, draw.randint(1, 28), tzinfo=dt.UTC).timestamp()) + draw.randrange(86_400)
    message = random_message(draw, plan, now_s)
    live = receive(LiveFeed.empty("f"), FeedIndex(network, "f"), message.SerializeToString(), now_s)
    assert found_world(network, live) == wanted_world(apply_message(plan, message, now_s)), message
    assert live_at(live, now_s) is live
