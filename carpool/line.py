"""Carpool lines: fixed stops along a road, between any two of which a driver may take passengers, both ways."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where drivers stop and passengers wait. Latitude and longitude are degrees WGS84."""

    id: str
    name: str
    lat: float
    lon: float
    commune: str
    """INSEE code."""
    place: str = ""
    """Where exactly one waits, in words."""


@dataclass(frozen=True, slots=True)
class LineStop:
    """A stop on a line. Both figures are along the road from the line's first stop, and grow from stop to stop."""

    stop: Stop
    distance_m: int
    drive_s: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line; `stops` in one of its two directions, at least two, each once."""

    id: str
    name: str
    stops: tuple[LineStop, ...]
    colour: str = ""
    """RRGGBB; "" none."""
    is_open: bool = True
    """Closed lines take no new rides; what was published still runs."""

    def position(self, stop_id: str) -> int:
        """The place of a stop on the line. Raises KeyError."""
        for index, on_line in enumerate(self.stops):
            if on_line.stop.id == stop_id:
                return index
        raise KeyError(stop_id)

    def between(self, from_stop: str, to_stop: str) -> tuple[int, int]:
        """Metres and seconds along the road between two stops, in either direction. Raises KeyError."""
        first, last = self.stops[self.position(from_stop)], self.stops[self.position(to_stop)]
        return abs(last.distance_m - first.distance_m), abs(last.drive_s - first.drive_s)


@dataclass(frozen=True, slots=True)
class FareVersion:
    """What a passenger pays for a ride, from a day on and until the next version of the same line begins."""

    id: str
    valid_from: str
    """YYYY-MM-DD, in Europe/Paris."""
    fare_cents: int
    line_id: str = ""
    """"": every line that has no fare of its own."""
    currency: str = "EUR"


def find_fare(fares: tuple[FareVersion, ...], line_id: str, day: str) -> FareVersion | None:
    """The fare of a line on a day (YYYY-MM-DD); a line's own one goes before the one of all. None: no fare is known."""
    valid = [fare for fare in fares if fare.line_id in ("", line_id) and fare.valid_from <= day]
    return max(valid, key=lambda fare: (fare.line_id != "", fare.valid_from, fare.id), default=None)
