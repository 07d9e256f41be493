"""A way from one point to another: found, drawn, told turn by turn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.kernels.street_path import find_path
from routing.kernels.street_search import Arcs, Work
from routing.street.geometry import METRES_A_DEGREE, cut_line
from routing.street.graph import FORBIDDEN, MODES, StreetGraph
from routing.street.links import Link
from routing.street.paths import StreetPath
from routing.street.steps import Piece, list_steps

Line = tuple[NDArray[np.float64], NDArray[np.float64]]
Ends = tuple[tuple[float, float], tuple[float, float]]
"""A point beside the street and where it meets it, or the other way round."""

BOUND_SHARE = 0.98
"""Of the crow's time: costs are rounded to milliseconds, and the bound must not exceed any."""


@dataclass(frozen=True, slots=True)
class Way:
    """Halves from origin to target (the first and last in part), time and length with the bits beside the street."""

    halves: NDArray[np.int32]
    ms: int
    mm: int


class PathFinder:
    """Finds paths in a graph for any mode."""

    def __init__(self, graph: StreetGraph, arcs: dict[str, Arcs]) -> None:
        self._graph = graph
        self._arcs = arcs
        south, _, north, _ = graph.bounds()
        narrow = math.cos(math.radians(max(abs(south), abs(north))))
        metres_an_e7 = np.array([METRES_A_DEGREE, METRES_A_DEGREE * narrow]) / 1e7
        self._bound = {mode: metres_an_e7 * 1000 * BOUND_SHARE / _fastest_m_s(graph, mode) for mode in MODES}

    def find(self, mode: str, origin: Link, target: Link, work: Work) -> Way | None:
        """The fastest way between two places on the streets; None where none leads from one to the other."""
        graph = self._graph
        component = graph.component(mode)
        if component[graph.half_head[2 * origin.edge]] != component[graph.half_head[2 * target.edge]]:
            return None
        halves = np.empty(len(graph.node_osm) + 2, np.int32)
        count, ms, mm = find_path(
            self._arcs[mode],
            work,
            graph.node_lat_e7,
            graph.node_lon_e7,
            origin.position(),
            target.position(),
            np.array([target.lat * 1e7, target.lon * 1e7]),
            self._bound[mode],
            halves,
        )
        return None if ms < 0 else Way(halves[:count].copy(), int(ms), int(mm))

    def present(
        self,
        mode: str,
        way: Way,
        origin: Link,
        target: Link,
        begin: tuple[float, float],
        end: tuple[float, float],
        slowness: float,
    ) -> StreetPath:
        """The way as people see it, between the points asked for (lat, lon)."""
        pieces = self._pieces(way, origin, target)
        lines = [(piece.lat, piece.lon) for piece in pieces]
        lat, lon = _joined((begin, (origin.lat, origin.lon)), lines, ((target.lat, target.lon), end))
        return StreetPath(
            duration_s=math.ceil(way.ms * slowness / 1000),
            distance_m=way.mm / 1000,
            lat=lat,
            lon=lon,
            steps=list_steps(self._graph, pieces, self._graph.cost_ms(mode)),
        )

    def _pieces(self, way: Way, origin: Link, target: Link) -> list[Piece]:
        """Halves with their geometry as it is gone along, at least one; ends of no length are left out."""
        last = len(way.halves) - 1
        pieces: list[Piece] = []
        for i, half in enumerate(way.halves.tolist()):
            begin = _share(self._graph, half, origin) if i == 0 else 0.0
            end = _share(self._graph, half, target) if i == last else 1.0
            length_m = float(self._graph.edge_length_mm[half >> 1]) / 1000 * (end - begin)
            lat, lon = self._line(half)
            lat, lon = cut_line(lat, lon, begin, end)
            if begin < end or 0 < i < last or (i == last and not pieces):
                pieces.append(Piece(half, max(0.0, length_m), lat, lon, begin <= 0.0, end >= 1.0))
        return pieces

    def _line(self, half: int) -> Line:
        edge = half >> 1
        points = slice(int(self._graph.first_point[edge]), int(self._graph.first_point[edge + 1]))
        lat, lon = self._graph.point_lat_e7[points] / 1e7, self._graph.point_lon_e7[points] / 1e7
        return (lat[::-1], lon[::-1]) if half & 1 else (lat, lon)


def _share(graph: StreetGraph, half: int, link: Link) -> float:
    """How far along a half a place is, 0 to 1."""
    length = int(graph.edge_length_mm[half >> 1])
    along = link.along_mm / length if length else 0.0
    return 1.0 - along if half & 1 else along


def _joined(begin: Ends, lines: list[Line], end: Ends) -> Line:
    """One line through all, without the same point twice running."""
    lat = np.concatenate(
        ([point[0] for point in begin], *(line[0] for line in lines), [point[0] for point in end])
    )
    lon = np.concatenate(
        ([point[1] for point in begin], *(line[1] for line in lines), [point[1] for point in end])
    )
    moves = np.concatenate(([True], (np.abs(np.diff(lat)) > 1e-9) | (np.abs(np.diff(lon)) > 1e-9)))
    if not moves[1:].any():
        return lat[[0, -1]], lon[[0, -1]]
    return lat[moves], lon[moves]


def _fastest_m_s(graph: StreetGraph, mode: str) -> float:
    """The fastest that a metre or more of street is gone along."""
    cost_ms: NDArray[Any] = graph.cost_ms(mode)
    length_mm = np.repeat(graph.edge_length_mm, 2)
    known = (cost_ms != FORBIDDEN) & (cost_ms > 0) & (length_mm > 1000)
    return float((length_mm[known] / cost_ms[known]).max()) if known.any() else 1.0
