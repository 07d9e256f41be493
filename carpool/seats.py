"""Seats, counted per section: a section is the way from one call of a ride to the next."""

from __future__ import annotations

from collections.abc import Iterable

from carpool.booking import Booking
from carpool.ride import Ride


def free_seats(ride: Ride, bookings: Iterable[Booking]) -> tuple[int, ...]:
    """The free seats on each section of a ride, given its bookings. Never negative where bookings were made by
    `check_seats`."""
    free = [ride.seats] * (len(ride.calls) - 1)
    for booking in bookings:
        if booking.ride_id == ride.id and booking.holds_seats:
            for section in range(ride.position(booking.from_stop), ride.position(booking.to_stop)):
                free[section] -= booking.seats
    return tuple(free)


def free_between(ride: Ride, bookings: Iterable[Booking], from_stop: str, to_stop: str) -> int:
    """The seats to be had all the way from one call to another. Raises KeyError, and ValueError (backwards)."""
    first, last = ride.position(from_stop), ride.position(to_stop)
    return min(free_seats(ride, bookings)[first:last])
