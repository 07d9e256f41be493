"""How long driving takes, for the checks of trips: by the streets that are served, else as the line itself says."""

from __future__ import annotations

from collections.abc import Callable

from carpool.checks.case import Road
from carpool.line import Line
from carpool.trip import Fix
from mobility.journeys.serving import NothingToServeError, Serving
from mobility.journeys.street_times import Going


class StreetRoads:
    """Fills `carpool.checks.case.RoadTimes`. `current`: what is served now; it may raise NothingToServeError."""

    def __init__(self, current: Callable[[], Serving]) -> None:
        self._current = current

    def find_road(self, line: Line, start: Fix, end: Fix) -> Road | None:
        """By car along the streets, unless the map does not reach there: what the line says was measured by its
        operator, which is better than an estimate as the crow flies."""
        try:
            streets = self._current().streets
        except NothingToServeError:
            streets = None
        if streets is not None:
            path = streets.find_path(Going("CAR"), start.lat, start.lon, end.lat, end.lon)
            if path is not None and not path.estimated:
                return Road(path.duration_s, round(path.distance_m))
        distance_m, drive_s = line.between(start.stop_id, end.stop_id)
        return Road(drive_s, distance_m)
