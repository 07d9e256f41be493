"""What bounds a search with bags: from when on the target is out of reach.

The bounded McRAPTOR of Delling, Dibbelt, Pajor (ALENEX 2019). The journeys by arrival and rides are the **anchors**.
Until when a journey of `n` rides may arrive, to be kept beside them, is its **deadline**; the fewer rides, the later.
A second two-criteria search, in the mirror, finds by stop and rides behind one until when one may be there: its round
`r` stands for `rounds - r` rides, and in each it sets out again from the target, at that round's deadline.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from routing.kernels.borrow import borrow
from routing.kernels.search import NEVER, TOWARD_RIDE, TOWARD_STREET, add_stop, collect, lower, scan, walk


@njit(cache=True, nogil=True)
def find_limits(layers, walking, ask, ends, limits, bounds, deadline_s, rounds, from_s):
    """Until when one may be where, with so many rides behind one: fills `limits.rows` as `search_bags` reads them.

    `layers`, `walking` and `ask` are of the search's mirror, `ends` of the search, `bounds` as for `start`.
    `deadline_s` int32[K+2] holds for up to `rounds` rides; `from_s` is the search's earliest departure.
    """
    layers, walking, ask = borrow(layers), borrow(walking), borrow(ask)
    ends, limits, bounds = borrow(ends), borrow(limits), borrow(bounds)
    start(ask.rides_max, limits, bounds, rounds)
    fresh, is_fresh, marked, is_marked = limits.fresh, limits.is_fresh, limits.marked, limits.is_marked
    latest_s = 1 - from_s
    marked_count = 0
    for r in range(1, rounds + 1):
        until_s = deadline_s[rounds - r + 1]
        marked_count = set_out_again(ask.rides_max, ends, limits, r - 1, until_s, marked_count)
        fresh_count = 0
        for i in range(len(layers)):
            offset_s = ask.layer_offset_s[i]
            if ask.layer_first_s[i] >= latest_s:
                continue
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
def bound_ready(walking, toward, out_left_s):
    """What at least is left to the target for those ready to board whom the search dropped before: int32[S].

    The two-criteria search drops who gets off where too much is left (`toward`). Who is ready at a stop changed there
    or walked there from such a one: `walking` is the search's own.
    """
    for stop in range(len(toward)):
        out_left_s[stop] = toward[stop, TOWARD_RIDE] - walking.change_time_s[stop]
        for path in range(walking.first_in[stop], walking.first_in[stop + 1]):
            left_s = toward[walking.origin[path], TOWARD_RIDE] - walking.duration_in_s[path]
            out_left_s[stop] = max(np.int64(out_left_s[stop]), left_s)


@njit(cache=True, nogil=True)
def start(rides_max, limits, bounds, rounds):
    """Put bounds in as labels: what is not later than one can be there at all is not worth writing.

    `bounds` are of the search: its labels' `rows`, its `toward`, what is left when ready (`bound_ready`), and its
    `best` int32[K+2]. When one can arrive (be ready) with `k` rides is in `rows`, unless it is not before
    `best[k + 1]` less what is left.
    """
    rows = limits.rows
    earliest, toward, left_s, best = bounds
    limits.toward[:, TOWARD_STREET] = NEVER
    limits.toward[:, TOWARD_RIDE] = 0
    limits.best[:] = NEVER
    limits.is_marked[:] = 0
    limits.is_fresh[:] = 0
    limits.route_from[:] = -1
    for stop in range(len(rows)):
        for r in range(rounds, rides_max):
            rows[stop, r] = -NEVER
            rows[stop, rides_max + r] = -NEVER
        rows[stop, 0] = NEVER  # with all rides behind one there is only the way to the target
        for r in range(rounds):
            k = rounds - r - 1
            rows[stop, rides_max + r] = 1 - min(np.int64(earliest[stop, k]), best[k + 1] - left_s[stop])
            if r:
                there_s = best[k + 2] - toward[stop, TOWARD_RIDE]
                rows[stop, r] = 1 - min(np.int64(earliest[stop, rides_max + k]), there_s)


@njit(cache=True, nogil=True)
def set_out_again(rides_max, ends, limits, r, deadline_s, marked_count):
    """Leave the target, in the mirror, at a later deadline's time; returns how many stops are marked."""
    rows, marked, is_marked, before = limits.rows, limits.marked, limits.is_marked, limits.before
    for i in range(len(ends.target_stop)):
        stop = np.uint64(ends.target_stop[i])
        left_s = min(deadline_s - ends.target_walk_s[i], ends.target_close_s[i])
        if left_s >= ends.target_open_s[i] and -left_s < rows[stop, r]:
            if not is_marked[stop]:
                before[stop] = rows[stop, r]
            marked_count = add_stop(marked, is_marked, stop, marked_count)
            lower(rows, stop, r, rides_max, -left_s)
    return marked_count
