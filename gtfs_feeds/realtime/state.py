"""What one source of real time says now: messages in, one after the other; what holds, out.

    index = FeedIndex(network, "ter")              # once for a network: again when another is served
    feed = LiveFeed.empty("ter")
    feed = receive(feed, index, data, now_s)       # MessageRefusedError: `feed` stays what it was; show the error
    live = live_at(feed, now_s)                    # what has grown stale since is gone from it, and `stale` says so
    overlay = compile_overlay(network.timetable, network.info, days, live.changes, live.extras)
    feed = rematch(feed, other_index, now_s)       # a new network: what was received is read again against it

A `LiveFeed` never changes: a request keeps the one it began with, a poller swaps one reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gtfs_feeds.findings import Finding
from gtfs_feeds.realtime.alerts import Alert
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.match import TripRun
from gtfs_feeds.realtime.trip_updates import LiveExtraTrip, LiveTrip
from gtfs_feeds.realtime.vehicles import Vehicle
from routing.overlay import ExtraTrip, TripChange


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
    """Of the last message, and of what has grown stale."""

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
        raise NotImplementedError


def receive(feed: LiveFeed, index: FeedIndex, data: bytes, now_s: int) -> LiveFeed:
    """Take in a message (protobuf bytes of a FeedMessage). The same message again gives the same `feed` back.

    Raises MessageRefusedError when it is none, or not newer than the last.
    """
    raise NotImplementedError


def live_at(feed: LiveFeed, now_s: int) -> LiveFeed:
    """The same without what is stale at `now_s`."""
    raise NotImplementedError


def is_stale(feed: LiveFeed, now_s: int) -> bool:
    """Whether the source has been silent for longer than `freshness.message_s`, or has never spoken."""
    raise NotImplementedError


def rematch(feed: LiveFeed, index: FeedIndex, now_s: int) -> LiveFeed:
    """What was received, read again against another network (its alerts, vehicles and trips have other indices)."""
    raise NotImplementedError
