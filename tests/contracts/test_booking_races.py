"""Several at once at the same seat, key, passenger or ride, on both databases; and the control without the lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from carpool.booking import Booking
from carpool.refusal import CarpoolRefusedError, Reason
from carpool.ride import Ride
from carpool.seats import free_between
from mobility.acts.book_seat import BookingRequest, book_seat
from mobility.acts.ports import ActPorts
from mobility.acts.publish_ride import cancel_ride, publish_ride
from mobility.storage.rides import SqlRides
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.at_once import at_once
from tests.contracts.carpool_line import Clock, carpool_ports, draft, driver, traveller
from tests.contracts.conftest import POSTGIS


@pytest.fixture
def ports(begin: Callable[..., SqlUnitOfWork]) -> ActPorts:
    return carpool_ports(begin, Clock())


def _book(ports: ActPorts, name: str, ride: Ride, key: str = "") -> Booking:
    return book_seat(ports, traveller(name), BookingRequest(ride.id, "alba", "dole"), key)


def _seats_held(ports: ActPorts, ride: Ride) -> list[int]:
    with ports.unit_of_work(read_only=True) as work:
        return [one.seats for one in work.rides.list_bookings([ride.id]) if one.holds_seats]


def _reasons(outcomes: list[Booking | Exception]) -> list[Reason]:
    """Of all that were refused; whoever failed otherwise fails the test."""
    errors = [one for one in outcomes if isinstance(one, Exception)]
    for error in errors:
        if not isinstance(error, CarpoolRefusedError):
            raise error
    return [error.reason for error in errors if isinstance(error, CarpoolRefusedError)]


def test_of_sixteen_who_want_the_last_seat_one_gets_it(ports: ActPorts) -> None:
    ride = publish_ride(ports, driver(), draft(seats=1))
    outcomes = at_once(*(partial(_book, ports, f"t{number}", ride) for number in range(16)))
    assert len(outcomes) == 16
    assert _reasons(outcomes) == [Reason.FULL] * 15
    assert _seats_held(ports, ride) == [1]


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_without_the_lock_several_get_it(ports: ActPorts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: where nobody waits for the ride, the last seat is sold twice. (SQLite has one writer at a time.)"""
    ride = publish_ride(ports, driver(), draft(seats=1))
    both_counted = threading.Barrier(2)

    def count_together(*args: object) -> int:
        free = free_between(*args)  # type: ignore[arg-type]
        with suppress(threading.BrokenBarrierError):
            both_counted.wait(timeout=30)
        return free

    monkeypatch.setattr(SqlRides, "lock_ride", SqlRides.find_ride)
    monkeypatch.setattr("mobility.acts.book_seat.free_between", count_together)
    at_once(*(partial(_book, ports, name, ride) for name in ("a", "b")))
    assert _seats_held(ports, ride) == [1, 1]


def test_the_same_key_at_once_books_once(ports: ActPorts) -> None:
    ride = publish_ride(ports, driver(), draft())
    outcomes = at_once(*(partial(_book, ports, "theo", ride, "key") for _ in range(8)))
    assert _reasons(outcomes) == []
    assert outcomes == [outcomes[0]] * 8
    assert _seats_held(ports, ride) == [1]


def test_one_person_on_eight_rides_at_once_gets_one(ports: ActPorts) -> None:
    rides = [publish_ride(ports, driver(f"d{number}"), draft()) for number in range(8)]
    outcomes = at_once(*(partial(_book, ports, "theo", ride) for ride in rides))
    assert _reasons(outcomes) == [Reason.OVERLAP] * 7
    assert sum(len(_seats_held(ports, ride)) for ride in rides) == 1


def test_cancelling_a_ride_while_it_is_booked_leaves_nobody_behind(ports: ActPorts) -> None:
    """Whoever got a seat is told, or nobody gets one: never a seat on a ride that does not run."""
    ride = publish_ride(ports, driver(), draft(seats=4))
    outcomes = at_once(
        partial(cancel_ride, ports, driver(), ride.id),
        *(partial(_book, ports, f"t{number}", ride) for number in range(4)),
    )
    assert set(_reasons(outcomes)) <= {Reason.STATE}
    assert _seats_held(ports, ride) == []
