"""Taking tasks out of tours: strings of adjacent tours, related ones, costly ones, any, whole tours.

Christiaens and Vanden Berghe: Slack Induction by String Removals for Vehicle Routing Problems (Transportation Science
54, 2020); Ropke and Pisinger: An Adaptive Large Neighborhood Search Heuristic for the Pickup and Delivery Problem with
Time Windows (Transportation Science 40, 2006), for the others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from on_demand.kernels.tours import NONE

STRING_NODES_MAX = 10
STRINGS_MAX = 3
TASKS_MAX = 16
"""As many are taken out at most, but for strings and whole tours."""

STRINGS, RELATED, ANY, COSTLY, TOUR = range(5)
SHARES = np.array([0.6, 0.8, 0.88, 0.97, 1.0])
"""How often each is done, summed up."""

RELATED_POWER, COSTLY_POWER = 5.0, 4.0
"""The higher, the closer to the most related and the most costly."""


class Todo(NamedTuple):
    """What an iteration takes out and puts back."""

    task: np.ndarray  # int32[T] the first `size[0]` are to be done by nobody
    key: np.ndarray  # int64[T] by which they are sorted
    size: np.ndarray  # int64[1]
    touched: np.ndarray  # bool[V] whose tours are others than before
    dice: np.ndarray  # int64[1] state of the random numbers, above 0 and below 2**32


@njit(nogil=True, cache=True)
def roll(todo):
    """A random number from 0 to below 1 (xorshift, 32 bits)."""
    x = todo.dice[0]
    x ^= (x << 13) & 0xFFFF_FFFF
    x ^= x >> 17
    x ^= (x << 5) & 0xFFFF_FFFF
    todo.dice[0] = x
    return x / 4_294_967_296.0


@njit(nogil=True, cache=True)
def roll_below(todo, n):
    """A random integer from 0 to n - 1."""
    return int(roll(todo) * n)


@njit(nogil=True, cache=True)
def _take(tours, todo, t):
    """Task t is done by nobody; its nodes are still there."""
    v = tours.vehicle[t]
    if v == NONE:
        return
    tours.vehicle[t] = NONE
    todo.touched[v] = True
    todo.task[todo.size[0]] = t
    todo.size[0] += 1


@njit(nogil=True, cache=True)
def _position(work, tours, t):
    """Where one of the nodes of t is in its tour."""
    v = tours.vehicle[t]
    for i in range(tours.size[v]):
        if work.task[tours.node[v, i]] == t:
            return i
    return 0


@njit(nogil=True, cache=True)
def _take_string(work, tours, todo, t):
    """Nodes in a row of the tour of t, its own among them, and their tasks with them."""
    v, i = tours.vehicle[t], _position(work, tours, t)
    size = tours.size[v]
    length = 1 + roll_below(todo, min(STRING_NODES_MAX, size))
    begin = max(i - roll_below(todo, length), 1)
    for k in range(begin, min(begin + length, size - 1)):
        other = work.task[tours.node[v, k]]
        if other != NONE:
            _take(tours, todo, other)
    _take(tours, todo, t)


@njit(nogil=True, cache=True)
def _take_strings(work, tours, todo, seed):
    """Strings of several tours, near each other."""
    strings = 1 + roll_below(todo, STRINGS_MAX)
    is_ruined = np.zeros(tours.size.size, np.bool_)
    n = 0
    while n <= work.near.shape[1] and strings:
        t = seed if n == 0 else work.near[seed, n - 1]
        n += 1
        if t == NONE:
            break
        v = tours.vehicle[t]
        if v == NONE or is_ruined[v]:
            continue
        is_ruined[v] = True
        strings -= 1
        _take_string(work, tours, todo, t)


@njit(nogil=True, cache=True)
def _take_related(work, tours, todo, seed, many):
    """Tasks that are alike, so that they can change places."""
    _take(tours, todo, seed)
    until = todo.size[0] + many - 1
    begin = todo.size[0] - 1
    width = work.near.shape[1]
    for _ in range(4 * many):
        if todo.size[0] >= until or width == 0:
            break
        from_task = (
            todo.task[begin + roll_below(todo, todo.size[0] - begin)] if todo.size[0] > begin else seed
        )
        t = work.near[from_task, int(roll(todo) ** RELATED_POWER * width)]
        if t != NONE:
            _take(tours, todo, t)


@njit(nogil=True, cache=True)
def _saving(work, tours, t):
    """Driving saved without t, its two nodes looked at one by one."""
    v, saving = tours.vehicle[t], 0
    node, place = tours.node[v], tours.place[v]
    for i in range(1, tours.size[v] - 1):
        k = node[i]
        if work.task[k] == t and not work.is_break[k]:
            after = i + 1
            while work.is_break[node[after]]:
                after += 1
            saving += work.drive[place[i - 1], k] + work.drive[k, node[after]]
            saving -= work.drive[place[i - 1], node[after]]
    return saving


@njit(nogil=True, cache=True)
def _take_costly(work, tours, todo, many):
    """Again and again the most costly one of a few."""
    tasks = work.first.size
    for _ in range(many):
        worst, worst_saving = NONE, np.int64(-1)
        for _ in range(8):
            t = roll_below(todo, tasks)
            if tours.vehicle[t] != NONE:
                saving = _saving(work, tours, t)
                if saving > worst_saving:
                    worst, worst_saving = t, np.int64(saving)
        if worst != NONE:
            _take(tours, todo, worst)


@njit(nogil=True, cache=True)
def _close_up(work, tours, v):
    """The nodes of tasks nobody does leave the tour of v."""
    node, n = tours.node[v], 0
    for i in range(tours.size[v]):
        t = work.task[node[i]]
        if t == NONE or tours.vehicle[t] == v:
            node[n] = node[i]
            n += 1
    tours.size[v] = n


@njit(nogil=True, cache=True)
def ruin(work, tours, todo):
    """Take tasks out of tours, and list them in `todo` beside those that were done by nobody. What follows from the
    order of nodes is to be brought up to date by the caller, of `todo.touched` tours."""
    tasks = work.first.size
    todo.size[0] = 0
    todo.touched[:] = False
    for t in range(tasks):
        if tours.vehicle[t] == NONE:
            todo.task[todo.size[0]] = t
            todo.size[0] += 1
    seed = roll_below(todo, tasks)
    if tours.vehicle[seed] == NONE:
        return
    chance = roll(todo)
    many = 1 + roll_below(todo, min(TASKS_MAX, tasks))
    if chance < SHARES[STRINGS]:
        _take_strings(work, tours, todo, seed)
    elif chance < SHARES[RELATED]:
        _take_related(work, tours, todo, seed, many)
    elif chance < SHARES[ANY]:
        for _ in range(many):
            _take(tours, todo, roll_below(todo, tasks))
    elif chance < SHARES[COSTLY]:
        _take_costly(work, tours, todo, many)
    else:
        v = tours.vehicle[seed]
        for t in range(tasks):
            if tours.vehicle[t] == v:
                _take(tours, todo, t)
    for v in range(tours.size.size):
        if todo.touched[v]:
            _close_up(work, tours, v)
