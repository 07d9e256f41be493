"""From an OpenStreetMap extract to the street graph.

Ways are cut into edges at junctions and ends. Where a node stops somebody (a bollard, a raised kerb) or takes time (a
lift), its edges end at copies of it, each joined to the node by an edge of no length, a connector, which carries what
the node does to those who pass. So every algorithm sees a plain graph. Left out: turn restrictions, ferries,
conditional access (a path names the restriction), areas but for their outline, and multipolygons.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.kernels.street_components import list_segment_cells, number_components
from routing.street import graph as flags
from routing.street.geometry import METRES_A_DEGREE
from routing.street.graph import FORBIDDEN, MODES, StreetGraph, pack_texts
from routing.street.many_to_many import order_nodes
from routing.street.order import z_order
from routing.street.osm import BrokenExtractError, Extract, read_extract
from routing.street.pieces import Pieces, cut_pieces

Array = NDArray[Any]

ISLAND_KM_MIN = 10.0
"""A component with fewer streets is a small island, unless it is the largest: nothing begins or ends there."""

CELL_M = 150.0
"""Of the snapping grid, north to south; as wide in the middle of the extract."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What came of the extract."""

    node_count: int
    edge_count: int
    way_count: int
    length_km: dict[str, float]
    """By mode, of what one may use."""
    island_km: dict[str, float]
    """By mode, of it what lies on small islands, where no journey begins or ends."""
    cut_ways: int
    """Ways that go on outside the extract: they end where it does."""
    notes: list[str] = field(default_factory=list)
    """What an operator should know, in English."""


def build_graph(
    osm_path: Path, progress: Callable[[str, float], None] | None = None
) -> tuple[StreetGraph, BuildReport]:
    """The street graph of an extract (.osm.pbf, .osm.gz, .osm.bz2, .osm).

    `progress(stage, share)` is called now and then with the stage ('read', 'cut', 'join', 'index', 'order') and the
    share of the whole that is done, 0 to 1 (while reading: an estimate). Raises BrokenExtractError for a file that is
    missing, broken, cut short, or has no streets.
    """
    told = progress or (lambda stage, share: None)
    told("read", 0.0)
    extract = read_extract(osm_path, lambda stage, share: told(stage, 0.6 * share))
    told("cut", 0.6)
    pieces = cut_pieces(extract)
    if len(pieces.way) == 0:
        raise BrokenExtractError(
            f"{osm_path}: none of its ways is a street that anybody may use. Take an extract of your region"
        )
    told("join", 0.8)
    graph = _assemble(extract, pieces)
    told("index", 0.85)
    graph = _with_grid(_with_components(graph))
    told("order", 0.9)
    graph = graph._replace(car_order=order_nodes(graph))
    told("order", 1.0)
    return graph, _report(extract, graph)


def _assemble(extract: Extract, pieces: Pieces) -> StreetGraph:
    """Nodes in Z-order, edges by their first node, and everything about them."""
    node_rank = z_order(pieces.node_lat_e7, pieces.node_lon_e7)  # new order: old nodes
    new_node = np.empty(len(node_rank), np.int32)
    new_node[node_rank] = np.arange(len(node_rank), dtype=np.int32)
    tail, head = new_node[pieces.tail], new_node[pieces.head]
    edge_rank = np.lexsort((head, tail))
    tail, head = tail[edge_rank], head[edge_rank]
    half_head = np.empty(2 * len(tail), np.int32)
    half_head[0::2], half_head[1::2] = head, tail
    half_tail = half_head.reshape(-1, 2)[:, ::-1].reshape(-1)
    out_half = np.argsort(half_tail, kind="stable").astype(np.int32)
    first_out = np.zeros(len(node_rank) + 1, np.int32)
    np.cumsum(np.bincount(half_tail, minlength=len(node_rank)), out=first_out[1:])
    cost_ms = pieces.cost_ms.reshape(-1, 2, len(MODES))[edge_rank]
    by_mode = [np.ascontiguousarray(cost_ms[:, :, m]).reshape(-1) for m in range(len(MODES))]
    points, first_point = _points_of(extract, pieces, edge_rank)
    text_first, text_bytes = pack_texts(pieces.texts)
    empty = np.zeros(0, np.int32)
    return StreetGraph(
        node_lat_e7=pieces.node_lat_e7[node_rank],
        node_lon_e7=pieces.node_lon_e7[node_rank],
        node_osm=pieces.node_osm[node_rank],
        node_component=np.zeros(len(MODES) * len(node_rank), np.uint16),
        first_out=first_out,
        out_half=out_half,
        half_head=half_head,
        walk_ms=by_mode[0],
        wheelchair_ms=by_mode[1],
        bike_ms=by_mode[2],
        car_ms=by_mode[3],
        edge_length_mm=pieces.length_mm[edge_rank],
        edge_way=pieces.way[edge_rank],
        edge_flags=pieces.flags[edge_rank],
        edge_modes=np.zeros(len(tail), np.uint8),
        first_point=first_point,
        point_lat_e7=extract.ref_lat_e7[points],
        point_lon_e7=extract.ref_lon_e7[points],
        way_osm=pieces.way_osm,
        way_name=pieces.way_name,
        way_restriction=pieces.way_restriction,
        way_level=pieces.way_level,
        text_first=text_first,
        text_bytes=text_bytes,
        cell_key=np.zeros(0, np.int64),
        cell_first=np.zeros(1, np.int32),
        cell_segment=empty,
        cell_edge=empty,
        car_order=empty,
    )


