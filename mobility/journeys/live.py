"""What is known of a network at this moment: delays, cancellations, alerts, vehicles, and how fresh that is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from gtfs_feeds.realtime.match import TripRun
from gtfs_feeds.realtime.trip_updates import LiveExtraTrip, LiveTrip
from gtfs_feeds.realtime.vehicles import Vehicle
from mobility.journeys.alerts import NO_ALERTS, Alerts
from mobility.journeys.carpool_rides import NO_CARPOOL, Carpool, OfferedRide
from mobility.journeys.instants import iso

Json = dict[str, Any]

LIVE, STALE, WAITING, IDLE = "live", "stale", "waiting", "idle"
"""States of a source: shown; too old to be shown; nothing usable has come yet; its feed is not served."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """How fresh one source is. Instants are seconds since the epoch, UTC."""

    name: str
    feed_id: str
    state: str
    stamped_s: int | None = None
    """The publisher's instant of the message that is used."""
    synthetic: bool = False
    """Made up, as its feed is."""


@dataclass(frozen=True, eq=False)
class Live:
    """One state of real time over one network. Never changed: a newer one takes its place."""

    sources: tuple[SourceState, ...] = ()
    trips: Mapping[TripRun, LiveTrip] = field(default_factory=dict)
    extras: tuple[LiveExtraTrip, ...] = ()
    """As the overlay has them: a ride's `trip` beyond the timetable's is an index into them."""
    extra_index: Mapping[str, int] = field(default_factory=dict)
    """By `LiveExtraTrip.key`."""
    rides: Mapping[str, OfferedRide] = field(default_factory=dict)
    """Which of the extras are rides of carpool lines, by the same key."""
    unlisted: Set[str] = frozenset()
    """Those of the extras that no board lists, by the same key: they run when they are booked."""
    carpool: Carpool = NO_CARPOOL
    """The lines, with all their rides."""
    booked_s: int = 0
    """When one would book; what must be booked earlier is shown as too late, or not at all."""
    alerts: Alerts = NO_ALERTS
    vehicles: tuple[Vehicle, ...] = ()

    @property
    def state(self) -> str:
        """'live' when something of what is shown may be; 'none' without a source; else why it is not."""
        states = {source.state for source in self.sources}
        return next((state for state in (LIVE, STALE, WAITING, IDLE) if state in states), "none")

    def describe(self, now_s: int | None = None) -> Json:
        """As answers say it: which sources there are, and how old what they say is."""
        now_s = int(time.time()) if now_s is None else now_s
        sources: list[Json] = []
        for source in self.sources:
            shown: Json = {"name": source.name, "feed": source.feed_id, "state": source.state}
            if source.stamped_s is not None:
                shown |= {"asOf": iso(source.stamped_s), "age": max(now_s - source.stamped_s, 0)}
            if source.synthetic:
                shown["synthetic"] = True
            sources.append(shown)
        return {"state": self.state, "sources": sources}


NO_LIVE = Live()
"""The timetable as it was planned."""
