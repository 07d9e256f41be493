"""GTFS-RT messages about the small region, written as a publisher does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from google.transit import gtfs_realtime_pb2 as rt

Entity = Callable[[rt.FeedMessage], None]
Relationship = rt.TripDescriptor.ScheduleRelationship
StopRelationship = rt.TripUpdate.StopTimeUpdate.ScheduleRelationship


def message(timestamp_s: int, *entities: Entity) -> bytes:
    """A FULL_DATASET message."""
    built = rt.FeedMessage()
    built.header.gtfs_realtime_version = "2.0"
    built.header.incrementality = rt.FeedHeader.FULL_DATASET
    built.header.timestamp = timestamp_s
    for entity in entities:
        entity(built)
    return bytes(built.SerializeToString())


def trip(
    trip_id: str,
    *updates: Mapping[str, Any],
    day: str = "20260615",
    relationship: str = "SCHEDULED",
    **descriptor: Any,
) -> Entity:
    """A TripUpdate. An update has `stop`, and `delay`, `arrival`, `departure` (seconds since the epoch), `skipped`,
    `platform` or `no_data`."""

    def add(built: rt.FeedMessage) -> None:
        update = built.entity.add(id=f"trip-{trip_id}-{day}").trip_update
        update.trip.trip_id, update.trip.start_date = trip_id, day
        update.trip.schedule_relationship = Relationship.Value(relationship)
        for name, value in descriptor.items():
            setattr(update.trip, name, value)
        update.timestamp = built.header.timestamp
        for one in updates:
            _add_update(update, one)

    return add


def _add_update(update: rt.TripUpdate, one: Mapping[str, Any]) -> None:
    stop = update.stop_time_update.add(stop_id=one["stop"])
    if "delay" in one:
        stop.arrival.delay = stop.departure.delay = one["delay"]
    for event in ("arrival", "departure"):
        if event in one:
            getattr(stop, event).time = one[event]
    if one.get("skipped"):
        stop.schedule_relationship = StopRelationship.Value("SKIPPED")
    if one.get("no_data"):
        stop.schedule_relationship = StopRelationship.Value("NO_DATA")
    if "platform" in one:
        stop.stop_time_properties.assigned_stop_id = one["platform"]


def alert(
    identifier: str,
    header: Mapping[str, str],
    *informed: Mapping[str, Any],
    period: tuple[int, int] | None = None,
    effect: str = "DETOUR",
) -> Entity:
    """An alert. `header` by language; `informed` as EntitySelector, `trip_id` among it."""

    def add(built: rt.FeedMessage) -> None:
        one = built.entity.add(id=identifier).alert
        one.effect = rt.Alert.Effect.Value(effect)
        one.cause = rt.Alert.Cause.Value("CONSTRUCTION")
        for language, text in header.items():
            one.header_text.translation.add(text=text, language=language)
            one.description_text.translation.add(text=f"{text}.", language=language)
        if period is not None:
            one.active_period.add(start=period[0], end=period[1])
        for selector in informed:
            added = one.informed_entity.add()
            for name, value in selector.items():
                if name in ("trip_id", "start_date"):
                    setattr(added.trip, name, value)
                else:
                    setattr(added, name, value)

    return add


def vehicle(
    identifier: str, trip_id: str, lat: float, lon: float, stop: str, day: str = "20260615", age_s: int = 0
) -> Entity:
    """A VehiclePosition."""

    def add(built: rt.FeedMessage) -> None:
        one = built.entity.add(id=f"vehicle-{identifier}").vehicle
        one.vehicle.id = identifier
        one.trip.trip_id, one.trip.start_date = trip_id, day
        one.position.latitude, one.position.longitude, one.position.bearing = lat, lon, 45.0
        one.stop_id, one.timestamp = stop, built.header.timestamp - age_s

    return add
