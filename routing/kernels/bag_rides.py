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
    PER_KM,
    PER_RIDE,
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
    ROUTE_COLUMN,
    ROUTE_EVENT,
    ROUTE_FILTER,
    ROUTE_MARKS,
    ROUTE_TRIP,
    SEATED_TRIPS_MAX,
    STOP_BOARD_END,
    STOP_VISIT,
    TOWARD_RIDE,
    TOWARD_STREET,
    TRIP_NEXT,
    TRIP_ROUTE,
    VISIT_COLUMN,
    VISIT_FIRST,
    VISIT_LAST,
    VISIT_ROUTE,
    add_stop,
    catch,
)


@njit(cache=True, nogil=True)
def gather(layer, setting, turn, marked_count, offset_s):
    """Queue the routes that leave a marked stop in time to matter, each from its first such column."""
    queued, last_s = 0, layer.span_s[1]
    ask, bags, scratch, limits = setting.ask, setting.bags, setting.scratch, setting.limits
    label, new_ready, marked = bags.label, bags.new_ready, scratch.marked
    queue, route_from, event_departure = scratch.queue, scratch.route_from, layer.event_departure
    visits = layer.visits
    stops, routes = layer.stops, layer.routes
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
        for visit in range(stops[stop, STOP_VISIT], stops[stop, STOP_BOARD_END]):
            if visits[visit, VISIT_LAST] < ready_s:
                break
            if visits[visit, VISIT_FIRST] > until_s:
                continue
            route, column = visits[visit, VISIT_ROUTE], visits[visit, VISIT_COLUMN]
            known = route_from[route]
            if 0 <= known <= column:
                continue
            trips = np.uint64(routes[route + 1, ROUTE_TRIP] - routes[route, ROUTE_TRIP])
            event = np.uint64(routes[route, ROUTE_EVENT])
            event += np.uint64(column - routes[route, ROUTE_COLUMN]) * trips
            base_s = visits[visit, VISIT_FIRST]
            trip = catch(event_departure, event, trips, trips, ready_s - base_s)
            if trip == trips or base_s + np.int64(event_departure[event + trip]) > until_s:
                continue
            if known < 0:
                flags = routes[route, ROUTE_FILTER]
                if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
                    continue
                queue[queued] = route
                queued += 1
            route_from[route] = column
    return queued


@njit(cache=True, nogil=True)
def ride(layer, metres, prices, nth, offset_s, setting, turn, queued, count, fresh_count):
    """Ride every queued route, and on with the vehicle where it goes on.

    `metres` int32[C]: how far each column is along its route; `prices` int64[R, 2]: PER_RIDE and PER_KM of each route,
    in the query's units; `nth`: which layer it is. Returns the pool's size, the whole pool's if something did not fit,
    and the number of fresh stops.
    """
    queue, route_from = setting.scratch.queue, setting.scratch.route_from
    aboard, onward, full = setting.bags.aboard, setting.bags.onward, len(setting.bags.label)
    waiting, q, where = 0, 0, (np.int64(nth), np.int64(offset_s))
    while (q < queued or waiting) and count < full:
        size, boards = 0, q < queued
        if boards:
            route = np.int64(queue[q])
            column = np.int64(route_from[route])
            route_from[route] = -1
            q += 1
        else:
            waiting, size = waiting - 1, 1
            route = np.int64(layer.trips[onward[waiting, ABOARD_TRIP], TRIP_ROUTE])
            column = np.int64(layer.routes[route, ROUTE_COLUMN])
            aboard[0] = onward[waiting]
            aboard[0, ABOARD_TRIP] -= layer.routes[route, ROUTE_TRIP]
        size, count, fresh_count = carry(
            layer, metres, prices, where, setting, turn, (route, column, boards), size, count, fresh_count
        )
        if size and layer.routes[route, ROUTE_MARKS] & GOES_ON:
            end = layer.routes[route + 1, ROUTE_COLUMN]
            at_end = prices[route, PER_KM] * metres[end - 1]
            waiting = stay(layer, setting.ask, setting.bags, route, size, boards, at_end, waiting)
        if size >= len(aboard) or waiting >= len(onward):
            return np.int64(full), fresh_count
    return count, fresh_count


