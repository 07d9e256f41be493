"""From trip changes and extra trips to the overlay the kernels scan (`routing.overlay`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.clock import day_start_s
from routing.compile_day import RoutedTrips, build_layers
from routing.layer import (
    HAS_CLOSED,
    ROUTE_MARKS,
    ROUTE_TRIP,
    TRIP_NEXT,
    TRIP_PREVIOUS,
    TRIP_ROUTE,
    DayTrips,
    Layer,
    ServiceDay,
)
from routing.overlay import ExtraTrip, Overlay, OverlayTrips, TripChange
from routing.service_days import ServiceDays
from routing.snapshot import read_only
from routing.timetable import Timetable, TimetableInfo

NOT_POSSIBLE = 1
"""GTFS pickup_type and drop_off_type."""

Numbers = NDArray[np.int64]


def compile_overlay(
    timetable: Timetable,
    info: TimetableInfo,
    days: ServiceDays,
    changes: Sequence[TripChange] = (),
    extras: Sequence[ExtraTrip] = (),
) -> Overlay:
    """Lay changes and extra trips over a timetable.

    Every changed trip is closed in its service day and, unless cancelled, runs in the overlay's layer at its new times.
    Trips of one vehicle go there together, so that staying seated never crosses layers.
    Raises ValueError, naming the trip, when one does not run that day, is changed twice or contradicts itself.
    """
    known = {(change.trip, change.service_day, change.shift_s): change for change in changes}
    if len(known) < len(changes):
        raise ValueError("a trip is changed twice on one service day")
    patterns = _Patterns(timetable)
    closed: dict[dt.date, ServiceDay] = {}
    drafts: list[_Drafts] = []
    vehicles: list[tuple[Numbers, Numbers]] = []
    count = 0
    for day in sorted({change.service_day for change in changes}):
        of_day = [change for change in changes if change.service_day == day]
        compiled = days.get(day)
        numbers = _find_numbers(compiled.trips, of_day)
        moved = _with_vehicles(compiled.layer, numbers)
        runs = np.array([not change.cancelled for change in of_day])
        others = np.setdiff1d(moved, numbers)
        drafts.append(_draft_changes(timetable, patterns, [c for c in of_day if not c.cancelled]))
        drafts.append(_draft_planned(timetable, info, compiled.trips, day, others))
        drafted = np.concatenate([numbers[runs], others])
        row_of = np.full(len(compiled.layer.trips) + 1, -1, np.int64)
        row_of[drafted] = count + np.arange(len(drafted))
        vehicles.append((row_of[drafted], row_of[compiled.layer.trips[drafted, TRIP_NEXT]]))
        count += len(drafted)
        closed[day] = _close(compiled, moved)
    drafts.append(_draft_extras(timetable, patterns, extras))
    return _lay_out(timetable, patterns, _join(drafts), vehicles, (closed, known, tuple(extras)))


class _Drafts(NamedTuple):
    """Trips of the overlay as they are gathered; `n` of them with `e` calls in all."""

    trip: NDArray[np.int32]  # [n] of the timetable; from its number of trips on: extra trips
    day: list[dt.date]  # [n]
    shift_s: NDArray[np.int32]  # [n]
    pattern: NDArray[np.int32]  # [n]
    traits: NDArray[np.uint8]  # [n, 3] mode, wheelchair, bikes
    length: NDArray[np.int64]  # [n] calls
    arrival_s: NDArray[np.int64]  # [e] instants
    departure_s: NDArray[np.int64]  # [e]


def _draft_changes(timetable: Timetable, patterns: _Patterns, changes: list[TripChange]) -> _Drafts:
    trip = np.array([change.trip for change in changes], np.int32)
    pattern = timetable.trip_pattern[trip]
    length = np.array([len(change.arrival_s) for change in changes], np.int64)
    planned = np.diff(timetable.pattern_first)[pattern]
    odd = (length != planned) | (
        planned != np.array([len(change.departure_s) for change in changes], np.int64)
    )
    for i in np.flatnonzero(odd).tolist():
        raise ValueError(
            f"trip {changes[i].trip} on {changes[i].service_day}: its pattern has {planned[i]} stops"
        )
    if any(change.skipped is not None or change.stop is not None for change in changes):
        pattern = np.array(
            [patterns.changed(c, p) for c, p in zip(changes, pattern.tolist(), strict=True)], np.int32
        )
    return _Drafts(
        trip,
        [change.service_day for change in changes],
        np.array([change.shift_s for change in changes], np.int32),
        pattern,
        _traits(timetable, trip),
        length,
        _flat([change.arrival_s for change in changes]),
        _flat([change.departure_s for change in changes]),
    )


def _draft_planned(
    timetable: Timetable, info: TimetableInfo, trips: DayTrips, day: dt.date, numbers: Numbers
) -> _Drafts:
    """Trips of a day at their planned times."""
    trip, shift_s = trips.trip[numbers], trips.shift_s[numbers]
    pattern = timetable.trip_pattern[trip]
    length = np.diff(timetable.pattern_first)[pattern].astype(np.int64)
    starts_s = np.array([day_start_s(day, zone) for zone in info.zones], np.int64)[timetable.trip_zone[trip]]
    event = np.repeat(timetable.trip_first_event[trip] - _before(length), length) + np.arange(length.sum())
    base_s = np.repeat(starts_s + shift_s, length)
    return _Drafts(
        trip,
        [day] * len(numbers),
        shift_s,
        pattern,
        _traits(timetable, trip),
        length,
        timetable.event_arrival_s[event] + base_s,
        timetable.event_departure_s[event] + base_s,
    )


def _draft_extras(timetable: Timetable, patterns: _Patterns, extras: Sequence[ExtraTrip]) -> _Drafts:
    for extra in extras:
        lengths = {len(part) for part in (extra.arrival_s, extra.departure_s, extra.pickup, extra.dropoff)}
        if lengths != {len(extra.stop)}:
            raise ValueError(f"extra trip {extra.key}: its arrays are not of one length")
        if len(extra.stop) < 2:
            raise ValueError(f"extra trip {extra.key}: a trip calls at two stops or more")
    count = len(extras)
    return _Drafts(
        np.arange(count, dtype=np.int32) + np.int32(len(timetable.trip_pattern)),
        [extra.service_day for extra in extras],
        np.zeros(count, np.int32),
        np.array(
            [patterns.add(f"extra trip {e.key}", e.stop, e.pickup, e.dropoff) for e in extras], np.int32
        ),
        np.array([(e.mode, e.wheelchair, e.bikes) for e in extras], np.uint8).reshape(-1, 3),
        np.array([len(extra.stop) for extra in extras], np.int64),
        _flat([extra.arrival_s for extra in extras]),
        _flat([extra.departure_s for extra in extras]),
    )


def _lay_out(
    timetable: Timetable,
    patterns: _Patterns,
    drafts: _Drafts,
    vehicles: list[tuple[Numbers, Numbers]],
    rest: tuple[dict[dt.date, ServiceDay], dict[tuple[int, dt.date, int], TripChange], tuple[ExtraTrip, ...]],
) -> Overlay:
    """The drafts as a small timetable of their own, and that as a layer; `vehicles` are pairs of rows."""
    first = _before(drafts.length)
    last = first + drafts.length - 1
    _check_order(drafts, first)
    base_s = int(drafts.arrival_s.min(initial=2**62)) if len(first) else 0
    mode, wheelchair, bikes = (np.ascontiguousarray(row) for row in drafts.traits.T)
    small = patterns.extend(timetable)._replace(
        trip_pattern=drafts.pattern,
        trip_first_event=first,
        trip_mode=mode,
        trip_wheelchair=wheelchair,
        trip_bikes=bikes,
        event_arrival_s=(drafts.arrival_s - base_s).astype(np.int32),
        event_departure_s=(drafts.departure_s - base_s).astype(np.int32),
    )
    count = len(first)
    routed = RoutedTrips(read_only(small), np.arange(count, dtype=np.int32), np.zeros(count, np.int32))
    number = np.empty(count, np.int64)
    number[routed.order] = np.arange(count)
    next_trip, previous_trip = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    for row, onward in vehicles:
        waits = onward >= 0
        waits[waits] = drafts.arrival_s[last[row[waits]]] <= drafts.departure_s[first[onward[waits]]]
        row, onward = number[row[waits]], number[onward[waits]]
        next_trip[row], previous_trip[onward] = onward, row
    layer, mirror = build_layers(routed, (next_trip, previous_trip), len(timetable.change_time_s))
    order = routed.order
    trips = OverlayTrips(
        drafts.trip[order], tuple(drafts.day[i] for i in order.tolist()), drafts.shift_s[order]
    )
    return Overlay(base_s, layer, mirror, trips, *rest)


def _check_order(drafts: _Drafts, first: Numbers) -> None:
    """Time never runs backwards aboard. Raises ValueError naming the trip and the position."""
    wrong = drafts.departure_s < drafts.arrival_s
    backwards = drafts.arrival_s[1:] < drafts.departure_s[:-1]
    backwards[first[1:] - 1] = False
    wrong[1:] |= backwards
    for event in np.flatnonzero(wrong).tolist():
        row = int(np.searchsorted(first, event, side="right")) - 1
        raise ValueError(
            f"trip {drafts.trip[row]} on {drafts.day[row]}: time runs backwards at position {event - first[row]}"
        )


# ── what is closed in the service day ──────────────────────────────────────────────────────────────────


def _find_numbers(trips: DayTrips, changes: Sequence[TripChange]) -> Numbers:
    """The numbers in the day of the changed trips. Raises ValueError when one does not run."""
    keys = _keys(trips.trip, trips.shift_s)
    order = np.argsort(keys, kind="stable")
    wanted = _keys(
        np.array([change.trip for change in changes], np.int64),
        np.array([change.shift_s for change in changes], np.int64),
    )
    at = np.searchsorted(keys, wanted, sorter=order)
    found = order[np.minimum(at, len(order) - 1)] if len(order) else np.zeros(len(wanted), np.int64)
    missing = np.flatnonzero(keys[found] != wanted) if len(order) else np.arange(len(wanted))
    for i in missing.tolist():
        raise ValueError(f"trip {changes[i].trip} does not run on {changes[i].service_day}")
    return found


def _keys(trip: NDArray[np.integer], shift_s: NDArray[np.integer]) -> NDArray[np.int64]:
    return trip.astype(np.int64) * (1 << 32) + shift_s


def _with_vehicles(layer: Layer, numbers: Numbers) -> Numbers:
    """The trips and all those their vehicles run before and after."""
    found = [numbers]
    for link in (TRIP_NEXT, TRIP_PREVIOUS):
        edge = layer.trips[numbers, link]
        while len(edge):
            edge = edge[edge >= 0]
            found.append(edge.astype(np.int64))
            edge = layer.trips[edge, link]
    return np.unique(np.concatenate(found))


def _close(compiled: ServiceDay, numbers: Numbers) -> ServiceDay:
    layer, mirror = compiled.layer, compiled.mirror
    routes = layer.trips[numbers, TRIP_ROUTE]
    turned = layer.routes[routes, ROUTE_TRIP] + layer.routes[routes + 1, ROUTE_TRIP] - 1 - numbers
    return ServiceDay(_mark(layer, numbers, routes), _mark(mirror, turned, routes), compiled.trips)


def _mark(layer: Layer, trips: NDArray[np.integer], routes: NDArray[np.integer]) -> Layer:
    trip_closed, marked = np.zeros(len(layer.trips), np.uint8), np.array(layer.routes)
    trip_closed[trips] = 1
    marked[routes, ROUTE_MARKS] |= HAS_CLOSED
    trip_closed.flags.writeable = marked.flags.writeable = False
    return layer._replace(trip_closed=trip_closed, routes=marked)


# ── patterns ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Patterns:
    """The timetable's patterns, and those of trips that call elsewhere than planned."""

    timetable: Timetable
    known: dict[tuple[bytes, bytes, bytes], int] = field(default_factory=dict)
    added: list[tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]] = field(default_factory=list)

    def changed(self, change: TripChange, pattern: int) -> int:
        """The pattern a changed trip runs along, `pattern` being its planned one."""
        if change.skipped is None and change.stop is None:
            return pattern
        timetable = self.timetable
        first, end = timetable.pattern_first[pattern : pattern + 2].tolist()
        stop = timetable.pattern_stop[first:end] if change.stop is None else change.stop
        pickup, dropoff = timetable.pattern_pickup[first:end], timetable.pattern_dropoff[first:end]
        if len(stop) != end - first or (change.skipped is not None and len(change.skipped) != end - first):
            raise ValueError(
                f"trip {change.trip} on {change.service_day}: its pattern has {end - first} stops"
            )
        if change.skipped is not None:
            pickup = np.where(change.skipped, np.uint8(NOT_POSSIBLE), pickup)
            dropoff = np.where(change.skipped, np.uint8(NOT_POSSIBLE), dropoff)
        return self.add(f"trip {change.trip} on {change.service_day}", stop, pickup, dropoff)

    def add(
        self, name: str, stop: NDArray[np.int32], pickup: NDArray[np.uint8], dropoff: NDArray[np.uint8]
    ) -> int:
        """The number of a pattern, a new one if need be. Raises ValueError when it leaves the boardable stops."""
        if stop.min() < 0 or stop.max() >= len(self.timetable.change_time_s):
            raise ValueError(f"{name} calls at a stop no trip of the timetable can be boarded at")
        row = stop.astype(np.int32), pickup.astype(np.uint8), dropoff.astype(np.uint8)
        key = row[0].tobytes(), row[1].tobytes(), row[2].tobytes()
        if key not in self.known:
            self.known[key] = len(self.timetable.pattern_first) - 1 + len(self.added)
            self.added.append(row)
        return self.known[key]

    def extend(self, timetable: Timetable) -> Timetable:
        """The timetable with the new patterns behind its own."""
        if not self.added:
            return timetable
        stop, pickup, dropoff = (np.concatenate(part) for part in zip(*self.added, strict=True))
        ends = timetable.pattern_first[-1] + np.cumsum([len(row[0]) for row in self.added])
        return timetable._replace(
            pattern_first=np.concatenate([timetable.pattern_first, ends]).astype(np.int32),
            pattern_stop=np.concatenate([timetable.pattern_stop, stop]),
            pattern_pickup=np.concatenate([timetable.pattern_pickup, pickup]),
            pattern_dropoff=np.concatenate([timetable.pattern_dropoff, dropoff]),
        )


def _traits(timetable: Timetable, trip: NDArray[np.int32]) -> NDArray[np.uint8]:
    return np.stack(
        (timetable.trip_mode[trip], timetable.trip_wheelchair[trip], timetable.trip_bikes[trip]), axis=1
    )


def _join(drafts: list[_Drafts]) -> _Drafts:
    return _Drafts(
        trip=np.concatenate([part.trip for part in drafts]),
        day=[day for part in drafts for day in part.day],
        shift_s=np.concatenate([part.shift_s for part in drafts]),
        pattern=np.concatenate([part.pattern for part in drafts]),
        traits=np.concatenate([part.traits for part in drafts]),
        length=np.concatenate([part.length for part in drafts]),
        arrival_s=np.concatenate([part.arrival_s for part in drafts]),
        departure_s=np.concatenate([part.departure_s for part in drafts]),
    )


def _before(length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of several runs of such lengths begins, laid end to end."""
    return np.cumsum(length) - length


def _flat(times: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(times).astype(np.int64, copy=False) if times else np.zeros(0, np.int64)
