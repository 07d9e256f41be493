"""The compiled planner and its slow twin answer alike on random networks."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.clock import day_start_s
from routing.journey import OUTSIDE, Journey, Ride, Walk
from routing.planner import Planner
from routing.query import Offset, Query
from routing.timetable import Mode
from tests.naive.planner import pareto
from tests.routing.sketch import Sketch, SketchedTrip


@st.composite
def networks(draw: st.DrawFn) -> Sketch:
    stops = draw(st.integers(3, 8))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    zones = ("Europe/Paris", "Europe/London") if rng.random() < 0.2 else ("Europe/Paris",)
    trips = []
    for _ in range(int(rng.integers(1, 6))):
        length = int(rng.integers(2, min(6, stops) + 1))
        line = rng.permutation(stops)[:length].tolist()
        if rng.random() < 0.2:
            line.append(line[0])
        first = int(rng.choice([6 * 3600, 22 * 3600, 0])) + int(rng.integers(0, 7200))
        pickup = tuple(int(x) for x in rng.choice([0, 0, 0, 1], len(line)))
        dropoff = tuple(int(x) for x in rng.choice([0, 0, 0, 1], len(line)))
        block = int(rng.integers(0, 3)) if rng.random() < 0.3 else -1
        for _ in range(int(rng.integers(1, 6))):
            calls, at = [], first
            for stop in line:
                departs = at + int(rng.choice([0, 0, 60, 300]))
                calls.append((stop, at, departs))
                at = departs + int(rng.integers(0, 1500))
            trips.append(
                SketchedTrip(
                    calls,
                    tuple(np.flatnonzero(rng.random(3) < 0.7).tolist()),
                    mode=Mode(int(rng.choice([Mode.BUS, Mode.COACH, Mode.REGIONAL_RAIL]))),
                    wheelchair=int(rng.integers(0, 3)),
                    bikes=int(rng.integers(0, 3)),
                    block=block,
                    zone=int(rng.integers(0, len(zones))),
                    pickup=pickup,
                    dropoff=dropoff,
                )
            )
            first += int(rng.choice([0, 300, 1800, 40000]))
    paths = {
        (int(a), int(b)): int(rng.integers(0, 900))
        for a, b in rng.integers(0, stops, (int(rng.integers(0, 8)), 2))
        if a != b
    }
    rolled = {
        pair: int(rng.choice([walk_s + 300, 1 << 24])) for pair, walk_s in paths.items() if rng.random() < 0.3
    }
    change = {s: int(rng.choice([0, 60, 120, 1 << 24])) for s in range(stops) if rng.random() < 0.5}
    frequencies = [(0, 25000, 30000, 900)] if rng.random() < 0.2 else []
    closed = tuple(np.flatnonzero(rng.random(stops) < 0.15).tolist())
    first_day = dt.date(2026, 3, 28) if rng.random() < 0.3 else dt.date(2026, 10, 24)
    return Sketch(
        stops, trips, paths, change, closed, frequencies, zones=zones, first_day=first_day, rolled=rolled
    )


@st.composite
def flexible(draw: st.DrawFn, stop: st.SearchStrategy[int], start_s: int) -> Offset:
    """An offer to be carried between the place and a stop, within a window."""
    open_s = start_s + draw(st.integers(0, 3 * 86400))
    close_s = open_s + draw(st.sampled_from([0, 1800, 20000, 90000]))
    return Offset(draw(stop), draw(st.sampled_from([0, 60, 900])), open_s, close_s)


@st.composite
def queries(draw: st.DrawFn, sketch: Sketch) -> Query:
    stop = st.integers(0, sketch.stops - 1)
    start_s = day_start_s(sketch.first_day, "Europe/Paris")
    walk = st.builds(Offset, stop, st.sampled_from([0, 0, 60, 400]))
    offset = st.one_of(walk, walk, walk, flexible(stop, start_s))
    return Query(
        origins=tuple(draw(st.lists(offset, min_size=1, max_size=3))),
        destinations=tuple(draw(st.lists(offset, min_size=1, max_size=3))),
        time_s=start_s + draw(st.integers(0, 3 * 86400)),
        arrive_by=draw(st.booleans()),
        window_s=draw(st.sampled_from([0, 0, 3600, 20000])),
        max_transfers=draw(st.integers(0, 4)),
        max_travel_time_s=draw(st.sampled_from([86400, 7200])),
        min_transfer_time_s=draw(st.sampled_from([0, 0, 240])),
        additional_transfer_time_s=draw(st.sampled_from([0, 0, 100])),
        modes=draw(st.sampled_from([(1 << 17) - 1, 1 << Mode.BUS])),
        wheelchair=draw(st.sampled_from([False, False, True])),
        bikes=draw(st.sampled_from([False, False, True])),
    )


@pytest.mark.parametrize("kind", ["depart", "arrive", "window", "arrive window"])
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_same_pareto_set(kind: str, data: st.DataObject) -> None:
    sketch = data.draw(networks())
    query = data.draw(queries(sketch))
    changes = {"arrive_by": "arrive" in kind, "window_s": (query.window_s or 5000) if "window" in kind else 0}
    query = Query(**{field: getattr(query, field) for field in query.__slots__} | changes)
    timetable, info = sketch.build()
    planner = Planner(timetable, info)
    answer = planner.plan(query)
    expected = pareto(timetable, info, query)
    for journey in answer.journeys:
        check_journey(planner, query, journey)
    found = [
        (
            0 if kind == "depart" else j.departure_s,
            0 if kind == "arrive" else j.arrival_s,
            j.transfers,
        )
        for j in answer.journeys
    ]
    assert sorted(found) == sorted(expected)


def check_journey(planner: Planner, query: Query, journey: Journey) -> None:
    """Legs join, are really run, and keep what was asked."""
    at_s, where, last_ride = journey.departure_s, None, None
    for leg in journey.legs:
        assert leg.departure_s >= at_s
        if where not in (None, OUTSIDE) and leg.from_stop != OUTSIDE:
            assert leg.from_stop == where
        if isinstance(leg, Ride):
            calls = planner.trip_calls(leg.trip, leg.service_day, leg.shift_s)
            assert planner.runs(leg.trip, leg.service_day)
            assert leg.board < leg.alight
            assert (calls[leg.board].stop, calls[leg.board].departure_s) == (leg.from_stop, leg.departure_s)
            assert (calls[leg.alight].stop, calls[leg.alight].arrival_s) == (leg.to_stop, leg.arrival_s)
            if last_ride is not None and not leg.stay_seated:
                assert leg.departure_s - last_ride.arrival_s >= query.min_transfer_time_s
            last_ride = leg
        else:
            assert isinstance(leg, Walk)
            check_offer(query, leg)
        at_s, where = leg.arrival_s, leg.to_stop
    assert at_s == journey.arrival_s
    if not query.arrive_by:
        assert journey.departure_s >= query.time_s
    assert journey.arrival_s - journey.departure_s <= query.max_travel_time_s
    assert journey.transfers <= query.max_transfers


def check_offer(query: Query, walk: Walk) -> None:
    """A flexible leg is one that was offered, taken within its window."""
    if walk.offer < 0:
        return
    outward = walk.from_stop == OUTSIDE
    offer = (query.origins if outward else query.destinations)[walk.offer]
    assert offer.stop == (walk.to_stop if outward else walk.from_stop)
    assert walk.arrival_s - walk.departure_s == offer.duration_s
    assert offer.open_s is not None
    assert offer.close_s is not None
    assert offer.open_s <= walk.departure_s <= offer.close_s
