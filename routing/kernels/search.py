"""RAPTOR over layers: Pareto-optimal arrival and number of rides, for one departure or for a window of them.

Delling, Pajor, Werneck: Round-Based Public Transit Routing (ALENEX 2012), with its range extension (rRAPTOR):
departures are taken from the latest to the earliest and labels are kept, so that each pass only finds what an earlier
start makes better. Round `k` extends what is reached with `k - 1` rides by one more. Two labels a stop and
number of rides:

* arrive with `k`: by a vehicle, with at most `k` rides. Only these are walked on from: footpaths never chain.
* ready with `k`: when one can board there, after changing at the stop or walking to it.

Both are minima over all rounds up to `k`, so that one comparison prunes against all of them. No parents are kept: a
journey is traced back through the labels once it is known to be wanted (`routing.kernels.trace`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

NEVER = np.int32(2_000_000_000)
"""Label of what is not reached; leaves room to add any duration."""

GOES_ON, HAS_CLOSED = 1, 2
"""Bits of ROUTE_MARKS."""

ROUTE_COLUMN, ROUTE_TRIP, ROUTE_EVENT, ROUTE_FILTER, ROUTE_MARKS = range(5)

COLUMN_STOP, COLUMN_MARKS, COLUMN_DEPARTURE, COLUMN_ARRIVAL = range(4)
CAN_BOARD, CAN_ALIGHT = 1, 2
COLUMN_RIDE, COLUMN_HALT = range(2)
VISIT_COLUMN, VISIT_ROUTE, VISIT_FIRST, VISIT_LAST = range(4)
STOP_VISIT, STOP_BOARD_END, STOP_DEPARTURE = range(3)
DEPARTURE_AT, DEPARTURE_VISIT = range(2)
TRIP_ROUTE, TRIP_NEXT, TRIP_PREVIOUS = range(3)
"""As in `routing.layer`, which says what they are; kernels know no other module."""

LISTED_S = 16_200
"""In less time than this, divided by the trips of a route, a stop has so few departures that it is quicker to go
through those than through its routes."""

SEATED_TRIPS_MAX = 8
"""Consecutive trips of one vehicle that one may stay aboard for."""


TOWARD_STREET, TOWARD_RIDE, TOWARD_ENTRY = range(3)
"""Columns of `Labels.toward`: the least time by one of the target's entries (NEVER: there is none), a lower bound on
the time with one more ride or several (`routing.kernels.toward`), and the first of the entries."""

TOWARD_FIELDS = 3


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
    """A search's fixed part. Times are int32 seconds on the search's own clock.

    One gets from the origin to a stop by setting out at an instant from `open` to `close`, and likewise to the target:
    -NEVER and NEVER for what can be walked at any time.
    """

    origin_stop: np.ndarray  # int32[O]
    origin_offset_s: np.ndarray  # int32[O]
    origin_open_s: np.ndarray  # int32[O]
    origin_close_s: np.ndarray  # int32[O]
    target_stop: np.ndarray  # int32[G] sorted
    target_offset_s: np.ndarray  # int32[G]
    target_open_s: np.ndarray  # int32[G]
    target_close_s: np.ndarray  # int32[G]
    layer_offset_s: np.ndarray  # int32[L] added to each layer's times
    layer_first_s: np.ndarray  # int32[L] its first departure; of an empty one NEVER
    rides_max: int  # K
    travel_s_max: int  # inclusive
    modes: np.uint32  # a route must have one of these bits
    needs: np.uint32  # and all of these


CAUGHT_AT, CAUGHT_LAYER, CAUGHT_ROUTE, CAUGHT_COLUMN = range(4)
CAUGHT_FIELDS = 4


class Departures(NamedTuple):
    """When to leave, latest first, and what leaving then catches that leaving later does not; int32 throughout."""

    at_s: np.ndarray  # [n] descending
    first: np.ndarray  # [n+1] into `caught`; a departure without any looks for what it catches itself
    caught: (
        np.ndarray
    )  # [m, CAUGHT_FIELDS] when one sets out; the layer and route of the vehicle, the column it is at


class Labels(NamedTuple):
    """Working memory, writable; `K` rides at most, `S` stops, `R` routes of the largest layer, `N` its trips."""

    rows: (
        np.ndarray
    )  # int32[S, 2K] ready with 0..K-1 rides, then arrive with 1..K: with 8 rides one cache line a stop
    toward: np.ndarray  # int32[S, TOWARD_FIELDS] what is left to the target once one got off at a stop
    best: np.ndarray  # int32[K+2] arrival at the target with at most k rides; -NEVER with more than K
    marked: np.ndarray  # int32[S+1] stops whose ready label improved
    is_marked: np.ndarray  # uint8[S]
    before: np.ndarray  # int32[S] a marked stop's ready label before it improved
    fresh: np.ndarray  # int32[S+1] stops whose arrive label improved
    is_fresh: np.ndarray  # uint8[S]
    queue: np.ndarray  # int32[R] routes to scan
    route_from: np.ndarray  # int32[R] the first column to scan a queued route from, or -1
    work: np.ndarray  # int64[1] columns scanned since `reset`
    bounded: np.ndarray  # uint8[1] 1: whether to bound what is left to ride is decided
    seated: np.ndarray  # int32[2, N] stack of trips to go on with, and how many trips the vehicle made before


@njit(cache=True, nogil=True)
def reset(ask, labels):
    """Empty the labels and put the target in."""
    labels.rows[:] = NEVER
    toward = labels.toward
    toward[:, TOWARD_STREET] = NEVER
    toward[:, TOWARD_RIDE] = 0
    labels.best[:] = NEVER
    labels.best[ask.rides_max + 1 :] = -NEVER
    labels.is_marked[:] = 0
    labels.is_fresh[:] = 0
    labels.route_from[:] = -1
    labels.work[0] = 0
    labels.bounded[0] = 0
    for i in range(len(ask.target_stop) - 1, -1, -1):
        stop = ask.target_stop[i]
        toward[stop, TOWARD_STREET] = min(toward[stop, TOWARD_STREET], ask.target_offset_s[i])
        toward[stop, TOWARD_ENTRY] = i


@njit(cache=True, nogil=True)
def search_departure(layers, walking, ask, labels, departures, nth):
    """Improve the labels by all that leaving the origin at the `nth` of the departures allows.

    Returns a bit set: bit `k` is set when `best[k]` improved and no fewer rides do as well.
    """
    departure_s = departures.at_s[nth]
    seeds, seeds_end = departures.first[nth], departures.first[nth + 1]
    latest_s = departure_s + ask.travel_s_max + 1
    best, marked, is_marked = labels.best, labels.marked, labels.is_marked
    marked_count = leave(ask, labels, departure_s)
    improved = 0
    for k in range(1, ask.rides_max + 1):
        if marked_count == 0:
            break
        before_s = best[k]
        fresh_count = 0
        for i in range(len(layers)):
            bound_s, offset_s = min(best[k], latest_s), ask.layer_offset_s[i]
            if ask.layer_first_s[i] >= bound_s:  # looked up here: taking a layer out of the tuple is not free
                continue
            if k == 1 and seeds < seeds_end:
                queued = seed(layers[i], labels, departures, seeds, seeds_end, i)
            else:
                queued = collect(layers[i], ask, labels, k, marked_count, offset_s, bound_s)
            if queued:
                fresh_count = scan(layers[i], ask, labels, k, queued, offset_s, latest_s, fresh_count)
        for i in range(marked_count):
            is_marked[marked[i]] = 0
        marked_count = 0
        if fresh_count:
            marked_count = walk(walking, labels, k, ask.rides_max, fresh_count, min(best[k], latest_s))
        if best[k] < before_s and best[k] < best[k - 1]:
            improved |= 1 << k
    for i in range(marked_count):
        is_marked[marked[i]] = 0
    return improved


@njit(cache=True, nogil=True)
def leave(ask, labels, departure_s):
    """Be at the stops around the origin after leaving it; returns how many stops are marked."""
    rows, marked, is_marked, before = labels.rows, labels.marked, labels.is_marked, labels.before
    origin_stop, origin_offset_s = ask.origin_stop, ask.origin_offset_s
    origin_open_s, origin_close_s = ask.origin_open_s, ask.origin_close_s
    marked_count = 0
    for i in range(len(origin_stop)):
        stop = np.uint64(origin_stop[i])
        at_s = max(departure_s, origin_open_s[i]) + origin_offset_s[i]
        if departure_s <= origin_close_s[i] and at_s < rows[stop, 0]:
            if not is_marked[stop]:
                before[stop] = rows[stop, 0]
            marked_count = add_stop(marked, is_marked, stop, marked_count)
            lower(rows, stop, 0, ask.rides_max, at_s)
    return marked_count


@njit(cache=True, nogil=True, inline="always")
def lower(rows, stop, first, end, at_s):
    """Lower a stop's labels from index `first` on, as far as they are worse."""
    for j in range(np.uint64(first), np.uint64(end)):
        if rows[stop, j] <= at_s:
            break
        rows[stop, j] = at_s


