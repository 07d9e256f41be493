"""Departures written the way a planner says them: "weekday 05:30-20:30/60 06:00; saturday 07:30-19:30/120"."""

from __future__ import annotations

from collections.abc import Iterator


def parse_departures(text: str) -> Iterator[tuple[str, list[int]]]:
    """(service, departures in seconds, ascending) of each part of `text`; a range includes its end.

    >>> list(parse_departures("weekday 06:00-07:00/30 06:10; sunday 09:00"))
    [('weekday', [21600, 22200, 23400, 25200]), ('sunday', [32400])]
    """
    for part in text.split(";"):
        service, *times = part.split()
        departures: set[int] = set()
        for time in times:
            if "/" in time:
                span, every = time.split("/")
                first, last = (parse_time(end) for end in span.split("-"))
                departures.update(range(first, last + 1, int(every) * 60))
            else:
                departures.add(parse_time(time))
        yield service, sorted(departures)


def parse_time(text: str) -> int:
    """Seconds of "HH:MM"; 24:00 and more are after midnight of the service day."""
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60
