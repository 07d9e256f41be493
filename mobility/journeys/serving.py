"""What one request answers from. A request takes it once and keeps it: a newer network never changes it under way."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

from gtfs_feeds.network import Network
from mobility.journeys.flexible import NO_FLEXIBLE_LEGS, FlexibleLegs, FlexOffer
from mobility.journeys.live import NO_LIVE, Live
from mobility.journeys.lookups import Lookups
from mobility.journeys.places import Places
from mobility.journeys.prices import NO_PRICES, Prices
from mobility.journeys.street_times import StreetTimes
from mobility.journeys.view import View
from routing.planner import Planner


class Moments(Protocol):
    """One state of rides and real time, at any moment of booking."""

    def at(self, booked_s: int, spontaneous: bool) -> Serving:
        """What there is for who books at an instant (seconds since the epoch); `spontaneous`: rides that are too late
        to book as well."""
        ...


@dataclass(frozen=True)
class Serving:
    """A network in one state of its real time. `version` is the snapshot's content hash."""

    version: str
    network: Network
    planner: Planner
    places: Places
    streets: StreetTimes
    live: Live = NO_LIVE
    flexible: FlexibleLegs = NO_FLEXIBLE_LEGS
    between: Mapping[str, FlexOffer] = field(default_factory=dict)
    """Rides of on-demand transport from a stop to another that are laid over the network, by `ExtraTrip.key`."""
    planned: Serving | None = None
    """The same network without its real time; None: this is it."""
    moments: Moments | None = None
    """The same state for who books at another time; None: it makes no difference."""
    prices: Prices = NO_PRICES
    """What journeys cost."""

    @cached_property
    def view(self) -> View:
        """What presenting this network needs: made at the first request, gone with the snapshot."""
        return View(self.network, self.planner, self.places, self.streets, Lookups(self.network), self.live)

    def with_on_demand(self, flexible: FlexibleLegs, between: Mapping[str, FlexOffer]) -> Serving:
        """The same network with on-demand transport whose vehicles are dispatched here; what of it is laid over the
        network comes with its rides."""
        other = replace(self, flexible=flexible, between=between)
        vars(other)["view"] = self.view
        return other

    def with_prices(self, prices: Prices) -> Serving:
        """The same network with other prices."""
        other = replace(self, prices=prices)
        vars(other)["view"] = self.view
        return other

    def with_live(self, planner: Planner, live: Live) -> Serving:
        """The same network in another state of its real time; what is kept for presenting it is shared."""
        other = replace(self, planner=planner, live=live, planned=self.as_planned)
        vars(other)["view"] = replace(self.view, planner=planner, live=live)
        return other

    def with_rides(self, planner: Planner, live: Live, moments: Moments) -> Serving:
        """The same network with published rides, which are there whether or not real time is wanted."""
        other = replace(self.with_live(planner, live), planned=None, moments=moments)
        vars(other)["view"] = replace(self.view, planner=planner, live=live)
        return other

    def booked_at(self, booked_s: int | None, spontaneous: bool = False) -> Serving:
        """What there is for who books at an instant; None: now."""
        if self.moments is None:
            return self
        return self.moments.at(int(time.time()) if booked_s is None else booked_s, spontaneous)

    @property
    def as_planned(self) -> Serving:
        """The network as it was planned."""
        return self if self.planned is None else self.planned

    def in_mode(self, realtime: str) -> Serving:
        """As the API's `realtimeMode` wants it: REALTIME, OFF (as planned) or REALTIME_ANNOTATION_ONLY (searched as
        planned, and shown with what is known)."""
        if realtime == "REALTIME" or self.planned is None:
            return self
        return self.planned if realtime == "OFF" else self.planned.with_live(self.planned.planner, self.live)


class NothingToServeError(Exception):
    """No network has been imported yet."""
