"""Riding with bags: labels are carried along a route, got off with, and stay seated (`routing.kernels.bags`)."""

from __future__ import annotations

import numpy as np
from numba import njit

from routing.kernels.bags import (
    ABOARD_COST,
    ABOARD_FIELDS,
    ABOARD_FIRST,
    ABOARD_LABEL,
    ABOARD_MADE,
    ABOARD_POSITION,
    ABOARD_TRIP,
    ABOARD_VIAS,
    ALIGHT,
    BEATEN,
    BOARD,
    BOARD_TRIP,
    COST,
    COST_SCALE,
    END,
    LAYER,
    NEW,
    STAY,
    STOP,
    TIME,
    TRIP,
    UNTIL,
    VIAS,
    WALK_S,
    is_beaten,
    may_stay,
    pass_by,
    put,
)
from routing.kernels.search import (
    CAN_ALIGHT,
    CAN_BOARD,
    COLUMN_ARRIVAL,
    COLUMN_DEPARTURE,
    COLUMN_MARKS,
    COLUMN_STOP,
    GOES_ON,
    HAS_CLOSED,
    NEVER,
    SEATED_TRIPS_MAX,
    TOWARD_RIDE,
    TOWARD_STREET,
    VISIT_COLUMN,
    VISIT_FIRST,
    VISIT_LAST,
    VISIT_ROUTE,
    add_stop,
    catch,
)


@njit(cache=True, nogil=True)
def gather(layer, ask, bags, scratch, limits, turn, marked_count, offset_s):
    """Queue the routes that leave a marked stop in time to matter, each from its first such column."""
    queued = 0
    last_s = layer.span_s[1]
    if layer.span_s[0] > last_s:
        return queued
    label, new_ready, marked = bags.label, bags.new_ready, scratch.marked
    queue, route_from, event_departure = scratch.queue, scratch.route_from, layer.event_departure
    stop_first_visit, stop_board_end = layer.stop_first_visit, layer.stop_board_end
    visits = layer.visits
    route_first_trip, route_first_event = layer.route_first_trip, layer.route_first_event
    route_first_column, route_filter = layer.route_first_column, layer.route_filter
    for m in range(marked_count):
        stop = marked[m]
        ready_s, until_s = np.int64(NEVER), np.int64(0) - NEVER
        i = np.int64(new_ready[stop])
        while i >= 0:
            if label[i, VIAS] != BEATEN:
                ready_s, until_s = min(ready_s, label[i, TIME]), max(until_s, label[i, UNTIL] - 1)
            i = label[i, NEW]
        ready_s -= offset_s
        until_s = min(until_s, -limits[stop, turn.board_limit], turn.latest_s) - offset_s
        if ready_s > last_s:
            continue
        for visit in range(stop_first_visit[stop], stop_board_end[stop]):
            if visits[visit, VISIT_LAST] < ready_s or visits[visit, VISIT_FIRST] > until_s:
                continue
            route, column = visits[visit, VISIT_ROUTE], visits[visit, VISIT_COLUMN]
            known = route_from[route]
            if 0 <= known <= column:
                continue
            trips = np.uint64(route_first_trip[route + 1] - route_first_trip[route])
            event = np.uint64(route_first_event[route])
            event += np.uint64(column - route_first_column[route]) * trips
            base_s = visits[visit, VISIT_FIRST]
            trip = catch(event_departure, event, trips, trips, ready_s - base_s)
            if trip == trips or base_s + np.int64(event_departure[event + trip]) > until_s:
                continue
            if known < 0:
                flags = route_filter[route]
                if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
                    continue
                queue[queued] = route
                queued += 1
            route_from[route] = column
    return queued


