"""From what a feed says about on-demand services to services, one a route, under the feed's own ids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gtfs_feeds.findings import FindingLog, Severity
from gtfs_feeds.flex.areas import Areas, read_areas
from gtfs_feeds.flex.booking_rules import read_booking_rules
from gtfs_feeds.flex.calls import CallReader, list_by_trip, mean_durations
from gtfs_feeds.flex.files import FlexFiles
from gtfs_feeds.flex.locations import read_locations
from gtfs_feeds.service_days import ADDED, WEEKDAYS
from on_demand.booking_rules import BookingRule
from on_demand.calendar import Calendar
from on_demand.service import FlexTrip, Service

_EPOCH = dt.date(1970, 1, 1)


def read_services(
    flex: FlexFiles, tables: Mapping[str, pd.DataFrame], log: FindingLog
) -> tuple[Service, ...]:
    """The services, in the order of routes.txt. `tables`: agency, stops, routes, trips and both calendars, checked; a
    trip that is not among them is passed over, its loss has been noted.

    What is odd costs a row, a rule, an area or a trip, and is noted.
    """
    calendars = read_calendars(tables["calendar"], tables["calendar_dates"])
    zones = {} if flex.locations is None else read_locations(flex.locations, log)
    areas = read_areas(tables["stops"], flex.tables, zones, log)
    rules = read_booking_rules(flex.tables["booking_rules"], calendars, log)
    reader = CallReader(areas, rules, log)
    calls = list_by_trip(flex.calls)
    log.add(
        Severity.INFO,
        "flexible_service",
        "stop_times.txt",
        f"{int(flex.calls['flexible'].sum())} calls of {len(calls)} trips are zones or windows of time (GTFS-Flex).",
        "read as on-demand services",
        line=int(flex.calls.loc[flex.calls["flexible"], "line"].iloc[0]),
        count=int(flex.calls["flexible"].sum()),
    )
    by_route: dict[str, list[FlexTrip]] = {}
    for trip in tables["trips"].to_dict("records"):
        of_trip = calls.get(trip["trip_id"])
        rows = reader.read_trip(of_trip) if of_trip else ()
        if of_trip and rows:
            durations = mean_durations(of_trip) | _durations_of(flex.durations, trip["trip_id"])
            made = FlexTrip(
                id=trip["trip_id"],
                calendar_id=trip["service_id"],
                rows=rows,
                headsign=trip["trip_headsign"],
                mean_factor=durations.get("mean_duration_factor", 1.0),
                mean_offset_s=durations.get("mean_duration_offset", 0.0),
                safe_factor=durations.get("safe_duration_factor", 1.0),
                safe_offset_s=durations.get("safe_duration_offset", 0.0),
            )
            by_route.setdefault(trip["route_id"], []).append(made)
    agencies = {agency["agency_id"]: agency for agency in tables["agency"].to_dict("records")}
    return tuple(
        _service(route, agencies[route["agency_id"]], by_route[route["route_id"]], areas, rules, calendars)
        for route in tables["routes"].to_dict("records")
        if route["route_id"] in by_route
    )


def _durations_of(table: pd.DataFrame, trip_id: str) -> dict[str, float]:
    row: Any = table.loc[trip_id] if trip_id in table.index else {}
    return {name: float(value) for name, value in row.items() if value == value}


def _service(
    route: Mapping[Any, Any],
    agency: Mapping[Any, Any],
    trips: list[FlexTrip],
    areas: Areas,
    rules: Mapping[str, BookingRule],
    calendars: Mapping[str, Calendar],
) -> Service:
    rows = [row for trip in trips for row in trip.rows]
    used = {row.area_id for row in rows}
    groups = tuple(areas.groups[id_] for id_ in areas.groups if id_ in used and id_ not in areas.stops)
    stop_ids = (used & areas.stops.keys()).union(*(group.stop_ids for group in groups))
    rule_ids = {id_ for row in rows for id_ in (row.pickup_rule_id, row.drop_off_rule_id)}
    own_rules = tuple(rule for rule in rules.values() if rule.id in rule_ids)
    calendar_ids = {trip.calendar_id for trip in trips} | {rule.calendar_id for rule in own_rules}
    return Service(
        id=route["route_id"],
        name=route["route_long_name"] or route["route_short_name"] or agency["agency_name"],
        operator=agency["agency_name"],
        zone_name=agency["agency_timezone"],
        phone=agency["agency_phone"],
        url=route["route_url"] or agency["agency_url"],
        message=route["route_desc"],
        stops=tuple(stop for stop in areas.stops.values() if stop.id in stop_ids),
        groups=groups,
        zones=tuple(
            zone
            for zone in areas.zones.values()
            if zone.id in used and zone.id not in areas.stops and zone.id not in areas.groups
        ),
        calendars=tuple(calendar for calendar in calendars.values() if calendar.id in calendar_ids),
        rules=own_rules,
        trips=tuple(trips),
    )


def read_calendars(calendar: pd.DataFrame, dates: pd.DataFrame) -> dict[str, Calendar]:
    """All calendars. One that is but a list of dates begins and ends with them, and has no weekdays."""
    added: dict[str, set[dt.date]] = {}
    removed: dict[str, set[dt.date]] = {}
    for id_, number, kind in zip(
        *(dates[name] for name in ("service_id", "date", "exception_type")), strict=True
    ):
        chosen = added if kind == ADDED else removed
        chosen.setdefault(id_, set()).add(_EPOCH + dt.timedelta(int(number)))
    found: dict[str, Calendar] = {}
    for row in calendar.to_dict("records"):
        id_ = row["service_id"]
        found[id_] = Calendar(
            id_,
            frozenset(number for number, day in enumerate(WEEKDAYS) if row[day] == 1),
            _EPOCH + dt.timedelta(int(row["start_date"])),
            _EPOCH + dt.timedelta(int(row["end_date"])),
            frozenset(added.get(id_, ())),
            frozenset(removed.get(id_, ())),
        )
    for id_ in dict.fromkeys((*added, *removed)):
        if id_ not in found:
            days = added.get(id_, set()) | removed.get(id_, set())
            found[id_] = Calendar(
                id_,
                frozenset(),
                min(days),
                max(days),
                frozenset(added.get(id_, ())),
                frozenset(removed.get(id_, ())),
            )
    return found
