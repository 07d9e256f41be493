"""From labels back to a journey, and the loop over a window's departures."""

from __future__ import annotations

import numpy as np
from numba import njit

from routing.kernels.borrow import borrow
from routing.kernels.search import (
    CAN_ALIGHT,
    CAN_BOARD,
    COLUMN_ARRIVAL,
    COLUMN_DEPARTURE,
    COLUMN_MARKS,
    COLUMN_STOP,
    GOES_ON,
    NEVER,
    ROUTE_COLUMN,
    ROUTE_EVENT,
    ROUTE_FILTER,
    ROUTE_MARKS,
    ROUTE_TRIP,
    SEATED_TRIPS_MAX,
    STOP_VISIT,
    TRIP_PREVIOUS,
    TRIP_ROUTE,
    VISIT_COLUMN,
    VISIT_ROUTE,
    reset,
    search_departure,
)
from routing.kernels.toward import bound_toward

WALK, RIDE, RIDE_SEATED = 0, 1, 2
"""Kinds of leg in column LEG_KIND; RIDE_SEATED goes on in the vehicle of the leg before it."""

LEG_KIND, LEG_LAYER, LEG_TRIP, LEG_BOARD, LEG_ALIGHT, LEG_FROM, LEG_TO, LEG_DEPARTURE, LEG_ARRIVAL = range(9)
LEG_FIELDS = 9
JOURNEY_DEPARTURE, JOURNEY_ARRIVAL, JOURNEY_RIDES, JOURNEY_FIRST_LEG, JOURNEY_LEG_COUNT = range(5)
JOURNEY_FIELDS = 5

BOUND_ROUNDS, BOUND_SAVES = 6, 0.5
"""What a lower bound is expected to cost, in scans of all columns, and to save of the passes still to come."""


@njit(cache=True, nogil=True)
def legs_max(rides_max):
    """Rows one journey may need: each ride with its seated trips and a walk, and the walk to the target."""
    return rides_max * (SEATED_TRIPS_MAX + 2) + 1


@njit(cache=True, nogil=True)
def search_departures(layers, walking, ask, labels, departures, first, end, untold, out_journeys, out_legs):
    """Search the departures from `first` to before `end` and trace what each makes better.

    The first `untold` departures of all only raise the bar for those before them: their journeys are not traced.

    Fills rows of `out_journeys` int32[n, JOURNEY_FIELDS] and `out_legs` int32[m, LEG_FIELDS]; a journey's legs stand
    from the last to the first. Stops early when the next departure's journeys may not fit. Returns how many departures
    are done, counted from the first one of all, and the numbers of journeys and legs written.
    """
    layers, walking, ask = borrow(layers), borrow(walking), borrow(ask)
    labels, departures = borrow(labels), borrow(departures)
    journeys, legs = 0, 0
    most = legs_max(ask.rides_max)
    done = first
    if first == 0:
        reset(ask, labels)
    while done < end:
        if journeys + ask.rides_max > len(out_journeys) or legs + ask.rides_max * most > len(out_legs):
            break
        improved = search_departure(layers, walking, ask, labels, departures, done)
        done += 1
        if (
            done > 1
            and not labels.bounded[0]
            and is_worth_bounding(layers, ask, labels, done, len(departures.at_s))
        ):
            labels.bounded[0] = 1
            latest_s = min(labels.best[ask.rides_max], departures.at_s[0] + ask.travel_s_max + 1)
            limit_s = latest_s - departures.at_s[len(departures.at_s) - 1] + 1
            bound_toward(layers, walking, ask, labels, limit_s)
        if done <= untold:
            continue
        for k in range(1, ask.rides_max + 1):
            if improved >> k & 1:
                written = trace(layers, walking, ask, labels, k, departures.at_s[done - 1], out_legs, legs)
                out_journeys[journeys, JOURNEY_DEPARTURE] = departures.at_s[done - 1]
                out_journeys[journeys, JOURNEY_ARRIVAL] = labels.best[k]
                out_journeys[journeys, JOURNEY_RIDES] = k
                out_journeys[journeys, JOURNEY_FIRST_LEG] = legs
                out_journeys[journeys, JOURNEY_LEG_COUNT] = written
                journeys += 1
                legs += written
    return done, journeys, legs


