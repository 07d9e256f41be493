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
from routing.kernels.search import NEVER, add_stop, seed


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
    toward,
    rounds,
    departures,
    first,
    end,
    deadlines,
    told_until,
    count,
    found,
    out_best,
    out_found,
):
    """Search the departures from `first` to before `end`: what each allows that leaving later does not.

    `limits` int32[S, 2K]: by stop, the negated latest instants at which one may still arrive (column `rounds - k`) or
    be ready to board (`K + rounds - k - 1`) with `k` rides behind one. `deadlines` and `told_until` int32[n, K+2], by
    departure and number of rides: until when a journey may arrive to be searched for, and to be told.

    Row `n` of `out_best` int32[n, K+2] is when the `n`th departure or a later one arrives at the earliest. The labels
    at the target to tell go to `out_found` int32[j, 2] with their departure's number, from row `found` on. Returns
    the pool's size, the whole pool's if something did not fit, and the number of rows found.
    """
    label, arrived, new_arrived = bags.label, bags.arrived, bags.new_arrived
    new_ready, is_marked, marked = bags.new_ready, scratch.is_marked, scratch.marked
    target = len(arrived) - 1
    for nth in range(first, end):
        departure_s = departures.at_s[nth]
        seeds, seeds_end = departures.first[nth], departures.first[nth + 1]
        latest_s = np.int64(departure_s + ask.travel_s_max)
        new_arrived[target] = -1
        count, marked_count = set_out(
            ends, bags, scratch, limits, ask.rides_max + rounds - 1, departure_s, latest_s, count
        )
        for k in range(1, rounds + 1):
            if marked_count == 0:
                break
            until_s, next_until_s = np.int64(deadlines[nth, k]), np.int64(deadlines[nth, k + 1])
            turn = Turn(k, rounds - k, ask.rides_max + rounds - k, latest_s, until_s, next_until_s)
            fresh_count = 0
            for i in range(len(layers)):
                offset_s = ask.layer_offset_s[i]
                if k == 1 and seeds < seeds_end:
                    queued = seed(layers[i], scratch, departures, seeds, seeds_end, i)
                else:
                    queued = gather(layers[i], ask, bags, scratch, limits, turn, marked_count, offset_s)
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
                        toward,
                        turn,
                        queued,
                        count,
                        fresh_count,
                    )
            for i in range(marked_count):
                is_marked[marked[i]] = 0
                new_ready[marked[i]] = -1
            count, marked_count = change(
                walking, ask, wish, bags, scratch, limits, rounds, turn, fresh_count, count
            )
        if count == len(label):
            break
        found = tell(bags, nth, told_until[nth], found, out_best[nth], out_found)
        if found == len(out_found):
            return np.int64(len(label)), found
    return count, found


@njit(cache=True, nogil=True)
def tell(bags, nth, told_until, found, out_best, out_found):
    """List the departure's labels at the target; returns how many are listed."""
    label, target = bags.label, len(bags.arrived) - 1
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
            out_found[found, 1] = nth
            found += 1
        i = label[i, NEW]
    return found


@njit(cache=True, nogil=True)
def set_out(ends, bags, scratch, limits, limit, departure_s, latest_s, count):
    """Be at the stops around the origin; returns the pool's size and how many stops are marked."""
    marked_count, unused_from = 0, count
    for i in range(len(ends.origin_stop)):
        stop = ends.origin_stop[i]
        if departure_s > ends.origin_close_s[i]:
            continue
        at_s = max(departure_s, ends.origin_open_s[i]) + ends.origin_walk_s[i] + ends.origin_stay_s[i]
        cost, vias = ends.origin_cost[i], ends.origin_vias[i]
        if at_s > min(-limits[stop, limit], latest_s) or count == len(bags.label):
            continue
        if is_beaten(bags.label, np.int64(bags.ready[stop]), at_s, cost, 0, vias):
            continue
        bags.how[count, STAY] = ends.origin_stay_s[i]
        bags.how[count, WALK_S] = ends.origin_walk_s[i]
        bags.how[count, END] = i
        bags.how[count, STOP] = stop
        count = put(bags.label, bags.ready, bags.new_ready, stop, count, at_s, cost, 0, vias, -1, unused_from)
        marked_count = add_stop(scratch.marked, scratch.is_marked, stop, marked_count)
    return count, marked_count


