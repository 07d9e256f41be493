"""Ruin and recreate: tours that drive less, by taking some tasks out and putting them back better, many times.

A change is kept if more is done, or as much with less driving, or with not much more: simulated annealing at a warmth
that the caller lowers from call to call.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from on_demand.kernels.recreate import recreate
from on_demand.kernels.ruin import roll, ruin
from on_demand.kernels.tours import NONE, refresh

MISSING, COST = range(2)
NOW, BEST = range(2)
"""Rows of `out_standing`."""


@njit(nogil=True, cache=True)
def copy_tour(source, target, v):
    """The tour of v as it is in `source`."""
    size = source.size[v]
    target.size[v], target.cost[v], target.mark[v] = size, source.cost[v], source.mark[v]
    for i in range(size):
        target.node[v, i] = source.node[v, i]
        target.at[v, i], target.latest[v, i] = source.at[v, i], source.latest[v, i]
        target.place[v, i] = source.place[v, i]
        target.seats[v, i], target.wheelchairs[v, i] = source.seats[v, i], source.wheelchairs[v, i]


@njit(nogil=True, cache=True)
def _copy_touched(source, target, todo):
    for v in range(todo.touched.size):
        if todo.touched[v]:
            copy_tour(source, target, v)
    for n in range(todo.size[0]):
        target.vehicle[todo.task[n]] = source.vehicle[todo.task[n]]


@njit(nogil=True, cache=True)
def _refresh_touched(work, tours, todo, sheet):
    """False: a tour cannot be driven without what was taken out (driving is not always quicker without a detour)."""
    is_fine = True
    for v in range(todo.touched.size):
        if todo.touched[v]:
            is_fine &= refresh(work, tours, v, sheet)
    return is_fine


@njit(nogil=True, cache=True)
def _count(work, tours, out):
    missing, cost = np.int64(0), np.int64(0)
    for t in range(tours.vehicle.size):
        if tours.vehicle[t] == NONE:
            missing += work.worth[t]
    for v in range(tours.cost.size):
        cost += tours.cost[v]
    out[MISSING], out[COST] = missing, cost


@njit(nogil=True, cache=True)
def begin(work, kept, draft, best, sheet, out_standing):
    """Bring tours up to date whose `node`, `size` and `vehicle` are filled in. False: one cannot be driven."""
    for v in range(kept.size.size):
        if not refresh(work, kept, v, sheet):
            return False
        copy_tour(kept, draft, v)
        copy_tour(kept, best, v)
    draft.vehicle[:] = kept.vehicle
    best.vehicle[:] = kept.vehicle
    _count(work, kept, out_standing[NOW])
    out_standing[BEST] = out_standing[NOW]
    return True


@njit(nogil=True, cache=True)
def search(work, kept, draft, best, todo, memory, sheet, iterations, warmth, out_standing):
    """So many tries from `kept`, which changes; `draft` is equal to it before and after, `best` the best there was.

    warmth: in units of cost; out_standing: int64[2,2], the worth of what is missing and the cost, of `kept` and `best`.
    """
    now = out_standing[NOW].copy()
    for _ in range(iterations):
        ruin(work, draft, todo)
        is_kept = False
        if _refresh_touched(work, draft, todo, sheet):
            recreate(work, draft, todo, memory, sheet)
            _count(work, draft, now)
            missing = out_standing[NOW, MISSING]
            limit = out_standing[NOW, COST] - warmth * math.log(max(roll(todo), 1e-12))
            is_kept = now[MISSING] < missing or (now[MISSING] == missing and now[COST] < limit)
        if not is_kept:
            _copy_touched(kept, draft, todo)
            continue
        _copy_touched(draft, kept, todo)
        out_standing[NOW] = now
        if now[MISSING] < out_standing[BEST, MISSING] or (
            now[MISSING] == out_standing[BEST, MISSING] and now[COST] < out_standing[BEST, COST]
        ):
            out_standing[BEST] = now
            for v in range(best.size.size):
                copy_tour(draft, best, v)
            best.vehicle[:] = draft.vehicle
