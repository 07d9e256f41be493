"""Trips that the timetable does not have: added, duplicated, or run in the place of planned ones.

GTFS-RT reference, TripDescriptor.ScheduleRelationship NEW (and ADDED, which it replaces), REPLACEMENT, DUPLICATED.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.findings import Finding, Severity
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.kernels import propagate as spread
from gtfs_feeds.realtime.kernels import wire
from gtfs_feeds.realtime.live_trip import LiveExtraTrip
from gtfs_feeds.realtime.match import parse_date, parse_time
from gtfs_feeds.realtime.message import AHEAD_S_MAX
from gtfs_feeds.realtime.update_findings import trip_finding
from gtfs_feeds.realtime.update_table import UpdateTable
from routing.clock import day_start_s, service_day_of
from routing.overlay import ExtraTrip
from routing.timetable import Mode

DAYS_FROM_START_MAX = 4
"""An added trip's times are within this of its service day, or they are none."""

INSTANT_S_MAX = 1 << 33
"""The year 2242: instants beyond it are none."""

_WHEELCHAIR = {2: 1, 3: 2}
"""VehicleDescriptor.wheelchair_accessible as GTFS's wheelchair_accessible; other values say nothing."""


class Calls(NamedTuple):
    """What a trip does, [n] each; as in `ExtraTrip` and `LiveExtraTrip`."""

    stop: list[int]
    assigned: list[int]
    arrival_s: list[int]
    departure_s: list[int]
    planned_arrival_s: list[int]
    planned_departure_s: list[int]
    known: list[bool]
    pickup: list[int]
    dropoff: list[int]


def key_of(index: FeedIndex, trip_id: str, day: dt.date) -> str:
    """What an added trip is called: see `LiveExtraTrip.key`."""
    return f"{index.feed_id}_{trip_id}|{day:%Y%m%d}"


def read_added(
    index: FeedIndex, table: UpdateTable, row: wire.Rows, model: int, day: dt.date | None, message_s: int
) -> tuple[LiveExtraTrip | None, list[Finding]]:
    """A trip told call by call. `model`: the planned trip it replaces, on `day`; -1: none, on the day it says."""
    descriptor = table.descriptor(row)
    trip_id = descriptor.trip_id or table.text(row, wire.ENTITY_ID)
    if model >= 0:
        trip_id = index.own_trip_id(model)
    findings: list[Finding] = []
    route = index.route_of.get(descriptor.route_id, -1) if descriptor.route_id else -1
    if model >= 0:
        route = int(index.network.catalogue.trip_route[model])
    elif route < 0:
        told = f"Added trip {trip_id!r} is of no route in the feed: {descriptor.route_id!r}."
        findings.append(
            trip_finding(
                Severity.WARNING,
                "unknown_route",
                told,
                "shown without a line",
                "route_id",
                descriptor.route_id,
            )
        )
    calls = _list_calls(index, table, row, trip_id, findings)
    zone = index.zone_of(route)
    if day is None and descriptor.start_date:
        day = parse_date(descriptor.start_date)
    elif day is None and calls.departure_s:
        day = service_day_of(calls.departure_s[0], zone)
    why = _why_unusable(calls, day, zone)
    if why or day is None:
        rule, told = why or ("invalid_start_date", "its start_date is no date")
        message = f"Added trip {trip_id!r} cannot be used: {told}."
        findings.append(trip_finding(Severity.ERROR, rule, message, "ignored", "stop_time_update", trip_id))
        return None, findings
    return _build(index, table, row, calls, trip_id, day, model, model >= 0, route, message_s), findings


def plan_duplicated(
    index: FeedIndex, table: UpdateTable, row: wire.Rows, trip: int
) -> tuple[dt.date, int] | str:
    """The day of a duplicated trip, and the instant its times count from; or what its properties lack."""
    names = ("trip_id", "start_date", "start_time")
    texts = [
        table.text(row, column) for column in (wire.NEW_TRIP_ID, wire.NEW_START_DATE, wire.NEW_START_TIME)
    ]
    missing = [name for name, value in zip(names, texts, strict=True) if not value]
    if missing:
        return f"trip_properties lacks {', '.join(missing)}"
    day, start_s = parse_date(texts[1]), parse_time(texts[2])
    if day is None or start_s is None:
        return f"trip_properties says {texts[1]} {texts[2]}, which is no date (YYYYMMDD) and time (HH:MM:SS)"
    timetable, info = index.network.timetable, index.network.info
    own_s = int(timetable.event_departure_s[timetable.trip_first_event[trip]])
    return day, day_start_s(day, info.zones[timetable.trip_zone[trip]]) + start_s - own_s


def run_otherwise(
    index: FeedIndex,
    table: UpdateTable,
    row: wire.Rows,
    trip: int,
    day: dt.date,
    plan_s: int,
    times: spread.Times,
    *,
    trip_id: str,
    replaces: bool,
    message_s: int,
) -> LiveExtraTrip | None:
    """A planned trip's calls at other times: as a trip of its own. None where it stops at fewer than two."""
    timetable = index.network.timetable
    event = timetable.trip_first_event[trip]
    events = slice(event, event + len(times.known))
    stops = np.flatnonzero(~times.skipped)
    if len(stops) < 2:
        return None
    calls = Calls(
        times.boarded_stop[stops].tolist(),
        times.assigned_stop[stops].tolist(),
        times.arrival_s[stops].tolist(),
        times.departure_s[stops].tolist(),
        (timetable.event_arrival_s[events][stops] + plan_s).tolist(),
        (timetable.event_departure_s[events][stops] + plan_s).tolist(),
        times.known[stops].tolist(),
        times.pickup[stops].tolist(),
        times.dropoff[stops].tolist(),
    )
    route = int(index.network.catalogue.trip_route[trip])
    return _build(index, table, row, calls, trip_id, day, trip, replaces, route, message_s)


