"""Public holidays in France."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import holidays


def is_holiday(day: dt.date) -> bool:
    """Whether a day is a public holiday in France (code du travail, L3133-1)."""
    return day in _holidays_of(day.year)


@lru_cache(maxsize=8)
def _holidays_of(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays("FR", years=year))
