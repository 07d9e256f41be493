"""Rides of on-demand transport that there is room for, as the API shows them: the way on foot to where the vehicle
comes, the ride with what is promised and how it is held, and the way on foot from it."""

from __future__ import annotations

from mobility.journeys.bookings import describe_area
from mobility.journeys.ends import Approach
from mobility.journeys.instants import iso
from mobility.journeys.on_demand.halts import Hail
from mobility.journeys.on_demand.promises import PromisedRide
from mobility.journeys.showing import Showing
from mobility.journeys.street_legs import street_leg
from mobility.journeys.street_times import Going
from mobility.journeys.words import Json
from on_demand.booking import Party
from routing.journey import OUTSIDE, Leg

HOLD_URL = "/v1/on-demand/holds"
"""Where the quotes of an itinerary are held, all together."""


def present_promised(showing: Showing, leg: Leg, promised: PromisedRide) -> list[Json]:
    """A leg of a journey."""
    start, end = leg.from_stop, leg.to_stop
    origin = showing.origin.place(showing.words) if start == OUTSIDE else _stop_place(showing, start)
    target = showing.destination.place(showing.words) if end == OUTSIDE else _stop_place(showing, end)
    return _present(showing, promised, origin, target)


def present_door(showing: Showing, promised: PromisedRide) -> list[Json]:
    """From door to door."""
    origin, target = showing.origin.place(showing.words), showing.destination.place(showing.words)
    return _present(showing, promised, origin, target)


def _present(showing: Showing, promised: PromisedRide, origin: Json, target: Json) -> list[Json]:
    ride, request = promised.ride, promised.request
    legs = []
    comes, goes = _hail_place(showing, ride.origin, origin), _hail_place(showing, ride.destination, target)
    if ride.origin.walk_s:
        leaves_s = promised.set_out_s
        legs.append(_walk(showing, origin, comes, leaves_s, ride.origin))
    approach = Approach("FLEX", request.drop_close_s - request.pickup_open_s, promised.offer.distance_m)
    leg = street_leg(
        showing.view,
        dict(comes),
        dict(goes),
        approach,
        request.pickup_open_s,
        request.drop_close_s,
        showing.details,
    )
    describe_area(leg, promised.offer)
    leg |= {
        "reservation": "COMPULSORY",
        "displayName": ride.service.name,
        "agencyName": ride.service.operator or ride.service.name,
        "booking": describe_promise(promised),
    }
    legs.append(leg)
    if ride.destination.walk_s:
        legs.append(_walk(showing, goes, target, request.drop_close_s, ride.destination))
    return legs


def describe_promise(promised: PromisedRide) -> Json:
    """What is promised, until when it is booked, what it costs, and how it is held: POST the quotes of all rides of the
    itinerary to `hold.url`, together."""
    ride, request, booking = promised.ride, promised.request, promised.offer.booking
    fare = ride.service.fare
    price: Json | str = "unknown"
    if promised.fare_cents is not None and fare is not None:
        price = {"cents": promised.fare_cents, "currency": fare.currency, "per": "party"}
    shown: Json = {
        "service": ride.service.name,
        "serviceId": ride.service.id,
        "operator": ride.service.operator,
        "deadline": iso(booking.deadline_s(promised.set_out_s)),
        "price": price,
        "live": True,
        "party": describe_party(ride.party),
        "pickupFrom": iso(request.pickup_open_s),
        "pickupUntil": iso(request.pickup_close_s),
        "arrivalUntil": iso(request.drop_close_s),
        "expectedPickup": iso(promised.placement.pickup_s),
        "expectedArrival": iso(promised.placement.drop_s),
        "quote": promised.quote,
        "quoteExpires": iso(promised.expires_s),
        "hold": {"method": "POST", "url": HOLD_URL},
    }
    for name, value in (
        ("bookableFrom", None if booking.earliest_s is None else iso(booking.earliest_s)),
        ("phone", booking.phone),
        ("url", booking.url),
        ("message", booking.message),
    ):
        if value:
            shown[name] = value
    return shown


def describe_party(party: Party) -> Json:
    """Who rides."""
    return {
        "adults": party.adults,
        "children": party.children,
        "wheelchairs": party.wheelchairs,
        "companions": party.companions,
    }


def _walk(showing: Showing, start: Json, end: Json, leaves_s: int, hail: Hail) -> Json:
    going = Going("WHEELCHAIR" if showing.wheelchair else "WALK")
    approach = Approach("WALK", hail.walk_s, hail.walk_m, going=going)
    return street_leg(
        showing.view, dict(start), dict(end), approach, leaves_s, leaves_s + hail.walk_s, showing.details
    )


def _hail_place(showing: Showing, hail: Hail, asked: Json) -> Json:
    """Where the vehicle stops: the place asked for, or a stop beside it."""
    if not hail.walk_s:
        return asked
    at = hail.place.at
    return {"name": hail.place.name, "lat": at.lat, "lon": at.lon, "vertexType": "NORMAL"}


def _stop_place(showing: Showing, stop: int) -> Json:
    return dict(showing.words.place(stop))
