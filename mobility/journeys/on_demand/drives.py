"""Driving along the streets of the network, for dispatching."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mobility.journeys.street_times import StreetTimes
from on_demand.area import Point

POINTS_MAX = 3000
"""Times between so many points are remembered, 4 bytes a pair; when there are more, all are forgotten."""


class StreetDrives:
    """Fills `on_demand.ports.Drives`: along the streets, as the crow flies where the map does not reach.

    Services have few stops and fleets few places to be: a time is looked up once. Threads may ask at once."""

    def __init__(self, streets: StreetTimes, points_max: int = POINTS_MAX) -> None:
        self._streets = streets
        self._points_max = points_max
        self._cells: dict[Point, int] = {}
        self._known = np.zeros((0, 0), np.int32)
        """The time and 2 more; 0: not looked up."""
        self._lock = threading.Lock()

    def times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        """As `Drives` says."""
        if not origins or not destinations:
            return np.zeros((len(origins), len(destinations)), np.int32)
        if len(origins) + len(destinations) > self._points_max:
            return self._streets.drive_times_s(origins, destinations)
        with self._lock:
            rows, columns = self._cells_of(origins, destinations)
            asked, cells = self._known[rows, columns], self._cells
        unknown = asked == 0
        if unknown.any():
            starts, ends = unknown.any(axis=1).nonzero()[0], unknown.any(axis=0).nonzero()[0]
            found = self._streets.drive_times_s(
                [origins[start] for start in starts.tolist()], [destinations[end] for end in ends.tolist()]
            )
            found += 2
            asked[starts[:, None], ends] = found
            with self._lock:
                if cells is self._cells:  # nothing was forgotten meanwhile
                    self._known[rows[starts], columns[:, ends]] = found
        return asked - 2

    def _cells_of(
        self, origins: Collection[Point], destinations: Collection[Point]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows [O, 1] and columns [1, D] of the times between them; new points are given theirs."""
        try:
            rows, columns = _numbers(self._cells, origins), _numbers(self._cells, destinations)
        except KeyError:
            self._add_cells({*origins, *destinations})
            rows, columns = _numbers(self._cells, origins), _numbers(self._cells, destinations)
        return rows[:, None], columns[None]

    def _add_cells(self, points: set[Point]) -> None:
        new = points - self._cells.keys()
        if len(self._cells) + len(new) > self._points_max:
            self._cells, new = {}, points
            self._known = np.zeros((0, 0), np.int32)
        for point in sorted(new):
            self._cells[point] = len(self._cells)
        self._make_room(len(self._cells))

    def _make_room(self, points: int) -> None:
        before = self._known
        if points > len(before):
            size = min(max(2 * points, 64), self._points_max)
            self._known = np.zeros((size, size), np.int32)
            self._known[: len(before), : len(before)] = before


def _numbers(cells: Mapping[Point, int], points: Iterable[Point]) -> NDArray[np.intp]:
    """KeyError: one has no cell yet."""
    return np.array([cells[point] for point in points], np.intp)
