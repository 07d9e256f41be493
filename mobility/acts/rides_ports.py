"""What the acts of carpool lines need to remember. `mobility.storage.rides` fills it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from carpool.booking import Booking
from carpool.booking_rules import BookingRules
from carpool.line import FareVersion, Line, Stop
from carpool.ride import RegularRide, Ride


class Rides(Protocol):
    """Lines, fares, rides and bookings. Whoever `put`s something has it remembered instead of the one of its id.

    Locks are taken in this order: people (`lock_person`), then a ride (`lock_ride`), then what else there is.
    """

    def stamp(self) -> int:
        """Grows with every committed change of lines, fares, rides and bookings."""
        ...

    def list_stops(self) -> list[Stop]:
        """All stops, by id."""
        ...

    def find_stop(self, stop_id: str) -> Stop | None:
        """One stop."""
        ...

    def put_stop(self, stop: Stop) -> None: ...

    def remove_stop(self, stop_id: str) -> None:
        """Forget a stop that no line has."""
        ...

    def list_lines(self) -> list[Line]:
        """All lines, by id."""
        ...

    def find_line(self, line_id: str) -> Line | None:
        """One line."""
        ...

    def put_line(self, line: Line) -> None:
        """Its stops must be known."""
        ...

    def remove_line(self, line_id: str) -> None:
        """Forget a line that has no rides."""
        ...

    def has_rides(self, line_id: str) -> bool:
        """Whether anybody ever published a ride on a line."""
        ...

    def list_fares(self) -> list[FareVersion]:
        """All fare versions, by the day they begin, line and id: `carpool.line.find_fare` chooses."""
        ...

    def put_fare(self, fare: FareVersion) -> None: ...

    def remove_fare(self, fare_id: str) -> None:
        """Forget a fare version."""
        ...

    def list_rules(self) -> list[BookingRules]:
        """All versions of the rules, by the day they begin: `carpool.booking_rules.rules_on` chooses."""
        ...

    def put_rules(self, rules: BookingRules) -> None:
        """Remember rules, instead of those that begin on the same day."""
        ...

    def find_ride(self, ride_id: str) -> Ride | None:
        """One ride."""
        ...

    def lock_ride(self, ride_id: str) -> Ride | None:
        """One ride, and nobody else changes it or its bookings until the end of this unit of work."""
        ...

    def put_ride(self, ride: Ride) -> None: ...

    def list_rides(
        self,
        from_at: dt.datetime,
        to_at: dt.datetime,
        line_id: str = "",
        driver_id: str = "",
        regular_id: str = "",
    ) -> list[Ride]:
        """The rides that are under way at some time of [from_at, to_at), cancelled ones too, by start and id."""
        ...

    def find_regular(self, regular_id: str) -> RegularRide | None:
        """One regular ride."""
        ...

    def lock_regular(self, regular_id: str) -> RegularRide | None:
        """One regular ride, and nobody else changes it until the end of this unit of work."""
        ...

    def put_regular(self, regular: RegularRide) -> None: ...

    def list_regulars(self, driver_id: str = "", line_id: str = "", ended: bool = False) -> list[RegularRide]:
        """Regular rides by id, without those that were ended unless these are asked for too."""
        ...

    def find_booking(self, booking_id: str) -> Booking | None:
        """One booking."""
        ...

    def find_booking_by_key(self, passenger_id: str, key: str) -> Booking | None:
        """The booking a passenger made with an idempotency key."""
        ...

    def put_booking(self, booking: Booking) -> None:
        """Its ride must be locked."""
        ...

    def list_bookings(self, ride_ids: Sequence[str]) -> list[Booking]:
        """All bookings of some rides, cancelled ones too, in the order they were made."""
        ...

    def list_bookings_of(self, passenger_id: str) -> list[Booking]:
        """All bookings of a passenger, in the order they were made."""
        ...

    def list_due_bookings(self, now: dt.datetime) -> list[Booking]:
        """The bookings time has something to do with: not confirmed in time, or confirmed and the ride is over."""
        ...

    def list_bookings_with(self, driver_id: str) -> list[Booking]:
        """All bookings on the rides of a driver, in the order they were made."""
        ...

    def lock_person(self, person_id: str) -> None:
        """Nobody else books, publishes or erases for this person until the end of this unit of work."""
        ...

    def rename_person(self, person_id: str, name: str) -> None:
        """Put `name` where a driver or passenger was named, and forget what they wrote."""
        ...
