"""All positions of a fleet's tours, looked through for the best place of one ride.

`look_for_pickups` finds where a ride might be picked up by the hours alone, `look_for_drops` where it might be set down
then, so that driving times are asked for few places only; `scan` finds the best of all pairs of positions. A position
is the node before it. What the bounds exclude cannot be, even where driving from a to c takes longer than by way of b;
what they let pass, `find_times` decides.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from on_demand.kernels import times
from on_demand.kernels.fleet import (
    ABOARD,
    ADDED,
    AFTER,
    AHEAD,
    BEGIN,
    BEGIN_NOW,
    CLOSES,
    COUNT,
    DIRECT,
    DRIVE,
    DROP_AFTER,
    DROP_AT,
    DROP_CLOSE,
    DROP_OPEN,
    DROP_STAND,
    EARLY,
    EARLY_NOW,
    FIRST,
    FIXED,
    FROM,
    FROM_DROP,
    FROM_PICKUP,
    HI,
    IS_BREAK,
    IS_LATE,
    KEPT,
    LAST,
    LEAVE,
    LIMIT,
    LO,
    NEXT_HI,
    NOW,
    OPENS,
    PICK,
    PICKUP_AT,
    PICKUP_CLOSE,
    PICKUP_OPEN,
    PICKUP_STAND,
    RIDE_MAX,
    ROUTE_MAX,
    SEATS,
    SET_OUT,
    STAND,
    TAKES_SEATS,
    TAKES_WHEELCHAIRS,
    TO_DROP,
    TO_PICKUP,
    VEHICLE,
    WAITS,
    WAITS_NOW,
    WHEELCHAIRS,
)
from on_demand.kernels.times import FAR, NONE, find_times

PRESENT = -FAR


@njit(nogil=True, cache=True)
def _lay_node(node, facts, m, b, tour):
    """Node m of a tour becomes node b of `tour`."""
    k = facts[FIRST] + m
    lo, step, loaded = node[k, LO], np.int64(0), np.int64(0)
    if m >= max(facts[FIXED], 1):
        lo = max(lo, node[k, LEAVE] + node[k, DRIVE])
        step, loaded = node[k - 1, STAND] + node[k, DRIVE], node[k - 1, ABOARD]
    tour[times.LO, b], tour[times.HI, b], tour[times.STEP, b] = lo, node[k, HI], step
    tour[times.PICK, b], tour[times.LIMIT, b], tour[times.LOADED, b] = node[k, PICK], node[k, LIMIT], loaded


@njit(nogil=True, cache=True)
def _lay(node, facts, now, tour):
    """A tour's nodes into `tour`; what is ahead begins at `now` or later. How many there are."""
    n, ahead = facts[COUNT], facts[AHEAD]
    for m in range(n):
        _lay_node(node, facts, m, m, tour)
    if ahead != NONE:
        tour[times.LO, ahead] = max(tour[times.LO, ahead], now)
    return n


@njit(nogil=True, cache=True)
def _go_early(tour, n, facts):
    """BEGIN becomes the earliest each node begins as far as the way there says."""
    early = tour[times.LO, 0]
    for m in range(n):
        step = tour[times.STEP, m] if m >= max(facts[FIXED], 1) else -FAR
        early = max(tour[times.LO, m], early + step)
        tour[times.BEGIN, m] = early


@njit(nogil=True, cache=True)
def prepare(node, facts, is_sound, tour):
    """Fill what follows from the order of stops: a tour's last columns and WAITS. tour: room for it."""
    n = _lay(node, facts, PRESENT, tour)
    first = facts[FIRST]
    facts[WAITS] = find_times(tour, n, facts[FIXED], facts[ROUTE_MAX]) if is_sound else NONE
    last, next_hi = node[first + n - 1, HI], node[first + n - 1, HI]
    for m in range(n - 1, -1, -1):
        if m < n - 1:
            last = min(last - tour[times.STEP, m + 1], tour[times.HI, m])
            next_hi = min(next_hi, tour[times.HI, m])
        node[first + m, LAST], node[first + m, NEXT_HI] = last, next_hi
        node[first + m, BEGIN] = tour[times.BEGIN, m]
    _go_early(tour, n, facts)
    for m in range(n):
        node[first + m, EARLY] = tour[times.BEGIN, m]


