"""A journey that was found, as prices see it: one `FareLeg` for each vehicle one boards, and what ordering it needs.

What is walked or cycled costs nothing and is no leg here; a way by car has no price that anybody knows. Trips one stays
seated through are one leg, named after the first. Times are the planned ones: real time changes no price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gtfs_feeds.catalogue import stop_name, text
from mobility.journeys.ends import End
from mobility.journeys.flexible import NO_OFFERS, FlexOffers
from mobility.journeys.on_demand.dispatched import DispatchedRide
from mobility.journeys.on_demand.halts import Hail
from mobility.journeys.on_demand.promises import PromisedRide
from mobility.journeys.runs import Run, get_run
from mobility.journeys.view import View
from on_demand.quote import price_cents
from routing.clock import day_start_s
from routing.journey import OUTSIDE, Leg, Ride, Walk
from routing.timetable import Mode
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.journey import CarpoolWish, OnDemandWish
from ticketing.pricing.price import PriceUnknown

PARIS = "Europe/Paris"

FARE_MODES: Mapping[Mode, FareMode] = {
    **dict.fromkeys(
        (
            *(Mode.HIGHSPEED_RAIL, Mode.LONG_DISTANCE, Mode.NIGHT_RAIL),
            *(Mode.REGIONAL_RAIL, Mode.SUBURBAN),
        ),
        FareMode.RAIL,
    ),
    Mode.COACH: FareMode.COACH,
    **dict.fromkeys(
        (Mode.SUBWAY, Mode.TRAM, Mode.BUS, Mode.FERRY, Mode.FUNICULAR, Mode.AERIAL_LIFT), FareMode.CITY
    ),
    **dict.fromkeys((Mode.ODM, Mode.FLEX), FareMode.ON_DEMAND),
    Mode.RIDE_SHARING: FareMode.CARPOOL,
}
"""How tariffs tell vehicles; those that are missing have none."""


@dataclass(frozen=True, slots=True)
class FareLegs:
    """A journey's legs for prices, in order; (): nothing is ridden."""

    legs: tuple[FareLeg, ...]
    carpool: tuple[CarpoolWish, ...] = ()
    on_demand: tuple[OnDemandWish, ...] = ()
    expires_s: int | None = None
    """The first of its quotes to expire; None: it has none."""
    is_bookable: bool = True
    """Everything that must be booked can be."""


