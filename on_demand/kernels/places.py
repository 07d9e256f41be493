"""The cheapest place for a task in a tour that exists."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from on_demand.kernels.tours import FAR, NONE, find_times, note_times


class Memory(NamedTuple):
    """Answers that were found before, each in the one cell its question falls into. C cells, a power of two."""

    mark: np.ndarray  # int64[C] of the tour (`Tours.mark`)
    task: np.ndarray  # int32[C]
    cost: np.ndarray  # int64[C] as `find_place` answers
    i: np.ndarray  # int32[C]
    j: np.ndarray  # int32[C]


@njit(nogil=True, cache=True)
def _lay(tours, v, i, j, first, second, sheet):
    """The order of v's nodes with `first` before position i and `second` before position j (NONE: left out), into
    `sheet.node`; its length."""
    node, size, out = tours.node[v], tours.size[v], sheet.node
    n = 0
    for k in range(size):
        if k == i and first != NONE:
            out[n] = first
            n += 1
        if k == j and second != NONE:
            out[n] = second
            n += 1
        out[n] = node[k]
        n += 1
    return n


@njit(nogil=True, cache=True)
def _fits(work, tours, v, i, j, first, second, sheet):
    return find_times(work, v, sheet.node, _lay(tours, v, i, j, first, second, sheet), sheet)


@njit(nogil=True, cache=True)
def _place_after(work, tours, v, i):
    """The first node from position i on that is somewhere of its own."""
    node = tours.node[v]
    while work.is_break[node[i]]:
        i += 1
    return node[i]


@njit(nogil=True, cache=True)
def _detour(work, tours, v, i, k):
    """Driving added by going to node k before position i."""
    here, there = tours.place[v, i - 1], _place_after(work, tours, v, i)
    return work.drive[here, k] + work.drive[k, there] - work.drive[here, there]


@njit(nogil=True, cache=True)
def _leave(work, tours, v, i):
    """When v leaves the position before i at the earliest."""
    return tours.at[v, i - 1] + work.stand[tours.node[v, i - 1]]


@njit(nogil=True, cache=True)
def _find_single(work, tours, v, k, sheet):
    """As `find_place`, of one node: a break, or the drop-off of whoever is aboard."""
    best, best_j = FAR, NONE
    for j in range(1, tours.size[v]):
        if work.is_break[k]:
            if tours.seats[v, j - 1] or tours.wheelchairs[v, j - 1]:
                continue
            cost = np.int64(0)
        else:
            cost = np.int64(_detour(work, tours, v, j, k))
        if _leave(work, tours, v, j) > work.close[k]:
            break
        if cost < best and _fits(work, tours, v, j, NONE, k, NONE, sheet):
            best, best_j = cost, j
    return best, best_j, NONE


@njit(nogil=True, cache=True)
def _find_drop_off(work, tours, v, i, x, y, begin, to_x, best, sheet):
    """The cheapest position for y after x, which is put before position i, begins at `begin` and costs `to_x`; less
    than `best`, or NONE."""
    node, at, latest, size = tours.node[v], tours.at[v], tours.latest[v], tours.size[v]
    on, rolled = tours.seats[v], tours.wheelchairs[v]
    drive, stands, is_break, room = work.drive, work.stand, work.is_break, work.room[v]
    seats, wheelchairs = work.seats[x], work.wheelchairs[x]
    open_y, close_y, stand_y, ride_max = work.open[y], work.close[y], stands[y], work.ride_max[y]
    before = tours.place[v, i - 1]
    here, best_j, span = x, NONE, np.int64(0)
    leave = begin + stands[x]
    for j in range(i, size):
        if leave > close_y or span > ride_max:
            break
        k = node[j]
        after = j
        while is_break[node[after]]:
            after += 1
        there = node[after]
        if j == i:
            cost = drive[before, x] + drive[x, y] + drive[y, there] - drive[before, there]
        else:
            cost = to_x + drive[here, y] + drive[y, there] - drive[here, there]
        if cost < best:
            at_y = max(open_y, leave + drive[here, y])
            if at_y <= close_y and span + drive[here, y] <= ride_max:
                is_in_time = is_break[k] or at_y + stand_y + drive[y, k] <= latest[j]
                if is_in_time and _fits(work, tours, v, i, j, x, y, sheet):
                    best, best_j = np.int64(cost), j
        if is_break[k] or j == size - 1:
            break
        begin = max(leave + drive[here, k], at[j])
        beside = wheelchairs + rolled[j]
        if begin > latest[j] or beside >= room.size or seats + on[j] > room[beside]:
            break
        span += drive[here, k] + stands[k]
        here, leave = k, begin + stands[k]
    return best, best_j


@njit(nogil=True, cache=True)
def _find_pair(work, tours, v, x, y, sheet):
    """As `find_place`, of a pick-up and its drop-off."""
    node, at, place, size = tours.node[v], tours.at[v], tours.place[v], tours.size[v]
    on, rolled = tours.seats[v], tours.wheelchairs[v]
    drive, stands, is_break, room = work.drive, work.stand, work.is_break, work.room[v]
    seats, wheelchairs = work.seats[x], work.wheelchairs[x]
    open_x, close_x, leave_max = work.open[x], work.close[x], work.close[y] - stands[x]
    best, best_i, best_j = FAR, NONE, NONE
    for i in range(1, size):
        leave = at[i - 1] + stands[node[i - 1]]
        if leave > close_x:
            break
        here = place[i - 1]
        begin = max(leave + drive[here, x], open_x)
        if begin > close_x or begin > leave_max:
            continue
        beside = wheelchairs + rolled[i - 1]
        if beside >= room.size or seats + on[i - 1] > room[beside]:
            continue
        after = i
        while is_break[node[after]]:
            after += 1
        there = node[after]
        to_x = drive[here, x] + drive[x, there] - drive[here, there]
        if to_x >= best:
            continue
        cost, j = _find_drop_off(work, tours, v, i, x, y, begin, to_x, best, sheet)
        if j != NONE:
            best, best_i, best_j = cost, i, j
    return best, best_i, best_j


@njit(nogil=True, cache=True)
def find_place(work, tours, v, t, memory, sheet):
    """Driving added by the cheapest places for task t in the tour of v, and before which of its positions they are
    (cost, i, j; j NONE: one node). FAR: there are none."""
    if not work.allowed[t, v]:
        return FAR, NONE, NONE
    mark = tours.mark[v]
    cell = (mark ^ (mark >> 17) ^ (t * 40_503)) & (memory.mark.size - 1)
    if memory.mark[cell] == mark and memory.task[cell] == t:
        return memory.cost[cell], memory.i[cell], memory.j[cell]
    first, second = work.first[t], work.second[t]
    if second == NONE:
        cost, i, j = _find_single(work, tours, v, first, sheet)
    else:
        cost, i, j = _find_pair(work, tours, v, first, second, sheet)
    memory.mark[cell], memory.task[cell] = mark, t
    memory.cost[cell], memory.i[cell], memory.j[cell] = cost, i, j
    return cost, i, j


@njit(nogil=True, cache=True)
def put(work, tours, v, t, i, j, sheet):
    """Put task t where `find_place` said. False: it does not fit there, and nothing is changed."""
    size = _lay(tours, v, i, j, work.first[t], work.second[t], sheet)
    if not find_times(work, v, sheet.node, size, sheet):
        return False
    tours.node[v, :size] = sheet.node[:size]
    tours.size[v] = size
    tours.vehicle[t] = v
    note_times(work, tours, v, sheet)
    return True
