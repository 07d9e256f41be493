"""Turn by turn: an edge path as instructions, as MOTIS's StepInstruction has them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.street import graph as flags
from routing.street.graph import StreetGraph

Line = NDArray[Any]

BEARING_M = 12.0
"""A turn is judged by where one came from and where one goes within this far of it, not by the last metre drawn."""

SLIGHT_DEG, TURN_DEG, HARD_DEG, BACK_DEG = 20.0, 45.0, 130.0, 165.0


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of one street. Field by field MOTIS's StepInstruction; `street_name` empty where it has none."""

    relative_direction: str
    """DEPART, CONTINUE, (SLIGHTLY_|HARD_)LEFT/RIGHT, UTURN_LEFT/RIGHT, CIRCLE_(COUNTER)CLOCKWISE, STAIRS, ELEVATOR."""
    distance_m: float
    from_level: float
    to_level: float
    osm_way: int | None
    """None off the streets."""
    from_osm_node: int | None
    """None where the stretch begins in the middle of an edge; so `to_osm_node` where it ends in one."""
    to_osm_node: int | None
    lat: NDArray[Any]
    lon: NDArray[Any]
    street_name: str
    exit: str
    """Which exit of a roundabout, as a number; empty elsewhere."""
    stay_on: bool
    """The street bends at a junction and keeps its name."""
    area: bool
    toll: bool
    access_restriction: str | None
    """OSM conditional restriction (`no @ (Mo-Fr 07:00-09:00)`)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A half, or a part of it, as it is gone along."""

    half: int
    distance_m: float
    lat: Line
    lon: Line
    begins_at_node: bool
    ends_at_node: bool


def list_steps(graph: StreetGraph, pieces: list[Piece], cost_ms: NDArray[np.int32]) -> tuple[Step, ...]:
    """The pieces of a path as steps: one for each stretch of a street of one name and kind.

    `cost_ms` is the mode's, to count the exits of a roundabout that one could have left by.
    """
    steps: list[Step] = []
    kinds: list[tuple[Any, ...]] = []
    before: Piece | None = None
    for piece in pieces:
        kind = _kind(graph, piece.half)
        turn = "DEPART" if before is None else _turn(before, piece)
        if steps and _goes_on(kinds[-1], kind, turn):
            exits = _exits(graph, piece.half, cost_ms) if kind[0] == "roundabout" else 0
            steps[-1] = _joined(steps[-1], _step(graph, piece, ""), exits)
        else:
            direction = _direction(graph, piece.half, kind, turn, first=before is None)
            step = _step(graph, piece, direction)
            if kind[0] == "roundabout":
                step = replace(step, exit=str(_exits(graph, piece.half, cost_ms)))
            if kinds and kinds[-1][:2] == ("street", kind[1]) and kind[0] == "street" and kind[1] >= 0:
                step = replace(step, stay_on=turn != "CONTINUE")
            steps.append(step)
            kinds.append(kind)
        before = piece if len(piece.lat) > 1 and piece.distance_m > 0 else before or piece
    return tuple(steps)


def _kind(graph: StreetGraph, half: int) -> tuple[Any, ...]:
    """What makes a stretch one: its sort, its name, then what a step says of it as a whole."""
    edge = half >> 1
    edge_flags, way = int(graph.edge_flags[edge]), int(graph.edge_way[edge])
    about = (bool(edge_flags & flags.AREA), bool(edge_flags & flags.TOLL), int(graph.way_restriction[way]))
    if edge_flags & flags.ELEVATOR:
        return ("lift", -1)
    if edge_flags & flags.ROUNDABOUT:
        return ("roundabout", -1)
    if edge_flags & (flags.STEPS | flags.ESCALATOR):
        return ("stairs", int(graph.way_name[way]), *about)
    return ("street", int(graph.way_name[way]), *about)


def _goes_on(before: tuple[Any, ...], kind: tuple[Any, ...], turn: str) -> bool:
    """A stretch goes on under the same name while nobody would call it a turn; unnamed ones only straight on."""
    if before != kind:
        return False
    if kind[0] != "street":
        return True
    return turn == "CONTINUE" or (kind[1] >= 0 and turn in ("SLIGHTLY_LEFT", "SLIGHTLY_RIGHT"))


