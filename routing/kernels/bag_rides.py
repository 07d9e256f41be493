"""Riding with bags: labels are carried along a route, got off with, and stay seated (`routing.kernels.bags`)."""

from __future__ import annotations

import numpy as np
from numba import njit

from routing.kernels.bags import (
    ABOARD_COST,
    ABOARD_LABEL,
    ABOARD_POSITION,
    ABOARD_TRIP,
    ABOARD_VIAS,
    COST,
    COST_SCALE,
    END,
    HOW_FIELDS,
    OLDER,
    STAY,
    TIME,
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
    SEATED_TRIPS_MAX,
    add_stop,
    catch,
)


@njit(cache=True, nogil=True)
def price_of(wish, flags):
    """Per kilometre, of a route with these flags: its mode is the lowest bit."""
    mode = 0
    while not flags >> np.uint32(mode) & np.uint32(1):
        mode += 1
    return wish.per_km[mode]


@njit(cache=True, nogil=True)
def arrive(wish, ends, bags, scratch, turn, stop, at_s, cost, e, how, count, fresh_count):
    """Get off the vehicle `e` aboard, and go on to the target if it is next to the stop.

    `how` are the fields of `Bags.how`. Returns the pool's size and the number of fresh stops.
    """
    label, arrived, aboard = bags.label, bags.arrived, bags.aboard
    vias = aboard[e, ABOARD_VIAS]
    if (
        is_beaten(label, np.int64(arrived[len(arrived) - 1]), at_s, cost, turn.k, len(wish.via_stay_s))
        or is_beaten(label, np.int64(arrived[stop]), at_s, cost, turn.k, vias)
        or count == len(label)
    ):
        return count, fresh_count
    for field in range(HOW_FIELDS):
        bags.how[count, field] = how[field]
    own = count
    count = put(label, arrived, stop, count, at_s, cost, turn.k, vias, aboard[e, ABOARD_LABEL])
    fresh_count = add_stop(scratch.fresh, scratch.is_fresh, stop, fresh_count)
    if ends.target_first[stop] >= 0:
        count = reach(wish, ends, bags, turn, stop, own, count)
    return count, fresh_count


@njit(cache=True, nogil=True)
def reach(wish, ends, bags, turn, stop, own, count):
    """Walk from a stop to the target, having passed all vias; returns the pool's size."""
    label, arrived = bags.label, bags.arrived
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
                and at_s <= turn.deadline_s
                and not is_beaten(label, np.int64(arrived[target]), at_s, total, turn.k, all_vias)
                and count < len(label)
            ):
                bags.how[count, STAY] = stay_s
                bags.how[count, WALK_S] = ends.target_walk_s[i]
                bags.how[count, END] = i
                count = put(label, arrived, target, count, at_s, total, turn.k, all_vias, own)
            if not may_stay(wish, stop, vias):
                break
            stay_s += wish.via_stay_s[vias]
            vias = pass_by(wish, stop, vias + 1)
        i += 1
    return count


@njit(cache=True, nogil=True)
def board(aboard, size, caught, cost, vias, own, position):
    """Take a label aboard unless an earlier vehicle carries one as good; returns how many are aboard, -1 if too
    many."""
    kept, trip = 0, np.int64(caught)
    for e in range(size):
        if (
            aboard[e, ABOARD_TRIP] <= trip
            and aboard[e, ABOARD_COST] <= cost
            and aboard[e, ABOARD_VIAS] >= vias
        ):
            return size
    for e in range(size):
        if (
            trip <= aboard[e, ABOARD_TRIP]
            and cost <= aboard[e, ABOARD_COST]
            and vias >= aboard[e, ABOARD_VIAS]
        ):
            continue
        if kept < e:
            aboard[kept] = aboard[e]
        kept += 1
    if kept == len(aboard):
        return -1
    aboard[kept, ABOARD_TRIP] = trip
    aboard[kept, ABOARD_COST] = cost
    aboard[kept, ABOARD_VIAS] = vias
    aboard[kept, ABOARD_LABEL] = own
    aboard[kept, ABOARD_POSITION] = position
    return kept + 1


