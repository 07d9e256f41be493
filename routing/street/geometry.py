"""Lengths and lines on the ground."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

METRES_A_DEGREE = 111_195.08
"""Of latitude, on a sphere of 6371.0088 km."""


def flat_distance_m(
    lat: float, lon: float, to_lat: NDArray[Any], to_lon: NDArray[Any]
) -> NDArray[np.float64]:
    """Distances from a point to others in degrees, on the plane that touches the Earth between them."""
    scale = np.cos(np.radians((to_lat + lat) / 2))
    north = (to_lat - lat) * METRES_A_DEGREE
    east = (to_lon - lon) * METRES_A_DEGREE * scale
    return np.asarray(np.hypot(north, east))


def run_m(lat: NDArray[Any], lon: NDArray[Any]) -> NDArray[np.float64]:
    """How far along a line each of its points is, in metres: float64[P], from 0."""
    scale = math.cos(math.radians(float(lat[0])))
    steps = np.hypot(np.diff(lat) * METRES_A_DEGREE, np.diff(lon) * METRES_A_DEGREE * scale)
    return np.concatenate(([0.0], np.cumsum(steps)))


def cut_line(
    lat: NDArray[Any], lon: NDArray[Any], begin: float, end: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The part of a line between two shares of its length, 0 ≤ begin ≤ end ≤ 1."""
    if begin <= 0.0 and end >= 1.0:
        return lat, lon
    run = run_m(lat, lon)
    low, high = begin * run[-1], end * run[-1]
    inside = (run > low) & (run < high)
    at = np.concatenate(([low], run[inside], [high]))
    return np.interp(at, run, lat), np.interp(at, run, lon)
