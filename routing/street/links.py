"""Where points meet the streets, for one mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.kernels.street_search import Positions
from routing.kernels.street_snap import Grid, snap, snap_all
from routing.street.graph import MODES, USUAL_SPEED_M_S, StreetGraph

OFF_STREET_M_S = {
    "WALK": USUAL_SPEED_M_S["WALK"],
    "WHEELCHAIR": USUAL_SPEED_M_S["WHEELCHAIR"],
    "BIKE": USUAL_SPEED_M_S["WALK"],
    "CAR": USUAL_SPEED_M_S["WALK"],
}
"""Between the point and the street one walks."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where one point meets the streets."""

    edge: int
    along_mm: int
    off_ms: int
    off_mm: int
    segment: int
    """First geometry point of the segment met."""
    lat: float
    lon: float

    def position(self) -> NDArray[np.int64]:
        return np.array([self.edge, self.along_mm, self.off_ms, self.off_mm], np.int64)


def grid_of(graph: StreetGraph, cell_size_e7: tuple[float, float]) -> Grid:
    """The graph's snapping grid as the kernels take it."""
    return Grid(
        cell_key=graph.cell_key,
        cell_first=graph.cell_first,
        cell_segment=graph.cell_segment,
        cell_edge=graph.cell_edge,
        edge_modes=graph.edge_modes,
        edge_length_mm=graph.edge_length_mm,
        first_point=graph.first_point,
        point_lat_e7=graph.point_lat_e7,
        point_lon_e7=graph.point_lon_e7,
        cell_lat_e7=cell_size_e7[0],
        cell_lon_e7=cell_size_e7[1],
    )


def find_link(
    graph: StreetGraph, grid: Grid, mode: str, lat: float, lon: float, radius_m: float
) -> Link | None:
    """Where a point meets the streets of a mode within a radius."""
    bit = 1 << MODES.index(mode)
    edge, along_mm, off_m, segment, share = snap(grid, bit, lat * 1e7, lon * 1e7, radius_m)
    if edge < 0:
        return None
    lat_e7, lon_e7 = graph.point_lat_e7, graph.point_lon_e7
    return Link(
        edge=edge,
        along_mm=along_mm,
        off_ms=round(off_m * 1000 / OFF_STREET_M_S[mode]),
        off_mm=round(off_m * 1000),
        segment=segment,
        lat=float(lat_e7[segment] + share * (int(lat_e7[segment + 1]) - int(lat_e7[segment]))) / 1e7,
        lon=float(lon_e7[segment] + share * (int(lon_e7[segment + 1]) - int(lon_e7[segment]))) / 1e7,
    )


def link_all(grid: Grid, mode: str, lat: NDArray[Any], lon: NDArray[Any], radius_m: float) -> Positions:
    """Where many points meet the streets of a mode; edge -1 for those that do not, and for nan."""
    edge, along_mm = np.empty(len(lat), np.int32), np.zeros(len(lat), np.int32)
    off_m = np.zeros(len(lat), np.float64)
    snap_all(grid, 1 << MODES.index(mode), lat * 1e7, lon * 1e7, radius_m, edge, along_mm, off_m)
    return Positions(
        edge=edge,
        along_mm=along_mm,
        off_ms=np.rint(off_m * 1000 / OFF_STREET_M_S[mode]).astype(np.int32),
        off_mm=np.rint(off_m * 1000).astype(np.int32),
    )


class KeptLinks:
    """Where points meet the streets, kept: dispatchers ask about the same ones again and again. Threads may ask at
    once."""

    def __init__(self, link: Callable[[NDArray[Any], NDArray[Any]], Positions], most: int = 100_000) -> None:
        """`link`: of latitudes and longitudes. With more than `most` points all are forgotten."""
        self._link, self._most = link, most
        self._known: dict[tuple[float, float], tuple[int, ...]] = {}

    def link(self, points: NDArray[np.float64]) -> Positions:
        """Of `points` [P, 2], lat and lon in degrees."""
        asked = list(map(tuple, points.tolist()))
        known = self._known
        new = [at for at, point in enumerate(asked) if point not in known]
        if new and len(known) + len(new) > self._most:
            known = self._known = {}
            new = list(range(len(asked)))
        if new:
            found = self._link(points[new, 0], points[new, 1])
            rows = zip(*(column.tolist() for column in found), strict=True)
            known.update(zip([asked[at] for at in new], rows, strict=True))
        columns = np.array([known[point] for point in asked], np.int32).reshape(-1, 4).T
        return Positions(*np.ascontiguousarray(columns))