@njit(cache=True, nogil=True)
def ride(
    layer,
    metres,
    nth,
    offset_s,
    ask,
    wish,
    ends,
    bags,
    scratch,
    limits,
    toward,
    turn,
    queued,
    count,
    fresh_count,
):
    """Ride every queued route, and on with the vehicle where it goes on.

    `metres` int32[C]: how far each column is along its route; `nth`: which layer it is; `toward` as in `Labels`.
    Returns the pool's size and the number of fresh stops.
    """
    label, aboard, onward, arrived, new_ready = (
        bags.label,
        bags.aboard,
        bags.onward,
        bags.arrived,
        bags.new_ready,
    )
    queue, route_from, marks_of = scratch.queue, scratch.route_from, layer.route_marks
    columns = layer.columns
    event_arrival, event_departure = layer.event_arrival, layer.event_departure
    first_trips, first_columns, filters = layer.route_first_trip, layer.route_first_column, layer.route_filter
    trip_closed, via_bits, target = layer.trip_closed, wish.via_bits, len(arrived) - 1
    all_vias, waiting, q = len(wish.via_stay_s), 0, 0
    while (q < queued or waiting) and count < len(label):
        size, boards = 0, q < queued
        if boards:
            route = queue[q]
            column = route_from[route]
            route_from[route] = -1
            q += 1
        else:
            waiting, size = waiting - 1, 1
            route = layer.trip_route[onward[waiting, ABOARD_TRIP]]
            column = first_columns[route]
            aboard[0] = onward[waiting]
            aboard[0, ABOARD_TRIP] -= first_trips[route]
        first_trip, end = first_trips[route], first_columns[route + 1]
        trips = np.uint64(first_trips[route + 1] - first_trip)
        event = np.uint64(layer.route_first_event[route]) + np.uint64(column - first_columns[route]) * trips
        price = price_of(wish, filters[route])
        while column < end:
            stop = columns[column, COLUMN_STOP]
            if all_vias and size and via_bits[stop]:
                ride_by(wish, aboard, size, stop)
            if size and columns[column, COLUMN_MARKS] & CAN_ALIGHT:
                until_s = still_there(limits, toward, turn, stop)
                base_s, so_far = np.int64(columns[column, COLUMN_ARRIVAL] + offset_s), price * metres[column]
                for e in range(size):
                    at_s = base_s + np.int64(event_arrival[event + np.uint64(aboard[e, ABOARD_TRIP])])
                    if at_s > until_s:
                        continue
                    cost = (aboard[e, ABOARD_COST] + so_far) // COST_SCALE
                    if is_beaten(label, np.int64(arrived[target]), at_s, cost, turn.k, all_vias):
                        continue
                    if is_beaten(label, np.int64(arrived[stop]), at_s, cost, turn.k, aboard[e, ABOARD_VIAS]):
                        continue
                    trip, position = aboard[e, ABOARD_TRIP] + first_trip, column - first_columns[route]
                    ridden = (np.int64(nth), trip, np.int64(position))
                    count = get_off(wish, ends, bags, turn, stop, at_s, cost, e, ridden, count)
                    fresh_count = add_stop(scratch.fresh, scratch.is_fresh, stop, fresh_count)
            if boards and columns[column, COLUMN_MARKS] & CAN_BOARD and new_ready[stop] >= 0:
                until_s = min(-limits[stop, turn.board_limit], turn.latest_s)
                base_s, so_far = (
                    np.int64(columns[column, COLUMN_DEPARTURE] + offset_s),
                    price * metres[column],
                )
                i = np.int64(new_ready[stop])
                while i >= 0:
                    caught = catch(event_departure, event, trips, trips, label[i, TIME] - base_s)
                    if marks_of[route] & HAS_CLOSED:
                        while caught < trips and trip_closed[first_trip + np.int64(caught)]:
                            caught += np.uint64(1)
                    if caught < trips and label[i, VIAS] != BEATEN:
                        departs_s = base_s + np.int64(event_departure[event + caught])
                        if departs_s <= until_s and departs_s < label[i, UNTIL]:
                            cost = (label[i, COST] + wish.per_ride) * COST_SCALE - so_far
                            position = np.int64(column - first_columns[route])
                            size = board(aboard, size, np.int64(caught), cost, label[i, VIAS], i, position)
                    i = label[i, NEW]
            event += trips
            column += 1
        if size and marks_of[route] & GOES_ON:
            waiting = stay(layer, ask, bags, route, size, boards, price * metres[end - 1], waiting)
        if size >= len(aboard) or waiting >= len(onward):
            return np.int64(len(label)), fresh_count
    return count, fresh_count


@njit(cache=True, nogil=True)
def price_of(wish, flags):
    """Per kilometre, of a route with these flags: its mode is the lowest bit."""
    mode = 0
    while not flags >> np.uint32(mode) & np.uint32(1):
        mode += 1
    return wish.per_km[mode]


@njit(cache=True, nogil=True)
def ride_by(wish, aboard, size, stop):
    """Everyone aboard passes a stop."""
    for e in range(size):
        aboard[e, ABOARD_VIAS] = pass_by(wish, stop, aboard[e, ABOARD_VIAS])


@njit(cache=True, nogil=True)
def still_there(limits, toward, turn, stop):
    """Until when one may get off at a stop in this round and still reach the target in time."""
    on_s = turn.next_deadline_s - toward[stop, TOWARD_RIDE]
    off_s = turn.deadline_s - toward[stop, TOWARD_STREET]
    return min(-limits[stop, turn.arrive_limit], turn.latest_s, max(on_s, off_s))


@njit(cache=True, nogil=True)
def get_off(wish, ends, bags, turn, stop, at_s, cost, e, ridden, count):
    """Get off with label `e` aboard, which nothing beats, and go on to the target if it is next to the stop.

    `ridden`: layer, trip and position. Returns the pool's size.
    """
    how, aboard = bags.how, bags.aboard
    own = count
    if own < len(how):
        how[own, LAYER] = ridden[0]
        how[own, TRIP] = ridden[1]
        how[own, ALIGHT] = ridden[2]
        how[own, BOARD_TRIP] = ridden[1] if aboard[e, ABOARD_FIRST] < 0 else aboard[e, ABOARD_FIRST]
        how[own, BOARD] = aboard[e, ABOARD_POSITION]
        how[own, STOP] = stop
    count = put(
        bags.label,
        bags.arrived,
        bags.new_arrived,
        stop,
        count,
        at_s,
        cost,
        turn.k,
        aboard[e, ABOARD_VIAS],
        aboard[e, ABOARD_LABEL],
        0,
    )
    if ends.target_first[stop] >= 0 and count > own:
        count = reach(wish, ends, bags, turn, stop, own, count)
    return count


