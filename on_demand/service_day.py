"""Times of a service day as instants. A service day is told in seconds since its noon minus twelve hours (GTFS
reference, "Time"), so that 08:00:00 is eight o'clock on the two days, too, whose nights are longer or shorter."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

_NOON_S = 12 * 3600


@lru_cache(maxsize=1 << 12)
def origin_s(day: dt.date, zone_name: str) -> int:
    """The instant from which the seconds of a service day count. Raises ZoneInfoNotFoundError."""
    noon = dt.datetime.combine(day, dt.time(12), ZoneInfo(zone_name))
    return int(noon.timestamp()) - _NOON_S


def instant_s(day: dt.date, time_s: int, zone_name: str) -> int:
    """The instant of a time of a service day."""
    return origin_s(day, zone_name) + time_s


def midnight_s(day: dt.date, zone_name: str) -> int:
    """The instant at which a day begins on the clock, which is not its second 0 when the clock changes that morning."""
    return int(dt.datetime.combine(day, dt.time(), ZoneInfo(zone_name)).timestamp())


def day_of(instant_s: float, zone_name: str) -> dt.date:
    """The day of the calendar on which an instant falls there."""
    return dt.datetime.fromtimestamp(instant_s, ZoneInfo(zone_name)).date()
