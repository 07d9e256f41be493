"""How far a vehicle has come at each column of a layer, as the crow flies from stop to stop."""

from __future__ import annotations

import weakref

import numpy as np
from numpy.typing import NDArray

from routing.layer import COLUMN_STOP, ROUTE_COLUMN, Layer
from routing.timetable import Timetable

EARTH_RADIUS_M = 6_371_009.0

_measured: dict[int, tuple[weakref.ref[NDArray[np.int32]], NDArray[np.int32]]] = {}
"""By the identity of a layer's columns, for as long as these live."""


def measure_routes(timetable: Timetable, layer: Layer) -> NDArray[np.int32]:
    """int32[C] metres from the first stop of each column's route, the same in a layer and its mirror.

    Between stops of which one has no position it is nothing. Measured once for a layer.
    """
    key = id(layer.columns)
    known = _measured.get(key)
    if known is not None and known[0]() is layer.columns:
        return known[1]
    metres = _measure(timetable, layer)
    _measured[key] = weakref.ref(layer.columns, lambda _: _measured.pop(key, None)), metres
    return metres


def _measure(timetable: Timetable, layer: Layer) -> NDArray[np.int32]:
    lat = np.radians(timetable.stop_lat[layer.columns[:, COLUMN_STOP]])
    lon = np.radians(timetable.stop_lon[layer.columns[:, COLUMN_STOP]])
    haversine = np.sin(np.diff(lat) / 2) ** 2
    haversine += np.cos(lat[1:]) * np.cos(lat[:-1]) * np.sin(np.diff(lon) / 2) ** 2
    steps_m = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(haversine))
    run_m = np.zeros(len(lat), np.int64)
    run_m[1:] = np.rint(np.nan_to_num(steps_m))
    first = layer.routes[:-1, ROUTE_COLUMN]
    route = np.repeat(np.arange(len(first)), np.diff(layer.routes[:, ROUTE_COLUMN]))
    run_m[first] = 0
    total_m = np.cumsum(run_m)
    metres: NDArray[np.int32] = (total_m - total_m[first][route]).astype(np.int32)
    return metres
