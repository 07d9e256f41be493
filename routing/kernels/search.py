"""RAPTOR over layers: Pareto-optimal arrival and number of rides, for one departure or for a window of them.

Delling, Pajor, Werneck: Round-Based Public Transit Routing (ALENEX 2012), with its range extension (rRAPTOR):
departures are taken from the latest to the earliest and labels are kept, so that each pass only finds what an earlier
start makes better. Round `k` extends what is reached with `k - 1` rides by one more. Two labels a stop and round:

* `arrive[s, k]`: by a vehicle, with at most `k` rides. Only these are walked on from, so footpaths never chain.
* `ready[s, k]`: when one can board there, after changing at the stop or walking to it.

Both are minima over all rounds up to `k`, so that one comparison prunes against all of them. No parents are kept: a
journey is traced back through the labels once it is known to be wanted (`routing.kernels.trace`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

NEVER = np.int32(2_000_000_000)
"""Label of what is not reached; leaves room to add any duration."""

SEATED_TRIPS_MAX = 8
"""Consecutive trips of one vehicle that one may stay aboard for."""


class Walking(NamedTuple):
    """Changing vehicles, with the traveller's wishes already in it. int32 throughout."""

    change_time_s: np.ndarray  # [S]
    first: np.ndarray  # [S+1] footpaths by origin
    to: np.ndarray  # [F]
    duration_s: np.ndarray  # [F]
    first_in: np.ndarray  # [S+1] footpaths by destination
    origin: np.ndarray  # [F]
    duration_in_s: np.ndarray  # [F]


class Ask(NamedTuple):
    """A search's fixed part. Times are int32 seconds on the search's own clock."""

    origin_stop: np.ndarray  # int32[O]
    origin_offset_s: np.ndarray  # int32[O]
    target_stop: np.ndarray  # int32[G]
    target_offset_s: np.ndarray  # int32[G]
    layer_offset_s: np.ndarray  # int32[L] added to each layer's times
    rides_max: int  # K
    travel_s_max: int  # inclusive
    modes: np.uint32  # a route must have one of these bits
    needs: np.uint32  # and all of these


class Labels(NamedTuple):
    """Working memory, writable; `K` rides at most, `S` stops, `R` routes of the largest layer, `N` its trips."""

    arrive: np.ndarray  # int32[S, K+1]
    ready: np.ndarray  # int32[S, K+1]
    target_by_stop: np.ndarray  # int32[S] walking time to the target, NEVER where it is not one
    best: np.ndarray  # int32[K+1] arrival at the target with at most k rides
    marked: np.ndarray  # int32[S] stops whose ready label improved
    is_marked: np.ndarray  # uint8[S]
    fresh: np.ndarray  # int32[S] stops whose arrive label improved
    is_fresh: np.ndarray  # uint8[S]
    queue: np.ndarray  # int32[R] routes to scan
    route_from: np.ndarray  # int32[R] the first column to scan a queued route from, or -1
    seated: np.ndarray  # int32[2, N] stack of trips to go on with, and how many trips the vehicle made before


@njit(cache=True, nogil=True)
def reset(ask, labels):
    """Empty the labels and put the target in."""
    labels.arrive[:] = NEVER
    labels.ready[:] = NEVER
    labels.target_by_stop[:] = NEVER
    labels.best[:] = NEVER
    labels.is_marked[:] = 0
    labels.is_fresh[:] = 0
    labels.route_from[:] = -1
    for i in range(len(ask.target_stop)):
        stop = ask.target_stop[i]
        labels.target_by_stop[stop] = min(labels.target_by_stop[stop], ask.target_offset_s[i])


@njit(cache=True, nogil=True)
def search_departure(layers, walking, ask, labels, departure_s):
    """Improve the labels by all that leaving the origin at `departure_s` allows.

    Returns a bit set: bit `k` is set when `best[k]` improved and no fewer rides do as well.
    """
    stop_count = len(walking.change_time_s)
    latest_s = departure_s + ask.travel_s_max + 1
    marked_count = 0
    for i in range(len(ask.origin_stop)):
        stop = ask.origin_stop[i]
        at_s = departure_s + ask.origin_offset_s[i]
        if at_s < labels.ready[stop, 0]:
            lower(labels.ready, stop, 0, at_s)
            if not labels.is_marked[stop]:
                labels.is_marked[stop] = 1
                labels.marked[marked_count] = stop
                marked_count += 1
    improved = 0
    for k in range(1, ask.rides_max + 1):
        if marked_count == 0:
            break
        before_s = labels.best[k]
        fresh_count = 0
        for i in range(len(layers)):
            bound_s = min(labels.best[k], latest_s)
            queued = collect(layers[i], ask, labels, k, marked_count, ask.layer_offset_s[i], bound_s)
            fresh_count = scan(
                layers[i], ask, labels, k, queued, ask.layer_offset_s[i], latest_s, fresh_count
            )
        for i in range(marked_count):
            labels.is_marked[labels.marked[i]] = 0
        marked_count = walk(walking, labels, k, fresh_count, min(labels.best[k], latest_s), stop_count)
        if labels.best[k] < before_s and labels.best[k] < labels.best[k - 1]:
            improved |= 1 << k
    for i in range(marked_count):
        labels.is_marked[labels.marked[i]] = 0
    return improved


