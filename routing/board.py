"""Departure boards: which trips call at a stop, in order of time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from routing.clock import day_start_s, service_day_of
from routing.layer import (
    CAN_ALIGHT,
    COLUMN_ARRIVAL,
    COLUMN_DEPARTURE,
    COLUMN_MARKS,
    ROUTE_COLUMN,
    ROUTE_EVENT,
    ROUTE_TRIP,
    STOP_BOARD_END,
    STOP_VISIT,
    VISIT_COLUMN,
    VISIT_ROUTE,
    Layer,
    ServiceDay,
)
from routing.overlay import Overlay, TripChange
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
    cancelled: bool = False
    """It was planned, and the vehicle does not run or does not stop here; the times are the planned ones."""


def list_calls(
    timetable: Timetable,
    info: TimetableInfo,
    days: ServiceDays,
    overlay: Overlay,
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
    window = (time_s, until_s) if ahead > 0 else (until_s, time_s - 1)
    found: list[tuple[int, Call]] = []
    for stop in stops:
        found += _laid_over(overlay, stop, window, arrivals=arrivals)
    for distance in range(SEARCHED_DAYS_MAX):
        day = start + dt.timedelta(days=ahead * distance)
        day_s = day_start_s(day, info.zones[0])
        compiled = overlay.days.get(day) or days.get(day)
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
        for stop in stops:
            found += _planned(compiled, overlay, day, day_s, stop, window, arrivals=arrivals)
    found.sort(key=_order)
    return [call for _, call in (found[-limit:] if backwards else found[:limit])]


def _order(entry: tuple[int, Call]) -> tuple[int, int, int, dt.date]:
    at_s, call = entry
    return at_s, call.stop, call.trip, call.service_day


def _planned(
    compiled: ServiceDay,
    overlay: Overlay,
    day: dt.date,
    day_s: int,
    stop: int,
    window: tuple[int, int],
    *,
    arrivals: bool,
) -> list[tuple[int, Call]]:
    """Calls of a service day, but for those the overlay has otherwise; what is cancelled stands there as cancelled."""
    trips, closed = compiled.trips, compiled.layer.trip_closed
    found = []
    for number, position, at_s, arrival_s, departure_s in _events(
        compiled.layer, day_s, stop, window, arrivals=arrivals
    ):
        trip, shift_s = int(trips.trip[number]), int(trips.shift_s[number])
        call = Call(trip, day, shift_s, position, stop, arrival_s, departure_s)
        if closed[number]:
            change = overlay.find_change(trip, day, shift_s)
            if change is None or not _is_cancelled(change, position):
                continue
            call = replace(call, cancelled=True)
        found.append((at_s, call))
    return found


def _laid_over(
    overlay: Overlay, stop: int, window: tuple[int, int], *, arrivals: bool
) -> list[tuple[int, Call]]:
    trips = overlay.trips
    found = []
    for number, position, at_s, arrival_s, departure_s in _events(
        overlay.layer, overlay.base_s, stop, window, arrivals=arrivals
    ):
        trip, shift_s = int(trips.trip[number]), int(trips.shift_s[number])
        call = Call(trip, trips.service_day[number], shift_s, position, stop, arrival_s, departure_s)
        found.append((at_s, call))
    return found


def _events(
    layer: Layer, base_s: int, stop: int, window: tuple[int, int], *, arrivals: bool
) -> Iterator[tuple[int, int, int, int, int]]:
    """What happens at a stop within a window: number of the trip, position, instant looked for, arrival, departure."""
    end = layer.stops[stop + 1, STOP_VISIT] if arrivals else layer.stops[stop, STOP_BOARD_END]
    for visit in layer.visits[layer.stops[stop, STOP_VISIT] : end]:
        column, route = visit[VISIT_COLUMN], visit[VISIT_ROUTE]
        if arrivals and not layer.columns[column, COLUMN_MARKS] & CAN_ALIGHT:
            continue
        head, after = layer.routes[route : route + 2, ROUTE_TRIP].tolist()
        position = int(column - layer.routes[route, ROUTE_COLUMN])
        first = int(layer.routes[route, ROUTE_EVENT]) + position * (after - head)
        events = slice(first, first + after - head)
        departs_s = (
            layer.event_departure[events].astype(np.int64)
            + int(layer.columns[column, COLUMN_DEPARTURE])
            + base_s
        )
        arrives_s = (
            layer.event_arrival[events].astype(np.int64) + int(layer.columns[column, COLUMN_ARRIVAL]) + base_s
        )
        at_s = arrives_s if arrivals else departs_s
        for i in range(*np.searchsorted(at_s, (window[0], window[1] + 1)).tolist()):
            yield head + i, position, int(at_s[i]), int(arrives_s[i]), int(departs_s[i])


def _is_cancelled(change: TripChange, position: int) -> bool:
    return change.cancelled or (change.skipped is not None and bool(change.skipped[position]))


def trip_calls(
    timetable: Timetable, info: TimetableInfo, overlay: Overlay, trip: int, day: dt.date, shift_s: int
) -> list[Call]:
    """See `Planner.trip_calls`."""
    extra = trip - len(timetable.trip_pattern)
    if extra >= 0:
        added = overlay.extras[extra]
        rows = zip(added.stop.tolist(), added.arrival_s.tolist(), added.departure_s.tolist(), strict=True)
        return [Call(trip, day, 0, position, *row) for position, row in enumerate(rows)]
    start_s = day_start_s(day, info.zones[timetable.trip_zone[trip]]) + shift_s
    pattern, event = timetable.trip_pattern[trip], timetable.trip_first_event[trip]
    first, end = timetable.pattern_first[pattern : pattern + 2].tolist()
    stop = timetable.pattern_stop[first:end]
    arrival_s = timetable.event_arrival_s[event : event + end - first].astype(np.int64) + start_s
    departure_s = timetable.event_departure_s[event : event + end - first].astype(np.int64) + start_s
    change = overlay.find_change(trip, day, shift_s)
    if change is not None:
        stop = stop if change.stop is None else change.stop
        arrival_s, departure_s = change.arrival_s, change.departure_s
    return [
        Call(trip, day, shift_s, p, *row, change is not None and _is_cancelled(change, p))
        for p, row in enumerate(zip(stop.tolist(), arrival_s.tolist(), departure_s.tolist(), strict=True))
    ]
