"""What bounds a search with bags: the two-criteria journeys it starts from, and from when on the target is out of
reach.

The bounded McRAPTOR of Delling, Dibbelt, Pajor (ALENEX 2019). Journeys by arrival and rides are the **anchors**.
Until when a journey of `n` rides may arrive, to be kept beside them, is its **deadline**; the fewer rides, the later.
A second two-criteria search, in the mirror, finds by stop and rides behind one until when one may be there: its round
`r` stands for `rounds - r` rides, and in each it sets out again from the target, at that round's deadline.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from routing.kernels.search import (
    NEVER,
    TOWARD_RIDE,
    TOWARD_STREET,
    add_stop,
    collect,
    lower,
    reset,
    scan,
    search_departure,
    walk,
)


@njit(cache=True, nogil=True)
def find_anchors(layers, walking, ask, labels, departures, first, end, out_best):
    """Search the departures from `first` to before `end`; row `n` of `out_best` int32[n, K+1] is then `labels.best`
    of all that leave at the `n`th departure or later."""
    best = labels.best
    if first == 0:
        reset(ask, labels)
    for nth in range(first, end):
        search_departure(layers, walking, ask, labels, departures, nth)
        for k in range(ask.rides_max + 1):
            out_best[nth, k] = best[k]


@njit(cache=True, nogil=True)
def find_limits(layers, walking, ask, ends, limits, earliest, reached_s, deadline_s, rounds, from_s):
    """Until when one may be where, with so many rides behind one: fills `limits.rows` as `search_bags` reads them.

    `layers`, `walking` and `ask` are of the search's mirror, `ends` of the search. `earliest` int32[S, 2K] are its
    labels: when one can be ready with 0..K-1 rides and arrive with 1..K, unless with `k` that is not before
    `reached_s[k + 1]` (int32[K+1]: as arrivals at the target bound them). `deadline_s` int32[K+1] holds for up to
    `rounds` rides; `from_s` is the search's earliest departure.
    """
    start(ask.rides_max, limits, earliest, reached_s, rounds)
    fresh, is_fresh, marked, is_marked = limits.fresh, limits.is_fresh, limits.marked, limits.is_marked
    latest_s = np.int32(1 - from_s)
    marked_count = 0
    for r in range(1, rounds + 1):
        marked_count = set_out_again(
            ask.rides_max, ends, limits, r - 1, deadline_s[rounds - r + 1], marked_count
        )
        fresh_count = 0
        for i in range(len(layers)):
            offset_s = ask.layer_offset_s[i]
            queued = collect(layers[i], ask, limits, r, marked_count, offset_s, latest_s)
            if queued:
                fresh_count = scan(layers[i], ask, limits, r, queued, offset_s, latest_s, fresh_count)
        for i in range(marked_count):
            is_marked[marked[i]] = 0
        marked_count = 0
        if r < rounds:
            marked_count = walk(walking, limits, r, ask.rides_max, fresh_count, latest_s)
        else:
            for i in range(fresh_count):
                is_fresh[fresh[i]] = 0


@njit(cache=True, nogil=True)
def start(rides_max, limits, earliest, reached_s, rounds):
    """Put bounds in as labels: what is not later than one can be there at all is not worth writing."""
    rows = limits.rows
    limits.toward[:, TOWARD_STREET] = NEVER
    limits.toward[:, TOWARD_RIDE] = 0
    limits.best[:] = NEVER
    limits.is_marked[:] = 0
    limits.is_fresh[:] = 0
    limits.route_from[:] = -1
    for stop in range(len(rows)):
        for r in range(rides_max):
            rows[stop, r] = -NEVER
            rows[stop, rides_max + r] = -NEVER
        for r in range(rounds):
            rides = rounds - r
            rows[stop, rides_max + r] = 1 - min(earliest[stop, rides - 1], reached_s[rides])
            # With all rides behind one there is only the way to the target, which is looked at where it begins.
            rows[stop, r] = (
                NEVER if r == 0 else 1 - min(earliest[stop, rides_max + rides - 1], reached_s[rides + 1])
            )


@njit(cache=True, nogil=True)
def set_out_again(rides_max, ends, limits, r, deadline_s, marked_count):
    """Leave the target, in the mirror, at a later deadline's time; returns how many stops are marked."""
    rows, marked, is_marked, before = limits.rows, limits.marked, limits.is_marked, limits.before
    for i in range(len(ends.target_stop)):
        stop = ends.target_stop[i]
        left_s = min(deadline_s - ends.target_walk_s[i], ends.target_close_s[i])
        if left_s >= ends.target_open_s[i] and -left_s < rows[stop, r]:
            if not is_marked[stop]:
                before[stop] = rows[stop, r]
            marked_count = add_stop(marked, is_marked, stop, marked_count)
            lower(rows, stop, r, rides_max, -left_s)
    return marked_count
