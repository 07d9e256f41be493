"""The planner: a query in, the Pareto-optimal journeys out; and departure boards from the same arrays."""

from __future__ import annotations

import copy
import datetime as dt
import threading
import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routing.bags import compile_kernels, plan_in_bags
from routing.board import Call, list_calls, trip_calls
from routing.clock import day_start_s, service_day_of
from routing.compile_overlay import compile_overlay
from routing.decode import decode_journeys
from routing.ends import list_entries
from routing.journey import Answer, Journey
from routing.kernels.departures import list_departures
from routing.kernels.search import CAUGHT_AT, CAUGHT_FIELDS, TOWARD_FIELDS, Departures, Labels, Walking
from routing.kernels.trace import JOURNEY_FIELDS, LEG_FIELDS, legs_max, search_departures
from routing.one_to_all import Reached, find_reached
from routing.overlay import ExtraTrip, Overlay
from routing.query import Offset, Query
from routing.search import LAYER_COUNTS, Search, SearchedDay, prepare
from routing.service_days import ServiceDays
from routing.timetable import INACCESSIBLE, NO_CHANGE_S, Timetable, TimetableInfo

__all__ = ["Call", "Planner"]

DEPARTURES_PER_CALL = 128
"""Of a window: between calls of the kernel the time limit is looked at."""

JOURNEYS_PER_CALL = 256
CAUGHT_EXPECTED = 4096
"""What a window's departures catch, before they are counted: rows made at first."""

DAYS_AROUND_MAX = 64
"""Days whose neighbours a planner remembers."""

DAY_S = 86400