@dataclass(frozen=True, slots=True)
class LegReader:
    """Reads the journeys of one answer."""

    view: View
    ends: tuple[End, End]
    zone_of: Mapping[str, str]
    """`stops.zone_id` by merged id."""
    flexible: FlexOffers = NO_OFFERS

    def read(self, legs: Sequence[Leg], promised: Mapping[int, PromisedRide]) -> FareLegs | PriceUnknown:
        """The legs of a journey; or why nobody can price it."""
        found: list[FareLeg] = []
        carpool: list[CarpoolWish] = []
        rides: list[PromisedRide] = []
        quotes: list[OnDemandWish] = []
        is_bookable = True
        for index, leg in enumerate(legs):
            if index in promised:
                rides.append(promised[index])
                quotes.append(OnDemandWish(len(found), promised[index].quote))
                found.append(self._promised_leg(promised[index], leg))
                continue
            if isinstance(leg, Walk):
                way = self._read_walk(leg, len(found))
                if isinstance(way, PriceUnknown):
                    return way
                found += [] if way is None else [way]
                continue
            run = get_run(self.view, leg.trip, leg.service_day, leg.shift_s)
            fare_leg = self._ride_leg(run, leg)
            if fare_leg is None:
                return _no_tariff_for(len(found))
            if leg.stay_seated and found:
                joined = _join(found[-1], fare_leg)
                if joined is None:
                    return _seated_between_operators(len(found) - 1)
                found[-1] = joined
                continue
            if run.offered is not None:
                calls = run.offered.ride.calls
                at = calls[leg.board].stop_id, calls[leg.alight].stop_id
                carpool.append(CarpoolWish(len(found), run.offered.ride.id, *at))
                booked_s = self.view.live.booked_s
                is_bookable &= booked_s <= run.offered.deadline_s(leg.board)
                is_bookable &= run.offered.seats_left(leg.board, leg.alight) > 0
            found.append(fare_leg)
        expires_s = min((ride.expires_s for ride in rides), default=None)
        return FareLegs(tuple(found), tuple(carpool), tuple(quotes), expires_s, is_bookable)

    def read_door(self, promised: PromisedRide) -> FareLegs:
        """A ride on demand from door to door."""
        leg = self._promised_leg(promised, None)
        return FareLegs((leg,), (), (OnDemandWish(0, promised.quote),), promised.expires_s)

    # ── one leg ────────────────────────────────────────────────────────────────────────────────────────

    def _ride_leg(self, run: Run, ride: Ride) -> FareLeg | None:
        """None: no tariff knows such vehicles."""
        if run.extra is not None:
            return self._make_ride_leg(run, ride)
        key = ride.trip, ride.service_day.toordinal(), ride.shift_s, ride.board, ride.alight
        return self.view.fare_leg(key, lambda: self._make_ride_leg(run, ride))

    def _make_ride_leg(self, run: Run, ride: Ride) -> FareLeg | None:
        mode = FARE_MODES.get(Mode(run.mode))
        if mode is None:
            return None
        stops, departure_s, arrival_s = self._plan_of(run, ride)
        zones = tuple([self._stop(stop).zone_id for stop in stops]) if self.zone_of else ()
        fixed_cents = None
        if run.offered is not None:
            feed_id, agency_id = "", ""
            route_id, trip_id = run.offered.line.id, run.offered.ride.id
            fare = run.offered.fare(ride.board)
            if fare is not None and fare.currency == "EUR":
                fixed_cents = fare.fare_cents
        else:
            catalogue, model = self.view.catalogue, run.model
            feed_id, agency_id, route_id = self._route_ids(run)
            trip_id = text(catalogue, int(catalogue.trip_id_text[model])) if model >= 0 else ""
        return FareLeg(
            mode,
            self._stop(stops[0]),
            self._stop(stops[-1]),
            departure_s,
            arrival_s,
            round(run.line(ride.board, ride.alight).length_m),
            feed_id,
            agency_id,
            route_id,
            trip_id,
            zones if any(zones) else (),
            fixed_cents,
            ride.service_day.isoformat(),
        )

    def _route_ids(self, run: Run) -> tuple[str, str, str]:
        """Of its feed, agency and route."""
        catalogue, route = self.view.catalogue, run.route
        if route < 0:
            return text(catalogue, int(catalogue.feed_id_text[run.feed])), "", ""
        return self.view.route_ids(route)

    def _plan_of(self, run: Run, ride: Ride) -> tuple[list[int], int, int]:
        """The planned stops of its calls, and when it is planned to leave the first and to reach the last."""
        if run.extra is not None:
            calls = run.list_calls(ride.board, ride.alight)
            stops = [call.planned_stop for call in calls]
            return stops, calls[0].planned_departure_s, calls[-1].planned_arrival_s
        timetable = self.view.timetable
        first = int(timetable.pattern_first[int(timetable.trip_pattern[ride.trip])])
        stops = timetable.pattern_stop[first + ride.board : first + ride.alight + 1].tolist()
        zone = self.view.network.info.zones[int(timetable.trip_zone[ride.trip])]
        start_s = day_start_s(ride.service_day, zone) + ride.shift_s
        event = int(timetable.trip_first_event[ride.trip])
        departure_s = start_s + int(timetable.event_departure_s[event + ride.board])
        return stops, departure_s, start_s + int(timetable.event_arrival_s[event + ride.alight])

    def _promised_leg(self, promised: PromisedRide, leg: Leg | None) -> FareLeg:
        request, at = promised.request, (OUTSIDE, OUTSIDE) if leg is None else (leg.from_stop, leg.to_stop)
        span_s = request.pickup_open_s, request.drop_close_s
        return self._on_demand_leg(promised.ride, span_s, promised.offer.distance_m, at)

    def _on_demand_leg(
        self, ride: DispatchedRide, span_s: tuple[int, int], distance_m: float, at: tuple[int, int]
    ) -> FareLeg:
        """`at`: the stops of the network at its ends, or OUTSIDE."""
        hails = ride.origin, ride.destination
        origin, destination = (
            self._hail(hail, end.name, stop) for hail, end, stop in zip(hails, self.ends, at, strict=True)
        )
        fare = ride.service.fare
        return FareLeg(
            FareMode.ON_DEMAND,
            origin,
            destination,
            *span_s,
            round(distance_m),
            route_id=ride.service.id,
            fixed_cents=price_cents(ride.service, ride.party)
            if fare is not None and fare.currency == "EUR"
            else None,
        )

    def _read_walk(self, walk: Walk, index: int) -> FareLeg | PriceUnknown | None:
        """A ride on demand that is not promised yet, or why a way has no price; None: it costs nothing."""
        if walk.offer < 0:
            return None if self._mode_of(walk) in ("WALK", "BIKE") else own_car(index)
        offer = self.flexible.find_offer(walk, *self.ends)
        if offer is None:
            return None
        if offer.ride is None:
            return not_priced_here(offer.service, index)
        span_s = walk.departure_s, walk.arrival_s
        return self._on_demand_leg(offer.ride, span_s, offer.distance_m, (walk.from_stop, walk.to_stop))

    def _mode_of(self, walk: Walk) -> str:
        for end, here, stop in (
            (self.ends[0], walk.from_stop, walk.to_stop),
            (self.ends[1], walk.to_stop, walk.from_stop),
        ):
            if here == OUTSIDE and stop in end.approaches:
                return end.approaches[stop].mode
        return "WALK"

    # ── stops ──────────────────────────────────────────────────────────────────────────────────────────

    def _stop_id(self, stop: int) -> str:
        return text(self.view.catalogue, int(self.view.catalogue.stop_id_text[stop]))

    def _stop(self, stop: int) -> FareStop:
        return self.view.fare_stop(stop, lambda: self._make_stop(stop))

    def _make_stop(self, stop: int) -> FareStop:
        catalogue, timetable = self.view.catalogue, self.view.timetable
        stop_id, parent = self._stop_id(stop), int(timetable.stop_parent[stop])
        lat, lon = float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop])
        is_placed = lat == lat and lon == lon
        is_station = int(catalogue.stop_location_type[stop]) == 1
        return FareStop(
            stop_id,
            stop_name(catalogue, stop),
            self._stop_id(parent) if parent >= 0 else stop_id if is_station else "",
            self.zone_of.get(stop_id, ""),
            text(catalogue, int(catalogue.stop_zone_text[stop])) or PARIS,
            lat if is_placed else None,
            lon if is_placed else None,
        )

    def _hail(self, hail: Hail, name: str, stop: int) -> FareStop:
        """Where a vehicle on demand stops: at a stop of the network, or at a place."""
        if stop != OUTSIDE and not hail.walk_s:
            return self._stop(stop)
        at = hail.place.at
        return FareStop("", hail.place.name or name, lat=at.lat, lon=at.lon)


