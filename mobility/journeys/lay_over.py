"""Lay what the sources of real time say over a network: from their messages to what requests answer from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gtfs_feeds.catalogue import text
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.match import TripRun
from gtfs_feeds.realtime.state import LiveFeed
from gtfs_feeds.realtime.trip_updates import LiveExtraTrip, LiveTrip
from mobility.journeys.alerts import Alerts
from mobility.journeys.live import Live, SourceState
from mobility.journeys.serving import Serving
from routing.compile_overlay import compile_overlay
from routing.overlay import Overlay


@dataclass(frozen=True, slots=True)
class Heard:
    """What one source says now."""

    name: str
    feed: LiveFeed
    state: str


def lay_over(base: Serving, heard: Sequence[Heard]) -> Serving:
    """The network with what its sources say laid over it. `base` is as planned; its caches are shared."""
    network, planner = base.network, base.planner
    trips = _newest_trips(heard)
    extras = _newest_extras(heard)
    overlay = compile_overlay(
        network.timetable,
        network.info,
        planner.days,
        [trip.change for trip in trips.values()],
        [extra.extra for extra in extras.values()],
    )
    live = Live(
        sources=tuple(_describe(network, one) for one in heard),
        trips=trips,
        extras=_in_order(overlay, extras),
        extra_index={extra.key: index for index, extra in enumerate(overlay.extras)},
        alerts=_list_alerts(network, heard),
        vehicles=tuple(vehicle for one in heard for vehicle in one.feed.vehicles),
    )
    return base.with_live(planner.with_overlay(overlay), live)


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


def _newest_extras(heard: Iterable[Heard]) -> dict[str, LiveExtraTrip]:
    newest: dict[str, LiveExtraTrip] = {}
    for one in heard:
        for key, extra in one.feed.extra_trips.items():
            known = newest.get(key)
            if known is None or extra.timestamp_s > known.timestamp_s:
                newest[key] = extra
    return newest


def _in_order(overlay: Overlay, extras: Mapping[str, LiveExtraTrip]) -> tuple[LiveExtraTrip, ...]:
    return tuple(extras[extra.key] for extra in overlay.extras)


def _list_alerts(network: Network, heard: Iterable[Heard]) -> Alerts:
    feeds = _feeds(network)
    return Alerts(((alert, feeds[one.feed.feed_id]) for one in heard for alert in one.feed.alerts), network)
