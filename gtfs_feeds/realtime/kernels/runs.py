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

NOT_READ = -(1 << 41)
"""Of a text that `read_when` leaves to others."""

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


class Timing(NamedTuple):
    """What of a network runs are told by; names and shapes as in `Timetable`, and by day and zone."""

    pattern_first: NDArray[np.int32]
    trip_pattern: NDArray[np.int32]
    trip_first_event: NDArray[np.int64]
    trip_service: NDArray[np.int32]
    trip_zone: NDArray[np.uint8]
    event_arrival_s: NDArray[np.int32]
    event_departure_s: NDArray[np.int32]
    frequency_trip: NDArray[np.int32]
    frequency_start_s: NDArray[np.int32]
    frequency_end_s: NDArray[np.int32]
    frequency_headway_s: NDArray[np.int32]
    frequency_exact: NDArray[np.uint8]
    service_active: NDArray[np.uint8]
    day_start_s: NDArray[np.int64]  # [zones, days] instants
    is_repeated: NDArray[np.bool_]  # [T] by frequencies


@njit(cache=True, nogil=True)
def read_when(buffer, rows, date_column, time_column, first_day, out_date, out_start_s):
    """The calendar's day and the start, int64 [k] each, that rows of a table name in their texts, as GTFS writes them:
    YYYYMMDD and HH:MM:SS. What is written otherwise is NOT_READ; `first_day`: the calendar's, in days since 1970."""
    for i in range(len(rows)):
        start, length = rows[i, date_column], rows[i, date_column + 1]
        out_date[i] = NO_DATE if start < 0 or not length else NOT_READ
        if start >= 0 and length == 8:
            day, digits = np.int64(0), True
            for at in range(start, start + 8):
                day = day * 10 + buffer[at] - 48
                digits &= 48 <= buffer[at] <= 57
            # Days since 1970 of a date: H. Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
            month, of_month = day // 100 % 100, day % 100
            year = day // 10_000 - (1 if month <= 2 else 0)
            of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + of_month - 1
            of_era = year % 400 * 365 + year % 400 // 4 - year % 400 // 100 + of_year
            if (
                digits and 1 <= month <= 12 and 1 <= of_month <= 28
            ):  # later days of months are left to the calendar
                out_date[i] = year // 400 * 146_097 + of_era - 719_468 - first_day
        start, length = rows[i, time_column], rows[i, time_column + 1]
        out_start_s[i] = NO_START if start < 0 or not length else NOT_READ
        if start >= 0 and length == 8:
            seconds, digits = np.int64(0), buffer[start + 2] == 58 and buffer[start + 5] == 58  # colons
            for at in (start, start + 3, start + 6):
                tens, ones = np.int64(buffer[at]) - 48, np.int64(buffer[at + 1]) - 48
                digits &= 0 <= tens <= 9 and 0 <= ones <= 9 and (at == start or tens < 6)
                seconds = seconds * 60 + tens * 10 + ones
            out_start_s[i] = seconds if digits else NOT_READ


@njit(cache=True, nogil=True)
def find_runs(timing, trip, date, start_s, today, now_s, out):
    """Fill `out` (`Runs`) for int64[k] trips of the timetable, days of the calendar (or NO_DATE) and start times (or
    NO_START). `today` int64[zones]: the calendar's day at `now_s`."""
    trip_first_event, trip_pattern, pattern_first = (
        timing.trip_first_event,
        timing.trip_pattern,
        timing.pattern_first,
    )
    event_arrival_s, event_departure_s = timing.event_arrival_s, timing.event_departure_s
    trip_service, trip_zone, day_start_s = timing.trip_service, timing.trip_zone, timing.day_start_s
    active, is_repeated = timing.service_active, timing.is_repeated
    out_status, out_day, out_shift_s, out_base_s = out.status, out.day, out.shift_s, out.base_s
    for i in range(len(trip)):
        t = trip[i]
        event, zone, service = trip_first_event[t], trip_zone[t], trip_service[t]
        own_s = np.int64(event_departure_s[event])
        status, shift_s, run_s = MATCHED, np.int64(0), np.int64(0)
        if is_repeated[t]:
            status, shift_s, run_s = _find_shift(timing, t, own_s, start_s[i])
        elif start_s[i] >= 0 and start_s[i] != own_s:
            status = START_DIFFERS
        out_status[i], out_day[i], out_shift_s[i], out_base_s[i] = status, -1, shift_s, 0
        if status in (START_MISSING, NO_SUCH_START):
            continue
        best = date[i]
        if best == NO_DATE:  # the run nearest to now
            last = event + pattern_first[trip_pattern[t] + 1] - pattern_first[trip_pattern[t]] - 1
            from_s, to_s = run_s + event_arrival_s[event], run_s + event_departure_s[last]
            best, best_s = np.int64(-1), np.int64(NEAR_S_MAX + 1)
            first_day, last_day = today[zone] - DAYS_BACK, today[zone] + DAYS_AHEAD
            for day in range(max(first_day, 0), min(last_day + 1, active.shape[1])):
                away_s = max(
                    day_start_s[zone, day] + from_s - now_s, now_s - day_start_s[zone, day] - to_s, 0
                )
                if active[service, day] and away_s < best_s:
                    best, best_s = np.int64(day), np.int64(away_s)
        elif best < 0 or best >= active.shape[1] or not active[service, best]:
            best = np.int64(-1)
        out_day[i] = best
        if best >= 0:
            out_base_s[i] = day_start_s[zone, best] + run_s
        else:
            out_status[i] = NOT_NEAR if date[i] == NO_DATE else NOT_RUNNING


@njit(cache=True, nogil=True)
def _find_shift(timing, trip, own_s, start_s):
    """Which repetition starts then: of exact ones the one that does, of others (whose vehicles leave when they do) the
    nearest, also half a headway before the first and after the last. What came of it, and how much later than the
    trip's own times the repetition is, and the vehicle."""
    if start_s < 0:
        return START_MISSING, np.int64(0), np.int64(0)
    row = np.searchsorted(timing.frequency_trip, trip)
    best_s, found_s = np.int64(1) << 40, np.int64(0)
    while row < len(timing.frequency_trip) and timing.frequency_trip[row] == trip:
        first_s, headway_s = np.int64(timing.frequency_start_s[row]), timing.frequency_headway_s[row]
        count = -((first_s - timing.frequency_end_s[row]) // headway_s)
        nth = max(np.int64(0), min((start_s - first_s + (headway_s - 1) // 2) // headway_s, count - 1))
        repetition_s = first_s + nth * headway_s
        away_s = abs(start_s - repetition_s)
        allowed_s = headway_s if first_s <= start_s < timing.frequency_end_s[row] else headway_s // 2
        if timing.frequency_exact[row]:
            allowed_s = 0
        if away_s <= allowed_s and away_s < best_s:
            best_s, found_s = away_s, repetition_s
        row += 1
    return (MATCHED if best_s < 1 << 40 else NO_SUCH_START), found_s - own_s, start_s - own_s
