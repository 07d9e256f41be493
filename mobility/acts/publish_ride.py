"""Drivers publish single rides, change them and cancel them; passengers who have booked are told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from carpool.booking import Booking, Ending
from carpool.booking_life import ENDINGS, end
from carpool.booking_rules import BookingRules
from carpool.line import Line
from carpool.publication import check_ride, check_seats_and_notice, check_words, plan_calls
from carpool.refusal import CarpoolRefusedError, Reason
from carpool.ride import Call, Ride, RideStatus
from carpool.seats import free_seats
from ground.paris import shown
from mobility.accounts.caller import Caller, Permission
from mobility.acts.carpool_lines import get_line
from mobility.acts.entity_tag import check_tag
from mobility.acts.find_rides import driver_standing, get_own_ride, get_ride, rules_of
from mobility.acts.free_time import check_free_time, stretch
from mobility.acts.idempotency import check_key, key_reused, keyed_id
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.ride_events import tell_booking, tell_ride

REASON_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True)
class RideDraft:
    """What a driver offers. Instants are aware."""

    line_id: str
    stop_ids: tuple[str, ...]
    """In driving order."""
    leaves_at: dt.datetime
    """The first of them."""
    seats: int
    calls_at: tuple[dt.datetime, ...] = ()
    """When at each stop; (): by the line's driving times."""
    notice_s: int = 900
    vehicle: str = ""
    note: str = ""
    needs_confirmation: bool = False


@dataclass(frozen=True, slots=True)
class RideChange:
    """What is to be otherwise; None: as it is. With `calls` the stops too."""

    calls: tuple[Call, ...] | None = None
    seats: int | None = None
    notice_s: int | None = None
    vehicle: str | None = None
    note: str | None = None
    needs_confirmation: bool | None = None


def publish_ride(ports: ActPorts, caller: Caller, draft: RideDraft, key: str = "") -> Ride:
    """Publish a ride of the caller's. The same `key` again gives the same ride. Raises ForbiddenError and
    CarpoolRefusedError."""
    caller.require(Permission.PUBLISH_RIDES)
    check_key(key)
    now = ports.now()
    ride_id = keyed_id(caller.person, key) if key else ports.new_id()
    with ports.unit_of_work() as work:
        work.rides.lock_person(caller.person)
        line = get_line(work, draft.line_id)
        ride = Ride(
            id=ride_id,
            line_id=line.id,
            driver_id=caller.person,
            calls=_calls(line, draft),
            seats=draft.seats,
            status=RideStatus.PUBLISHED,
            published_at=now,
            notice_s=draft.notice_s,
            vehicle=draft.vehicle.strip(),
            note=draft.note.strip(),
            needs_confirmation=draft.needs_confirmation,
        )
        known = work.rides.find_ride(ride_id)
        if known is not None:
            return _replayed(known, ride)
        check_ride(ride, line, now)
        check_driver(work, caller.person, now)
        check_free_time(work, caller.person, ride.starts_at, ride.ends_at)
        work.rides.put_ride(ride)
        tell_ride(work, "ride.published", ride, now)
        work.commit()
    return ride


def change_ride(ports: ActPorts, caller: Caller, ride_id: str, change: RideChange, tag: str = "") -> Ride:
    """Change a ride to come. Whoever has booked keeps their seats and stops, and their times but for a few minutes.

    `tag`: what the ride was like before. Raises ForbiddenError, ChangedMeanwhileError and CarpoolRefusedError.
    """
    now = ports.now()
    with ports.unit_of_work() as work:
        driver = get_own_ride(work, caller, ride_id).driver_id
        work.rides.lock_person(driver)
        before = lock_ride(work, ride_id)
        check_tag(before, tag)
        if before.status is RideStatus.CANCELLED:
            raise CarpoolRefusedError(
                Reason.STATE, "Le trajet est annulé.", "The ride is cancelled.", "status"
            )
        if before.starts_at <= now:
            raise CarpoolRefusedError(
                Reason.TOO_LATE, "Le trajet a commencé.", "The ride has begun.", "leaves_at"
            )
        given = {field.name: getattr(change, field.name) for field in fields(change)}
        after = replace(before, **{name: value for name, value in given.items() if value is not None})
        if after == before:
            return before
        line = get_line(work, before.line_id)
        if after.calls == before.calls:  # what a line has become since does not matter
            check_seats_and_notice(after.seats, after.notice_s)
            check_words(after.vehicle, after.note)
        else:
            check_ride(after, line, now)
            check_free_time(work, driver, after.starts_at, after.ends_at, except_ride=ride_id)
        _check_kept(before, after, work.rides.list_bookings([ride_id]), rules_of(work, now))
        work.rides.put_ride(after)
        tell_ride(work, "ride.changed", after, now)
        work.commit()
    return after


def cancel_ride(ports: ActPorts, caller: Caller, ride_id: str, reason: str = "") -> Ride:
    """Cancel a ride with all its bookings; cancelled again, it stays as it is. Raises ForbiddenError and
    CarpoolRefusedError."""
    check_reason(reason)
    now = ports.now()
    with ports.unit_of_work() as work:
        get_own_ride(work, caller, ride_id)
        ride = cancel_in(work, caller, lock_ride(work, ride_id), reason, now)
        work.commit()
    return ride


