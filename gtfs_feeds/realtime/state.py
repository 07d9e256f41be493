"""What one source of real time says now: messages in, one after the other; what holds, out.

    index = FeedIndex(network, "ter")              # once for a network: again when another is served
    feed = LiveFeed.empty("ter")
    feed = receive(feed, index, data, now_s)       # MessageRefusedError: `feed` stays what it was; show the error
    feed = live_at(feed, now_s)                    # what has grown stale since is gone from it, and its findings say so
    overlay = compile_overlay(network.timetable, network.info, days, feed.changes, feed.extras)
    feed = rematch(feed, other_index, now_s)       # a new network: what was received is read again against it

A `LiveFeed` never changes: a request keeps the one it began with, a poller swaps one reference. What is the same in two
messages, byte for byte, is read once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from gtfs_feeds.findings import Finding, FindingLog, Severity
from gtfs_feeds.realtime.alerts import Alert
from gtfs_feeds.realtime.entities import Entity, read_entities
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.live_trip import LiveExtraTrip, LiveTrip, Standing
from gtfs_feeds.realtime.match import TripRun
from gtfs_feeds.realtime.message import read_message
from gtfs_feeds.realtime.vehicles import Vehicle
from routing.overlay import ExtraTrip, TripChange

OVER_S = 6 * 3600
"""How long after a trip's end, a position or an alert's last period a DIFFERENTIAL source's entity is forgotten."""

