"""A traveller's clock: reading a local date and time, and showing instants on it, on days with 23 or 25 hours too."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class MissingHour:
    """A local time that the clocks skip; `instead` is the same moment on the clocks put forward."""

    instead: dt.datetime


@dataclass(frozen=True, slots=True)
class LocalInstant:
    """An instant a traveller named. `other`: the second one, an hour later, when clocks are put back and the local
    time comes twice."""

    instant: dt.datetime
    other: dt.datetime | None = None


def read_local(
    date: dt.date, time: dt.time, zone: ZoneInfo, *, second: bool = False
) -> LocalInstant | MissingHour:
    """The instant of a local date and time. `second`: when the time comes twice, the second one is meant."""
    first, last = (dt.datetime.combine(date, time, zone).replace(fold=fold) for fold in (0, 1))
    if _round_trip(first, zone) != first.replace(tzinfo=None):
        return MissingHour(first.astimezone(dt.UTC).astimezone(zone))
    if first.utcoffset() == last.utcoffset():
        return LocalInstant(first.astimezone(dt.UTC))
    chosen, other = (last, first) if second else (first, last)
    return LocalInstant(chosen.astimezone(dt.UTC), other.astimezone(dt.UTC))


def is_repeated(local: dt.datetime) -> bool:
    """Whether the clock shows this time twice on that day."""
    first, last = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
    # In the hour that is skipped the offsets differ as well, but the other way round.
    return first is not None and last is not None and first > last


def offset_name(local: dt.datetime) -> str:
    """How far a local time is from UTC: `UTC+2`, `UTC-3:30`."""
    offset = local.utcoffset() or dt.timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    sign = "-" if offset < dt.timedelta() else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


def _round_trip(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return local.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None)