def _direction(graph: StreetGraph, half: int, kind: tuple[Any, ...], turn: str, first: bool) -> str:
    if kind[0] == "lift":
        return "ELEVATOR"
    if kind[0] == "stairs":
        return "STAIRS"
    if kind[0] == "roundabout":
        clockwise = int(graph.edge_flags[half >> 1]) & flags.CLOCKWISE
        return "CIRCLE_CLOCKWISE" if clockwise else "CIRCLE_COUNTERCLOCKWISE"
    return "DEPART" if first else turn


def _step(graph: StreetGraph, piece: Piece, direction: str) -> Step:
    edge, against = piece.half >> 1, piece.half & 1
    way, edge_flags = int(graph.edge_way[edge]), int(graph.edge_flags[edge])
    levels = graph.way_level[2 * way : 2 * way + 2]
    from_node, to_node = int(graph.half_head[piece.half ^ 1]), int(graph.half_head[piece.half])
    is_connector = bool(edge_flags & flags.CONNECTOR)
    return Step(
        relative_direction=direction,
        distance_m=piece.distance_m,
        from_level=float(levels[against]),
        to_level=float(levels[1 - against]),
        osm_way=None if is_connector and edge_flags & flags.ELEVATOR else int(graph.way_osm[way]),
        from_osm_node=int(graph.node_osm[from_node]) if piece.begins_at_node else None,
        to_osm_node=int(graph.node_osm[to_node]) if piece.ends_at_node else None,
        lat=piece.lat,
        lon=piece.lon,
        street_name=graph.find_text(int(graph.way_name[way])) or "",
        exit="",
        stay_on=False,
        area=bool(edge_flags & flags.AREA),
        toll=bool(edge_flags & flags.TOLL),
        access_restriction=graph.find_text(int(graph.way_restriction[way])),
    )


def _joined(step: Step, more: Step, exits: int) -> Step:
    """A step and the piece after it; a roundabout's exits are counted on."""
    return replace(
        step,
        distance_m=step.distance_m + more.distance_m,
        to_level=more.to_level,
        to_osm_node=more.to_osm_node,
        lat=np.concatenate((step.lat, more.lat[1:])),
        lon=np.concatenate((step.lon, more.lon[1:])),
        exit=str(int(step.exit) + exits) if step.exit else "",
    )


def _exits(graph: StreetGraph, half: int, cost_ms: NDArray[np.int32]) -> int:
    """How many streets one may leave a roundabout by where this piece of it ends."""
    node = int(graph.half_head[half])
    leaving = graph.out_half[graph.first_out[node] : graph.first_out[node + 1]]
    on_it = graph.edge_flags[leaving >> 1] & flags.ROUNDABOUT != 0
    return int(np.count_nonzero(~on_it & (cost_ms[leaving] != flags.FORBIDDEN)))


def _turn(before: Piece, piece: Piece) -> str:
    """How one turns from one piece into the next, by the bearings near the junction."""
    if piece.distance_m <= 0 or before.distance_m <= 0:
        return "CONTINUE"
    came = _bearing_deg(before.lat[::-1], before.lon[::-1]) + 180.0
    turned = (_bearing_deg(piece.lat, piece.lon) - came + 540.0) % 360.0 - 180.0
    size, side = abs(turned), "RIGHT" if turned > 0 else "LEFT"
    if size < SLIGHT_DEG:
        return "CONTINUE"
    if size < TURN_DEG:
        return f"SLIGHTLY_{side}"
    if size < HARD_DEG:
        return side
    return f"HARD_{side}" if size < BACK_DEG else f"UTURN_{side}"


def _bearing_deg(lat: Line, lon: Line) -> float:
    """Where a line leads from its beginning, clockwise from north: to the point BEARING_M along it, or its end."""
    first_lat, first_lon = float(lat[0]), float(lon[0])
    scale = math.cos(math.radians(first_lat))
    north = east = run_m = 0.0
    # number by number: pieces have few points, and arrays take ten times as long for them
    for point_lat, point_lon in zip(lat[1:].tolist(), lon[1:].tolist(), strict=True):
        to_north, to_east = (point_lat - first_lat) * 111_195.0, (point_lon - first_lon) * 111_195.0 * scale
        length_m = math.hypot(to_east - east, to_north - north)
        if run_m + length_m >= BEARING_M:
            share = (BEARING_M - run_m) / length_m
            north, east = north + share * (to_north - north), east + share * (to_east - east)
            break
        north, east, run_m = to_north, to_east, run_m + length_m
    return math.degrees(math.atan2(east, north))
