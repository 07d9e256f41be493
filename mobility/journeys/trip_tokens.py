"""The API's trip ids: `20260615_07:12_sncf_TRIP`, one run of one trip on one service day, as MOTIS writes them.

Service day, departure from the trip's first stop on that day's clock (beyond 24:00 after midnight; with seconds when
they are not 0), and the merged GTFS trip id. The departure tells the runs of a frequency trip apart. Trips that real
time adds have ids of the same kind; `mobility.journeys.runs.Run.write_token` writes them all.
"""

from __future__ import annotations

import datetime as dt
import re

import numpy as np

from gtfs_feeds.catalogue import find_trip
from gtfs_feeds.realtime.match import TripRun
from gtfs_feeds.realtime.trip_updates import Standing
from mobility.journeys.runs import Run, find_extra_run, get_run
from mobility.journeys.view import View
from routing.timetable import Timetable

_TOKEN = re.compile(r"(\d{8})_(\d{2,3}):(\d{2})(?::(\d{2}))?_(.+)", re.DOTALL)


class TripTokenError(ValueError):
    """The text is not a trip id of this API; the message says what one looks like."""


class TripNotFoundError(Exception):
    """No trip runs under this id on that day; the message says which of both."""


def get_named_run(view: View, token: str) -> Run:
    """The run an id names, or the one that runs in its place. Raises TripTokenError and TripNotFoundError."""
    service_day, start_s, trip_id = _read_token(token)
    added = find_extra_run(view, f"{trip_id}|{service_day:%Y%m%d}")
    trip = find_trip(view.catalogue, trip_id)
    if trip is None:
        if added is None:
            raise TripNotFoundError(f"no trip has the id '{token[:80]}'")
        return added
    timetable = view.timetable
    shift_s = start_s - int(timetable.event_departure_s[timetable.trip_first_event[trip]])
    key = TripRun(trip, service_day, shift_s)
    if not view.planner.runs(trip, service_day) or not _is_run(timetable, key):
        if added is not None:
            return added
        raise TripNotFoundError(f"the trip '{token[:80]}' does not run on that day at that time")
    run = get_run(view, *key)
    if run.live is not None and run.live.standing == Standing.REPLACED:
        instead = find_extra_run(view, run.live.replaced_by)
        return run if instead is None else instead
    if run.live is not None and run.live.standing == Standing.DELETED:
        raise TripNotFoundError(f"the trip '{token[:80]}' was taken out of the timetable")
    return run


def _read_token(token: str) -> tuple[dt.date, int, str]:
    """Service day, departure from the first stop on that day's clock, merged trip id."""
    parsed = _TOKEN.fullmatch(token)
    if parsed is None:
        raise TripTokenError(
            f"'{token[:80]}' is not a trip id: expected YYYYMMDD_HH:MM_FEED_TRIP, as in a leg's tripId"
        )
    date, hour, minute, second, trip_id = parsed.groups()
    try:
        service_day = dt.datetime.strptime(date, "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError as error:
        raise TripTokenError(f"'{date}' at the start of the trip id is not a date (YYYYMMDD)") from error
    return service_day, int(hour) * 3600 + int(minute) * 60 + int(second or 0), trip_id


def _is_run(timetable: Timetable, run: TripRun) -> bool:
    """Whether the trip starts at that time: always its own, or one its frequencies make."""
    first, last = np.searchsorted(timetable.frequency_trip, (run.trip, run.trip + 1))
    if first == last:
        return run.shift_s == 0
    start_s = int(timetable.event_departure_s[timetable.trip_first_event[run.trip]]) + run.shift_s
    after_s = start_s - timetable.frequency_start_s[first:last]
    runs = (after_s >= 0) & (start_s < timetable.frequency_end_s[first:last])
    return bool(np.any(runs & (after_s % timetable.frequency_headway_s[first:last] == 0)))
