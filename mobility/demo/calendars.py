"""On which days what runs: public holidays, school holidays of zone A, and the services built on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from dateutil.easter import easter  # type: ignore[import-untyped]

ONE_DAY = dt.timedelta(days=1)
MONDAY, WEDNESDAY, FRIDAY, SATURDAY, SUNDAY = 0, 2, 4, 5, 6


@cache
def list_public_holidays(year: int) -> frozenset[dt.date]:
    """The eleven days of article L3133-1 of the French labour code."""
    fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    moving = [
        easter(year) + dt.timedelta(days=after) for after in (1, 39, 50)
    ]  # Easter Monday, Ascension, Whit Monday
    return frozenset([*(dt.date(year, month, day) for month, day in fixed), *moving])


@cache
def list_school_breaks(year: int) -> tuple[tuple[dt.date, dt.date], ...]:
    """(first, last) free day of the breaks that begin in `year`, zone A (académies of Besançon and Dijon).

    By rule, so that the demo never runs out of calendar: this gives the dates published for 2025 to 2027, and
    near ones in other years, when the ministry moves some.
    """
    winter = _saturday_from(dt.date(year, 2, 5)) + 7 * ONE_DAY * ((year - 1) % 3)  # the zones take turns
    spring = winter + 56 * ONE_DAY
    autumn = _saturday_from(dt.date(year, 10, 17))
    christmas = _saturday_from(dt.date(year, 12, 18))
    two_weeks = [(first, first + 15 * ONE_DAY) for first in (winter, spring, autumn, christmas)]
    ascension = easter(year) + 39 * ONE_DAY
    summer = (_saturday_from(dt.date(year, 7, 3)), dt.date(year, 8, 31))
    return tuple(sorted([*two_weeks, (ascension, ascension + 3 * ONE_DAY), summer]))


def _saturday_from(day: dt.date) -> dt.date:
    return day + ONE_DAY * ((SATURDAY - day.weekday()) % 7)


def is_public_holiday(day: dt.date) -> bool:
    return day in list_public_holidays(day.year)


def is_school_break(day: dt.date) -> bool:
    """Whether pupils are free for a break (Sundays and Wednesdays of school weeks do not count)."""
    return any(
        first <= day <= last for year in (day.year - 1, day.year) for first, last in list_school_breaks(year)
    )


def _working(day: dt.date) -> bool:
    return day.weekday() < SATURDAY and not is_public_holiday(day)


def _sunday(day: dt.date) -> bool:
    return day.weekday() == SUNDAY or is_public_holiday(day)


def _school(day: dt.date) -> bool:
    return _working(day) and not is_school_break(day)


def _may_day(day: dt.date) -> bool:
    return (day.month, day.day) == (5, 1)


SERVICES: dict[str, Callable[[dt.date], bool]] = {
    "daily": lambda day: True,
    "weekday": _working,
    "school": _school,
    "school-no-wed": lambda day: _school(day) and day.weekday() != WEDNESDAY,
    "school-wed": lambda day: _school(day) and day.weekday() == WEDNESDAY,
    "friday": lambda day: day.weekday() == FRIDAY and not is_public_holiday(day),
    "saturday": lambda day: day.weekday() == SATURDAY and not is_public_holiday(day),
    "sunday": _sunday,
    "sunday-city": lambda day: _sunday(day) and not _may_day(day),  # city networks rest on the first of May
    "night": lambda day: day.weekday() in (FRIDAY, SATURDAY) and not _may_day(day),
    "christmas-market": lambda day: day.month == 12 and day.day < 25 and day.weekday() == SATURDAY,
}
"""Every service of the region, as a question to a day."""


@dataclass(frozen=True)
class Calendars:
    """The services over `days` days from `first_day`."""

    first_day: dt.date
    days: int

    @property
    def last_day(self) -> dt.date:
        return self.first_day + (self.days - 1) * ONE_DAY

    def list_days(self, service_id: str) -> list[dt.date]:
        """The days that service runs."""
        runs = SERVICES[service_id]
        return [day for i in range(self.days) if runs(day := self.first_day + i * ONE_DAY)]

    def list_running(self) -> set[str]:
        """The services that run at all."""
        return {service for service in SERVICES if self.list_days(service)}

    def calendar_rows(self) -> Iterator[tuple[str | int | dt.date, ...]]:
        """calendar.txt: service, Monday to Sunday, first and last day."""
        for service in sorted(self.list_running()):
            week = self._week(service)
            if any(week):
                yield (service, *map(int, week), self.first_day, self.last_day)

    def exception_rows(self) -> Iterator[tuple[str, dt.date, int]]:
        """calendar_dates.txt: service, day, 1 added or 2 removed."""
        for service in sorted(self.list_running()):
            week, runs = self._week(service), SERVICES[service]
            for i in range(self.days):
                day = self.first_day + i * ONE_DAY
                if runs(day) != week[day.weekday()]:
                    yield service, day, 1 if runs(day) else 2

    def _week(self, service: str) -> list[bool]:
        """The weekdays the service runs more often than not; the other days are exceptions."""
        seen, ran = [0] * 7, [0] * 7
        for i in range(self.days):
            seen[(self.first_day + i * ONE_DAY).weekday()] += 1
        for day in self.list_days(service):
            ran[day.weekday()] += 1
        return [2 * ran[weekday] > seen[weekday] for weekday in range(7)]
