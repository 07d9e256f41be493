"""The feed while it is drawn: the layers add stops, routes and trips, then it is written as GTFS."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from gtfs_feeds.writer import Cell, Table
from mobility.demo.calendars import Calendars
from mobility.demo.places import Point

WEBSITE = "https://demo.example.org/"
"""Nobody's: the domain is reserved for examples (RFC 2606)."""


class RouteType(IntEnum):
    """GTFS reference, routes.route_type; extended types where they say more."""

    TRAM = 0
    BUS = 3
    HIGH_SPEED_RAIL = 101
    LONG_DISTANCE_RAIL = 102
    REGIONAL_RAIL = 106
    COACH = 200
    SCHOOL_BUS = 712


class Call(NamedTuple):
    """A stop of a pattern; seconds since the pattern's first departure. `pickup`, `drop_off`: 1 is "not here"."""

    stop_id: str
    arrival_s: int
    departure_s: int
    pickup: int = 0
    drop_off: int = 0


class Frequency(NamedTuple):
    """A row of frequencies.txt: departures from `start_s`, each `headway_s`, before `end_s`."""

    start_s: int
    end_s: int
    headway_s: int
    exact: bool


@dataclass(frozen=True)
class Run:
    """What the trips of one pattern share."""

    route_id: str
    calls: tuple[Call, ...]
    headsign: str
    direction: int
    shape_id: str = ""
    timepoint: int = 0
    wheelchair: int = 1
    bikes: int = 2


class _Trip(NamedTuple):
    trip_id: str
    run: Run
    service_id: str
    start_s: int
    block_id: str
    frequencies: tuple[Frequency, ...]


