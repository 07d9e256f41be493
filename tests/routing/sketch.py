"""Timetables for tests, from Python values small enough to read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np

from routing.snapshot import read_only
from routing.timetable import DEFAULT_CHANGE_TIME_S, Mode, Timetable, TimetableInfo

MONDAY = dt.date(2026, 6, 8)


@dataclass
class SketchedTrip:
    """`calls`: (stop, arrival, departure) in seconds of the service day; `days`: offsets from the first day."""

    calls: list[tuple[int, int, int]]
    days: tuple[int, ...] = (0,)
    mode: Mode = Mode.BUS
    wheelchair: int = 0
    bikes: int = 0
    block: int = -1
    zone: int = 0
    pickup: tuple[int, ...] | None = None
    dropoff: tuple[int, ...] | None = None


@dataclass
class Sketch:
    stops: int
    trips: list[SketchedTrip]
    footpaths: dict[tuple[int, int], int] = field(default_factory=dict)
    change_time_s: dict[int, int] = field(default_factory=dict)
    closed: tuple[int, ...] = ()  # stops without wheelchair access
    frequencies: list[tuple[int, int, int, int]] = field(default_factory=list)  # trip, start, end, headway
    seated: list[tuple[int, int, int]] = field(default_factory=list)
    days: int = 3
    zones: tuple[str, ...] = ("Europe/Paris",)
    first_day: dt.date = MONDAY
    rolled: dict[tuple[int, int], int] = field(default_factory=dict)  # footpaths that differ in a wheelchair

    def build(self) -> tuple[Timetable, TimetableInfo]:
        patterns: dict[tuple, int] = {}
        trip_pattern = []
        for trip in self.trips:
            length = len(trip.calls)
            key = (
                tuple(call[0] for call in trip.calls),
                trip.pickup or (0,) * length,
                trip.dropoff or (0,) * length,
            )
            trip_pattern.append(patterns.setdefault(key, len(patterns)))
        active = np.zeros((len(self.trips), self.days), np.uint8)
        for index, trip in enumerate(self.trips):
            active[index, [day for day in trip.days if day < self.days]] = 1
        paths = sorted(self.footpaths.items())
        change = np.full(self.stops, DEFAULT_CHANGE_TIME_S, np.int32)
        for stop, seconds in self.change_time_s.items():
            change[stop] = seconds
        lengths = [len(trip.calls) for trip in self.trips]
        rows = sorted(self.frequencies)
        timetable = Timetable(
            stop_lat=np.full(self.stops, np.nan),
            stop_lon=np.full(self.stops, np.nan),
            stop_parent=np.full(self.stops, -1, np.int32),
            stop_wheelchair=np.isin(np.arange(self.stops), self.closed).astype(np.uint8) * 2,
            change_time_s=change,
            footpath_first=_first([pair[0] for pair, _ in paths], self.stops),
            footpath_to=_int32([pair[1] for pair, _ in paths]),
            footpath_duration_s=_int32([seconds for _, seconds in paths]),
            footpath_wheelchair_s=_int32([self.rolled.get(pair, seconds) for pair, seconds in paths]),
            pattern_first=_int32(np.cumsum([0, *[len(key[0]) for key in patterns]])),
            pattern_stop=_int32([stop for key in patterns for stop in key[0]]),
            pattern_pickup=np.array([x for key in patterns for x in key[1]], np.uint8),
            pattern_dropoff=np.array([x for key in patterns for x in key[2]], np.uint8),
            trip_pattern=_int32(trip_pattern),
            trip_first_event=np.cumsum([0, *lengths])[:-1].astype(np.int64),
            trip_service=_int32(range(len(self.trips))),
            trip_mode=np.array([trip.mode for trip in self.trips], np.uint8),
            trip_wheelchair=np.array([trip.wheelchair for trip in self.trips], np.uint8),
            trip_bikes=np.array([trip.bikes for trip in self.trips], np.uint8),
            trip_zone=np.array([trip.zone for trip in self.trips], np.uint8),
            trip_block=_int32([trip.block for trip in self.trips]),
            event_arrival_s=_int32([call[1] for trip in self.trips for call in trip.calls]),
            event_departure_s=_int32([call[2] for trip in self.trips for call in trip.calls]),
            frequency_trip=_int32([row[0] for row in rows]),
            frequency_start_s=_int32([row[1] for row in rows]),
            frequency_end_s=_int32([row[2] for row in rows]),
            frequency_headway_s=_int32([row[3] for row in rows]),
            frequency_exact=np.ones(len(rows), np.uint8),
            seated_from_trip=_int32([row[0] for row in self.seated]),
            seated_to_trip=_int32([row[1] for row in self.seated]),
            seated_allowed=np.array([row[2] for row in self.seated], np.uint8),
            service_active=active,
        )
        return read_only(timetable), TimetableInfo(self.zones, self.first_day, self.stops)


def _int32(values) -> np.ndarray:
    return np.array(list(values), np.int32)


def _first(origins: list[int], stops: int) -> np.ndarray:
    return np.searchsorted(_int32(origins), np.arange(stops + 1)).astype(np.int32)
