"""Services with a live fleet on the network that is served: laid anew when services or the network change, not when
somebody books."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from gtfs_feeds.realtime.live_trip import LiveTrip
from mobility.journeys.flexible import NO_FLEXIBLE_LEGS
from mobility.journeys.on_demand.between import Between, Timetables, lay_between
from mobility.journeys.on_demand.drives import StreetDrives
from mobility.journeys.on_demand.halts import lay_service
from mobility.journeys.on_demand.live_fleet import LiveFleet, OnDemand
from mobility.journeys.on_demand.offers import Ground, LiveLegs
from mobility.journeys.serving import Serving
from mobility.journeys.view import View
from on_demand.calendar import IsHoliday
from on_demand.service import Service


class KnowsOnDemand(Protocol):
    """Keeps what was read last (`mobility.jobs.watch_on_demand`)."""

    known: OnDemand


@dataclass(eq=False)
class LaidServices:
    """The services on one network."""

    view: View
    services: tuple[Service, ...]
    legs: LiveLegs
    times: Timetables

    def lay_between(self, trips: Iterable[LiveTrip], now_s: int) -> Between:
        """Their rides from station to station, by what is known now."""
        return lay_between(self.legs, self.times, trips, now_s)


def lay_services(
    before: LaidServices | None, base: Serving, source: KnowsOnDemand, is_holiday: IsHoliday
) -> LaidServices | None:
    """What was laid before, if nothing changed; None: there is no service. `base`: the network as planned."""
    known = source.known
    if not known.services:
        return None
    if before is not None and before.view.network is base.network and before.services == known.services:
        return before
    view = base.view
    maps = tuple(lay_service(service, view, is_holiday) for service in known.services)
    fleet = LiveFleet(known, StreetDrives(view.streets))
    others = None if base.flexible is NO_FLEXIBLE_LEGS else base.flexible
    legs = LiveLegs(Ground(maps, view.streets), lambda: source.known, fleet, others)
    return LaidServices(view, known.services, legs, Timetables(view))