@njit(cache=True, nogil=True)
def seed(layer, labels, departures, first, end, nth_layer):
    """Queue the routes of one layer that a departure catches."""
    route_from, queue, caught = labels.route_from, labels.queue, departures.caught
    queued = 0
    for i in range(first, end):
        if caught[i, CAUGHT_LAYER] == nth_layer:
            route, column = caught[i, CAUGHT_ROUTE], caught[i, CAUGHT_COLUMN]
            if route_from[route] < 0:
                queue[queued] = route
                queued += 1
                route_from[route] = column
            elif column < route_from[route]:
                route_from[route] = column
    return queued


@njit(cache=True, nogil=True)
def collect(layer, ask, labels, k, marked_count, offset_s, bound_s):
    """Queue the routes that leave a marked stop in time to matter, each from its first such column.

    Where an earlier pass could already board, a route matters only if a trip leaves since the stop is ready and before
    it was: any other trip has been ridden from here. Everything is in one loop, as arrays handed to a function inside
    it would have their references counted there.
    """
    queued, last_s = 0, layer.span_s[1]
    marked, rows, queue, route_from = labels.marked, labels.rows, labels.queue, labels.route_from
    before, stops, visits, routes = labels.before, layer.stops, layer.visits, layer.routes
    departures, one = layer.departures, np.uint64(1)
    listed_s = LISTED_S * len(visits) // max(1, len(departures))
    bound_s -= offset_s
    for i in range(marked_count):
        stop = np.uint64(marked[i])
        ready_s = rows[stop, k - 1] - offset_s
        if ready_s > last_s:
            continue
        end_s = min(bound_s, before[stop] - offset_s)
        listed = end_s - ready_s < listed_s
        nth, end = np.uint64(stops[stop, STOP_VISIT]), np.uint64(stops[stop, STOP_BOARD_END])
        if listed:
            nth, end = np.uint64(stops[stop, STOP_DEPARTURE]), np.uint64(stops[stop + one, STOP_DEPARTURE])
            high = end
            while nth < high:
                middle = (nth + high) >> one
                if departures[middle, DEPARTURE_AT] < ready_s:
                    nth = middle + one
                else:
                    high = middle
        while nth < end:
            visit = nth
            if listed:
                if departures[nth, DEPARTURE_AT] >= end_s:
                    break
                visit = np.uint64(departures[nth, DEPARTURE_VISIT])
            elif visits[visit, VISIT_LAST] < ready_s:
                break
            nth += one
            if visits[visit, VISIT_FIRST] >= end_s:
                continue
            route, column = np.uint64(visits[visit, VISIT_ROUTE]), visits[visit, VISIT_COLUMN]
            known = route_from[route]
            if known >= 0:
                route_from[route] = min(known, column)
                continue
            flags = routes[route, ROUTE_FILTER]
            if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
                continue
            route_from[route] = column
            queue[queued] = route
            queued += 1
    return queued


