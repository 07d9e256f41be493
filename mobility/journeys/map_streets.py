"""Times along the streets of a map (OpenStreetMap); as the crow flies where the map does not reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobility.journeys.street_times import (
    CAR,
    REACH_STOPS_MAX,
    CrowFlyStreets,
    Going,
    Ground,
    Point,
    Reach,
    Spread,
    StreetPath,
    TravelTimes,
    distance_between_m,
)
from routing.street import NoPath, Reason, StreetGraph, Streets

ATTRIBUTION = {
    "attribution": "© OpenStreetMap contributors",
    "attributionUrl": "https://www.openstreetmap.org/copyright",
    "licence": "ODbL-1.0",
}
"""What the Open Database Licence asks to be said of whatever was made with the data (section 4.3)."""

WORDS = {
    False: (
        "OSM",
        "Les distances et temps à pied, à vélo et en voiture suivent les rues (OpenStreetMap).",
        "Distances and times on foot, by bike and by car follow the streets (OpenStreetMap).",
    ),
    None: (
        "OSM_AND_CROW_FLY",
        "Les distances et temps à pied, à vélo et en voiture suivent les rues (OpenStreetMap) ; "
        "ceux marqués comme estimés sont à vol d’oiseau.",
        "Distances and times on foot, by bike and by car follow the streets (OpenStreetMap); "
        "those marked as estimated are as the crow flies.",
    ),
}

BEYOND = (
    "La carte des rues ne va pas jusque-là : distances et temps à pied, à vélo et en voiture sont estimés à vol "
    "d’oiseau.",
    "The map of the streets does not reach there: distances and times on foot, by bike and by car are estimated as the "
    "crow flies.",
)


CELL_DEG = 0.02
"""About two kilometres: nowhere is a road so far unless in a large lake, or where the extract ends."""

CELL_COLUMNS = 100_000


def _cells_with_streets(graph: StreetGraph) -> frozenset[int]:
    row, column = (
        np.floor_divide(e7, round(CELL_DEG * 1e7)) for e7 in (graph.node_lat_e7, graph.node_lon_e7)
    )
    return frozenset(np.unique(row.astype(np.int64) * CELL_COLUMNS + column).tolist())


class MapStreets:
    """Fills `mobility.journeys.street_times.StreetTimes`."""

    def __init__(self, streets: Streets, beyond: CrowFlyStreets) -> None:
        self._streets = streets
        self._beyond = beyond
        self._cells = _cells_with_streets(streets.graph)
        # Of the places of a fleet, which are asked about together whenever one that is new is off the streets.
        self._car_ground = lru_cache(maxsize=100_000)(partial(self.ground, CAR))

    def find_path(
        self, going: Going, lat: float, lon: float, to_lat: float, to_lon: float
    ) -> StreetPath | None:
        grounds = self.ground(going, lat, lon), self.ground(going, to_lat, to_lon)
        if Ground.OUTSIDE_MAP in grounds:
            return self._beyond.find_path(going, lat, lon, to_lat, to_lon)
        if Ground.OFF_STREETS in grounds:
            return None
        found = self._streets.path(going.mode, lat, lon, to_lat, to_lon, going.speed_m_s)
        if isinstance(found, NoPath):
            return None
        return StreetPath(found.duration_s, found.distance_m, found.lat, found.lon, False, found.steps)

    def list_reach(
        self, going: Going, lat: float, lon: float, max_duration_s: int, egress: bool = False
    ) -> list[Reach]:
        ground = self.ground(going, lat, lon)
        if ground is Ground.OUTSIDE_MAP:
            return self._beyond.list_reach(going, lat, lon, max_duration_s, egress)
        if ground is Ground.OFF_STREETS:
            return []
        found = self._streets.reach(going.mode, lat, lon, max_duration_s, going.speed_m_s, egress)
        if isinstance(found, NoPath):
            return []
        return [Reach(*reached) for reached in found[:REACH_STOPS_MAX]]

    def travel_times(
        self, going: Going, origins: Sequence[Point], destinations: Sequence[Point]
    ) -> TravelTimes:
        grounds = [[self.ground(going, *point) for point in points] for points in (origins, destinations)]
        start, end = (np.array(column, dtype=object) for column in grounds)
        found = self._streets.travel_times(going.mode, origins, destinations, going.speed_m_s)
        known = (start == Ground.STREETS)[:, None] & (end == Ground.STREETS)
        beyond = (start == Ground.OUTSIDE_MAP)[:, None] | (end == Ground.OUTSIDE_MAP)
        guessed = self._beyond.travel_times(going, origins, destinations)
        return TravelTimes(
            np.where(beyond, guessed.duration_s, np.where(known, found.duration_s, -1)).astype(np.int32),
            np.where(beyond, guessed.distance_m, np.where(known, found.distance_m, np.nan)),
            beyond,
        )

    def drive_times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        found = self._streets.travel_times("CAR", origins, destinations, with_distances=False).duration_s
        # A way says that both ends are on the streets; only where there is none one has to look which is not.
        doubtful = [np.flatnonzero((found < 0).all(axis=axis)).tolist() for axis in (1, 0)]
        if doubtful[0] or doubtful[1]:
            outside = [
                [at for at in indices if self._car_ground(*points[at]) is Ground.OUTSIDE_MAP]
                for indices, points in zip(doubtful, (origins, destinations), strict=True)
            ]
            if outside[0]:
                found[outside[0]] = self._beyond.drive_times_s(
                    [origins[at] for at in outside[0]], destinations
                )
            if outside[1]:
                found[:, outside[1]] = self._beyond.drive_times_s(
                    origins, [destinations[at] for at in outside[1]]
                )
        return found

    def spread(
        self,
        going: Going,
        places: Sequence[Point],
        offset_s: Sequence[int],
        max_duration_s: int,
        egress: bool,
    ) -> Spread:
        grounds = [self.ground(going, *place) for place in places]
        on = [index for index, ground in enumerate(grounds) if ground is Ground.STREETS]
        at = np.array([places[index] for index in on]).reshape(-1, 2)
        offsets = np.array([offset_s[index] for index in on], np.int64)
        found = self._streets.spread(
            going.mode, at[:, 0], at[:, 1], offsets, max_duration_s, going.speed_m_s, egress
        )
        beyond = np.array([ground is Ground.OUTSIDE_MAP for ground in grounds], np.bool_)
        return Spread(found.lat, found.lon, found.duration_s, beyond)

    def ground(self, going: Going, lat: float, lon: float) -> Ground:
        at = self._streets.locate(going.mode, lat, lon)
        if isinstance(at, NoPath):
            is_outside = at.reason is Reason.OUTSIDE or not self._is_mapped(lat, lon)
            return Ground.OUTSIDE_MAP if is_outside else Ground.OFF_STREETS
        is_near = distance_between_m(lat, lon, *at) <= going.matching_m
        return Ground.STREETS if is_near else Ground.OFF_STREETS

    def _is_mapped(self, lat: float, lon: float) -> bool:
        """Whether there are streets in the cell of a point or around it: extracts are cut along borders, not boxes."""
        row, column = math.floor(lat / CELL_DEG), math.floor(lon / CELL_DEG)
        around = (-1, 0, 1)
        return any(
            (row + down) * CELL_COLUMNS + column + right in self._cells for down in around for right in around
        )

    def describe(self, estimated: bool | None) -> dict[str, Any]:
        if estimated:
            french, english = BEYOND
            return self._beyond.describe(estimated) | {"fr": french, "en": english}
        method, french, english = WORDS[estimated]
        return {"method": method, "fr": french, "en": english, **ATTRIBUTION}