@njit(cache=True, nogil=True, inline="always")
def lower(labels, stop, k, at_s):
    """Lower a stop's label for `k` rides and, as far as they are worse, for more."""
    for j in range(k, labels.shape[1]):
        if labels[stop, j] <= at_s:
            break
        labels[stop, j] = at_s


@njit(cache=True, nogil=True)
def collect(layer, ask, labels, k, marked_count, offset_s, bound_s):
    """Queue the routes that leave a marked stop in time to matter, each from its first such column."""
    queued = 0
    if layer.span_s[0] > layer.span_s[1] or layer.span_s[0] + offset_s >= bound_s:
        return queued
    for i in range(marked_count):
        stop = labels.marked[i]
        ready_s = labels.ready[stop, k - 1] - offset_s
        if ready_s > layer.span_s[1]:
            continue
        for visit in range(layer.stop_first_visit[stop], layer.stop_board_end[stop]):
            if (
                layer.visit_last_departure_s[visit] < ready_s
                or layer.visit_first_departure_s[visit] + offset_s >= bound_s
            ):
                continue
            route = layer.visit_route[visit]
            column = layer.visit_column[visit]
            known = labels.route_from[route]
            if known >= 0:
                if column < known:
                    labels.route_from[route] = column
                continue
            flags = layer.route_filter[route]
            if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
                continue
            labels.route_from[route] = column
            labels.queue[queued] = route
            queued += 1
    return queued


@njit(cache=True, nogil=True)
def scan(layer, ask, labels, k, queued, offset_s, latest_s, fresh_count):
    """Ride every queued route, and on with the vehicle where it goes on; returns the number of fresh stops."""
    stacked = 0
    for i in range(queued):
        route = labels.queue[i]
        column = labels.route_from[route]
        labels.route_from[route] = -1
        first_trip = layer.route_first_trip[route]
        trips = layer.route_first_trip[route + 1] - first_trip
        event = layer.route_first_event[route] + (column - layer.route_first_column[route]) * np.int64(trips)
        end = layer.route_first_column[route + 1]
        trip = trips
        while column < end:
            stop = layer.column_stop[column]
            if trip < trips and layer.column_can_alight[column]:
                at_s = (
                    layer.column_arrival_base_s[column]
                    + offset_s
                    + np.int32(layer.event_arrival[event + trip])
                )
                if at_s < labels.arrive[stop, k] and at_s < min(labels.best[k], latest_s):
                    fresh_count = alight(labels, stop, k, at_s, fresh_count)
            if trip > 0 and layer.column_can_board[column]:
                ready_s = labels.ready[stop, k - 1]
                if ready_s < NEVER:
                    wanted = ready_s - offset_s - layer.column_departure_base_s[column]
                    trip = catch(layer.event_departure, event, trip, trips, wanted)
            event += trips
            column += 1
        if trip < trips and layer.next_trip[first_trip + trip] >= 0:
            labels.seated[0, stacked] = layer.next_trip[first_trip + trip]
            labels.seated[1, stacked] = 1
            stacked += 1
    while stacked:
        stacked -= 1
        trip, made = labels.seated[0, stacked], labels.seated[1, stacked]
        fresh_count, onward = ride_on(layer, ask, labels, k, trip, offset_s, latest_s, fresh_count)
        if onward >= 0 and made < SEATED_TRIPS_MAX:
            labels.seated[0, stacked] = onward
            labels.seated[1, stacked] = made + 1
            stacked += 1
    return fresh_count


@njit(cache=True, nogil=True, inline="always")
def catch(event_departure, event, trip, trips, wanted):
    """The first trip before `trip` that leaves `wanted` seconds after the column's base or later, else `trip`."""
    if wanted <= 0:
        return 0
    if trip < trips and event_departure[event + trip] < wanted:
        return trip
    low, high = 0, trip
    while low < high:
        middle = (low + high) >> 1
        if event_departure[event + middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, inline="always")
