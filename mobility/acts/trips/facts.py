"""A proven trip as the subsidy computes with it: pseudonyms instead of people, places rounded to 1/1000 of a degree."""

from __future__ import annotations

import hashlib

from carpool.line import Line
from carpool.trip import Fix, Passage, Trip
from ground.paris import paris_day
from mobility.acts.ports import UnitOfWork
from ticketing.facts import PassengerFacts, PlaceFacts, TripFacts


class NoFactsError(Exception):
    """Somebody in the trip has no pseudonym (any more), so that nothing can be claimed for it."""


def facts_of(work: UnitOfWork, trip: Trip) -> TripFacts:
    """The facts of a trip. Raises NoFactsError."""
    line = work.rides.find_line(trip.line_id)
    if line is None:
        raise NoFactsError(f"there is no line {trip.line_id}")
    driver = pseudonym_of(work, trip.driver_id)
    if not driver:
        raise NoFactsError("the driver has no account any more")
    passengers = [_passenger(work, trip, passage) for passage in trip.passages]
    return TripFacts(
        trip_id=trip.id,
        line_id=trip.line_id,
        driver=driver,
        started_at=trip.start.at,
        ended_at=trip.end.at,
        start=_place(line, trip.start),
        end=_place(line, trip.end),
        distance_m=trip.distance_m,
        passengers=tuple(sorted(passengers, key=lambda passenger: passenger.journey_id)),
        evidence=trip.evidence,
        tolls_cents=trip.tolls_cents,
    )


def pseudonym_of(work: UnitOfWork, person_id: str) -> str:
    """Who an account is in facts and register; "" when it is erased. The application itself is "system"."""
    if person_id == "system":
        return person_id
    person = work.accounts.find_person(person_id)
    return "" if person is None else person.pseudonym


def journey_id(trip_id: str, passenger: str) -> str:
    """The identifier of a passenger's part of a trip, unique in all trips; `passenger` is a pseudonym."""
    return hashlib.sha256(f"{trip_id}:{passenger}".encode()).hexdigest()[:32]


def _passenger(work: UnitOfWork, trip: Trip, passage: Passage) -> PassengerFacts:
    person = work.accounts.find_person(passage.passenger_id)
    if person is None and passage.booking_id:
        # Booked through another platform, which does not tell us who they are: one booking, one pseudonym.
        pseudonym = hashlib.sha256(f"booking:{passage.booking_id}".encode()).hexdigest()[:32]
    else:
        pseudonym = "" if person is None else person.pseudonym
    if not pseudonym:
        raise NoFactsError("a passenger has no account any more")
    booking = work.rides.find_booking(passage.booking_id) if passage.booking_id else None
    return PassengerFacts(
        journey_id=journey_id(trip.id, pseudonym),
        person=pseudonym,
        evidence_class=passage.evidence_class.value,
        distance_m=passage.distance_m,
        fare_cents=passage.fare_cents,
        is_adult=None if person is None else person.is_adult_on(paris_day(passage.board.at)),
        seats=1 if booking is None else booking.seats,
    )


def _place(line: Line, fix: Fix) -> PlaceFacts:
    commune = line.stops[line.position(fix.stop_id)].stop.commune
    return PlaceFacts(fix.stop_id, commune, round(fix.lat * 1000), round(fix.lon * 1000))
