"""Flexible legs as the API shows them: zones and windows in its own words, and beside them how the leg is booked."""

from __future__ import annotations

from mobility.journeys.flexible import FlexOffer
from mobility.journeys.instants import iso
from mobility.journeys.words import Json


def add_booking(leg: Json, offer: FlexOffer, departure_s: int) -> Json:
    """A leg along the streets, as one that a vehicle comes for: its zone, its window, and until when to book."""
    for place in (leg["from"], leg["to"]):
        place["flex"] = offer.zone
        place["flexId"] = offer.zone_id
        place["flexStartPickupDropOffWindow"] = iso(offer.open_s)
        place["flexEndPickupDropOffWindow"] = iso(offer.close_s)
    booking = offer.booking
    shown: Json = {
        "service": offer.service,
        "deadline": iso(booking.deadline_s(departure_s)),
        "price": "unknown",
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
