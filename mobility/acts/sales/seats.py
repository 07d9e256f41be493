"""The seats of an order in other books: rides on demand and seats in cars. Held with its basket, confirmed with its
payment, given back with its items; always in the transaction in which the order itself changes.

Locks are taken in one order: the person's rides in cars, those rides by id, the person's rides on demand, their tours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from carpool.booking import Booking, BookingStatus, Ending
from carpool.booking_life import ENDINGS, end
from mobility.acts.book_seat import pay_seat_in
from mobility.acts.change_booking import is_late_cancel
from mobility.acts.find_rides import get_ride, rules_of
from mobility.acts.free_time import stretch
from mobility.acts.on_demand.cancel import cancel_in
from mobility.acts.on_demand.confirm import confirm_in
from mobility.acts.on_demand.locked import lock_rides
from mobility.acts.ports import UnitOfWork
from mobility.acts.ride_events import tell_booking
from mobility.acts.sales.sales_ports import SalesPorts
from on_demand.booking import Ending as RideEnding
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.insertion import DayKey
from on_demand.refusal import OnDemandRefusedError
from on_demand.ride_life import Actor, is_late
from on_demand.tour import VehicleDay
from ticketing.orders.order import Order, OrderItem, SeatKind
from ticketing.orders.refund_rules import LegUse
from ticketing.sales.bodies import advance_cents

SEATS_LONGER = dt.timedelta(minutes=2)
"""Seats are held longer than their order by this: it is the order that gives them back, the other books only where it
does not."""

_RIDDEN = (BookingStatus.COMPLETED_PENDING_VALIDATION, BookingStatus.VALIDATED)


@dataclass(frozen=True)
class LockedSeats:
    """The seats of some items as they are, and nobody else changes them."""

    person_id: str
    bookings: list[Booking]
    rides: list[OnDemandRide]
    days: dict[DayKey, VehicleDay]


def lock_seats(work: UnitOfWork, order: Order, items: Iterable[OrderItem]) -> LockedSeats:
    """The seats of items of an order that is locked. Raises MovedMeanwhileError: begin again."""
    seats = [seat for item in items for seat in item.seats]
    booking_ids = [seat.id for seat in seats if seat.kind is SeatKind.CARPOOL]
    bookings: list[Booking] = []
    if booking_ids:
        work.rides.lock_person(order.person_id)
        for ride_id in sorted({booking.ride_id for booking in _bookings(work, booking_ids)}):
            work.rides.lock_ride(ride_id)
        bookings = _bookings(work, booking_ids)
    ride_ids = [seat.id for seat in seats if seat.kind is SeatKind.ON_DEMAND]
    rides: list[OnDemandRide] = []
    days: dict[DayKey, VehicleDay] = {}
    if ride_ids:
        rides, days = lock_rides(work, order.person_id, lambda: work.on_demand.list_rides(ride_ids))
    return LockedSeats(order.person_id, bookings, rides, days)


def keep_seats(work: UnitOfWork, seats: LockedSeats, until: dt.datetime, now: dt.datetime) -> bool:
    """Hold them longer: a payment is under way. False, and nothing is changed: one of them is gone."""
    if not _are_held(seats):
        return False
    for booking in seats.bookings:
        work.rides.put_booking(replace(booking, expires_at=until, changed_at=now))
    for ride in seats.rides:
        work.on_demand.put_ride(replace(ride, expires_at=until, changed_at=now))
    return True


def confirm_seats(work: UnitOfWork, seats: LockedSeats, items: Iterable[OrderItem], now: dt.datetime) -> bool:
    """They are paid with these items: confirm them all. As long as nobody was given a seat whose time was over, it is
    theirs. False, and nothing is changed: one of them is gone. For a seat in a car its passenger owes what was paid."""
    if not _are_held(seats):
        return False
    late = now + dt.timedelta(seconds=60)
    held = [replace(ride, expires_at=max(ride.expires_at or late, late)) for ride in seats.rides]
    if held:
        try:
            confirm_in(work, seats.person_id, held, seats.person_id, now)
        except OnDemandRefusedError:
            return False
    paid = {seat.id: advance_cents(item, seat.leg) for item in items for seat in item.seats}
    for booking in seats.bookings:
        pay_seat_in(work, replace(booking, fare_cents=paid[booking.id]), now)
    return True


def give_back_seats(
    work: UnitOfWork, ports: SalesPorts, seats: LockedSeats, now: dt.datetime, reason: str = ""
) -> None:
    """Give back what is held or still to come. What is ridden, missed or given back already stays as it is.

    Raises OnDemandRefusedError: a ride on demand that cannot be cancelled any more.
    """
    rides = [ride for ride in seats.rides if ride.status in (RideStatus.HELD, RideStatus.CONFIRMED)]
    if rides:
        cancel_in(work, rides, seats.days, ports.on_demand.drives(), Actor.RIDER, seats.person_id, now)
    for booking in seats.bookings:
        if Ending.PASSENGER in ENDINGS[booking.status]:
            ending = Ending.EXPIRED if booking.awaits_payment else Ending.PASSENGER
            late = not booking.awaits_payment and _is_late(work, booking, now)
            ended = replace(end(booking, ending, now, reason, late), awaits_payment=False)
            work.rides.put_booking(ended)
            tell_booking(work, "booking.cancelled", ended, now)


def shrink_seats(work: UnitOfWork, seats: LockedSeats, by: int, now: dt.datetime) -> None:
    """Some of a party do not travel: so many seats fewer in cars that are still to come."""
    for booking in seats.bookings:
        if Ending.PASSENGER in ENDINGS[booking.status] and booking.seats > by:
            left = booking.seats - by
            fewer = replace(
                booking,
                seats=left,
                fare_cents=booking.fare_cents * left // booking.seats,
                changed_at=max(now, booking.changed_at),
            )
            work.rides.put_booking(fewer)
            tell_booking(work, "booking.changed", fewer, now)


def leg_uses(work: UnitOfWork, item: OrderItem, now: dt.datetime) -> dict[int, LegUse]:
    """How the seats of an item stand in their own books, by leg."""
    found: dict[int, LegUse] = {}
    for seat in item.seats:
        if seat.kind is SeatKind.ON_DEMAND:
            ride = work.on_demand.find_ride(seat.id)
            if ride is not None:
                found[seat.leg] = _ride_use(ride, now)
        else:
            booking = work.rides.find_booking(seat.id)
            if booking is not None:
                found[seat.leg] = _booking_use(work, booking, now)
    return found


def _ride_use(ride: OnDemandRide, now: dt.datetime) -> LegUse:
    if ride.status is RideStatus.CANCELLED and ride.ending is RideEnding.OPERATOR:
        return LegUse.NOT_RUN
    if ride.status is RideStatus.CANCELLED or ride.status is RideStatus.EXPIRED:
        return LegUse.TO_COME  # given back in time by who holds it
    if ride.status in (RideStatus.HELD, RideStatus.CONFIRMED) and ride.pickup_close_s > now.timestamp():
        return LegUse.LATE if is_late(ride, now) else LegUse.TO_COME
    return LegUse.LATE if ride.status is RideStatus.LATE_CANCEL else LegUse.USED


def _booking_use(work: UnitOfWork, booking: Booking, now: dt.datetime) -> LegUse:
    if booking.ending in (Ending.DRIVER, Ending.OPERATOR, Ending.DRIVER_NO_SHOW, Ending.EXPIRED):
        return LegUse.NOT_RUN
    if booking.status is BookingStatus.CANCELLED:
        given_back = LegUse.LATE if booking.is_late else LegUse.TO_COME
        return LegUse.USED if booking.ending is Ending.NO_SHOW else given_back
    leaves_at = stretch(get_ride(work, booking.ride_id), booking)[0]
    if booking.status in _RIDDEN or (booking.status is BookingStatus.CONFIRMED and leaves_at <= now):
        return LegUse.USED
    return LegUse.LATE if _is_late(work, booking, now) else LegUse.TO_COME


def _is_late(work: UnitOfWork, booking: Booking, now: dt.datetime) -> bool:
    if booking.status is not BookingStatus.CONFIRMED:
        return False
    leaves_at = stretch(get_ride(work, booking.ride_id), booking)[0]
    return is_late_cancel(booking, Ending.PASSENGER, leaves_at, rules_of(work, now), now)


def _bookings(work: UnitOfWork, ids: Iterable[str]) -> list[Booking]:
    found = (work.rides.find_booking(one) for one in ids)
    return [booking for booking in found if booking is not None]


def _are_held(seats: LockedSeats) -> bool:
    return all(
        booking.status is BookingStatus.WAITING_CONFIRMATION and booking.awaits_payment
        for booking in seats.bookings
    ) and all(ride.status is RideStatus.HELD for ride in seats.rides)
