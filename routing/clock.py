"""Service days and instants: GTFS counts from noon minus 12 h, which is midnight except on two nights a year."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=4096)
def day_start_s(day: dt.date, zone: str) -> int:
    """The instant times of a service day count from, in seconds since the epoch (GTFS reference, 'Time')."""
    noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    return int(noon.timestamp()) - 12 * 3600


def service_day_of(time_s: int, zone: str) -> dt.date:
    """The service day an instant is counted in: its local date, or the day before where that has not begun to count
    (the first hour of the day clocks go back)."""
    day = dt.datetime.fromtimestamp(time_s, ZoneInfo(zone)).date()
    return day - dt.timedelta(days=1) if time_s < day_start_s(day, zone) else day
