"""From trip changes and extra trips to the overlay the kernels scan (`routing.overlay`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from routing.clock import day_start_s
from routing.compile_day import RoutedTrips, build_layers
from routing.layer import HAS_CLOSED, DayTrips, Layer, ServiceDay
from routing.overlay import ExtraTrip, Overlay, OverlayTrips, TripChange
from routing.service_days import ServiceDays
from routing.snapshot import read_only
from routing.timetable import Timetable, TimetableInfo

NOT_POSSIBLE = 1
"""GTFS pickup_type and drop_off_type."""


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
    drafts = _Drafts(timetable)
    closed: dict[dt.date, ServiceDay] = {}
    links: list[tuple[int, int]] = []
    for day in sorted({change.service_day for change in changes}):
        of_day = [change for change in changes if change.service_day == day]
        closed[day] = _move_day(timetable, info, days.get(day), of_day, drafts, links)
    for number, extra in enumerate(extras):
        drafts.add_extra(len(timetable.trip_pattern) + number, extra)
    base_s, layer, mirror, order = drafts.lay_out(links)
    trips = OverlayTrips(
        np.array(drafts.trip, np.int32)[order],
        tuple(drafts.day[i] for i in order),
        np.array(drafts.shift_s, np.int32)[order],
    )
    return Overlay(base_s, layer, mirror, trips, closed, known, tuple(extras))


def _move_day(
    timetable: Timetable,
    info: TimetableInfo,
    compiled: ServiceDay,
    changes: Sequence[TripChange],
    drafts: _Drafts,
    links: list[tuple[int, int]],
) -> ServiceDay:
    """Draft one day's changed trips and those of the same vehicles; returns the day with all of these closed."""
    day = changes[0].service_day
    numbers = _find_numbers(compiled.trips, changes, day)
    change_of = dict(zip(numbers.tolist(), changes, strict=True))
    drafted: dict[int, int] = {}
    following = compiled.layer.next_trip
    moved = _with_vehicles(compiled.layer, numbers)
    for number in moved.tolist():
        change = change_of.get(number)
        if change is None:
            trip, shift_s = int(compiled.trips.trip[number]), int(compiled.trips.shift_s[number])
            start_s = day_start_s(day, info.zones[timetable.trip_zone[trip]]) + shift_s
            drafted[number] = drafts.add_planned(trip, day, shift_s, start_s)
        elif not change.cancelled:
            drafted[number] = drafts.add_change(change)
    for number, row in drafted.items():
        onward = drafted.get(int(following[number]))
        if onward is not None and drafts.arrival_s[row][-1] <= drafts.departure_s[onward][0]:
            links.append((row, onward))
    return _close(compiled, moved)


def _find_numbers(trips: DayTrips, changes: Sequence[TripChange], day: dt.date) -> NDArray[np.int64]:
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
        raise ValueError(f"trip {changes[i].trip} does not run on {day}")
    return found


def _keys(trip: NDArray[np.integer], shift_s: NDArray[np.integer]) -> NDArray[np.int64]:
    return trip.astype(np.int64) * (1 << 32) + shift_s


