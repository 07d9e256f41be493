"""The planner: a query in, the Pareto-optimal journeys out; and departure boards from the same arrays."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from routing.journey import Answer
from routing.query import Query
from routing.timetable import Timetable, TimetableInfo


@dataclass(frozen=True, slots=True)
class Call:
    """One trip calling at one stop on one service day. Instants are seconds since the epoch, UTC."""

    trip: int
    service_day: dt.date
    shift_s: int
    position: int
    stop: int
    arrival_s: int
    departure_s: int


class Planner:
    """Answers queries on one timetable. Thread-safe; keeps the arrays of the service days it was asked for.

    `folder`: where compiled service days are kept and shared between processes as memory maps; None: in memory.
    """

    def __init__(self, timetable: Timetable, info: TimetableInfo, folder: Path | None = None) -> None: ...

    def plan(self, query: Query) -> Answer:
        """The journeys a query asks for."""
        ...

    def list_calls(self, stops: list[int], time_s: int, limit: int, *, arrivals: bool = False, backwards: bool = False, until_s: int | None = None) -> list[Call]:
        """The next `limit` departures (arrivals) at any of `stops` from `time_s` on, in time order.

        `backwards`: the last ones before `time_s`, still in time order. `until_s` ends the search (default: two days on).
        Departures only where boarding is possible, arrivals only where alighting is.
        """
        ...

    def trip_calls(self, trip: int, service_day: dt.date, shift_s: int = 0) -> list[Call]:
        """All calls of one trip on one service day, whether or not it runs on it."""
        ...

    def runs(self, trip: int, service_day: dt.date) -> bool:
        """Whether the trip's service is active on that day."""
        ...

    def warm_up(self, days: list[dt.date]) -> None:
        """Compile the kernels and these service days before the first question comes."""
        ...