def cancel_in(work: UnitOfWork, caller: Caller, ride: Ride, reason: str, now: dt.datetime) -> Ride:
    """Cancel a locked ride. Raises CarpoolRefusedError when it is over."""
    if ride.status is RideStatus.CANCELLED:
        return ride
    if ride.ends_at <= now:
        raise CarpoolRefusedError(Reason.TOO_LATE, "Le trajet est terminé.", "The ride is over.", "status")
    rules = rules_of(work, now)
    ending = Ending.DRIVER if caller.person == ride.driver_id else Ending.OPERATOR
    for booking in work.rides.list_bookings([ride.id]):
        if ending not in ENDINGS[booking.status]:
            continue  # cancelled before, or aboard already
        free_until = stretch(ride, booking)[0] - dt.timedelta(seconds=rules.driver_free_until_s)
        is_late = ending is Ending.DRIVER and now > free_until
        ended = end(booking, ending, now, reason, is_late)
        work.rides.put_booking(ended)
        tell_booking(work, "booking.cancelled", ended, now)
    cancelled = replace(ride, status=RideStatus.CANCELLED)
    work.rides.put_ride(cancelled)
    tell_ride(work, "ride.cancelled", cancelled, now)
    return cancelled


def lock_ride(work: UnitOfWork, ride_id: str) -> Ride:
    """A ride nobody else changes now. Raises CarpoolRefusedError."""
    return work.rides.lock_ride(ride_id) or get_ride(work, ride_id)


def check_driver(work: UnitOfWork, person_id: str, now: dt.datetime) -> None:
    """Whether somebody may publish now. Raises CarpoolRefusedError."""
    stands = driver_standing(work, person_id, now)
    if stands.suspended_until is not None:
        raise CarpoolRefusedError(Reason.SUSPENDED, stands.french, stands.english)


def check_reason(reason: str) -> None:
    """Raises CarpoolRefusedError."""
    if len(reason) > REASON_LENGTH_MAX or any(ord(letter) < 32 and letter != "\n" for letter in reason):
        raise CarpoolRefusedError(
            Reason.INVALID,
            f"Motif : au plus {REASON_LENGTH_MAX} caractères.",
            f"Reason: at most {REASON_LENGTH_MAX} characters.",
            "reason",
        )


def _replayed(known: Ride, asked: Ride) -> Ride:
    if (known.line_id, known.driver_id, [call.stop_id for call in known.calls]) != (
        asked.line_id,
        asked.driver_id,
        [call.stop_id for call in asked.calls],
    ):
        raise key_reused()
    return known


def _calls(line: Line, draft: RideDraft) -> tuple[Call, ...]:
    planned = plan_calls(line, draft.stop_ids, draft.leaves_at)
    if not draft.calls_at:
        return planned
    if len(draft.calls_at) != len(planned) or draft.calls_at[0] != draft.leaves_at:
        raise CarpoolRefusedError(
            Reason.INVALID,
            "Indiquez une heure par arrêt, la première étant celle du départ.",
            "Give one time for each stop, the first being the departure.",
            "calls_at",
        )
    return tuple(
        Call(call.stop_id, at.astimezone(dt.UTC).replace(microsecond=0))
        for call, at in zip(planned, draft.calls_at, strict=True)
    )


def _check_kept(before: Ride, after: Ride, bookings: Sequence[Booking], rules: BookingRules) -> None:
    """Whether everybody who has booked still has what they booked, and what was cancelled still reads well."""
    was = {call.stop_id: call.at for call in before.calls}
    will = {call.stop_id: call.at for call in after.calls}
    order = [call.stop_id for call in after.calls]
    for booking in bookings:
        stops = (booking.from_stop, booking.to_stop)
        if any(stop_id not in will for stop_id in stops) or order.index(stops[0]) > order.index(stops[1]):
            raise _kept(
                f"il y a une réservation de {stops[0]} à {stops[1]}",
                f"there is a booking from {stops[0]} to {stops[1]}",
            )
        for stop_id in stops if booking.holds_seats else ():
            if abs((will[stop_id] - was[stop_id]).total_seconds()) > rules.shift_with_passengers_s_max:
                minutes = rules.shift_with_passengers_s_max // 60
                raise _kept(
                    f"{stop_id} est réservé pour {shown(was[stop_id])}, à {minutes} min près",
                    f"{stop_id} is booked for {shown(was[stop_id])}, within {minutes} min",
                )
    if min(free_seats(after, bookings)) < 0:
        raise _kept(
            f"plus de {after.seats} places sont réservées", f"more than {after.seats} seats are booked"
        )


def _kept(french: str, english: str) -> CarpoolRefusedError:
    return CarpoolRefusedError(
        Reason.STATE,
        f"Ce changement n'est pas possible : {french}. Annulez le trajet et publiez-en un autre.",
        f"This cannot be changed: {english}. Cancel the ride and publish another one.",
    )
