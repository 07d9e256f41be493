"""How long driving takes, for the checks of trips: by the streets that are served, else as the line itself says."""

from __future__ import annotations

from collections.abc import Callable

from carpool.checks.case import Road
from carpool.line import Line
from carpool.trip import Fix
from mobility.acts.trips.remembered import Remembered
from mobility.journeys.serving import NothingToServeError, Serving
from mobility.journeys.street_times import Going, StreetTimes


class StreetRoads:
    """Fills `carpool.checks.case.RoadTimes`. `current`: what is served now; it may raise NothingToServeError."""

    def __init__(self, current: Callable[[], Serving]) -> None:
        self._current = current
        self._paths: Remembered[Road | None] = Remembered()

    def find_road(self, line: Line, start: Fix, end: Fix) -> Road | None:
        """By car along the streets, unless the map does not reach there: what the line says was measured by its
        operator, which is better than an estimate as the crow flies."""
        try:
            streets = self._current().streets
        except NothingToServeError:
            streets = None
        if streets is not None:
            ends = start.lat, start.lon, end.lat, end.lon
            road = self._paths.get(streets, ends, lambda: _along(streets, *ends))
            if road is not None:
                return road
        distance_m, drive_s = line.between(start.stop_id, end.stop_id)
        return Road(drive_s, distance_m)


def _along(streets: StreetTimes, lat: float, lon: float, to_lat: float, to_lon: float) -> Road | None:
    """By car along the streets; None: the map does not reach there."""
    path = streets.find_path(Going("CAR"), lat, lon, to_lat, to_lon)
    return None if path is None or path.estimated else Road(path.duration_s, round(path.distance_m))
