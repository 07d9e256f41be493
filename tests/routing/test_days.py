"""Service days as arrays: exact times, no overtaking, and the mirror is the same day seen from the other end."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from routing.clock import day_start_s, service_day_of
from routing.compile_day import compile_day
from routing.layer import (
    COLUMN_ARRIVAL,
    COLUMN_DEPARTURE,
    COLUMN_STOP,
    ROUTE_COLUMN,
    ROUTE_EVENT,
    ROUTE_TRIP,
    TRIP_ROUTE,
    Layer,
)
from routing.planner import Planner
from routing.query import Offset, Query
from routing.service_days import FORMAT
from tests.routing.sketch import MONDAY, Sketch, SketchedTrip
from tests.routing.test_planner_against_twin import networks


def trips_of(layer: Layer) -> list[list[tuple[int, int, int]]]:
    """(stop, arrival, departure) of every trip of a layer, unpacked."""
    found = []
    for trip in range(len(layer.trips)):
        route = layer.trips[trip, TRIP_ROUTE]
        count = int(layer.routes[route + 1, ROUTE_TRIP] - layer.routes[route, ROUTE_TRIP])
        calls = []
        for p, column in enumerate(
            range(layer.routes[route, ROUTE_COLUMN], layer.routes[route + 1, ROUTE_COLUMN])
        ):
            event = layer.routes[route, ROUTE_EVENT] + p * count + trip - layer.routes[route, ROUTE_TRIP]
            arrival = int(layer.columns[column, COLUMN_ARRIVAL]) + int(layer.event_arrival[event])
            departure = int(layer.columns[column, COLUMN_DEPARTURE]) + int(layer.event_departure[event])
            calls.append((int(layer.columns[column, COLUMN_STOP]), arrival, departure))
        found.append(calls)
    return found


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(sketch=networks())
def test_every_trip_is_there_to_the_second(sketch: Sketch) -> None:
    timetable, info = sketch.build()
    for day in range(3):
        compiled = compile_day(timetable, info, sketch.first_day + dt.timedelta(days=day))
        expected = []
        for trip, shift_s in zip(compiled.trips.trip, compiled.trips.shift_s, strict=True):
            drawn = sketch.trips[trip]
            assert day in drawn.days
            zone = sketch.zones[drawn.zone]
            date = sketch.first_day + dt.timedelta(days=day)
            move_s = day_start_s(date, zone) - day_start_s(date, sketch.zones[0]) + int(shift_s)
            expected.append([(s, a + move_s, d + move_s) for s, a, d in drawn.calls])
        assert trips_of(compiled.layer) == expected
        mirrored = [[(s, -d, -a) for s, a, d in reversed(calls)] for calls in expected]
        assert sorted(trips_of(compiled.mirror)) == sorted(mirrored)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(sketch=networks())
def test_trips_of_a_route_never_overtake(sketch: Sketch) -> None:
    timetable, info = sketch.build()
    day = compile_day(timetable, info, sketch.first_day)
    for layer in (day.layer, day.mirror):
        trips = trips_of(layer)
        for before, after in zip(range(len(trips)), range(1, len(trips)), strict=False):
            if layer.trips[before, TRIP_ROUTE] == layer.trips[after, TRIP_ROUTE]:
                assert all(
                    a[1] <= b[1] and a[2] <= b[2] for a, b in zip(trips[before], trips[after], strict=True)
                )


def test_a_day_longer_than_16_bits_becomes_two_routes() -> None:
    trips = [SketchedTrip([(0, at, at), (1, at + 60, at + 60)]) for at in (0, 65_535, 65_536, 100_000)]
    timetable, info = Sketch(2, trips).build()
    day = compile_day(timetable, info, MONDAY)
    assert np.diff(day.layer.routes[:, ROUTE_TRIP]).tolist() == [2, 2]
    assert [calls[0][2] for calls in trips_of(day.layer)] == [0, 65_535, 65_536, 100_000]


def test_days_outside_the_calendar_are_empty() -> None:
    timetable, info = Sketch(2, [SketchedTrip([(0, 0, 0), (1, 60, 60)])]).build()
    for day in (MONDAY - dt.timedelta(days=1), MONDAY + dt.timedelta(days=3)):
        assert len(compile_day(timetable, info, day).trips.trip) == 0


def test_days_on_disk_answer_like_days_in_memory(tmp_path: Path) -> None:
    trips = [
        SketchedTrip([(0, at, at), (1, at + 600, at + 600)], days=(0, 1, 2)) for at in range(0, 86400, 3600)
    ]
    timetable, info = Sketch(2, trips).build()
    start_s = day_start_s(MONDAY, "Europe/Paris")
    query = Query((Offset(0, 0),), (Offset(1, 0),), start_s + 7000, window_s=20_000)
    in_memory = Planner(timetable, info).plan(query)
    assert len(in_memory.journeys) == 6
    for _ in range(2):  # the second time the folder is there
        assert Planner(timetable, info, tmp_path / "days").plan(query) == in_memory
    kept = {f.name for f in (tmp_path / "days").iterdir() if f.is_dir()}
    assert kept == {
        f"2026-06-{day}-{FORMAT}" for day in ("08", "09", "10")
    }  # a search may run into the days after


@pytest.mark.parametrize(
    ("day", "start"),
    [
        (dt.date(2026, 3, 28), "2026-03-27T23:00:00+00:00"),
        # 23 hours long: counting starts at 23:00 the evening before.
        (dt.date(2026, 3, 29), "2026-03-28T22:00:00+00:00"),
        # 25 hours long: counting starts at 01:00.
        (dt.date(2026, 10, 25), "2026-10-24T23:00:00+00:00"),
    ],
)
def test_days_count_from_noon_minus_12_hours(day: dt.date, start: str) -> None:
    start_s = day_start_s(day, "Europe/Paris")
    assert dt.datetime.fromtimestamp(start_s, dt.UTC).isoformat() == start
    assert service_day_of(start_s + 43_200, "Europe/Paris") == day


def test_dst_night_departures_are_at_the_local_time_printed() -> None:
    """A trip printed 08:00 leaves at 08:00 local time on both DST days."""
    for first_day in (dt.date(2026, 3, 28), dt.date(2026, 10, 24)):
        sketch = Sketch(2, [SketchedTrip([(0, 28_800, 28_800), (1, 30_000, 30_000)], days=(0, 1, 2))])
        sketch.first_day = first_day
        timetable, info = sketch.build()
        from_s = day_start_s(first_day, "Europe/Paris")
        calls = Planner(timetable, info).list_calls([0], from_s, 10, until_s=from_s + 4 * 86400)
        local = [_local(call.departure_s) for call in calls]
        assert local == [f"{first_day + dt.timedelta(days=d)} 08:00" for d in range(3)]


def _local(time_s: int) -> str:
    from zoneinfo import ZoneInfo

    return f"{dt.datetime.fromtimestamp(time_s, ZoneInfo('Europe/Paris')):%Y-%m-%d %H:%M}"
