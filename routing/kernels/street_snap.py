"""Where points meet the streets: the nearest segment of an edge that a mode may begin on."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from routing.kernels.street_components import cell_of

METRES_AN_E7 = 0.0111195080
"""Length of 10⁻⁷ degree of latitude, on a sphere of 6371.0088 km."""

FIRST_RADIUS_M = 40.0


class Grid(NamedTuple):
    """The snapping grid and the geometry it points to; of a StreetGraph, read-only."""

    cell_key: np.ndarray  # int64[C]
    cell_first: np.ndarray  # int32[C + 1]
    cell_segment: np.ndarray  # int32[K]
    cell_edge: np.ndarray  # int32[K]
    edge_modes: np.ndarray  # uint8[E]
    edge_length_mm: np.ndarray  # int32[E]
    first_point: np.ndarray  # int32[E + 1]
    point_lat_e7: np.ndarray  # int32[P]
    point_lon_e7: np.ndarray  # int32[P]
    cell_lat_e7: float
    cell_lon_e7: float


@njit(cache=True, nogil=True)
def snap(grid, mode_bit, lat_e7, lon_e7, radius_m):
    """(edge, along_mm, off_m, segment, share) of the nearest place on an edge of the mode; edge -1: none within radius.

    `lat_e7`, `lon_e7` float64. `segment` is its first point and `share` how far along it, 0 to 1.
    """
    lon_scale = METRES_AN_E7 * math.cos(math.radians(lat_e7 * 1e-7))
    radius = min(FIRST_RADIUS_M, radius_m)
    while True:
        edge, segment, share, off_m = _nearest(grid, mode_bit, lat_e7, lon_e7, lon_scale, radius)
        if edge >= 0 or radius >= radius_m:
            break
        radius = min(3.0 * radius, radius_m)
    if edge < 0:
        return -1, 0, off_m, 0, 0.0
    return edge, _along_mm(grid, edge, segment, share), off_m, segment, share


@njit(cache=True, nogil=True)
def _nearest(grid, mode_bit, lat_e7, lon_e7, lon_scale, radius_m):
    cell_key, cell_first = grid.cell_key, grid.cell_first
    cell_segment, cell_edge, edge_modes = grid.cell_segment, grid.cell_edge, grid.edge_modes
    point_lat, point_lon = grid.point_lat_e7, grid.point_lon_e7
    high, wide = radius_m / METRES_AN_E7, radius_m / max(lon_scale, 1e-9)
    first_row, last_row = cell_of(lat_e7 - high, grid.cell_lat_e7), cell_of(lat_e7 + high, grid.cell_lat_e7)
    first_col, last_col = cell_of(lon_e7 - wide, grid.cell_lon_e7), cell_of(lon_e7 + wide, grid.cell_lon_e7)
    best, best_edge, best_segment, best_share = radius_m * radius_m, -1, 0, 0.0
    for row in range(first_row, last_row + 1):
        cell = np.searchsorted(cell_key, (row << 32) + first_col)
        while cell < len(cell_key) and cell_key[cell] <= (row << 32) + last_col:
            for i in range(cell_first[cell], cell_first[cell + 1]):
                if not edge_modes[cell_edge[i]] & mode_bit:
                    continue
                a = cell_segment[i]
                ay, ax = (point_lat[a] - lat_e7) * METRES_AN_E7, (point_lon[a] - lon_e7) * lon_scale
                by, bx = (point_lat[a + 1] - lat_e7) * METRES_AN_E7, (point_lon[a + 1] - lon_e7) * lon_scale
                dy, dx = by - ay, bx - ax
                length = dx * dx + dy * dy
                share = min(1.0, max(0.0, -(ax * dx + ay * dy) / length)) if length > 0.0 else 0.0
                y, x = ay + share * dy, ax + share * dx
                distance = x * x + y * y
                if distance < best or (best_edge < 0 and distance <= best):
                    best, best_edge, best_segment, best_share = distance, cell_edge[i], a, share
            cell += 1
    return best_edge, best_segment, best_share, math.sqrt(best)


@njit(cache=True, nogil=True)
def _along_mm(grid, edge, segment, share):
    """How far along its edge a place is, in mm: exact at the ends, and one place is one place, whoever asks."""
    first_lat_e7 = float(grid.point_lat_e7[grid.first_point[edge]])
    lon_scale = METRES_AN_E7 * math.cos(math.radians(first_lat_e7 * 1e-7))
    before, whole = 0.0, 0.0
    for point in range(grid.first_point[edge], grid.first_point[edge + 1] - 1):
        dy = (grid.point_lat_e7[point + 1] - grid.point_lat_e7[point]) * METRES_AN_E7
        dx = (grid.point_lon_e7[point + 1] - grid.point_lon_e7[point]) * lon_scale
        length = math.sqrt(dx * dx + dy * dy)
        if point < segment:
            before += length
        elif point == segment:
            before += share * length
        whole += length
    length_mm = int(grid.edge_length_mm[edge])
    if whole <= 0.0:
        return 0
    return min(length_mm, round(length_mm * (before / whole)))


@njit(cache=True, nogil=True)
def snap_all(grid, mode_bit, lat_e7, lon_e7, radius_m, out_edge, out_along_mm, out_off_m):
    """`snap` for float64[P] coordinates (nan: nowhere) into int32[P], int32[P], float64[P]."""
    for i in range(len(lat_e7)):
        out_edge[i] = -1
        if math.isnan(lat_e7[i]) or math.isnan(lon_e7[i]):
            continue
        edge, along_mm, off_m, _, _ = snap(grid, mode_bit, lat_e7[i], lon_e7[i], radius_m)
        out_edge[i], out_along_mm[i], out_off_m[i] = edge, along_mm, off_m