def _points_of(extract: Extract, pieces: Pieces, edge_rank: Array) -> tuple[Array, Array]:
    """References of the geometry of every edge, in the new order, and where each edge's begin."""
    begin, end = pieces.first_ref[edge_rank], pieces.last_ref[edge_rank]
    count = np.where(begin == end, 2, end - begin + 1)  # a connector is its node, twice
    first_point = np.zeros(len(count) + 1, np.int32)
    np.cumsum(count, out=first_point[1:])
    within = np.arange(first_point[-1], dtype=np.int64) - np.repeat(first_point[:-1].astype(np.int64), count)
    return np.minimum(np.repeat(begin, count) + within, np.repeat(end, count)), first_point


def _with_components(graph: StreetGraph) -> StreetGraph:
    """Number the large components of each mode, and say on which edges one may begin and end."""
    component = np.zeros((len(MODES), len(graph.node_osm)), np.uint16)
    modes = np.zeros(len(graph.edge_way), np.uint8)
    nowhere = (graph.edge_flags & (flags.CONNECTOR | flags.ELEVATOR | flags.ESCALATOR | flags.PASSING)) != 0
    tail, head = graph.half_head[1::2], graph.half_head[0::2]
    for m, mode in enumerate(MODES):
        cost_ms = graph.cost_ms(mode)
        of_node = number_components(graph.first_out, graph.out_half, graph.half_head, cost_ms, FORBIDDEN)
        usable = (cost_ms[0::2] != FORBIDDEN) | (cost_ms[1::2] != FORBIDDEN)
        inside = usable & (of_node[tail] == of_node[head])
        length_km = np.bincount(of_node[tail[inside]], graph.edge_length_mm[inside] / 1e6, of_node.max() + 1)
        large = np.flatnonzero((length_km >= ISLAND_KM_MIN) | (length_km == length_km.max()))
        large = large[np.argsort(-length_km[large], kind="stable")][: np.iinfo(np.uint16).max]
        number = np.zeros(len(length_km), np.uint16)
        number[large[length_km[large] > 0]] = 1 + np.arange(np.count_nonzero(length_km[large] > 0))
        component[m] = number[of_node]
        begins = inside & (component[m][tail] > 0) & ~nowhere
        modes |= (begins.astype(np.uint8) << m).astype(np.uint8)
    return graph._replace(node_component=component.reshape(-1), edge_modes=modes)


def _with_grid(graph: StreetGraph) -> StreetGraph:
    """The snapping grid: which segments, of edges where somebody may begin, touch which cell."""
    cell_lat, cell_lon = cell_size_e7(graph)
    keys, segments, edges = list_segment_cells(
        graph.first_point, graph.point_lat_e7, graph.point_lon_e7, graph.edge_modes != 0, cell_lat, cell_lon
    )
    order = np.argsort(keys, kind="stable")
    cell_key, first = np.unique(keys[order], return_index=True)
    return graph._replace(
        cell_key=cell_key,
        cell_first=np.append(first, len(keys)).astype(np.int32),
        cell_segment=segments[order],
        cell_edge=edges[order],
    )


def cell_size_e7(graph: StreetGraph) -> tuple[float, float]:
    """Height and width of the grid's cells in degrees × 10⁷."""
    south, _, north, _ = graph.bounds()
    height = CELL_M / METRES_A_DEGREE * 1e7
    return height, height / max(0.01, math.cos(math.radians((south + north) / 2)))


def _report(extract: Extract, graph: StreetGraph) -> BuildReport:
    length_km, island_km = {}, {}
    tail = graph.half_head[1::2]
    for mode in MODES:
        cost_ms = graph.cost_ms(mode)
        usable = (cost_ms[0::2] != FORBIDDEN) | (cost_ms[1::2] != FORBIDDEN)
        island = usable & (graph.component(mode)[tail] == 0)
        length_km[mode] = float(graph.edge_length_mm[usable].sum(dtype=np.int64)) / 1e6
        island_km[mode] = float(graph.edge_length_mm[island].sum(dtype=np.int64)) / 1e6
    notes = []
    if extract.cut_ways:
        notes.append(f"{extract.cut_ways} ways go on outside the extract; they end where it does.")
    notes += [f"There is no street for {mode}." for mode in MODES if length_km[mode] == 0]
    return BuildReport(
        node_count=len(graph.node_osm),
        edge_count=len(graph.edge_way),
        way_count=len(graph.way_osm),
        length_km=length_km,
        island_km=island_km,
        cut_ways=extract.cut_ways,
        notes=notes,
    )
