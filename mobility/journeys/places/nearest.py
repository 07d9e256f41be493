"""Stops near a point and stops in a box, from arrays sorted by latitude.

A network's stops are spread over far more latitude than one can walk, so a slice of the sorted latitudes
leaves few candidates (some hundreds in a dense city), and measuring those as vectors takes microseconds.
Distances are taken along the great circle: right at the antimeridian and at the poles, where grids are not.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

_METRES_PER_DEGREE = EARTH_RADIUS_M * math.pi / 180


class PointIndex(NamedTuple):
    """`N` points with known coordinates, by latitude."""

    number: NDArray[np.int64]  # [N] the points' own numbers
    lat: NDArray[np.float64]  # [N] degrees, ascending
    lon: NDArray[np.float64]  # [N] degrees
    vector: NDArray[np.float64]  # [N, 3] on the unit sphere

    @staticmethod
    def build(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> PointIndex:
        """Index points; those without coordinates (NaN) are never found."""
        known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
        number = known[np.argsort(lat[known], kind="stable")]
        return PointIndex(number, lat[number], lon[number], unit_vectors(lat[number], lon[number]))

    def near(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[int, float]]:
        """The `limit` points nearest to a place, none farther than `radius_m`: (number, distance in metres),
        nearest first, equally near ones by number. Nothing is near a place that is not a finite point."""
        if not (math.isfinite(lat) and math.isfinite(lon)) or radius_m < 0 or limit <= 0:
            return []
        # A hair wider than the radius: the exact test below decides.
        reach = radius_m / _METRES_PER_DEGREE * (1 + 1e-9) + 1e-9
        first, last = self.lat.searchsorted((lat - reach, lat + reach), side="left")
        if first == last:
            return []
        distance_m = distances_m(self.vector[first:last], lat, lon)
        within = np.flatnonzero(distance_m <= radius_m)
        if len(within) > limit:
            kept = distance_m[within]
            within = within[kept <= np.partition(kept, limit - 1)[limit - 1]]
        found = self.number[first + within]
        order = np.lexsort((found, distance_m[within]))[:limit]
        return list(zip(found[order].tolist(), distance_m[within[order]].tolist(), strict=True))

    def in_box(self, south: float, west: float, north: float, east: float) -> NDArray[np.int64]:
        """Numbers of the points in a box, edges included; `west > east` spans the antimeridian."""
        first = self.lat.searchsorted(south, side="left")
        last = max(first, self.lat.searchsorted(north, side="right"))
        lon = self.lon[first:last]
        inside = (lon >= west) & (lon <= east) if west <= east else (lon >= west) | (lon <= east)
        return self.number[first:last][inside]


def unit_vectors(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points in degrees as vectors on the unit sphere, `[N, 3]`."""
    phi, theta = np.radians(lat), np.radians(lon)
    return np.stack((np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)), axis=-1)


def distances_m(vectors: NDArray[np.float64], lat: float, lon: float) -> NDArray[np.float64]:
    """Great-circle distances from a place to points given as unit vectors, in metres."""
    phi, theta = math.radians(lat), math.radians(lon)
    place = np.array((math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)))
    chord = vectors - place
    half = 0.5 * np.sqrt(np.einsum("ij,ij->i", chord, chord))
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.minimum(half, 1.0)))
