"""Every pair of positions of a fleet's tours, each tried with exact times: what the kernels of insertion leave out by
their bounds is tried here. `tests.naive.on_demand` is slower, and shares nothing with the kernels."""

from __future__ import annotations

import numpy as np
from numba import njit

from on_demand.fleet_arrays import ask_of, needed_of, room_for, standing_of
from on_demand.insertion import FleetPlan, NoRoomReason
from on_demand.kernels.fleet import (
    COUNT,
    DIRECT,
    DRIVE,
    FIRST,
    FROM_DROP,
    FROM_PICKUP,
    IS_BREAK,
    KEPT,
    RIDE_MAX,
    SEATS,
    TAKES_SEATS,
    TAKES_WHEELCHAIRS,
    TO_DROP,
    TO_PICKUP,
    WHEELCHAIRS,
)
from on_demand.kernels.insertion import _try, look_for_pickups
from on_demand.kernels.times import BEGIN, FAR, NONE
from on_demand.tour import Request


def find(plan: FleetPlan, request: Request, now_s: int) -> tuple[int, int, int] | NoRoomReason:
    """Driving added, and when one is picked up and set down."""
    fleet, ask = plan._fleet, ask_of(request, now_s)
    standing = standing_of(fleet)
    asked = np.ones(len(plan.days), np.bool_)
    tour = room_for(plan._room)
    if not look_for_pickups(fleet, ask, asked, tour, standing, needed_of(fleet)):
        return NoRoomReason.NO_VEHICLE
    points = plan._points.tolist()
    ways = np.empty((4, len(points)), np.int32)
    for end, to, from_ in (
        (request.origin, TO_PICKUP, FROM_PICKUP),
        (request.destination, TO_DROP, FROM_DROP),
    ):
        ways[to] = plan.drives.times_s(points, [end])[:, 0]
        ways[from_] = plan.drives.times_s([end], points)[0]
    ask[DIRECT] = plan.drives.times_s([request.origin], [request.destination])[0, 0]

    def best(*less: tuple[int, int]) -> tuple[int, int, int] | None:
        asking = ask.copy()
        for cell, value in less:
            asking[cell] = value
        added, pickup, drop = _best(fleet, asking, ways, standing, tour)
        return None if pickup == NONE else (added, pickup, drop)

    nobody = (TAKES_SEATS, 0), (TAKES_WHEELCHAIRS, 0)
    found = best()
    if found is not None:
        return found
    if best(*nobody) is not None:
        is_wheelchair = request.wheelchairs > 0 and best((TAKES_WHEELCHAIRS, 0)) is not None
        return NoRoomReason.NO_WHEELCHAIR_PLACE if is_wheelchair else NoRoomReason.NO_SEAT
    too_long = best(*nobody, (RIDE_MAX, 10**9)) is not None
    return NoRoomReason.TOO_LONG if too_long else NoRoomReason.NO_TIME


@njit
def _best(fleet, ask, ways, standing, tour):
    best_added, best_pickup, best_drop = FAR, NONE, NONE
    for v in range(standing.vehicle.shape[0]):
        n = fleet.vehicle[v, COUNT]
        if standing.vehicle[v, KEPT] == NONE:
            continue
        for i in range(standing.vehicle[v, KEPT], n - 1):
            for j in range(i, n - 1):
                added = _added(fleet, v, i, j, ask, ways)
                if added == FAR:
                    continue
                pickup = _try(fleet, v, i, j, ask, ways, standing, tour)
                if pickup != NONE and (added < best_added or (added == best_added and pickup < best_pickup)):
                    best_added, best_pickup, best_drop = added, pickup, tour[BEGIN, j + 2]
    return best_added, best_pickup, best_drop


@njit
def _added(fleet, v, i, j, ask, ways):
    """Driving added; FAR: no way, no seat, or a break with the ride aboard."""
    node, a = fleet.node, fleet.vehicle[v, FIRST]
    for k in range(a + i, a + j + 1):
        wheelchairs = node[k, WHEELCHAIRS] + ask[TAKES_WHEELCHAIRS]
        if wheelchairs >= fleet.room.shape[1]:
            return FAR
        if node[k, SEATS] + ask[TAKES_SEATS] > fleet.room[v, wheelchairs] or (
            k > a + i and node[k, IS_BREAK]
        ):
            return FAR
    after = a + j + 1
    while node[after, IS_BREAK]:
        after += 1
    to_drop = ask[DIRECT] if i == j else ways[TO_DROP, a + j]
    if ways[TO_PICKUP, a + i] == NONE or to_drop == NONE or ways[FROM_DROP, after] == NONE:
        return FAR
    added = ways[TO_PICKUP, a + i] + to_drop + ways[FROM_DROP, after] - node[after, DRIVE]
    if i < j:
        if ways[FROM_PICKUP, a + i + 1] == NONE:
            return FAR
        added += ways[FROM_PICKUP, a + i + 1] - node[a + i + 1, DRIVE]
    return np.int64(added)
