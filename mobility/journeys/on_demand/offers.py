"""What services with a live fleet offer to, from and between two places: filtered by area, hours, deadline and whether
any vehicle has room for the party at all. Whether a ride really fits is asked of the few that are about to be shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from mobility.journeys.flexible import Booking, FlexAsk, FlexibleLegs, FlexOffer, FlexOffers
from mobility.journeys.on_demand.dispatched import DispatchedRide
from mobility.journeys.on_demand.halts import Hail, Halt, ServiceMap, list_days
from mobility.journeys.on_demand.live_fleet import LiveFleet, OnDemand
from mobility.journeys.street_times import DETOUR_FACTOR, StreetTimes, distance_between_m
from mobility.journeys.view import Recent
from on_demand.area import Point
from on_demand.booking import Party
from on_demand.booking_rules import BookingRule, BookingSpan, BookingType, span
from on_demand.promise import stop_s
from on_demand.service import Service
from on_demand.service_windows import TravelWindow, WhyNot
from routing.timetable import Mode

HALTS_MAX = 4
"""So many stations of a service are offered to (from) a place, the quickest to drive to."""

OTHERS_MAX = 2
"""And so many other stops."""


@dataclass(frozen=True, slots=True)
class Way:
    """From a hail to a hail; `halt` None: to neither is one brought for a coach or train."""

    origin: Hail
    destination: Hail
    direct_s: int
    distance_m: float
    halt: Halt | None = None


PlaceKey = tuple[str, float, float, str, bool, bool]


@dataclass(frozen=True, eq=False)
class Ground:
    """The services on the streets and stops of one network, and what was found of places asked for lately."""

    maps: tuple[ServiceMap, ...]
    streets: StreetTimes
    hails: Recent[PlaceKey, tuple[Hail, ...]] = field(default_factory=lambda: Recent(4096))
    ways: Recent[PlaceKey, tuple[Way, ...]] = field(default_factory=lambda: Recent(4096))
    direct: Recent[tuple[Hail, Hail, str], Way | None] = field(default_factory=lambda: Recent(4096))


@dataclass(frozen=True, eq=False)
class DispatchedLegs:
    """Fills `FlexibleLegs` from one state of the fleet; `others` are offered beside."""

    ground: Ground
    fleet: LiveFleet
    others: FlexibleLegs | None = None

    def list_offers(self, ask: FlexAsk) -> FlexOffers:
        """All that sets out in the span of time, too late to book as well."""
        found = [self.others.list_offers(ask)] if self.others is not None else []
        found += [self._list_offers(one, ask) for one in self.ground.maps]
        return FlexOffers(
            tuple(offer for one in found for offer in one.access),
            tuple(offer for one in found for offer in one.egress),
            tuple(offer for one in found for offer in one.direct),
            tuple(offer for one in found for offer in one.too_late),
        )

    def list_hails(self, on: ServiceMap, ask: FlexAsk, *, egress: bool) -> tuple[Hail, ...]:
        """Where a service fetches one (brings one to, with `egress`)."""
        (lat, lon), name = (
            (ask.destination, ask.destination_name) if egress else (ask.origin, ask.origin_name)
        )
        key = on.service.id, lat, lon, name, ask.wheelchair, egress
        return self.ground.hails.get(
            key,
            lambda: on.list_hails(
                self.ground.streets, Point(lat, lon), name, wheelchair=ask.wheelchair, egress=egress
            ),
        )

    def list_ways(self, on: ServiceMap, ask: FlexAsk, *, egress: bool) -> tuple[Way, ...]:
        """To (from) the stops of the network, whenever."""
        hails = self.list_hails(on, ask, egress=egress)
        if not hails:
            return ()
        lat, lon = ask.destination if egress else ask.origin
        key = on.service.id, lat, lon, "", ask.wheelchair, egress
        return self.ground.ways.get(key, lambda: self._measure_ways(on, hails, egress))

    def list_direct(self, on: ServiceMap, ask: FlexAsk) -> tuple[Way, ...]:
        """From door to door, whenever."""
        ways = [
            self.ground.direct.get((start, end, on.service.id), partial(self._measure, start, end))
            for start in self.list_hails(on, ask, egress=False)
            for end in self.list_hails(on, ask, egress=True)
        ]
        return tuple(way for way in ways if way is not None)

    def _measure_ways(self, on: ServiceMap, hails: Sequence[Hail], egress: bool) -> tuple[Way, ...]:
        """The few halts worth it, by driving time."""
        places, stops = [hail.place.at for hail in hails], [halt.hail.place.at for halt in on.halts]
        if not stops:
            return ()
        drives = self.fleet.drives
        times = drives.times_s(stops, places).T if egress else drives.times_s(places, stops)
        found: list[Way] = []
        for row, hail in enumerate(hails):
            for column, halt in enumerate(on.halts):
                direct_s = int(times[row, column])
                if direct_s <= 0:
                    continue
                ends = (halt.hail, hail) if egress else (hail, halt.hail)
                found.append(Way(*ends, direct_s, _metres(*ends), halt))
        found.sort(key=lambda way: way.direct_s + way.origin.walk_s + way.destination.walk_s)
        kept: dict[str, Way] = {}
        counts = {True: HALTS_MAX, False: OTHERS_MAX}
        for way in found:
            assert way.halt is not None
            stop_id = way.halt.hail.place.stop_id
            if stop_id not in kept and counts[way.halt.is_connection] > 0:
                kept[stop_id] = way
                counts[way.halt.is_connection] -= 1
        return tuple(kept.values())

    def _measure(self, start: Hail, end: Hail) -> Way | None:
        direct_s = int(self.fleet.drives.times_s([start.place.at], [end.place.at])[0, 0])
        return Way(start, end, direct_s, _metres(start, end)) if direct_s > 0 else None

    def _list_offers(self, on: ServiceMap, ask: FlexAsk) -> FlexOffers:
        days = list_days(on.service, ask.from_s, ask.to_s)

        def offers(ways: Iterable[Way], egress: bool | None) -> tuple[FlexOffer, ...]:
            return tuple(
                offer for way in ways for offer in self._offer_way(on, way, ask, days, egress) if offer
            )

        return FlexOffers(
            offers(self.list_ways(on, ask, egress=False), False),
            offers(self.list_ways(on, ask, egress=True), True),
            offers(self.list_direct(on, ask), None),
        )

    def _offer_way(
        self, on: ServiceMap, way: Way, ask: FlexAsk, days: Sequence[dt.date], egress: bool | None
    ) -> Iterable[FlexOffer]:
        latest_s = ask.to_s + way.origin.walk_s + on.service.promise.connection_s
        for windows in on.list_windows_by_day(way.origin.place, way.destination.place, days):
            if isinstance(windows, WhyNot):
                if windows is WhyNot.OUTSIDE_ZONE:
                    return
                continue
            for window in windows:
                if window.pickup_close_s < ask.from_s or window.pickup_open_s > latest_s:
                    continue
                span_s = self.fleet.find_span(on.service.id, window, ask.party)
                offer = None if span_s is None else make_offer(on, way, window, ask, span_s, egress)
                if offer is not None:
                    yield from spread(offer, way.halt)


def make_offer(
    on: ServiceMap,
    way: Way,
    window: TravelWindow,
    ask: FlexAsk,
    span_s: tuple[int, int],
    egress: bool | None,
) -> FlexOffer | None:
    """A window as an offer: from when until when one may set out, as far as any vehicle is on the road. `egress` None:
    from door to door."""
    ride = make_ride(on.service, way, window, ask.party, egress)
    open_s, close_s = list_bounds(ride, span_s)
    rules = read_rules(on.service, window, on)
    if rules.longest_s is not None:
        close_s = min(close_s, ask.booked_s + rules.longest_s)
    if rules.booking.earliest_s is not None and ask.booked_s < rules.booking.earliest_s:
        return None
    open_s, close_s = max(open_s - ride.lead_s, ask.from_s), min(close_s - ride.lead_s, ask.to_s)
    if open_s > close_s:
        return None
    stop = -1 if way.halt is None else way.halt.stops[0]
    return make_booking(on, ride, open_s, close_s, way.distance_m, bool(egress), stop)


def make_ride(
    service: Service, way: Way, window: TravelWindow, party: Party, egress: bool | None
) -> DispatchedRide:
    """A way within a window, with what is walked and kept free for the connection."""
    wait_s = service.promise.connection_s
    lead_s = way.origin.walk_s + (wait_s if egress else 0)
    tail_s = way.destination.walk_s + (wait_s if egress is False else 0)
    return DispatchedRide(service, window, way.origin, way.destination, party, way.direct_s, lead_s, tail_s)


def make_booking(
    on: ServiceMap,
    ride: DispatchedRide,
    open_s: int,
    close_s: int,
    distance_m: float,
    at_destination: bool,
    stop: int = -1,
) -> FlexOffer:
    """A ride as an offer that sets out from `open_s` to `close_s`; named after the area it goes from, or to."""
    window, rules = ride.window, read_rules(ride.service, ride.window, on)
    area_id = window.trip.rows[window.to_row if at_destination else window.from_row].area_id
    booking = rules.booking
    if booking.notice_s and ride.lead_s:
        booking = replace(booking, notice_s=max(booking.notice_s - ride.lead_s, 0))
    return FlexOffer(
        mode=Mode.FLEX,
        service=ride.service.name,
        zone_id=area_id,
        zone=on.area_names.get(area_id, ride.service.name),
        open_s=open_s,
        close_s=close_s,
        duration_s=ride.duration_s,
        distance_m=distance_m,
        booking=booking,
        stop=stop,
        ride=ride,
    )


def list_bounds(ride: DispatchedRide, span_s: tuple[int, int] | None = None) -> tuple[int, int]:
    """The first and the last instant a ride may be promised for within its window."""
    window, promise = ride.window, ride.service.promise
    stands_s = stop_s(promise, ride.party)
    open_s = max(window.pickup_open_s, window.drop_open_s - stands_s - ride.direct_s)
    close_s = min(window.pickup_close_s - promise.window_s, window.drop_close_s - ride.promised_s)
    if span_s is not None:
        open_s, close_s = max(open_s, span_s[0]), min(close_s, span_s[1] - ride.direct_s - 2 * stands_s)
    return open_s, close_s


def spread(offer: FlexOffer, halt: Halt | None) -> Iterable[FlexOffer]:
    """The same offer to (from) each platform of a station."""
    if halt is None:
        return (offer,)
    return [offer if stop == offer.stop else replace(offer, stop=stop) for stop in halt.stops]


@dataclass(frozen=True, slots=True)
class Rules:
    """A window's booking rules as offers have them. `longest_s`: not longer before the pick-up than that."""

    booking: Booking
    longest_s: int | None


