"""Runs of trips by their day and start: GTFS-RT reference, message TripDescriptor."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

NEAR_S_MAX = 12 * 3600
"""A trip named without its day is the run nearest to now, if that is no farther than this: else none is meant."""

NO_DATE = -(1 << 40)
"""`date` of a descriptor without one; any other number beyond the calendar is a day no trip runs on."""

NO_START = -1
"""`start_s` of a descriptor without one."""

DAYS_BACK, DAYS_AHEAD = 3, 1
"""Where the run nearest to now may be: trips take up to three days, and may be named the evening before."""

MATCHED, NOT_RUNNING, NOT_NEAR, START_MISSING, NO_SUCH_START, START_DIFFERS = range(6)
"""What became of a descriptor. START_DIFFERS: matched, though its start_time is not the trip's."""


class Runs(NamedTuple):
    """Where descriptors led, [k] each."""

    status: NDArray[np.int64]
    day: NDArray[np.int64]
    """Of the calendar."""
    shift_s: NDArray[np.int64]
    """Of the run: to which repetition of the plan it belongs."""
    base_s: NDArray[np.int64]
    """The instant its trip's own times count from, as it is said to have started: of a repetition without exact times
    (frequencies.txt, exact_times 0) that is not the planned one."""


class Calendar(NamedTuple):
    """What the days of runs are told by."""

    service_active: NDArray[np.uint8]
    day_start_s: NDArray[np.int64]
    today: NDArray[np.int64]  # [zones] the calendar's day now


@njit(cache=True, nogil=True)
def find_runs(timetable, calendar, trip, date, start_s, now_s, out):
    """Fill `out` (`Runs`) for int64[k] trips of the timetable, days of the calendar (or NO_DATE) and start times (or
    NO_START)."""
    for i in range(len(trip)):
        t = trip[i]
        event = timetable.trip_first_event[t]
        pattern = timetable.trip_pattern[t]
        last = event + timetable.pattern_first[pattern + 1] - timetable.pattern_first[pattern] - 1
        own_s = np.int64(timetable.event_departure_s[event])
        status, shift_s = _find_shift(timetable, t, own_s, start_s[i])
        run_s = start_s[i] - own_s if status == MATCHED and start_s[i] >= 0 else np.int64(0)
        if status == NO_SUCH_START and not _is_repeated(timetable, t):
            status, shift_s, run_s = START_DIFFERS, np.int64(0), np.int64(0)
        out.status[i], out.shift_s[i], out.day[i], out.base_s[i] = status, shift_s, -1, 0
        if status in (START_MISSING, NO_SUCH_START):
            continue
        day = _find_day(
            timetable,
            calendar,
            t,
            date[i],
            run_s + np.int64(timetable.event_arrival_s[event]),
            run_s + np.int64(timetable.event_departure_s[last]),
            now_s,
        )
        if day < 0:
            out.status[i] = NOT_NEAR if date[i] == NO_DATE else NOT_RUNNING
        else:
            out.day[i] = day
            out.base_s[i] = calendar.day_start_s[timetable.trip_zone[t], day] + run_s


@njit(cache=True, nogil=True)
def _is_repeated(timetable, trip):
    row = np.searchsorted(timetable.frequency_trip, trip)
    return row < len(timetable.frequency_trip) and timetable.frequency_trip[row] == trip


@njit(cache=True, nogil=True)
def _find_shift(timetable, trip, own_s, start_s):
    """Which repetition starts then: of exact ones the one that does, of others (whose vehicles leave
    when they do) the nearest, also half a headway before the first and after the last."""
    if not _is_repeated(timetable, trip):
        return (MATCHED if start_s < 0 or start_s == own_s else NO_SUCH_START), np.int64(0)
    if start_s < 0:
        return START_MISSING, np.int64(0)
    row = np.searchsorted(timetable.frequency_trip, trip)
    best_s, found_s = np.int64(1) << 40, np.int64(0)
    while row < len(timetable.frequency_trip) and timetable.frequency_trip[row] == trip:
        first_s, headway_s = np.int64(timetable.frequency_start_s[row]), timetable.frequency_headway_s[row]
        count = -((first_s - timetable.frequency_end_s[row]) // headway_s)
        nth = max(np.int64(0), min((start_s - first_s + (headway_s - 1) // 2) // headway_s, count - 1))
        repetition_s = first_s + nth * headway_s
        away_s = abs(start_s - repetition_s)
        allowed_s = headway_s if first_s <= start_s < timetable.frequency_end_s[row] else headway_s // 2
        if timetable.frequency_exact[row]:
            allowed_s = 0
        if away_s <= allowed_s and away_s < best_s:
            best_s, found_s = away_s, repetition_s
        row += 1
    return (MATCHED if best_s < 1 << 40 else NO_SUCH_START), found_s - own_s


@njit(cache=True, nogil=True)
def _find_day(timetable, calendar, trip, date, from_s, to_s, now_s):
    """The calendar's day of the run: the one named, if the trip runs on it; else the one whose run (from `from_s` to
    `to_s` of its day) is nearest to now; -1 for none."""
    active = calendar.service_active
    service, days = timetable.trip_service[trip], active.shape[1]
    if date != NO_DATE:
        return date if 0 <= date < days and active[service, date] else np.int64(-1)
    zone = timetable.trip_zone[trip]
    best, best_s = np.int64(-1), np.int64(NEAR_S_MAX + 1)
    for day in range(calendar.today[zone] - DAYS_BACK, calendar.today[zone] + DAYS_AHEAD + 1):
        if 0 <= day < days and active[service, day]:
            start_s = calendar.day_start_s[zone, day]
            away_s = max(start_s + from_s - now_s, now_s - (start_s + to_s), np.int64(0))
            if away_s < best_s:
                best, best_s = np.int64(day), away_s
    return best
