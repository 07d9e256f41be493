"""Tours as arrays: what is to be done, and whether an order of stops can be driven.

A node is one stop: a pick-up, a drop-off, a break, or a vehicle's start or end. Whether an order of nodes keeps every
time window, ride time and route duration is a system of difference constraints: of the order, `at[i+1] >= at[i] +
arc[i+1]`; of a ride or a route, `at[j] - at[i] <= limit`. It has a solution if and only if raising lower bounds ends
below the upper ones, and then the least fixpoint is the earliest schedule. Times are integers in any unit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

NONE = -1
FAR = np.int64(1) << 60


class Work(NamedTuple):
    """What is to be done. N nodes, T tasks, V vehicles, W wheelchairs at most; times in one unit, since anything."""

    open: np.ndarray  # int64[N] service begins at the earliest
    close: np.ndarray  # int64[N] and at the latest
    stand: np.ndarray  # int64[N] how long service takes
    drive: np.ndarray  # int32[N,N] from node to node; rows and columns of breaks are not read
    seats: np.ndarray  # int32[N] got on (below 0: off); at a start: aboard from the beginning
    wheelchairs: np.ndarray  # int32[N] the same
    ride_of: (
        np.ndarray
    )  # int32[N] of a drop-off, its pick-up; NONE of others, and of whoever is aboard at the start
    ride_max: (
        np.ndarray
    )  # int64[N] of a drop-off, from the end of service at the pick-up to its own beginning
    is_break: np.ndarray  # bool[N] where the node before it is, and with nobody aboard
    task: np.ndarray  # int32[N] whose node it is; NONE: a start or an end
    first: np.ndarray  # int32[T] the pick-up, the break, or the drop-off of whoever is aboard
    second: np.ndarray  # int32[T] the drop-off; NONE: there is one node
    allowed: np.ndarray  # bool[T,V] who may do it
    worth: np.ndarray  # int64[T] how bad it is if nobody does it
    near: np.ndarray  # int32[T,K] other tasks, the most related first; NONE: no more
    room: np.ndarray  # int32[V,W+1] seats beside so many wheelchairs; NONE: these do not fit
    route_max: np.ndarray  # int64[V] from start to end
    holds: np.ndarray  # bool[V] it never waits with riders aboard, but where it starts from
    home: np.ndarray  # int32[V] the node where it ends


class Tours(NamedTuple):
    """Tours of all vehicles. M positions at most. What follows from `node` is brought up to date by `refresh`."""

    node: np.ndarray  # int32[V,M] from start to end
    size: np.ndarray  # int32[V]
    at: np.ndarray  # int64[V,M] service begins at the earliest
    latest: np.ndarray  # int64[V,M] service has to begin by then, or windows after it are missed
    place: np.ndarray  # int32[V,M] the node where the vehicle stands: itself, or, of a break, one before
    seats: np.ndarray  # int32[V,M] taken when leaving
    wheelchairs: np.ndarray  # int32[V,M] the same
    cost: np.ndarray  # int64[V] driving
    mark: np.ndarray  # int64[V] a number of the order of nodes, almost surely another one for another order
    vehicle: np.ndarray  # int32[T] who does it; NONE: nobody


class Sheet(NamedTuple):
    """Room to check one order of nodes."""

    node: np.ndarray  # int32[M]
    at: np.ndarray  # int64[M] the earliest schedule
    span: np.ndarray  # int64[M] from the start to service here, driving and standing, without waiting
    is_loaded: np.ndarray  # bool[M] somebody is aboard when it comes here
    position: np.ndarray  # int32[N]


@njit(nogil=True, cache=True)
def _drive_along(work, v, node, size, sheet):
    """Earliest times by the order and the windows alone, into `sheet.at`; NONE: one is missed, or seats lack. Else how
    many limits (1: it is under way too long or waits with riders aboard; of rides, each) do not hold yet."""
    at, span, is_loaded, position = sheet.at, sheet.span, sheet.is_loaded, sheet.position
    opens, closes, stands, drives = work.open, work.close, work.stand, work.drive
    is_break, got_on, rolled_on, ride_of, ride_max = (
        work.is_break,
        work.seats,
        work.wheelchairs,
        work.ride_of,
        work.ride_max,
    )
    room, holds = work.room[v], work.holds[v]
    last = place = node[0]
    seats, wheelchairs = got_on[last], rolled_on[last]
    now, way, broken = opens[last], np.int64(0), 0
    at[0], span[0], position[last] = now, 0, 0
    for i in range(1, size):
        k = node[i]
        position[k] = i
        is_loaded[i] = seats > 0 or wheelchairs > 0
        arc = stands[last]
        if is_break[k]:
            if is_loaded[i]:
                return NONE
        else:
            arc += drives[place, k]
            place = k
        now += arc
        way += arc
        if now < opens[k]:
            now = opens[k]
            broken += holds and i > 1 and is_loaded[i]
        if now > closes[k]:
            return NONE
        at[i], span[i] = now, way
        seats += got_on[k]
        wheelchairs += rolled_on[k]
        if wheelchairs >= room.size or seats > room[wheelchairs]:
            return NONE
        pickup = ride_of[k]
        if pickup != NONE:
            j = position[pickup]
            limit = ride_max[k] + stands[pickup]
            if way - span[j] > limit:
                return NONE
            broken += now - at[j] > limit
        last = k
    if way > work.route_max[v]:
        return NONE
    return broken + (now - at[0] > work.route_max[v])


@njit(nogil=True, cache=True)
def _raise(closes, node, size, at, span, i, until):
    """Service at position i begins at `until` at the earliest; what follows, later. False: too late."""
    while at[i] < until:
        if until > closes[node[i]]:
            return False
        at[i] = until
        i += 1
        if i == size:
            return True
        until = at[i - 1] + span[i] - span[i - 1]
    return True


@njit(nogil=True, cache=True)
def find_times(work, v, node, size, sheet):
    """The earliest schedule of vehicle v along `node[:size]`, into `sheet.at`. False: there is none, and `sheet.at` is
    of no meaning.

    A ride that is within its limit without waiting is so once it is begun late enough; one that is not never will be.
    Along one order limits that hold one by one hold together, so each round settles at least one.
    """
    broken = _drive_along(work, v, node, size, sheet)
    if broken <= 0:
        return broken == 0
    at, span, is_loaded, position = sheet.at, sheet.span, sheet.is_loaded, sheet.position
    closes, stands, ride_of, ride_max = work.close, work.stand, work.ride_of, work.ride_max
    is_raised, holds, route_max = True, work.holds[v], work.route_max[v]
    while is_raised:
        is_raised = False
        for j in range(size - 1, 0, -1):
            if holds and j > 1 and is_loaded[j]:
                until = at[j] - span[j] + span[j - 1]
                if until > at[j - 1]:
                    if not _raise(closes, node, size, at, span, j - 1, until):
                        return False
                    is_raised = True
            pickup = ride_of[node[j]]
            if pickup == NONE:
                continue
            i, until = position[pickup], at[j] - ride_max[node[j]] - stands[pickup]
            if until > at[i]:
                if not _raise(closes, node, size, at, span, i, until):
                    return False
                is_raised = True
        if at[size - 1] - at[0] > route_max:
            if not _raise(closes, node, size, at, span, 0, at[size - 1] - route_max):
                return False
            is_raised = True
    return True


@njit(nogil=True, cache=True)
def refresh(work, tours, v, sheet):
    """Bring up to date what follows from the order of vehicle v's nodes. False: it cannot be driven."""
    if not find_times(work, v, tours.node[v], tours.size[v], sheet):
        return False
    note_times(work, tours, v, sheet)
    return True


@njit(nogil=True, cache=True)
def note_times(work, tours, v, sheet):
    """What follows from the order of vehicle v's nodes, which `find_times` was just asked of."""
    node, size = tours.node[v], tours.size[v]
    place, seats, wheelchairs = node[0], np.int32(0), np.int32(0)
    cost, mark = np.int64(0), np.int64(v + 1)
    for i in range(size):
        k = node[i]
        if i and not work.is_break[k]:
            cost += work.drive[place, k]
            place = k
        seats += work.seats[k]
        wheelchairs += work.wheelchairs[k]
        tours.at[v, i] = sheet.at[i]
        tours.place[v, i] = place
        tours.seats[v, i], tours.wheelchairs[v, i] = seats, wheelchairs
        mark = ((mark * 100_003) ^ (mark >> 23) ^ ((k + 1) * 2_654_435_761)) & 0x3FFF_FFFF_FFFF
    tours.cost[v], tours.mark[v] = cost, mark
    until = work.close[node[size - 1]]
    tours.latest[v, size - 1] = until
    for i in range(size - 2, -1, -1):
        until -= sheet.span[i + 1] - sheet.span[i]
        until = min(until, work.close[node[i]])
        tours.latest[v, i] = until
