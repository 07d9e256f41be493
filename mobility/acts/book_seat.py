"""Passengers book seats, or board at a stop without having booked. Of two who want the last seat, one gets it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from carpool.booking import Booking, BookingStatus
from carpool.booking_life import step
from carpool.booking_rules import BookingRules
from carpool.line import find_fare
from carpool.refusal import CarpoolRefusedError, Reason
from carpool.ride import Ride, RideStatus
from carpool.seats import free_between
from ground.paris import paris_day, shown
from mobility.accounts.caller import Caller, Permission
from mobility.acts.carpool_lines import unknown
from mobility.acts.find_rides import get_ride, passenger_standing, rules_of
from mobility.acts.free_time import check_free_time, stretch
from mobility.acts.idempotency import check_key, key_reused
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.ride_events import tell_booking

EARLY_S, LATE_S = 1800, 7200
"""Who boards without having booked does so at most so long before the call, or after the ride should be over."""


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """Who wants to ride along from where to where. `passenger_id`: "" the caller; operators name an account, partner
    systems `operator:identifier`."""

    ride_id: str
    from_stop: str
    to_stop: str
    seats: int = 1
    passenger_id: str = ""


def book_seat(ports: ActPorts, caller: Caller, request: BookingRequest, key: str = "") -> Booking:
    """Book seats on a ride. The same `key` of the same passenger again gives the same booking, whatever became of it.

    Raises ForbiddenError and CarpoolRefusedError.
    """
    check_key(key)
    now = ports.now()
    with ports.unit_of_work() as work:
        passenger_id = _passenger(work, caller, request.passenger_id)
        work.rides.lock_person(passenger_id)
        known = work.rides.find_booking_by_key(passenger_id, key)
        if known is not None:
            return _replayed(known, request)
        booking = replace(book_in(work, ports.new_id(), passenger_id, request, now), key=key)
        work.rides.put_booking(booking)
        tell_booking(work, "booking.made", booking, now)
        work.commit()
    return booking


def book_in(
    work: UnitOfWork, new_id: str, passenger_id: str, request: BookingRequest, now: dt.datetime
) -> Booking:
    """A booking of somebody, locked (`lock_person`), as it would be made now; not yet remembered. Takes the lock of the
    ride. Raises CarpoolRefusedError."""
    ride = _lock_bookable(work, request, passenger_id)
    rules = rules_of(work, now)
    if request.seats > rules.seats_per_booking_max:
        raise _invalid(
            f"Au plus {rules.seats_per_booking_max} places par réservation.",
            f"At most {rules.seats_per_booking_max} seats a booking.",
        )
    stands = passenger_standing(work, passenger_id, now)
    if stands.suspended_until is not None:
        raise CarpoolRefusedError(Reason.SUSPENDED, stands.french, stands.english)
    made = _make(work, new_id, ride, passenger_id, request, now)
    closes_at = _closes_at(ride, made)
    if now > closes_at:
        raise CarpoolRefusedError(
            Reason.TOO_LATE,
            f"La réservation a fermé à {shown(closes_at)}. S'il reste une place, montez à l'arrêt.",
            f"Booking closed at {shown(closes_at)}. If a seat is left, board at the stop.",
        )
    return _to_confirm(made, ride, rules, closes_at)


def hold_seat_in(
    work: UnitOfWork,
    new_id: str,
    passenger_id: str,
    request: BookingRequest,
    now: dt.datetime,
    expires_at: dt.datetime,
) -> Booking:
    """Seats held for a basket until it is paid; the driver is not asked before. Takes the locks of the person and of
    the ride; nothing is committed. Raises CarpoolRefusedError."""
    work.rides.lock_person(passenger_id)
    made = book_in(work, new_id, passenger_id, request, now)
    held = replace(
        made, status=BookingStatus.WAITING_CONFIRMATION, expires_at=expires_at, awaits_payment=True
    )
    work.rides.put_booking(held)
    tell_booking(work, "booking.held", held, now)
    return held


def pay_seat_in(work: UnitOfWork, held: Booking, now: dt.datetime) -> Booking:
    """What was held is paid: confirmed, or the driver's to confirm. The ride is locked, the booking read after that.
    Raises CarpoolRefusedError."""
    ride = get_ride(work, held.ride_id)
    confirmed = replace(step(held, BookingStatus.CONFIRMED, now), awaits_payment=False)
    if ride.needs_confirmation:
        asked = replace(held, awaits_payment=False, changed_at=now, made_at=now)
        confirmed = _to_confirm(asked, ride, rules_of(work, now), max(_closes_at(ride, held), now))
    work.rides.put_booking(confirmed)
    tell_booking(work, "booking.made", confirmed, now)
    return confirmed


def _closes_at(ride: Ride, booking: Booking) -> dt.datetime:
    return stretch(ride, booking)[0] - dt.timedelta(seconds=ride.notice_s)


def board_spontaneously(ports: ActPorts, caller: Caller, request: BookingRequest) -> Booking:
    """Board at a stop, now, without having booked. Raises ForbiddenError and CarpoolRefusedError."""
    with ports.unit_of_work() as work:
        passenger_id = _passenger(work, caller, request.passenger_id)
        booking = board_in(work, ports.new_id(), passenger_id, request, ports.now())
        work.commit()
    return booking


def board_in(
    work: UnitOfWork, new_id: str, passenger_id: str, request: BookingRequest, at: dt.datetime
) -> Booking:
    """Board at an instant, which may be past when a phone had no network. Who has booked the way rides on that
    booking; others get a seat if there is one. Takes the locks of the person and of the ride.

    Raises CarpoolRefusedError; nothing is committed here.
    """
    work.rides.lock_person(passenger_id)
    ride = _lock_bookable(work, request, passenger_id)
    for booking in work.rides.list_bookings([ride.id]):
        is_theirs = booking.passenger_id == passenger_id and booking.holds_seats
        if is_theirs and not booking.awaits_payment and _covers(ride, booking, request):
            if booking.status is not BookingStatus.WAITING_CONFIRMATION:
                return booking
            confirmed = step(booking, BookingStatus.CONFIRMED, at)  # the driver took them along
            work.rides.put_booking(confirmed)
            tell_booking(work, "booking.confirmed", confirmed, at)
            return confirmed
    calls_at = ride.calls[ride.position(request.from_stop)].at
    if at < calls_at - dt.timedelta(seconds=EARLY_S):
        raise CarpoolRefusedError(
            Reason.TOO_EARLY,
            f"Le véhicule passe à {shown(calls_at)} : réservez, ou montez à ce moment.",
            f"The vehicle calls at {shown(calls_at)}: book, or board then.",
        )
    if at > ride.ends_at + dt.timedelta(seconds=LATE_S):
        raise CarpoolRefusedError(Reason.TOO_LATE, "Le trajet est terminé.", "The ride is over.")
    made = replace(_make(work, new_id, ride, passenger_id, request, at), is_spontaneous=True)
    work.rides.put_booking(made)
    tell_booking(work, "booking.made", made, at)
    return made


def _passenger(work: UnitOfWork, caller: Caller, passenger_id: str) -> str:
    """Whose booking it is. Raises ForbiddenError and CarpoolRefusedError."""
    if passenger_id in ("", caller.person):
        caller.require(Permission.BOOK_SEATS)
        return caller.person
    if caller.may(Permission.MANAGE_LINES):
        person = work.accounts.find_person(passenger_id)
        if person is None or person.is_erased:
            raise unknown("compte", "account", passenger_id)
        return passenger_id
    caller.require(Permission.BOOK_FOR_OTHERS)
    prefix = f"{caller.operator}:"
    if (
        not caller.operator
        or not passenger_id.startswith(prefix)
        or not len(prefix) < len(passenger_id) <= 160
        or not passenger_id.isprintable()
    ):
        raise CarpoolRefusedError(
            Reason.INVALID,
            f"Les passagers de ce système s'appellent {prefix}…",
            f"Passengers of this system are called {prefix}…",
            "passenger_id",
        )
    return passenger_id


def _lock_bookable(work: UnitOfWork, request: BookingRequest, passenger_id: str) -> Ride:
    """The ride, locked, when this passenger could ride along on it."""
    ride = work.rides.lock_ride(request.ride_id) or get_ride(work, request.ride_id)
    if ride.status is RideStatus.CANCELLED:
        raise CarpoolRefusedError(Reason.STATE, "Le trajet est annulé.", "The ride is cancelled.", "ride_id")
    if ride.driver_id == passenger_id:
        raise _invalid(
            "On ne réserve pas sur son propre trajet.", "Nobody books on their own ride.", "ride_id"
        )
    stop_ids = [call.stop_id for call in ride.calls]
    for field, stop_id in (("from_stop", request.from_stop), ("to_stop", request.to_stop)):
        if stop_id not in stop_ids:
            raise _invalid(
                f"Le trajet ne s'arrête pas à {stop_id!r} ; ses arrêts : {', '.join(stop_ids)}.",
                f"The ride does not call at {stop_id!r}; its stops are: {', '.join(stop_ids)}.",
                field,
            )
    if stop_ids.index(request.from_stop) >= stop_ids.index(request.to_stop):
        raise _invalid(
            f"Le trajet va dans l'autre sens : {' – '.join(stop_ids)}.",
            f"The ride goes the other way: {' – '.join(stop_ids)}.",
            "to_stop",
        )
    if request.seats < 1:
        raise _invalid("Il faut au moins une place.", "At least one seat is needed.")
    return ride


def _make(
    work: UnitOfWork, new_id: str, ride: Ride, passenger_id: str, request: BookingRequest, at: dt.datetime
) -> Booking:
    """A confirmed booking, if the person is free, a fare is known and the seats are there; not yet remembered."""
    calls = {call.stop_id: call.at for call in ride.calls}
    leaves_at = calls[request.from_stop]
    check_free_time(work, passenger_id, leaves_at, calls[request.to_stop])
    fare = find_fare(tuple(work.rides.list_fares()), ride.line_id, paris_day(leaves_at).isoformat())
    if fare is None:
        raise CarpoolRefusedError(
            Reason.STATE, "Aucun tarif n'est connu pour ce jour.", "No fare is known for that day."
        )
    held = work.rides.list_bookings([ride.id])
    free = free_between(ride, held, request.from_stop, request.to_stop)
    if free < request.seats:
        raise CarpoolRefusedError(
            Reason.FULL,
            f"Il reste {max(free, 0)} place(s) de {request.from_stop} à {request.to_stop}.",
            f"{max(free, 0)} seat(s) are left from {request.from_stop} to {request.to_stop}.",
            "seats",
        )
    return Booking(
        id=new_id,
        ride_id=ride.id,
        passenger_id=passenger_id,
        from_stop=request.from_stop,
        to_stop=request.to_stop,
        seats=request.seats,
        fare_cents=fare.fare_cents * request.seats,
        status=BookingStatus.CONFIRMED,
        made_at=at,
        changed_at=at,
    )


def _to_confirm(booking: Booking, ride: Ride, rules: BookingRules, closes_at: dt.datetime) -> Booking:
    """Waiting for the driver, where they want to be asked."""
    if not ride.needs_confirmation:
        return booking
    expires_at = min(booking.made_at + dt.timedelta(seconds=rules.confirm_within_s), closes_at)
    return replace(booking, status=BookingStatus.WAITING_CONFIRMATION, expires_at=expires_at)


def _covers(ride: Ride, booking: Booking, request: BookingRequest) -> bool:
    """Whether a booking is of the way somebody boards for, or of a part of it."""
    return (
        ride.position(booking.from_stop) <= ride.position(request.from_stop) < ride.position(booking.to_stop)
    )


def _replayed(known: Booking, request: BookingRequest) -> Booking:
    asked = (request.ride_id, request.from_stop, request.to_stop, request.seats)
    if (known.ride_id, known.from_stop, known.to_stop, known.seats) != asked:
        raise key_reused()
    return known


def _invalid(french: str, english: str, field: str = "seats") -> CarpoolRefusedError:
    return CarpoolRefusedError(Reason.INVALID, french, english, field)