def read_rules(service: Service, window: TravelWindow, on: ServiceMap) -> Rules:
    """Both rules of a window, the stricter of the two in everything."""
    key = window.trip.id, window.day, window.from_row, window.to_row
    kept: Rules | None = on.rules.get(key)
    if kept is None:
        kept = on.rules[key] = _read_rules(service, window, on)
    return kept


def _read_rules(service: Service, window: TravelWindow, on: ServiceMap) -> Rules:
    notices, latest, earliest, longest = [0], [], [], []
    for rule in window.rules:
        held = _span_of(rule, service, window, on)
        if rule.type is BookingType.SAME_DAY:
            notices.append(rule.duration_s_min)
            if rule.duration_s_max is not None:
                longest.append(rule.duration_s_max)
        elif held.latest is not None:
            latest.append(int(held.latest.timestamp()))
        if held.earliest is not None:
            earliest.append(int(held.earliest.timestamp()))
    said = next(iter(window.rules), None)
    return Rules(
        Booking(
            max(notices),
            min(latest, default=None),
            max(earliest, default=None),
            (said.phone if said else "") or service.phone,
            (said.booking_url or said.info_url if said else "") or service.url,
            (said.message if said else "") or service.message,
        ),
        min(longest, default=None),
    )


def _span_of(rule: BookingRule, service: Service, window: TravelWindow, on: ServiceMap) -> BookingSpan:
    calendars = {calendar.id: calendar for calendar in service.calendars}
    return span(
        replace(rule, duration_s_max=None), window.day, 0, calendars, on.is_holiday, service.zone_name
    )


def _metres(start: Hail, end: Hail) -> float:
    return distance_between_m(*start.place.at, *end.place.at) * DETOUR_FACTOR


@dataclass(eq=False)
class LiveLegs:
    """The newest state on one network. `current` says what was read last; a request takes `now()` once."""

    ground: Ground
    current: Callable[[], OnDemand]
    fleet: LiveFleet
    others: FlexibleLegs | None = None

    def now(self) -> DispatchedLegs:
        """What there is at this moment, to be kept while a request is answered."""
        known, fleet = self.current(), self.fleet
        if fleet.known is not known:
            fleet = self.fleet = fleet.succeeded_by(known)
        return DispatchedLegs(self.ground, fleet, self.others)

    def list_offers(self, ask: FlexAsk) -> FlexOffers:
        return self.now().list_offers(ask)