@njit(cache=True, nogil=True)
def ride(
    layer, metres, nth, offset_s, ask, wish, ends, bags, scratch, limits, turn, queued, count, fresh_count
):
    """Ride every queued route, and on with the vehicle where it goes on; returns the pool's size and the fresh stops.

    `metres` int32[C]: how far each column is along its route; `nth`: which layer it is.
    """
    label, aboard, ready, arrived = bags.label, bags.aboard, bags.ready, bags.arrived
    queue, route_from = scratch.queue, scratch.route_from
    event_arrival, event_departure = layer.event_arrival, layer.event_departure
    columns = layer.columns
    route_first_trip, route_first_column = layer.route_first_trip, layer.route_first_column
    route_first_event, route_filter, route_marks = (
        layer.route_first_event,
        layer.route_filter,
        layer.route_marks,
    )
    trip_closed = layer.trip_closed
    via_bits, per_ride, k = wish.via_bits, wish.per_ride, turn.k
    new_from, latest_s, target = turn.new_from, turn.latest_s, len(arrived) - 1
    arrive_limit, board_limit, all_vias = turn.arrive_limit, turn.board_limit, len(wish.via_stay_s)
    for q in range(queued):
        route = queue[q]
        column = route_from[route]
        route_from[route] = -1
        first_trip, first_column = route_first_trip[route], route_first_column[route]
        trips = np.uint64(route_first_trip[route + 1] - first_trip)
        event = np.uint64(route_first_event[route]) + np.uint64(column - first_column) * trips
        price, marks = price_of(wish, route_filter[route]), route_marks[route]
        size = 0
        while column < route_first_column[route + 1]:
            stop = columns[column, COLUMN_STOP]
            if all_vias and size and via_bits[stop]:
                ride_by(wish, aboard, size, stop)
            if size and columns[column, COLUMN_MARKS] & CAN_ALIGHT:
                until_s = min(-limits[stop, arrive_limit], latest_s - 1)
                base_s = np.int64(columns[column, COLUMN_ARRIVAL] + offset_s)
                for e in range(size):
                    at_s = base_s + np.int64(event_arrival[event + np.uint64(aboard[e, ABOARD_TRIP])])
                    if at_s > until_s:
                        continue
                    cost = (aboard[e, ABOARD_COST] + price * metres[column]) // COST_SCALE
                    if not is_beaten(
                        label, np.int64(arrived[target]), at_s, cost, k, all_vias
                    ) and not is_beaten(
                        label, np.int64(arrived[stop]), at_s, cost, k, aboard[e, ABOARD_VIAS]
                    ):
                        own = first_trip + aboard[e, ABOARD_TRIP]
                        position = np.int64(column - first_column)
                        how = (np.int64(nth), own, position, own, aboard[e, ABOARD_POSITION])
                        count, fresh_count = arrive(
                            wish, ends, bags, scratch, turn, stop, at_s, cost, e, how, count, fresh_count
                        )
            if columns[column, COLUMN_MARKS] & CAN_BOARD and ready[stop] >= new_from:
                until_s = min(-limits[stop, board_limit], latest_s - 1)
                base_s = np.int64(columns[column, COLUMN_DEPARTURE] + offset_s)
                i = np.int64(ready[stop])
                while i >= new_from:
                    caught = catch(event_departure, event, trips, trips, label[i, TIME] - base_s)
                    if marks & HAS_CLOSED:
                        while caught < trips and trip_closed[first_trip + np.int64(caught)]:
                            caught += np.uint64(1)
                    if caught < trips and base_s + np.int64(event_departure[event + caught]) <= until_s:
                        cost = (label[i, COST] + per_ride) * COST_SCALE - price * metres[column]
                        size = board(aboard, size, caught, cost, label[i, VIAS], i, column - first_column)
                        if size < 0:
                            return np.int64(len(label)), fresh_count
                    i = label[i, OLDER]
            event += trips
            column += 1
        if size and marks & GOES_ON:
            for e in range(size):
                count, fresh_count = stay_seated(
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
                    turn,
                    route,
                    e,
                    count,
                    fresh_count,
                )
    return count, fresh_count


