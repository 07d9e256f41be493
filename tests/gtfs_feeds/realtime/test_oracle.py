"""Real time against its slow twin: what is made of a message, and what the planner answers with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.catalogue import find_stop
from gtfs_feeds.compile import compile_feed
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.state import LiveFeed, live_at, receive
from gtfs_feeds.tables import FeedTables
from routing.compile_overlay import compile_overlay
from routing.planner import Planner
from routing.query import Offset, Query
from tests.gtfs_feeds.random_feeds import random_feed
from tests.gtfs_feeds.readback import clock, stop_id, trip_id
from tests.gtfs_feeds.realtime.random_messages import random_message
from tests.gtfs_feeds.sketch import sketch
from tests.naive.realtime import Call, Plan, RealCall, World, apply_message, start_of


def draw_instant(draw: Random, plan: Plan) -> int:
    """Some time of a day on which a trip runs."""
    days = sorted({day for trip in plan.trips.values() for day in trip.days}) or [dt.date(2026, 6, 3)]
    return start_of(draw.choice(days), plan.first_zone) + draw.randrange(100_000)


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


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_a_message_makes_of_the_plan_what_the_documents_say(seed: int) -> None:
    draw = Random(seed)
    tables = random_feed(draw, "f")
    network, _ = compile_feed(tables)
    plan, index = Plan(tables), FeedIndex(network, "f")
    for _ in range(8):
        now_s = draw_instant(draw, plan)
        message = random_message(draw, plan, now_s)
        live = receive(LiveFeed.empty("f"), index, message.SerializeToString(), now_s)
        assert found_world(network, live) == wanted_world(apply_message(plan, message, now_s)), message
        assert live_at(live, now_s) is live


# ── what the planner answers ───────────────────────────────────────────────────────────────────────────────

LATER = dt.date(2026, 7, 20)
"""Beyond all services: a trip on this day serves every stop, so that both networks have the same."""


def rebuild(tables: FeedTables, plan: Plan, world: World, near: dt.date) -> FeedTables:
    """The feed as it would have been published had all been known: every run a trip of its own, on its one day. Of the
    days around `near` only: what is asked lies there."""
    runs: list[tuple[dt.date, list[RealCall]]] = []
    for trip in plan.trips.values():
        for day in (day for day in trip.days if abs((day - near).days) <= 3):
            for shift_s in set(trip.repetitions()):
                real = world.runs.get((trip.trip_id, day, shift_s))
                if real is None:
                    base_s = start_of(day, trip.zone) + shift_s
                    runs.append((day, [_planned(call, base_s) for call in trip.calls]))
                elif real.standing == "running":
                    runs.append((day, [call for call in real.calls if not call.skipped]))
    runs += [(real.day, real.calls) for real in world.extras.values()]
    start_s = start_of(LATER, plan.first_zone)
    runs.append((LATER, [RealCall(stop, start_s, start_s) for stop in sorted(plan.served)] * 2))
    trips, calls, dates = [], [], []
    for number, (day, found) in enumerate(runs):
        if len(found) < 2:
            continue
        if found[0].arrival_s < start_of(day, plan.first_zone):
            day -= dt.timedelta(days=1)
        base_s = start_of(day, plan.first_zone)
        trips.append(f"R s{number} t{number}")
        dates.append(f"s{number} {day:%Y%m%d} 1")
        calls += [
            f"t{number} {call.stop} {position} {clock(call.arrival_s - base_s)} {clock(call.departure_s - base_s)}"
            f" {call.pickup} {call.dropoff}"
            for position, call in enumerate(found)
        ]
    blocks = {
        "agency: agency_id agency_name agency_timezone": [f"G Gondola {plan.first_zone}"],
        "stops: stop_id stop_name stop_lat stop_lon parent_station location_type": [
            f"{row.stop_id} - {row.stop_lat} {row.stop_lon} {row.parent_station or '-'} {row.location_type}"
            for row in tables.stops.itertuples()
        ],
        "calendar: service_id start_date end_date": [],
        "calendar_dates: service_id date exception_type": dates,
        "trips: route_id service_id trip_id": trips,
        "stop_times: trip_id stop_id stop_sequence arrival_time departure_time pickup_type drop_off_type": calls,
    }
    return sketch("\n".join(line for head, lines in blocks.items() for line in [head, *lines]))


def _planned(call: Call, base_s: int) -> RealCall:
    return RealCall(
        call.stop,
        base_s + call.arrival_s,
        base_s + call.departure_s,
        pickup=call.pickup,
        dropoff=call.dropoff,
    )


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_the_planner_answers_as_on_a_feed_published_with_all_that_known(seed: int) -> None:
    draw = Random(seed)
    tables = random_feed(draw, "f")
    # Who may stay seated is tested with the overlay itself (tests/routing/test_overlay.py).
    tables = replace(tables, trips=tables.trips.assign(block_id=""), transfers=tables.transfers.iloc[:0])
    plan = Plan(tables)
    network, _ = compile_feed(tables)
    if not plan.trips or not any(trip.days for trip in plan.trips.values()):
        return
    now_s = draw_instant(draw, plan)
    message = random_message(draw, plan, now_s)
    live = receive(LiveFeed.empty("f"), FeedIndex(network, "f"), message.SerializeToString(), now_s)
    other, _ = compile_feed(
        rebuild(
            tables, plan, apply_message(plan, message, now_s), dt.datetime.fromtimestamp(now_s, dt.UTC).date()
        )
    )
    plain = Planner(network.timetable, network.info)
    planner = plain.with_overlay(
        compile_overlay(network.timetable, network.info, plain.days, live.changes, live.extras)
    )
    fresh = Planner(other.timetable, other.info)
    for _ in range(4):
        stops = draw.choices(sorted(plan.served), k=2)
        time_s, window_s = now_s + draw.randint(-7200, 7200), draw.choice([0, 0, 7200])
        arrive_by = draw.random() < 0.5
        answers = []
        for one, built in ((planner, network), (fresh, other)):
            start, end = (find_stop(built.catalogue, f"f_{stop}") for stop in stops)
            query = Query(
                (Offset(start, 0),), (Offset(end, 0),), time_s, arrive_by, window_s, max_transfers=3
            )
            journeys = one.plan(query).journeys
            answers.append(sorted((j.departure_s, j.arrival_s, j.transfers) for j in journeys))
        assert answers[0] == answers[1], (stops, time_s, arrive_by, window_s, message)
