"""The days of a regular ride by the calendar and the clocks of Paris, in the nights they change too."""

from __future__ import annotations

import datetime as dt

import pytest

from carpool.line import Line, LineStop, Stop
from carpool.refusal import CarpoolRefusedError
from carpool.regular_days import check_regular, list_days, ride_id_of, ride_of
from carpool.ride import RegularRide
from ground.paris import PARIS

NOW = dt.datetime(2026, 3, 10, 5, 0, tzinfo=dt.UTC)
LINE = Line(
    "l",
    "L",
    tuple(
        LineStop(Stop(name, name, 47.0, 6.0, "25000"), 10_000 * n, 1800 * n) for n, name in enumerate("ab")
    ),
)
MAY_8 = dt.date(2026, 5, 8)


def regular(leaves_at: str = "07:30", **changes: object) -> RegularRide:
    values: dict[str, object] = {
        "id": "g",
        "line_id": "l",
        "driver_id": "dora",
        "stop_ids": ("b", "a"),
        "leaves_at": dt.time.fromisoformat(leaves_at),
        "weekdays": frozenset(range(7)),
        "valid_from": dt.date(2026, 1, 1),
        "valid_to": dt.date(2026, 12, 31),
        "seats": 3,
        "published_at": NOW,
    }
    return RegularRide(**(values | changes))  # type: ignore[arg-type]


def days(ride: RegularRide, first: str, last: str) -> list[str]:
    found = list_days(
        ride, dt.date.fromisoformat(first), dt.date.fromisoformat(last), lambda day: day == MAY_8
    )
    return [day.isoformat()[5:] for day in found]


def test_days() -> None:
    assert days(regular(weekdays=frozenset((3, 4))), "2026-05-01", "2026-05-15") == [
        "05-01",
        "05-07",
        "05-14",
        "05-15",
    ]
    assert days(regular(on_public_holidays=True), "2026-05-07", "2026-05-09") == ["05-07", "05-08", "05-09"]
    assert days(regular(except_days=frozenset((dt.date(2026, 5, 7),))), "2026-05-06", "2026-05-09") == [
        "05-06",
        "05-09",
    ]
    assert days(regular(valid_to=dt.date(2026, 5, 6)), "2026-05-05", "2026-05-09") == ["05-05", "05-06"]
    assert days(regular(valid_from=dt.date(2026, 5, 9)), "2026-05-05", "2026-05-09") == ["05-09"]
    assert days(regular(is_ended=True), "2026-05-05", "2026-05-09") == []
    assert days(regular(), "2026-05-09", "2026-05-05") == []


@pytest.mark.parametrize(
    ("day", "leaves_at", "expected"),
    [
        ("2026-03-28", "07:30", "06:30Z 07:00Z"),
        ("2026-03-29", "07:30", "05:30Z 06:00Z"),
        ("2026-03-29", "01:45", "00:45Z 01:15Z"),  # arrives 03:15 by the new clock: 30 minutes all the same
        ("2026-03-29", "02:30", "01:30Z 02:00Z"),  # that time is skipped: 03:30
        ("2026-10-25", "02:30", "00:30Z 01:00Z"),  # that time comes twice: the first
        ("2026-10-25", "03:30", "02:30Z 03:00Z"),
        ("2026-03-10", "23:50", "22:50Z 23:20Z"),
    ],
)
def test_times_by_the_clocks_of_that_day(day: str, leaves_at: str, expected: str) -> None:
    ride = ride_of(regular(leaves_at), LINE, dt.date.fromisoformat(day), NOW)
    assert " ".join(f"{call.at:%H:%MZ}" for call in ride.calls) == expected
    assert ride.starts_at.astimezone(PARIS).date().isoformat() == day
    assert (ride.ends_at - ride.starts_at).total_seconds() == 1800


def test_a_day_has_one_id() -> None:
    year = [dt.date(2026, 1, 1) + dt.timedelta(days=number) for number in range(365)]
    ids = {ride_id_of(name, day) for name in ("g", "h") for day in year}
    assert len(ids) == 730
    assert ride_of(regular(), LINE, MAY_8, NOW).id == ride_id_of("g", MAY_8)


@pytest.mark.parametrize(
    "changes",
    [
        {"stop_ids": ("a",)},
        {"stop_ids": ("a", "x")},
        {"weekdays": frozenset()},
        {"weekdays": frozenset((7,))},
        {"seats": 0},
        {"valid_to": dt.date(2026, 3, 9)},
        {"valid_to": dt.date(2031, 1, 1)},
        {"valid_from": dt.date(2027, 1, 2)},
    ],
)
def test_what_cannot_be_published(changes: dict[str, object]) -> None:
    check_regular(regular(), LINE, NOW.date())
    with pytest.raises(CarpoolRefusedError):
        check_regular(regular(**changes), LINE, NOW.date())
