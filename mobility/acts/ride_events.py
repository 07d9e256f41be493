"""What is told of rides and bookings, in the transaction it happens in. Ids only: no personal data leaves with it."""

from __future__ import annotations

import datetime as dt

from carpool.booking import Booking
from carpool.ride import Ride
from mobility.acts.ports import UnitOfWork


def tell_ride(work: UnitOfWork, kind: str, ride: Ride, at: dt.datetime) -> None:
    """`ride.published`, `ride.changed` or `ride.cancelled`."""
    payload = {"ride_id": ride.id, "line_id": ride.line_id, "status": ride.status.value}
    work.events.add(kind, payload, at, subject=f"ride:{ride.id}")


def tell_booking(work: UnitOfWork, kind: str, booking: Booking, at: dt.datetime) -> None:
    """`booking.made`, `booking.confirmed`, `booking.cancelled`, `booking.completed` or `booking.validated`; the ride
    is locked."""
    payload = {
        "booking_id": booking.id,
        "ride_id": booking.ride_id,
        "status": booking.status.value,
        "ending": None if booking.ending is None else booking.ending.value,
    }
    work.events.add(kind, payload, at, subject=f"ride:{booking.ride_id}")
