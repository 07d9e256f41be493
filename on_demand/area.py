"""Where a service takes one up and sets one down: stops, groups of stops, zones (GTFS stops.txt, location_groups.txt,
locations.geojson). Their ids are unique across all three."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Point(NamedTuple):
    """Degrees WGS84."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the kerb with a name."""

    id: str
    name: str
    at: Point


@dataclass(frozen=True, slots=True)
class StopGroup:
    """Stops that are served alike."""

    id: str
    name: str
    stop_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Zone:
    """An area within which every address is served."""

    id: str
    name: str
    polygons: tuple[tuple[tuple[Point, ...], ...], ...]
    """Polygons of rings, each closed (its first point repeated), the outer ring first, as in GeoJSON."""
