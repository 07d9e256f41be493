"""The planner: a query in, the Pareto-optimal journeys out; and departure boards from the same arrays."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace

import numpy as np

from routing.bags import compile_kernels, plan_in_bags
from routing.board import Call, list_calls, trip_calls
from routing.clock import day_start_s
from routing.compile_overlay import compile_overlay
from routing.decode import decode_journeys
from routing.journey import Answer, Journey
from routing.kernels.search import Departures, Labels
from routing.kernels.trace import JOURNEY_FIELDS, LEG_FIELDS, legs_max, search_departures
from routing.one_to_all import Reached, find_reached
from routing.overlay import ExtraTrip
from routing.query import Offset, Query
from routing.search import LAYER_COUNTS, Search
from routing.workbench import Workbench, departures_at

__all__ = ["Call", "Planner"]

DEPARTURES_PER_CALL = 128
"""Of a window: between calls of the kernel the time limit is looked at."""

JOURNEYS_PER_CALL = 256


class Planner(Workbench):
    """Answers queries on one timetable."""

    def plan(self, query: Query) -> Answer:
        """The journeys a query asks for.

        Raises ValueError when the window and the travel time together need more than five service days.
        """
        if query.via or query.cost is not None:
            return plan_in_bags(self, query)
        first_s, last_s = query.time_s, query.time_s + query.window_s
        search = self.prepare(query)
        if not search.origins or not search.destinations:
            return Answer((), first_s, last_s)
        journeys, reached_s = self._run(search, self.get_labels(search), self.list_departures(search))
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
        search = self.prepare(one_end)
        at_end = self.walking(0, 0, 1.0, query.arrive_by, query.wheelchair)
        labels, departures = self.get_labels(search), self.list_departures(search)
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
        search = self.prepare(Query(end, end, start_s, window_s=600))
        for count in LAYER_COUNTS:
            ask = search.ask._replace(
                layer_offset_s=np.zeros(count, np.int32), layer_first_s=np.zeros(count, np.int32)
            )
            padded = replace(search, layers=(self.nothing.layer,) * count, ask=ask)
            self.list_departures(padded)
            self._run(padded, self.get_labels(padded), departures_at(np.zeros(1, np.int32)))
            compile_kernels(self, padded)

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


def _shuttle(day: dt.date, at_s: int) -> ExtraTrip:
    """The least trip there can be."""
    times, free = np.full(2, at_s, np.int64), np.zeros(2, np.uint8)
    return ExtraTrip("shuttle", day, np.zeros(2, np.int32), times, times, free, free, mode=0)
