"""Instants as the API writes them, `2026-06-15T07:12:00Z`: always UTC; a traveller's clock is the page's business."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

DAY_S = 86400

_MINUTES = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(1440))


def iso(instant_s: int) -> str:
    """An instant (seconds since the epoch) in RFC 3339, UTC."""
    day, second = divmod(instant_s, DAY_S)
    minute, second = divmod(second, 60)
    return f"{_day(day)}{_MINUTES[minute]}:{second:02}Z"


@lru_cache(maxsize=512)
def _day(day: int) -> str:
    return dt.date.fromordinal(_EPOCH + day).isoformat() + "T"


_EPOCH = dt.date(1970, 1, 1).toordinal()
