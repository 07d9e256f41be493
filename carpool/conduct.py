"""What follows from not turning up and from cancelling late: said in words, counted by rules that are data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from carpool.booking import Booking, Ending
from carpool.booking_rules import BookingRules
from ground.paris import shown


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing somebody did. Instants are aware, UTC."""

    at: dt.datetime
    is_no_show: bool
    """Otherwise a late cancellation."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands. `faults`: of the last `counted_days`, late cancellations as their part of one."""

    faults: int
    no_shows: int
    late_cancellations: int
    suspended_until: dt.datetime | None
    """None: not suspended."""
    french: str
    english: str


def list_passenger_faults(bookings: Iterable[Booking]) -> list[Fault]:
    """The faults of a passenger, given all their bookings, in order."""
    found = [
        Fault(booking.changed_at, booking.ending is Ending.NO_SHOW)
        for booking in bookings
        if not booking.is_excused
        and (booking.ending is Ending.NO_SHOW or (booking.ending is Ending.PASSENGER and booking.is_late))
    ]
    return sorted(found, key=lambda fault: fault.at)


def list_driver_faults(bookings: Iterable[Booking]) -> list[Fault]:
    """The faults of a driver, given all bookings on their rides, in order: one a ride, however many passengers."""
    of_ride: dict[str, Fault] = {}
    for booking in sorted(bookings, key=lambda booking: booking.changed_at):
        is_no_show = booking.ending is Ending.DRIVER_NO_SHOW
        if booking.is_excused or not (is_no_show or (booking.ending is Ending.DRIVER and booking.is_late)):
            continue
        known = of_ride.get(booking.ride_id)
        if known is None or (is_no_show and not known.is_no_show):
            of_ride[booking.ride_id] = Fault(booking.changed_at, is_no_show)
    return sorted(of_ride.values(), key=lambda fault: fault.at)


def standing(faults: list[Fault], rules: BookingRules, now: dt.datetime) -> Standing:
    """Where somebody with these faults (in order) stands now: each fault is weighed as it was when it happened."""
    until: dt.datetime | None = None
    for number, fault in enumerate(faults):
        days = _suspended_days(_count(faults[: number + 1], rules, fault.at)[0], rules)
        if days:
            end = fault.at + dt.timedelta(days=days)
            until = end if until is None else max(until, end)
    count, no_shows, late = _count(faults, rules, now)
    is_suspended = until is not None and until > now
    french, english = _words(count, no_shows, late, rules)
    if is_suspended and until is not None:
        french += f" Suspension jusqu'au {shown(until)}."
        english += f" Suspended until {shown(until)}."
    return Standing(count, no_shows, late, until if is_suspended else None, french, english)


def _count(faults: list[Fault], rules: BookingRules, at: dt.datetime) -> tuple[int, int, int]:
    since = at - dt.timedelta(days=rules.counted_days)
    counted = [fault for fault in faults if since < fault.at <= at]
    no_shows = sum(fault.is_no_show for fault in counted)
    late = len(counted) - no_shows
    return no_shows + late // rules.late_cancellations_a_fault, no_shows, late


def _suspended_days(faults: int, rules: BookingRules) -> int:
    reached = [step for step in rules.ladder if step.faults <= faults]
    return max(reached, key=lambda step: step.faults).suspended_days if reached else 0


def _words(faults: int, no_shows: int, late: int, rules: BookingRules) -> tuple[str, str]:
    if not no_shows and not late:
        return "Rien à signaler.", "Nothing to report."
    french = (
        f"{no_shows} absence(s) et {late} annulation(s) tardive(s) en {rules.counted_days} jours ; "
        f"{rules.late_cancellations_a_fault} annulations tardives comptent pour une absence."
    )
    english = (
        f"{no_shows} no-show(s) and {late} late cancellation(s) within {rules.counted_days} days; "
        f"{rules.late_cancellations_a_fault} late cancellations count as one no-show."
    )
    coming = [step for step in rules.ladder if step.faults > faults and step.suspended_days]
    if coming:
        step = min(coming, key=lambda step: step.faults)
        french += f" À {step.faults}, {step.suspended_days} jours de suspension."
        english += f" At {step.faults}, {step.suspended_days} days of suspension."
    return french, english
