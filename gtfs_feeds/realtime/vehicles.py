"""Where vehicles are, and how full."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from gtfs_feeds.findings import Finding, Severity, shorten
from gtfs_feeds.realtime.extra_trips import key_of
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.kernels.runs import MATCHED, START_DIFFERS
from gtfs_feeds.realtime.match import (
    Descriptor,
    Problem,
    TripRun,
    descriptor_of,
    explain,
    match_runs,
    match_trip,
    parse_date,
    parse_when,
)
from routing.clock import service_day_of

_ADDED = (1, 6, 8)
"""TripDescriptor.ScheduleRelationship ADDED, DUPLICATED, NEW: trips that the timetable does not have."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle's position. Names of statuses are GTFS-RT's, in capitals; "" or -1 or None: not said."""

    entity_id: str
    vehicle_id: str
    label: str
    plate: str
    run: TripRun | None
    """The planned run it serves."""
    extra_key: str
    """The added trip it serves (`LiveExtraTrip.key`), "" for none."""
    lat: float
    lon: float
    bearing: float | None
    """Degrees clockwise from north."""
    speed_ms: float | None
    timestamp_s: int
    """When it was there."""
    position: int
    """Of the run's pattern: the stop it stands at or heads for; -1 unknown."""
    stop: int
    """Of the catalogue, likewise."""
    status: str
    """INCOMING_AT, STOPPED_AT or IN_TRANSIT_TO."""
    occupancy: str
    occupancy_percent: int | None
    congestion: str


class VehicleFacts(NamedTuple):
    """What one entity's vehicle position says."""

    vehicle: Vehicle | None
    findings: tuple[Finding, ...]
    lasting: bool
    """It says the same at any time: its trip is named with its day."""
    ages: bool = False
    """It says when the vehicle was there."""


def read_vehicles(
    index: FeedIndex,
    positions: Sequence[tuple[str, gtfs_rt.VehiclePosition]],
    now_s: int,
    message_s: Sequence[int],
) -> list[VehicleFacts]:
    """Where vehicles are, by entity id. One whose trip is not known is kept without it; one without a place is not.

    `message_s`: when those that say no time of their own were there.
    """
    trips = _match(index, [position for _, position in positions], now_s)
    stops = index.find_stops([position.stop_id for _, position in positions])
    found = []
    for (entity_id, position), matched, stop, sent_s in zip(positions, trips, stops, message_s, strict=True):
        lasting = not position.HasField("trip") or bool(position.trip.start_date)
        place = position.position
        if not position.HasField("position") or not _is_place(place.latitude, place.longitude):
            told = f"Vehicle {position.vehicle.id or entity_id!r} is at no place on earth."
            finding = _finding(
                Severity.ERROR, "vehicle_without_position", told, "ignored", "position", entity_id
            )
            found.append(VehicleFacts(None, (finding,), lasting))
            continue
        findings: tuple[Finding, ...] = ()
        run, extra_key = matched if isinstance(matched, TripRun) else None, ""
        if isinstance(matched, str):
            extra_key = matched
        elif isinstance(matched, Problem):
            told = f"Vehicle {position.vehicle.id or entity_id!r}: {matched.message}"
            findings = (
                _finding(
                    Severity.WARNING,
                    matched.rule,
                    told,
                    "shown without its trip",
                    matched.field,
                    matched.value,
                ),
            )
        vehicle = _make(index, entity_id, position, run, extra_key, stop, now_s, sent_s)
        found.append(VehicleFacts(vehicle, findings, lasting, position.timestamp > 0))
    return found


