"""Dijkstra (1959) on the street graph: bounded, from a position on an edge, both ways round.

Throughout, `flip` is 0 to set out from a place and 1 to arrive at it (each half then costs what its other direction
costs). Times are int milliseconds at the usual speed, lengths int millimetres. A position is an edge, how far along it
(mm) and how far beside it (ms and mm).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

UNREACHED = 2**31 - 1
"""Label of a node that was not reached; also the cost of a half that a mode may not use."""

HERE_MM = 1000
"""How near on one edge two positions are as good as one."""


class Arcs(NamedTuple):
    """A graph as one mode sees it; of a StreetGraph, read-only."""

    first_out: np.ndarray  # int32[N + 1]
    out_half: np.ndarray  # int32[2E]
    half_head: np.ndarray  # int32[2E]
    cost_ms: np.ndarray  # int32[2E], UNREACHED = closed
    length_mm: np.ndarray  # int32[E]


class Positions(NamedTuple):
    """P places that met the streets, or did not: edge -1."""

    edge: np.ndarray  # int32[P]
    along_mm: np.ndarray  # int32[P]
    off_ms: np.ndarray  # int32[P]
    off_mm: np.ndarray  # int32[P]


class Work(NamedTuple):
    """What a search writes on; a thread has its own, and every search leaves it as it found it."""

    label_ms: np.ndarray  # int32[N], UNREACHED
    label_mm: np.ndarray  # int64[N], any
    parent: np.ndarray  # int32[N], any
    touched: np.ndarray  # int32[N], any
    mark: np.ndarray  # uint8[N], 0
    heap: np.ndarray  # int64[2E + seeds], any


@njit(cache=True, nogil=True)
def push(heap, size, key):
    """Add a key to a binary heap of `size`; returns its new size."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[above] <= key:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = key
    return size + 1


