"""Where a vehicle runs between two stops, as a line on the map."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.network import Network
from routing.timetable import Timetable

STRAY_M_MAX = 2000.0
"""A shape farther than this from a stop it should serve is not that trip's: straight lines say less, but no wrong."""

_KEPT = 4096
"""Projections kept for one network; some 1 kB each."""

_M_PER_DEGREE = 111_195.0

Line = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Latitudes and longitudes."""


class _Projection(NamedTuple):
    """Where a pattern's stops lie on a shape: `segment` + `part` (0..1) of it never decrease along the pattern."""

    segment: NDArray[np.int64]
    part: NDArray[np.float64]
    stray_m: NDArray[np.float64]


def leg_geometry(network: Network, trip: int, board: int, alight: int) -> Line:
    """The line a trip runs between two positions of its pattern: along its shape, else straight from stop to stop."""
    timetable, catalogue = network.timetable, network.catalogue
    pattern, shape = int(timetable.trip_pattern[trip]), int(catalogue.trip_shape[trip])
    if shape >= 0:
        projection = _projector(network)(shape, pattern)
        if projection is not None and projection.stray_m[[board, alight]].max() <= STRAY_M_MAX:
            lat, lon = _shape(network, shape)
            return _cut(lat, projection, board, alight), _cut(lon, projection, board, alight)
    first = timetable.pattern_first[pattern]
    lat, lon = _places(timetable, timetable.pattern_stop[first + board : first + alight + 1])
    placed = ~np.isnan(lat)
    return lat[placed], lon[placed]


_projectors: WeakKeyDictionary[Network, Callable[[int, int], _Projection | None]] = WeakKeyDictionary()
_projectors_lock = Lock()


def _projector(network: Network) -> Callable[[int, int], _Projection | None]:
    """Projects patterns on shapes and remembers the last ones, as long as the network is in use."""
    with _projectors_lock:
        if network not in _projectors:
            timetable, catalogue = (
                network.timetable,
                network.catalogue,
            )  # the network itself would never be let go

            @lru_cache(maxsize=_KEPT)
            def projection_of(shape: int, pattern: int) -> _Projection | None:
                first, last = catalogue.shape_first[shape : shape + 2]
                stops = timetable.pattern_stop[
                    timetable.pattern_first[pattern] : timetable.pattern_first[pattern + 1]
                ]
                shape_lat = np.asarray(catalogue.shape_lat[first:last], np.float64)
                shape_lon = np.asarray(catalogue.shape_lon[first:last], np.float64)
                return project(*_places(timetable, stops), shape_lat, shape_lon) if last - first > 1 else None

            _projectors[network] = projection_of
        return _projectors[network]


def project(
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    shape_lat: NDArray[np.float64],
    shape_lon: NDArray[np.float64],
) -> _Projection:
    """Stops on a line of at least two points, in order, so that the squares of their distances to it sum to the least.

    Looking at all stops together is what tells the two ends of a loop, or the way out from the way back, apart.
    A stop without a place is where its neighbours allow.
    """
    scale = np.cos(np.radians(shape_lat.mean()))
    x, y = lon * scale * _M_PER_DEGREE, lat * _M_PER_DEGREE
    shape_x, shape_y = shape_lon * scale * _M_PER_DEGREE, shape_lat * _M_PER_DEGREE
    along_x, along_y = np.diff(shape_x), np.diff(shape_y)
    length2 = along_x**2 + along_y**2
    from_x, from_y = x[:, None] - shape_x[None, :-1], y[:, None] - shape_y[None, :-1]
    part = np.clip((from_x * along_x + from_y * along_y) / np.where(length2 > 0, length2, 1.0), 0.0, 1.0)
    part = np.nan_to_num(part)
    stray2 = np.nan_to_num((from_x - part * along_x) ** 2 + (from_y - part * along_y) ** 2)
    best_before = np.zeros(
        stray2.shape, np.int64
    )  # of the stop before: its segment when this one is on [segment]
    cost = stray2[0]
    for stop in range(1, len(stray2)):
        cheapest = np.minimum.accumulate(cost)
        falls = np.concatenate([[True], cheapest[1:] < cheapest[:-1]])
        best_before[stop] = np.maximum.accumulate(np.where(falls, np.arange(len(cost)), 0))
        cost = cheapest + stray2[stop]
    return _trace(cost, best_before, part, stray2)


def _trace(
    cost: NDArray[np.float64],
    best_before: NDArray[np.int64],
    part: NDArray[np.float64],
    stray2: NDArray[np.float64],
) -> _Projection:
    segment = np.empty(len(part), np.int64)
    segment[-1] = int(cost.argmin())
    for stop in range(len(part) - 1, 0, -1):
        segment[stop - 1] = best_before[stop, segment[stop]]
    stops = np.arange(len(part))
    along = np.maximum.accumulate(segment + part[stops, segment])  # two stops on one segment keep their order
    return _Projection(segment, np.clip(along - segment, 0.0, 1.0), np.sqrt(stray2[stops, segment]))


def _cut(
    values: NDArray[np.float64], projection: _Projection, board: int, alight: int
) -> NDArray[np.float64]:
    """Coordinates of the shape between two projected stops, both included."""

    def at(position: int) -> float:
        segment, part = projection.segment[position], projection.part[position]
        return float(values[segment] + (values[segment + 1] - values[segment]) * part)

    between = values[projection.segment[board] + 1 : projection.segment[alight] + 1]
    return np.concatenate([[at(board)], between, [at(alight)]])


def _shape(network: Network, shape: int) -> Line:
    first, last = network.catalogue.shape_first[shape : shape + 2]
    return (
        np.asarray(network.catalogue.shape_lat[first:last], np.float64),
        np.asarray(network.catalogue.shape_lon[first:last], np.float64),
    )


def _places(timetable: Timetable, stops: NDArray[np.int32]) -> Line:
    return timetable.stop_lat[stops], timetable.stop_lon[stops]
