"""The rounds of a search with bags, for one departure after another (`routing.kernels.bags`)."""

from __future__ import annotations

import numpy as np
from numba import njit

from routing.kernels.bag_rides import gather, ride
from routing.kernels.bags import (
    BEATEN,
    COST,
    END,
    NEW,
    NEXT,
    RIDES,
    STAY,
    STOP,
    TIME,
    VIAS,
    WALK_S,
    Turn,
    is_beaten,
    may_stay,
    pass_by,
    put,
)
from routing.kernels.borrow import borrow
from routing.kernels.search import NEVER, add_stop, seed


@njit(cache=True, nogil=True)
def search_bags(
    layers, metres, prices, walking, setting, rounds, departures, first, end, until_s, count, found, out_best
):
    """Search the departures from `first` to before `end`: what each allows that leaving later does not.

    `metres`, `prices`: of each layer, how far each column is along its route, and what each route costs (`ride`).
    `until_s` int32[2, n, K+2], by departure and number of rides: until when a journey may arrive to be searched for,
    and to be told.

    Row `n` of `out_best` int32[n, K+2] is when the `n`th departure or a later one arrives at the earliest. What to
    tell goes to `Bags.found`, from row `found` on. Returns the pool's size, the whole pool's if something did not fit,
    and the number of rows found.
    """
    layers, metres, prices, walking = borrow(layers), borrow(metres), borrow(prices), borrow(walking)
    setting, departures = borrow(setting), borrow(departures)
    ask, bags, full = setting.ask, setting.bags, len(setting.bags.label)
    new_ready, is_marked, marked = bags.new_ready, setting.scratch.is_marked, setting.scratch.marked
    for nth in range(first, end):
        departure_s = departures.at_s[nth]
        seeds, seeds_end = departures.first[nth], departures.first[nth + 1]
        latest_s = np.int64(departure_s + ask.travel_s_max)
        count, marked_count = set_out(setting, rounds, departure_s, latest_s, count)
        for k in range(1, rounds + 1):
            if marked_count == 0:
                break
            deadline_s, next_deadline_s = np.int64(until_s[0, nth, k]), np.int64(until_s[0, nth, k + 1])
            turn = Turn(k, rounds - k, ask.rides_max + rounds - k, latest_s, deadline_s, next_deadline_s)
            fresh_count = 0
            for i in range(len(layers)):
                offset_s = ask.layer_offset_s[i]
                if ask.layer_first_s[i] > latest_s:
                    continue
                if k == 1 and seeds < seeds_end:
                    queued = seed(layers[i], setting.scratch, departures, seeds, seeds_end, i)
                else:
                    queued = gather(layers[i], setting, turn, marked_count, offset_s)
                if queued:
                    count, fresh_count = ride(
                        layers[i],
                        metres[i],
                        prices[i],
                        i,
                        offset_s,
                        setting,
                        turn,
                        queued,
                        count,
                        fresh_count,
                    )
            for i in range(marked_count):
                is_marked[marked[i]] = 0
                new_ready[marked[i]] = -1
            count, marked_count = change(walking, setting, rounds, turn, fresh_count, count)
        if count == full:
            break
        found = tell(bags, departure_s, until_s[1, nth], found, out_best[nth])
        if found == len(bags.found):
            return np.int64(full), found
    return count, found


@njit(cache=True, nogil=True)
def tell(bags, departure_s, told_until, found, out_best):
    """List the departure's labels at the target; returns how many are listed."""
    label, target, out_found = bags.label, len(bags.arrived) - 1, bags.found
    out_best[:] = NEVER
    i = np.int64(bags.arrived[target])
    while i >= 0:
        for k in range(label[i, RIDES], len(out_best)):
            out_best[k] = min(np.int64(out_best[k]), label[i, TIME])
        i = label[i, NEXT]
    i = np.int64(bags.new_arrived[target])
    while i >= 0 and found < len(out_found):
        if label[i, VIAS] != BEATEN and label[i, TIME] <= told_until[label[i, RIDES]]:
            out_found[found, 0] = i
            out_found[found, 1] = departure_s
            found += 1
        i = label[i, NEW]
    return found


