"""Loops that turn a day's trips into routes and columns of events."""

from __future__ import annotations

import numpy as np
from numba import njit

SPAN_S_MAX = 65535
"""What an unsigned 16-bit event can hold."""


@njit(cache=True, nogil=True)
def assign_routes(pattern, flags, first_event, shift_s, pattern_first, event_arrival_s, event_departure_s):
    """Split trips into routes in which no trip overtakes another and no column spans more than SPAN_S_MAX.

    Trips come sorted by pattern, flags and departure: `pattern` int32[N], `flags` uint32[N], `first_event` int64[N],
    `shift_s` int32[N]; the rest are the timetable's arrays. Each trip joins the first route of its group whose last
    trip it follows everywhere (first fit). Returns the route of each trip, int32[N], numbered in order of groups.
    """
    count = len(pattern)
    route = np.empty(count, np.int32)
    open_head = np.empty(count, np.int64)  # first and last trip of each route of the group being split
    open_tail = np.empty(count, np.int64)
    first_open, route_count = 0, 0
    for i in range(count):
        if i == 0 or pattern[i] != pattern[i - 1] or flags[i] != flags[i - 1]:
            first_open = route_count
        length = pattern_first[pattern[i] + 1] - pattern_first[pattern[i]]
        chosen = -1
        for candidate in range(first_open, route_count):
            head, tail = open_head[candidate], open_tail[candidate]
            fits = True
            for p in range(length):
                own, last, zero = first_event[i] + p, first_event[tail] + p, first_event[head] + p
                arrival = event_arrival_s[own] + shift_s[i]
                departure = event_departure_s[own] + shift_s[i]
                if (
                    arrival < event_arrival_s[last] + shift_s[tail]
                    or departure < event_departure_s[last] + shift_s[tail]
                    or arrival - event_arrival_s[zero] - shift_s[head] > SPAN_S_MAX
                    or departure - event_departure_s[zero] - shift_s[head] > SPAN_S_MAX
                ):
                    fits = False
                    break
            if fits:
                chosen = candidate
                break
        if chosen < 0:
            chosen = route_count
            open_head[chosen] = i
            route_count += 1
        open_tail[chosen] = i
        route[i] = chosen
    return route


@njit(cache=True, nogil=True)
def fill_events(
    route_first_trip,
    route_first_column,
    route_first_event,
    first_event,
    shift_s,
    event_arrival_s,
    event_departure_s,
    mirrored,
):
    """Lay the events of every route out by column.

    `route_first_trip`, `route_first_column` int32[R+1], `route_first_event` int64[R+1]; `first_event` int64[N] and
    `shift_s` int32[N] by trip of the day. `mirrored`: time negated, positions and trips from the other end.
    Returns departure base int32[C], departures uint16[E], arrival base, arrivals, last departure int32[C].
    """
    route_count = len(route_first_trip) - 1
    column_count, event_count = route_first_column[route_count], route_first_event[route_count]
    departure_base_s = np.empty(column_count, np.int32)
    arrival_base_s = np.empty(column_count, np.int32)
    last_departure_s = np.empty(column_count, np.int32)
    departure = np.empty(event_count, np.uint16)
    arrival = np.empty(event_count, np.uint16)
    for r in range(route_count):
        trips = route_first_trip[r + 1] - route_first_trip[r]
        length = route_first_column[r + 1] - route_first_column[r]
        for p in range(length):
            column = route_first_column[r] + p
            out = route_first_event[r] + p * trips
            for i in range(trips):
                trip = route_first_trip[r] + (trips - 1 - i if mirrored else i)
                source = first_event[trip] + (length - 1 - p if mirrored else p)
                if mirrored:
                    departs = -(event_arrival_s[source] + shift_s[trip])
                    arrives = -(event_departure_s[source] + shift_s[trip])
                else:
                    departs = event_departure_s[source] + shift_s[trip]
                    arrives = event_arrival_s[source] + shift_s[trip]
                if i == 0:
                    departure_base_s[column] = departs
                    arrival_base_s[column] = arrives
                departure[out + i] = departs - departure_base_s[column]
                arrival[out + i] = arrives - arrival_base_s[column]
                last_departure_s[column] = departs
    return departure_base_s, departure, arrival_base_s, arrival, last_departure_s


@njit(cache=True, nogil=True)
def find_quickest(
    route_first_trip,
    route_first_column,
    route_first_event,
    departure_base_s,
    departure,
    arrival_base_s,
    arrival,
):
    """The least time any trip of a route takes from each column to the next, and halts at each column.

    Arrays as `fill_events` takes and returns them. Returns rides int32[C] (0 at a route's last column), halts int32[C].
    """
    ride_s_min = np.zeros(len(departure_base_s), np.int32)
    halt_s_min = np.zeros(len(departure_base_s), np.int32)
    for r in range(len(route_first_trip) - 1):
        trips = route_first_trip[r + 1] - route_first_trip[r]
        first, end = route_first_column[r], route_first_column[r + 1]
        for column in range(first, end):
            event = route_first_event[r] + (column - first) * trips
            halt_s, ride_s = np.int32(1 << 30), np.int32(1 << 30)
            for i in range(event, event + trips):
                leaves_s = departure_base_s[column] + np.int32(departure[i])
                halt_s = min(halt_s, leaves_s - arrival_base_s[column] - np.int32(arrival[i]))
                if column + 1 < end:
                    ride_s = min(ride_s, arrival_base_s[column + 1] + np.int32(arrival[i + trips]) - leaves_s)
            halt_s_min[column] = halt_s
            if column + 1 < end:
                ride_s_min[column] = ride_s
    return ride_s_min, halt_s_min