@njit(nogil=True, cache=True)
def _be_late(node, facts, ask, tour, out_node, out):
    """Fill `out_node` and `out` of a tour whose ride ahead is not served yet, if it can still be."""
    a, n = facts[FIRST], _lay(node, facts, ask[NOW], tour)
    waits = find_times(tour, n, facts[FIXED], facts[ROUTE_MAX])
    if waits == NONE:
        return
    out[WAITS_NOW], out[IS_LATE] = waits, 1
    for m in range(n):
        out_node[a + m, BEGIN_NOW] = tour[times.BEGIN, m]
    _go_early(tour, n, facts)
    for m in range(n):
        out_node[a + m, EARLY_NOW] = tour[times.BEGIN, m]


@njit(nogil=True, cache=True)
def _stand_now(node, vehicle, v, ask, tour, out_node, out):
    """The tour of v now: fill `out[v]`, and `out_node` if it is late."""
    a, n, ahead = vehicle[v, FIRST], vehicle[v, COUNT], vehicle[v, AHEAD]
    out[v, WAITS_NOW], out[v, IS_LATE] = vehicle[v, WAITS], 0
    if ahead != NONE and node[a + ahead, BEGIN] < ask[NOW]:
        _be_late(node, vehicle[v], ask, tour, out_node, out[v])
    kept = max(vehicle[v, FIXED] - 1, 0)
    while kept < n - 2:
        k = a + kept + 1
        begin = out_node[k, BEGIN_NOW] if out[v, IS_LATE] else node[k, BEGIN]
        if begin - node[k, DRIVE] > ask[SET_OUT]:
            break
        kept += 1
    out[v, KEPT] = kept


@njit(nogil=True, cache=True)
def _leave(node, node_now, is_late, k, set_out):
    """When the vehicle leaves node k for something new at the earliest, as far as the way there says."""
    early = node_now[k, EARLY_NOW] if is_late else node[k, EARLY]
    return max(early + node[k, STAND], set_out)


@njit(nogil=True, cache=True)
def _place_after(node, k):
    """The next node that is somewhere of its own."""
    k += 1
    while node[k, IS_BREAK]:
        k += 1
    return k


@njit(nogil=True, cache=True)
def _find_first(node, k, end, at):
    """The first node from k on, before `end`, after which not everything has to be begun before `at`."""
    while k < end:
        middle = (k + end) // 2
        if node[middle + 1, NEXT_HI] < at:
            k = middle + 1
        else:
            end = middle
    return k


@njit(nogil=True, cache=True)
def _need(k, way, needed):
    """The way between node k and an end of the ride is needed."""
    if not needed.flag[k] & (1 << way):
        needed.flag[k] |= 1 << way
        needed.node[way, needed.many[way]] = k
        needed.many[way] += 1


@njit(nogil=True, cache=True)
def look_for_pickups(fleet, ask, asked, tour, standing, needed):
    """Which ways between a node and the pick-up are needed, and how many vehicles work at all meanwhile.

    ask: int64[12], but for DIRECT; asked: bool[V], vehicles to look at; tour: int64[8,M], room for the longest tour;
    standing: filled; needed: emptied, then TO_PICKUP and FROM_PICKUP are filled."""
    node, vehicle, node_now, vehicle_now = fleet.node, fleet.vehicle, standing.node, standing.vehicle
    opens, closes, stand = ask[PICKUP_OPEN], ask[PICKUP_CLOSE], ask[PICKUP_STAND]
    working = 0
    needed.many[:] = 0
    needed.flag[:] = 0
    for v in range(asked.size):
        vehicle_now[v, KEPT] = NONE
        if not asked[v] or vehicle[v, OPENS] > ask[DROP_CLOSE] or vehicle[v, CLOSES] < opens:
            continue
        working += 1
        if vehicle[v, WAITS] == NONE:
            continue
        _stand_now(node, vehicle, v, ask, tour, node_now, vehicle_now)
        is_late = vehicle_now[v, IS_LATE]
        end = vehicle[v, FIRST] + vehicle[v, COUNT] - 1
        first = _find_first(node, vehicle[v, FIRST] + vehicle_now[v, KEPT], end, opens + stand)
        vehicle_now[v, FROM] = first
        for k in range(first, end):
            leave = _leave(node, node_now, is_late, k, ask[SET_OUT])
            if leave > closes:
                break
            if max(leave, opens) + stand <= node[k + 1, NEXT_HI]:
                _need(k, TO_PICKUP, needed)
                if k + 1 < end and not node[k + 1, IS_BREAK]:
                    _need(k + 1, FROM_PICKUP, needed)
    return working