@njit(cache=True, nogil=True)
def carry(layer, metres, prices, where, setting, turn, start, size, count, fresh_count):
    """Carry labels along a route, from a column on; returns how many are aboard at its end, the pool's size and the
    number of fresh stops. `start`: the route, the column, and whether anybody boards."""
    bags, limits, toward, new_ready = setting.bags, setting.limits, setting.toward, setting.bags.new_ready
    wish, ends, columns, label, aboard = setting.wish, setting.ends, layer.columns, bags.label, bags.aboard
    how, arrived, new_arrived, target_first = bags.how, bags.arrived, bags.new_arrived, ends.target_first
    fresh, is_fresh, event_arrival = setting.scratch.fresh, setting.scratch.is_fresh, layer.event_arrival
    trip_closed, event_departure, via_bits = layer.trip_closed, layer.event_departure, wish.via_bits
    all_vias, one, k = len(wish.via_stay_s), np.uint64(1), np.int64(turn.k)
    route, column, (nth, offset_s), boards = np.uint64(start[0]), np.uint64(start[1]), where, start[2]
    first_trip, first = (
        np.int64(layer.routes[route, ROUTE_TRIP]),
        np.uint64(layer.routes[route, ROUTE_COLUMN]),
    )
    trips = np.uint64(layer.routes[route + one, ROUTE_TRIP] - first_trip)
    event = np.uint64(layer.routes[route, ROUTE_EVENT]) + (column - first) * trips
    price, per_ride = prices[route, PER_KM], prices[route, PER_RIDE]
    closed = layer.routes[route, ROUTE_MARKS] & HAS_CLOSED != 0
    end = np.uint64(layer.routes[route + one, ROUTE_COLUMN])
    while column < end:
        stop, marks = np.uint64(columns[column, COLUMN_STOP]), columns[column, COLUMN_MARKS]
        if all_vias and size and via_bits[stop]:
            for e in range(size):
                aboard[e, ABOARD_VIAS] = pass_by(wish, stop, aboard[e, ABOARD_VIAS])
        so_far = price * metres[column]
        if size and marks & CAN_ALIGHT:
            until_s = still_there(limits, toward, turn, stop)
            base_s, before = columns[column, COLUMN_ARRIVAL] + offset_s, count
            at = (nth, first_trip, np.int64(column - first), k, all_vias)
            times = (base_s, until_s, so_far)
            count = let_off(
                label, how, aboard, arrived, new_arrived, event_arrival, event, size, stop, times, at, count
            )
            if count > before:
                fresh_count = add_stop(fresh, is_fresh, stop, fresh_count)
                if target_first[stop] >= 0:
                    count = reach_all(wish, ends, bags, turn, np.int64(stop), before, count)
        if boards and marks & CAN_BOARD and new_ready[stop] >= 0:
            until_s = min(-limits[stop, turn.board_limit], turn.latest_s)
            base_s = columns[column, COLUMN_DEPARTURE] + offset_s
            i = np.int64(new_ready[stop])
            while i >= 0:
                caught = catch(event_departure, event, trips, trips, label[i, TIME] - base_s)
                while closed and caught < trips and trip_closed[first_trip + np.int64(caught)]:
                    caught += one
                if caught < trips and label[i, VIAS] != BEATEN:
                    departs_s = base_s + np.int64(event_departure[event + caught])
                    if departs_s <= until_s and departs_s < label[i, UNTIL]:
                        cost = (label[i, COST] + per_ride) * COST_SCALE - so_far
                        position = np.int64(column - first)
                        size = board(aboard, size, np.int64(caught), cost, label[i, VIAS], i, position)
                i = label[i, NEW]
        event += trips
        column += one
    return size, count, fresh_count


@njit(cache=True, nogil=True, inline="always")
def let_off(label, how, aboard, arrived, new_arrived, event_arrival, event, size, stop, times, at, count):
    """Let who is aboard get off at a stop, where nothing beats it; returns the pool's size.

    `times`: the column's base, until when one may be there, what the way so far would cost; `at`: layer, first trip
    of the route, position, rides by then, number of vias. Arrays alone come in: taking them out of a named tuple is
    counted, and this runs for every column.
    """
    base_s, until_s, so_far = times
    nth, first_trip, position, k, all_vias = at
    target = len(arrived) - 1
    for e in range(size):
        at_s = base_s + np.int64(event_arrival[event + np.uint64(aboard[e, ABOARD_TRIP])])
        if at_s > until_s:
            continue
        cost, vias = (aboard[e, ABOARD_COST] + so_far) // COST_SCALE, aboard[e, ABOARD_VIAS]
        if is_beaten(label, np.int64(arrived[target]), at_s, cost, k, all_vias):
            continue
        if is_beaten(label, np.int64(arrived[stop]), at_s, cost, k, vias) or count == len(label):
            continue
        trip = aboard[e, ABOARD_TRIP] + first_trip
        how[count, LAYER] = nth
        how[count, TRIP] = trip
        how[count, ALIGHT] = position
        how[count, BOARD_TRIP] = trip if aboard[e, ABOARD_FIRST] < 0 else aboard[e, ABOARD_FIRST]
        how[count, BOARD] = aboard[e, ABOARD_POSITION]
        how[count, STOP] = stop
        count = put(
            label, arrived, new_arrived, stop, count, at_s, cost, k, vias, aboard[e, ABOARD_LABEL], count
        )
    return count


@njit(cache=True, nogil=True, inline="always")
def still_there(limits, toward, turn, stop):
    """Until when one may get off at a stop in this round and still reach the target in time."""
    on_s = turn.next_deadline_s - toward[stop, TOWARD_RIDE]
    off_s = turn.deadline_s - toward[stop, TOWARD_STREET]
    return min(-limits[stop, turn.arrive_limit], turn.latest_s, max(on_s, off_s))


@njit(cache=True, nogil=True)
def reach_all(wish, ends, bags, turn, stop, first, count):
    """From a stop next to the target, go there with all labels from `first` on; returns the pool's size."""
    for own in range(first, count):
        if bags.label[own, VIAS] != BEATEN:
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
                    label, arrived, bags.new_arrived, target, count, at_s, total, turn.k, all_vias, own, count
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
    first_trip, end_trip = layer.routes[route, ROUTE_TRIP], layer.routes[route + 1, ROUTE_TRIP]
    for e in range(size):
        last_route, last_trip = np.int32(-1), np.int32(-1)
        trip = first_trip + aboard[e, ABOARD_TRIP]
        for boarded in range(trip, end_trip if boards else trip + 1):
            following = layer.trips[boarded, TRIP_NEXT]
            if following < 0 or layer.trip_closed[boarded] or aboard[e, ABOARD_MADE] == SEATED_TRIPS_MAX:
                continue
            if layer.trips[following, TRIP_ROUTE] == last_route and following >= last_trip:
                continue
            last_route, last_trip = layer.trips[following, TRIP_ROUTE], following
            flags = layer.routes[last_route, ROUTE_FILTER]
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