class Planner:
    """Answers queries on one timetable. Thread-safe; keeps the arrays of the service days it was asked for.

    `folder`: where compiled service days are kept and shared between processes as memory maps; None: in memory.
    """

    def __init__(self, timetable: Timetable, info: TimetableInfo, folder: Path | None = None) -> None:
        self.timetable, self.info = timetable, info
        self.days = ServiceDays(timetable, info, folder)
        self._own = threading.local()
        self._walking = lru_cache(maxsize=16)(self._adjust_walking)
        self._nothing = self.days.get(info.first_day - dt.timedelta(days=3650))
        self._lay_over(compile_overlay(timetable, info, self.days))

    def with_overlay(self, overlay: Overlay) -> Planner:
        """The same planner with this laid over its timetable; days, walking times and working memory are shared."""
        planner = copy.copy(self)
        planner._lay_over(overlay)
        return planner

    def _lay_over(self, overlay: Overlay) -> None:
        self.overlay = overlay
        self._around: dict[tuple[dt.date, int, int], list[tuple[int, int, SearchedDay]]] = {}

    def plan(self, query: Query) -> Answer:
        """The journeys a query asks for.

        Raises ValueError when the window and the travel time together need more than five service days.
        """
        if query.via or query.cost is not None:
            return plan_in_bags(self, query)
        first_s, last_s = query.time_s, query.time_s + query.window_s
        search = self._prepare(query)
        if not search.origins or not search.destinations:
            return Answer((), first_s, last_s)
        journeys, reached_s = self._run(search, self._get_labels(search), self._list_departures(search))
        journeys.sort(key=lambda j: (j.departure_s, j.arrival_s, j.transfers))
        if reached_s is not None:
            first_s, last_s = (first_s, reached_s) if query.arrive_by else (reached_s, last_s)
        return Answer(tuple(journeys), first_s, last_s, reached_s is not None)

    def one_to_all(self, query: Query) -> Reached:
        """When one can be at every boardable stop at the earliest, leaving the origins at `time_s`; `arrive_by`: until
        when one may still be there, to be at the destinations at `time_s`. The other end is not looked at.

        Raises ValueError for a window.
        """
        one_end = replace(query, origins=()) if query.arrive_by else replace(query, destinations=())
        search = self._prepare(one_end)
        at_end = self._walking(0, 0, 1.0, query.arrive_by, query.wheelchair)
        labels, departures = self._get_labels(search), self._list_departures(search)
        return find_reached(search, labels, departures, at_end, self.timetable.stop_wheelchair)

    def list_calls(
        self,
        stops: list[int],
        time_s: int,
        limit: int,
        *,
        arrivals: bool = False,
        backwards: bool = False,
        until_s: int | None = None,
    ) -> list[Call]:
        """The next `limit` departures (arrivals) at any of `stops` from `time_s` on, in time order.

        `backwards`: the last ones before `time_s`, still in time order. `until_s` ends the search (default: two days
        on). Departures only where boarding is possible, arrivals only where alighting is.
        """
        return list_calls(
            self.timetable,
            self.info,
            self.days,
            self.overlay,
            stops,
            time_s,
            limit,
            arrivals=arrivals,
            backwards=backwards,
            until_s=until_s,
        )

    def trip_calls(self, trip: int, service_day: dt.date, shift_s: int = 0) -> list[Call]:
        """All calls of one trip on one service day, as it really runs; whether or not it does on that day."""
        return trip_calls(self.timetable, self.info, self.overlay, trip, service_day, shift_s)

    def runs(self, trip: int, service_day: dt.date) -> bool:
        """Whether the trip is planned on that day."""
        extra = trip - len(self.timetable.trip_pattern)
        if extra >= 0:
            return extra < len(self.overlay.extras) and self.overlay.extras[extra].service_day == service_day
        index = (service_day - self.info.first_day).days
        active = self.timetable.service_active
        return 0 <= index < active.shape[1] and bool(active[self.timetable.trip_service[trip], index])

    def warm_up(self, days: list[dt.date]) -> None:
        """Compile the kernels and these service days before the first question comes: its time limit is for itself."""
        self.days.get(self.info.first_day)
        for day in days:
            for distance in range(
                -3, 4
            ):  # a search looks at the days around its own, for trips past midnight
                self.days.get(day + dt.timedelta(days=distance))
        if not self.info.boardable_count:
            return
        start_s = day_start_s(self.info.first_day, self.info.zones[0])
        compile_overlay(self.timetable, self.info, self.days, extras=[_shuttle(self.info.first_day, start_s)])
        end = (Offset(0, 1, start_s, start_s),)
        search = self._prepare(Query(end, end, start_s, window_s=600))
        for count in LAYER_COUNTS:
            ask = search.ask._replace(
                layer_offset_s=np.zeros(count, np.int32), layer_first_s=np.zeros(count, np.int32)
            )
            padded = replace(search, layers=(self._nothing.layer,) * count, ask=ask)
            self._list_departures(padded)
            self._run(padded, self._get_labels(padded), _departures(np.zeros(1, np.int32)))
            compile_kernels(self, padded, self._nothing)

    def _prepare(self, query: Query) -> Search:
        day = service_day_of(query.time_s, self.info.zones[0])
        base_s = day_start_s(day, self.info.zones[0])
        walking = self._walking(
            query.min_transfer_time_s,
            query.additional_transfer_time_s,
            query.transfer_time_factor,
            query.arrive_by,
            query.wheelchair,
        )
        closed = self.timetable.stop_wheelchair == INACCESSIBLE if query.wheelchair else None
        origins = list_entries(query.origins, self._walking(0, 0, 1.0, False, query.wheelchair), closed)
        destinations = list_entries(
            query.destinations, self._walking(0, 0, 1.0, True, query.wheelchair), closed
        )
        days = self._choose_days(query, day, base_s)
        return prepare(query, base_s, days, self.overlay, walking, (origins, destinations))

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
                return (*found, *[SearchedDay(day, self._nothing, 0)] * (count - 1 - len(found)))
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

    def _list_departures(self, search: Search) -> Departures:
        query = search.query
        if not query.window_s:
            moment_s = query.time_s - search.base_s
            return _departures(np.array([-moment_s if query.arrive_by else moment_s], np.int32))
        from_s, to_s = query.time_s - search.base_s, query.time_s + query.window_s - search.base_s
        if query.arrive_by:
            from_s, to_s = -to_s, -from_s
        found = np.empty((CAUGHT_EXPECTED, CAUGHT_FIELDS), np.int32)
        count = list_departures(search.layers, search.ask, from_s, to_s, found)
        if count > len(found):
            found = np.empty((count, CAUGHT_FIELDS), np.int32)
            list_departures(search.layers, search.ask, from_s, to_s, found)
        if not count:  # nothing leaves, so nothing needs to be compared with what leaves later
            return _departures(np.zeros(0, np.int32))
        caught = found[np.argsort(found[:count, CAUGHT_AT], kind="stable")[::-1]]
        at_s = caught[:, CAUGHT_AT]
        starts = (at_s[1:] != at_s[:-1]).nonzero()[0] + 1
        first, leaves_s = np.zeros(len(starts) + 3, np.int32), np.empty(len(starts) + 2, np.int32)
        first[2:-1], first[-1] = starts, count
        # Leaving right after the window comes first: what it beats is not worth telling, and stands on the next page.
        leaves_s[0], leaves_s[1], leaves_s[2:] = to_s + 1, at_s[0], at_s[starts]
        return Departures(leaves_s, first, caught)

    def _run(
        self, search: Search, labels: Labels, departures: Departures
    ) -> tuple[list[Journey], int | None]:
        """Search in portions: journeys, and the instant of the last departure done when the time limit cut it off."""
        rides_max = search.ask.rides_max
        out_journeys = np.empty((JOURNEYS_PER_CALL + rides_max, JOURNEY_FIELDS), np.int32)
        out_legs = np.empty((4 * JOURNEYS_PER_CALL + rides_max * legs_max(rides_max), LEG_FIELDS), np.int32)
        limit_s = search.query.time_limit_s
        ends_at = time.monotonic() + limit_s if limit_s else float("inf")
        journeys: list[Journey] = []
        done, untold, count = 0, int(search.query.window_s > 0), len(departures.at_s)
        while done < count:
            if done and time.monotonic() > ends_at:
                return journeys, search.base_s + (-1 if search.query.arrive_by else 1) * int(
                    departures.at_s[done - 1]
                )
            end = min(done + DEPARTURES_PER_CALL, count)
            done, found, legs = search_departures(
                search.layers,
                search.walking,
                search.ask,
                labels,
                departures,
                done,
                end,
                untold,
                out_journeys,
                out_legs,
            )
            journeys += decode_journeys(search, out_journeys[:found].tolist(), out_legs[:legs].tolist())
        return journeys, None

    def _get_labels(self, search: Search) -> Labels:
        """This thread's working memory, grown as needed; what it holds is of no use to another search."""
        columns = search.ask.rides_max + 1
        routes = max([len(layer.routes) for layer in search.layers])
        trips = max([len(layer.trips) for layer in search.layers])
        kept: dict[int, Labels] = self._own.__dict__.setdefault("labels", {})
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


def _shuttle(day: dt.date, at_s: int) -> ExtraTrip:
    """The least trip there can be."""
    times, free = np.full(2, at_s, np.int64), np.zeros(2, np.uint8)
    return ExtraTrip("shuttle", day, np.zeros(2, np.int32), times, times, free, free, mode=0)


def _departures(at_s: NDArray[np.int32]) -> Departures:
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