@njit(nogil=True, cache=True)
def _need_drops(node, k, end, at, ask, ways, needed):
    """Note where the ride might be set down, that is picked up after node k and leaves there at `at`."""
    drop = max(at, ask[DROP_OPEN])
    if drop <= ask[DROP_CLOSE] and drop + ask[DROP_STAND] <= node[k + 1, NEXT_HI]:
        _need(_place_after(node, k), FROM_DROP, needed)
    drive = ways[FROM_PICKUP, k + 1]
    while drive != NONE:
        k += 1
        if k == end or node[k, IS_BREAK]:
            return
        at = max(max(at, node[k, LEAVE]) + drive, node[k, LO])
        if at > node[k, NEXT_HI]:
            return
        at += node[k, STAND]
        drop = max(at, ask[DROP_OPEN])
        if drop > ask[DROP_CLOSE]:
            return
        if drop + ask[DROP_STAND] <= node[k + 1, NEXT_HI]:
            _need(k, TO_DROP, needed)
            _need(_place_after(node, k), FROM_DROP, needed)
        drive = node[k + 1, DRIVE]


@njit(nogil=True, cache=True)
def look_for_drops(fleet, ask, ways, standing, needed):
    """Which ways between a node and the drop-off are needed, once those of the pick-up are known.

    ways: int32[4,N]; needed: TO_DROP and FROM_DROP are filled."""
    node, vehicle, node_now, vehicle_now = fleet.node, fleet.vehicle, standing.node, standing.vehicle
    for v in range(vehicle.shape[0]):
        if vehicle_now[v, KEPT] == NONE:
            continue
        is_late = vehicle_now[v, IS_LATE]
        end = vehicle[v, FIRST] + vehicle[v, COUNT] - 1
        for k in range(vehicle_now[v, FROM], end):
            leave = _leave(node, node_now, is_late, k, ask[SET_OUT])
            if leave > ask[PICKUP_CLOSE]:
                break
            to_pickup = ways[TO_PICKUP, k]
            picked = max(leave + to_pickup, ask[PICKUP_OPEN])
            if to_pickup == NONE or picked > ask[PICKUP_CLOSE]:
                continue
            if picked + ask[PICKUP_STAND] <= node[k + 1, NEXT_HI]:
                _need_drops(node, k, end, picked + ask[PICKUP_STAND], ask, ways, needed)


@njit(nogil=True, cache=True)
def _drive_from(node, k, at, stand, ways, way, tour):
    """What is driven to after the new node `at` of `tour`, node k of the fleet, comes after breaks there."""
    at += 1
    while node[k, IS_BREAK]:
        tour[times.STEP, at] = stand
        stand = node[k, STAND]
        k, at = k + 1, at + 1
    tour[times.STEP, at] = stand + ways[way, k]
    tour[times.LO, at] = max(node[k, LO], node[k, LEAVE] + ways[way, k])


