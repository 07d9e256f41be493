"""On-demand services that feeds tell of (GTFS-Flex) and nobody dispatches here: offered by their areas, hours and
booking rules, and booked with their operators. Whether a seat is left, only they know.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from mobility.journeys.flexible import FlexAsk, FlexibleLegs, FlexOffer, FlexOffers
from mobility.journeys.on_demand.halts import Hail, ServiceMap, lay_service, list_days
from mobility.journeys.on_demand.live_fleet import NO_ON_DEMAND, LiveFleet
from mobility.journeys.on_demand.offers import DispatchedLegs, Ground, Way, read_rules, spread
from mobility.journeys.street_times import Going, StreetTimes
from mobility.journeys.view import Recent, View
from on_demand.area import Point
from on_demand.calendar import IsHoliday
from on_demand.service import FlexTrip, Promise, Service
from on_demand.service_areas import ServiceAreas
from on_demand.service_windows import TravelWindow, WhyNot
from routing.timetable import Mode

NEAR_DEGREES = 0.02
"""A place so far from all of a service's areas is not on its way: stops within a walk are nearer."""

_USUAL = Promise()


class CarDrives:
    """Fills `on_demand.ports.Drives` by the streets of a network."""

    def __init__(self, streets: StreetTimes) -> None:
        self._streets = streets

    def times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        return self._streets.travel_times(Going("CAR"), origins, destinations).duration_s


class PublishedLegs:
    """Fills `FlexibleLegs` from a network's own `flex`. Services are laid on the network when they are first near."""

    def __init__(self, services: Sequence[Service], view: View, is_holiday: IsHoliday) -> None:
        self._services, self._view, self._is_holiday = services, view, is_holiday
        self._ways = DispatchedLegs(
            Ground((), view.streets), LiveFleet(NO_ON_DEMAND, CarDrives(view.streets))
        )
        self._maps: Recent[int, ServiceMap] = Recent(max(1, len(services)))
        west, south, east, north = np.array([ServiceAreas(service).bounds for service in services]).T
        self._tree = shapely.STRtree(
            shapely.box(west - NEAR_DEGREES, south - NEAR_DEGREES, east + NEAR_DEGREES, north + NEAR_DEGREES)
        )

    def list_offers(self, ask: FlexAsk) -> FlexOffers:
        """All that sets out in the span of time. Nothing for a wheelchair: feeds do not say whether it is taken."""
        if ask.wheelchair:
            return FlexOffers()
        starts, ends = self._find_near(ask.origin), self._find_near(ask.destination)
        access: list[FlexOffer] = []
        egress: list[FlexOffer] = []
        direct: list[FlexOffer] = []
        for number in sorted(starts | ends):
            on = self._maps.get(number, lambda number=number: self._lay(number))  # type: ignore[misc]
            days = list_days(on.service, ask.from_s, ask.to_s)
            if number in starts:
                for way in self._ways.list_ways(on, ask, egress=False):
                    access += _offer_way(on, way, ask, days, at_destination=False)
            if number in ends:
                for way in self._ways.list_ways(on, ask, egress=True):
                    egress += _offer_way(on, way, ask, days, at_destination=True)
            if number in starts and number in ends:
                for way in self._ways.list_direct(on, ask):
                    direct += _offer_way(on, way, ask, days, at_destination=False)
        return FlexOffers(tuple(access), tuple(egress), tuple(direct))

    def _find_near(self, place: tuple[float, float]) -> set[int]:
        lat, lon = place
        return set(np.asarray(self._tree.query(shapely.Point(lon, lat))).tolist())

    def _lay(self, number: int) -> ServiceMap:
        return lay_service(self._services[number], self._view, self._is_holiday)


def publish_services(view: View, is_holiday: IsHoliday) -> FlexibleLegs | None:
    """What the feeds of a network tell of; None: nothing."""
    services = view.network.flex
    return PublishedLegs(services, view, is_holiday) if services else None


def ride_s(trip: FlexTrip, direct_s: int) -> int:
    """How long a ride takes that takes `direct_s` without others: what 95 % of rides keep, where the feed says so; else
    the mean it gives; else as long as rides promised here are at most by default."""
    if (trip.safe_factor, trip.safe_offset_s) != (1.0, 0.0):
        told_s = trip.safe_factor * direct_s + trip.safe_offset_s
    elif (trip.mean_factor, trip.mean_offset_s) != (1.0, 0.0):
        told_s = trip.mean_factor * direct_s + trip.mean_offset_s
    else:
        return _USUAL.ride_s_max(direct_s)
    return max(direct_s, round(told_s))


def _offer_way(
    on: ServiceMap, way: Way, ask: FlexAsk, days: Sequence[dt.date], *, at_destination: bool
) -> Iterator[FlexOffer]:
    for day in days:
        windows = on.list_windows(way.origin.place, way.destination.place, day)
        if windows is WhyNot.OUTSIDE_ZONE:
            return
        for window in () if isinstance(windows, WhyNot) else windows:
            offer = _offer(on, way, window, at_destination)
            if offer is not None and offer.open_s <= ask.to_s and offer.close_s >= ask.from_s:
                yield from spread(offer, way.halt)


def _offer(on: ServiceMap, way: Way, window: TravelWindow, at_destination: bool) -> FlexOffer | None:
    """One window of a way, from when until when one leaves the door (the coach or train)."""
    lead_s, rides_s = way.origin.walk_s, ride_s(window.trip, way.direct_s)
    open_s = max(window.pickup_open_s, window.drop_open_s - rides_s) - lead_s
    close_s = min(window.pickup_close_s, window.drop_close_s - rides_s) - lead_s
    if open_s > close_s:
        return None
    rules = read_rules(on.service, window, on)
    booking = rules.booking
    opens_s = booking.earliest_s
    if rules.longest_s is not None:
        opens_s = max(close_s + lead_s - rules.longest_s, opens_s or 0)
    area_id = window.trip.rows[window.to_row if at_destination else window.from_row].area_id
    return FlexOffer(
        mode=Mode.FLEX,
        service=on.service.name,
        zone_id=area_id,
        zone=on.area_names.get(area_id) or on.service.name,
        open_s=open_s,
        close_s=close_s,
        duration_s=lead_s + rides_s + way.destination.walk_s,
        distance_m=way.distance_m + way.origin.walk_m + way.destination.walk_m,
        booking=replace(
            booking,
            notice_s=max(booking.notice_s - lead_s, 0),
            earliest_s=opens_s,
            message=_say_stops(way.origin, way.destination) + booking.message,
        ),
        stop=-1 if way.halt is None else way.halt.stops[0],
    )


def _say_stops(start: Hail, end: Hail) -> str:
    """Where the vehicle comes and brings one to, when it only stops at stops."""
    if not start.walk_s and not end.walk_s:
        return ""
    return f"{start.place.name} → {end.place.name}. "
