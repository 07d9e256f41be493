"""All that presenting one network needs, made once per snapshot and shared by its requests: lookups and ready parts."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.catalogue import Catalogue, text
from gtfs_feeds.network import Network
from mobility.journeys.places import Places
from mobility.journeys.ride_lines import RideLine, trace_ride
from mobility.journeys.street_times import StreetTimes
from mobility.journeys.words import Words
from routing.planner import Planner
from routing.timetable import Mode, Timetable, boardable_count

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The last `limit` things made, by key. Safe in threads: at worst a thing is made twice."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        found = self._kept.get(key)
        if found is None:
            found = make()
            with self._lock:
                self._kept[key] = found
                if len(self._kept) > self._limit:
                    self._kept.popitem(last=False)
        return found


@dataclass(frozen=True, eq=False)
class View:
    """One snapshot as the presenters see it."""

    network: Network
    planner: Planner
    places: Places
    streets: StreetTimes
    _lines: Recent[tuple[int, int, int, int], RideLine] = field(default_factory=lambda: Recent(4096))
    _words: dict[str, Words] = field(default_factory=dict)

    @property
    def timetable(self) -> Timetable:
        return self.network.timetable

    @property
    def catalogue(self) -> Catalogue:
        return self.network.catalogue

    def words(self, languages: tuple[str, ...] = ()) -> Words:
        """The network's names in the first of `languages` it has translations for, else as published."""
        chosen = next((language for language in languages if language in self.languages), "")
        if chosen not in self._words:
            self._words[chosen] = Words(self.network, chosen)
        return self._words[chosen]

    def ride_line(self, trip: int, board: int, alight: int) -> RideLine:
        """A ride's line on the map; kept for the next answer, since many trips share it."""
        key = int(self.timetable.trip_pattern[trip]), int(self.catalogue.trip_shape[trip]), board, alight
        return self._lines.get(key, lambda: trace_ride(self.network, trip, board, alight))

    @cached_property
    def languages(self) -> frozenset[str]:
        """Languages (BCP 47, as the feeds write them) some names are translated into."""
        return frozenset(
            text(self.catalogue, int(i)) for i in np.unique(self.catalogue.translation_lang_text)
        )

    @cached_property
    def children(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """CSR: the stops whose station a stop is."""
        parent = np.asarray(self.timetable.stop_parent)
        order = np.argsort(parent, kind="stable")
        first = np.searchsorted(parent[order], np.arange(len(parent) + 1))
        return first, order

    def list_platforms(self, stop: int) -> list[int]:
        """Where one boards at a stop: itself, or everything boardable in its station (entrances' included)."""
        parent = int(self.timetable.stop_parent[stop])
        station = parent if parent >= 0 else stop
        grand = int(self.timetable.stop_parent[station])  # a boarding area's platform's station
        station = grand if grand >= 0 else station
        members = [station, *self._list_children(station)]
        members += [area for child in members[1:] for area in self._list_children(child)]
        count = boardable_count(self.timetable)
        return [member for member in members if member < count]

    def _list_children(self, stop: int) -> list[int]:
        first, order = self.children
        return [int(child) for child in order[first[stop] : first[stop + 1]]]

    def list_routes(self, stops: Iterable[int]) -> list[tuple[int, int]]:
        """The routes that call at any of the stops, each with its mode."""
        pattern_at, first_at = self._patterns_by_stop
        routes, first = self._routes_by_pattern
        patterns = {int(p) for stop in stops for p in pattern_at[first_at[stop] : first_at[stop + 1]]}
        found = {(int(r), int(m)) for p in patterns for r, m in routes[first[p] : first[p + 1]]}
        return sorted(found)

    @cached_property
    def _patterns_by_stop(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """CSR: the patterns of each boardable stop."""
        timetable = self.timetable
        order = np.argsort(timetable.pattern_stop, kind="stable")
        pattern = np.repeat(np.arange(len(timetable.pattern_first) - 1), np.diff(timetable.pattern_first))
        count = boardable_count(timetable)
        first = np.searchsorted(np.asarray(timetable.pattern_stop)[order], np.arange(count + 1))
        return pattern[order], first

    @cached_property
    def _routes_by_pattern(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """CSR: the (route, mode) pairs of each pattern."""
        timetable = self.timetable
        rows = np.stack((timetable.trip_pattern, self.catalogue.trip_route, timetable.trip_mode), axis=1)
        unique = np.unique(rows.astype(np.int64), axis=0)
        return unique[:, 1:], np.searchsorted(unique[:, 0], np.arange(len(timetable.pattern_first)))

    @cached_property
    def stop_modes(self) -> NDArray[np.int64]:
        """[A] bit set of the `Mode`s that call at each stop; a station's are its platforms'."""
        timetable = self.timetable
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
        departures = np.nan_to_num(np.asarray(self.catalogue.stop_departures_per_day, dtype=np.float64))
        top = float(departures.max(initial=0.0))
        return np.round(np.log1p(departures) / np.log1p(top), 3) if top > 0 else np.zeros(len(departures))


def list_mode_names(bits: int) -> list[str]:
    """The names of the modes in a bit set, in the order of `Mode`."""
    return [mode.name for mode in Mode if bits >> mode & 1]