@njit(nogil=True, cache=True)
def _put(node, facts, i, j, ask, ways, now, tour):
    """A tour with the ride picked up after its node i and set down after node j into `tour`; its number of nodes."""
    a, n = facts[FIRST], facts[COUNT]
    for m in range(n):
        b = m if m <= i else (m + 1 if m <= j else m + 2)
        _lay_node(node, facts, m, b, tour)
        if b > m:
            tour[times.LOADED, b] += m <= j
            pick = node[a + m, PICK]
            if pick > i:
                tour[times.PICK, b] = pick + 2 if pick > j else pick + 1
    p, d = i + 1, j + 2
    tour[times.LO, p] = max(ask[PICKUP_OPEN], ask[SET_OUT] + ways[TO_PICKUP, a + i])
    tour[times.HI, p], tour[times.PICK, p] = ask[PICKUP_CLOSE], NONE
    tour[times.STEP, p], tour[times.LOADED, p] = (
        node[a + i, STAND] + ways[TO_PICKUP, a + i],
        node[a + i, ABOARD],
    )
    tour[times.LO, d], tour[times.HI, d] = ask[DROP_OPEN], ask[DROP_CLOSE]
    tour[times.PICK, d], tour[times.LIMIT, d] = p, ask[RIDE_MAX] + ask[PICKUP_STAND]
    tour[times.LOADED, d] = node[a + j, ABOARD] + 1
    if j == i:
        tour[times.STEP, d] = ask[PICKUP_STAND] + ask[DIRECT]
    else:
        tour[times.STEP, d] = node[a + j, STAND] + ways[TO_DROP, a + j]
        _drive_from(node, a + i + 1, p, ask[PICKUP_STAND], ways, FROM_PICKUP, tour)
    _drive_from(node, a + j + 1, d, ask[DROP_STAND], ways, FROM_DROP, tour)
    ahead = facts[AHEAD]
    if ahead != NONE:
        if ahead > i:
            ahead += 2 if ahead > j else 1
        tour[times.LO, ahead] = max(tour[times.LO, ahead], now)
    return n + 2


@njit(nogil=True, cache=True)
def _try(fleet, v, i, j, ask, ways, standing, tour):
    """When the ride is picked up, if it can be put there; else NONE."""
    node, facts, now = fleet.node, fleet.vehicle[v], standing.vehicle[v]
    a, ahead, is_late = facts[FIRST], facts[AHEAD], now[IS_LATE]
    if ahead != NONE and not is_late and node[a + ahead, BEGIN] < ask[NOW]:
        # It cannot be that late. If with this ride it could be, its times would change.
        n = _put(node, facts, i, j, ask, ways, ask[NOW], tour)
        if find_times(tour, n, facts[FIXED], facts[ROUTE_MAX]) != NONE:
            return NONE
    n = _put(node, facts, i, j, ask, ways, ask[NOW] if is_late else PRESENT, tour)
    waits = find_times(tour, n, facts[FIXED], facts[ROUTE_MAX])
    if waits == NONE or waits > now[WAITS_NOW]:
        return NONE
    for m in range(1, now[KEPT] + 1):
        if tour[times.BEGIN, m] != (standing.node[a + m, BEGIN_NOW] if is_late else node[a + m, BEGIN]):
            return NONE
    return tour[times.BEGIN, i + 1]


@njit(nogil=True, cache=True)
def _fits(fleet, v, k, ask):
    wheelchairs = fleet.node[k, WHEELCHAIRS] + ask[TAKES_WHEELCHAIRS]
    seats = fleet.node[k, SEATS] + ask[TAKES_SEATS]
    return wheelchairs < fleet.room.shape[1] and seats <= fleet.room[v, wheelchairs]


@njit(nogil=True, cache=True)
def _arrives(node, k, at, ways):
    """The next node k' after node k that is somewhere of its own, if it can still be begun when the vehicle leaves the
    drop-off after node k at `at`; else NONE."""
    k += 1
    while node[k, IS_BREAK]:
        at = max(at, node[k, LO])
        if at > node[k, HI]:
            return NONE
        at += node[k, STAND]
        k += 1
    drive = ways[FROM_DROP, k]
    return k if drive != NONE and max(at, node[k, LEAVE]) + drive <= node[k, LAST] else NONE