@njit(cache=True, nogil=True)
def reach(wish, ends, bags, turn, stop, own, count):
    """Walk from a stop to the target, having passed all vias; returns the pool's size."""
    label, how, arrived = bags.label, bags.how, bags.arrived
    target, all_vias = len(arrived) - 1, len(wish.via_stay_s)
    arrived_s, cost = label[own, TIME], label[own, COST]
    i = np.int64(ends.target_first[stop])
    while i < len(ends.target_stop) and ends.target_stop[i] == stop:
        vias, stay_s = label[own, VIAS], np.int64(0)
        at = ends.target_at[i]
        while True:
            left_s = max(arrived_s + stay_s, ends.target_open_s[i])
            at_s, total = left_s + ends.target_walk_s[i], cost + ends.target_cost[i]
            passed = vias
            while passed < all_vias and wish.via_bits[at] >> passed & 1:
                passed += 1
            if (
                passed == all_vias
                and left_s <= ends.target_close_s[i]
                and at_s <= min(turn.deadline_s, turn.latest_s)
                and not is_beaten(label, np.int64(arrived[target]), at_s, total, turn.k, all_vias)
                and count < len(label)
            ):
                how[count, STAY] = stay_s
                how[count, WALK_S] = ends.target_walk_s[i]
                how[count, END] = i
                how[count, STOP] = target
                count = put(
                    label, arrived, bags.new_arrived, target, count, at_s, total, turn.k, all_vias, own, 0
                )
            if not may_stay(wish, stop, vias):
                break
            stay_s += wish.via_stay_s[vias]
            vias = pass_by(wish, stop, vias + 1)
        i += 1
    return count


@njit(cache=True, nogil=True)
def board(aboard, size, trip, cost, vias, own, position):
    """Take a label aboard unless an earlier vehicle carries one as good; returns how many are aboard then."""
    kept = 0
    for e in range(size):
        if (
            aboard[e, ABOARD_TRIP] <= trip
            and aboard[e, ABOARD_COST] <= cost
            and aboard[e, ABOARD_VIAS] >= vias
        ):
            return size
    for e in range(size):
        if trip > aboard[e, ABOARD_TRIP] or cost > aboard[e, ABOARD_COST] or vias < aboard[e, ABOARD_VIAS]:
            if kept < e:
                for field in range(ABOARD_FIELDS):
                    aboard[kept, field] = aboard[e, field]
            kept += 1
    if kept == len(aboard):
        return kept
    aboard[kept, ABOARD_TRIP] = trip
    aboard[kept, ABOARD_COST] = cost
    aboard[kept, ABOARD_VIAS] = vias
    aboard[kept, ABOARD_LABEL] = own
    aboard[kept, ABOARD_POSITION] = position
    aboard[kept, ABOARD_FIRST] = -1
    aboard[kept, ABOARD_MADE] = 0
    return kept + 1


@njit(cache=True, nogil=True)
def stay(layer, ask, bags, route, size, boards, cost_at_end, waiting):
    """Put aside who may stay seated at the end of a route; returns how many wait then.

    Who boarded here may as well have taken a later vehicle than the first to be caught: an earlier one may go on
    elsewhere, or not at all. But of those that go on along one route, only the ones that overtake matter.
    """
    aboard, onward = bags.aboard, bags.onward
    first_trip, end_trip = layer.route_first_trip[route], layer.route_first_trip[route + 1]
    for e in range(size):
        last_route, last_trip = np.int32(-1), np.int32(-1)
        trip = first_trip + aboard[e, ABOARD_TRIP]
        for boarded in range(trip, end_trip if boards else trip + 1):
            following = layer.next_trip[boarded]
            if following < 0 or layer.trip_closed[boarded] or aboard[e, ABOARD_MADE] == SEATED_TRIPS_MAX:
                continue
            if layer.trip_route[following] == last_route and following >= last_trip:
                continue
            last_route, last_trip = layer.trip_route[following], following
            flags = layer.route_filter[last_route]
            if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
                continue
            if waiting == len(onward):
                return waiting
            for field in range(ABOARD_FIELDS):
                onward[waiting, field] = aboard[e, field]
            onward[waiting, ABOARD_TRIP] = following
            onward[waiting, ABOARD_COST] += cost_at_end
            onward[waiting, ABOARD_MADE] += 1
            if boards:
                onward[waiting, ABOARD_FIRST] = boarded
            waiting += 1
    return waiting
