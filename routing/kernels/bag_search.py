"""The rounds of a search with bags, for one departure (`routing.kernels.bags`)."""

from __future__ import annotations

import numpy as np
from numba import njit

from routing.kernels.bag_rides import ride
from routing.kernels.bags import (
    COST,
    END,
    OLDER,
    STAY,
    TIME,
    VIAS,
    WALK_S,
    Turn,
    is_beaten,
    may_stay,
    pass_by,
    put,
)
from routing.kernels.search import VISIT_COLUMN, VISIT_FIRST, VISIT_LAST, VISIT_ROUTE, add_stop, catch, seed


@njit(cache=True, nogil=True)
def set_out(ask, wish, ends, bags, scratch, limits, rounds, departure_s, latest_s, count):
    """Be at the stops around the origin; returns the pool's size and how many stops are marked."""
    marked, is_marked = scratch.marked, scratch.is_marked
    marked_count = 0
    for i in range(len(ends.origin_stop)):
        stop = ends.origin_stop[i]
        if departure_s > ends.origin_close_s[i]:
            continue
        at_s = max(departure_s, ends.origin_open_s[i]) + ends.origin_walk_s[i] + ends.origin_stay_s[i]
        cost, vias = ends.origin_cost[i], ends.origin_vias[i]
        if at_s > min(-limits[stop, ask.rides_max + rounds - 1], latest_s - 1):
            continue
        if is_beaten(bags.label, bags.ready[stop], at_s, cost, 0, vias):
            continue
        if count < len(bags.label):
            bags.how[count, STAY] = ends.origin_stay_s[i]
            bags.how[count, WALK_S] = ends.origin_walk_s[i]
            bags.how[count, END] = i
            count = put(bags.label, bags.ready, stop, count, at_s, cost, 0, vias, -1)
            marked_count = add_stop(marked, is_marked, stop, marked_count)
    return count, marked_count


@njit(cache=True, nogil=True)
def gather(layer, ask, bags, scratch, limits, limit, marked_count, new_from, offset_s, latest_s):
    """Queue the routes that leave a marked stop in time to matter, each from its first such column."""
    queued = 0
    first_s, last_s = layer.span_s[0], layer.span_s[1]
    if first_s > last_s or first_s + offset_s >= latest_s:
        return queued
    label, ready, marked = bags.label, bags.ready, scratch.marked
    queue, route_from, event_departure = scratch.queue, scratch.route_from, layer.event_departure
    for i in range(marked_count):
        stop = marked[i]
        newest = np.int64(ready[stop])
        ready_s = np.int64(latest_s)
        while newest >= new_from:
            ready_s = min(ready_s, label[newest, TIME])
            newest = label[newest, OLDER]
        ready_s -= offset_s
        until_s = min(-limits[stop, limit], latest_s - 1) - offset_s
        if ready_s > last_s:
            continue
        for visit in range(layer.stop_first_visit[stop], layer.stop_board_end[stop]):
            if layer.visits[visit, VISIT_LAST] < ready_s or layer.visits[visit, VISIT_FIRST] > until_s:
                continue
            route, column = layer.visits[visit, VISIT_ROUTE], layer.visits[visit, VISIT_COLUMN]
            known = route_from[route]
            if 0 <= known <= column:
                continue
            trips = np.uint64(layer.route_first_trip[route + 1] - layer.route_first_trip[route])
            event = np.uint64(layer.route_first_event[route])
            event += np.uint64(column - layer.route_first_column[route]) * trips
            base_s = layer.visits[visit, VISIT_FIRST]
            trip = catch(event_departure, event, trips, trips, ready_s - base_s)
            if trip == trips or base_s + np.int64(event_departure[event + trip]) > until_s:
                continue
            if known < 0:
                flags = layer.route_filter[route]
                if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
                    continue
                queue[queued] = route
                queued += 1
            route_from[route] = column
    return queued