@njit(nogil=True, cache=True)
def _note(fleet, v, i, j, added, ask, ways, standing, tour, best):
    """Note the place if it is better than the best."""
    if added > best[ADDED]:
        return
    pickup = _try(fleet, v, i, j, ask, ways, standing, tour)
    if pickup == NONE or (added == best[ADDED] and pickup >= best[PICKUP_AT]):
        return
    best[ADDED], best[PICKUP_AT], best[DROP_AT] = added, pickup, tour[times.BEGIN, j + 2]
    best[VEHICLE], best[AFTER], best[DROP_AFTER] = v, i, j


@njit(nogil=True, cache=True)
def _scan_drops(fleet, v, i, picked, ask, ways, standing, tour, best):
    """All positions of the drop-off, of a ride picked up after node i of v at `picked` at the earliest."""
    node, a = fleet.node, fleet.vehicle[v, FIRST]
    end = a + fleet.vehicle[v, COUNT] - 1
    k = a + i
    at, direct = picked + ask[PICKUP_STAND], ask[DIRECT]
    drop = max(at + direct, ask[DROP_OPEN])
    if direct != NONE and direct <= ask[RIDE_MAX] and drop <= ask[DROP_CLOSE]:
        after = _arrives(node, k, drop + ask[DROP_STAND], ways)
        if after != NONE:
            added = ways[TO_PICKUP, k] + direct + ways[FROM_DROP, after] - node[after, DRIVE]
            _note(fleet, v, i, i, added, ask, ways, standing, tour, best)
    drive, on_board = ways[FROM_PICKUP, k + 1], 0
    if drive == NONE:
        return
    detour = ways[TO_PICKUP, k] + drive - node[k + 1, DRIVE]
    for k in range(a + i + 1, end):
        if node[k, IS_BREAK]:
            return
        at = max(max(at, node[k, LEAVE]) + drive, node[k, LO])
        on_board += drive + node[k, STAND]
        if at > node[k, NEXT_HI] or not _fits(fleet, v, k, ask):
            return
        at += node[k, STAND]
        if at > ask[DROP_CLOSE] or on_board > ask[RIDE_MAX]:
            return
        drive = node[k + 1, DRIVE]
        to_drop = ways[TO_DROP, k]
        drop = max(at + to_drop, ask[DROP_OPEN])
        if to_drop == NONE or drop > ask[DROP_CLOSE] or on_board + to_drop > ask[RIDE_MAX]:
            continue
        after = _arrives(node, k, drop + ask[DROP_STAND], ways)
        if after != NONE:
            added = detour + to_drop + ways[FROM_DROP, after] - node[after, DRIVE]
            _note(fleet, v, i, k - a, added, ask, ways, standing, tour, best)


@njit(nogil=True, cache=True)
def scan(fleet, ask, ways, standing, tour, out_best):
    """The best place, into `out_best` (int64[6], ADDED and what follows).

    ways: int32[4,N]; standing: what `look_for_pickups` filled; tour: int64[8,M+2], room for the longest tour and two
    nodes more."""
    node, vehicle, node_now, vehicle_now = fleet.node, fleet.vehicle, standing.node, standing.vehicle
    out_best[:] = NONE
    out_best[ADDED] = FAR
    for v in range(vehicle.shape[0]):
        if vehicle_now[v, KEPT] == NONE:
            continue
        is_late = vehicle_now[v, IS_LATE]
        a, n = vehicle[v, FIRST], vehicle[v, COUNT]
        for k in range(vehicle_now[v, FROM], a + n - 1):
            leave = _leave(node, node_now, is_late, k, ask[SET_OUT])
            if leave > ask[PICKUP_CLOSE]:
                break
            to_pickup = ways[TO_PICKUP, k]
            picked = max(leave + to_pickup, ask[PICKUP_OPEN])
            if to_pickup == NONE or picked > ask[PICKUP_CLOSE] or not _fits(fleet, v, k, ask):
                continue
            if picked + ask[PICKUP_STAND] <= node[k + 1, NEXT_HI]:
                _scan_drops(fleet, v, k - a, picked, ask, ways, standing, tour, out_best)
