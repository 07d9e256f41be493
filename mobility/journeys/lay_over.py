"""Lay rides of carpool lines and what the sources of real time say over a network: what requests answer from."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from gtfs_feeds.catalogue import text
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.match import TripRun
from gtfs_feeds.realtime.state import LiveFeed
from gtfs_feeds.realtime.trip_updates import LiveExtraTrip, LiveTrip
from mobility.journeys.alerts import Alerts
from mobility.journeys.carpool_rides import NO_CARPOOL, Carpool, OfferedRide, PlacedRides
from mobility.journeys.live import Live, SourceState
from mobility.journeys.on_demand.between import NOTHING_BETWEEN, Between
from mobility.journeys.on_demand.laid_services import LaidServices
from mobility.journeys.serving import Serving
from mobility.journeys.view import Recent
from routing.compile_overlay import compile_overlay
from routing.planner import Planner

MOMENTS_KEPT = 8
"""Instants of booking a state is kept laid out for."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one source says now."""

    name: str
    feed: LiveFeed
    state: str


def lay_over(
    base: Serving,
    heard: Sequence[Heard],
    carpool: Carpool = NO_CARPOOL,
    booked_s: int | None = None,
    services: LaidServices | None = None,
) -> Serving:
    """The network with rides and what its sources say laid over it. `base` is as planned; its caches are shared.
    `booked_s`: until when rides must be bookable; None: now. `services`: on-demand transport laid on this network."""
    booked_s = int(time.time()) if booked_s is None else booked_s
    between = NOTHING_BETWEEN
    if services is not None:
        between = services.lay_between(_newest_trips(heard).values(), booked_s)
        base = base.with_on_demand(services.legs, between.rides)
    placed = carpool.place_on(base.network)
    if not placed.has_lines and not heard and not between.trips:
        return base
    return _LaidOver(base, tuple(heard), placed, between).at(booked_s, spontaneous=False)


@dataclass(frozen=True, eq=False)
class _LaidOver:
    """One state of rides and real time. What can be booked depends on when one books: laid out when it is asked for."""

    base: Serving
    heard: tuple[Heard, ...]
    placed: PlacedRides
    between: Between = NOTHING_BETWEEN
    _kept: Recent[tuple[int, bool], Serving] = field(default_factory=lambda: Recent(MOMENTS_KEPT))

    def at(self, booked_s: int, spontaneous: bool) -> Serving:
        """As it is for who books at an instant. `spontaneous`: with rides that are too late to book."""
        closed = -1 if spontaneous else self.placed.carpool.closed_at(booked_s)
        return self._kept.get((closed, spontaneous), lambda: self._lay(booked_s, spontaneous))

    def _lay(self, booked_s: int, spontaneous: bool) -> Serving:
        network, rides = self.base.network, self.placed.lay(booked_s, spontaneous)
        planned, unlisted = self.base, self.between.rides.keys()
        carpool = self.placed.carpool
        rides[0].extend(self.between.trips)
        if self.placed.has_lines or self.between.trips:
            live = Live(carpool=carpool, booked_s=booked_s, unlisted=unlisted)
            planned = planned.with_rides(*_dress(planned, rides, live), self)
        if not self.heard:
            return planned
        live = Live(
            sources=tuple(_describe(network, one) for one in self.heard),
            trips=_newest_trips(self.heard),
            alerts=_list_alerts(network, self.heard),
            vehicles=tuple(vehicle for one in self.heard for vehicle in one.feed.vehicles),
            carpool=carpool,
            booked_s=booked_s,
            unlisted=unlisted,
        )
        return planned.with_live(*_dress(planned, rides, live, _newest_extras(self.heard)))


Rides = tuple[list[LiveExtraTrip], dict[str, OfferedRide]]


def _dress(
    base: Serving, rides: Rides, live: Live, added: Sequence[LiveExtraTrip] = ()
) -> tuple[Planner, Live]:
    """The planner with all of it laid over. Rides come first, so that their numbers hold without real time as well."""
    planner, extras = base.planner, [*rides[0], *added]
    overlay = compile_overlay(
        base.network.timetable,
        base.network.info,
        planner.days,
        [trip.change for trip in live.trips.values()],
        [extra.extra for extra in extras],
    )
    index = {extra.key: number for number, extra in enumerate(extras)}
    live = replace(live, extras=tuple(extras), extra_index=index, rides=rides[1])
    return planner.with_overlay(overlay), live


def _describe(network: Network, one: Heard) -> SourceState:
    catalogue = network.catalogue
    feed = _feeds(network).get(one.feed.feed_id)
    synthetic = feed is not None and bool(catalogue.feed_synthetic[feed])
    return SourceState(one.name, one.feed.feed_id, one.state, one.feed.timestamp_s, synthetic)


def _feeds(network: Network) -> dict[str, int]:
    catalogue = network.catalogue
    return {text(catalogue, int(index)): feed for feed, index in enumerate(catalogue.feed_id_text)}


def _newest_trips(heard: Iterable[Heard]) -> dict[TripRun, LiveTrip]:
    """Where two sources speak of one run, the one that knew later."""
    newest: dict[TripRun, LiveTrip] = {}
    for one in heard:
        for run, trip in one.feed.trips.items():
            known = newest.get(run)
            if known is None or trip.timestamp_s > known.timestamp_s:
                newest[run] = trip
    return newest


def _newest_extras(heard: Iterable[Heard]) -> list[LiveExtraTrip]:
    newest: dict[str, LiveExtraTrip] = {}
    for one in heard:
        for key, extra in one.feed.extra_trips.items():
            known = newest.get(key)
            if known is None or extra.timestamp_s > known.timestamp_s:
                newest[key] = extra
    return list(newest.values())


def _list_alerts(network: Network, heard: Iterable[Heard]) -> Alerts:
    feeds = _feeds(network)
    return Alerts(((alert, feeds[one.feed.feed_id]) for one in heard for alert in one.feed.alerts), network)