@dataclass
class FeedDraft:
    """Rows by table. Services that never run in `calendars` take no trips."""

    calendars: Calendars
    agency_names: dict[str, str] = field(default_factory=dict)
    stops: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    stop_names: dict[str, str] = field(default_factory=dict)
    points: dict[str, Point] = field(default_factory=dict)
    routes: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    shapes: dict[str, Sequence[Point]] = field(default_factory=dict)
    transfers: list[tuple[Cell, ...]] = field(default_factory=list)
    translations: list[tuple[Cell, ...]] = field(default_factory=list)
    attributions: list[tuple[Cell, ...]] = field(default_factory=list)
    trips: list[_Trip] = field(default_factory=list)
    _running: set[str] = field(default_factory=set)
    _trips_of_route: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._running = self.calendars.list_running()

    def add_agency(self, agency_id: str, name: str) -> str:
        """Someone who runs lines. Returns the id."""
        self.agency_names[agency_id] = name
        return agency_id

    def add_stop(
        self,
        stop_id: str,
        name: str,
        point: Point,
        *,
        town: str = "",
        location_type: int = 0,
        parent: str = "",
        platform: str = "",
        wheelchair: int = 0,
    ) -> str:
        """A stop (0) or station (1); `town` becomes the description. Returns the id. Raises on a second use."""
        if stop_id in self.stops:
            raise ValueError(f"stop {stop_id} is there already")
        self.points[stop_id] = point
        self.stop_names[stop_id] = name
        desc = "" if town == name else town
        self.stops[stop_id] = (
            stop_id, name, desc, point.lat, point.lon, location_type, parent, wheelchair, platform
        )  # fmt: skip
        return stop_id

    def add_route(
        self,
        route_id: str,
        agency_id: str,
        short: str,
        long: str,
        kind: RouteType,
        color: str,
        text: str = "FFFFFF",
    ) -> str:
        """A line; colours are RRGGBB. Returns the id. Raises on a second use."""
        if route_id in self.routes:
            raise ValueError(f"route {route_id} is there already")
        self.routes[route_id] = (route_id, agency_id, short, long, int(kind), color, text)
        return route_id

    def add_trip(
        self,
        run: Run,
        service_id: str,
        start_s: int,
        *,
        block_id: str = "",
        frequencies: tuple[Frequency, ...] = (),
    ) -> None:
        """A trip that leaves its first stop at `start_s`."""
        if service_id not in self._running:
            return
        self._trips_of_route[run.route_id] += 1
        trip_id = f"{run.route_id}-{self._trips_of_route[run.route_id]:04d}"
        self.trips.append(_Trip(trip_id, run, service_id, start_s, block_id, frequencies))

    def tables(self) -> dict[str, Table]:
        """The feed, ready for `gtfs_feeds.writer.write_gtfs`."""
        calendars = self.calendars
        return {
            "agency": Table(
                ("agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang"),
                [(agency_id, name, f"{WEBSITE}{agency_id.lower()}", "Europe/Paris", "fr")
                 for agency_id, name in self.agency_names.items()],
            ),
            "stops": Table(
                ("stop_id", "stop_name", "stop_desc", "stop_lat", "stop_lon", "location_type", "parent_station",
                 "wheelchair_boarding", "platform_code"),
                [self.stops[stop_id] for stop_id in sorted(self.stops)],
            ),
            "routes": Table(
                ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type", "route_color",
                 "route_text_color"),
                self.routes.values(),
            ),
            "trips": Table(
                ("route_id", "service_id", "trip_id", "trip_headsign", "direction_id", "block_id", "shape_id",
                 "wheelchair_accessible", "bikes_allowed"),
                self._trip_rows(),
            ),
            "stop_times": Table(
                ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "pickup_type",
                 "drop_off_type", "timepoint"),
                self._stop_time_rows(),
            ),
            "calendar": Table(
                ("service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
                 "start_date", "end_date"),
                calendars.calendar_rows(),
            ),
            "calendar_dates": Table(("service_id", "date", "exception_type"), calendars.exception_rows()),
            "frequencies": Table(
                ("trip_id", "start_time", "end_time", "headway_secs", "exact_times"), self._frequency_rows()
            ),
            "shapes": Table(
                ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"), self._shape_rows()
            ),
            "transfers": Table(
                ("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time"),
                self.transfers,
            ),
            "translations": Table(
                ("table_name", "field_name", "language", "translation", "field_value"), self.translations
            ),
            "attributions": Table(
                ("attribution_id", "organization_name", "is_producer", "is_operator", "is_authority",
                 "attribution_url"),
                self.attributions,
            ),
            "feed_info": Table(
                ("feed_publisher_name", "feed_publisher_url", "feed_lang", "default_lang", "feed_start_date",
                 "feed_end_date", "feed_version", "feed_contact_url"),
                [self._feed_info()],
            ),
        }  # fmt: skip

    def _feed_info(self) -> tuple[Cell, ...]:
        first, last = self.calendars.first_day, self.calendars.last_day
        return (
            "mobility demo (synthetic data, not a real timetable)", WEBSITE, "fr", "fr", first, last,
            f"synthetic-{first:%Y%m%d}-{self.calendars.days}d", f"{WEBSITE}contact",
        )  # fmt: skip

    def _trip_rows(self) -> Iterator[tuple[Cell, ...]]:
        for trip in self.trips:
            run = trip.run
            yield (
                run.route_id, trip.service_id, trip.trip_id, run.headsign, run.direction, trip.block_id,
                run.shape_id, run.wheelchair, run.bikes,
            )  # fmt: skip

    def _stop_time_rows(self) -> Iterator[tuple[Cell, ...]]:
        for trip_id, run, _, start_s, _, _ in self.trips:
            timepoint, last = run.timepoint, len(run.calls) - 1
            for sequence, (stop_id, arrival_s, departure_s, pickup, drop_off) in enumerate(run.calls):
                at_end = sequence in (0, last)
                yield (
                    trip_id, start_s + arrival_s, start_s + departure_s, stop_id, sequence,
                    pickup or "", drop_off or "", 1 if at_end else timepoint,
                )  # fmt: skip

    def _frequency_rows(self) -> Iterator[tuple[Cell, ...]]:
        for trip in self.trips:
            for f in trip.frequencies:
                yield trip.trip_id, f.start_s, f.end_s, f.headway_s, int(f.exact)

    def _shape_rows(self) -> Iterator[tuple[Cell, ...]]:
        for shape_id, points in self.shapes.items():
            for sequence, point in enumerate(points):
                yield shape_id, point.lat, point.lon, sequence

    def count_trips(self, day: dt.date) -> tuple[int, int]:
        """(rows of trips.txt active on `day`, further departures its frequencies stand for)."""
        active = {service for service in self._running if day in set(self.calendars.list_days(service))}
        rows = further = 0
        for trip in self.trips:
            if trip.service_id in active:
                rows += 1
                further += sum(-(-(f.end_s - f.start_s) // f.headway_s) for f in trip.frequencies)
                further -= 1 if trip.frequencies else 0
        return rows, further
