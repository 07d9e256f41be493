"""Bookings: who rides along from where to where. Statuses are those of `standard covoiturage`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class BookingStatus(StrEnum):
    """The life of a booking (standard covoiturage, BookingStatus). `carpool.booking_life` has the ways between."""

    WAITING_CONFIRMATION = "WAITING_CONFIRMATION"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    COMPLETED_PENDING_VALIDATION = "COMPLETED_PENDING_VALIDATION"
    VALIDATED = "VALIDATED"


class Ending(StrEnum):
    """Who or what ended a booking that was cancelled."""

    PASSENGER = "passenger"
    DRIVER = "driver"
    OPERATOR = "operator"
    NO_SHOW = "no_show"
    DRIVER_NO_SHOW = "driver_no_show"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Booking:
    """Seats on a ride between two of its calls. Instants are aware, UTC."""

    id: str
    ride_id: str
    passenger_id: str
    """An account, or `operator:identifier` of somebody who books through another platform."""
    from_stop: str
    to_stop: str
    seats: int
    fare_cents: int
    """Of all seats."""
    status: BookingStatus
    made_at: dt.datetime
    changed_at: dt.datetime
    ending: Ending | None = None
    reason: str = ""
    key: str = ""
    """The idempotency key it was made with, unique for its passenger; "": none."""
    expires_at: dt.datetime | None = None
    """Until when the driver may confirm it; None: it needs no confirmation."""
    is_late: bool = False
    """Whether it was cancelled later than the rules allow without consequence."""
    is_spontaneous: bool = False
    """Whether it began at the stop, with the vehicle there."""
    is_excused: bool = False
    """Whether an operator took back the consequence of how it ended."""
    awaits_payment: bool = False
    """Whether its seats are only held, for a basket somebody has not paid yet; the driver is not asked before."""

    @property
    def holds_seats(self) -> bool:
        """Whether its seats are nobody else's: all but a cancelled one's are."""
        return self.status is not BookingStatus.CANCELLED
