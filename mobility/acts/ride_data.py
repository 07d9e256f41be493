"""What rides and bookings say about a person: handed to them, or made nobody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from carpool.booking import BookingStatus
from carpool.ride import RideStatus
from ground.paris import paris_day
from mobility.acts.accounts.ports import Obstacle
from mobility.acts.ports import UnitOfWork

ERASED = "erased"
"""Who drove or rode along, once they are erased: rides and seats stay, as nobody's."""

_FIRST, _LAST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
_COMING = (BookingStatus.WAITING_CONFIRMATION, BookingStatus.CONFIRMED)


class RideData:
    """Fills `mobility.acts.accounts.ports.PersonalData`."""

    section = "rides"

    def export(self, work: UnitOfWork, person_id: str) -> Any:
        """The rides they drive and the seats they booked; others' names are not in it."""
        rides = work.rides.list_rides(_FIRST, _LAST, driver_id=person_id)
        regulars = work.rides.list_regulars(driver_id=person_id, ended=True)
        return {
            "rides": [_plain(asdict(ride)) for ride in rides],
            "regularRides": [_plain(asdict(regular)) for regular in regulars],
            "bookings": [_plain(asdict(booking)) for booking in work.rides.list_bookings_of(person_id)],
        }

    def list_obstacles(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> Sequence[Obstacle]:
        """Rides to come, and seats booked on some: others count on them."""
        found = []
        rides = [
            ride
            for ride in work.rides.list_rides(at, _LAST, driver_id=person_id)
            if ride.status is RideStatus.PUBLISHED
        ]
        regulars = work.rides.list_regulars(driver_id=person_id)
        if rides or any(regular.valid_to >= paris_day(at) for regular in regulars):
            found.append(
                Obstacle(
                    f"{len(rides)} trajet(s) à venir, ou un trajet régulier : annulez-les d'abord.",
                    f"{len(rides)} ride(s) to come, or a regular ride: cancel them first.",
                )
            )
        coming = [one for one in work.rides.list_bookings_of(person_id) if one.status in _COMING]
        if coming:
            found.append(
                Obstacle(
                    f"{len(coming)} réservation(s) en cours : annulez-les d'abord.",
                    f"{len(coming)} booking(s) to come: cancel them first.",
                )
            )
        return found

    def erase(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> None:
        """Rides and bookings stay, without who it was and what they wrote."""
        work.rides.lock_person(person_id)
        work.rides.rename_person(person_id, ERASED)


def _plain(value: Any) -> Any:
    """As JSON values."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted((_plain(one) for one in value), key=str)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, dt.datetime | dt.date | dt.time) else value