def _list_calls(
    index: FeedIndex, table: UpdateTable, row: wire.Rows, trip_id: str, findings: list[Finding]
) -> Calls:
    calls = Calls([], [], [], [], [], [], [], [], [])
    for update in table.updates_of(row):
        if update[wire.STOP_RELATIONSHIP] == spread.SKIPPED:
            continue
        stop_id = table.text(update, wire.ASSIGNED_STOP_ID) or table.text(update, wire.STOP_ID)
        stop = index.find_stop(stop_id) if stop_id else None
        boarded = -1 if stop is None else index.find_boardable(stop)
        times = _read_times(table, update)
        if boarded < 0 or times is None:
            why = "it has no time" if boarded >= 0 else "no stop that trips call at is named by it"
            told = f"A call of added trip {trip_id!r} at stop {stop_id!r} cannot be used: {why}."
            findings.append(
                trip_finding(
                    Severity.ERROR,
                    "unusable_call_of_added_trip",
                    told,
                    "this call ignored",
                    "stop_id",
                    stop_id,
                )
            )
            continue
        calls.stop.append(boarded)
        calls.assigned.append(-1 if stop is None or stop == boarded else stop)
        for column, value in zip(calls[2:6], times, strict=True):
            column.append(value)
        calls.known.append(update[wire.STOP_RELATIONSHIP] != spread.NO_DATA)
        for column, place in ((calls.pickup, wire.PICKUP), (calls.dropoff, wire.DROPOFF)):
            said = table.number(update, place)
            column.append(said if said is not None and 0 <= said <= 3 else 0)
    return calls


def _read_times(table: UpdateTable, update: wire.Rows) -> tuple[int, int, int, int] | None:
    """Arrival, departure and what was planned of both; one stands for the other."""
    found: list[tuple[int, int] | None] = []
    for event in (wire.ARRIVAL, wire.DEPARTURE):
        time_s = table.number(update, event + wire.EVENT_TIME)
        planned_s = table.number(update, event + wire.EVENT_SCHEDULED)
        delay_s = table.number(update, event + wire.EVENT_DELAY)
        if time_s is None and planned_s is not None:
            time_s = planned_s + (delay_s or 0)
        if time_s is not None and not 0 < time_s < INSTANT_S_MAX:
            time_s = None
        found.append(None if time_s is None else (time_s, time_s if planned_s is None else planned_s))
    arrival, departure = found[0] or found[1], found[1] or found[0]
    if arrival is None or departure is None:
        return None
    return arrival[0], departure[0], arrival[1], departure[1]


def _why_unusable(calls: Calls, day: dt.date | None, zone: str) -> tuple[str, str] | None:
    if len(calls.stop) < 2:
        return "added_trip_too_short", "fewer than two of its calls are known"
    events = [at for pair in zip(calls.arrival_s, calls.departure_s, strict=True) for at in pair]
    if any(later < earlier for earlier, later in pairwise(events)):
        return "stop_times_run_backwards", "its times run backwards"
    if day is not None:
        start_s = day_start_s(day, zone)
        first_s, last_s = start_s - 86_400, start_s + DAYS_FROM_START_MAX * 86_400
        if events[0] < first_s or events[-1] > last_s:
            return "implausible_time", f"its times are not near its day, {day}"
    return None


def _build(
    index: FeedIndex,
    table: UpdateTable,
    row: wire.Rows,
    calls: Calls,
    trip_id: str,
    day: dt.date,
    model: int,
    replaces: bool,
    route: int,
    message_s: int,
) -> LiveExtraTrip:
    timetable, catalogue = index.network.timetable, index.network.catalogue
    key = key_of(index, trip_id, day)
    wheelchair = _WHEELCHAIR.get(int(row[wire.WHEELCHAIR]), 0)
    mode = Mode.OTHER if route < 0 else index.mode_of(route)
    extra = ExtraTrip(
        key=key,
        service_day=day,
        stop=np.array(calls.stop, np.int32),
        arrival_s=np.array(calls.arrival_s, np.int64),
        departure_s=np.array(calls.departure_s, np.int64),
        pickup=np.array(calls.pickup, np.uint8),
        dropoff=np.array(calls.dropoff, np.uint8),
        mode=int(mode if model < 0 else timetable.trip_mode[model]),
        wheelchair=wheelchair or (int(timetable.trip_wheelchair[model]) if model >= 0 else 0),
        bikes=int(timetable.trip_bikes[model]) if model >= 0 else 0,
    )
    planned: NDArray[np.int64] = np.array([calls.planned_arrival_s, calls.planned_departure_s], np.int64)
    assigned = np.array(calls.assigned, np.int32)
    stamp = table.number(row, wire.TIMESTAMP) or 0
    direction = table.number(row, wire.DIRECTION)
    if model >= 0:
        direction = int(catalogue.trip_direction[model])
    return LiveExtraTrip(
        key=key,
        trip_id=trip_id,
        extra=extra,
        planned_s=planned,
        known=np.array(calls.known, np.bool_),
        assigned_stop=assigned if (assigned >= 0).any() else None,
        model=model,
        replaces=replaces,
        route=route,
        direction=-1 if direction is None else min(direction, 1),
        headsign=table.text(row, wire.NEW_HEADSIGN),
        short_name=table.text(row, wire.NEW_SHORT_NAME),
        timestamp_s=stamp if 0 < stamp <= message_s + AHEAD_S_MAX else message_s,
        vehicle_id=table.text(row, wire.VEHICLE_ID),
        vehicle_label=table.text(row, wire.VEHICLE_LABEL),
        entity_id=table.text(row, wire.ENTITY_ID),
    )