@njit(cache=True, nogil=True)
def ride_by(wish, aboard, size, stop):
    """Everyone aboard passes a stop."""
    for e in range(size):
        aboard[e, ABOARD_VIAS] = pass_by(wish, stop, aboard[e, ABOARD_VIAS])


@njit(cache=True, nogil=True)
def stay_seated(
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
    turn,
    route,
    e,
    count,
    fresh_count,
):
    """Go on with the vehicles of a route that label `e` aboard can have boarded, the caught one and the later ones.

    An earlier vehicle may go on elsewhere or not at all; of those that go on along one route, only the ones that
    overtake matter.
    """
    aboard = bags.aboard
    cost, vias, position = aboard[e, ABOARD_COST], aboard[e, ABOARD_VIAS], aboard[e, ABOARD_POSITION]
    first_trip, end_trip = layer.route_first_trip[route], layer.route_first_trip[route + 1]
    cost += price_of(wish, layer.route_filter[route]) * metres[layer.route_first_column[route + 1] - 1]
    last_route, last_trip = np.int32(-1), np.int32(-1)
    for boarded in range(first_trip + aboard[e, ABOARD_TRIP], end_trip):
        trip = layer.next_trip[boarded]
        if (
            trip < 0
            or layer.trip_closed[boarded]
            or (layer.trip_route[trip] == last_route and trip >= last_trip)
        ):
            continue
        last_route, last_trip = layer.trip_route[trip], trip
        aboard[e, ABOARD_COST], aboard[e, ABOARD_VIAS] = cost, vias
        for _ in range(SEATED_TRIPS_MAX):
            flags = layer.route_filter[layer.trip_route[trip]]
            if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
                break
            how = (np.int64(nth), np.int64(trip), np.int64(0), np.int64(boarded), position)
            count, fresh_count = ride_on(
                layer, metres, how, offset_s, wish, ends, bags, scratch, limits, turn, e, count, fresh_count
            )
            trip = layer.next_trip[trip]
            if trip < 0:
                break
    return count, fresh_count


@njit(cache=True, nogil=True)
def ride_on(layer, metres, how, offset_s, wish, ends, bags, scratch, limits, turn, e, count, fresh_count):
    """Stay aboard while the vehicle runs one more trip from its start; leaves cost and vias as at its end."""
    label, aboard, arrived = bags.label, bags.aboard, bags.arrived
    nth, trip, _, boarded, position = how
    route = layer.trip_route[trip]
    first_column = layer.route_first_column[route]
    trips = layer.route_first_trip[route + 1] - layer.route_first_trip[route]
    event = layer.route_first_event[route] + trip - layer.route_first_trip[route]
    price = price_of(wish, layer.route_filter[route])
    all_vias = len(wish.via_stay_s)
    cost = aboard[e, ABOARD_COST]
    for column in range(first_column, layer.route_first_column[route + 1]):
        stop = layer.columns[column, COLUMN_STOP]
        aboard[e, ABOARD_VIAS] = pass_by(wish, stop, aboard[e, ABOARD_VIAS])
        if layer.columns[column, COLUMN_MARKS] & CAN_ALIGHT:
            at_s = np.int64(layer.columns[column, COLUMN_ARRIVAL] + offset_s) + np.int64(
                layer.event_arrival[event]
            )
            if at_s <= min(-limits[stop, turn.arrive_limit], turn.latest_s - 1):
                rounded = (cost + price * metres[column]) // COST_SCALE
                if not is_beaten(label, np.int64(arrived[len(arrived) - 1]), at_s, rounded, turn.k, all_vias):
                    ridden = (nth, trip, np.int64(column - first_column), boarded, position)
                    count, fresh_count = arrive(
                        wish, ends, bags, scratch, turn, stop, at_s, rounded, e, ridden, count, fresh_count
                    )
        event += trips
    aboard[e, ABOARD_COST] = cost + price * metres[layer.route_first_column[route + 1] - 1]
    return count, fresh_count
