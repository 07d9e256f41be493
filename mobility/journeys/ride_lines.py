"""A ride's line on the map, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.network import Network
from gtfs_feeds.shapes import leg_geometry
from mobility.journeys.polylines import as_geometry, encode
from mobility.journeys.street_times import length_m
from mobility.journeys.words import Json
from routing.timetable import Timetable


@dataclass(frozen=True, slots=True)
class RideLine:
    """Along the shape, or from stop to stop where there is none."""

    shown: Json
    """The API's EncodedPolyline."""
    length_m: float


def trace_ride(network: Network, trip: int, board: int, alight: int) -> RideLine:
    """The line of a trip between two of its positions."""
    lat, lon = leg_geometry(network, trip, board, alight)
    return RideLine(as_geometry(encode(lat, lon), len(lat)), length_m(lat, lon))


def trace_stops(timetable: Timetable, stops: NDArray[np.int32]) -> RideLine:
    """The straight line from stop to stop, of a trip that has no shape."""
    lat, lon = timetable.stop_lat[stops], timetable.stop_lon[stops]
    return RideLine(as_geometry(encode(lat, lon), len(lat)), length_m(lat, lon))
