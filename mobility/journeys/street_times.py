"""How long the streets take. A port: as the crow flies where there is no street graph (`map_streets` is the other)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mobility.journeys.places.nearest import EARTH_RADIUS_M
from routing.street.steps import Step
from routing.street.streets import SNAP_M_MAX


@dataclass(frozen=True, slots=True, eq=False)
class StreetPath:
    """A way along the streets, and its line. `estimated`: as the crow flies, and the answer must say so."""

    duration_s: int
    distance_m: float
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    estimated: bool = True
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """A boardable stop within reach of a point. `estimated`: as the crow flies."""

    stop: int
    duration_s: int
    distance_m: float
    estimated: bool = True


class Ground(StrEnum):
    """What is known of the streets around a point."""

    STREETS = "STREETS"
    OFF_STREETS = "OFF_STREETS"
    """The streets are known there, and none is near: a lake, a forest, the middle of an airport."""
    OUTSIDE_MAP = "OUTSIDE_MAP"
    """The map does not reach there: times are estimated as the crow flies."""
    NO_MAP = "NO_MAP"
    """There is none at all."""


class NearbyStops(Protocol):
    """Stops by nearness (`mobility.journeys.places.Places` is one)."""

    def nearest_stops(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[int, float]]:
        """Boardable stops around a point, and their distance in metres as the crow flies, nearest first."""
        ...


@dataclass(frozen=True, slots=True)
class Going:
    """How one goes along the streets: `mode` is WALK, WHEELCHAIR, BIKE or CAR; `speed_m_s` None is its usual speed;
    `matching_m`: how far from a point the nearest street may be."""

    mode: str
    speed_m_s: float | None = None
    matching_m: float = SNAP_M_MAX


CAR = Going("CAR")

Point = tuple[float, float]
"""Latitude and longitude."""


@dataclass(frozen=True, slots=True, eq=False)
class TravelTimes:
    """From O origins to D destinations, all arrays [O, D]; -1 and NaN where no street leads there."""

    duration_s: NDArray[np.int32]
    distance_m: NDArray[np.float64]
    estimated: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Where one gets along the streets from several places at once: R junctions, each at its earliest."""

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    duration_s: NDArray[np.int32]
    """[R] the head start of the place included."""
    beyond: NDArray[np.bool_]
    """[places] of these the streets are not known: nothing is reached from them here."""


class StreetTimes(Protocol):
    """Times along the streets. Points are in degrees, WGS84."""

    def find_path(
        self, going: Going, lat: float, lon: float, to_lat: float, to_lon: float
    ) -> StreetPath | None:
        """The way between two points; None where the streets are known and none leads there."""
        ...

    def list_reach(
        self, going: Going, lat: float, lon: float, max_duration_s: int, egress: bool = False
    ) -> list[Reach]:
        """The boardable stops within `max_duration_s` of a point, nearest first; `egress`: from them to the point."""
        ...

    def travel_times(
        self, going: Going, origins: Sequence[Point], destinations: Sequence[Point]
    ) -> TravelTimes:
        """Between all of them: for rides that pick up or set down others on their way."""
        ...

    def drive_times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        """As `travel_times` says of a car, int32[O, D]: without distances it is many times faster."""
        ...

    def spread(
        self,
        going: Going,
        places: Sequence[Point],
        offset_s: Sequence[int],
        max_duration_s: int,
        egress: bool,
    ) -> Spread:
        """Where one gets within `max_duration_s`, setting out from place i at `offset_s[i]`; `egress`: from where one
        gets to one of them."""
        ...

    def ground(self, going: Going, lat: float, lon: float) -> Ground:
        """What is known of the streets around a point."""
        ...

    def describe(self, estimated: bool | None) -> dict[str, Any]:
        """How times along the streets are known, in words, for an answer whose ways are `estimated`: all of them, none
        of them, or None: some."""
        ...


DETOUR_FACTOR = 1.3
"""Streets are longer than the crow's way: 1.2 to 1.4 in European towns."""