@njit(cache=True, nogil=True)
def is_worth_bounding(layers, ask, labels, done, count):
    """Whether a lower bound on what is left to ride promises to save more than it costs, `done` of `count` departures
    being done. Never where a vehicle goes on as another trip: the bound does not know of it."""
    columns = 0
    for i in range(len(layers)):
        if ask.layer_first_s[i] < NEVER:
            columns += len(layers[i].columns)
    if labels.work[0] / done * (count - done) * BOUND_SAVES < columns * BOUND_ROUNDS:
        return False
    for i in range(len(layers)):
        if ask.layer_first_s[i] < NEVER:
            routes = layers[i].routes
            for route in range(len(routes)):
                if routes[route, ROUTE_MARKS] & GOES_ON:
                    labels.bounded[0] = 1  # not asked again
                    return False
    return True


@njit(cache=True, nogil=True)
def trace(layers, walking, ask, labels, k, set_out_s, out_legs, row):
    """Write the legs of the journey that reaches the target with `k` rides from row `row` on, last leg first.

    Of equal journeys, the one that walks least at each end and change. Nobody sets out before `set_out_s`.
    Returns the number of legs.
    """
    first_row = row
    entry = find_entry(ask, labels, k)
    stop = ask.target_stop[entry]
    at_s = labels.rows[stop, ask.rides_max + k - 1]
    start_s = max(at_s, ask.target_open_s[entry])
    put(out_legs, row, WALK, -1, -1, entry, -1, stop, -1, start_s, labels.best[k])
    row += 1
    while k > 0:
        while k > 1 and labels.rows[stop, ask.rides_max + k - 2] <= at_s:
            k -= 1
        row, board_stop, departure_s = trace_ride(
            layers, walking, ask, labels, k, stop, at_s, set_out_s, out_legs, row
        )
        k -= 1
        came_from, walk_s = find_source(walking, ask, labels, k, board_stop, departure_s, set_out_s)
        if k == 0:
            entry = find_exit(ask, board_stop, departure_s, set_out_s)
            start_s = min(departure_s - walk_s, ask.origin_close_s[entry])
            put(out_legs, row, WALK, -1, -1, -1, entry, -1, board_stop, start_s, start_s + walk_s)
            row += 1
        else:
            stop = came_from
            at_s = labels.rows[stop, ask.rides_max + k - 1]
            if stop != board_stop:
                put(out_legs, row, WALK, -1, -1, -1, -1, stop, board_stop, at_s, at_s + walk_s)
                row += 1
    return row - first_row


@njit(cache=True, nogil=True)
def find_entry(ask, labels, k):
    """The target's entry by which `best[k]` is reached, the shortest of several."""
    found = -1
    for i in range(len(ask.target_stop)):
        at_s = labels.rows[ask.target_stop[i], ask.rides_max + k - 1]
        if (
            at_s <= ask.target_close_s[i]
            and max(at_s, ask.target_open_s[i]) + ask.target_offset_s[i] == labels.best[k]
            and (found < 0 or ask.target_offset_s[i] < ask.target_offset_s[found])
        ):
            found = i
    assert found >= 0, "an arrival without an entry that explains it"
    return found


@njit(cache=True, nogil=True)
def find_exit(ask, stop, departure_s, set_out_s):
    """The shortest of the origin's ways to be at `stop` by `departure_s`, setting out from `set_out_s` on; or -1."""
    found = -1
    for i in range(len(ask.origin_stop)):
        if ask.origin_stop[i] == stop and (found < 0 or ask.origin_offset_s[i] < ask.origin_offset_s[found]):
            start_s = min(departure_s - ask.origin_offset_s[i], ask.origin_close_s[i])
            if start_s >= set_out_s and start_s >= ask.origin_open_s[i]:
                found = i
    return found


@njit(cache=True, nogil=True)
def put(out_legs, row, kind, layer, trip, board, alight, from_stop, to_stop, departure_s, arrival_s):
    out_legs[row, 0] = kind
    out_legs[row, 1] = layer
    out_legs[row, 2] = trip
    out_legs[row, 3] = board
    out_legs[row, 4] = alight
    out_legs[row, 5] = from_stop
    out_legs[row, 6] = to_stop
    out_legs[row, 7] = departure_s
    out_legs[row, 8] = arrival_s


