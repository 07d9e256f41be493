"""What is about to be shown is put to the tours: each ride of each journey, one after the other, by the same insertion
that books it. What fits is promised, with a signed quote; what does not is tried a little earlier or later.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from mobility.journeys.ends import End
from mobility.journeys.flexible import FlexibleLegs, FlexOffer, FlexOffers
from mobility.journeys.on_demand.dispatched import DispatchedRide
from mobility.journeys.on_demand.live_fleet import LiveFleet
from mobility.journeys.on_demand.offers import DispatchedLegs, LiveLegs
from mobility.journeys.question import Question
from mobility.journeys.runs import get_run
from mobility.journeys.serving import Serving
from mobility.journeys.view import View
from on_demand.booking import Connection, ConnectionKind, Party
from on_demand.insertion import NoRoom, NoRoomReason, Placement
from on_demand.quote import make_quote
from on_demand.tour import Request
from routing.journey import OUTSIDE, Journey, Leg, Ride, Walk

STEP_S = 300
TRIES = 8
"""What does not fit is tried so many times more, each time so much earlier (later, once one is off a train)."""


@dataclass(frozen=True, slots=True)
class PromisedRide:
    """A ride there is room for."""

    offer: FlexOffer
    ride: DispatchedRide
    request: Request
    placement: Placement
    set_out_s: int
    """When one leaves the door (gets off), `ride.lead_s` before the instant it is promised for."""
    quote: str
    expires_s: int
    fare_cents: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A ride there is no room for, at the instants tried."""

    offer: FlexOffer
    first_s: int
    last_s: int
    """The first and the last of the instants, in order of time."""
    reason: NoRoomReason


Promised = Mapping[int, PromisedRide]
"""By index of the leg."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A journey all of whose rides there is room for."""

    journey: Journey
    promised: Promised


@dataclass(frozen=True, slots=True)
class Span:
    """A journey may be moved within: it leaves at `from_s` or later and arrives by `to_s`."""

    from_s: int
    to_s: int


