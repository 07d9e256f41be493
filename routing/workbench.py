"""What every search on one timetable needs: the service days that can matter, walking times as somebody wishes them,
the departures of a window, and each thread's working memory."""

from __future__ import annotations

import copy
import datetime as dt
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from routing.clock import day_start_s, service_day_of
from routing.compile_overlay import compile_overlay
from routing.ends import Entry, list_entries
from routing.kernels.departures import list_departures
from routing.kernels.search import CAUGHT_AT, CAUGHT_FIELDS, TOWARD_FIELDS, Departures, Labels, Walking
from routing.overlay import Overlay
from routing.query import Offset, Query
from routing.search import LAYER_COUNTS, Search, SearchedDay, prepare
from routing.service_days import ServiceDays
from routing.timetable import INACCESSIBLE, NO_CHANGE_S, Timetable, TimetableInfo

CAUGHT_EXPECTED = 4096
"""What a window's departures catch, before they are counted: rows made at first."""

DAYS_AROUND_MAX = 64
"""Days whose neighbours a workbench remembers."""

DAY_S = 86400


class Workbench:
    """Thread-safe; keeps the arrays of the service days it was asked for.

    `folder`: where compiled service days are kept and shared between processes as memory maps; None: in memory.
    """

    def __init__(self, timetable: Timetable, info: TimetableInfo, folder: Path | None = None) -> None:
        self.timetable, self.info = timetable, info
        self.days = ServiceDays(timetable, info, folder)
        self._own = threading.local()
        self.walking = lru_cache(maxsize=16)(self._adjust_walking)
        # A day on which nothing runs.
        self.nothing = self.days.get(info.first_day - dt.timedelta(days=3650))
        self._lay_over(compile_overlay(timetable, info, self.days))

    def with_overlay(self, overlay: Overlay) -> Self:
        """The same with this laid over its timetable; days, walking times and working memory are shared."""
        other = copy.copy(self)
        other._lay_over(overlay)
        return other

    def _lay_over(self, overlay: Overlay) -> None:
        self.overlay = overlay
        self._around: dict[tuple[dt.date, int, int], list[tuple[int, int, SearchedDay]]] = {}

    def prepare(self, query: Query) -> Search:
        """Raises ValueError when the window and the travel time together need more than five service days."""
        day = service_day_of(query.time_s, self.info.zones[0])
        base_s = day_start_s(day, self.info.zones[0])
        walking = self.walking(
            query.min_transfer_time_s,
            query.additional_transfer_time_s,
            query.transfer_time_factor,
            query.arrive_by,
            query.wheelchair,
        )
        origins = self._list_entries(query.origins, False, query.wheelchair)
        destinations = self._list_entries(query.destinations, True, query.wheelchair)
        days = self._choose_days(query, day, base_s)
        return prepare(query, base_s, days, self.overlay, walking, (origins, destinations))

    def _list_entries(self, offsets: tuple[Offset, ...], into: bool, wheelchair: bool) -> list[Entry]:
        """Of one end. Each thread keeps those of its last search: a page is searched in stretches of time, with the
        very same offsets."""
        kept: dict[tuple[bool, bool], tuple[tuple[Offset, ...], list[Entry]]] = self.own("entries")
        last = kept.get((into, wheelchair))
        if last is None or last[0] is not offsets:
            closed = self.timetable.stop_wheelchair == INACCESSIBLE if wheelchair else None
            walking = self.walking(0, 0, 1.0, into, wheelchair)
            last = kept[into, wheelchair] = offsets, list_entries(offsets, walking, closed)
        return last[1]

    def _choose_days(self, query: Query, day: dt.date, base_s: int) -> tuple[SearchedDay, ...]:
        """The service days that can matter, padded with empty ones to a number the kernels are compiled for."""
        earliest_s = query.time_s - (query.max_travel_time_s if query.arrive_by else 0) - base_s
        latest_s = (
            query.time_s + query.window_s - base_s + (0 if query.arrive_by else query.max_travel_time_s)
        )
        found = [
            searched
            for first_s, last_s, searched in self._list_days_around(
                day, earliest_s // DAY_S - 3, latest_s // DAY_S + 2
            )
            if first_s <= latest_s and last_s >= earliest_s
        ]
        for count in LAYER_COUNTS:
            if len(found) < count:  # the overlay is one more
                return (*found, *[SearchedDay(day, self.nothing, 0)] * (count - 1 - len(found)))
        raise ValueError(
            f"a search over {len(found)} service days; at most {LAYER_COUNTS[-1] - 1}: shorten the window"
        )

    def _list_days_around(self, day: dt.date, first: int, end: int) -> list[tuple[int, int, SearchedDay]]:
        """The service days from `first` to before `end` days after `day` on which anything runs, as first departure
        and last arrival in seconds after the start of `day`, and the day itself."""
        known = self._around.get((day, first, end))
        if known is not None:
            return known
        base_s = day_start_s(day, self.info.zones[0])
        found = []
        for distance in range(first, end):
            candidate = day + dt.timedelta(days=distance)
            start_s = day_start_s(candidate, self.info.zones[0]) - base_s
            arrays = self.overlay.days.get(candidate) or self.days.get(candidate)
            first_s, last_s = (int(s) for s in arrays.layer.span_s)
            if first_s <= last_s:
                found.append((start_s + first_s, start_s + last_s, SearchedDay(candidate, arrays, start_s)))
        if len(self._around) >= DAYS_AROUND_MAX:
            self._around.clear()
        self._around[day, first, end] = found
        return found

    def list_departures(self, search: Search) -> Departures:
        """The moment of a search, or all that leaves within its window, the latest first, with what it catches."""
        query = search.query
        if not query.window_s:
            moment_s = query.time_s - search.base_s
            return departures_at(np.array([-moment_s if query.arrive_by else moment_s], np.int32))
        from_s, to_s = query.time_s - search.base_s, query.time_s + query.window_s - search.base_s
        if query.arrive_by:
            from_s, to_s = -to_s, -from_s
        found = np.empty((CAUGHT_EXPECTED, CAUGHT_FIELDS), np.int32)
        count = list_departures(search.layers, search.ask, from_s, to_s, found)
        if count > len(found):
            found = np.empty((count, CAUGHT_FIELDS), np.int32)
            list_departures(search.layers, search.ask, from_s, to_s, found)
        if not count:  # nothing leaves, so nothing needs to be compared with what leaves later
            return departures_at(np.zeros(0, np.int32))
        caught = found[np.argsort(found[:count, CAUGHT_AT], kind="stable")[::-1]]
        at_s = caught[:, CAUGHT_AT]
        starts = (at_s[1:] != at_s[:-1]).nonzero()[0] + 1
        first, leaves_s = np.zeros(len(starts) + 3, np.int32), np.empty(len(starts) + 2, np.int32)
        first[2:-1], first[-1] = starts, count
        # Leaving right after the window comes first: what it beats is not worth telling, and stands on the next page.
        leaves_s[0], leaves_s[1], leaves_s[2:] = to_s + 1, at_s[0], at_s[starts]
        return Departures(leaves_s, first, caught)

    def own(self, kind: str) -> dict[Any, Any]:
        """What this thread keeps of one kind between its searches."""
        kept: dict[Any, Any] = self._own.__dict__.setdefault(kind, {})
        return kept

    def get_labels(self, search: Search) -> Labels:
        """This thread's working memory, grown as needed; what it holds is of no use to another search."""
        columns = search.ask.rides_max + 1
        routes = max([len(layer.routes) for layer in search.layers])
        trips = max([len(layer.trips) for layer in search.layers])
        kept = self.own("labels")
        labels = kept.get(columns)
        if labels is None or len(labels.queue) < routes or labels.seated.shape[1] <= trips:
            # An overlay grows by a trip at a time: room for some more.
            labels = _make_labels(self.info.boardable_count, columns, routes + 1024, trips + 1024)
            kept[columns] = labels
        return labels

    def _adjust_walking(
        self, least_s: int, more_s: int, factor: float, mirrored: bool, wheelchair: bool
    ) -> Walking:
        """Changes and footpaths with the traveller's wishes in, in the direction of the search."""
        timetable = self.timetable
        change_s = _adjust(timetable.change_time_s, least_s, more_s, factor)
        change_s[timetable.change_time_s >= NO_CHANGE_S] = NO_CHANGE_S
        walk_s = timetable.footpath_wheelchair_s if wheelchair else timetable.footpath_duration_s
        duration_s = _adjust(walk_s, least_s, more_s, factor)
        duration_s[walk_s >= NO_CHANGE_S] = NO_CHANGE_S
        first, to = timetable.footpath_first, timetable.footpath_to
        origin = np.repeat(np.arange(len(first) - 1, dtype=np.int32), np.diff(first))
        if wheelchair:
            closed = timetable.stop_wheelchair[: len(change_s)] == INACCESSIBLE
            change_s[closed] = NO_CHANGE_S
            duration_s[closed[origin] | closed[to]] = NO_CHANGE_S
        order = np.lexsort((origin, to))
        first_in = np.searchsorted(to[order], np.arange(len(first))).astype(np.int32)
        out = (np.array(first), np.array(to), duration_s)
        into = (first_in, origin[order], duration_s[order])
        return Walking(change_s, *(into + out if mirrored else out + into))