@njit(cache=True, nogil=True)
def scan(layer, ask, labels, k, queued, offset_s, latest_s, fresh_count):
    """Ride every queued route, and on with the vehicle where it goes on; returns the number of fresh stops.

    Indices are unsigned: a signed one costs a test for counting from the end at every access.
    """
    stacked, work = 0, np.uint64(0)
    boarded, alighted = np.uint64(k - 1), np.uint64(ask.rides_max + k - 1)
    one, none = np.uint64(1), np.uint64(0)
    # Fields of a named tuple taken inside the loop would be reference-counted there.
    queue, route_from, rows, best = labels.queue, labels.route_from, labels.rows, labels.best
    routes, columns, trip_closed = layer.routes, layer.columns, layer.trip_closed
    event_arrival, event_departure = layer.event_arrival, layer.event_departure
    toward, fresh, is_fresh = labels.toward, labels.fresh, labels.is_fresh
    for i in range(queued):
        route = np.uint64(queue[i])
        column = np.uint64(route_from[route])
        route_from[route] = -1
        first_trip = np.uint64(routes[route, ROUTE_TRIP])
        trips = np.uint64(routes[route + one, ROUTE_TRIP]) - first_trip
        event = np.uint64(routes[route, ROUTE_EVENT])
        event += (column - np.uint64(routes[route, ROUTE_COLUMN])) * trips
        end = np.uint64(routes[route + one, ROUTE_COLUMN])
        work += end - column
        bound_s = min(best[k], latest_s)
        marks = routes[route, ROUTE_MARKS]
        trip = trips
        while column < end:
            stop = np.uint64(columns[column, COLUMN_STOP])
            if trip < trips and columns[column, COLUMN_MARKS] & CAN_ALIGHT:
                at_s = columns[column, COLUMN_ARRIVAL] + offset_s + np.int32(event_arrival[event + trip])
                if (
                    at_s < rows[stop, alighted]
                    and at_s < bound_s
                    and matters(at_s, toward, stop, best, k, latest_s)
                ):
                    lower(rows, stop, alighted, 2 * ask.rides_max, at_s)
                    fresh_count = add_stop(fresh, is_fresh, stop, fresh_count)
                    if toward[stop, TOWARD_STREET] < NEVER:
                        reach_target(ask, labels, k, at_s, stop, latest_s)
                        bound_s = min(best[k], latest_s)
            ready_s = rows[stop, boarded]
            if ready_s < bound_s and trip > none and columns[column, COLUMN_MARKS] & CAN_BOARD:
                wanted = ready_s - offset_s - columns[column, COLUMN_DEPARTURE]
                caught = catch(event_departure, event, trip, trips, wanted)
                if marks & HAS_CLOSED:
                    while caught < trip and trip_closed[first_trip + caught]:
                        caught += one
                trip = caught
            event += trips
            column += one
        if trip < trips and marks & GOES_ON:
            stacked = stay(layer, labels.seated, stacked, first_trip + trip, first_trip + trips)
    labels.work[0] += np.int64(work)
    while stacked:
        stacked -= 1
        onward, made = labels.seated[0, stacked], labels.seated[1, stacked]
        fresh_count, onward = ride_on(layer, ask, labels, k, onward, offset_s, latest_s, fresh_count)
        if onward >= 0 and made < SEATED_TRIPS_MAX:
            labels.seated[0, stacked] = onward
            labels.seated[1, stacked] = made + 1
            stacked += 1
    return fresh_count


