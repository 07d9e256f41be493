"""The days of a regular ride, and the ride each of them is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from hashlib import sha256

from carpool.line import Line
from carpool.publication import check_seats_and_notice, check_stops, check_words, plan_calls
from carpool.refusal import CarpoolRefusedError, Reason
from carpool.ride import RegularRide, Ride, RideStatus
from ground.paris import paris_instant

IsHoliday = Callable[[dt.date], bool]
"""Whether a day is a public holiday."""

YEARS_MAX = 2


def list_days(
    regular: RegularRide, from_day: dt.date, to_day: dt.date, is_holiday: IsHoliday
) -> list[dt.date]:
    """The days it runs on, from a day to another, both included."""
    if regular.is_ended:
        return []
    first, last = max(from_day, regular.valid_from), min(to_day, regular.valid_to)
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        day
        for day in days
        if day.weekday() in regular.weekdays
        and day not in regular.except_days
        and (regular.on_public_holidays or not is_holiday(day))
    ]


def ride_id_of(regular_id: str, day: dt.date) -> str:
    """The id of the ride of a day: always the same, so that it is made once, whoever makes it."""
    return sha256(f"{regular_id} {day.isoformat()}".encode()).hexdigest()[:32]


def ride_of(regular: RegularRide, line: Line, day: dt.date, now: dt.datetime) -> Ride:
    """The ride of a day, by the clocks of that day. Raises CarpoolRefusedError when the line has other stops now."""
    return Ride(
        id=ride_id_of(regular.id, day),
        line_id=regular.line_id,
        driver_id=regular.driver_id,
        calls=plan_calls(line, regular.stop_ids, paris_instant(day, regular.leaves_at)),
        seats=regular.seats,
        status=RideStatus.PUBLISHED,
        published_at=now,
        notice_s=regular.notice_s,
        regular_id=regular.id,
        vehicle=regular.vehicle,
        note=regular.note,
        needs_confirmation=regular.needs_confirmation,
    )


def check_regular(regular: RegularRide, line: Line, today: dt.date) -> None:
    """Whether a regular ride may be published on a line. Raises CarpoolRefusedError."""
    if not line.is_open:
        raise CarpoolRefusedError(
            Reason.STATE,
            f"La ligne {line.name} est fermée : elle ne prend plus de trajets.",
            f"The line {line.name} is closed: it takes no new rides.",
            "line",
        )
    check_stops(line, regular.stop_ids)
    check_seats_and_notice(regular.seats, regular.notice_s)
    check_words(regular.vehicle, regular.note)
    if not regular.weekdays or not regular.weekdays <= frozenset(range(7)):
        raise _invalid(
            "Indiquez les jours de la semaine : 0 (lundi) à 6 (dimanche).",
            "Name the weekdays: 0 (Monday) to 6 (Sunday).",
            "weekdays",
        )
    if regular.valid_to < max(today, regular.valid_from):
        raise _invalid(
            f"La fin ({regular.valid_to}) est avant le début ({regular.valid_from}) ou passée.",
            f"The end ({regular.valid_to}) is before the beginning ({regular.valid_from}), or in the past.",
            "valid_to",
        )
    if regular.valid_to > today + dt.timedelta(days=366 * YEARS_MAX):
        raise _invalid(
            f"La fin ({regular.valid_to}) est dans plus de {YEARS_MAX} ans.",
            f"The end ({regular.valid_to}) is more than {YEARS_MAX} years ahead.",
            "valid_to",
        )


def _invalid(french: str, english: str, field: str) -> CarpoolRefusedError:
    return CarpoolRefusedError(Reason.INVALID, french, english, field)
