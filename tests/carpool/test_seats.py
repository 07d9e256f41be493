"""Seats a section, against the twin that sits everybody down."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carpool.booking import Booking, BookingStatus
from carpool.ride import Call, Ride, RideStatus
from carpool.seats import free_between, free_seats
from tests.naive import carpool as naive

NOW = dt.datetime(2026, 3, 10, 5, 0, tzinfo=dt.UTC)
STOPS = "abcdef"
RIDE = Ride("r", "l", "dora", tuple(Call(stop, NOW) for stop in STOPS), 4, RideStatus.PUBLISHED, NOW)
BOOKING = Booking("b", "r", "theo", "a", "f", 1, 150, BookingStatus.CONFIRMED, NOW, NOW)


@st.composite
def bookings(draw: st.DrawFn) -> Booking:
    first = draw(st.integers(0, len(STOPS) - 2))
    last = draw(st.integers(first + 1, len(STOPS) - 1))
    return replace(
        BOOKING,
        ride_id=draw(st.sampled_from("rrrs")),
        from_stop=STOPS[first],
        to_stop=STOPS[last],
        seats=draw(st.integers(1, 3)),
        status=draw(st.sampled_from(list(BookingStatus))),
    )


@given(st.lists(bookings(), max_size=8))
def test_seats_are_those_of_the_twin(drawn: list[Booking]) -> None:
    assert free_seats(RIDE, drawn) == naive.free_seats(RIDE, drawn)


@given(st.lists(bookings(), max_size=8), st.integers(0, 4), st.integers(1, 5))
def test_the_scarcest_section_decides(drawn: list[Booking], first: int, length: int) -> None:
    last = min(first + length, len(STOPS) - 1)
    free = naive.free_seats(RIDE, drawn)
    assert free_between(RIDE, drawn, STOPS[first], STOPS[last]) == min(free[first:last])


def test_backwards_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        free_between(RIDE, [], "b", "a")
