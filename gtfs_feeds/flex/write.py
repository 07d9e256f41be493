"""On-demand services as GTFS-Flex: a route each, with its trips, areas, hours, days and booking rules.

What GTFS-Flex cannot say is left out: what is promised of a ride, fares, connections, vehicles. What it says otherwise
is written so that nobody books too late: notice in whole minutes is rounded up, a last day without a time ends at
24:00:00, public holidays are dates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from gtfs_feeds.flex.prefix import with_prefix
from gtfs_feeds.service_days import ADDED, REMOVED
from gtfs_feeds.writer import Cell, Table, write_gtfs
from on_demand.area import Zone
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar, IsHoliday
from on_demand.service import FlexRow, FlexTrip, Service

ROUTE_TYPE = 3
"""Bus: 715, on-demand buses, is of the extended types, which not everybody reads."""

_BY_TIMETABLE, _NONE, _BOOKED = 0, 1, 2
"""pickup_type and drop_off_type."""

_DAY = dt.timedelta(days=1)
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes the feed, for feed_info and where a service names nobody."""

    name: str
    url: str
    lang: str = "fr"
    email: str = ""


def write_flex(
    services: Sequence[Service], path: Path, publisher: Publisher, is_holiday: IsHoliday, version: str = ""
) -> None:
    """Write services as a GTFS feed to the zip `path`, which appears whole or not at all; the same services give the
    same bytes. Ids stay as they are, unless two services have different things under one: then all get that of
    their service as a prefix.

    Raises ValueError when there is no service, or they are in several time zones, which one feed cannot be.
    """
    zone_names = sorted({service.zone_name for service in services})
    if len(zone_names) != 1:
        what = "no service" if not services else f"services in the time zones {', '.join(zone_names)}"
        raise ValueError(
            f"a feed cannot be made of {what}: write a feed for each time zone, of one service at least"
        )
    services = _distinct(services)
    agencies = {name: f"agency-{number}" for number, name in enumerate(dict.fromkeys(_agency(s, publisher) for s in services), 1)}  # fmt: skip # noqa: E501
    stops, groups, zones = _all(services, "stops"), _all(services, "groups"), _all(services, "zones")
    calendars, trips = _all(services, "calendars"), _all(services, "trips")
    tables = {
        "feed_info": _feed_info(publisher, calendars, version),
        "agency": Table(
            ("agency_id", "agency_name", "agency_url", "agency_timezone", "agency_phone"),
            [(id_, name, publisher.url, zone_names[0], phone) for (name, phone), id_ in agencies.items()],
        ),
        "routes": Table(
            ("route_id", "agency_id", "route_long_name", "route_desc", "route_type", "route_url"),
            [(s.id, agencies[_agency(s, publisher)], s.name, s.message, ROUTE_TYPE, s.url) for s in services],
        ),
        "trips": _trips_table(services),
        "stop_times": _stop_times(trips, {stop.id for stop in stops}, {group.id for group in groups}),
        "stops": Table(
            ("stop_id", "stop_name", "stop_lat", "stop_lon"),
            [(stop.id, stop.name, stop.at.lat, stop.at.lon) for stop in stops],
        ),
        "calendar": _calendar_table(calendars),
        "calendar_dates": Table(
            ("service_id", "date", "exception_type"),
            [row for calendar in calendars for row in _exceptions(calendar, is_holiday)],
        ),
        "booking_rules": _rules_table(_all(services, "rules")),
        "location_groups": Table(
            ("location_group_id", "location_group_name"), [(group.id, group.name) for group in groups]
        ),
        "location_group_stops": Table(
            ("location_group_id", "stop_id"), [(group.id, id_) for group in groups for id_ in group.stop_ids]
        ),
    }
    needed = {"feed_info", "agency", "routes", "trips", "stop_times", "stops", "calendar"}
    written = {stem: table for stem, table in tables.items() if stem in needed or table.rows}
    write_gtfs(written, path, {"locations.geojson": _locations(zones)} if zones else {})


def _all(services: Iterable[Service], kind: str) -> list[Any]:
    """All `stops` (`groups`, `zones`, …) of services, each once."""
    return list({thing.id: thing for service in services for thing in getattr(service, kind)}.values())


def _distinct(services: Sequence[Service]) -> Sequence[Service]:
    """Services whose ids name one thing each. Trips are never shared; areas of all kinds have their ids together."""
    for kinds in (("stops", "groups", "zones"), ("calendars",), ("rules",), ("trips",)):
        first: dict[str, Any] = {}
        for service in services:
            for thing in (thing for kind in kinds for thing in getattr(service, kind)):
                if first.setdefault(thing.id, thing) != thing or (
                    "trips" in kinds and first[thing.id] is not thing
                ):
                    return [with_prefix(service, service.id) for service in services]
    return services


def _agency(service: Service, publisher: Publisher) -> tuple[str, str]:
    """Name and telephone of who runs it."""
    return service.operator or publisher.name, service.phone


def _feed_info(publisher: Publisher, calendars: Sequence[Calendar], version: str) -> Table:
    columns = (
        "feed_publisher_name",
        "feed_publisher_url",
        "feed_lang",
        "feed_start_date",
        "feed_end_date",
        "feed_version",
        "feed_contact_email",
        "feed_contact_url",
    )
    first = min(min((one.from_day, *one.added)) for one in calendars)
    last = max(max((one.until_day, *one.added)) for one in calendars)
    row = (
        publisher.name,
        publisher.url,
        publisher.lang,
        first,
        last,
        version,
        publisher.email,
        publisher.url,
    )
    return Table(columns, [row])