SPEED_M_S = {"WALK": 1.25, "WHEELCHAIR": 0.8, "BIKE": 4.0}

MATCHING_M_MAX = SNAP_M_MAX
"""No street farther than this from a point is thought to lead there."""

REACH_STOPS_MAX = 300
"""How many stops around a place are worth trying: the nearest, where there are more."""

_CAR_DISTANCE_M = (1_000.0, 5_000.0, 20_000.0, 60_000.0, 150_000.0)
_CAR_SPEED_M_S = (7.0, 9.0, 14.0, 18.0, 22.0)


class CrowFlyStreets:
    """Great-circle distance times a detour factor, at a usual speed; a car is faster the farther it goes."""

    def __init__(self, nearby: NearbyStops) -> None:
        self._nearby = nearby

    def find_path(self, going: Going, lat: float, lon: float, to_lat: float, to_lon: float) -> StreetPath:
        distance_m = distance_between_m(lat, lon, to_lat, to_lon) * DETOUR_FACTOR
        line = np.array([lat, to_lat]), np.array([lon, to_lon])
        return StreetPath(int(_duration_s(going, distance_m)), distance_m, *line)

    def list_reach(
        self, going: Going, lat: float, lon: float, max_duration_s: int, egress: bool = False
    ) -> list[Reach]:
        usual_m_s = _CAR_SPEED_M_S[-1] if going.mode == "CAR" else SPEED_M_S[going.mode]
        radius_m = max_duration_s * (going.speed_m_s or usual_m_s) / DETOUR_FACTOR
        reached = [
            Reach(stop, int(_duration_s(going, crow_m * DETOUR_FACTOR)), crow_m * DETOUR_FACTOR)
            for stop, crow_m in self._nearby.nearest_stops(lat, lon, radius_m, REACH_STOPS_MAX)
        ]
        return [reach for reach in reached if reach.duration_s <= max_duration_s]

    def travel_times(
        self, going: Going, origins: Sequence[Point], destinations: Sequence[Point]
    ) -> TravelTimes:
        distance_m = np.array(
            [[distance_between_m(*start, *end) * DETOUR_FACTOR for end in destinations] for start in origins]
        ).reshape(len(origins), len(destinations))
        duration_s = _duration_s(going, distance_m).astype(np.int32)
        return TravelTimes(duration_s, distance_m, np.ones(distance_m.shape, bool))

    def drive_times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        lat, lon = (np.radians([point[i] for point in origins])[:, None] for i in (0, 1))
        to_lat, to_lon = (np.radians([point[i] for point in destinations]) for i in (0, 1))
        half = (
            np.sin((to_lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
        )
        distance_m = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0))) * DETOUR_FACTOR
        return np.asarray(_duration_s(CAR, distance_m)).astype(np.int32)

    def spread(
        self,
        going: Going,
        places: Sequence[Point],
        offset_s: Sequence[int],
        max_duration_s: int,
        egress: bool,
    ) -> Spread:
        none = np.empty(0)
        return Spread(none, none, none.astype(np.int32), np.ones(len(places), np.bool_))

    def ground(self, going: Going, lat: float, lon: float) -> Ground:
        return Ground.NO_MAP

    def describe(self, estimated: bool | None) -> dict[str, Any]:
        return {
            "method": "CROW_FLY",
            "detourFactor": DETOUR_FACTOR,
            "fr": "Les distances et temps à pied, à vélo et en voiture sont estimés à vol d’oiseau.",
            "en": "Distances and times on foot, by bike and by car are estimated as the crow flies.",
        }


def _duration_s(going: Going, distance_m: Any) -> Any:
    """Whole seconds for a distance, or for each of an array."""
    speed_m_s: Any = going.speed_m_s
    if speed_m_s is None:
        is_car = going.mode == "CAR"
        speed_m_s = (
            np.interp(distance_m, _CAR_DISTANCE_M, _CAR_SPEED_M_S) if is_car else SPEED_M_S[going.mode]
        )
    return np.ceil(distance_m / speed_m_s)


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
