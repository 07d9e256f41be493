"""Carpool lines and the rides on them as GTFS, route type 1551 (extended route types, "Car sharing service").

Every line is a route with a model trip in each direction that runs on no day: it shows where the line goes, and makes
its stops known to a planner that lays rides over them. Rides follow as trips with the dates they are driven on; whoever
gets on or off arranges it with the driver (pickup and drop-off type 3), by the booking rule of the ride.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from carpool.line import Line, LineStop
from carpool.ride import Ride, RideStatus
from gtfs_feeds.service_days import ADDED, REMOVED
from gtfs_feeds.writer import Cell, Table, write_gtfs
from mobility.journeys.carpool_rides import NOT_POSSIBLE, WITH_DRIVER, model_trip_id
from routing.clock import day_start_s, service_day_of

ROUTE_TYPE = 1551
ZONE = "Europe/Paris"
NEVER, NO_DAY = "never", dt.date(2026, 1, 1)
"""The service of the model trips, and the day it says it does not run on: GTFS knows no service without one."""

SAME_DAY = 1
"""booking_rules.booking_type: with notice, until the same day."""

_DARK_MAX = 140
"""Luminance (0 to 255) below which a route's colour needs white letters."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the lines, as travellers are told."""

    name: str
    url: str
    phone: str = ""


def describe_lines(operator: Operator, lines: Sequence[Line]) -> str:
    """Names a state of the lines by its content."""
    return hashlib.sha256(repr((operator, tuple(lines))).encode()).hexdigest()[:16]


def write_carpool_gtfs(
    operator: Operator, lines: Sequence[Line], rides: Iterable[Ride], version: str, path: Path
) -> None:
    """Write the lines, and the rides on them that are not cancelled, each as a trip of its own under the ride's id, to
    the zip `path`. The same input gives the same bytes."""
    known = {line.id: line for line in lines}
    driven = [
        _Driven(ride, known[ride.line_id], service_day_of(int(ride.starts_at.timestamp()), ZONE))
        for ride in sorted(rides, key=lambda ride: (ride.starts_at, ride.id))
        if ride.status is RideStatus.PUBLISHED and ride.line_id in known
    ]
    days = sorted({one.day for one in driven})
    tables = {
        "agency": Table(
            ("agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang", "agency_phone"),
            [("operator", operator.name, operator.url, ZONE, "fr", operator.phone)],
        ),
        "stops": Table(("stop_id", "stop_name", "stop_desc", "stop_lat", "stop_lon"), _list_stops(lines)),
        "routes": Table(_ROUTE_COLUMNS, [_route_row(line) for line in lines]),
        "trips": Table(
            ("route_id", "service_id", "trip_id", "direction_id", "trip_headsign"), _trip_rows(lines, driven)
        ),
        "stop_times": Table(_CALL_COLUMNS, _call_rows(lines, driven)),
        "calendar_dates": Table(
            ("service_id", "date", "exception_type"),
            [(NEVER, NO_DAY, REMOVED), *((_service(day), day, ADDED) for day in days)],
        ),
        "feed_info": Table(
            ("feed_publisher_name", "feed_publisher_url", "feed_lang", "feed_version"),
            [(operator.name, operator.url, "fr", version)],
        ),
    }
    if driven:
        tables["booking_rules"] = Table(
            ("booking_rule_id", "booking_type", "prior_notice_duration_min", "info_url", "phone_number"),
            [
                (f"notice-{minutes}", SAME_DAY, minutes, operator.url, operator.phone)
                for minutes in sorted({_notice_min(one.ride) for one in driven})
            ],
        )
    write_gtfs(tables, path)


@dataclass(frozen=True, slots=True)
class _Driven:
    """A ride on its service day."""

    ride: Ride
    line: Line
    day: dt.date

    @property
    def is_backwards(self) -> bool:
        calls = self.ride.calls
        return self.line.position(calls[0].stop_id) > self.line.position(calls[-1].stop_id)


_ROUTE_COLUMNS = ("route_id", "agency_id", "route_long_name", "route_type", "route_color", "route_text_color")


def _route_row(line: Line) -> tuple[Cell, ...]:
    return line.id, "operator", line.name, ROUTE_TYPE, line.colour, _letters_on(line.colour)


def _service(day: dt.date) -> str:
    return f"{day:%Y%m%d}"


def _list_stops(lines: Sequence[Line]) -> list[tuple[Cell, ...]]:
    stops = {on_line.stop.id: on_line.stop for line in lines for on_line in line.stops}
    return [(stop.id, stop.name, stop.place, stop.lat, stop.lon) for _, stop in sorted(stops.items())]


def _models(line: Line) -> Iterator[tuple[bool, tuple[LineStop, ...], list[int]]]:
    """Both directions of a line: its stops in order, and the seconds driven to each."""
    for backwards in (False, True):
        stops = line.stops[::-1] if backwards else line.stops
        yield backwards, stops, [abs(on_line.drive_s - stops[0].drive_s) for on_line in stops]


def _trip_rows(lines: Sequence[Line], driven: Sequence[_Driven]) -> Iterator[tuple[Cell, ...]]:
    for line in lines:
        for backwards, stops, _ in _models(line):
            yield line.id, NEVER, model_trip_id(line.id, backwards), int(backwards), stops[-1].stop.name
    for one in driven:
        last = one.line.stops[one.line.position(one.ride.calls[-1].stop_id)].stop.name
        yield one.line.id, _service(one.day), one.ride.id, int(one.is_backwards), last


_CALL_COLUMNS = (
    "trip_id",
    "arrival_time",
    "departure_time",
    "stop_id",
    "stop_sequence",
    "pickup_type",
    "drop_off_type",
    "pickup_booking_rule_id",
    "drop_off_booking_rule_id",
)


def _call_rows(lines: Sequence[Line], driven: Sequence[_Driven]) -> Iterator[tuple[Cell, ...]]:
    for line in lines:
        for backwards, stops, times_s in _models(line):
            ids = [on_line.stop.id for on_line in stops]
            yield from _calls(model_trip_id(line.id, backwards), ids, times_s, "")
    for one in driven:
        calls, start_s = one.ride.calls, day_start_s(one.day, ZONE)
        times_s = [int(call.at.timestamp()) - start_s for call in calls]
        yield from _calls(
            one.ride.id, [call.stop_id for call in calls], times_s, f"notice-{_notice_min(one.ride)}"
        )


def _calls(
    trip_id: str, stop_ids: Sequence[str], times_s: Sequence[int], rule: str
) -> Iterator[tuple[Cell, ...]]:
    last = len(stop_ids) - 1
    for at, (stop_id, time_s) in enumerate(zip(stop_ids, times_s, strict=True)):
        pickup, dropoff = (NOT_POSSIBLE if at == end else WITH_DRIVER for end in (last, 0))
        on, off = (rule if kind == WITH_DRIVER else "" for kind in (pickup, dropoff))
        yield trip_id, time_s, time_s, stop_id, at, pickup, dropoff, on, off


def _notice_min(ride: Ride) -> int:
    """Whole minutes, at least one: the rule must not promise more than the ride."""
    return max(-(-ride.notice_s // 60), 1)


def _letters_on(colour: str) -> str:
    """Black or white letters, whichever are read on a colour (RRGGBB)."""
    if not colour:
        return ""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (0, 2, 4))
    return "FFFFFF" if 0.299 * red + 0.587 * green + 0.114 * blue < _DARK_MAX else "000000"