def alight(labels, stop, k, at_s, fresh_count):
    """Note a better arrival at a stop, and at the target if it is one."""
    lower(labels.arrive, stop, k, at_s)
    if not labels.is_fresh[stop]:
        labels.is_fresh[stop] = 1
        labels.fresh[fresh_count] = stop
        fresh_count += 1
    walk_s = labels.target_by_stop[stop]
    there_s = at_s + walk_s
    if walk_s < NEVER and there_s < labels.best[k]:
        for j in range(k, len(labels.best)):
            if labels.best[j] <= there_s:
                break
            labels.best[j] = there_s
    return fresh_count


@njit(cache=True, nogil=True)
def ride_on(layer, ask, labels, k, trip, offset_s, latest_s, fresh_count):
    """Stay seated while the vehicle runs `trip` from its start; returns the fresh stops and the trip after it."""
    route = layer.trip_route[trip]
    flags = layer.route_filter[route]
    if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
        return fresh_count, np.int32(-1)
    trips = layer.route_first_trip[route + 1] - layer.route_first_trip[route]
    event = layer.route_first_event[route] + trip - layer.route_first_trip[route]
    for column in range(layer.route_first_column[route], layer.route_first_column[route + 1]):
        if layer.column_can_alight[column]:
            stop = layer.column_stop[column]
            at_s = layer.column_arrival_base_s[column] + offset_s + np.int32(layer.event_arrival[event])
            if at_s < labels.arrive[stop, k] and at_s < min(labels.best[k], latest_s):
                fresh_count = alight(labels, stop, k, at_s, fresh_count)
        event += trips
    return fresh_count, layer.next_trip[trip]


@njit(cache=True, nogil=True)
def walk(walking, labels, k, fresh_count, bound_s, stop_count):
    """From every fresh stop, change there or walk on; returns the number of stops marked for the next round."""
    marked_count = 0
    for i in range(fresh_count):
        stop = labels.fresh[i]
        labels.is_fresh[stop] = 0
        at_s = labels.arrive[stop, k]
        ready_s = at_s + walking.change_time_s[stop]
        if ready_s < bound_s and ready_s < labels.ready[stop, k]:
            lower(labels.ready, stop, k, ready_s)
            if not labels.is_marked[stop]:
                labels.is_marked[stop] = 1
                labels.marked[marked_count] = stop
                marked_count += 1
        for path in range(walking.first[stop], walking.first[stop + 1]):
            ready_s = at_s + walking.duration_s[path]
            to = walking.to[path]
            if ready_s < bound_s and ready_s < labels.ready[to, k]:
                lower(labels.ready, to, k, ready_s)
                if not labels.is_marked[to]:
                    labels.is_marked[to] = 1
                    labels.marked[marked_count] = to
                    marked_count += 1
    return marked_count


@njit(cache=True, nogil=True)
def list_departures(layers, ask, from_s, to_s, out_s):
    """Every instant in `[from_s, to_s]` at which leaving the origin just catches a departure, unsorted, repeated.

    Fills `out_s` int32[n] as far as it goes; returns how many there are, which may be more.
    """
    count = 0
    for i in range(len(layers)):
        layer = layers[i]
        offset_s = ask.layer_offset_s[i]
        for o in range(len(ask.origin_stop)):
            stop = ask.origin_stop[o]
            shift_s = offset_s - ask.origin_offset_s[o]
            for visit in range(layer.stop_first_visit[stop], layer.stop_board_end[stop]):
                if (
                    layer.visit_last_departure_s[visit] + shift_s < from_s
                    or layer.visit_first_departure_s[visit] + shift_s > to_s
                ):
                    continue
                route, column = layer.visit_route[visit], layer.visit_column[visit]
                flags = layer.route_filter[route]
                if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
                    continue
                trips = layer.route_first_trip[route + 1] - layer.route_first_trip[route]
                event = layer.route_first_event[route]
                event += (column - layer.route_first_column[route]) * np.int64(trips)
                base_s = layer.column_departure_base_s[column] + shift_s
                for trip in range(catch(layer.event_departure, event, trips, trips, from_s - base_s), trips):
                    at_s = base_s + np.int32(layer.event_departure[event + trip])
                    if at_s > to_s:
                        break
                    if count < len(out_s):
                        out_s[count] = at_s
                    count += 1
    return count