@njit(cache=True, nogil=True, inline="always")
def catch(event_departure, event, trip, trips, wanted):
    """The first trip before `trip` that leaves `wanted` seconds after the column's base or later, else `trip`.

    All but `wanted` are uint64.
    """
    if wanted <= 0:
        return np.uint64(0)
    if event_departure[event + trip - np.uint64(1)] < wanted:
        return trip
    # The last one before `trip` can be caught: is there an earlier one? Without branches: nobody can predict them.
    low, length = event, trip
    while length > np.uint64(1):
        half = length >> np.uint64(1)
        later = np.int64(event_departure[low + half - np.uint64(1)]) - wanted
        low += half & np.uint64(later >> 63)
        length -= half
    return low - event


@njit(cache=True, nogil=True, inline="always")
def add_stop(stops, is_in, stop, count):
    """Add a stop to a list it stands in once; returns the new length.

    `stops` has room for one more than there can be. Without branches: within one block the compiler sees that arrays
    need no counting of references.
    """
    stops[np.uint64(count)] = stop
    count += 1 - is_in[stop]
    is_in[stop] = 1
    return count


@njit(cache=True, nogil=True, inline="always")
def matters(at_s, toward, stop, best, k, latest_s):
    """Whether getting off at a stop at `at_s` after `k` rides may still lead to a better arrival."""
    if at_s + toward[stop, TOWARD_RIDE] < min(best[k + 1], latest_s):
        return True
    return at_s + toward[stop, TOWARD_STREET] < min(best[k], latest_s)


