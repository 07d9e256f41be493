"""Times as people type them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import typer

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_instant(words: str, zone: ZoneInfo) -> dt.datetime:
    """'now', 'HH:MM' (today), 'tomorrow HH:MM', 'monday HH:MM' (the next one after today), 'YYYY-MM-DD HH:MM' or ISO
    8601, on the clocks of a zone unless it says otherwise; "": now."""
    now = dt.datetime.now(zone)
    if words in ("", "now"):
        return now
    day = now.date()
    first, _, rest = words.partition(" ")
    if first == "tomorrow" and rest:
        day, words = day + dt.timedelta(days=1), rest.strip()
    elif first in WEEKDAYS and rest:
        days = (WEEKDAYS.index(first) - day.weekday() - 1) % 7 + 1
        day, words = day + dt.timedelta(days=days), rest.strip()
    try:
        if len(words) <= 5:
            wall = dt.time.fromisoformat(words.zfill(5))
            return dt.datetime.combine(day, wall, zone)
        instant = dt.datetime.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter(
            f"{words!r} is no time: 'now', 'HH:MM', 'tomorrow HH:MM', 'monday HH:MM', 'YYYY-MM-DD HH:MM' or ISO 8601"
        ) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)
