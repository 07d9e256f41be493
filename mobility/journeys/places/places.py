"""The index of one snapshot's stops and of the places people go to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gtfs_feeds.network import Network
from mobility.journeys.place import Place
from mobility.journeys.places.nearest import PointIndex


class Places:
    """Built once for a network, read by every request, never changed. Stops are the network's indices."""

    def __init__(self, network: Network, extra: Sequence[Place] = ()) -> None:
        timetable, boardable = network.timetable, network.info.boardable_count
        self._traffic = np.asarray(network.catalogue.stop_departures_per_day)
        self._stops = PointIndex.build(timetable.stop_lat[:boardable], timetable.stop_lon[:boardable])

    def nearest_stops(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[int, float]]:
        """The `limit` boardable stops nearest to a point (degrees WGS84), none farther than `radius_m` as the
        crow flies: (stop, distance in metres), nearest first."""
        return self._stops.near(lat, lon, radius_m, limit)

    def stops_in_box(self, south: float, west: float, north: float, east: float, limit: int) -> list[int]:
        """Boardable stops in a box (degrees, edges included, `west > east` spans the antimeridian): the
        `limit` busiest of them, busiest first."""
        found = self._stops.in_box(south, west, north, east)
        order = np.lexsort((found, -self._traffic[found]))[:limit]
        return [int(stop) for stop in found[order]]
