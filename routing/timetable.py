"""The timetable: every trip on every date, as flat arrays. This is the router's input contract.

Concepts, in the order one needs them:

* A **stop** is an index. Stops that some trip calls at come first (`0 .. boardable_count-1`); stations,
  entrances and unserved stops follow, so that the router's labels stay small.
* A **pattern** is a sequence of stops with what may be done at each (pick up, drop off). Position `p` of
  pattern `i` is the flat index `pattern_first[i] + p`.
* A **trip** runs along one pattern, at the times `event_*[trip_first_event[t] + p]`, in seconds since
  noon minus 12 h of its service day **in its own time zone** (GTFS reference, "Time"): beyond 86400 is after midnight.
* A **service** says on which days a trip runs: `service_active[service, day]`, day 0 being `first_day`.
* A **frequency** repeats its trip: the trip's own times are then only a template.
* A **footpath** leads from one stop to another on foot. Footpaths never chain: what can be walked is an edge.

Names, colours and shapes are not here: the router never needs them (see `gtfs_feeds.catalogue`).
"""

from __future__ import annotations

import datetime as dt
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DEFAULT_CHANGE_TIME_S = 120
"""Time to change vehicles at one stop when the feed says nothing."""

INACCESSIBLE = 2
"""`stop_wheelchair` of a stop no wheelchair can board at."""

NO_CHANGE_S = 1 << 24
"""`change_time_s` of a stop where changing is not possible (transfers.txt, type 3)."""


class Mode(IntEnum):
    """What kind of vehicle a trip is; the value is the bit in a route filter. Names are the MOTIS API's."""

    AIRPLANE = 0
    HIGHSPEED_RAIL = 1
    LONG_DISTANCE = 2
    NIGHT_RAIL = 3
    REGIONAL_RAIL = 4
    SUBURBAN = 5
    SUBWAY = 6
    TRAM = 7
    BUS = 8
    COACH = 9
    FERRY = 10
    FUNICULAR = 11
    AERIAL_LIFT = 12
    ODM = 13
    FLEX = 14
    RIDE_SHARING = 15
    OTHER = 16


ALL_MODES = (1 << len(Mode)) - 1


class Timetable(NamedTuple):
    """Arrays are read-only and may be memory-mapped. `S` boardable stops, `A` all stops, `P` patterns,
    `Q` positions of all patterns, `T` trips, `E` events, `F` footpaths, `V` services, `D` days."""

    # ── stops ──────────────────────────────────────────────────────────────────────────────────────────
    stop_lat: NDArray[np.float64]  # [A] degrees WGS84; NaN when unknown
    stop_lon: NDArray[np.float64]  # [A]
    stop_parent: NDArray[np.int32]  # [A] the station's stop index, or -1
    stop_wheelchair: NDArray[np.uint8]  # [A] 0 unknown, 1 yes, 2 no; inherited from the station
    change_time_s: NDArray[np.int32]  # [S] from one vehicle to another at the same stop, or NO_CHANGE_S

    # ── footpaths, by origin (CSR); never from a stop to itself ────────────────────────────────────────
    footpath_first: NDArray[np.int32]  # [S+1]
    footpath_to: NDArray[np.int32]  # [F]
    footpath_duration_s: NDArray[np.int32]  # [F]
    footpath_wheelchair_s: NDArray[np.int32]  # [F] in a wheelchair; NO_CHANGE_S: no way known

    # ── patterns ───────────────────────────────────────────────────────────────────────────────────────
    pattern_first: NDArray[np.int32]  # [P+1] into the pattern_* arrays below
    pattern_stop: NDArray[np.int32]  # [Q] always < S
    pattern_pickup: NDArray[np.uint8]  # [Q] GTFS pickup_type: 0 regular, 1 none, 2 phone, 3 ask the driver
    pattern_dropoff: NDArray[np.uint8]  # [Q] GTFS drop_off_type, likewise

    # ── trips ──────────────────────────────────────────────────────────────────────────────────────────
    trip_pattern: NDArray[np.int32]  # [T]
    trip_first_event: NDArray[np.int64]  # [T]
    trip_service: NDArray[np.int32]  # [T]
    trip_mode: NDArray[np.uint8]  # [T] a `Mode`
    trip_wheelchair: NDArray[np.uint8]  # [T] 0 unknown, 1 yes, 2 no
    trip_bikes: NDArray[np.uint8]  # [T] 0 unknown, 1 yes, 2 no
    trip_zone: NDArray[np.uint8]  # [T] index into `TimetableInfo.zones`
    trip_block: NDArray[np.int32]  # [T] trips of one block and service day are one vehicle; -1: none
    event_arrival_s: NDArray[np.int32]  # [E]
    event_departure_s: NDArray[np.int32]  # [E]

    # ── frequencies.txt; departures at start, start+headway, ... < end ─────────────────────────────────
    frequency_trip: NDArray[np.int32]  # [R] sorted
    frequency_start_s: NDArray[np.int32]  # [R] departure from the first stop
    frequency_end_s: NDArray[np.int32]  # [R] exclusive
    frequency_headway_s: NDArray[np.int32]  # [R] > 0
    frequency_exact: NDArray[np.uint8]  # [R] 1: exact_times

    # ── staying seated (transfers.txt types 4 and 5), beside what blocks say ───────────────────────────
    seated_from_trip: NDArray[np.int32]  # [L]
    seated_to_trip: NDArray[np.int32]  # [L]
    seated_allowed: NDArray[np.uint8]  # [L] 1: type 4, may stay; 0: type 5, must alight

    # ── services ───────────────────────────────────────────────────────────────────────────────────────
    service_active: NDArray[np.uint8]  # [V, D] 1 where the service runs on first_day + d


class TimetableInfo(NamedTuple):
    """The few values that are not arrays (kept as JSON beside them)."""

    zones: tuple[str, ...]
    """IANA names; the first is the zone whose service days the router counts in."""
    first_day: dt.date
    """Day 0 of `service_active`."""
    boardable_count: int
    """`S`."""


def boardable_count(timetable: Timetable) -> int:
    return len(timetable.change_time_s)