@njit(cache=True, nogil=True)
def find_source(walking, ask, labels, k, stop, departure_s, set_out_s):
    """From where one was at `stop` by `departure_s` after `k` rides: (stop got off at, walking time in s).

    `k` 0: (-1, time from the origin). Changing at the same stop wins, then the shortest walk; (-2, NEVER) when
    it cannot be.
    """
    best_from, best_s = np.int32(-2), NEVER
    if labels.rows[stop, k] > departure_s:
        return best_from, best_s
    if k == 0:
        found = find_exit(ask, stop, departure_s, set_out_s)
        if found >= 0:
            best_from, best_s = np.int32(-1), ask.origin_offset_s[found]
        return best_from, best_s
    if labels.rows[stop, ask.rides_max + k - 1] + walking.change_time_s[stop] <= departure_s:
        return np.int32(stop), np.int32(0)
    for path in range(walking.first_in[stop], walking.first_in[stop + 1]):
        origin, duration_s = walking.origin[path], walking.duration_in_s[path]
        if labels.rows[origin, ask.rides_max + k - 1] + duration_s <= departure_s and duration_s < best_s:
            best_from, best_s = origin, duration_s
    return best_from, best_s


@njit(cache=True, nogil=True)
def trace_ride(layers, walking, ask, labels, k, stop, at_s, set_out_s, out_legs, row):
    """Write the ride (with its seated trips) that arrives at `stop` at `at_s` as ride `k`.

    Returns the next free row, the stop boarded at and the departure from it.
    """
    best_walk_s, best_layer, best_trip, best_alight = NEVER, 0, np.int32(-1), 0
    best_board_trip, best_board = np.int32(-1), 0
    for i in range(len(layers)):
        if ask.layer_first_s[i] > at_s:
            continue
        layer = layers[i]
        if at_s - ask.layer_offset_s[i] > layer.span_s[1]:
            continue
        offset_s = ask.layer_offset_s[i]
        for visit in range(layer.stops[stop, STOP_VISIT], layer.stops[stop + 1, STOP_VISIT]):
            column, route = layer.visits[visit, VISIT_COLUMN], layer.visits[visit, VISIT_ROUTE]
            if not (layer.columns[column, COLUMN_MARKS] & CAN_ALIGHT):
                continue
            if not rideable(layer, ask, route):
                continue
            trip = first_arriving(layer, route, column, at_s - offset_s)
            while trip >= 0:
                walk_s = NEVER
                if not layer.trip_closed[trip]:
                    alight = column - layer.routes[route, ROUTE_COLUMN]
                    walk_s, board_trip, board = find_boarding(
                        layer, walking, ask, labels, k, trip, alight, offset_s, set_out_s
                    )
                if walk_s < best_walk_s:
                    best_walk_s, best_layer, best_trip, best_board_trip, best_board = (
                        walk_s,
                        i,
                        trip,
                        board_trip,
                        board,
                    )
                    best_alight = alight
                trip = next_arriving(layer, route, column, trip)
    assert best_trip >= 0, "a label without a ride that explains it"
    return put_ride(
        layers[best_layer],
        best_layer,
        ask.layer_offset_s[best_layer],
        best_trip,
        best_alight,
        best_board_trip,
        best_board,
        out_legs,
        row,
    )


@njit(cache=True, nogil=True)
def rideable(layer, ask, route):
    flags = layer.routes[route, ROUTE_FILTER]
    return flags & ask.modes != 0 and flags & ask.needs == ask.needs


@njit(cache=True, nogil=True)
def event_of(layer, trip, position):
    """Index of the event of a day's trip at a position of its route."""
    route = layer.trips[trip, TRIP_ROUTE]
    trips = np.int64(layer.routes[route + 1, ROUTE_TRIP] - layer.routes[route, ROUTE_TRIP])
    return layer.routes[route, ROUTE_EVENT] + position * trips + trip - layer.routes[route, ROUTE_TRIP]


@njit(cache=True, nogil=True)
def arrival_of(layer, trip, position):
    column = layer.routes[layer.trips[trip, TRIP_ROUTE], ROUTE_COLUMN] + position
    return layer.columns[column, COLUMN_ARRIVAL] + np.int32(
        layer.event_arrival[event_of(layer, trip, position)]
    )


@njit(cache=True, nogil=True)
def departure_of(layer, trip, position):
    column = layer.routes[layer.trips[trip, TRIP_ROUTE], ROUTE_COLUMN] + position
    return layer.columns[column, COLUMN_DEPARTURE] + np.int32(
        layer.event_departure[event_of(layer, trip, position)]
    )


