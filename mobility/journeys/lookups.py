"""What is looked up of a network again and again, computed once: who is whose platform, what calls where."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.catalogue import Catalogue, text
from gtfs_feeds.network import Network
from routing.timetable import Timetable, boardable_count


class Lookups:
    """Of one network; shared by all its views, since real time changes nothing of it."""

    def __init__(self, network: Network) -> None:
        self._timetable: Timetable = network.timetable
        self._catalogue: Catalogue = network.catalogue

    @cached_property
    def languages(self) -> frozenset[str]:
        """Languages (BCP 47, as the feeds write them) some names are translated into."""
        return frozenset(
            text(self._catalogue, int(i)) for i in np.unique(self._catalogue.translation_lang_text)
        )

    @cached_property
    def children(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """CSR: the stops whose station a stop is."""
        parent = np.asarray(self._timetable.stop_parent)
        order = np.argsort(parent, kind="stable")
        first = np.searchsorted(parent[order], np.arange(len(parent) + 1))
        return first, order

    @cached_property
    def patterns_by_stop(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """CSR: the patterns of each boardable stop."""
        timetable = self._timetable
        order = np.argsort(timetable.pattern_stop, kind="stable")
        pattern = np.repeat(np.arange(len(timetable.pattern_first) - 1), np.diff(timetable.pattern_first))
        count = boardable_count(timetable)
        first = np.searchsorted(np.asarray(timetable.pattern_stop)[order], np.arange(count + 1))
        return pattern[order], first

    @cached_property
    def routes_by_pattern(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """CSR: the (route, mode) pairs of each pattern."""
        timetable = self._timetable
        rows = np.stack((timetable.trip_pattern, self._catalogue.trip_route, timetable.trip_mode), axis=1)
        unique = np.unique(rows.astype(np.int64), axis=0)
        return unique[:, 1:], np.searchsorted(unique[:, 0], np.arange(len(timetable.pattern_first)))

    @cached_property
    def stop_modes(self) -> NDArray[np.int64]:
        """[A] bit set of the `Mode`s that call at each stop; a station's are its platforms'."""
        timetable = self._timetable
        of_pattern = np.zeros(len(timetable.pattern_first) - 1, dtype=np.int64)
        np.bitwise_or.at(
            of_pattern, timetable.trip_pattern, np.int64(1) << timetable.trip_mode.astype(np.int64)
        )
        modes = np.zeros(len(timetable.stop_lat), dtype=np.int64)
        np.bitwise_or.at(
            modes, timetable.pattern_stop, np.repeat(of_pattern, np.diff(timetable.pattern_first))
        )
        child = np.flatnonzero(np.asarray(timetable.stop_parent) >= 0)
        for _ in range(2):  # boarding area → platform → station
            np.bitwise_or.at(modes, timetable.stop_parent[child], modes[child])
        return modes

    @cached_property
    def importance(self) -> NDArray[np.float64]:
        """[A] 0 to 1, by departures a day, on a logarithmic scale."""
        departures = np.nan_to_num(np.asarray(self._catalogue.stop_departures_per_day, dtype=np.float64))
        top = float(departures.max(initial=0.0))
        return np.round(np.log1p(departures) / np.log1p(top), 3) if top > 0 else np.zeros(len(departures))
