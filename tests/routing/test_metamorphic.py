"""What must hold between answers, whatever the answers are."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.compile_overlay import compile_overlay
from routing.overlay import TripChange
from routing.planner import Planner
from routing.query import Query
from tests.routing.test_overlay import draw_changes, draw_extras
from tests.routing.test_planner_against_twin import networks, queries

many = settings(max_examples=80, suppress_health_check=list(HealthCheck))


def found(planner: Planner, query: Query) -> set[tuple[int, int, int]]:
    return {(j.departure_s, j.arrival_s, j.transfers) for j in planner.plan(query).journeys}


def optimised(journeys: set[tuple[int, int, int]], query: Query) -> set[tuple[int, int, int]]:
    """Without what the query leaves open: one of equal journeys may leave later than another."""
    keeps = query.window_s > 0
    return {
        (d if keeps or query.arrive_by else 0, a if keeps or not query.arrive_by else 0, k)
        for d, a, k in journeys
    }


def beaten(journey: tuple[int, int, int], others: set[tuple[int, int, int]]) -> bool:
    """Whether one of `others` is as good in everything."""
    return any(o[0] >= journey[0] and o[1] <= journey[1] and o[2] <= journey[2] for o in others)


@many
@given(data=st.data())
def test_without_a_trip_no_answer_is_better(data: st.DataObject) -> None:
    sketch = data.draw(networks())
    query = replace(data.draw(queries(sketch)), window_s=20_000, arrive_by=False)
    gone = data.draw(st.integers(0, len(sketch.trips) - 1))
    fewer = replace(
        sketch, trips=[replace(t, days=() if i == gone else t.days) for i, t in enumerate(sketch.trips)]
    )
    full = found(Planner(*sketch.build()), replace(query, window_s=2 * 86_400))
    assert all(beaten(journey, full) for journey in found(Planner(*fewer.build()), query))


@many
@given(data=st.data(), later_s=st.integers(1, 7200))
def test_leaving_later_never_arrives_earlier(data: st.DataObject, later_s: int) -> None:
    sketch = data.draw(networks())
    query = replace(data.draw(queries(sketch)), window_s=0, arrive_by=False, max_travel_time_s=2 * 86_400)
    planner = Planner(*sketch.build())
    sooner = {(0, arrival_s, k) for _, arrival_s, k in found(planner, query)}
    later = {
        (0, arrival_s, k) for _, arrival_s, k in found(planner, replace(query, time_s=query.time_s + later_s))
    }
    ends_s = query.time_s + query.max_travel_time_s  # who leaves later may also take until later
    assert all(beaten(journey, sooner) for journey in later if journey[1] <= ends_s)


@many
@given(data=st.data())
def test_leaving_at_and_arriving_by_agree(data: st.DataObject) -> None:
    """Who arrives by the arrival found can leave no later than when that journey at its best leaves, and not earlier
    than asked."""
    sketch = data.draw(networks())
    query = replace(data.draw(queries(sketch)), window_s=0, arrive_by=False)
    planner = Planner(*sketch.build())
    for _, arrival_s, transfers in found(planner, query):
        back = replace(query, time_s=arrival_s, arrive_by=True, max_transfers=transfers)
        latest = found(planner, back)
        assert latest
        assert max(journey[0] for journey in latest) >= query.time_s
        assert all(journey[1] <= arrival_s for journey in latest)


@many
@given(data=st.data())
def test_answers_do_not_depend_on_the_order_of_rows(data: st.DataObject) -> None:
    """Trips and stops in another order are the same network."""
    sketch = data.draw(networks())
    query = data.draw(queries(sketch))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    stop = rng.permutation(sketch.stops).tolist()
    trip = rng.permutation(len(sketch.trips)).tolist()
    moved = replace(
        sketch,
        trips=[
            replace(sketch.trips[old], calls=[(stop[call[0]], *call[1:]) for call in sketch.trips[old].calls])
            for old in trip
        ],
        footpaths={(stop[a], stop[b]): s for (a, b), s in sketch.footpaths.items()},
        rolled={(stop[a], stop[b]): s for (a, b), s in sketch.rolled.items()},
        change_time_s={stop[s]: change for s, change in sketch.change_time_s.items()},
        closed=tuple(stop[s] for s in sketch.closed),
        frequencies=[(trip.index(row[0]), *row[1:]) for row in sketch.frequencies],
        seated=[(trip.index(a), trip.index(b), allowed) for a, b, allowed in sketch.seated],
    )
    asked = replace(
        query,
        origins=tuple(replace(o, stop=stop[o.stop]) for o in query.origins),
        destinations=tuple(replace(o, stop=stop[o.stop]) for o in query.destinations),
    )
    assert optimised(found(Planner(*sketch.build()), query), query) == optimised(
        found(Planner(*moved.build()), asked), asked
    )


@many
@given(data=st.data())
def test_an_overlay_that_changes_nothing_changes_no_answer(data: st.DataObject) -> None:
    """Every trip laid over at its planned times; and an overlay taken off again."""
    sketch = data.draw(networks())
    query = data.draw(queries(sketch))
    timetable, info = sketch.build()
    planner = Planner(timetable, info)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    before = found(planner, query)
    other = compile_overlay(
        timetable, info, planner.days, draw_changes(timetable, info, rng), draw_extras(sketch, info, rng)
    )
    planner.with_overlay(other).plan(query)
    on_time = []
    for index in range(timetable.service_active.shape[1]):
        day = info.first_day + dt.timedelta(days=index)
        compiled = planner.days.get(day)
        for trip, shift_s in zip(compiled.trips.trip.tolist(), compiled.trips.shift_s.tolist(), strict=True):
            calls = planner.trip_calls(trip, day, shift_s)
            on_time.append((trip, day, shift_s, calls))
    changes = [
        TripChange(
            trip,
            day,
            np.array([c.arrival_s for c in calls], np.int64),
            np.array([c.departure_s for c in calls], np.int64),
            shift_s,
        )
        for trip, day, shift_s, calls in on_time
    ]
    assert (
        found(planner.with_overlay(compile_overlay(timetable, info, planner.days, changes)), query) == before
    )
    assert found(planner, query) == before
