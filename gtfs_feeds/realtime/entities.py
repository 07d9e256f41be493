"""The entities of a message: each read by itself, so that a bad one never spoils the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as gtfs_rt
from numpy.typing import NDArray

from gtfs_feeds.findings import Finding, Severity, shorten
from gtfs_feeds.realtime.alerts import Alert, read_alert
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.kernels import wire
from gtfs_feeds.realtime.live_trip import LiveExtraTrip, LiveTrip
from gtfs_feeds.realtime.trip_updates import TripFacts, read_trip_updates
from gtfs_feeds.realtime.update_table import UpdateTable
from gtfs_feeds.realtime.vehicles import Vehicle, VehicleFacts, read_vehicles

_OTHER = {6: "shape", 7: "stop", 8: "trip_modifications"}
"""Fields of FeedEntity that are not read."""


class Entity(NamedTuple):
    """One entity, and what was made of it."""

    raw: bytes
    """As it came."""
    entity_id: str
    received_s: int
    """The timestamp of the message it came with first."""
    lasting: bool
    """Read later, it would say the same."""
    deleted: bool = False
    trip: LiveTrip | None = None
    extra: LiveExtraTrip | None = None
    vehicle: Vehicle | None = None
    alert: Alert | None = None
    findings: tuple[Finding, ...] = ()
    trip_ages: bool = False
    """The update says when the trip was measured; else it is as old as its message, which the source repeats."""
    vehicle_ages: bool = False
    """Likewise."""


def read_entities(
    index: FeedIndex,
    data: bytes,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    now_s: int,
    received_s: Sequence[int],
) -> list[Entity]:
    """The entities at these places in `data`, received with messages of these times."""
    table = UpdateTable(data, start, end)
    rows = table.entities
    usable = (
        (rows[:, wire.STATUS] == wire.OK) & (rows[:, wire.IS_DELETED] == 0) & (rows[:, wire.ENTITY_ID] >= 0)
    )
    has_update = rows[:, wire.HAS_TRIP_UPDATE] > 0
    updated = np.flatnonzero(usable & has_update)
    facts: list[TripFacts] = [_NO_FACTS] * len(rows)
    if len(updated):
        stamps = np.array(received_s, np.int64)[updated]
        read = read_trip_updates(index, table, updated, now_s, stamps)
        for i, one in zip(updated.tolist(), read, strict=True):
            facts[i] = one
    others: dict[int, Entity] = {}
    rare = ~usable | ~has_update
    rare |= (rows[:, [wire.HAS_VEHICLE, wire.HAS_ALERT, wire.HAS_OTHER]] > 0).any(axis=1)
    if rare.any():
        others = _read_others(index, table, np.flatnonzero(rare), start, end, now_s, received_s)
    places = zip(
        start.tolist(),
        end.tolist(),
        rows[:, wire.ENTITY_ID].tolist(),
        rows[:, wire.ENTITY_ID + 1].tolist(),
        received_s,
        (rows[:, wire.TIMESTAMP] > 0).tolist(),
        facts,
        strict=True,
    )
    entities = []
    for i, (first, last, id_at, id_size, stamp, ages, (trip, extra, findings, lasting)) in enumerate(places):
        other = others.get(i)
        if other is None:
            name = trip.entity_id if trip else data[id_at : id_at + id_size].decode("utf-8", "replace")
            entity = Entity(
                data[first:last], name, stamp, lasting, False, trip, extra, None, None, findings, ages
            )
        else:
            entity = other._replace(
                lasting=other.lasting and lasting,
                trip=trip,
                extra=extra,
                findings=(*findings, *other.findings),
                trip_ages=ages,
            )
        entities.append(entity)
    return entities


_NO_FACTS = TripFacts()


def _read_others(
    index: FeedIndex,
    table: UpdateTable,
    chosen: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    now_s: int,
    received_s: Sequence[int],
) -> dict[int, Entity]:
    """Entities that are not just a TripUpdate, but for what their TripUpdate says."""
    found: dict[int, Entity] = {}
    vehicles: list[tuple[int, str, gtfs_rt.VehiclePosition]] = []
    for i in chosen.tolist():
        row, raw = table.entities[i], table.data[start[i] : end[i]]
        name = table.text(row, wire.ENTITY_ID)
        entity = Entity(raw, name, received_s[i], True, bool(row[wire.IS_DELETED]))
        message = gtfs_rt.FeedEntity()
        wrong = _why_unreadable(row, message, raw)
        if wrong is not None:
            entity = entity._replace(findings=(wrong,), deleted=False)
        elif not entity.deleted:
            if message.HasField("vehicle"):
                vehicles.append((i, name, message.vehicle))
            if message.HasField("alert"):
                facts = read_alert(index, name, message.alert, now_s)
                entity = entity._replace(alert=facts.alert, findings=facts.findings, lasting=facts.lasting)
            entity = entity._replace(findings=(*entity.findings, *_kind_findings(row, name)))
        found[i] = entity
    read = read_vehicles(
        index,
        [(name, vehicle) for _, name, vehicle in vehicles],
        now_s,
        [received_s[i] for i, _, _ in vehicles],
    )
    for (i, _, _), one in zip(vehicles, read, strict=True):
        found[i] = _with_vehicle(found[i], one)
    return found


def _with_vehicle(entity: Entity, facts: VehicleFacts) -> Entity:
    return entity._replace(
        vehicle=facts.vehicle,
        findings=(*entity.findings, *facts.findings),
        lasting=entity.lasting and facts.lasting,
        vehicle_ages=facts.ages,
    )


def _why_unreadable(row: wire.Rows, message: gtfs_rt.FeedEntity, raw: bytes) -> Finding | None:
    """Fills `message`, but for a trip_update, which is read elsewhere."""
    name = ""
    try:
        message.MergeFromString(raw)
        name = message.id
        read = row[wire.STATUS] == wire.OK
        for part in ("vehicle", "alert"):
            read = read and (not message.HasField(part) or getattr(message, part).IsInitialized())
    except (DecodeError, UnicodeDecodeError):
        read = False
    if not read:
        told = "An entity cannot be read: it is damaged, or lacks what it must have."
        return _finding(Severity.ERROR, "unreadable_entity", told, "ignored", "entity", name)
    if not name:
        told = "An entity has no id."
        return _finding(Severity.ERROR, "entity_without_id", told, "ignored", "id", "")
    return None


def _kind_findings(row: wire.Rows, name: str) -> tuple[Finding, ...]:
    if row[wire.HAS_OTHER]:
        kind = _OTHER[int(row[wire.HAS_OTHER])]
        told = f"Entity {name!r} is a {kind}, which is not read."
        return (_finding(Severity.INFO, "entity_kind_not_read", told, "ignored", kind, name),)
    if not row[[wire.HAS_TRIP_UPDATE, wire.HAS_VEHICLE, wire.HAS_ALERT]].any():
        told = f"Entity {name!r} says nothing."
        return (_finding(Severity.WARNING, "entity_says_nothing", told, "ignored", "entity", name),)
    return ()


def _finding(severity: Severity, rule: str, message: str, action: str, field: str, value: str) -> Finding:
    return Finding(severity, rule, "FeedEntity", message, action, field=field, value=shorten(value))
