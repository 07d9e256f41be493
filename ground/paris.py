"""Days and clocks as the Region counts them: those of Europe/Paris, wherever the server is."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def paris_day(instant: dt.datetime) -> dt.date:
    """The day an aware instant is in. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} is no instant: it has no time zone")
    return instant.astimezone(PARIS).date()


def paris_instant(day: dt.date, clock: dt.time) -> dt.datetime:
    """When a clock in Paris shows a time on a day (aware, UTC); of two such instants the first, of none the one the
    clock would show without the change."""
    return dt.datetime.combine(day, clock, PARIS).astimezone(dt.UTC)


def shown(instant: dt.datetime) -> str:
    """An instant for people, on the clock of Paris: "2026-10-05 07:10"."""
    return f"{instant.astimezone(PARIS):%Y-%m-%d %H:%M}"
