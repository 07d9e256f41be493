"""Budgets: what is used, and how the pace goes on."""

from __future__ import annotations

import datetime as dt
import random

from hypothesis import given
from hypothesis import strategies as st

from ticketing.envelope import DAYS_MIN, describe_envelope

MONDAY = dt.date(2026, 9, 7)


def _weekday(day: dt.date) -> bool:
    return day.weekday() < 5


def _days(count: int) -> list[dt.date]:
    return [MONDAY + dt.timedelta(days=n) for n in range(count)]


def test_an_even_pace_runs_out_when_the_division_says() -> None:
    by_day = {day: 1_000 for day in _days(14) if _weekday(day)}
    today = _days(14)[-1]
    found = describe_envelope("c", 15_000, by_day, today, today + dt.timedelta(days=60), _weekday)
    assert found.used_cents == 10_000
    assert found.left_cents == 5_000
    assert found.alerts_percent == (50,)
    assert found.forecast is not None
    assert found.forecast.cents_per_day == 1_000
    friday = dt.date(2026, 9, 25)
    assert (
        found.forecast.runs_out_on
        == found.forecast.runs_out_earliest
        == found.forecast.runs_out_latest
        == friday
    )


def test_weekends_are_part_of_fridays_and_days_without_trips_count() -> None:
    by_day = {MONDAY: 500, MONDAY + dt.timedelta(days=5): 500}
    found = describe_envelope("c", 10**6, by_day, MONDAY + dt.timedelta(days=13), MONDAY, _weekday)
    assert found.forecast is not None
    assert found.forecast.days_seen == 10
    assert found.forecast.cents_per_day == 100


def test_too_few_days_tell_no_pace() -> None:
    by_day = dict.fromkeys(_days(5), 1)
    found = describe_envelope("c", 100, by_day, MONDAY + dt.timedelta(days=DAYS_MIN - 2), MONDAY, _weekday)
    assert found.forecast is None


def test_an_empty_envelope_says_so_at_once() -> None:
    by_day = dict.fromkeys(_days(14), 100)
    found = describe_envelope("c", 1_000, by_day, _days(14)[-1], dt.date(2026, 12, 31), _weekday)
    assert found.alerts_percent == (50, 75, 90, 100)
    assert found.left_cents == -400
    assert found.forecast is not None
    assert found.forecast.runs_out_latest == _days(14)[-1]


@given(seed=st.integers(0, 10**6), days=st.integers(14, 120))
def test_the_range_holds_the_forecast_and_dates_are_in_order(seed: int, days: int) -> None:
    rng = random.Random(seed)
    by_day = {day: rng.randrange(5_000) for day in _days(days)}
    today = _days(days)[-1]
    found = describe_envelope("c", 300_000, by_day, today, today + dt.timedelta(days=200), _weekday).forecast
    assert found is not None
    assert found.end_low_cents <= found.end_cents <= found.end_high_cents
    last = dt.date.max
    earliest, likely, latest = (
        one or last for one in (found.runs_out_earliest, found.runs_out_on, found.runs_out_latest)
    )
    assert earliest <= likely <= latest


def test_the_range_covers_what_happens_as_often_as_it_says() -> None:
    """Of years by chance whose days are independent, about 95 % end within the range."""
    rng, within = random.Random(5), 0
    for _ in range(400):
        all_days = [day for day in _days(240) if _weekday(day)]
        cents = {day: int(rng.gammavariate(2, 2_000)) for day in all_days}
        today = all_days[60]
        seen = {day: value for day, value in cents.items() if day <= today}
        found = describe_envelope("c", 10**9, seen, today, all_days[-1], _weekday).forecast
        assert found is not None
        within += found.end_low_cents <= sum(cents.values()) <= found.end_high_cents
    assert 0.91 <= within / 400 <= 0.99
