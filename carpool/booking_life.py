"""The life of a booking as one pure function: from which status to which, by what; all else is refused.

    WAITING_CONFIRMATION ──► CONFIRMED ──► COMPLETED_PENDING_VALIDATION ──► VALIDATED
             │                   │ └──────────────────│────────────────────────▲
             └───────────────────┴────────────────────┴──► CANCELLED

What is cancelled or validated stays so, whoever comes late.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from carpool.booking import Booking, BookingStatus, Ending
from carpool.refusal import CarpoolRefusedError, Reason

_WAITING, _CONFIRMED = BookingStatus.WAITING_CONFIRMATION, BookingStatus.CONFIRMED
_COMPLETED, _VALIDATED = BookingStatus.COMPLETED_PENDING_VALIDATION, BookingStatus.VALIDATED

STEPS: dict[BookingStatus, frozenset[BookingStatus]] = {
    _WAITING: frozenset((_CONFIRMED,)),
    _CONFIRMED: frozenset((_COMPLETED, _VALIDATED)),
    _COMPLETED: frozenset((_VALIDATED,)),
    _VALIDATED: frozenset(),
    BookingStatus.CANCELLED: frozenset(),
}
"""The steps forward; evidence may validate a booking before its ride is over."""

ENDINGS: dict[BookingStatus, frozenset[Ending]] = {
    _WAITING: frozenset((Ending.PASSENGER, Ending.DRIVER, Ending.OPERATOR, Ending.EXPIRED)),
    _CONFIRMED: frozenset(
        (Ending.PASSENGER, Ending.DRIVER, Ending.OPERATOR, Ending.NO_SHOW, Ending.DRIVER_NO_SHOW)
    ),
    _COMPLETED: frozenset((Ending.OPERATOR, Ending.NO_SHOW, Ending.DRIVER_NO_SHOW)),
    _VALIDATED: frozenset(),
    BookingStatus.CANCELLED: frozenset(),
}
"""What a booking in a status may be ended by."""

_WORDS = {
    _WAITING: ("en attente de confirmation", "waiting for confirmation"),
    _CONFIRMED: ("confirmée", "confirmed"),
    _COMPLETED: ("effectuée", "completed"),
    _VALIDATED: ("validée", "validated"),
    BookingStatus.CANCELLED: ("annulée", "cancelled"),
}


def step(booking: Booking, to: BookingStatus, at: dt.datetime) -> Booking:
    """The booking in its next status. Raises CarpoolRefusedError."""
    if to not in STEPS[booking.status]:
        raise _refused(booking, to)
    return replace(booking, status=to, changed_at=max(at, booking.changed_at), expires_at=None)


def end(
    booking: Booking, ending: Ending, at: dt.datetime, reason: str = "", is_late: bool = False
) -> Booking:
    """The booking cancelled. Raises CarpoolRefusedError."""
    if ending not in ENDINGS[booking.status]:
        raise _refused(booking, BookingStatus.CANCELLED)
    return replace(
        booking,
        status=BookingStatus.CANCELLED,
        changed_at=max(at, booking.changed_at),
        ending=ending,
        reason=reason,
        is_late=is_late,
        expires_at=None,
    )


def _refused(booking: Booking, to: BookingStatus) -> CarpoolRefusedError:
    (is_french, is_english), (to_french, to_english) = _WORDS[booking.status], _WORDS[to]
    return CarpoolRefusedError(
        Reason.STATE,
        f"La réservation est {is_french} : elle ne peut pas devenir {to_french}.",
        f"The booking is {is_english}: it cannot become {to_english}.",
        "status",
    )
