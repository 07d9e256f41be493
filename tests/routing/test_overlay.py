"""What is laid over the timetable is answered as if the timetable had been so from the start."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.clock import day_start_s
from routing.compile_day import list_running
from routing.compile_overlay import compile_overlay
from routing.overlay import ExtraTrip, TripChange
from routing.planner import Planner
from routing.query import Offset, Query
from routing.timetable import Mode, Timetable, TimetableInfo
from tests.naive.planner import pareto
from tests.routing.sketch import MONDAY, Sketch, SketchedTrip
from tests.routing.test_planner_against_twin import check_journey, networks, queries


def draw_changes(timetable: Timetable, info: TimetableInfo, rng: np.random.Generator) -> list[TripChange]:
    changes = []
    for index in range(timetable.service_active.shape[1]):
        day = info.first_day + dt.timedelta(days=index)
        for trip, shift_s in zip(
            *(part.tolist() for part in list_running(timetable, info, day)), strict=True
        ):
            if rng.random() < 0.5:
                changes.append(draw_change(timetable, info, (trip, day, shift_s), rng))
    return changes


def draw_change(
    timetable: Timetable, info: TimetableInfo, which: tuple[int, dt.date, int], rng: np.random.Generator
) -> TripChange:
    trip, day, shift_s = which
    start_s = day_start_s(day, info.zones[timetable.trip_zone[trip]]) + shift_s
    pattern, event = timetable.trip_pattern[trip], timetable.trip_first_event[trip]
    first, end = timetable.pattern_first[pattern : pattern + 2].tolist()
    count = end - first
    times = np.empty(2 * count, np.int64)
    times[0::2] = timetable.event_arrival_s[event : event + count] + start_s
    times[1::2] = timetable.event_departure_s[event : event + count] + start_s
    if rng.random() < 0.2:
        return TripChange(trip, day, times[0::2], times[1::2], shift_s, cancelled=True)
    late_s = (
        rng.choice([0, 60, 600, 4000, -120], 2 * count).cumsum()
        if rng.random() < 0.3
        else rng.integers(0, 3000)
    )
    times = np.maximum.accumulate(times + late_s)
    skipped = rng.random(count) < 0.3 if rng.random() < 0.3 else None
    stop = None
    if rng.random() < 0.2:
        stop = rng.integers(0, len(timetable.change_time_s), count).astype(np.int32)
    return TripChange(trip, day, times[0::2], times[1::2], shift_s, skipped=skipped, stop=stop)


def draw_extras(sketch: Sketch, info: TimetableInfo, rng: np.random.Generator) -> list[ExtraTrip]:
    extras = []
    for number in range(int(rng.integers(0, 4))):
        count = int(rng.integers(2, 5))
        start_s = day_start_s(info.first_day, info.zones[0]) + int(rng.integers(0, 3 * 86400))
        times = start_s + rng.integers(0, 1500, 2 * count).cumsum()
        extras.append(
            ExtraTrip(
                f"ride {number}",
                info.first_day,
                rng.integers(0, sketch.stops, count).astype(np.int32),
                times[0::2],
                times[1::2],
                rng.choice([0, 0, 1], count).astype(np.uint8),
                rng.choice([0, 0, 1], count).astype(np.uint8),
                mode=Mode.RIDE_SHARING if rng.random() < 0.5 else Mode.BUS,
                wheelchair=int(rng.integers(0, 3)),
            )
        )
    return extras


@pytest.mark.parametrize("kind", ["depart", "arrive", "window", "arrive window"])
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_same_pareto_set_as_the_rebuilt_timetable(kind: str, data: st.DataObject) -> None:
    sketch = data.draw(networks())
    query = data.draw(queries(sketch))
    wanted = {"arrive_by": "arrive" in kind, "window_s": (query.window_s or 5000) if "window" in kind else 0}
    query = Query(**{field: getattr(query, field) for field in query.__slots__} | wanted)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    timetable, info = sketch.build()
    changes, extras = draw_changes(timetable, info, rng), draw_extras(sketch, info, rng)
    plain = Planner(timetable, info)
    planner = plain.with_overlay(compile_overlay(timetable, info, plain.days, changes, extras))
    answer = planner.plan(query)
    for journey in answer.journeys:
        check_journey(planner, query, journey)
    found = [
        (0 if kind == "depart" else j.departure_s, 0 if kind == "arrive" else j.arrival_s, j.transfers)
        for j in answer.journeys
    ]
    assert sorted(found) == sorted(pareto(timetable, info, query, changes, extras))
    assert {(j.departure_s, j.arrival_s) for j in plain.plan(query).journeys} == {
        (j.departure_s, j.arrival_s) for j in Planner(timetable, info).plan(query).journeys
    }, "laying something over it changes nothing in the planner beneath"


# ── boards and single cases, by hand ───────────────────────────────────────────────────────────────────

START_S = day_start_s(MONDAY, "Europe/Paris")


def two_buses() -> Sketch:
    """08:00 and 09:00 from 0 by 1 to 2, ten minutes a hop."""
    return Sketch(
        3,
        [
            SketchedTrip([(0, at, at), (1, at + 600, at + 600), (2, at + 1200, at + 1200)])
            for at in (8 * 3600, 9 * 3600)
        ],
    )


def change(trip: int, late_s: int, **more: object) -> TripChange:
    times = START_S + (8 + trip) * 3600 + late_s + 600 * np.arange(3)
    return TripChange(trip, MONDAY, times, times, **more)  # type: ignore[arg-type]


def test_a_delayed_departure_stands_on_the_board_at_its_real_time() -> None:
    timetable, info = two_buses().build()
    planner = Planner(timetable, info)
    live = planner.with_overlay(compile_overlay(timetable, info, planner.days, [change(0, 5400)]))
    calls = live.list_calls([0], START_S + 8 * 3600 + 60, 5)
    assert [(c.trip, c.departure_s - START_S, c.cancelled) for c in calls] == [
        (1, 9 * 3600, False),
        (0, 8 * 3600 + 5400, False),
    ]


def test_a_cancelled_departure_stays_on_the_board_as_cancelled_and_is_never_ridden() -> None:
    timetable, info = two_buses().build()
    planner = Planner(timetable, info)
    live = planner.with_overlay(
        compile_overlay(timetable, info, planner.days, [change(0, 0, cancelled=True)])
    )
    calls = live.list_calls([0], START_S + 8 * 3600, 5)
    assert [(c.trip, c.cancelled) for c in calls] == [(0, True), (1, False)]
    assert all(c.cancelled for c in live.trip_calls(0, MONDAY))
    query = Query((Offset(0, 0),), (Offset(2, 0),), START_S + 8 * 3600)
    assert [j.legs[0].trip for j in live.plan(query).journeys] == [1]


def test_a_skipped_stop_is_cancelled_there_alone() -> None:
    timetable, info = two_buses().build()
    planner = Planner(timetable, info)
    skipped = np.array([False, True, False])
    live = planner.with_overlay(
        compile_overlay(timetable, info, planner.days, [change(0, 0, skipped=skipped)])
    )
    assert [c.cancelled for c in live.list_calls([1], START_S + 8 * 3600, 5)] == [True, False]
    assert [c.cancelled for c in live.trip_calls(0, MONDAY)] == [False, True, False]
    assert [c.cancelled for c in live.list_calls([0], START_S + 8 * 3600, 5)] == [False, False]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (change(0, 0, shift_s=60), "trip 0 does not run on 2026-06-08"),
        (TripChange(0, MONDAY, np.arange(2), np.arange(2)), "trip 0 on 2026-06-08: its pattern has 3 stops"),
        (
            TripChange(0, MONDAY, np.array([9, 5, 7]), np.array([9, 5, 7])),
            "time runs backwards at position 1",
        ),
        (change(0, 0, stop=np.array([0, 1, 7], np.int32)), "trip 0 on 2026-06-08 calls at a stop no trip"),
    ],
)
def test_a_contradiction_is_refused_by_name(wrong: TripChange, words: str) -> None:
    timetable, info = two_buses().build()
    with pytest.raises(ValueError, match=words):
        compile_overlay(timetable, info, Planner(timetable, info).days, [wrong])
    with pytest.raises(ValueError, match="changed twice"):
        compile_overlay(timetable, info, Planner(timetable, info).days, [change(0, 0), change(0, 60)])


def test_a_vehicle_goes_on_as_its_next_trip_only_while_that_waits_for_it() -> None:
    """Trip 0 goes on as trip 1, in one block: late by less than the halt one stays seated, late by more one cannot."""
    trips = [
        SketchedTrip([(0, 28800, 28800), (1, 29400, 29400)], block=1),
        SketchedTrip([(1, 30000, 30000), (2, 30600, 30600)], block=1),
    ]
    timetable, info = Sketch(3, trips, change_time_s={1: 7200}).build()
    planner = Planner(timetable, info)
    query = Query((Offset(0, 0),), (Offset(2, 0),), START_S + 28000)
    for late_s, found in ((300, 1), (900, 0)):
        times = START_S + 28800 + late_s + np.array([0, 600])
        late = TripChange(0, MONDAY, times, times)
        live = planner.with_overlay(compile_overlay(timetable, info, planner.days, [late]))
        assert len(live.plan(query).journeys) == found
