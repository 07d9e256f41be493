"""How long the streets take. A port: as the crow flies until a street graph fills it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mobility.journeys.places.nearest import EARTH_RADIUS_M


@dataclass(frozen=True, slots=True)
class StreetPath:
    """A way along the streets."""

    duration_s: int
    distance_m: float


@dataclass(frozen=True, slots=True)
class Reach:
    """A boardable stop within reach of a point."""

    stop: int
    duration_s: int
    distance_m: float


class NearbyStops(Protocol):
    """Stops by nearness (`mobility.journeys.places.Places` is one)."""

    def nearest_stops(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[int, float]]:
        """Boardable stops around a point, and their distance in metres as the crow flies, nearest first."""
        ...


class StreetTimes(Protocol):
    """Times along the streets. `mode` is WALK, WHEELCHAIR, BIKE or CAR; `speed_m_s` None is its usual speed."""

    estimated: bool
    """The paths are estimates as the crow flies, and the answer must say so."""

    def path(
        self, mode: str, lat: float, lon: float, to_lat: float, to_lon: float, speed_m_s: float | None = None
    ) -> StreetPath:
        """The way between two points (degrees, WGS84)."""
        ...

    def list_reach(
        self, mode: str, lat: float, lon: float, max_duration_s: int, speed_m_s: float | None = None
    ) -> list[Reach]:
        """The boardable stops within `max_duration_s` of a point, nearest first."""
        ...


DETOUR_FACTOR = 1.3
"""Streets are longer than the crow's way: 1.2 to 1.4 in European towns."""

SPEED_M_S = {"WALK": 1.25, "WHEELCHAIR": 0.8, "BIKE": 4.0}

REACH_STOPS_MAX = 300
"""How many stops around a place are worth trying: the nearest, where there are more."""

_CAR_DISTANCE_M = (1_000.0, 5_000.0, 20_000.0, 60_000.0, 150_000.0)
_CAR_SPEED_M_S = (7.0, 9.0, 14.0, 18.0, 22.0)


class CrowFlyStreets:
    """Great-circle distance times a detour factor, at a usual speed; a car is faster the farther it goes."""

    estimated = True

    def __init__(self, nearby: NearbyStops) -> None:
        self._nearby = nearby

    def path(
        self, mode: str, lat: float, lon: float, to_lat: float, to_lon: float, speed_m_s: float | None = None
    ) -> StreetPath:
        distance_m = distance_between_m(lat, lon, to_lat, to_lon) * DETOUR_FACTOR
        return StreetPath(_duration_s(mode, distance_m, speed_m_s), distance_m)

    def list_reach(
        self, mode: str, lat: float, lon: float, max_duration_s: int, speed_m_s: float | None = None
    ) -> list[Reach]:
        fastest_m_s = speed_m_s or (_CAR_SPEED_M_S[-1] if mode == "CAR" else SPEED_M_S[mode])
        radius_m = max_duration_s * fastest_m_s / DETOUR_FACTOR
        reached = [
            Reach(stop, _duration_s(mode, crow_m * DETOUR_FACTOR, speed_m_s), crow_m * DETOUR_FACTOR)
            for stop, crow_m in self._nearby.nearest_stops(lat, lon, radius_m, REACH_STOPS_MAX)
        ]
        return [reach for reach in reached if reach.duration_s <= max_duration_s]


def _duration_s(mode: str, distance_m: float, speed_m_s: float | None) -> int:
    if speed_m_s is None and mode == "CAR":
        speed_m_s = float(np.interp(distance_m, _CAR_DISTANCE_M, _CAR_SPEED_M_S))
    elif speed_m_s is None:
        speed_m_s = SPEED_M_S[mode]
    return math.ceil(distance_m / speed_m_s)


def distance_between_m(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Great-circle distance between two points (haversine), in metres."""
    phi, to_phi = math.radians(lat), math.radians(to_lat)
    half = (
        math.sin((to_phi - phi) / 2) ** 2
        + math.cos(phi) * math.cos(to_phi) * math.sin(math.radians(to_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def length_m(lat: NDArray[Any], lon: NDArray[Any]) -> float:
    """Length of a line through points, in metres."""
    if len(lat) < 2:
        return 0.0
    phi, theta = np.radians(np.asarray(lat, np.float64)), np.radians(np.asarray(lon, np.float64))
    half = (
        np.sin(np.diff(phi) / 2) ** 2 + np.cos(phi[:-1]) * np.cos(phi[1:]) * np.sin(np.diff(theta) / 2) ** 2
    )
    return float(np.sum(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half))))