def _trips_table(services: Sequence[Service]) -> Table:
    def durations(factor: float, offset_s: float) -> tuple[Cell, Cell]:
        return (None, None) if (factor, offset_s) == (1.0, 0.0) else (factor, offset_s)

    rows: list[tuple[Cell, ...]] = [
        (
            service.id,
            trip.calendar_id,
            trip.id,
            trip.headsign,
            *durations(trip.safe_factor, trip.safe_offset_s),
            *durations(trip.mean_factor, trip.mean_offset_s),
        )
        for service in services
        for trip in service.trips
    ]
    columns = [
        "route_id",
        "service_id",
        "trip_id",
        "trip_headsign",
        "safe_duration_factor",
        "safe_duration_offset",
    ]
    if all(row[6] is None for row in rows):
        return Table(columns, [row[:6] for row in rows])
    return Table([*columns, "mean_duration_factor", "mean_duration_offset"], rows)


def _stop_times(trips: Sequence[FlexTrip], stop_ids: set[str], group_ids: set[str]) -> Table:
    columns = (
        "trip_id",
        "stop_sequence",
        "stop_id",
        "location_group_id",
        "location_id",
        "arrival_time",
        "departure_time",
        "start_pickup_drop_off_window",
        "end_pickup_drop_off_window",
        "pickup_type",
        "drop_off_type",
        "pickup_booking_rule_id",
        "drop_off_booking_rule_id",
        "timepoint",
    )

    def cells(trip: FlexTrip, number: int, row: FlexRow) -> tuple[Cell, ...]:
        is_stop, is_group = row.area_id in stop_ids, row.area_id in group_ids
        times = (row.open_s, row.close_s)
        return (
            trip.id,
            number,
            row.area_id if is_stop else "",
            row.area_id if is_group and not is_stop else "",
            "" if is_stop or is_group else row.area_id,
            *(times if row.is_fixed else (None, None)),
            *((None, None) if row.is_fixed else times),
            _kind(row, row.can_board, row.pickup_rule_id),
            _kind(row, row.can_alight, row.drop_off_rule_id),
            row.pickup_rule_id if row.can_board else "",
            row.drop_off_rule_id if row.can_alight else "",
            1 if row.is_fixed else None,
        )

    return Table(
        columns, [cells(trip, number, row) for trip in trips for number, row in enumerate(trip.rows, 1)]
    )


def _kind(row: FlexRow, is_possible: bool, rule_id: str) -> int:
    if not is_possible:
        return _NONE
    return _BY_TIMETABLE if row.is_fixed and not rule_id else _BOOKED


def _calendar_table(calendars: Sequence[Calendar]) -> Table:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return Table(
        ("service_id", *days, "start_date", "end_date"),
        [
            (one.id, *(int(day in one.weekdays) for day in range(7)), one.from_day, one.until_day)
            for one in calendars
        ],
    )


def _exceptions(calendar: Calendar, is_holiday: IsHoliday) -> Iterator[tuple[Cell, ...]]:
    """The dates on which it runs otherwise than its weekdays say, public holidays among them."""
    removed = set(calendar.removed)
    if not calendar.on_holidays:
        span = (calendar.until_day - calendar.from_day).days + 1
        days = (calendar.from_day + number * _DAY for number in range(span))
        removed |= {
            day
            for day in days
            if day.weekday() in calendar.weekdays and day not in calendar.added and is_holiday(day)
        }
    for day in sorted(calendar.added | removed):
        yield calendar.id, day, REMOVED if day in removed else ADDED


def _rules_table(rules: Sequence[BookingRule]) -> Table:
    columns = (
        "booking_rule_id",
        "booking_type",
        "prior_notice_duration_min",
        "prior_notice_duration_max",
        "prior_notice_last_day",
        "prior_notice_last_time",
        "prior_notice_start_day",
        "prior_notice_start_time",
        "prior_notice_service_id",
        "message",
        "phone_number",
        "info_url",
        "booking_url",
    )
    return Table(columns, [_rule_cells(rule) for rule in rules])


def _rule_cells(rule: BookingRule) -> tuple[Cell, ...]:
    durations: tuple[Cell, Cell] = (None, None)
    last: tuple[Cell, Cell] = (None, None)
    start: tuple[Cell, Cell] = (None, None)
    if rule.type == BookingType.SAME_DAY:
        longest_s = rule.duration_s_max
        durations = -(-rule.duration_s_min // 60), None if longest_s is None else longest_s // 60
    if rule.type == BookingType.PRIOR_DAYS:
        last = rule.last_day, _DAY_S if rule.last_s is None else rule.last_s
    if rule.type != BookingType.REAL_TIME and rule.start_day is not None and rule.duration_s_max is None:
        start = rule.start_day, rule.start_s or 0
    service_id = rule.calendar_id if rule.type == BookingType.PRIOR_DAYS else ""
    return (
        *(rule.id, rule.type.value, *durations, *last, *start, service_id),
        *(rule.message, rule.phone, rule.info_url, rule.booking_url),
    )


def _locations(zones: Sequence[Zone]) -> bytes:
    """locations.geojson (RFC 7946)."""
    features = []
    for zone in zones:
        polygons = [[[[point.lon, point.lat] for point in ring] for ring in rings] for rings in zone.polygons]
        geometry = (
            {"type": "Polygon", "coordinates": polygons[0]}
            if len(polygons) == 1
            else {"type": "MultiPolygon", "coordinates": polygons}
        )
        properties = {"stop_name": zone.name} if zone.name else {}
        features.append({"id": zone.id, "type": "Feature", "properties": properties, "geometry": geometry})
    return orjson.dumps({"type": "FeatureCollection", "features": features})
