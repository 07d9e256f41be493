"""Seats and waiting, the slow and obvious way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

from carpool.booking import Booking, BookingStatus
from carpool.ride import Ride
from carpool.waiting import Passed


def free_seats(ride: Ride, bookings: Iterable[Booking]) -> tuple[int, ...]:
    """Sit everybody down, section by section."""
    stops = [call.stop_id for call in ride.calls]
    free = []
    for section in range(len(stops) - 1):
        sitting = 0
        for booking in bookings:
            if booking.ride_id == ride.id and booking.status != BookingStatus.CANCELLED:
                aboard = stops[stops.index(booking.from_stop) : stops.index(booking.to_stop)]
                if stops[section] in aboard:
                    sitting += booking.seats
        free.append(ride.seats - sitting)
    return tuple(free)


def count_passages(
    passages: Iterable[Passed],
    place: tuple[str, bool, str],
    hour: int,
    days: Iterable[dt.date],
) -> int:
    """In how many minutes of an hour of some days something passed: look at each of them."""
    paris = ZoneInfo("Europe/Paris")
    known = [
        one.at.astimezone(paris).replace(second=0, microsecond=0)
        for one in passages
        if (one.line_id, one.backwards, one.stop_id) == place
    ]
    count = 0
    for day in days:
        for minute in range(60):
            at = dt.datetime.combine(day, dt.time(hour, minute), paris)
            count += sum(
                any(one == at.replace(fold=fold) and one.fold == fold for one in known) for fold in (0, 1)
            )
    return count


def days_of(first: dt.date, last: dt.date, is_right: Callable[[dt.date], bool]) -> list[dt.date]:
    """The right ones of some days, both included."""
    found, day = [], first
    while day <= last:
        if is_right(day):
            found.append(day)
        day += dt.timedelta(days=1)
    return found
