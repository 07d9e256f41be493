"""Flexible legs and rides of carpool lines as the API shows them: in its own words, and beside them how one books."""

from __future__ import annotations

from mobility.journeys.carpool_rides import OfferedRide
from mobility.journeys.flexible import FlexOffer
from mobility.journeys.instants import iso
from mobility.journeys.words import Json


def add_booking(leg: Json, offer: FlexOffer, departure_s: int) -> Json:
    """A leg along the streets, as one that a vehicle comes for: its zone, its window, and until when to book."""
    describe_area(leg, offer)
    booking = offer.booking
    shown: Json = {
        "service": offer.service,
        "deadline": iso(booking.deadline_s(departure_s)),
        "price": "unknown",
        "live": False,
    }
    for name, value in (
        ("bookableFrom", None if booking.earliest_s is None else iso(booking.earliest_s)),
        ("phone", booking.phone),
        ("url", booking.url),
        ("message", booking.message),
    ):
        if value:
            shown[name] = value
    leg["reservation"] = "COMPULSORY"
    leg["displayName"] = offer.service
    leg["booking"] = shown
    return leg


def describe_area(leg: Json, offer: FlexOffer) -> None:
    """Say of both ends in which zone, and from when until when, one is taken along."""
    spans = [(offer.open_s, offer.close_s)] * 2
    if offer.ride is not None:
        window = offer.ride.window
        spans = [
            (window.pickup_open_s, window.pickup_close_s),
            (window.drop_open_s, window.drop_close_s),
        ]
    for place, (open_s, close_s) in zip((leg["from"], leg["to"]), spans, strict=True):
        place["flex"] = offer.zone
        place["flexId"] = offer.zone_id
        place["flexStartPickupDropOffWindow"] = iso(open_s)
        place["flexEndPickupDropOffWindow"] = iso(close_s)


def describe_booking(offered: OfferedRide, board: int, alight: int, booked_s: int, phone: str) -> Json:
    """How the seats of a ride are booked between two of its calls, for who books at an instant; it says nothing of who
    drives or rides along. A price nobody knows is unknown, never 0."""
    deadline_s, fare = offered.deadline_s(board), offered.fare(board)
    shown: Json = {
        "service": offered.line.name,
        "state": state_of(offered, board, alight, booked_s),
        "deadline": iso(deadline_s),
        "bookableFrom": iso(int(offered.ride.published_at.timestamp())),
        "seatsLeft": offered.seats_left(board, alight),
        "price": "unknown"
        if fare is None
        else {"cents": fare.fare_cents, "currency": fare.currency, "per": "seat"},
        "rideId": offered.ride.id,
        "url": f"/carpool/rides/{offered.ride.id}",
    }
    if phone:
        shown["phone"] = phone
    return shown


def state_of(offered: OfferedRide, board: int, alight: int, booked_s: int) -> str:
    """CANCELLED, FULL, CLOSED (too late to book: one may wait at the stop) or OPEN."""
    if offered.is_cancelled:
        return "CANCELLED"
    if offered.seats_left(board, alight) <= 0:
        return "FULL"
    return "OPEN" if booked_s <= offered.deadline_s(board) else "CLOSED"
