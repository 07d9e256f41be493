"""Departure boards: which trips call at a stop, in order of time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from routing.clock import day_start_s, service_day_of
from routing.layer import ServiceDay
from routing.service_days import ServiceDays
from routing.timetable import Timetable, TimetableInfo

SEARCHED_DAYS_MAX = 400
"""Service days one board may look through."""


@dataclass(frozen=True, slots=True)
class Call:
    """One trip calling at one stop on one service day. Instants are seconds since the epoch, UTC."""

    trip: int
    service_day: dt.date
    shift_s: int
    position: int
    stop: int
    arrival_s: int
    departure_s: int


def list_calls(
    timetable: Timetable,
    info: TimetableInfo,
    days: ServiceDays,
    stops: list[int],
    time_s: int,
    limit: int,
    *,
    arrivals: bool,
    backwards: bool,
    until_s: int | None,
) -> list[Call]:
    """See `Planner.list_calls`."""
    ahead = -1 if backwards else 1
    if until_s is None:
        until_s = time_s + ahead * 2 * 86400
    start = service_day_of(time_s, info.zones[0]) - dt.timedelta(days=ahead * 2)
    found: list[tuple[int, Call]] = []
    for distance in range(SEARCHED_DAYS_MAX):
        day = start + dt.timedelta(days=ahead * distance)
        day_s = day_start_s(day, info.zones[0])
        compiled = days.get(day)
        first_s, last_s = (day_s + int(s) for s in compiled.layer.span_s)
        if (day_s - 86400 > until_s) if ahead > 0 else (day_s + 3 * 86400 < until_s):
            break
        if len(found) >= limit and distance > 2:
            found.sort(key=_order)
            found = found[-limit:] if backwards else found[:limit]
            edge_s = found[0][0] if backwards else found[-1][0]
            if (day_s > edge_s) if ahead > 0 else (day_s + 3 * 86400 < edge_s):
                break
        if first_s > last_s:
            continue
        window = (time_s, until_s) if ahead > 0 else (until_s, time_s - 1)
        for stop in stops:
            found += _calls_at(timetable, compiled, day, day_s, stop, window, arrivals=arrivals)
    found.sort(key=_order)
    return [call for _, call in (found[-limit:] if backwards else found[:limit])]


def _order(entry: tuple[int, Call]) -> tuple[int, int, int, dt.date]:
    at_s, call = entry
    return at_s, call.stop, call.trip, call.service_day


def _calls_at(
    timetable: Timetable,
    compiled: ServiceDay,
    day: dt.date,
    day_s: int,
    stop: int,
    window: tuple[int, int],
    *,
    arrivals: bool,
) -> list[tuple[int, Call]]:
    layer, trips = compiled.layer, compiled.trips
    end = layer.stop_first_visit[stop + 1] if arrivals else layer.stop_board_end[stop]
    found = []
    for column in layer.visit_column[layer.stop_first_visit[stop] : end]:
        if arrivals and not layer.column_can_alight[column]:
            continue
        route = layer.column_route[column]
        head, count = (
            layer.route_first_trip[route],
            int(np.diff(layer.route_first_trip[route : route + 2])[0]),
        )
        position = int(column - layer.route_first_column[route])
        first = layer.route_first_event[route] + position * count
        events = slice(first, first + count)
        departs_s = (
            layer.event_departure[events].astype(np.int64) + layer.column_departure_base_s[column] + day_s
        )
        arrives_s = layer.event_arrival[events].astype(np.int64) + layer.column_arrival_base_s[column] + day_s
        at_s = arrives_s if arrivals else departs_s
        for i in range(*np.searchsorted(at_s, (window[0], window[1] + 1))):
            call = Call(
                int(trips.trip[head + i]),
                day,
                int(trips.shift_s[head + i]),
                position,
                stop,
                int(arrives_s[i]),
                int(departs_s[i]),
            )
            found.append((int(at_s[i]), call))
    return found


def trip_calls(
    timetable: Timetable, info: TimetableInfo, trip: int, day: dt.date, shift_s: int
) -> list[Call]:
    """See `Planner.trip_calls`."""
    start_s = day_start_s(day, info.zones[timetable.trip_zone[trip]]) + shift_s
    pattern, event = timetable.trip_pattern[trip], timetable.trip_first_event[trip]
    stops = timetable.pattern_stop[timetable.pattern_first[pattern] : timetable.pattern_first[pattern + 1]]
    return [
        Call(
            trip,
            day,
            shift_s,
            position,
            int(stop),
            start_s + int(timetable.event_arrival_s[event + position]),
            start_s + int(timetable.event_departure_s[event + position]),
        )
        for position, stop in enumerate(stops)
    ]
