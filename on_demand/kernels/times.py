"""The times of a tour: `on_demand.schedule`, its slow twin, as arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

NONE = -1
FAR = np.int64(1) << 60

LO, HI, STEP, PICK, LIMIT, LOADED, BEGIN, LATEST = range(8)
"""Rows of a tour, int64[8, n] of n nodes: the first leaves the start, the last is back at the end.

LO, HI: it begins within these, instants in seconds; both are when it did, of what was served. STEP: from the beginning
of the node before to its own at least, standing there and driving, s. PICK: of a drop-off, the node of its pick-up;
NONE of others. LIMIT: of a drop-off, from the beginning of its pick-up to its own at most, s. LOADED: not 0 with riders
aboard on the way to it. BEGIN, LATEST: answers, when it begins, and when it has to for all rules to hold.
"""


@njit(nogil=True, cache=True)
def find_latest(tour, n, fixed, route_max):
    """Fill LATEST: the greatest times that keep every rule. False: there are none, and it is of no meaning.

    The first `fixed` nodes are facts: nothing is asked of the way to them. route_max: FAR for no limit."""
    lo, latest, step, pick, limit = tour[LO], tour[LATEST], tour[STEP], tour[PICK], tour[LIMIT]
    latest[:n] = tour[HI, :n]
    for _ in range(n + 1):
        for m in range(n - 1, max(fixed, 1) - 1, -1):
            latest[m - 1] = min(latest[m - 1], latest[m] - step[m])
        is_lowered = False
        for m in range(n):
            if lo[m] > latest[m]:
                return False
            if m >= fixed and pick[m] != NONE:
                until = latest[pick[m]] + limit[m]
                if until < latest[m]:
                    latest[m] = until
                    is_lowered = True
        if latest[0] + route_max < latest[n - 1]:
            latest[n - 1] = latest[0] + route_max
            is_lowered = True
        if not is_lowered:
            return True
    return False  # the rules contradict each other in a circle


@njit(nogil=True, cache=True)
def find_times(tour, n, fixed, route_max):
    """Fill BEGIN with the least times that keep every rule, and let riders aboard wait only where nothing else
    is possible; how long they do, or NONE: there are no times. As `find_latest`, which fills LATEST."""
    if not find_latest(tour, n, fixed, route_max):
        return np.int64(NONE)
    begin, latest, step, pick, limit = tour[BEGIN], tour[LATEST], tour[STEP], tour[PICK], tour[LIMIT]
    loaded = tour[LOADED]
    begin[:n] = tour[LO, :n]
    is_raised = True
    while is_raised:
        for m in range(max(fixed, 1), n):
            begin[m] = max(begin[m], begin[m - 1] + step[m])
        is_raised = False
        for m in range(n - 1, max(fixed, 1) - 1, -1):
            if loaded[m]:
                until = min(latest[m - 1], begin[m] - step[m])
                if until > begin[m - 1]:
                    begin[m - 1] = until
                    is_raised = True
            if pick[m] != NONE and begin[pick[m]] < begin[m] - limit[m]:
                begin[pick[m]] = begin[m] - limit[m]
                is_raised = True
        if begin[0] < begin[n - 1] - route_max:
            begin[0] = begin[n - 1] - route_max
            is_raised = True
    waits = np.int64(0)
    for m in range(max(fixed, 1), n):
        if loaded[m]:
            waits += begin[m] - begin[m - 1] - step[m]
    return waits
