"""On which days something runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

IsHoliday = Callable[[dt.date], bool]
"""Whether a day is a public holiday."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A service of calendar.txt and calendar_dates.txt, and what these cannot say: what is on public holidays."""

    id: str
    weekdays: frozenset[int]
    """0 is Monday."""
    from_day: dt.date
    until_day: dt.date
    """Inclusive."""
    added: frozenset[dt.date] = frozenset()
    removed: frozenset[dt.date] = frozenset()
    on_holidays: bool = True
    """Whether public holidays are days like others; else nothing runs on them, unless they are added."""


def is_active(calendar: Calendar, day: dt.date, is_holiday: IsHoliday) -> bool:
    """Whether something of this calendar runs on a day. A day both added and removed is removed."""
    if day in calendar.removed:
        return False
    if day in calendar.added:
        return True
    return (
        calendar.from_day <= day <= calendar.until_day
        and day.weekday() in calendar.weekdays
        and (calendar.on_holidays or not is_holiday(day))
    )


def first_day(calendar: Calendar) -> dt.date:
    """The first day it could be active on; before it, it never is."""
    return min((calendar.from_day, *calendar.added))


def last_day(calendar: Calendar) -> dt.date:
    """The last day it could be active on; after it, it never is."""
    return max((calendar.until_day, *calendar.added))
