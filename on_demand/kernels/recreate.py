"""Putting tasks back into tours: each where it costs least, in some order and now and then blinking; or the one first
that would lose most by waiting (regret)."""

from __future__ import annotations

import numpy as np
from numba import njit

from on_demand.kernels.places import find_place, put
from on_demand.kernels.ruin import roll, roll_below
from on_demand.kernels.tours import FAR, NONE

BLINK = 0.02
"""How often a vehicle is not looked at."""

REGRET_SHARE = 0.25
"""How often the order is by regret."""

REGRET_TASKS_MAX = 40
"""With more to do, regret takes too long."""

BY_CHANCE, BY_OPEN, BY_CLOSE, BY_LENGTH, BY_DISTANCE, BY_NEARNESS = range(6)


@njit(nogil=True, cache=True)
def _key(work, todo, t, order):
    first = work.first[t]
    last = work.second[t] if work.second[t] != NONE else first
    if work.is_break[first]:
        return np.int64(-1)
    if order == BY_OPEN:
        return np.int64(work.open[first])
    if order == BY_CLOSE:
        return np.int64(work.close[last])
    if order == BY_LENGTH:
        return np.int64(-work.drive[first, last])
    if order == BY_DISTANCE:
        return np.int64(-work.drive[first, work.home[0]])
    if order == BY_NEARNESS:
        return np.int64(work.drive[first, work.home[0]])
    return np.int64(roll(todo) * 4_294_967_296.0)


@njit(nogil=True, cache=True)
def _sort(work, todo):
    """Put what is to do into some order: breaks first, they have the least choice."""
    order = roll_below(todo, 6)
    task, key = todo.task, todo.key
    for n in range(todo.size[0]):
        t = task[n]
        k = _key(work, todo, t, order)
        i = n
        while i > 0 and key[i - 1] > k:
            task[i], key[i] = task[i - 1], key[i - 1]
            i -= 1
        task[i], key[i] = t, k


@njit(nogil=True, cache=True)
def _put_greedily(work, tours, todo, memory, sheet):
    for n in range(todo.size[0]):
        t = todo.task[n]
        best, best_v, best_i, best_j = FAR, NONE, NONE, NONE
        for v in range(tours.size.size):
            if roll(todo) < BLINK:
                continue
            cost, i, j = find_place(work, tours, v, t, memory, sheet)
            if cost < best:
                best, best_v, best_i, best_j = cost, v, i, j
        if best_v != NONE and put(work, tours, best_v, t, best_i, best_j, sheet):
            todo.touched[best_v] = True


@njit(nogil=True, cache=True)
def _put_by_regret(work, tours, todo, memory, sheet):
    """What loses most between its best and its second best tour comes first."""
    many = todo.size[0]
    for _ in range(many):
        most, most_t = np.int64(-1), NONE
        most_v, most_i, most_j = NONE, NONE, NONE
        for n in range(many):
            t = todo.task[n]
            if tours.vehicle[t] != NONE:
                continue
            best, second, best_v, best_i, best_j = FAR, FAR, NONE, NONE, NONE
            for v in range(tours.size.size):
                cost, i, j = find_place(work, tours, v, t, memory, sheet)
                if cost < best:
                    best, second, best_v, best_i, best_j = cost, best, v, i, j
                elif cost < second:
                    second = cost
            if best_v != NONE and second - best > most:
                most, most_t = second - best, t
                most_v, most_i, most_j = best_v, best_i, best_j
        if most_t == NONE:
            return
        if put(work, tours, most_v, most_t, most_i, most_j, sheet):
            todo.touched[most_v] = True
        else:
            return


@njit(nogil=True, cache=True)
def recreate(work, tours, todo, memory, sheet):
    """Put back what is in `todo`, where it fits. What fits nowhere stays with nobody."""
    if todo.size[0] <= REGRET_TASKS_MAX and roll(todo) < REGRET_SHARE:
        _put_by_regret(work, tours, todo, memory, sheet)
    else:
        _sort(work, todo)
        _put_greedily(work, tours, todo, memory, sheet)
