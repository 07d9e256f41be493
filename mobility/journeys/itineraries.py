"""Journeys as the API's itineraries."""

from __future__ import annotations

from mobility.journeys.bookings import add_booking
from mobility.journeys.emissions import total_emissions
from mobility.journeys.ends import Approach
from mobility.journeys.instants import iso
from mobility.journeys.legs import present_legs
from mobility.journeys.on_demand.door_to_door import Door
from mobility.journeys.promised_legs import present_door
from mobility.journeys.saved import itinerary_id
from mobility.journeys.showing import Showing
from mobility.journeys.street_legs import street_leg
from mobility.journeys.words import Json
from routing.journey import Journey


def present_itinerary(showing: Showing, journey: Journey) -> Json:
    """A journey with public transport."""
    legs = present_legs(showing, journey.legs)
    return {
        "duration": journey.arrival_s - journey.departure_s,
        "startTime": iso(journey.departure_s),
        "endTime": iso(journey.arrival_s),
        "transfers": journey.transfers,
        "id": itinerary_id(legs),
        "legs": legs,
        "emissions": total_emissions(legs),
    }


def present_direct(showing: Showing, approach: Approach, time_s: int, arrive_by: bool) -> Json:
    """A way along the streets alone, leaving (arriving) at the instant asked for."""
    departure_s = time_s - approach.duration_s if arrive_by else time_s
    return _itinerary([_direct_leg(showing, approach, departure_s)], departure_s, approach.duration_s)


def present_direct_offer(showing: Showing, door: Door) -> Json:
    """A flexible leg from door to door."""
    if door.promised is not None:
        legs = present_door(showing, door.promised)
        return _itinerary(legs, door.departure_s, door.offer.duration_s)
    leg = _direct_leg(showing, door.offer.as_approach(), door.departure_s)
    booked = add_booking(leg, door.offer, door.departure_s)
    return _itinerary([booked], door.departure_s, door.offer.duration_s)


def _direct_leg(showing: Showing, approach: Approach, departure_s: int) -> Json:
    return street_leg(
        showing.view,
        showing.origin.place(showing.words),
        showing.destination.place(showing.words),
        approach,
        departure_s,
        departure_s + approach.duration_s,
        showing.details,
    )


def _itinerary(legs: list[Json], departure_s: int, duration_s: int) -> Json:
    return {
        "duration": duration_s,
        "startTime": iso(departure_s),
        "endTime": iso(departure_s + duration_s),
        "transfers": 0,
        "id": itinerary_id(legs),
        "legs": legs,
        "emissions": total_emissions(legs),
    }