@njit(cache=True, nogil=True)
def set_out(setting, rounds, departure_s, latest_s, count):
    """Be at the stops around the origin; returns the pool's size and how many stops are marked."""
    ends, bags, scratch, limits = setting.ends, setting.bags, setting.scratch, setting.limits
    limit, marked_count, unused_from = setting.ask.rides_max + rounds - 1, 0, count
    bags.new_arrived[len(bags.arrived) - 1] = -1
    for i in range(len(ends.origin_stop)):
        stop = ends.origin_stop[i]
        if departure_s > ends.origin_close_s[i]:
            continue
        at_s = max(departure_s, ends.origin_open_s[i]) + ends.origin_walk_s[i] + ends.origin_stay_s[i]
        cost, vias = ends.origin_cost[i], ends.origin_vias[i]
        if at_s > min(-limits[stop, limit], latest_s):
            continue
        if is_beaten(bags.label, np.int64(bags.ready[stop]), at_s, cost, 0, vias):
            continue
        come(bags.how, stop, count, ends.origin_stay_s[i], ends.origin_walk_s[i], i)
        count = put(bags.label, bags.ready, bags.new_ready, stop, count, at_s, cost, 0, vias, -1, unused_from)
        marked_count = add_stop(scratch.marked, scratch.is_marked, stop, marked_count)
    return count, marked_count


@njit(cache=True, nogil=True)
def change(walking, setting, rounds, turn, fresh_count, count):
    """From every fresh stop, change there or walk on, with or without staying; returns the pool's size and how many
    stops are marked for the next round."""
    wish, bags, scratch, limits = setting.wish, setting.bags, setting.scratch, setting.limits
    label, new_arrived, fresh, is_fresh = bags.label, bags.new_arrived, scratch.fresh, scratch.is_fresh
    how, ready, new_ready = bags.how, bags.ready, bags.new_ready
    marked, is_marked, change_time_s = scratch.marked, scratch.is_marked, walking.change_time_s
    first, to, duration_s, passes = walking.first, walking.to, walking.duration_s, len(wish.via_stay_s) > 0
    column, latest_s, per_walked_s = (
        np.uint64(setting.ask.rides_max + rounds - turn.k - 1),
        turn.latest_s,
        wish.per_walked_s,
    )
    k, marked_count, unused_from = np.int64(turn.k), 0, count
    for f in range(fresh_count):
        stop = np.uint64(fresh[f])
        is_fresh[stop] = 0
        own = np.int64(new_arrived[stop])
        new_arrived[stop] = -1
        while own >= 0 and k < rounds:
            vias, stay_s, cost = label[own, VIAS], np.int64(0), label[own, COST]
            while vias != BEATEN:
                at_s = label[own, TIME] + max(np.int64(change_time_s[stop]), stay_s)
                if at_s <= min(-limits[stop, column], latest_s) and not is_beaten(
                    label, np.int64(ready[stop]), at_s, cost, k, vias
                ):
                    marked_count = add_stop(marked, is_marked, stop, marked_count)
                    come(how, stop, count, stay_s, 0, -1)
                    count = put(label, ready, new_ready, stop, count, at_s, cost, k, vias, own, unused_from)
                left_s = label[own, TIME] + stay_s
                for path in range(np.uint64(first[stop]), np.uint64(first[stop + np.uint64(1)])):
                    there, walk_s = np.uint64(to[path]), np.int64(duration_s[path])
                    at_s, until_s = left_s + walk_s, min(-limits[there, column], latest_s)
                    if at_s > until_s:
                        continue
                    passed, total = vias, cost + walk_s * per_walked_s
                    if passes:
                        passed = pass_by(wish, there, vias)
                    while at_s <= until_s:
                        if not is_beaten(label, np.int64(ready[there]), at_s, total, k, passed):
                            marked_count = add_stop(marked, is_marked, there, marked_count)
                            come(how, there, count, stay_s, walk_s, -1)
                            count = put(
                                label,
                                ready,
                                new_ready,
                                there,
                                count,
                                at_s,
                                total,
                                k,
                                passed,
                                own,
                                unused_from,
                            )
                        if not passes or not may_stay(wish, there, passed):
                            break
                        at_s += wish.via_stay_s[passed]
                        passed = pass_by(wish, there, passed + 1)
                if not passes or not may_stay(wish, stop, vias):
                    break
                stay_s += wish.via_stay_s[vias]
                vias = pass_by(wish, stop, vias + 1)
            own = label[own, NEW]
    return count, marked_count


@njit(cache=True, nogil=True)
def come(how, stop, number, stay_s, walk_s, end):
    """Note how label `number` came to be ready, if there is room for it."""
    if number < len(how):
        how[number, STAY] = stay_s
        how[number, WALK_S] = walk_s
        how[number, END] = end
        how[number, STOP] = stop