@dataclass(eq=False)
class Desk:
    """Of one question: knows the traveller's fleet, and what was refused."""

    view: View
    fleet: LiveFleet | None
    """None: nothing is dispatched here."""
    booked_s: int
    party: Party
    legs: DispatchedLegs | None = None
    between: Mapping[str, FlexOffer] = field(default_factory=dict)
    """Rides laid over the network between two of its stops, by their key."""

    def promise_journey(
        self, journey: Journey, offers: FlexOffers, ends: tuple[End, End], span: Span
    ) -> Kept | Refused:
        """The journey with its rides promised, moved a little if need be."""
        if self.fleet is None:
            return Kept(journey, {})
        fleet, legs, promised = self.fleet, list(journey.legs), {}
        rides = [
            (index, leg, offer)
            for index, leg in enumerate(journey.legs)
            if (offer := self.find_offer(leg, offers, ends)) is not None and offer.ride is not None
        ]
        for index, leg, offer in rides:
            sets_out = list(self._list_set_outs(offer, legs, index, span))
            found = self._find(fleet, offer, sets_out, f"offered {index}")
            if isinstance(found, Refused):
                return found
            set_out_s, request, placement = found
            if index != rides[-1][0]:
                fleet = fleet.with_placement(placement)
            connection = self._find_connection(legs, index)
            promised[index] = self._promise(offer, request, placement, set_out_s, connection)
            if isinstance(leg, Walk):
                legs[index] = leg._replace(departure_s=set_out_s, arrival_s=set_out_s + offer.duration_s)
        moved = journey._replace(
            legs=tuple(legs), departure_s=legs[0].departure_s, arrival_s=legs[-1].arrival_s
        )
        return Kept(moved if promised else journey, promised)

    def promise_direct(self, offer: FlexOffer, sets_out: list[int]) -> PromisedRide | Refused:
        """An offer from door to door, setting out at the first instant that fits."""
        assert self.fleet is not None
        found = self._find(self.fleet, offer, sets_out)
        if isinstance(found, Refused):
            return found
        set_out_s, request, placement = found
        return self._promise(offer, request, placement, set_out_s, None)

    def explain_refusal(self, offer: FlexOffer, set_out_s: int) -> Refused:
        """Why an offer from door to door did not fit at an instant."""
        assert self.fleet is not None
        found = self._find(self.fleet, offer, [set_out_s])
        reason = found.reason if isinstance(found, Refused) else NoRoomReason.NO_TIME
        return Refused(offer, set_out_s, set_out_s, reason)

    def find_offer(self, leg: Leg, offers: FlexOffers, ends: tuple[End, End]) -> FlexOffer | None:
        """What a leg is, if it is a flexible one."""
        if isinstance(leg, Walk):
            return offers.find_offer(leg, *ends)
        extra = leg.trip - len(self.view.timetable.trip_mode)
        laid = self.between.get(self.view.planner.overlay.extras[extra].key) if extra >= 0 else None
        if laid is None or laid.ride is None:
            return None
        ride = replace(laid.ride, party=self.party)
        return replace(laid, ride=ride, duration_s=ride.duration_s)

    def is_sensible(self, journey: Journey, offers: FlexOffers, ends: tuple[End, End]) -> bool:
        """Whether there is a coach or train in it, no two rides on demand follow each other, and none of its services
        would bring one all the way in that time: one ride alone would do."""
        was_on_demand, has_vehicle = False, False
        services = set()
        for leg in journey.legs:
            offer = self.find_offer(leg, offers, ends)
            is_on_demand = offer is not None and offer.ride is not None
            if offer is not None and offer.ride is not None:
                services.add(offer.ride.service.id)
            if is_on_demand and was_on_demand:
                return False
            if is_on_demand or isinstance(leg, Ride):
                was_on_demand = is_on_demand
            has_vehicle = has_vehicle or (isinstance(leg, Ride) and not is_on_demand)
        return has_vehicle and not any(
            offer.ride is not None
            and offer.ride.service.id in services
            and journey.departure_s <= offer.close_s
            and max(offer.open_s, journey.departure_s) + offer.duration_s <= journey.arrival_s
            for offer in (offers.direct if services else ())
        )

    def _find(
        self, fleet: LiveFleet, offer: FlexOffer, sets_out: list[int], request_id: str = "offered"
    ) -> tuple[int, Request, Placement] | Refused:
        assert offer.ride is not None
        reason: NoRoomReason | None = None
        for set_out_s in sets_out:
            request = offer.ride.make_request(set_out_s, request_id)
            if request is None:
                continue
            found = fleet.find(offer.ride.service, request, self.booked_s)
            if not isinstance(found, NoRoom):
                return set_out_s, request, found
            reason = reason or found.reason
        tried = sets_out or [offer.open_s]
        return Refused(offer, min(tried), max(tried), reason or NoRoomReason.NO_TIME)

    def _list_set_outs(self, offer: FlexOffer, legs: list[Leg], index: int, span: Span) -> Iterator[int]:
        """When it may be tried: as the planner has it, then a little earlier on the way to a vehicle, or a little
        later on the way from one."""
        leg = legs[index]
        if isinstance(leg, Ride):
            bounds, step_s = (offer.open_s, min(offer.close_s, _latest_s(legs, index, offer, span))), STEP_S
        elif leg.from_stop == OUTSIDE:
            bounds, step_s = (max(offer.open_s, span.from_s), leg.departure_s), -STEP_S
        else:
            bounds = leg.departure_s, min(offer.close_s, span.to_s - offer.duration_s)
            step_s = STEP_S
        first_s = bounds[0] if step_s > 0 else bounds[1]
        for number in range(TRIES + 1):
            at_s = first_s + number * step_s
            if bounds[0] <= at_s <= bounds[1]:
                yield at_s

    def _promise(
        self,
        offer: FlexOffer,
        request: Request,
        placement: Placement,
        set_out_s: int,
        connection: Connection | None,
    ) -> PromisedRide:
        ride = offer.ride
        assert ride is not None
        assert self.fleet is not None
        expires_s = self.booked_s + self.fleet.known.quote_s
        ends = ride.origin.place, ride.destination.place
        version = placement.day.version - 1
        quote = make_quote(
            ride.service,
            ride.party,
            ends,
            ride.direct_s,
            request,
            placement,
            version,
            expires_s,
            connection,
        )
        token = self.fleet.known.sign(quote)
        return PromisedRide(offer, ride, request, placement, set_out_s, token, expires_s, quote.fare_cents)

    def _find_connection(self, legs: list[Leg], index: int) -> Connection | None:
        """The coach or train a ride waits for, else the one it brings one to."""
        before = next((leg for leg in reversed(legs[:index]) if isinstance(leg, Ride)), None)
        if before is not None:
            return self._describe(before, ConnectionKind.FROM)
        after = next((leg for leg in legs[index + 1 :] if isinstance(leg, Ride)), None)
        return self._describe(after, ConnectionKind.ONTO) if after is not None else None

    def _describe(self, ride: Ride, kind: ConnectionKind) -> Connection:
        run = get_run(self.view, ride.trip, ride.service_day, ride.shift_s)
        position = ride.alight if kind is ConnectionKind.FROM else ride.board
        (call,) = run.list_calls(position, position)
        planned_s, expected_s = (
            (call.planned_arrival_s, call.arrival_s)
            if kind is ConnectionKind.FROM
            else (call.planned_departure_s, call.departure_s)
        )
        stop_id = str(self.view.words().place(call.stop).get("stopId", ""))
        return Connection(kind, run.write_token(), stop_id, planned_s, expected_s)


def open_desk(serving: Serving, question: Question) -> tuple[FlexibleLegs, Desk]:
    """Who is asked for flexible legs, and who promises them: both of one state, taken now."""
    booked_s = int(time.time()) if question.booked_s is None else question.booked_s
    taken = serving.flexible.now() if isinstance(serving.flexible, LiveLegs) else None
    fleet = None if taken is None else taken.fleet
    desk = Desk(serving.view, fleet, booked_s, question.party, taken, serving.between)
    return taken or serving.flexible, desk


def _latest_s(legs: list[Leg], index: int, offer: FlexOffer, span: Span) -> int:
    """When one may set out at the latest between two vehicles, so as to reach what comes after."""
    walked_s = 0
    for leg in legs[index + 1 :]:
        if isinstance(leg, Ride):
            return leg.departure_s - walked_s - offer.duration_s
        walked_s += leg.arrival_s - leg.departure_s
    return span.to_s - walked_s - offer.duration_s
