"""Nobody is on two roads at once, as a driver or as a passenger."""

from __future__ import annotations

import datetime as dt

from carpool.booking import Booking, BookingStatus
from carpool.refusal import CarpoolRefusedError, Reason
from carpool.ride import Ride, RideStatus
from ground.paris import shown
from mobility.acts.ports import UnitOfWork

_COMING = (BookingStatus.WAITING_CONFIRMATION, BookingStatus.CONFIRMED)


def stretch(ride: Ride, booking: Booking) -> tuple[dt.datetime, dt.datetime]:
    """When a passenger is on the road."""
    calls = {call.stop_id: call.at for call in ride.calls}
    return calls[booking.from_stop], calls[booking.to_stop]


def check_free_time(
    work: UnitOfWork, person_id: str, from_at: dt.datetime, to_at: dt.datetime, except_ride: str = ""
) -> None:
    """Whether somebody, locked by `lock_person`, is on no ride in [from_at, to_at), but perhaps on one they mean.

    Raises CarpoolRefusedError.
    """
    for ride in work.rides.list_rides(from_at, to_at, driver_id=person_id):
        is_other = ride.id != except_ride and ride.status is RideStatus.PUBLISHED
        if is_other and ride.starts_at < to_at and from_at < ride.ends_at:
            raise _overlap("conduire", "drive", ride.starts_at, ride.id)
    for booking in work.rides.list_bookings_of(person_id):
        if booking.status not in _COMING or booking.ride_id == except_ride:
            continue
        booked = work.rides.find_ride(booking.ride_id)
        if booked is None:
            continue
        begins, ends = stretch(booked, booking)
        if begins < to_at and from_at < ends:
            raise _overlap("voyager", "travel", begins, booked.id)


def _overlap(french: str, english: str, at: dt.datetime, ride_id: str) -> CarpoolRefusedError:
    return CarpoolRefusedError(
        Reason.OVERLAP,
        f"À ce moment il est déjà prévu de {french} (départ {shown(at)}, trajet {ride_id}) : annulez d'abord l'autre.",
        f"At that time it is planned to {english} already (leaving {shown(at)}, ride {ride_id}): cancel that first.",
    )