@njit(cache=True, nogil=True)
def reach_target(ask, labels, k, at_s, stop, latest_s):
    """Note a better arrival at the target before `latest_s`, from a stop that has entries, reached at `at_s`."""
    target_stop, best = ask.target_stop, labels.best
    entry = labels.toward[stop, TOWARD_ENTRY]
    while entry < len(target_stop) and target_stop[entry] == stop:
        if at_s <= ask.target_close_s[entry]:
            there_s = max(at_s, ask.target_open_s[entry]) + ask.target_offset_s[entry]
            if there_s < latest_s:
                for j in range(k, len(best)):
                    if best[j] <= there_s:
                        break
                    best[j] = there_s
        entry += 1


@njit(cache=True, nogil=True)
def stay(layer, seated, stacked, first, end):
    """Stack what the vehicles of trips `first` to before `end` of one route go on as; returns the new height.

    Later ones than the first that can be caught count too: an earlier vehicle may go on elsewhere, or not at all. But
    of those that go on along one route, only the ones that overtake.
    """
    trips, trip_closed = layer.trips, layer.trip_closed
    route, trip = np.int32(-1), np.int32(-1)
    for i in range(first, end):
        onward = trips[i, TRIP_NEXT]
        if onward >= 0 and not trip_closed[i] and (trips[onward, TRIP_ROUTE] != route or onward < trip):
            route, trip = trips[onward, TRIP_ROUTE], onward
            seated[0, stacked] = onward
            seated[1, stacked] = 1
            stacked += 1
    return stacked


@njit(cache=True, nogil=True)
def ride_on(layer, ask, labels, k, trip, offset_s, latest_s, fresh_count):
    """Stay seated while the vehicle runs `trip` from its start; returns the fresh stops and the trip after it."""
    route = layer.trips[trip, TRIP_ROUTE]
    flags = layer.routes[route, ROUTE_FILTER]
    if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
        return fresh_count, np.int32(-1)
    trips = layer.routes[route + 1, ROUTE_TRIP] - layer.routes[route, ROUTE_TRIP]
    event = layer.routes[route, ROUTE_EVENT] + trip - layer.routes[route, ROUTE_TRIP]
    for column in range(layer.routes[route, ROUTE_COLUMN], layer.routes[route + 1, ROUTE_COLUMN]):
        if layer.columns[column, COLUMN_MARKS] & CAN_ALIGHT:
            stop = layer.columns[column, COLUMN_STOP]
            at_s = layer.columns[column, COLUMN_ARRIVAL] + offset_s + np.int32(layer.event_arrival[event])
            if at_s < labels.rows[stop, ask.rides_max + k - 1] and matters(
                at_s, labels.toward, stop, labels.best, k, latest_s
            ):
                lower(labels.rows, stop, ask.rides_max + k - 1, 2 * ask.rides_max, at_s)
                fresh_count = add_stop(labels.fresh, labels.is_fresh, stop, fresh_count)
                if labels.toward[stop, TOWARD_STREET] < NEVER:
                    reach_target(ask, labels, k, at_s, stop, latest_s)
        event += trips
    return fresh_count, layer.trips[trip, TRIP_NEXT]


@njit(cache=True, nogil=True)
def walk(walking, labels, k, rides_max, fresh_count, bound_s):
    """From every fresh stop, change there or walk on; returns the number of stops marked for the next round."""
    fresh, is_fresh, rows = labels.fresh, labels.is_fresh, labels.rows
    marked, is_marked, before = labels.marked, labels.is_marked, labels.before
    change_time_s, first, to, duration_s = (
        walking.change_time_s,
        walking.first,
        walking.to,
        walking.duration_s,
    )
    marked_count = 0
    for i in range(fresh_count):
        stop = np.uint64(fresh[i])
        is_fresh[stop] = 0
        if k == rides_max:
            continue
        at_s = rows[stop, rides_max + k - 1]
        ready_s = at_s + change_time_s[stop]
        if ready_s < bound_s and ready_s < rows[stop, k]:
            if not is_marked[stop]:
                before[stop] = rows[stop, k]
            marked_count = add_stop(marked, is_marked, stop, marked_count)
            lower(rows, stop, k, rides_max, ready_s)
        for path in range(np.uint64(first[stop]), np.uint64(first[stop + np.uint64(1)])):
            ready_s = at_s + duration_s[path]
            there = np.uint64(to[path])
            if ready_s < bound_s and ready_s < rows[there, k]:
                if not is_marked[there]:
                    before[there] = rows[there, k]
                marked_count = add_stop(marked, is_marked, there, marked_count)
                lower(rows, there, k, rides_max, ready_s)
    return marked_count