@njit(cache=True, nogil=True)
def change(walking, ask, wish, bags, scratch, limits, rounds, turn, fresh_count, count):
    """From every fresh stop, change there or walk on, with or without staying; returns the pool's size and how many
    stops are marked for the next round."""
    label, new_arrived, fresh = bags.label, bags.new_arrived, scratch.fresh
    limit, marked_count, unused_from = ask.rides_max + rounds - turn.k - 1, 0, count
    for f in range(fresh_count):
        stop = fresh[f]
        scratch.is_fresh[stop] = 0
        own = np.int64(new_arrived[stop])
        new_arrived[stop] = -1
        while own >= 0 and turn.k < rounds:
            vias, came = label[own, VIAS], (own, np.int64(0), np.int64(0), unused_from)
            while vias != BEATEN:
                at_s = label[own, TIME] + max(np.int64(walking.change_time_s[stop]), came[1])
                count, marked_count = get_ready(
                    wish, bags, scratch, limits, limit, turn, stop, at_s, vias, came, count, marked_count
                )
                count, marked_count = walk_on(
                    walking, wish, bags, scratch, limits, limit, turn, stop, vias, came, count, marked_count
                )
                if not may_stay(wish, stop, vias):
                    break
                came = (own, came[1] + wish.via_stay_s[vias], np.int64(0), unused_from)
                vias = pass_by(wish, stop, vias + 1)
            own = label[own, NEW]
    return count, marked_count


@njit(cache=True, nogil=True)
def walk_on(walking, wish, bags, scratch, limits, limit, turn, stop, vias, came, count, marked_count):
    """Walk from where one arrived, and stay there or not."""
    own, stay_s, _, unused_from = came
    left_s = bags.label[own, TIME] + stay_s
    for path in range(walking.first[stop], walking.first[stop + 1]):
        walk_s, to = np.int64(walking.duration_s[path]), walking.to[path]
        at_s = left_s + walk_s
        if at_s > min(-limits[to, limit], turn.latest_s):
            continue
        there, passed = (own, stay_s, walk_s, unused_from), pass_by(wish, to, vias)
        while True:
            count, marked_count = get_ready(
                wish, bags, scratch, limits, limit, turn, to, at_s, passed, there, count, marked_count
            )
            if not may_stay(wish, to, passed):
                break
            at_s += wish.via_stay_s[passed]
            passed = pass_by(wish, to, passed + 1)
    return count, marked_count


@njit(cache=True, nogil=True)
def get_ready(wish, bags, scratch, limits, limit, turn, stop, at_s, vias, came, count, marked_count):
    """Be ready to board at a stop, having come from a label, stayed where it arrived and walked for so long."""
    label = bags.label
    own, stay_s, walk_s, unused_from = came
    if at_s > min(-limits[stop, limit], turn.latest_s) or count == len(label):
        return count, marked_count
    cost = label[own, COST] + walk_s * wish.per_walked_s
    if is_beaten(label, np.int64(bags.ready[stop]), at_s, cost, turn.k, vias):
        return count, marked_count
    bags.how[count, STAY] = stay_s
    bags.how[count, WALK_S] = walk_s
    bags.how[count, END] = -1
    bags.how[count, STOP] = stop
    count = put(label, bags.ready, bags.new_ready, stop, count, at_s, cost, turn.k, vias, own, unused_from)
    return count, add_stop(scratch.marked, scratch.is_marked, stop, marked_count)
