"""Anything anybody may do with rides and bookings, in any order: no section is ever oversold, nobody is on two roads,
what has ended stays so, and a refusal changes nothing."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from carpool.booking import Booking, BookingStatus, Ending
from carpool.refusal import CarpoolRefusedError, Reason
from carpool.ride import Ride, RideStatus
from mobility.accounts.caller import Caller, Role
from mobility.acts.book_seat import BookingRequest, board_spontaneously, book_seat
from mobility.acts.change_booking import (
    cancel_booking,
    confirm_booking,
    report_no_show,
    settle_bookings,
    validate_in,
)
from mobility.acts.find_rides import search_rides
from mobility.acts.ports import ActPorts
from mobility.acts.publish_ride import RideChange, cancel_ride, change_ride, publish_ride
from mobility.storage.unit_of_work import units_of_work
from tests.contracts.carpool_line import NOW, OPERATOR, Clock, carpool_ports, draft
from tests.migrated import open_migrated
from tests.naive import carpool as naive

PEOPLE = tuple(
    Caller(name, frozenset((Role.DRIVER, Role.TRAVELLER)))
    for name in ("ada", "bob", "cleo", "dan", "eve", "finn")
)
DRIVERS = PEOPLE[:2]
PLACES = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(sorted)
"""Where among its calls somebody gets on and off; the same: nowhere."""
ROUTES = st.sampled_from(("alba brey cize dole", "dole cize brey alba", "alba dole", "brey cize dole"))
FINAL = (BookingStatus.CANCELLED, BookingStatus.VALIDATED)


class BookingMachine(RuleBasedStateMachine):
    """What people do; the naive twin counts the seats."""

    rides = Bundle("rides")
    bookings = Bundle("bookings")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.engine = open_migrated(Path(self.folder.name) / "test.sqlite")
        self.clock = Clock()
        self.ports: ActPorts = carpool_ports(units_of_work(self.engine), self.clock)
        self.final: dict[str, Booking] = {}
        self.made: dict[tuple[str, str], tuple[BookingRequest, str]] = {}
        self.asked = 0

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()
            self.folder.cleanup()

    def all_rides(self) -> list[Ride]:
        with self.ports.unit_of_work(read_only=True) as work:
            return work.rides.list_rides(NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=9))

    def all_bookings(self) -> list[Booking]:
        ids = [ride.id for ride in self.all_rides()]
        with self.ports.unit_of_work(read_only=True) as work:
            return work.rides.list_bookings(ids)

    def attempt(self, act: Callable[[], Any]) -> tuple[Any, Reason | None]:
        """What an act gave, or why it was refused; refused, it changed nothing."""
        before = (self.all_rides(), self.all_bookings())
        try:
            return act(), None
        except CarpoolRefusedError as refusal:
            assert (self.all_rides(), self.all_bookings()) == before
            return None, refusal.reason

    @rule(
        target=rides,
        driver=st.sampled_from(DRIVERS),
        minutes=st.integers(20, 120),
        seats=st.integers(1, 2),
        route=ROUTES,
        asks=st.booleans(),
    )
    def publish(self, driver: Caller, minutes: int, seats: int, route: str, asks: bool) -> Any:
        ahead = (self.clock.now - NOW) / dt.timedelta(minutes=1) + minutes
        offer = draft(minutes=ahead, seats=seats, stops=route, needs_confirmation=asks)
        ride, _ = self.attempt(lambda: publish_ride(self.ports, driver, offer))
        return multiple() if ride is None else ride.id

    @rule(
        target=bookings,
        ride=rides,
        who=st.sampled_from(PEOPLE),
        places=PLACES,
        seats=st.integers(1, 2),
        boards=st.booleans(),
    )
    def book(self, ride: str, who: Caller, places: list[int], seats: int, boards: bool) -> Any:
        known = next(one for one in self.all_rides() if one.id == ride)
        stops = [call.stop_id for call in known.calls]
        ends = [stops[min(place, len(stops) - 1)] for place in places]
        request = BookingRequest(ride, ends[0], ends[1], seats)
        free = naive.free_seats(known, self.all_bookings())
        before = {booking.id for booking in self.all_bookings()}
        self.asked += 1
        key = "" if boards else f"key-{self.asked}"
        booking, refused = self.attempt(
            lambda: (
                board_spontaneously(self.ports, who, request)
                if boards
                else book_seat(self.ports, who, request, key)
            )
        )
        if booking is None:
            if refused is Reason.FULL:
                assert min(free[stops.index(ends[0]) : stops.index(ends[1])]) < seats
            return multiple()
        if booking.id in before:
            assert boards, "only who had booked before boards on that"
            return multiple()
        assert min(free[stops.index(ends[0]) : stops.index(ends[1])]) >= seats
        assert booking.fare_cents == 150 * seats
        if key:
            self.made[who.person, key] = (request, booking.id)
        return booking.id

    @rule(choice=st.integers(0, 1000))
    def book_again(self, choice: int) -> None:
        if self.made:
            (person, key), (request, booking_id) = sorted(self.made.items(), key=str)[choice % len(self.made)]
            caller = next(one for one in PEOPLE if one.person == person)
            before = self.all_bookings()
            assert book_seat(self.ports, caller, request, key).id == booking_id
            assert self.all_bookings() == before

    @rule(booking=bookings, who=st.sampled_from((*PEOPLE, OPERATOR)))
    def cancel(self, booking: str, who: Caller) -> None:
        self.attempt(lambda: cancel_booking(self.ports, who, booking))

    @rule(booking=bookings, who=st.sampled_from(PEOPLE))
    def confirm(self, booking: str, who: Caller) -> None:
        self.attempt(lambda: confirm_booking(self.ports, who, booking))

    @rule(booking=bookings, missing=st.sampled_from((Ending.NO_SHOW, Ending.DRIVER_NO_SHOW)))
    def not_there(self, booking: str, missing: Ending) -> None:
        self.attempt(lambda: report_no_show(self.ports, OPERATOR, booking, missing))

    @rule(booking=bookings)
    def prove(self, booking: str) -> None:
        with self.ports.unit_of_work() as work:
            validate_in(work, booking, self.clock.now)
            work.commit()

    @rule(ride=rides)
    def call_off(self, ride: str) -> None:
        driver = next(one.driver_id for one in self.all_rides() if one.id == ride)
        cancelled, _ = self.attempt(
            lambda: cancel_ride(self.ports, Caller(driver, frozenset((Role.DRIVER,))), ride)
        )
        if cancelled is not None:
            held = [one.status for one in self.all_bookings() if one.ride_id == ride and one.holds_seats]
            assert set(held) <= {BookingStatus.COMPLETED_PENDING_VALIDATION, BookingStatus.VALIDATED}

    @rule(ride=rides, seats=st.integers(1, 4), minutes=st.integers(-15, 15))
    def change(self, ride: str, seats: int, minutes: int) -> None:
        before = next(one for one in self.all_rides() if one.id == ride)
        shift = dt.timedelta(minutes=minutes)
        calls = tuple(type(call)(call.stop_id, call.at + shift) for call in before.calls)
        driver = Caller(before.driver_id, frozenset((Role.DRIVER,)))
        self.attempt(lambda: change_ride(self.ports, driver, ride, RideChange(calls=calls, seats=seats)))

    @rule(minutes=st.integers(1, 45))
    def wait(self, minutes: int) -> None:
        self.clock.wait(minutes=minutes)

    @rule()
    def settle(self) -> None:
        settle_bookings(self.ports)
        assert settle_bookings(self.ports) == 0

    @invariant()
    def no_section_is_oversold(self) -> None:
        if not hasattr(self, "ports"):
            return
        bookings = self.all_bookings()
        for ride in self.all_rides():
            assert min(naive.free_seats(ride, bookings)) >= 0
        offers = search_rides(self.ports, NOW, NOW + dt.timedelta(days=9), seats=0)
        for offer in offers:
            assert offer.free == naive.free_seats(offer.ride, bookings)

    @invariant()
    def nobody_is_on_two_roads(self) -> None:
        if not hasattr(self, "ports"):
            return
        rides = {ride.id: ride for ride in self.all_rides()}
        on_road: dict[str, list[tuple[dt.datetime, dt.datetime]]] = {}
        for ride in rides.values():
            if ride.status is RideStatus.PUBLISHED:
                on_road.setdefault(ride.driver_id, []).append((ride.starts_at, ride.ends_at))
        for booking in self.all_bookings():
            if booking.status in (BookingStatus.WAITING_CONFIRMATION, BookingStatus.CONFIRMED):
                at = {call.stop_id: call.at for call in rides[booking.ride_id].calls}
                stretch = (at[booking.from_stop], at[booking.to_stop])
                on_road.setdefault(booking.passenger_id, []).append(stretch)
        for person, stretches in on_road.items():
            stretches.sort()
            for (_, ends), (begins, _) in pairwise(stretches):
                assert ends <= begins, person

    @invariant()
    def what_has_ended_stays_so(self) -> None:
        if not hasattr(self, "ports"):
            return
        for booking in self.all_bookings():
            if booking.id in self.final:
                kept = self.final[booking.id]
                assert (booking.status, booking.ending, booking.changed_at) == (
                    kept.status,
                    kept.ending,
                    kept.changed_at,
                )
            elif booking.status in FINAL:
                self.final[booking.id] = booking


TestBookingMachine = BookingMachine.TestCase
TestBookingMachine.settings = settings(max_examples=12, stateful_step_count=25)


def test_the_machine_notices_overselling(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: where seats are not counted, it fails."""
    monkeypatch.setattr("mobility.acts.book_seat.free_between", lambda *_: 99)
    quick = settings(max_examples=40, stateful_step_count=20, phases=[Phase.generate], derandomize=True)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(BookingMachine, settings=quick)