@njit(cache=True, nogil=True)
def change(walking, ask, wish, bags, scratch, limits, rounds, turn, fresh_from, fresh_count, count):
    """From every fresh stop, change there or walk on, with or without staying; returns the pool's size and how many
    stops are marked for the next round."""
    label, fresh = bags.label, scratch.fresh
    limit = ask.rides_max + rounds - turn.k - 1
    marked_count = 0
    for f in range(fresh_count):
        stop = fresh[f]
        scratch.is_fresh[stop] = 0
        own = np.int64(bags.arrived[stop])
        while own >= fresh_from:
            vias, stay_s = label[own, VIAS], np.int64(0)
            while True:
                at_s = label[own, TIME] + max(np.int64(walking.change_time_s[stop]), stay_s)
                count, marked_count = get_ready(
                    wish,
                    bags,
                    scratch,
                    limits,
                    limit,
                    turn,
                    stop,
                    at_s,
                    vias,
                    own,
                    stay_s,
                    0,
                    count,
                    marked_count,
                )
                for path in range(walking.first[stop], walking.first[stop + 1]):
                    walk_s, to = np.int64(walking.duration_s[path]), walking.to[path]
                    at_s = label[own, TIME] + stay_s + walk_s
                    if at_s > min(-limits[to, limit], turn.latest_s - 1):
                        continue
                    passed = pass_by(wish, to, vias)
                    while True:
                        count, marked_count = get_ready(
                            wish,
                            bags,
                            scratch,
                            limits,
                            limit,
                            turn,
                            to,
                            at_s,
                            passed,
                            own,
                            stay_s,
                            walk_s,
                            count,
                            marked_count,
                        )
                        if not may_stay(wish, to, passed):
                            break
                        at_s += wish.via_stay_s[passed]
                        passed = pass_by(wish, to, passed + 1)
                if not may_stay(wish, stop, vias):
                    break
                stay_s += wish.via_stay_s[vias]
                vias = pass_by(wish, stop, vias + 1)
            own = label[own, OLDER]
    return count, marked_count


@njit(cache=True, nogil=True)
def get_ready(
    wish, bags, scratch, limits, limit, turn, stop, at_s, vias, own, stay_s, walk_s, count, marked_count
):
    """Be ready to board at a stop, having come from where label `own` arrived."""
    label = bags.label
    if at_s > min(-limits[stop, limit], turn.latest_s - 1) or count == len(label):
        return count, marked_count
    cost = label[own, COST] + walk_s * wish.per_walked_s
    if is_beaten(label, np.int64(bags.ready[stop]), at_s, cost, turn.k, vias):
        return count, marked_count
    bags.how[count, STAY] = stay_s
    bags.how[count, WALK_S] = walk_s
    bags.how[count, END] = -1
    count = put(label, bags.ready, stop, count, at_s, cost, turn.k, vias, own)
    return count, add_stop(scratch.marked, scratch.is_marked, stop, marked_count)


@njit(cache=True, nogil=True)
def search_bags(
    layers,
    metres,
    walking,
    ask,
    wish,
    ends,
    bags,
    scratch,
    limits,
    rounds,
    departures,
    nth,
    deadline_s,
    count,
):
    """All that leaving the origin at the `nth` departure allows and leaving later does not.

    `limits` int32[S, 2K]: by stop, the negated latest instants at which one may still arrive (column `rounds - k`) or
    be ready to board (`K + rounds - k - 1`) with `k` rides behind one. `deadline_s` int32[K+1]: until when one may
    reach the target with `k` rides. Returns the pool's size; the pool is full when the search is not complete.
    """
    departure_s = departures.at_s[nth]
    seeds, seeds_end = departures.first[nth], departures.first[nth + 1]
    latest_s = np.int64(departure_s + ask.travel_s_max + 1)
    is_marked, marked = scratch.is_marked, scratch.marked
    new_from = count
    count, marked_count = set_out(
        ask, wish, ends, bags, scratch, limits, rounds, departure_s, latest_s, count
    )
    for k in range(1, rounds + 1):
        if marked_count == 0:
            break
        turn = Turn(k, rounds - k, ask.rides_max + rounds - k, new_from, latest_s, np.int64(deadline_s[k]))
        fresh_from, fresh_count = count, 0
        for i in range(len(layers)):
            offset_s = ask.layer_offset_s[i]
            if k == 1 and seeds < seeds_end:
                queued = seed(layers[i], scratch, departures, seeds, seeds_end, i)
            else:
                queued = gather(
                    layers[i],
                    ask,
                    bags,
                    scratch,
                    limits,
                    turn.board_limit,
                    marked_count,
                    new_from,
                    offset_s,
                    latest_s,
                )
            if queued:
                count, fresh_count = ride(
                    layers[i],
                    metres[i],
                    i,
                    offset_s,
                    ask,
                    wish,
                    ends,
                    bags,
                    scratch,
                    limits,
                    turn,
                    queued,
                    count,
                    fresh_count,
                )
        for i in range(marked_count):
            is_marked[marked[i]] = 0
        new_from, marked_count = count, 0
        if k < rounds:
            count, marked_count = change(
                walking, ask, wish, bags, scratch, limits, rounds, turn, fresh_from, fresh_count, count
            )
        else:
            for i in range(fresh_count):
                scratch.is_fresh[scratch.fresh[i]] = 0
    for i in range(marked_count):
        is_marked[marked[i]] = 0
    return count
