"""The region's days: holidays as the law and the ministry have them, calendars that say what the services mean."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.demo.calendars import SERVICES, Calendars, is_school_break, list_public_holidays


def test_public_holidays_of_2026() -> None:
    assert list_public_holidays(2026) == {
        dt.date(2026, month, day)
        for month, day in [
            (1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25),
        ]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "free"),
    [
        ("2026-02-06", False), ("2026-02-07", True), ("2026-02-22", True), ("2026-02-23", False),
        ("2026-04-04", True), ("2026-04-20", False), ("2026-05-15", True), ("2026-07-03", False),
        ("2026-07-04", True), ("2026-08-31", True), ("2026-09-01", False), ("2026-10-17", True),
        ("2026-11-02", False), ("2026-12-19", True), ("2027-01-03", True), ("2027-01-04", False),
        ("2027-02-13", True), ("2027-03-01", False), ("2027-04-10", True), ("2027-04-26", False),
    ],
)  # fmt: skip
def test_school_breaks_as_published(day: str, free: bool) -> None:
    """Zone A: orders of the ministry of education for 2025-2026 and 2026-2027."""
    assert is_school_break(dt.date.fromisoformat(day)) is free


@settings(max_examples=60)
@given(first_day=st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)), days=st.integers(1, 300))
def test_the_two_files_together_say_on_which_days_a_service_runs(first_day: dt.date, days: int) -> None:
    """calendar.txt and calendar_dates.txt, read as GTFS defines them, against the question itself."""
    calendars = Calendars(first_day, days)
    weeks = {row[0]: row[1:] for row in calendars.calendar_rows()}
    exceptions = {(service, day): kind for service, day, kind in calendars.exception_rows()}
    for service, runs in SERVICES.items():
        for i in range(-1, days + 1):
            day = first_day + dt.timedelta(days=i)
            week = weeks.get(service)
            inside = week is not None and week[7] <= day <= week[8]
            active = inside and bool(week[day.weekday()])
            kind = exceptions.get((service, day))
            active = active if kind is None else kind == 1
            assert active == (runs(day) and 0 <= i < days)


def test_exceptions_are_fewer_than_the_days_they_would_replace() -> None:
    calendars = Calendars(dt.date(2026, 11, 14), 210)
    exceptions = list(calendars.exception_rows())
    assert 0 < len(exceptions) < 250
    assert {kind for _, _, kind in exceptions} == {1, 2}


@pytest.mark.shared
def test_school_breaks_day_by_day() -> None:
    path = Path(__file__).parents[4] / "shared" / "data" / "region" / "school-holidays.csv"
    if not path.exists():
        pytest.skip("the published school calendar is not beside the project")
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if "2025-09-01" <= row["date"] < "2028-01-01"]
    published = {dt.date.fromisoformat(row["date"]) for row in rows if row["vacances_zone_a"] == "True"}
    ours = {day for row in rows if is_school_break(day := dt.date.fromisoformat(row["date"]))}
    # The list leaves out the bridge after Ascension of 2026, which the order of the ministry has.
    bridge = {dt.date(2026, 5, 14), dt.date(2026, 5, 15)}
    assert {day for day in published ^ ours if day.weekday() < 5} - bridge == set()
