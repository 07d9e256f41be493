"""What follows from not turning up: the ladder, what is forgotten, who is excused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carpool.booking import Booking, BookingStatus, Ending
from carpool.booking_rules import BookingRules, Step, rules_on
from carpool.conduct import Fault, list_driver_faults, list_passenger_faults, standing

NOW = dt.datetime(2026, 3, 10, 5, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
RULES = BookingRules("2026-01-01")


def faults(*days_ago: float, no_show: bool = True) -> list[Fault]:
    return [Fault(NOW - days * DAY, no_show) for days in sorted(days_ago, reverse=True)]


@pytest.mark.parametrize(
    ("known", "until"),
    [
        ([], None),
        (faults(1), None),
        (faults(20, 1), NOW + 6 * DAY),
        (faults(20, 8), None),
        (faults(30, 20, 1), NOW + 29 * DAY),
        (faults(100, 1), None),
        (faults(91, 89), None),
        (faults(5, 4, 3, no_show=False), None),
        (faults(6, 5, 4, 3, no_show=False), NOW + 4 * DAY),
    ],
)
def test_the_ladder(known: list[Fault], until: dt.datetime | None) -> None:
    stands = standing(known, RULES, NOW)
    assert stands.suspended_until == until
    assert (
        ("Suspended until" in stands.english) == ("Suspension jusqu" in stands.french) == (until is not None)
    )


@given(st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=12))
def test_one_more_fault_never_ends_a_suspension_earlier(drawn: list[tuple[int, bool]]) -> None:
    known = sorted(
        (Fault(NOW - days * DAY, is_no_show) for days, is_no_show in drawn), key=lambda one: one.at
    )
    until = [standing(known[:count], RULES, NOW).suspended_until or NOW for count in range(len(known) + 1)]
    assert until == sorted(until)


def booking(ride_id: str, ending: Ending | None, hours: float = 0, **more: bool) -> Booking:
    status = BookingStatus.CONFIRMED if ending is None else BookingStatus.CANCELLED
    at = NOW - dt.timedelta(hours=hours)
    made = Booking(f"{ride_id}{hours}", ride_id, "theo", "alba", "dole", 1, 150, status, at, at, ending)
    return replace(made, **more)  # type: ignore[arg-type]


def test_whose_fault_it_is() -> None:
    known = [
        booking("a", Ending.NO_SHOW, 5),
        booking("b", Ending.PASSENGER, 4, is_late=True),
        booking("c", Ending.PASSENGER, 3),
        booking("d", Ending.NO_SHOW, 2, is_excused=True),
        booking("e", Ending.EXPIRED, 1),
        booking("f", None),
        booking("g", Ending.DRIVER_NO_SHOW, 9),
        booking("g", Ending.DRIVER_NO_SHOW, 8),
        booking("h", Ending.DRIVER, 7, is_late=True),
        booking("h", Ending.DRIVER, 6, is_late=True),
        booking("i", Ending.DRIVER, 6),
    ]
    assert [fault.is_no_show for fault in list_passenger_faults(known)] == [True, False]
    assert [fault.is_no_show for fault in list_driver_faults(known)] == [True, False]


def test_rules_are_of_their_day() -> None:
    versions = (replace(RULES, ladder=(Step(1, 5),)), BookingRules("2026-06-01", regret_s=1))
    assert rules_on(versions, "2026-05-31") == versions[0]
    assert rules_on(versions, "2026-06-01") == versions[1]
    assert rules_on(versions, "2025-12-31") == BookingRules("0001-01-01")
    assert standing(faults(1), versions[0], NOW).suspended_until == NOW + 4 * DAY