def departures_at(at_s: NDArray[np.int32]) -> Departures:
    """Departures that look for what they catch themselves."""
    return Departures(at_s, np.zeros(len(at_s) + 1, np.int32), np.zeros((0, CAUGHT_FIELDS), np.int32))


def _adjust(duration_s: NDArray[np.int32], least_s: int, more_s: int, factor: float) -> NDArray[np.int32]:
    stretched = (
        np.ceil(np.minimum(duration_s, NO_CHANGE_S) * factor) if factor != 1.0 else np.array(duration_s)
    )
    result: NDArray[np.int32] = np.maximum(stretched + more_s, least_s).astype(np.int32)
    return result


def _make_labels(stops: int, columns: int, routes: int, trips: int) -> Labels:
    return Labels(
        rows=np.empty((stops, 2 * columns - 2), np.int32),
        toward=np.empty((stops, TOWARD_FIELDS), np.int32),
        best=np.empty(columns + 1, np.int32),
        marked=np.empty(stops + 1, np.int32),
        is_marked=np.empty(stops, np.uint8),
        before=np.empty(stops, np.int32),
        fresh=np.empty(stops + 1, np.int32),
        is_fresh=np.empty(stops, np.uint8),
        queue=np.empty(routes, np.int32),
        route_from=np.empty(routes, np.int32),
        work=np.zeros(1, np.int64),
        bounded=np.zeros(1, np.uint8),
        seated=np.empty((2, trips + 1), np.int32),
    )