FORGOTTEN_S = 86_400
"""How long one is kept of which nothing could be made."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old what is shown as live may be."""

    message_s: int = 300
    """Since the header's timestamp: beyond it, nothing of the source holds (the national access point's limit)."""
    trip_s: int = 1800
    """Since a trip was last measured, or its departure if that came later: beyond it, its times are the planned ones.
    Cancellations and added trips do not age."""
    vehicle_s: int = 300
    """Since a vehicle was where it is said to be."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveFeed:
    """Everything one source has said that holds, as of `as_of_s`."""

    feed_id: str
    """Of the static feed its identifiers are of."""
    freshness: Freshness
    timestamp_s: int | None
    """The header's of the last message taken in; None: there has been none."""
    as_of_s: int
    stale: bool
    """The source has been silent too long: there is nothing in here."""
    trips: Mapping[TripRun, LiveTrip]
    extra_trips: Mapping[str, LiveExtraTrip]
    """By key."""
    alerts: tuple[Alert, ...]
    vehicles: tuple[Vehicle, ...]
    findings: tuple[Finding, ...]
    """Of what was received, and of what has grown stale."""
    kept: Kept = field(repr=False)
    """What was received: for this module."""

    @property
    def changes(self) -> list[TripChange]:
        """For `routing.overlay.compile_overlay`."""
        return [trip.change for trip in self.trips.values()]

    @property
    def extras(self) -> list[ExtraTrip]:
        """For `routing.overlay.compile_overlay`."""
        return [trip.extra for trip in self.extra_trips.values()]

    @staticmethod
    def empty(feed_id: str, freshness: Freshness | None = None) -> LiveFeed:
        """Before any message."""
        nothing: Mapping[str, LiveExtraTrip] = MappingProxyType({})
        return LiveFeed(
            feed_id,
            freshness or Freshness(),
            None,
            0,
            False,
            MappingProxyType({}),
            nothing,
            (),
            (),
            (),
            Kept(None, b"", (), ()),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What a source has said, and what it was read against."""

    index: FeedIndex | None
    data: bytes
    """The last message."""
    entities: tuple[Entity, ...]
    findings: tuple[Finding, ...]
    """Of the message as a whole."""


def receive(feed: LiveFeed, index: FeedIndex, data: bytes, now_s: int) -> LiveFeed:
    """Take in a message (protobuf bytes of a FeedMessage). The same message again gives the same `feed` back.

    Raises MessageRefusedError when it is none, or not newer than the last.
    """
    if feed.timestamp_s is not None and data == feed.kept.data and index is feed.kept.index:
        return feed
    message = read_message(data, now_s, feed.timestamp_s if data != feed.kept.data else None)
    known: dict[bytes, Entity] = {}
    if index is feed.kept.index:
        known = {entity.raw: entity for entity in feed.kept.entities if entity.lasting}
    places = zip(message.entity_start.tolist(), message.entity_end.tolist(), strict=True)
    entities: list[Entity | None] = [known.get(data[start:end]) if known else None for start, end in places]
    fresh = np.array([i for i, entity in enumerate(entities) if entity is None], np.int64)
    stamps = [message.timestamp_s] * len(fresh)
    read = read_entities(index, data, message.entity_start[fresh], message.entity_end[fresh], now_s, stamps)
    for i, entity in zip(fresh.tolist(), read, strict=True):
        entities[i] = entity
    now = [entity for entity in entities if entity is not None]
    findings = message.findings
    if message.differential:
        if index is not feed.kept.index:
            feed = rematch(feed, index, now_s)
        ageing = (
            entity._replace(trip_ages=True, vehicle_ages=True) for entity in now
        )  # it is said once only
        now = _add_to(feed.kept.entities, ageing, now_s)
    else:
        findings = (*findings, *_deleted_findings(now))
    kept = Kept(index, data, tuple(now), findings)
    return _assemble(replace(feed, timestamp_s=message.timestamp_s, kept=kept), now_s)


def live_at(feed: LiveFeed, now_s: int) -> LiveFeed:
    """The same without what is stale at `now_s`; `feed` itself where nothing is that it still has."""
    if feed.timestamp_s is None or feed.stale:
        return feed
    if is_stale(feed, now_s) or _shows_stale(feed, now_s):
        return _assemble(feed, now_s)
    return feed


def is_stale(feed: LiveFeed, now_s: int) -> bool:
    """Whether the source has been silent for longer than `freshness.message_s`, or has never spoken."""
    return feed.timestamp_s is None or now_s - feed.timestamp_s > feed.freshness.message_s


def rematch(feed: LiveFeed, index: FeedIndex, now_s: int) -> LiveFeed:
    """What was received, read again against another network (its alerts, vehicles and trips have other indices)."""
    if feed.timestamp_s is None:
        return feed
    before = feed.kept.entities
    ends = np.cumsum([len(entity.raw) for entity in before], dtype=np.int64)
    starts = ends - np.array([len(entity.raw) for entity in before], np.int64)
    data = b"".join(entity.raw for entity in before)
    stamps = [entity.received_s for entity in before]
    entities = read_entities(index, data, starts, ends, now_s, stamps)
    return _assemble(replace(feed, kept=replace(feed.kept, index=index, entities=tuple(entities))), now_s)


def _add_to(before: Iterable[Entity], added: Iterable[Entity], now_s: int) -> list[Entity]:
    """What a DIFFERENTIAL message makes of what was said before: entities of the same id are replaced, deleted ones and
    those long over are gone."""
    by_id = {entity.entity_id: entity for entity in before}
    for entity in added:
        by_id.pop(entity.entity_id, None)
        by_id[entity.entity_id] = entity
    return [entity for entity in by_id.values() if not entity.deleted and not _is_over(entity, now_s)]


def _is_over(entity: Entity, now_s: int) -> bool:
    ends = []
    if entity.trip is not None:
        ends.append(int(entity.trip.change.departure_s[-1]))
    if entity.extra is not None:
        ends.append(int(entity.extra.extra.departure_s[-1]))
    if entity.vehicle is not None:
        ends.append(entity.vehicle.timestamp_s)
    if entity.alert is not None:
        periods = entity.alert.periods or entity.alert.shown
        ends.append(max((end or now_s for _, end in periods), default=now_s))
    return now_s > max(ends) + OVER_S if ends else now_s > entity.received_s + FORGOTTEN_S


def _has_aged(entity: Entity, feed: LiveFeed, now_s: int) -> bool:
    """Its trip was measured too long ago for its times to be live."""
    trip, before_s = entity.trip, now_s - feed.freshness.trip_s
    return (
        trip is not None
        and trip.timestamp_s < before_s
        and entity.trip_ages
        and trip.standing == Standing.RUNNING
        and int(trip.change.departure_s[0]) < before_s
    )


def _is_lost(entity: Entity, feed: LiveFeed, now_s: int) -> bool:
    """Its vehicle was there too long ago."""
    vehicle, before_s = entity.vehicle, now_s - feed.freshness.vehicle_s
    return vehicle is not None and vehicle.timestamp_s < before_s and entity.vehicle_ages


def _shows_stale(feed: LiveFeed, now_s: int) -> bool:
    shown = {id(vehicle) for vehicle in feed.vehicles}
    return any(
        (
            entity.trip is not None
            and _has_aged(entity, feed, now_s)
            and feed.trips.get(entity.trip.run) is entity.trip
        )
        or (id(entity.vehicle) in shown and _is_lost(entity, feed, now_s))
        for entity in feed.kept.entities
    )


def _assemble(feed: LiveFeed, now_s: int) -> LiveFeed:
    """What holds at `now_s` of what was received."""
    log = FindingLog()
    for finding in feed.kept.findings:
        _log(log, finding)
    if is_stale(feed, now_s):
        silent_s = now_s - (feed.timestamp_s or 0)
        told = f"The last message is {silent_s} s old: more than {feed.freshness.message_s} s is not live."
        _log(log, _stale("stale_message", "FeedHeader", told, "nothing of it is shown", ""))
        return replace(
            feed,
            as_of_s=now_s,
            stale=True,
            trips=MappingProxyType({}),
            extra_trips=MappingProxyType({}),
            alerts=(),
            vehicles=(),
            findings=tuple(log.list_findings()),
        )
    trips: dict[TripRun, LiveTrip] = {}
    extras: dict[str, LiveExtraTrip] = {}
    vehicles: list[Vehicle] = []
    for entity in feed.kept.entities:
        for finding in entity.findings:
            _log(log, finding)
        trip, vehicle = entity.trip, entity.vehicle
        if trip is not None and _has_aged(entity, feed, now_s):
            told = (
                f"The trip of entity {entity.entity_id!r} was last measured {now_s - trip.timestamp_s} s ago."
            )
            _log(
                log,
                _stale("stale_trip_update", "TripUpdate", told, "its planned times hold", entity.entity_id),
            )
        elif trip is not None:
            known = trips.get(trip.run)
            if known is not None:
                _log(log, _twice(entity.entity_id, known.entity_id))
            if known is None or known.timestamp_s <= trip.timestamp_s:
                trips[trip.run] = trip
        if entity.extra is not None:
            extras[entity.extra.key] = entity.extra
        if vehicle is not None and _is_lost(entity, feed, now_s):
            told = (
                f"The vehicle of entity {entity.entity_id!r} was there {now_s - vehicle.timestamp_s} s ago."
            )
            _log(
                log, _stale("stale_vehicle_position", "VehiclePosition", told, "not shown", entity.entity_id)
            )
        elif vehicle is not None:
            vehicles.append(vehicle)
    return replace(
        feed,
        as_of_s=now_s,
        stale=False,
        trips=MappingProxyType(trips),
        extra_trips=MappingProxyType(extras),
        alerts=tuple(entity.alert for entity in feed.kept.entities if entity.alert is not None),
        vehicles=tuple(vehicles),
        findings=tuple(log.list_findings()),
    )


def _deleted_findings(entities: Iterable[Entity]) -> list[Finding]:
    return [
        Finding(
            Severity.WARNING,
            "deleted_entity_in_full_dataset",
            "FeedEntity",
            f"Entity {entity.entity_id!r} is deleted in a message that says all there is.",
            "ignored",
            field="is_deleted",
            value=entity.entity_id,
        )
        for entity in entities
        if entity.deleted
    ]


def _stale(rule: str, file: str, message: str, action: str, value: str) -> Finding:
    return Finding(Severity.WARNING, rule, file, message, action, field="timestamp", value=value)


def _twice(entity_id: str, other_id: str) -> Finding:
    told = f"Entities {other_id!r} and {entity_id!r} speak of the same run."
    return Finding(
        Severity.WARNING,
        "trip_described_twice",
        "TripUpdate",
        told,
        "the one known later kept",
        value=entity_id,
    )


def _log(log: FindingLog, finding: Finding) -> None:
    log.add(
        finding.severity,
        finding.rule,
        finding.file,
        finding.message,
        finding.action,
        field=finding.field,
        value=finding.value,
        count=finding.count,
    )
