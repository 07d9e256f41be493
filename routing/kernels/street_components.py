"""Loops over a whole street graph, run once when it is built: components, and the grid of its segments."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def number_components(first_out, out_half, half_head, cost_ms, forbidden):
    """Strongly connected components (Tarjan 1972, without recursion). Returns int32[N], numbered from 0.

    `first_out` int32[N + 1], `out_half` int32[2E], `half_head` int32[2E], `cost_ms` int32[2E] with `forbidden`.
    """
    count = len(first_out) - 1
    component = np.full(count, -1, np.int32)
    order = np.full(count, -1, np.int32)  # when a node was found
    low = np.zeros(count, np.int32)
    next_arc = np.zeros(count, np.int64)
    path = np.empty(count, np.int32)  # the nodes being explored, one below the other
    waiting = np.empty(count, np.int32)  # found, and in no component yet
    found, waiting_count, component_count = 0, 0, 0
    for root in range(count):
        if order[root] >= 0:
            continue
        depth = 0
        path[0] = root
        order[root] = low[root] = found
        found += 1
        next_arc[root] = first_out[root]
        waiting[waiting_count] = root
        waiting_count += 1
        while depth >= 0:
            node = path[depth]
            if next_arc[node] < first_out[node + 1]:
                half = out_half[next_arc[node]]
                next_arc[node] += 1
                if cost_ms[half] == forbidden:
                    continue
                head = half_head[half]
                if order[head] < 0:
                    order[head] = low[head] = found
                    found += 1
                    next_arc[head] = first_out[head]
                    waiting[waiting_count] = head
                    waiting_count += 1
                    depth += 1
                    path[depth] = head
                elif component[head] < 0:
                    low[node] = min(low[node], order[head])
                continue
            if low[node] == order[node]:
                while True:
                    waiting_count -= 1
                    member = waiting[waiting_count]
                    component[member] = component_count
                    if member == node:
                        break
                component_count += 1
            depth -= 1
            if depth >= 0:
                low[path[depth]] = min(low[path[depth]], low[node])
    return component


@njit(cache=True, nogil=True)
def list_segment_cells(first_point, lat_e7, lon_e7, wanted, cell_lat_e7, cell_lon_e7):
    """Every cell of a grid that a segment touches, as (key int64, first point int32, edge int32) arrays.

    `first_point` int32[E + 1], `lat_e7`, `lon_e7` int32[P], `wanted` bool[E]: edges to list. A cell's key is
    row × 2³² + column, with row = ⌊lat_e7 / cell_lat_e7⌋ and column = ⌊lon_e7 / cell_lon_e7⌋ moved to be positive.
    Cells are those of the box around the segment cut into runs of at most a cell's height, so few are too many.
    """
    capacity = 1024
    keys = np.empty(capacity, np.int64)
    segments = np.empty(capacity, np.int32)
    edges = np.empty(capacity, np.int32)
    used = 0
    for edge in range(len(first_point) - 1):
        if not wanted[edge]:
            continue
        for point in range(first_point[edge], first_point[edge + 1] - 1):
            lat, lon = np.float64(lat_e7[point]), np.float64(lon_e7[point])
            to_lat, to_lon = np.float64(lat_e7[point + 1]), np.float64(lon_e7[point + 1])
            cells = max(abs(to_lat - lat) / cell_lat_e7, abs(to_lon - lon) / cell_lon_e7)
            runs = max(1, math.ceil(cells))
            begin = used
            for run in range(runs):
                a_lat, b_lat = lat + (to_lat - lat) * run / runs, lat + (to_lat - lat) * (run + 1) / runs
                a_lon, b_lon = lon + (to_lon - lon) * run / runs, lon + (to_lon - lon) * (run + 1) / runs
                low_row, high_row = (
                    cell_of(min(a_lat, b_lat), cell_lat_e7),
                    cell_of(max(a_lat, b_lat), cell_lat_e7),
                )
                low_col, high_col = (
                    cell_of(min(a_lon, b_lon), cell_lon_e7),
                    cell_of(max(a_lon, b_lon), cell_lon_e7),
                )
                for row in range(low_row, high_row + 1):
                    for column in range(low_col, high_col + 1):
                        key = (np.int64(row) << 32) + column
                        known = False
                        for earlier in range(begin, used):
                            if keys[earlier] == key:
                                known = True
                                break
                        if known:
                            continue
                        if used == capacity:
                            capacity *= 2
                            keys, segments, edges = _grown(keys), _grown(segments), _grown(edges)
                        keys[used], segments[used], edges[used] = key, point, edge
                        used += 1
    return keys[:used], segments[:used], edges[:used]


@njit(cache=True, nogil=True)
def cell_of(degrees_e7, cell_e7):
    """Row or column of a coordinate: whole cells above -180°, never negative."""
    return np.int64(math.floor((degrees_e7 + 1_800_000_000.0) / cell_e7))


@njit(cache=True, nogil=True)
def _grown(old):
    new = np.empty(2 * len(old), old.dtype)
    new[: len(old)] = old
    return new