def _join(first: FareLeg, second: FareLeg) -> FareLeg | None:
    """Two trips of one vehicle as one leg, named after the first; None: they are not one operator's."""
    if (first.feed_id, first.agency_id, first.mode) != (second.feed_id, second.agency_id, second.mode):
        return None
    return replace(
        first,
        destination=second.destination,
        arrival_s=second.arrival_s,
        distance_m=first.distance_m + second.distance_m,
        zone_ids=(*first.zone_ids, *second.zone_ids[1:]),
    )


# ── why there is no price ──────────────────────────────────────────────────────────────────────────────


def not_priced_here(service: str, index: int) -> PriceUnknown:
    """A ride that is booked with somebody else, who does not say what it costs."""
    return PriceUnknown(
        (index,),
        f"{service} ne publie pas ici son prix : renseignez-vous en réservant.",
        f"{service} does not publish its price here: ask when booking.",
    )


def own_car(*legs: int) -> PriceUnknown:
    """A way by one's own car."""
    return PriceUnknown(
        legs,
        "Ce que coûtent la voiture et son stationnement n’est pas connu.",
        "What the car and its parking cost is not known.",
    )


def _no_tariff_for(index: int) -> PriceUnknown:
    return PriceUnknown(
        (index,),
        "Aucun tarif n’est connu pour ce mode de transport.",
        "No tariff is known for this kind of vehicle.",
    )


def _seated_between_operators(index: int) -> PriceUnknown:
    return PriceUnknown(
        (index,),
        "Le véhicule passe d’un transporteur à un autre en cours de route : son tarif n’est pas connu.",
        "The vehicle goes over from one operator to another on the way: its fare is not known.",
    )


def map_to_shown(shown: Iterable[Mapping[str, object]]) -> list[list[int]]:
    """By fare leg, the numbers of the legs of an itinerary that show it."""
    numbers: list[list[int]] = []
    for number, leg in enumerate(shown):
        if leg["mode"] in ("WALK", "BIKE", "CAR"):
            continue
        if leg.get("interlineWithPreviousLeg") and numbers:
            numbers[-1].append(number)
        else:
            numbers.append([number])
    return numbers