def _with_vehicles(layer: Layer, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The trips and all those their vehicles run before and after."""
    found = set(numbers.tolist())
    for links in (layer.next_trip, layer.previous_trip):
        edge = links[numbers]
        while len(edge):
            edge = edge[edge >= 0]
            found.update(edge.tolist())
            edge = links[edge]
    return np.array(sorted(found), np.int64)


def _close(compiled: ServiceDay, numbers: NDArray[np.int64]) -> ServiceDay:
    layer, mirror = compiled.layer, compiled.mirror
    routes = layer.trip_route[numbers]
    turned = layer.route_first_trip[routes] + layer.route_first_trip[routes + 1] - 1 - numbers
    return ServiceDay(_mark(layer, numbers, routes), _mark(mirror, turned, routes), compiled.trips)


def _mark(layer: Layer, trips: NDArray[np.integer], routes: NDArray[np.integer]) -> Layer:
    trip_closed, route_marks = np.zeros(len(layer.trip_route), np.uint8), np.array(layer.route_marks)
    trip_closed[trips] = 1
    route_marks[routes] |= HAS_CLOSED
    return read_only(layer._replace(trip_closed=trip_closed, route_marks=route_marks))


class _Drafts:
    """Trips of the overlay as they are gathered, then as a small timetable of their own."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._patterns: dict[tuple[bytes, bytes, bytes], int] = {}
        self._added: list[tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]] = []
        self.trip: list[int] = []
        self.day: list[dt.date] = []
        self.shift_s: list[int] = []
        self.pattern: list[int] = []
        self.traits: list[tuple[int, int, int]] = []
        self.arrival_s: list[NDArray[np.int64]] = []
        self.departure_s: list[NDArray[np.int64]] = []

    def add_planned(self, trip: int, day: dt.date, shift_s: int, start_s: int) -> int:
        """A trip at its planned times; `start_s` is what they count from."""
        timetable = self._timetable
        pattern, first = int(timetable.trip_pattern[trip]), int(timetable.trip_first_event[trip])
        length = int(timetable.pattern_first[pattern + 1] - timetable.pattern_first[pattern])
        arrival_s = timetable.event_arrival_s[first : first + length].astype(np.int64) + start_s
        departure_s = timetable.event_departure_s[first : first + length].astype(np.int64) + start_s
        return self._add(trip, day, shift_s, pattern, self._traits(trip), (arrival_s, departure_s))

    def add_change(self, change: TripChange) -> int:
        """A trip as it really runs."""
        timetable, pattern = self._timetable, int(self._timetable.trip_pattern[change.trip])
        first, end = int(timetable.pattern_first[pattern]), int(timetable.pattern_first[pattern + 1])
        times = change.arrival_s, change.departure_s
        if {len(part) for part in (*times, change.skipped, change.stop) if part is not None} != {end - first}:
            raise ValueError(
                f"trip {change.trip} on {change.service_day}: its pattern has {end - first} stops"
            )
        if change.skipped is not None or change.stop is not None:
            stop = timetable.pattern_stop[first:end] if change.stop is None else change.stop
            pickup, dropoff = timetable.pattern_pickup[first:end], timetable.pattern_dropoff[first:end]
            if change.skipped is not None:
                pickup = np.where(change.skipped, np.uint8(NOT_POSSIBLE), pickup)
                dropoff = np.where(change.skipped, np.uint8(NOT_POSSIBLE), dropoff)
            pattern = self._add_pattern(f"trip {change.trip}", stop, pickup, dropoff)
        traits = self._traits(change.trip)
        return self._add(change.trip, change.service_day, change.shift_s, pattern, traits, times)

    def add_extra(self, trip: int, extra: ExtraTrip) -> None:
        """A trip the timetable does not have."""
        times = extra.arrival_s, extra.departure_s
        if {len(part) for part in (*times, extra.pickup, extra.dropoff)} != {len(extra.stop)}:
            raise ValueError(f"extra trip {extra.key}: its arrays are not of one length")
        if len(extra.stop) < 2:
            raise ValueError(f"extra trip {extra.key}: a trip calls at two stops or more")
        pattern = self._add_pattern(f"extra trip {extra.key}", extra.stop, extra.pickup, extra.dropoff)
        self._add(trip, extra.service_day, 0, pattern, (extra.mode, extra.wheelchair, extra.bikes), times)

    def lay_out(self, links: Sequence[tuple[int, int]]) -> tuple[int, Layer, Layer, NDArray[np.int64]]:
        """The layer, its mirror, the instant their times count from and the order of the drafts in them."""
        timetable = self._timetable
        lengths = np.array([len(times) for times in self.arrival_s], np.int64)
        arrival_s = np.concatenate([*self.arrival_s, np.zeros(0, np.int64)])
        departure_s = np.concatenate([*self.departure_s, np.zeros(0, np.int64)])
        base_s = int(arrival_s.min()) if len(arrival_s) else 0
        first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self._check_order(arrival_s, departure_s, first)
        added = [len(stop) for stop, _, _ in self._added]
        mode, wheelchair, bikes = np.array(self.traits, np.uint8).reshape(-1, 3).T
        small = timetable._replace(
            pattern_first=np.concatenate(
                [timetable.pattern_first, timetable.pattern_first[-1] + np.cumsum(added)]
            ).astype(np.int32),
            pattern_stop=np.concatenate([timetable.pattern_stop, *[p[0] for p in self._added]]).astype(
                np.int32
            ),
            pattern_pickup=np.concatenate([timetable.pattern_pickup, *[p[1] for p in self._added]]),
            pattern_dropoff=np.concatenate([timetable.pattern_dropoff, *[p[2] for p in self._added]]),
            trip_pattern=np.array(self.pattern, np.int32),
            trip_first_event=first[:-1],
            trip_mode=np.ascontiguousarray(mode),
            trip_wheelchair=np.ascontiguousarray(wheelchair),
            trip_bikes=np.ascontiguousarray(bikes),
            event_arrival_s=(arrival_s - base_s).astype(np.int32),
            event_departure_s=(departure_s - base_s).astype(np.int32),
        )
        count = len(self.trip)
        routed = RoutedTrips(read_only(small), np.arange(count, dtype=np.int32), np.zeros(count, np.int32))
        number = np.empty(count, np.int64)
        number[routed.order] = np.arange(count)
        next_trip, previous_trip = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
        for row, onward in links:
            next_trip[number[row]], previous_trip[number[onward]] = number[onward], number[row]
        layer, mirror = build_layers(routed, (next_trip, previous_trip), len(timetable.change_time_s))
        return base_s, layer, mirror, routed.order

    def _add(
        self,
        trip: int,
        day: dt.date,
        shift_s: int,
        pattern: int,
        traits: tuple[int, int, int],
        times: tuple[NDArray[np.int64], NDArray[np.int64]],
    ) -> int:
        self.trip.append(trip)
        self.day.append(day)
        self.shift_s.append(shift_s)
        self.pattern.append(pattern)
        self.traits.append(traits)
        self.arrival_s.append(times[0])
        self.departure_s.append(times[1])
        return len(self.trip) - 1

    def _traits(self, trip: int) -> tuple[int, int, int]:
        timetable = self._timetable
        return (
            int(timetable.trip_mode[trip]),
            int(timetable.trip_wheelchair[trip]),
            int(timetable.trip_bikes[trip]),
        )

    def _add_pattern(
        self, name: str, stop: NDArray[np.int32], pickup: NDArray[np.uint8], dropoff: NDArray[np.uint8]
    ) -> int:
        if stop.min() < 0 or stop.max() >= len(self._timetable.change_time_s):
            raise ValueError(f"{name} calls at a stop no trip of the timetable can be boarded at")
        key = stop.astype(np.int32).tobytes(), pickup.tobytes(), dropoff.tobytes()
        known = self._patterns.get(key)
        if known is None:
            known = self._patterns[key] = len(self._timetable.pattern_first) - 1 + len(self._added)
            self._added.append((stop.astype(np.int32), pickup.astype(np.uint8), dropoff.astype(np.uint8)))
        return known

    def _check_order(
        self, arrival_s: NDArray[np.int64], departure_s: NDArray[np.int64], first: NDArray[np.int64]
    ) -> None:
        """Time never runs backwards aboard."""
        wrong = departure_s < arrival_s
        backwards = arrival_s[1:] < departure_s[:-1]
        backwards[first[1:-1] - 1] = False
        wrong[1:] |= backwards
        for event in np.flatnonzero(wrong):
            row = int(np.searchsorted(first, event, side="right")) - 1
            raise ValueError(
                f"trip {self.trip[row]} on {self.day[row]}: time runs backwards at position {event - first[row]}"
            )
