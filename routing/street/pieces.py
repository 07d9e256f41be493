"""Ways cut into pieces between junctions, with what each costs each mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.street import graph as flags
from routing.street.graph import FORBIDDEN, MODES
from routing.street.osm import Extract
from routing.street.tagging import Street, judge_node, judge_way
from routing.street.tagging.node import LIFT_WAIT_S, SIGNALS_WAIT_S
from routing.street.tagging.way import name_of

Array = NDArray[Any]

EARTH_RADIUS_M = 6_371_008.8


@dataclass(slots=True)
class Pieces:
    """Edges and nodes in no particular order. A piece runs from reference `first_ref` to `last_ref` of the extract."""

    tail: NDArray[np.int64]  # [E] node
    head: NDArray[np.int64]  # [E]
    first_ref: NDArray[np.int64]  # [E]
    last_ref: NDArray[np.int64]  # [E], equal to first_ref for a connector
    way: NDArray[np.int32]  # [E]
    flags: NDArray[np.uint16]  # [E]
    length_mm: NDArray[np.int32]  # [E]
    cost_ms: NDArray[np.int32]  # [2E, 4] by half and mode
    node_osm: NDArray[np.int64]  # [N]
    node_lat_e7: NDArray[np.int32]
    node_lon_e7: NDArray[np.int32]
    way_osm: NDArray[np.int64]  # [W]
    way_name: NDArray[np.int32]
    way_restriction: NDArray[np.int32]
    way_level: NDArray[np.float32]  # [2W]
    texts: list[str]


def cut_pieces(extract: Extract) -> Pieces:
    """Judge the ways, cut them at junctions, and put connectors around nodes that stop somebody or take time."""
    streets, row_street = _judge_ways(extract.way_tags)
    way_of_row = np.cumsum(row_street >= 0) - 1  # rows that are streets, numbered
    row_of_ref = np.repeat(np.arange(len(row_street)), np.diff(extract.first_ref))
    ref = np.flatnonzero(row_street[row_of_ref] >= 0)  # references of streets
    osm_node, node_of = np.unique(extract.ref_node[ref], return_inverse=True)
    some_ref = np.empty(len(osm_node), np.int64)
    some_ref[node_of] = ref
    row = row_of_ref[ref]
    row_ends = np.ones(len(ref), bool)
    row_ends[1:-1] = (row[1:-1] != row[:-2]) | (row[1:-1] != row[2:])
    rules = _Rules(extract, osm_node)
    is_cut = row_ends | (np.bincount(node_of, minlength=len(osm_node))[node_of] > 1) | rules.special[node_of]
    cut = np.flatnonzero(is_cut)
    pair = np.flatnonzero(row[cut[:-1]] == row[cut[1:]])
    begin, end = cut[pair], cut[pair + 1]
    piece_street = row_street[row[begin]]
    length_mm, signals = _measure(extract, ref, begin, end, rules.has_signals[node_of])
    street_flags = np.array([street.flags for street in streets], np.uint16)
    texts, way_name, way_restriction = _name_ways(extract.way_tags, row_street, streets)
    kept = np.flatnonzero(row_street >= 0)
    levels = np.array([(street.level_from, street.level_to) for street in streets], np.float32).reshape(-1, 2)
    pieces = Pieces(
        tail=node_of[begin].astype(np.int64),
        head=node_of[end].astype(np.int64),
        first_ref=ref[begin],
        last_ref=ref[end],
        way=way_of_row[row[begin]].astype(np.int32),
        flags=street_flags[piece_street] if len(streets) else np.zeros(0, np.uint16),
        length_mm=length_mm,
        cost_ms=_costs(streets, piece_street, length_mm, signals),
        node_osm=osm_node,
        node_lat_e7=extract.ref_lat_e7[some_ref],
        node_lon_e7=extract.ref_lon_e7[some_ref],
        way_osm=extract.way_osm[kept],
        way_name=way_name,
        way_restriction=way_restriction,
        way_level=levels[row_street[kept]].reshape(-1),
        texts=texts,
    )
    is_footway = np.array([street.is_footway for street in streets], bool)
    _add_connectors(pieces, rules, is_footway[piece_street] if len(streets) else np.zeros(0, bool))
    return _without_unused_nodes(pieces)


def _judge_ways(way_tags: list[dict[str, str]]) -> tuple[list[Street], NDArray[np.int64]]:
    """The different streets there are, and which each row is (-1: none). Tags are judged once, whatever the name."""
    streets: list[Street] = []
    known: dict[tuple[tuple[str, str], ...], int] = {}
    row_street = np.full(len(way_tags), -1, np.int64)
    for row, tags in enumerate(way_tags):
        key = tuple(sorted(item for item in tags.items() if item[0] not in ("name", "ref", "note", "source")))
        index = known.get(key)
        if index is None:
            street = judge_way(tags)
            index = -1 if street is None else len(streets)
            known[key] = index
            if street is not None:
                streets.append(street)
        row_street[row] = index
    return streets, row_street


def _name_ways(
    way_tags: list[dict[str, str]], row_street: Array, streets: list[Street]
) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32]]:
    numbers: dict[str, int] = {}

    def number(text: str | None) -> int:
        return -1 if text is None else numbers.setdefault(text, len(numbers))

    kept = np.flatnonzero(row_street >= 0)
    names = [number(name_of(way_tags[row])) for row in kept]
    restrictions = [number(streets[row_street[row]].restriction) for row in kept]
    return list(numbers), np.array(names, np.int32), np.array(restrictions, np.int32)


class _Rules:
    """What the nodes of the streets do, by their index among these."""

    def __init__(self, extract: Extract, osm_node: NDArray[np.int64]) -> None:
        count = len(osm_node)
        self.blocked = np.zeros(count, np.uint8)
        self.kerb = np.zeros(count, np.uint8)
        self.is_lift = np.zeros(count, bool)
        self.has_signals = np.zeros(count, bool)
        tagged = np.array(sorted(extract.node_tags), np.int64)
        for index in np.flatnonzero(np.isin(osm_node, tagged)):
            rule = judge_node(extract.node_tags[int(osm_node[index])])
            self.blocked[index], self.kerb[index] = rule.blocked, rule.kerb
            self.is_lift[index], self.has_signals[index] = rule.is_lift, rule.has_signals
        self.special = (self.blocked != 0) | (self.kerb != 0) | self.is_lift


def _measure(
    extract: Extract, ref: Array, begin: Array, end: Array, has_signals: Array
) -> tuple[Array, Array]:
    """Length of each piece in mm, and its traffic lights: whole inside, half at the ends."""
    lat = np.radians(extract.ref_lat_e7[ref] / 1e7)
    lon = np.radians(extract.ref_lon_e7[ref] / 1e7)
    half = np.sin(np.diff(lat) / 2) ** 2 + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(np.diff(lon) / 2) ** 2
    step_mm = np.rint(2 * EARTH_RADIUS_M * 1000 * np.arcsin(np.sqrt(half))).astype(np.int64)
    run_mm = np.concatenate(([0], np.cumsum(step_mm)))
    run_signals = np.concatenate(([0], np.cumsum(has_signals)))
    ends = 0.5 * has_signals[begin] + 0.5 * has_signals[end]
    inside = run_signals[end] - run_signals[begin + 1] if len(begin) else np.zeros(0)
    return (run_mm[end] - run_mm[begin]).astype(np.int32), inside + ends


def _costs(streets: list[Street], piece_street: Array, length_mm: Array, signals: Array) -> NDArray[np.int32]:
    """Milliseconds by half and mode, [2E, 4]."""
    speeds = np.array([street.speeds_m_s for street in streets], np.float64).reshape(-1, len(MODES), 2)
    cost = np.full((len(piece_street), 2, len(MODES)), FORBIDDEN, np.int32)
    lifts = np.array([bool(street.flags & flags.ELEVATOR) for street in streets], bool)
    for mode in range(len(MODES)):
        for direction in range(2):
            speed = speeds[piece_street, mode, direction]
            open_ = speed > 0
            ms = np.rint(length_mm[open_] / speed[open_])
            ms += lifts[piece_street[open_]] * LIFT_WAIT_S * 1000
            if mode == MODES.index("CAR"):
                ms += signals[open_] * SIGNALS_WAIT_S * 1000
            cost[open_, direction, mode] = ms
    return cost.reshape(-1, len(MODES))


def _add_connectors(pieces: Pieces, rules: _Rules, is_footway: NDArray[np.bool_]) -> None:
    """End the edges of special nodes at copies, each joined to its node. Where a single edge ends, nobody passes."""
    edge_count, node_count = len(pieces.tail), len(pieces.node_osm)
    ends = np.concatenate((pieces.tail, pieces.head))
    degree = np.bincount(ends, minlength=node_count)
    at = np.flatnonzero(rules.special[ends] & (degree[ends] > 1))  # ends of edges, tails then heads
    if len(at) == 0:
        return
    hub, edge = ends[at], at % edge_count
    copy = node_count + np.arange(len(at))
    ends[at] = copy
    blocked = rules.blocked[hub] | np.where(is_footway[edge], rules.kerb[hub], 0).astype(np.uint8)
    wait_ms = np.where(rules.is_lift[hub], LIFT_WAIT_S * 500, 0).astype(np.int32)
    open_ = (blocked[:, None] >> np.arange(len(MODES)) & 1) == 0
    open_[:, MODES.index("CAR")] &= ~rules.is_lift[hub]
    cost = np.where(open_, wait_ms[:, None], FORBIDDEN).astype(np.int32)
    ref = np.where(at < edge_count, pieces.first_ref[edge], pieces.last_ref[edge])
    kind = flags.CONNECTOR + flags.ELEVATOR * rules.is_lift[hub]
    pieces.tail = np.concatenate((ends[:edge_count], copy))
    pieces.head = np.concatenate((ends[edge_count:], hub))
    pieces.first_ref = np.concatenate((pieces.first_ref, ref))
    pieces.last_ref = np.concatenate((pieces.last_ref, ref))
    pieces.way = np.concatenate((pieces.way, pieces.way[edge]))
    pieces.flags = np.concatenate((pieces.flags, kind.astype(np.uint16)))
    pieces.length_mm = np.concatenate((pieces.length_mm, np.zeros(len(at), np.int32)))
    pieces.cost_ms = np.concatenate((pieces.cost_ms, np.repeat(cost, 2, axis=0)))
    pieces.node_osm = np.concatenate((pieces.node_osm, pieces.node_osm[hub]))
    pieces.node_lat_e7 = np.concatenate((pieces.node_lat_e7, pieces.node_lat_e7[hub]))
    pieces.node_lon_e7 = np.concatenate((pieces.node_lon_e7, pieces.node_lon_e7[hub]))


def _without_unused_nodes(pieces: Pieces) -> Pieces:
    used = np.unique(np.concatenate((pieces.tail, pieces.head)))
    pieces.tail = np.searchsorted(used, pieces.tail)
    pieces.head = np.searchsorted(used, pieces.head)
    pieces.node_osm = pieces.node_osm[used]
    pieces.node_lat_e7 = pieces.node_lat_e7[used]
    pieces.node_lon_e7 = pieces.node_lon_e7[used]
    return pieces
