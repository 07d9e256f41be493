"""Until when, and from when on, a ride is booked: against the twin, and what the table of booking types says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from on_demand.booking_rules import BookingRule, BookingSpan, BookingType, join_spans, span
from on_demand.calendar import Calendar, first_day, is_active, last_day
from tests.naive import on_demand_windows as naive
from tests.on_demand.services import FIRST, LAST, TIMES, calendars, is_holiday, rules

PARIS = "Europe/Paris"
WORKDAYS = Calendar(
    "work", frozenset(range(5)), dt.date(2026, 1, 1), dt.date(2026, 12, 31), on_holidays=False
)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZoneInfo(PARIS))


def spanned(rule: BookingRule, on: str, clock: str = "10:00") -> BookingSpan:
    hours, minutes = map(int, clock.split(":"))
    return span(rule, day(on), hours * 3600 + minutes * 60, {"work": WORKDAYS}, is_holiday, PARIS)


REAL_TIME = BookingRule("r", BookingType.REAL_TIME)
SAME_DAY = BookingRule("r", BookingType.SAME_DAY, duration_s_min=3600)
DAY_BEFORE = BookingRule("r", BookingType.PRIOR_DAYS, last_day=1, last_s=17 * 3600)
WORKDAY_BEFORE = replace(DAY_BEFORE, calendar_id="work")


@pytest.mark.parametrize(
    ("rule", "on", "clock", "earliest", "latest"),
    [
        (REAL_TIME, "05-07", "10:00", None, None),
        (SAME_DAY, "05-07", "10:00", None, "05-07T09:00"),
        (replace(SAME_DAY, duration_s_max=86400), "05-07", "10:00", "05-06T10:00", "05-07T09:00"),
        (replace(SAME_DAY, start_day=7, start_s=8 * 3600), "05-08", "10:00", "05-01T08:00", "05-08T09:00"),
        (DAY_BEFORE, "05-07", "10:00", None, "05-06T17:00"),
        (DAY_BEFORE, "05-07", "25:10", None, "05-06T17:00"),  # after midnight: still of that service day
        (replace(DAY_BEFORE, last_s=None), "05-07", "10:00", None, "05-06T23:59:59"),
        (replace(DAY_BEFORE, start_day=30, start_s=0), "05-07", "10:00", "04-07T00:00", "05-06T17:00"),
        (WORKDAY_BEFORE, "05-07", "10:00", None, "05-06T17:00"),
        (WORKDAY_BEFORE, "05-11", "10:00", None, "05-07T17:00"),  # Monday after a Friday that is a holiday
        (replace(WORKDAY_BEFORE, last_day=2), "05-18", "10:00", None, "05-13T17:00"),  # Ascension Day between
        (replace(WORKDAY_BEFORE, start_day=3, start_s=3600), "05-11", "10:00", "05-05T01:00", "05-07T17:00"),
        # the clock goes forward on 29 March and back on 25 October
        (replace(SAME_DAY, duration_s_min=12 * 3600), "03-29", "10:00", None, "03-28T21:00"),
        (replace(SAME_DAY, duration_s_min=12 * 3600), "10-25", "10:00", None, "10-24T23:00"),
        (replace(DAY_BEFORE, last_s=3600 * 12), "03-30", "10:00", None, "03-29T12:00"),
    ],
)  # fmt: skip
def test_the_table_of_booking_types(
    rule: BookingRule, on: str, clock: str, earliest: str | None, latest: str | None
) -> None:
    found = spanned(rule, on, clock)
    assert found.earliest == (local(earliest) if earliest else None)
    assert found.latest == (local(latest) if latest else None)


def test_both_ends_of_a_span_are_in_it() -> None:
    found = spanned(replace(SAME_DAY, duration_s_max=7200), "05-07")
    first, last = local("05-07T08:00").timestamp(), local("05-07T09:00").timestamp()
    assert [found.holds(at) for at in (first - 1, first, last, last + 0.9, last + 1)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    assert BookingSpan().holds(0)


def test_a_calendar_that_begins_too_late_is_booked_before_it() -> None:
    """Of one that begins on the 4th there is no working day before the 5th but one."""
    late = replace(WORKDAYS, from_day=day("05-04"))
    rule = replace(WORKDAY_BEFORE, last_day=2)
    found = span(rule, day("05-05"), 36000, {"work": late}, is_holiday, PARIS)
    assert found.latest == local("05-03T23:59:59")


def test_pick_up_and_drop_off_rules_both_hold() -> None:
    both = join_spans(spanned(SAME_DAY, "05-07"), spanned(replace(DAY_BEFORE, start_day=5), "05-07"))
    assert both == BookingSpan(
        local("05-02T00:00").astimezone(dt.UTC), local("05-06T17:00").astimezone(dt.UTC)
    )
    assert join_spans() == BookingSpan()


@settings(max_examples=400)
@given(st.data())
def test_spans_are_what_the_twin_allows(data: st.DataObject) -> None:
    """At any instant, near the ends most of all."""
    own = {"c": data.draw(calendars("c"))}
    rule = data.draw(rules("r", ["c"]))
    on, time_s = data.draw(st.dates(FIRST, LAST)), data.draw(TIMES)
    zone = data.draw(st.sampled_from([PARIS, "America/New_York", "Pacific/Chatham"]))
    found = span(rule, on, time_s, own, is_holiday, zone)
    ends = [one for one in (found.earliest, found.latest) if one is not None] or [
        naive.clock(on, time_s, zone)
    ]
    for end in ends:
        for seconds in (-86400, -1, 0, 1, 86400, data.draw(st.integers(-(10**6), 10**6))):
            at = end + dt.timedelta(seconds=seconds)
            allowed = naive.may_book(rule, on, time_s, own, is_holiday, zone, at)
            assert found.holds(at.timestamp()) == allowed, at


@settings(max_examples=40)
@given(st.data())
def test_calendars_are_what_the_twin_says(data: st.DataObject) -> None:
    calendar = data.draw(calendars("c"))
    for number in range((LAST - FIRST).days + 1):
        on = FIRST + dt.timedelta(number)
        active = is_active(calendar, on, is_holiday)
        assert active == naive.runs(calendar, on, is_holiday)
        assert not active or first_day(calendar) <= on <= last_day(calendar)
