"""The fastest way between two positions: A* (Hart, Nilsson, Raphael 1968) with the crow's time as the bound."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from routing.kernels.street_search import (
    UNREACHED,
    along_one_edge,
    forget,
    part_ms,
    pop,
    push,
    seed_position,
)


@njit(cache=True, nogil=True)
def find_path(arcs, work, node_lat_e7, node_lon_e7, origin, target, goal_e7, bound, out_half):
    """Fill the halves of the fastest path into `out_half` int32[≥ N + 2]; returns (how many, ms, mm), ms -1: none.

    `origin`, `target` (edge, along_mm, off_ms, off_mm) int64[4]; `goal_e7` float64[2] the target's lat, lon; `bound`
    float64[2]: no time to the goal is below ms per 10⁻⁷ degree of latitude and of longitude, taken as a plane. The
    first half and the last are gone along in part, from and to the positions.
    """
    edge, along = origin[0], origin[1]
    to_edge, to_along = target[0], target[1]
    best_ms, best_mm, best_half, best_direct = -1, 0, -1, False
    if edge == to_edge:
        best_ms, best_mm, best_half = along_one_edge(arcs, 0, edge, along, to_along)
        best_direct = best_ms >= 0
        best_ms += origin[2] if best_direct else 0
        best_mm += origin[3]
    touched, size = seed_position(arcs, work, 0, 0, 0, edge, along, origin[2], origin[3], UNREACHED - 1)
    size = 0
    for i in range(touched):  # the seeds were pushed without the bound: make the heap anew
        node = work.touched[i]
        estimate = int(work.label_ms[node]) + _bound_ms(node_lat_e7[node], node_lon_e7[node], goal_e7, bound)
        size = push(work.heap, size, (estimate << 32) | int(node))
    first_out, out_halves, half_head, cost_ms = arcs.first_out, arcs.out_half, arcs.half_head, arcs.cost_ms
    label_ms, label_mm, parent, mark, heap = work.label_ms, work.label_mm, work.parent, work.mark, work.heap
    ends = (half_head[2 * to_edge], half_head[2 * to_edge + 1])
    while size > 0:
        key = heap[0]
        size = pop(heap, size)
        node = key & 0xFFFFFFFF
        if mark[node]:
            continue
        if best_ms >= 0 and (key >> 32) >= best_ms:
            break
        mark[node] = 1
        ms, mm = int(label_ms[node]), label_mm[node]
        if node == ends[0] or node == ends[1]:
            found_ms, found_mm, found_half = _finish(arcs, work, to_edge, to_along, node)
            if found_ms >= 0 and (best_ms < 0 or found_ms < best_ms):
                best_ms, best_mm, best_half, best_direct = found_ms, found_mm, found_half, False
        for arc in range(first_out[node], first_out[node + 1]):
            half = out_halves[arc]
            cost = int(cost_ms[half])
            if cost == UNREACHED:
                continue
            head = half_head[half]
            known = int(label_ms[head])
            if ms + cost < known:
                if known == UNREACHED:
                    work.touched[touched] = head
                    touched += 1
                label_ms[head] = ms + cost
                label_mm[head] = mm + arcs.length_mm[half >> 1]
                parent[head] = half
                mark[head] = 0
                estimate = ms + cost + _bound_ms(node_lat_e7[head], node_lon_e7[head], goal_e7, bound)
                size = push(heap, size, (estimate << 32) | int(head))
    count = 0
    if best_ms >= 0:
        count = _trace(arcs, parent, best_half, best_direct, out_half)
        best_ms, best_mm = best_ms + target[2], best_mm + target[3]
    for i in range(touched):
        mark[work.touched[i]] = 0
    forget(work, touched)
    return count, best_ms, best_mm


@njit(cache=True, nogil=True)
def _bound_ms(lat_e7, lon_e7, goal_e7, bound):
    y, x = (lat_e7 - goal_e7[0]) * bound[0], (lon_e7 - goal_e7[1]) * bound[1]
    return np.int64(math.sqrt(x * x + y * y))


@njit(cache=True, nogil=True)
def _finish(arcs, work, edge, along_mm, node):
    """(ms, mm, half) at a position from one settled end of its edge; both, where they are the same node."""
    length = int(arcs.length_mm[edge])
    best_ms, best_mm, best_half = -1, 0, -1
    for against in range(2):
        half = 2 * edge + against
        if arcs.half_head[half ^ 1] != node:
            continue
        portion = length - int(along_mm) if against else int(along_mm)
        ms = part_ms(arcs.cost_ms, half, portion, length)
        if ms >= 0 and (best_ms < 0 or int(work.label_ms[node]) + ms < best_ms):
            best_ms, best_mm, best_half = int(work.label_ms[node]) + ms, work.label_mm[node] + portion, half
    return best_ms, best_mm, best_half


@njit(cache=True, nogil=True)
def _trace(arcs, parent, last_half, direct, out_half):
    """Halves from the first to `last_half`."""
    out_half[0] = last_half
    count = 1
    node = arcs.half_head[last_half ^ 1]
    while not direct:
        half = parent[node]
        if half < 0:
            out_half[count] = -2 - half
            count += 1
            break
        out_half[count] = half
        count += 1
        node = arcs.half_head[half ^ 1]
    for i in range(count // 2):
        other = out_half[count - 1 - i]
        out_half[count - 1 - i] = out_half[i]
        out_half[i] = other
    return count
