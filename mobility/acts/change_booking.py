"""What becomes of a booking: confirmed or declined by the driver, cancelled, not turned up, over, proven.

Every way goes through `carpool.booking_life` with the ride locked, so whoever comes late is refused.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from carpool.booking import Booking, BookingStatus, Ending
from carpool.booking_life import STEPS, end, step
from carpool.booking_rules import BookingRules
from carpool.refusal import CarpoolRefusedError, Reason
from carpool.ride import Ride
from ground.paris import shown
from mobility.accounts.caller import Caller, Permission
from mobility.acts.entity_tag import check_tag
from mobility.acts.find_rides import get_booking, is_passenger, rules_of
from mobility.acts.free_time import stretch
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.publish_ride import check_reason, lock_ride
from mobility.acts.ride_events import tell_booking


def confirm_booking(ports: ActPorts, caller: Caller, booking_id: str) -> Booking:
    """The driver takes somebody along; confirmed again, it stays so. Raises ForbiddenError and
    CarpoolRefusedError."""
    now = ports.now()
    with ports.unit_of_work() as work:
        booking, _ = _lock(work, caller, booking_id, as_driver=True)
        if booking.status is BookingStatus.CONFIRMED:
            return booking
        if booking.expires_at is not None and booking.expires_at <= now:
            raise CarpoolRefusedError(
                Reason.TOO_LATE,
                f"La demande a expiré à {shown(booking.expires_at)}.",
                f"The request expired at {shown(booking.expires_at)}.",
            )
        if booking.awaits_payment:
            raise CarpoolRefusedError(
                Reason.STATE,
                "Le passager n'a pas encore payé : vous serez sollicité ensuite.",
                "The passenger has not paid yet: you are asked after that.",
                "status",
            )
        confirmed = step(booking, BookingStatus.CONFIRMED, now)
        _keep(work, "booking.confirmed", confirmed, now)
        work.commit()
    return confirmed


def cancel_booking(
    ports: ActPorts, caller: Caller, booking_id: str, reason: str = "", tag: str = ""
) -> Booking:
    """The passenger gives the seats back, the driver declines or drops somebody, or an operator ends it.

    Late, by the rules of the day, it counts as such for the passenger or the driver. Raises ForbiddenError and
    CarpoolRefusedError.
    """
    check_reason(reason)
    now = ports.now()
    with ports.unit_of_work() as work:
        booking, ride = _lock(work, caller, booking_id)
        check_tag(booking, tag)
        ending = _ending(caller, booking, ride)
        leaves_at = stretch(ride, booking)[0]
        if ending is Ending.PASSENGER and leaves_at <= now and booking.status is BookingStatus.CONFIRMED:
            raise CarpoolRefusedError(
                Reason.TOO_LATE,
                f"Le départ était à {shown(leaves_at)} : ce n'est plus à annuler.",
                f"The departure was at {shown(leaves_at)}: it cannot be cancelled any more.",
            )
        is_late = booking.status is BookingStatus.CONFIRMED and is_late_cancel(
            booking, ending, leaves_at, rules_of(work, now), now
        )
        ended = end(booking, ending, now, reason, is_late)
        _keep(work, "booking.cancelled", ended, now)
        work.commit()
    return ended


def report_no_show(
    ports: ActPorts, caller: Caller, booking_id: str, missing: Ending, reason: str = ""
) -> Booking:
    """Say that the passenger (`Ending.NO_SHOW`: by the driver) or the driver (`Ending.DRIVER_NO_SHOW`: by the
    passenger) did not turn up; an operator may say either. Raises ForbiddenError and CarpoolRefusedError."""
    if missing not in (Ending.NO_SHOW, Ending.DRIVER_NO_SHOW):
        raise ValueError(f"{missing} is nobody who did not turn up")
    check_reason(reason)
    now = ports.now()
    with ports.unit_of_work() as work:
        booking, ride = _lock(work, caller, booking_id)
        is_witness = (
            ride.driver_id == caller.person if missing is Ending.NO_SHOW else is_passenger(caller, booking)
        )
        if not is_witness:
            caller.require(Permission.MANAGE_LINES)
        leaves_at = stretch(ride, booking)[0]
        until = ride.ends_at + dt.timedelta(seconds=rules_of(work, now).report_within_s)
        if now < leaves_at:
            raise CarpoolRefusedError(
                Reason.TOO_EARLY,
                f"Le départ n'est qu'à {shown(leaves_at)}.",
                f"The departure is only at {shown(leaves_at)}.",
            )
        if now > until:
            raise CarpoolRefusedError(
                Reason.TOO_LATE,
                f"Une absence se signale jusqu'au {shown(until)}.",
                f"A no-show can be reported until {shown(until)}.",
            )
        ended = end(booking, missing, now, reason)
        _keep(work, "booking.cancelled", ended, now)
        work.commit()
    return ended


def excuse(ports: ActPorts, caller: Caller, booking_id: str) -> Booking:
    """An operator takes back what follows from how a booking ended; it stays cancelled. Raises ForbiddenError and
    CarpoolRefusedError."""
    caller.require(Permission.MANAGE_LINES)
    with ports.unit_of_work() as work:
        booking, _ = _lock(work, caller, booking_id)
        if booking.status is not BookingStatus.CANCELLED:
            raise CarpoolRefusedError(
                Reason.STATE, "La réservation n'est pas annulée.", "The booking is not cancelled.", "status"
            )
        excused = replace(booking, is_excused=True)
        work.rides.put_booking(excused)
        work.commit()
    return excused


def validate_in(work: UnitOfWork, booking_id: str, at: dt.datetime) -> Booking | None:
    """The passage is proven: the booking is validated, be its ride over or not. Takes the lock of the ride; nothing is
    committed here.

    A cancelled booking stays cancelled; was it for a no-show, the evidence excuses it. None: there is no such booking.
    """
    known = work.rides.find_booking(booking_id)
    if known is None:
        return None
    lock_ride(work, known.ride_id)
    booking = work.rides.find_booking(booking_id)
    assert booking is not None
    if BookingStatus.VALIDATED in STEPS[booking.status]:
        validated = step(booking, BookingStatus.VALIDATED, at)
        _keep(work, "booking.validated", validated, at)
        return validated
    if booking.ending in (Ending.NO_SHOW, Ending.DRIVER_NO_SHOW) and not booking.is_excused:
        booking = replace(booking, is_excused=True)
        work.rides.put_booking(booking)
    return booking


def settle_bookings(ports: ActPorts) -> int:
    """End the requests no driver confirmed in time, and complete the bookings whose ride is over; how many."""
    now, settled = ports.now(), 0
    with ports.unit_of_work(read_only=True) as work:
        ride_ids = sorted({booking.ride_id for booking in work.rides.list_due_bookings(now)})
    for ride_id in ride_ids:
        with ports.unit_of_work() as work:
            ride = lock_ride(work, ride_id)
            for booking in work.rides.list_bookings([ride_id]):
                is_expired = booking.expires_at is not None and booking.expires_at <= now
                if booking.status is BookingStatus.WAITING_CONFIRMATION and is_expired:
                    _keep(work, "booking.cancelled", end(booking, Ending.EXPIRED, now), now)
                elif booking.status is BookingStatus.CONFIRMED and ride.ends_at <= now:
                    completed = step(booking, BookingStatus.COMPLETED_PENDING_VALIDATION, now)
                    _keep(work, "booking.completed", completed, now)
                else:
                    continue
                settled += 1
            work.commit()
    return settled


def _lock(work: UnitOfWork, caller: Caller, booking_id: str, as_driver: bool = False) -> tuple[Booking, Ride]:
    """A booking with its ride, both as they are once nobody else changes them."""
    ride_id = get_booking(work, caller, booking_id, as_driver)[0].ride_id
    lock_ride(work, ride_id)
    return get_booking(work, caller, booking_id, as_driver)


def _ending(caller: Caller, booking: Booking, ride: Ride) -> Ending:
    if is_passenger(caller, booking):
        return Ending.PASSENGER
    return Ending.DRIVER if caller.person == ride.driver_id else Ending.OPERATOR


def is_late_cancel(
    booking: Booking, ending: Ending, leaves_at: dt.datetime, rules: BookingRules, now: dt.datetime
) -> bool:
    """Whether who ends it now does so later than the rules allow without consequence."""
    if ending is Ending.PASSENGER:
        regret = booking.made_at + dt.timedelta(seconds=rules.regret_s)
        return now > max(leaves_at - dt.timedelta(seconds=rules.passenger_free_until_s), regret)
    return ending is Ending.DRIVER and now > leaves_at - dt.timedelta(seconds=rules.driver_free_until_s)


def _keep(work: UnitOfWork, kind: str, booking: Booking, at: dt.datetime) -> None:
    work.rides.put_booking(booking)
    tell_booking(work, kind, booking, at)
