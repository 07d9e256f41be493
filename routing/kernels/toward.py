"""What at least is left to the target: lower bounds that keep the later passes of a window near the way there.

A search backwards from the target over the quickest ride of any trip between neighbouring stops, as if every vehicle
left at once. Its rounds tell how much is left with at most one ride, two, or any number, so that a label is
compared with the arrivals known for just so many rides.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from routing.kernels.search import (
    CAN_ALIGHT,
    CAN_BOARD,
    COLUMN_HALT,
    COLUMN_MARKS,
    COLUMN_RIDE,
    COLUMN_STOP,
    NEVER,
    ROUTE_COLUMN,
    ROUTE_FILTER,
    STOP_VISIT,
    TOWARD_RIDE,
    TOWARD_STREET,
    VISIT_COLUMN,
    VISIT_ROUTE,
    add_stop,
)


@njit(cache=True, nogil=True)
def bound_toward(layers, walking, ask, labels, limit_s):
    """Fill column TOWARD_RIDE of `labels.toward`: the least time from getting off at a stop to the target, riding at
    least once more; `limit_s` where it takes as long or longer.

    Uses `marked`, `fresh`, `before`, `queue` and `route_from` as working memory and leaves them clean.
    """
    toward, marked, is_marked = labels.toward, labels.marked, labels.is_marked
    first_in, origin, duration_in_s = walking.first_in, walking.origin, walking.duration_in_s
    change_time_s, fresh, is_fresh, before = (
        walking.change_time_s,
        labels.fresh,
        labels.is_fresh,
        labels.before,
    )
    toward[:, TOWARD_RIDE] = limit_s
    before[:] = limit_s
    marked_count = 0
    for i in range(len(ask.target_stop)):
        marked_count = add_stop(marked, is_marked, ask.target_stop[i], marked_count)
    for _ in range(ask.rides_max):
        if marked_count == 0:
            break
        fresh_count = 0
        for i in range(len(layers)):
            if ask.layer_first_s[i] == NEVER:
                continue
            queued = collect_backwards(layers[i], ask, labels, marked_count)
            fresh_count = scan_backwards(layers[i], ask, labels, queued, limit_s, fresh_count)
        for i in range(marked_count):
            is_marked[marked[i]] = 0
        marked_count = 0
        for i in range(fresh_count):
            stop = np.uint64(fresh[i])
            is_fresh[stop] = 0
            left_s = before[stop]
            if left_s + change_time_s[stop] < toward[stop, TOWARD_RIDE]:
                toward[stop, TOWARD_RIDE] = left_s + change_time_s[stop]
                marked_count = add_stop(marked, is_marked, stop, marked_count)
            for path in range(np.uint64(first_in[stop]), np.uint64(first_in[stop + np.uint64(1)])):
                there, there_s = np.uint64(origin[path]), left_s + duration_in_s[path]
                if there_s < toward[there, TOWARD_RIDE]:
                    toward[there, TOWARD_RIDE] = there_s
                    marked_count = add_stop(marked, is_marked, there, marked_count)
    for i in range(marked_count):
        is_marked[marked[i]] = 0


@njit(cache=True, nogil=True)
def collect_backwards(layer, ask, labels, marked_count):
    """Queue the routes by which one can get to a marked stop, each from its last such column."""
    queued = 0
    marked, queue, route_to = labels.marked, labels.queue, labels.route_from
    stops, visits, columns, routes = layer.stops, layer.visits, layer.columns, layer.routes
    for i in range(marked_count):
        stop = np.uint64(marked[i])
        for visit in range(
            np.uint64(stops[stop, STOP_VISIT]), np.uint64(stops[stop + np.uint64(1), STOP_VISIT])
        ):
            column, route = visits[visit, VISIT_COLUMN], np.uint64(visits[visit, VISIT_ROUTE])
            if route_to[route] >= column or not (columns[column, COLUMN_MARKS] & CAN_ALIGHT):
                continue
            if route_to[route] < 0:
                flags = routes[route, ROUTE_FILTER]
                if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
                    continue
                queue[queued] = route
                queued += 1
            route_to[route] = column
    return queued


@njit(cache=True, nogil=True)
def scan_backwards(layer, ask, labels, queued, limit_s, fresh_count):
    """Lower `before` to what is left where the queued routes can be boarded; returns the number of fresh stops."""
    queue, route_to, toward = labels.queue, labels.route_from, labels.toward
    fresh, is_fresh, before = labels.fresh, labels.is_fresh, labels.before
    routes, columns, least_s = layer.routes, layer.columns, layer.column_least_s
    one = np.uint64(1)
    for i in range(queued):
        route = np.uint64(queue[i])
        column, first = np.uint64(route_to[route]), np.uint64(routes[route, ROUTE_COLUMN])
        route_to[route] = -1
        stop = np.uint64(columns[column, COLUMN_STOP])
        left_s = min(toward[stop, TOWARD_STREET], toward[stop, TOWARD_RIDE])
        while column > first:
            column -= one
            left_s += least_s[column, COLUMN_RIDE]
            stop = np.uint64(columns[column, COLUMN_STOP])
            if columns[column, COLUMN_MARKS] & CAN_BOARD and left_s < before[stop]:
                before[stop] = left_s
                fresh_count = add_stop(fresh, is_fresh, stop, fresh_count)
            left_s += least_s[column, COLUMN_HALT]
            if columns[column, COLUMN_MARKS] & CAN_ALIGHT:
                left_s = min(left_s, toward[stop, TOWARD_STREET], toward[stop, TOWARD_RIDE])
    return fresh_count
