"""Four kinds of day, each a type of its own, so that none is taken for another.

- `CalendarDay`: midnight to midnight on the clock of a place. Timeframes, off-peak hours, holidays.
- `ServiceDay`: a timetable's; its times run to 30:00 and beyond. Only trips have one, no price does.
- `FareDay`: from the hour a tariff says (04:30) until before that hour of the next day. Day passes, caps of a day.
- `CapDay`: the first fare day of the period a cap counts in: the day itself, the week's Monday, the month's first.

Instants are epoch seconds UTC. On the two nights the clocks change a fare day has 23 or 25 hours.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import lru_cache
from typing import NewType
from zoneinfo import ZoneInfo

CalendarDay = NewType("CalendarDay", dt.date)
ServiceDay = NewType("ServiceDay", dt.date)
FareDay = NewType("FareDay", dt.date)
CapDay = NewType("CapDay", dt.date)

DAY = dt.timedelta(days=1)


class Period(StrEnum):
    """How long a pass is valid, or a cap counts."""

    DAY = "day"
    """A fare day."""
    WEEK = "week"
    """Seven fare days from Monday on."""
    MONTH = "month"
    """The fare days of a calendar month."""
    YEAR = "year"
    """From a fare day until before the same day of the next year."""
    SCHOOL_YEAR = "school-year"
    """The fare days from 1 September until 31 August."""


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(instant_s: int, time_zone: str) -> dt.datetime:
    """The clock of a place at an instant."""
    return dt.datetime.fromtimestamp(instant_s, _zone(time_zone))


def calendar_day(instant_s: int, time_zone: str) -> CalendarDay:
    """The day on the calendar of a place."""
    return CalendarDay(local(instant_s, time_zone).date())


def service_day(written: str) -> ServiceDay:
    """A timetable's day, YYYY-MM-DD. Raises ValueError."""
    return ServiceDay(dt.date.fromisoformat(written))


@lru_cache(maxsize=4096)
def fare_day(instant_s: int, time_zone: str, begins_min: int) -> FareDay:
    """The fare day of an instant; fare days begin `begins_min` minutes after midnight, by the clock.

    Where the clock shows that hour twice, the day begins the first time; where it shows it never, when it would have.
    """
    day = local(instant_s, time_zone).date()
    start_s = fare_day_start_s(FareDay(day), time_zone, begins_min)
    return FareDay(day if instant_s >= start_s else day - DAY)


@lru_cache(maxsize=4096)
def fare_day_start_s(day: FareDay, time_zone: str, begins_min: int) -> int:
    """When a fare day begins."""
    clock = dt.datetime.combine(day, dt.time(begins_min // 60, begins_min % 60), _zone(time_zone))
    return int(clock.timestamp())


def cap_day(day: FareDay, period: Period) -> CapDay:
    """The first fare day of the period a fare day lies in; of a year, the day itself."""
    match period:
        case Period.WEEK:
            return CapDay(day - dt.timedelta(days=day.weekday()))
        case Period.MONTH:
            return CapDay(day.replace(day=1))
        case Period.SCHOOL_YEAR:
            return CapDay(dt.date(day.year if day.month >= 9 else day.year - 1, 9, 1))
        case _:
            return CapDay(day)


def next_period(first: CapDay, period: Period) -> FareDay:
    """The first fare day after a period that begins on `first`."""
    match period:
        case Period.DAY:
            return FareDay(first + DAY)
        case Period.WEEK:
            return FareDay(first + 7 * DAY)
        case Period.MONTH:
            return FareDay((first.replace(day=1) + 32 * DAY).replace(day=1))
        case Period.SCHOOL_YEAR:
            return FareDay(dt.date(first.year + 1, 9, 1))
        case Period.YEAR:
            leap = first.month == 2 and first.day == 29
            return FareDay(dt.date(first.year + 1, 3, 1) if leap else first.replace(year=first.year + 1))


@lru_cache(maxsize=4096)
def period_span_s(instant_s: int, period: Period, time_zone: str, begins_min: int) -> tuple[int, int]:
    """(from, until) in epoch seconds of the period an instant lies in (of a year: that begins on its fare day); until
    exclusive."""
    first = cap_day(fare_day(instant_s, time_zone, begins_min), period)
    start_s = fare_day_start_s(FareDay(first), time_zone, begins_min)
    return start_s, fare_day_start_s(next_period(first, period), time_zone, begins_min)