@njit(cache=True, nogil=True)
def pop(heap, size):
    """Take the smallest key, heap[0], out of a heap of `size` ≥ 1; returns its new size."""
    size -= 1
    key = heap[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= key:
            break
        heap[at] = heap[below]
        at = below
    heap[at] = key
    return size


@njit(cache=True, nogil=True)
def part_ms(cost_ms, half, portion_mm, length_mm):
    """Time for a portion of a half, -1 where it is closed. At its very end one is at the node, whatever the half."""
    if portion_mm == 0 and length_mm > 0:
        return 0
    cost = int(cost_ms[half])
    if cost == UNREACHED:
        return -1
    if length_mm <= 0:
        return cost
    return (cost * int(portion_mm) + int(length_mm) // 2) // int(length_mm)


@njit(cache=True, nogil=True)
def seed(work, touched, size, node, ms, mm, parent, limit_ms):
    """Label a node before the search; returns the new (touched, heap size)."""
    known = int(work.label_ms[node])
    if ms > limit_ms or ms >= known:
        return touched, size
    if known == UNREACHED:
        work.touched[touched] = node
        touched += 1
    work.label_ms[node] = ms
    work.label_mm[node] = mm
    work.parent[node] = parent
    return touched, push(work.heap, size, (int(ms) << 32) | int(node))


@njit(cache=True, nogil=True)
def seed_position(arcs, work, touched, size, flip, edge, along_mm, off_ms, off_mm, limit_ms):
    """Label both ends of an edge from a position on it. Their parents are -2 - (the half that leads there)."""
    length = int(arcs.length_mm[edge])
    for against in range(2):
        half = 2 * edge + against
        portion = int(along_mm) if against else length - int(along_mm)
        ms = part_ms(arcs.cost_ms, half ^ flip, portion, length)
        if ms >= 0:
            node = arcs.half_head[half]
            touched, size = seed(
                work, touched, size, node, off_ms + ms, off_mm + portion, -2 - half, limit_ms
            )
    return touched, size


@njit(cache=True, nogil=True)
def spread(arcs, work, touched, size, flip, limit_ms, wanted):
    """Run from the seeds until the limit, or until `wanted` marked nodes are settled (-1: never). Returns touched."""
    first_out, out_half, half_head = arcs.first_out, arcs.out_half, arcs.half_head
    cost_ms, length_mm = arcs.cost_ms, arcs.length_mm
    label_ms, label_mm, parent = work.label_ms, work.label_mm, work.parent
    touched_node, mark, heap = work.touched, work.mark, work.heap
    while size > 0:
        key = heap[0]
        size = pop(heap, size)
        node, ms = key & 0xFFFFFFFF, key >> 32
        if ms > label_ms[node]:
            continue
        if wanted >= 0 and mark[node]:
            wanted -= 1
            if wanted == 0:
                break
        mm = label_mm[node]
        for arc in range(first_out[node], first_out[node + 1]):
            half = out_half[arc]
            cost = int(cost_ms[half ^ flip])
            if cost == UNREACHED:
                continue
            arrival = ms + cost
            head = half_head[half]
            known = int(label_ms[head])
            if arrival < known and arrival <= limit_ms:
                if known == UNREACHED:
                    touched_node[touched] = head
                    touched += 1
                label_ms[head] = arrival
                label_mm[head] = mm + length_mm[half >> 1]
                parent[head] = half
                size = push(heap, size, (arrival << 32) | int(head))
    return touched


@njit(cache=True, nogil=True)
def arrive(arcs, work, flip, edge, along_mm):
    """Earliest (ms, mm, half) at a position on an edge from the labels of its ends; ms -1 where neither is reached."""
    length = int(arcs.length_mm[edge])
    best_ms, best_mm, best_half = -1, 0, -1
    for against in range(2):
        half = 2 * edge + against
        tail = arcs.half_head[half ^ 1]
        label = int(work.label_ms[tail])
        if label == UNREACHED:
            continue
        portion = length - int(along_mm) if against else int(along_mm)
        ms = part_ms(arcs.cost_ms, half ^ flip, portion, length)
        if ms >= 0 and (best_ms < 0 or label + ms < best_ms):
            best_ms, best_mm, best_half = label + ms, int(work.label_mm[tail]) + portion, half
    return best_ms, best_mm, best_half


@njit(cache=True, nogil=True)
def along_one_edge(arcs, flip, edge, from_mm, to_mm):
    """(ms, mm, half) from one position on an edge to another on it without leaving it; ms -1 where that is closed.

    Nobody goes round the block for a step back on a oneway street: within HERE_MM one is there.
    """
    half = 2 * edge if to_mm >= from_mm else 2 * edge + 1
    portion = abs(int(to_mm) - int(from_mm))
    ms = 0 if portion == 0 else part_ms(arcs.cost_ms, half ^ flip, portion, arcs.length_mm[edge])
    return (0 if ms < 0 and portion <= HERE_MM else ms), portion, half


@njit(cache=True, nogil=True)
def forget(work, touched):
    """Leave the labels as they were found."""
    label_ms, touched_node = work.label_ms, work.touched
    for i in range(touched):
        label_ms[touched_node[i]] = UNREACHED


@njit(cache=True, nogil=True)
def collect(arcs, work, flip, edge, along_mm, off_ms, off_mm, limit_ms, positions, out_ms, out_mm):
    """Fill the time (-1: not within the limit) and length to every position, int64[P], from a position and labels."""
    link_edge, link_along = positions.edge, positions.along_mm
    link_off_ms, link_off_mm = positions.off_ms, positions.off_mm
    label_ms, half_head = work.label_ms, arcs.half_head
    for i in range(len(link_edge)):
        out_ms[i] = -1
        to = link_edge[i]
        if to < 0:
            continue
        here = to == edge
        if (
            not here
            and label_ms[half_head[2 * to]] == UNREACHED
            and label_ms[half_head[2 * to + 1]] == UNREACHED
        ):
            continue
        ms, mm, _ = arrive(arcs, work, flip, to, link_along[i])
        if here:
            direct_ms, direct_mm, _ = along_one_edge(arcs, flip, edge, along_mm, link_along[i])
            if direct_ms >= 0 and (ms < 0 or direct_ms + off_ms <= ms):
                ms, mm = direct_ms + off_ms, direct_mm + off_mm
        if ms >= 0 and ms + link_off_ms[i] <= limit_ms:
            out_ms[i] = ms + link_off_ms[i]
            out_mm[i] = mm + link_off_mm[i]


@njit(cache=True, nogil=True)
def reach(arcs, work, flip, edge, along_mm, off_ms, off_mm, limit_ms, positions, out_ms, out_mm):
    """Search from (to) one position, and fill the times and lengths to (from) all others as `collect` does."""
    touched, size = seed_position(arcs, work, 0, 0, flip, edge, along_mm, off_ms, off_mm, limit_ms)
    touched = spread(arcs, work, touched, size, flip, limit_ms, -1)
    collect(arcs, work, flip, edge, along_mm, off_ms, off_mm, limit_ms, positions, out_ms, out_mm)
    forget(work, touched)
    return touched


@njit(cache=True, nogil=True)
def reach_between(arcs, work, origins, destinations, begin, end, out_ms, out_mm):
    """Times and lengths from origins begin ≤ o < end to all destinations: those rows of int64[O, D] are filled."""
    marked = 0
    for i in range(len(destinations.edge)):
        edge = destinations.edge[i]
        if edge >= 0:
            for half in (2 * edge, 2 * edge + 1):
                node = arcs.half_head[half]
                marked += work.mark[node] == 0
                work.mark[node] = 1
    for o in range(begin, end):
        edge = origins.edge[o]
        if edge < 0:
            out_ms[o, :] = -1
            continue
        along, off_ms, off_mm = origins.along_mm[o], origins.off_ms[o], origins.off_mm[o]
        touched, size = seed_position(arcs, work, 0, 0, 0, edge, along, off_ms, off_mm, UNREACHED - 1)
        touched = spread(arcs, work, touched, size, 0, UNREACHED - 1, marked)
        collect(arcs, work, 0, edge, along, off_ms, off_mm, UNREACHED - 1, destinations, out_ms[o], out_mm[o])
        forget(work, touched)
    for i in range(len(destinations.edge)):
        edge = destinations.edge[i]
        if edge >= 0:
            work.mark[arcs.half_head[2 * edge]] = 0
            work.mark[arcs.half_head[2 * edge + 1]] = 0


@njit(cache=True, nogil=True)
def reach_each_other(arcs, work, positions, begin, end, limit_ms):
    """All pairs within the limit from positions begin ≤ p < end to any other.

    Returns (from int32, to int32, ms int64, mm int64), by from, then to.
    """
    count = len(positions.edge)
    ms, mm = np.empty(count, np.int64), np.empty(count, np.int64)
    capacity, used = 1024, 0
    out_from, out_to = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
    out_ms, out_mm = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    for p in range(begin, end):
        edge = positions.edge[p]
        if edge < 0:
            continue
        along, off_ms, off_mm = positions.along_mm[p], positions.off_ms[p], positions.off_mm[p]
        reach(arcs, work, 0, edge, along, off_ms, off_mm, limit_ms, positions, ms, mm)
        for to in range(count):
            if ms[to] < 0 or to == p:
                continue
            if used == capacity:
                capacity *= 2
                out_from, out_to = _grown(out_from), _grown(out_to)
                out_ms, out_mm = _grown(out_ms), _grown(out_mm)
            out_from[used], out_to[used], out_ms[used], out_mm[used] = p, to, ms[to], mm[to]
            used += 1
    return out_from[:used], out_to[:used], out_ms[:used], out_mm[:used]


@njit(cache=True, nogil=True)
def _grown(old):
    new = np.empty(2 * len(old), old.dtype)
    new[: len(old)] = old
    return new


@njit(cache=True, nogil=True)
def spread_from_all(arcs, work, flip, seeds, offset_ms, limit_ms, out_node, out_ms):
    """Nodes reached from any of `seeds` (Positions), each set out from at its `offset_ms` int64[P]; returns how many.

    Fills `out_node` int32[N] and `out_ms` int64[N], the earliest time over all seeds.
    """
    touched, size = 0, 0
    for i in range(len(seeds.edge)):
        if seeds.edge[i] >= 0:
            touched, size = seed_position(
                arcs,
                work,
                touched,
                size,
                flip,
                seeds.edge[i],
                seeds.along_mm[i],
                offset_ms[i] + seeds.off_ms[i],
                seeds.off_mm[i],
                limit_ms,
            )
    touched = spread(arcs, work, touched, size, flip, limit_ms, -1)
    for i in range(touched):
        out_node[i] = work.touched[i]
        out_ms[i] = work.label_ms[work.touched[i]]
    forget(work, touched)
    return touched
