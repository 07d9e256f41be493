"""From the timetable of all dates to the arrays of one service day (`routing.layer`)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.clock import day_start_s
from routing.kernels.day import assign_routes, fill_events, find_quickest
from routing.layer import (
    ACCESSIBLE_BIT,
    BIKES_BIT,
    CAN_ALIGHT,
    CAN_BOARD,
    GOES_ON,
    DayTrips,
    Layer,
    ServiceDay,
)
from routing.snapshot import read_only
from routing.timetable import Timetable, TimetableInfo

EVENTS_MAX = 2**31 - 1
"""Events of a day are numbered in 32 bits."""


def compile_day(timetable: Timetable, info: TimetableInfo, day: dt.date) -> ServiceDay:
    """The trips that run on `day`, ready to be scanned in both directions of time.

    A day outside the calendar gives an empty layer.
    """
    trip, shift_s = list_running(timetable, info, day)
    zone_shift_s = np.array(
        [day_start_s(day, z) - day_start_s(day, info.zones[0]) for z in info.zones], np.int32
    )
    total_shift_s = shift_s + zone_shift_s[timetable.trip_zone[trip]]
    routed = RoutedTrips(timetable, trip, total_shift_s)
    links = _link_seated(timetable, routed)
    layer, mirror = build_layers(routed, links, len(timetable.change_time_s))
    return ServiceDay(layer, mirror, read_only(DayTrips(routed.trip, shift_s[routed.order])))


class RoutedTrips:
    """Trips of a timetable, each moved by a shift, split into routes and in their final order, route by route.

    `order` is where each stood in the arrays given.
    """

    def __init__(self, timetable: Timetable, trip: NDArray[np.int32], shift_s: NDArray[np.int32]) -> None:
        flags, pattern = _filters(timetable, trip), timetable.trip_pattern[trip]
        first_event = timetable.trip_first_event[trip]
        starts_s = timetable.event_departure_s[first_event] + shift_s
        order = np.lexsort((trip, starts_s, flags, pattern))
        route = np.zeros(0, np.int32)
        if len(trip):  # an empty day is made by every process: it need not wait for compiled code to load
            route = assign_routes(
                pattern[order],
                flags[order],
                first_event[order],
                shift_s[order],
                timetable.pattern_first,
                timetable.event_arrival_s,
                timetable.event_departure_s,
            )
        by_route = np.argsort(route, kind="stable")
        self.order, self.route = order[by_route], route[by_route]
        self.timetable, self.trip, self.shift_s = timetable, trip[self.order], shift_s[self.order]
        self.first_event, self.pattern = first_event[self.order], pattern[self.order]
        self.route_count = int(self.route[-1]) + 1 if len(self.route) else 0
        self.route_first_trip = np.searchsorted(self.route, np.arange(self.route_count + 1)).astype(np.int32)
        heads = self.route_first_trip[:-1]
        self.route_pattern = self.pattern[heads]
        self.route_filter = flags[self.order][heads]
        lengths = np.diff(timetable.pattern_first)[self.route_pattern]
        self.route_first_column = _running_total(lengths).astype(np.int32)
        trips = np.diff(self.route_first_trip).astype(np.int64)
        self.route_first_event = _running_total(lengths.astype(np.int64) * trips)
        if self.route_first_event[-1] > EVENTS_MAX:
            raise ValueError(f"{self.route_first_event[-1]} calls on one service day; at most {EVENTS_MAX}")
        self.column_route = np.repeat(np.arange(self.route_count, dtype=np.int32), lengths)
        position = (
            np.arange(self.route_first_column[-1], dtype=np.int32)
            - self.route_first_column[self.column_route]
        )
        self.column_flat = timetable.pattern_first[self.route_pattern[self.column_route]] + position
        self.last_event = self.first_event + np.diff(timetable.pattern_first)[self.pattern] - 1


def list_running(
    timetable: Timetable, info: TimetableInfo, day: dt.date
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Trips of the day and their shifts: a trip repeated by frequencies stands once per departure."""
    index = (day - info.first_day).days
    if not 0 <= index < timetable.service_active.shape[1]:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    runs = timetable.service_active[:, index].astype(bool)[timetable.trip_service]
    repeated = np.zeros(len(runs), bool)
    repeated[timetable.frequency_trip] = True
    plain = np.flatnonzero(runs & ~repeated).astype(np.int32)
    rows = np.flatnonzero(runs[timetable.frequency_trip])
    span_s = timetable.frequency_end_s[rows] - timetable.frequency_start_s[rows]
    headway_s = timetable.frequency_headway_s[rows]
    counts = np.maximum(0, -(-span_s // headway_s))
    row = np.repeat(rows, counts)
    nth = np.arange(len(row)) - np.repeat(_running_total(counts)[:-1], counts)
    trip = timetable.frequency_trip[row]
    own_start_s = timetable.event_departure_s[timetable.trip_first_event[trip]]
    shift_s = timetable.frequency_start_s[row] + nth * timetable.frequency_headway_s[row] - own_start_s
    return (
        np.concatenate([plain, trip]).astype(np.int32),
        np.concatenate([np.zeros(len(plain), np.int32), shift_s]).astype(np.int32),
    )


def _filters(timetable: Timetable, trip: NDArray[np.int32]) -> NDArray[np.uint32]:
    flags = np.left_shift(np.uint32(1), timetable.trip_mode[trip].astype(np.uint32))
    flags |= np.where(timetable.trip_wheelchair[trip] == 1, np.uint32(ACCESSIBLE_BIT), np.uint32(0))
    flags |= np.where(timetable.trip_bikes[trip] == 1, np.uint32(BIKES_BIT), np.uint32(0))
    return flags.astype(np.uint32)


def _link_seated(timetable: Timetable, chosen: RoutedTrips) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Which trip each vehicle goes on as: consecutive trips of a block that meet at a stop or station (GTFS reference,
    trips.block_id), and pairs that transfers.txt names (type 4), less those it forbids (type 5)."""
    count = len(chosen.trip)
    next_trip, previous_trip = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    if not count:
        return next_trip, previous_trip
    starts_s = timetable.event_departure_s[chosen.first_event] + chosen.shift_s
    ends_s = timetable.event_arrival_s[chosen.last_event] + chosen.shift_s
    flat = timetable.pattern_first
    start_stop = timetable.pattern_stop[flat[chosen.pattern]]
    end_stop = timetable.pattern_stop[flat[chosen.pattern + 1] - 1]
    station = np.where(
        timetable.stop_parent >= 0, timetable.stop_parent, np.arange(len(timetable.stop_parent))
    )
    block = timetable.trip_block[chosen.trip]
    order = np.lexsort((ends_s, starts_s, block))
    before, after = order[:-1], order[1:]
    linked = (block[before] >= 0) & (block[before] == block[after]) & (ends_s[before] <= starts_s[after])
    linked &= station[end_stop[before]] == station[start_stop[after]]
    next_trip[before[linked]] = after[linked]
    day_index = {int(t): i for i, t in enumerate(chosen.trip)} if len(timetable.seated_from_trip) else {}
    for source, target, allowed in zip(
        timetable.seated_from_trip, timetable.seated_to_trip, timetable.seated_allowed, strict=True
    ):
        first, second = day_index.get(int(source)), day_index.get(int(target))
        if first is None or second is None:
            continue
        if allowed and ends_s[first] <= starts_s[second]:
            next_trip[first] = second
        elif not allowed and next_trip[first] == second:
            next_trip[first] = -1
    linked_from = np.flatnonzero(next_trip >= 0)
    previous_trip[next_trip[linked_from]] = linked_from
    orphaned = linked_from[previous_trip[next_trip[linked_from]] != linked_from]
    next_trip[orphaned] = -1
    return next_trip, previous_trip


def build_layers(
    routed: RoutedTrips, links: tuple[NDArray[np.int32], NDArray[np.int32]], stop_count: int
) -> tuple[Layer, Layer]:
    """The layer of the trips and its mirror; `links` are the next and the previous trip of each vehicle, or -1."""
    turned = _turn_links(routed, links[1]), _turn_links(routed, links[0])
    return (
        read_only(_build(routed, *links, stop_count, mirrored=False)),
        read_only(_build(routed, *turned, stop_count, mirrored=True)),
    )


def _build(
    chosen: RoutedTrips,
    next_trip: NDArray[np.int32],
    previous_trip: NDArray[np.int32],
    stop_count: int,
    *,
    mirrored: bool,
) -> Layer:
    timetable = chosen.timetable
    columns = np.arange(len(chosen.column_route), dtype=np.int32)
    first = chosen.route_first_column[chosen.column_route]
    last = chosen.route_first_column[chosen.column_route + 1] - 1
    flat = chosen.column_flat
    can_board = (timetable.pattern_pickup[flat] != 1) & (columns != last)
    can_alight = (timetable.pattern_dropoff[flat] != 1) & (columns != first)
    stop = timetable.pattern_stop[flat]
    if mirrored:
        turned = first + last - columns
        can_board, can_alight, stop = can_alight[turned], can_board[turned], stop[turned]
    events = _lay_events(chosen, mirrored)
    visits = np.lexsort((columns, -events.last_departure_s, ~can_board, stop)).astype(np.int32)
    first_visit = np.searchsorted(stop[visits], np.arange(stop_count + 1))
    boardable = np.bincount(stop[can_board], minlength=stop_count + 1)
    first_departure, departures = _list_by_stop(chosen, events, visits, first_visit, boardable)
    marks = np.isin(np.arange(chosen.route_count), chosen.route[next_trip >= 0]) * GOES_ON
    none = np.zeros(1, np.int32)
    return Layer(
        routes=_side_by_side(
            chosen.route_first_column,
            chosen.route_first_trip,
            chosen.route_first_event,
            np.concatenate((chosen.route_filter, none)),
            np.concatenate((marks, none)),
        ),
        columns=_side_by_side(
            stop,
            can_board * CAN_BOARD + can_alight * CAN_ALIGHT,
            events.departure_base_s,
            events.arrival_base_s,
        ),
        column_least_s=_side_by_side(events.ride_s_min, events.halt_s_min),
        event_departure=events.departure,
        event_arrival=events.arrival,
        stops=_side_by_side(first_visit, first_visit + boardable, first_departure),
        visits=_side_by_side(
            visits,
            chosen.column_route[visits],
            events.departure_base_s[visits],
            events.last_departure_s[visits],
        ),
        departures=departures,
        trips=_side_by_side(chosen.route, next_trip, previous_trip),
        trip_closed=np.zeros(len(chosen.route), np.uint8),
        span_s=events.span_s,
    )


def _list_by_stop(
    chosen: RoutedTrips,
    events: _Events,
    visits: NDArray[np.int32],
    first_visit: NDArray[np.int64],
    boardable: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Where each stop's departures begin, and the departures."""
    stop = np.repeat(np.arange(len(boardable)), boardable)
    visit = first_visit[stop] + np.arange(len(stop)) - np.repeat(_running_total(boardable)[:-1], boardable)
    column = visits[visit]
    route = chosen.column_route[column]
    trips = np.diff(chosen.route_first_trip)[route].astype(np.int64)
    position = column - chosen.route_first_column[route]
    event = np.repeat(chosen.route_first_event[route] + position * trips, trips)
    event += np.arange(len(event)) - np.repeat(_running_total(trips)[:-1], trips)
    at_s = np.repeat(events.departure_base_s[column], trips) + events.departure[event]
    order = np.argsort((np.repeat(stop, trips) << 32) + at_s)
    first = _running_total(np.bincount(stop, weights=trips, minlength=len(boardable)).astype(np.int64))[:-1]
    return first, _side_by_side(at_s[order], np.repeat(visit, trips)[order])


def _side_by_side(*fields: NDArray[np.generic]) -> NDArray[np.int32]:
    return np.stack([field.astype(np.int32) for field in fields], axis=1)


class _Events(NamedTuple):
    """What the times of a layer come to; by column but for `departure`, `arrival` (by event) and `span_s`."""

    departure_base_s: NDArray[np.int32]
    departure: NDArray[np.uint16]
    arrival_base_s: NDArray[np.int32]
    arrival: NDArray[np.uint16]
    last_departure_s: NDArray[np.int32]
    ride_s_min: NDArray[np.int32]
    halt_s_min: NDArray[np.int32]
    span_s: NDArray[np.int32]


def _lay_events(chosen: RoutedTrips, mirrored: bool) -> _Events:
    if not chosen.route_count:
        none, no_event = np.zeros(0, np.int32), np.zeros(0, np.uint16)
        return _Events(none, no_event, none, no_event, none, none, none, np.array([1, 0], np.int32))
    routes = chosen.route_first_trip, chosen.route_first_column, chosen.route_first_event
    timetable = chosen.timetable
    departure_base_s, departure, arrival_base_s, arrival, last_departure_s = fill_events(
        *routes,
        chosen.first_event,
        chosen.shift_s,
        timetable.event_arrival_s,
        timetable.event_departure_s,
        mirrored,
    )
    ride_s_min, halt_s_min = find_quickest(*routes, departure_base_s, departure, arrival_base_s, arrival)
    span_s = np.array([departure_base_s.min(), _last_arrival_s(chosen, arrival_base_s, arrival)], np.int32)
    return _Events(
        departure_base_s,
        departure,
        arrival_base_s,
        arrival,
        last_departure_s,
        ride_s_min,
        halt_s_min,
        span_s,
    )


def _turn_links(chosen: RoutedTrips, links: NDArray[np.int32]) -> NDArray[np.int32]:
    """Links between trips, with the trips of every route numbered from the other end."""
    trips = np.arange(len(links), dtype=np.int32)
    turned = chosen.route_first_trip[chosen.route] + chosen.route_first_trip[chosen.route + 1] - 1 - trips
    result = np.full(len(links), -1, np.int32)
    linked = links >= 0
    result[turned[linked]] = turned[links[linked]]
    return result


def _last_arrival_s(chosen: RoutedTrips, base_s: NDArray[np.int32], arrival: NDArray[np.uint16]) -> int:
    """The last trip of a route is its latest, so its events end the columns."""
    counts = np.diff(chosen.route_first_trip)[chosen.column_route]
    position = np.arange(len(base_s)) - chosen.route_first_column[chosen.column_route]
    ends = chosen.route_first_event[chosen.column_route] + (position + 1) * counts.astype(np.int64) - 1
    return int((base_s + arrival[ends].astype(np.int32)).max())


def _running_total(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """`[0, c0, c0+c1, ...]`."""
    total = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=total[1:])
    return total
