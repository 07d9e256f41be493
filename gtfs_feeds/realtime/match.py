"""Which run of which trip a message speaks of: TripDescriptors against a network.

GTFS-RT reference, message TripDescriptor. A run is one trip on one service day and, where frequencies repeat it, one
of its repetitions.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from numpy.typing import NDArray

from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.kernels.runs import (
    MATCHED,
    NO_DATE,
    NO_START,
    NO_SUCH_START,
    NOT_RUNNING,
    START_DIFFERS,
    START_MISSING,
    Runs,
    find_runs,
)
from routing.clock import service_day_of

YEAR_MIN, YEAR_MAX = 1971, 2199
"""Dates beyond these are none."""


class TripRun(NamedTuple):
    """One run of a planned trip: how an overlay, a board and a journey name it."""

    trip: int
    service_day: dt.date
    shift_s: int = 0


class Problem(NamedTuple):
    """Why a descriptor names no run."""

    rule: str
    message: str
    field: str
    value: str


def match_runs(
    index: FeedIndex,
    trip: NDArray[np.int64],
    date: NDArray[np.int64],
    start_s: NDArray[np.int64],
    now_s: int,
) -> Runs:
    """The runs of known trips on given days of the calendar (or NO_DATE) with given start times (or NO_START)."""
    info = index.network.info
    today = [(service_day_of(now_s, zone) - info.first_day).days for zone in info.zones]
    out = Runs(*np.empty((4, len(trip)), np.int64))
    find_runs(index.timing, trip, date, start_s, np.array(today, np.int64), now_s, out)
    return out


@lru_cache(maxsize=4096)
def parse_date(value: str) -> dt.date | None:
    """A date as GTFS writes it, YYYYMMDD; None for anything else."""
    if len(value) != 8 or not (value.isascii() and value.isdigit()):
        return None
    try:
        day = dt.date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return None
    return day if YEAR_MIN <= day.year <= YEAR_MAX else None


@lru_cache(maxsize=4096)
def parse_time(value: str) -> int | None:
    """A time as GTFS writes it, H:MM:SS or HH:MM:SS, hours beyond 24 too; None for anything else."""
    parts = value.split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        return None
    hours, minutes, seconds = (int(part) for part in parts)
    return hours * 3600 + minutes * 60 + seconds if minutes < 60 and seconds < 60 else None


class Descriptor(NamedTuple):
    """A TripDescriptor's texts, "" for what it lacks."""

    trip_id: str = ""
    route_id: str = ""
    direction: int = -1
    start_time: str = ""
    start_date: str = ""


def descriptor_of(trip: gtfs_rt.TripDescriptor) -> Descriptor:
    """Of a message of the bindings."""
    direction = trip.direction_id if trip.HasField("direction_id") else -1
    return Descriptor(trip.trip_id, trip.route_id, direction, trip.start_time, trip.start_date)


def parse_when(index: FeedIndex, descriptor: Descriptor) -> tuple[int, int] | Problem:
    """The calendar's day (or NO_DATE) and the start time (or NO_START) a descriptor names."""
    date, start_s = NO_DATE, NO_START
    if descriptor.start_date:
        day = parse_date(descriptor.start_date)
        if day is None:
            told = f"Its date {descriptor.start_date!r} is no date as YYYYMMDD."
            return Problem("invalid_start_date", told, "start_date", descriptor.start_date)
        date = (day - index.network.info.first_day).days
    if descriptor.start_time:
        parsed = parse_time(descriptor.start_time)
        if parsed is None:
            told = f"Its start {descriptor.start_time!r} is no time as HH:MM:SS."
            return Problem("invalid_start_time", told, "start_time", descriptor.start_time)
        start_s = parsed
    return date, start_s


def match_trip(index: FeedIndex, descriptor: Descriptor, now_s: int) -> TripRun | Problem:
    """The one run a descriptor names, or why there is none."""
    when = parse_when(index, descriptor)
    if isinstance(when, Problem):
        return when
    candidates = list_candidates(index, descriptor, when[1])
    if isinstance(candidates, Problem):
        return candidates
    trips = np.array(candidates, np.int64)
    runs = match_runs(
        index, trips, np.full(len(trips), when[0], np.int64), np.full(len(trips), when[1], np.int64), now_s
    )
    return choose_run(index, descriptor, trips, runs)


def choose_run(
    index: FeedIndex, descriptor: Descriptor, trips: NDArray[np.int64], runs: Runs
) -> TripRun | Problem:
    """The only one of a descriptor's candidates that runs, or why there is none."""
    matched = np.flatnonzero((runs.status == MATCHED) | (runs.status == START_DIFFERS))
    if len(matched) == 1:
        row = int(matched[0])
        return TripRun(int(trips[row]), index.days[int(runs.day[row])], int(runs.shift_s[row]))
    if len(matched) > 1:
        told = "Route, direction, date and start time fit several trips: only trip_id tells them apart."
        return Problem("ambiguous_trip", told, "trip_id", "")
    return explain(int(runs.status[0]), descriptor)


def explain(status: int, descriptor: Descriptor) -> Problem:
    """Why a known trip has no such run."""
    name = descriptor.trip_id or descriptor.route_id
    if status == START_MISSING:
        told = f"Trip {name!r} is repeated by frequencies: without start_time it cannot be told which one is meant."
        return Problem("start_time_missing", told, "start_time", name)
    if status == NO_SUCH_START:
        told = (
            f"Trip {name!r} is repeated by frequencies, and none of them starts at {descriptor.start_time}."
        )
        return Problem("unknown_start_time", told, "start_time", descriptor.start_time)
    if status == NOT_RUNNING:
        told = f"Trip {name!r} does not run on {descriptor.start_date}."
        return Problem("trip_not_running", told, "start_date", name)
    told = f"Trip {name!r} is named without its date, and no run of it is within 12 hours."
    return Problem("trip_not_running", told, "start_date", name)


def list_candidates(index: FeedIndex, descriptor: Descriptor, start_s: int) -> list[int] | Problem:
    """The trips a descriptor may mean, at least one: by its id, else by route, direction and start time."""
    if descriptor.trip_id:
        trip = index.find_trip(descriptor.trip_id)
        if trip is None:
            told = f"There is no trip {descriptor.trip_id!r} in the feed: is it of another version?"
            return Problem("unknown_trip", told, "trip_id", descriptor.trip_id)
        return [trip]
    if not descriptor.route_id:
        return Problem("trip_descriptor_missing", "It names neither a trip nor a route.", "trip_id", "")
    route = index.route_of.get(descriptor.route_id)
    if route is None:
        told = f"There is no route {descriptor.route_id!r} in the feed: is it of another version?"
        return Problem("unknown_route", told, "route_id", descriptor.route_id)
    directions = (descriptor.direction,) if descriptor.direction >= 0 else (-1, 0, 1)
    found = [
        trip
        for direction in directions
        for key_s in (start_s, -1)
        for trip in index.trips_by_start.get((route, direction, key_s), ())
    ]
    if start_s == NO_START or not found:
        told = (
            f"It names no trip of route {descriptor.route_id!r}: without trip_id, start_time must be exact."
        )
        return Problem("unknown_trip", told, "start_time", descriptor.start_time)
    return found