def _match(
    index: FeedIndex, positions: Sequence[gtfs_rt.VehiclePosition], now_s: int
) -> list[TripRun | str | Problem | None]:
    """Of each: the run it serves, the key of the added trip it serves, why its trip is not known, or None."""
    descriptors = [descriptor_of(position.trip) for position in positions]
    trips = index.find_trips([descriptor.trip_id for descriptor in descriptors])
    found: list[TripRun | str | Problem | None] = [None] * len(positions)
    batch = []
    for i, (position, descriptor, trip) in enumerate(zip(positions, descriptors, trips, strict=True)):
        if trip >= 0:
            when = parse_when(index, descriptor)
            if isinstance(when, Problem):
                found[i] = when
            else:
                batch.append((i, trip, *when))
        elif position.trip.schedule_relationship in _ADDED and descriptor.trip_id:
            found[i] = _extra_key(index, descriptor, now_s)
        elif descriptor != Descriptor():
            found[i] = match_trip(index, descriptor, now_s)
    rows, trip_of, dates, starts = np.array(batch, np.int64).reshape(-1, 4).T
    dates, starts = np.ascontiguousarray(dates), np.ascontiguousarray(starts)
    runs = match_runs(index, np.ascontiguousarray(trip_of), dates, starts, now_s)
    for i, trip, status, day, shift_s in zip(
        rows.tolist(),
        trip_of.tolist(),
        runs.status.tolist(),
        runs.day.tolist(),
        runs.shift_s.tolist(),
        strict=True,
    ):
        if status in (MATCHED, START_DIFFERS):
            found[i] = TripRun(trip, index.days[day], shift_s)
        else:
            found[i] = explain(status, descriptors[i])
    return found


def _extra_key(index: FeedIndex, descriptor: Descriptor, now_s: int) -> str:
    route = index.route_of.get(descriptor.route_id, -1)
    day = parse_date(descriptor.start_date) or service_day_of(now_s, index.zone_of(route))
    return key_of(index, descriptor.trip_id, day)


def _make(
    index: FeedIndex,
    entity_id: str,
    position: gtfs_rt.VehiclePosition,
    run: TripRun | None,
    extra_key: str,
    stop: int,
    now_s: int,
    message_s: int,
) -> Vehicle:
    vehicle, place = position.vehicle, position.position
    measured_s = int(position.timestamp)
    at, stop = _find_call(index, position, run, stop)
    percent = position.occupancy_percentage if position.HasField("occupancy_percentage") else None
    return Vehicle(
        entity_id=entity_id,
        vehicle_id=vehicle.id,
        label=vehicle.label,
        plate=vehicle.license_plate,
        run=run,
        extra_key=extra_key,
        lat=place.latitude,
        lon=place.longitude,
        bearing=place.bearing if place.HasField("bearing") else None,
        speed_ms=place.speed if place.HasField("speed") else None,
        timestamp_s=measured_s if 0 < measured_s <= now_s + 60 else message_s,
        position=at,
        stop=stop,
        status=gtfs_rt.VehiclePosition.VehicleStopStatus.Name(position.current_status) if stop >= 0 else "",
        occupancy=gtfs_rt.VehiclePosition.OccupancyStatus.Name(position.occupancy_status)
        if position.HasField("occupancy_status")
        else "",
        occupancy_percent=percent,
        congestion=gtfs_rt.VehiclePosition.CongestionLevel.Name(position.congestion_level)
        if position.HasField("congestion_level")
        else "",
    )


def _find_call(
    index: FeedIndex, position: gtfs_rt.VehiclePosition, run: TripRun | None, stop: int
) -> tuple[int, int]:
    """The position of its trip it stands at or heads for, and the stop there: by stop_sequence, else by stop_id."""
    if run is None:
        return -1, stop
    timetable, catalogue = index.network.timetable, index.network.catalogue
    pattern, numbering = timetable.trip_pattern[run.trip], catalogue.trip_numbering[run.trip]
    stops = timetable.pattern_stop[timetable.pattern_first[pattern] : timetable.pattern_first[pattern + 1]]
    at = -1
    if position.HasField("current_stop_sequence"):
        first, last = catalogue.numbering_first[numbering : numbering + 2]
        numbers = catalogue.numbering_sequence[first:last]
        nth = int(np.searchsorted(numbers, position.current_stop_sequence))
        at = nth if nth < len(numbers) and numbers[nth] == position.current_stop_sequence else -1
    if at < 0 and stop >= 0:
        at = next((p for p, called in enumerate(stops.tolist()) if called == stop), -1)
    return at, stop if stop >= 0 or at < 0 else int(stops[at])


def _is_place(lat: float, lon: float) -> bool:
    """0, 0 is what devices say that know nothing."""
    return math.isfinite(lat + lon) and abs(lat) <= 90 and abs(lon) <= 180 and (lat != 0 or lon != 0)


def _finding(severity: Severity, rule: str, message: str, action: str, field: str, value: str) -> Finding:
    return Finding(severity, rule, "VehiclePosition", message, action, field=field, value=shorten(value))