@njit(cache=True, nogil=True)
def first_arriving(layer, route, column, at_s):
    """The first trip of the route that arrives at the column at exactly `at_s`, or -1."""
    event_arrival = layer.event_arrival
    wanted = at_s - layer.columns[column, COLUMN_ARRIVAL]
    trips = np.int64(layer.routes[route + 1, ROUTE_TRIP] - layer.routes[route, ROUTE_TRIP])
    first = layer.routes[route, ROUTE_EVENT] + (column - layer.routes[route, ROUTE_COLUMN]) * trips
    if wanted < 0 or event_arrival[first + trips - 1] < wanted:
        return np.int32(-1)
    low, high = first, first + trips
    while low < high:
        middle = (low + high) >> 1
        if event_arrival[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    if low < first + trips and event_arrival[low] == wanted:
        return np.int32(layer.routes[route, ROUTE_TRIP] + low - first)
    return np.int32(-1)


@njit(cache=True, nogil=True)
def next_arriving(layer, route, column, trip):
    """The trip after `trip` if it arrives at the column at the same second, or -1."""
    position = column - layer.routes[route, ROUTE_COLUMN]
    if trip + 1 < layer.routes[route + 1, ROUTE_TRIP] and arrival_of(layer, trip + 1, position) == arrival_of(
        layer, trip, position
    ):
        return np.int32(trip + 1)
    return np.int32(-1)


@njit(cache=True, nogil=True)
def find_boarding(layer, walking, ask, labels, k, trip, alight, offset_s, set_out_s):
    """Where to have boarded the vehicle that runs `trip` to be aboard before position `alight`, as ride `k`.

    Returns the least walking to get there (s; NEVER when it cannot be), the trip boarded and the position.
    """
    rows, columns, event_departure = labels.rows, layer.columns, layer.event_departure
    best_s, best_trip, best_position = NEVER, np.int32(-1), 0
    position = alight - 1
    for _ in range(SEATED_TRIPS_MAX + 1):
        route = layer.trips[trip, TRIP_ROUTE]
        if not rideable(layer, ask, route):
            break
        first_column = layer.routes[route, ROUTE_COLUMN]
        first_event = event_of(layer, trip, 0)
        trips = np.int64(layer.routes[route + 1, ROUTE_TRIP] - layer.routes[route, ROUTE_TRIP])
        while position >= 0:
            column = first_column + position
            stop = columns[column, COLUMN_STOP]
            departure_s = (
                columns[column, COLUMN_DEPARTURE]
                + np.int32(event_departure[first_event + position * trips])
                + offset_s
            )
            if columns[column, COLUMN_MARKS] & CAN_BOARD and rows[stop, k - 1] <= departure_s:
                _, walk_s = find_source(walking, ask, labels, k - 1, stop, departure_s, set_out_s)
                if walk_s < best_s:
                    best_s, best_trip, best_position = walk_s, np.int32(trip), position
                    if walk_s == 0:
                        break
            position -= 1
        if best_s < NEVER or layer.trips[trip, TRIP_PREVIOUS] < 0:
            break
        trip = layer.trips[trip, TRIP_PREVIOUS]
        route = layer.trips[trip, TRIP_ROUTE]
        position = layer.routes[route + 1, ROUTE_COLUMN] - layer.routes[route, ROUTE_COLUMN] - 1
    return best_s, best_trip, best_position


@njit(cache=True, nogil=True)
def put_ride(layer, layer_index, offset_s, trip, alight, board_trip, board, out_legs, row):
    """Write one ride, a row for each trip the vehicle ran, last first."""
    while True:
        route = layer.trips[trip, TRIP_ROUTE]
        first = layer.routes[route, ROUTE_COLUMN]
        aboard = board if trip == board_trip else 0
        departure_s = departure_of(layer, trip, aboard) + offset_s
        from_stop = layer.columns[first + aboard, COLUMN_STOP]
        put(
            out_legs,
            row,
            RIDE if trip == board_trip else RIDE_SEATED,
            layer_index,
            trip,
            aboard,
            alight,
            from_stop,
            layer.columns[first + alight, COLUMN_STOP],
            departure_s,
            arrival_of(layer, trip, alight) + offset_s,
        )
        row += 1
        if trip == board_trip:
            return row, from_stop, departure_s
        trip = layer.trips[trip, TRIP_PREVIOUS]
        route = layer.trips[trip, TRIP_ROUTE]
        alight = layer.routes[route + 1, ROUTE_COLUMN] - layer.routes[route, ROUTE_COLUMN] - 1
