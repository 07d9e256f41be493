"""Tours as the arrays of `on_demand.kernels.fleet`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from on_demand.area import Point
from on_demand.kernels.fleet import FIRST, NEXT_HI, Fleet, Needed, Standing
from on_demand.kernels.insertion import prepare
from on_demand.kernels.times import FAR, NONE
from on_demand.schedule import (
    FROZEN_S,
    Node,
    find_ahead,
    find_disorder,
    last_served,
    list_nodes,
    list_points,
)
from on_demand.tour import Request, VehicleDay

Ints = NDArray[np.int64]

FACTS = 8
"""Of each vehicle: as many as `lay_day` lists."""


class Laid(NamedTuple):
    """One tour as arrays, its first node 0."""

    nodes: Ints
    facts: Ints
    room: tuple[int, ...]
    points: list[Point]


def lay_day(day: VehicleDay) -> Laid:
    """One tour. What breaks a rule is laid too, and takes nobody."""
    is_sound = find_disorder(day) is None
    nodes = list_nodes(day) if is_sound else [Node(0, 0)] * 2
    served = last_served(day) if is_sound else 0
    ahead = find_ahead(day) if is_sound else None
    is_working = day.out_of_service_s is None
    block = np.zeros((len(nodes), NEXT_HI + 1), np.int64)
    block[:, : len(Node._fields)] = nodes
    facts = [
        0,
        len(nodes),
        served + 1 if served else 0,
        NONE if ahead is None else ahead,
        FAR if day.route_s_max is None else day.route_s_max,
        NONE,
        day.open_s if is_working else FAR,
        day.close_s if is_working else -FAR,
    ]
    widest = max((c.wheelchairs for c in day.configurations), default=-1)
    room = tuple(
        max(c.seats for c in day.configurations if c.wheelchairs >= wheelchairs)
        for wheelchairs in range(widest + 1)
    )
    points = list_points(day) if is_sound else [day.start, day.end]
    laid = Laid(block, np.array(facts, np.int64), room, points)
    prepare(laid.nodes, laid.facts, is_sound, room_for(len(nodes)))
    return laid


def join(tours: Sequence[Laid]) -> Fleet:
    """Tours beside each other."""
    vehicles = np.array([laid.facts for laid in tours], np.int64).reshape(len(tours), FACTS)
    counts = np.array([len(laid.points) for laid in tours], np.int64)
    if tours:
        vehicles[:, FIRST] = np.cumsum(counts) - counts
    nodes = [laid.nodes for laid in tours] or [np.zeros((0, NEXT_HI + 1), np.int64)]
    room = np.full((len(tours), max((len(laid.room) for laid in tours), default=0)), NONE, np.int64)
    for v, laid in enumerate(tours):
        room[v, : len(laid.room)] = laid.room
    return Fleet(np.concatenate(nodes), vehicles, room)


def room_for(nodes: int) -> Ints:
    """Room for a tour in the kernels."""
    return np.empty((8, nodes), np.int64)


def standing_of(fleet: Fleet) -> Standing:
    """Room for what `look_for_pickups` finds."""
    return Standing(np.empty((len(fleet.node), 2), np.int64), np.empty((len(fleet.vehicle), 4), np.int64))


def needed_of(fleet: Fleet) -> Needed:
    """Room for the ways that are needed."""
    size = len(fleet.node)
    return Needed(np.empty((4, size), np.int64), np.empty(4, np.int64), np.empty(size, np.uint8))


def ask_of(request: Request, now_s: int) -> Ints:
    """A request as the kernels read it; DIRECT is not known yet."""
    return np.array(
        (
            request.pickup_open_s,
            request.pickup_close_s,
            request.drop_open_s,
            request.drop_close_s,
            request.ride_s_max,
            request.pickup_stop_s,
            request.drop_stop_s,
            request.seats,
            request.wheelchairs,
            now_s,
            now_s + FROZEN_S,
            NONE,
        ),
        np.int64,
    )
