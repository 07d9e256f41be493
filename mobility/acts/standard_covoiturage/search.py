"""What is searched, and what matches: every bound of the standard includes its edge.

Radii are kilometres along the great circle; `timeDelta` is seconds before or after. A time of day is compared within
its day: 23:55 and 00:05 are far apart, since a schedule belongs to a day of the week.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from carpool.nearness import apart_m

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Circle:
    """Around a point in degrees WGS84."""

    lat: float
    lon: float
    radius_km: float

    def has(self, lat: float, lon: float) -> bool:
        """Whether a point is in it or on its edge."""
        return self.apart_km(lat, lon) <= self.radius_km

    def apart_km(self, lat: float, lon: float) -> float:
        """From its middle, along the great circle; infinitely far from what is nowhere on Earth."""
        degrees = (self.lat, lat, self.lon, lon)
        if any(not math.isfinite(one) for one in degrees) or max(map(abs, degrees[:2])) > 90:
            return math.inf
        if max(map(abs, degrees[2:])) > 180:
            return math.inf
        return apart_m(self.lat, self.lon, lat, lon) / 1000


@dataclass(frozen=True, slots=True)
class JourneySearch:
    """For journeys on a date. `at_s` is Unix time; `count` None: all."""

    departure: Circle
    arrival: Circle
    at_s: int
    delta_s: int
    count: int | None = None

    def is_time(self, pickup_s: int) -> bool:
        """Whether a pick-up is near enough in time."""
        return abs(pickup_s - self.at_s) <= self.delta_s

    def is_match(self, journey: Json) -> bool:
        """Whether a driver's or passenger's journey is what is searched."""
        return self.is_time(journey["passengerPickupDate"]) and _is_there(self, journey)


@dataclass(frozen=True, slots=True)
class TripSearch:
    """For regular trips. `time_s` is the time of day in seconds; bounds of dates are Unix time, None: none."""

    departure: Circle
    arrival: Circle
    time_s: int
    weekdays: frozenset[str]
    delta_s: int
    min_s: int | None = None
    max_s: int | None = None
    count: int | None = None

    def is_date(self, pickup_s: int) -> bool:
        """Whether a journey is within the bounds of dates."""
        return (self.min_s is None or pickup_s >= self.min_s) and (
            self.max_s is None or pickup_s <= self.max_s
        )

    def is_time(self, day: str, time_s: int) -> bool:
        """Whether a weekly pick-up is on a day and near enough in time."""
        return day in self.weekdays and abs(time_s - self.time_s) <= self.delta_s

    def find_match(self, trip: Json) -> Json | None:
        """The trip with its journeys within the bounds of dates; None: no schedule of it is what is searched."""
        if not _is_there(self, trip):
            return None
        is_bounded = self.min_s is not None or self.max_s is not None
        schedules, is_found = [], False
        for schedule in trip.get("schedules", ()):
            journeys = [one for one in schedule.get("journeySchedules", ()) if self._is_in(one)]
            shown = schedule | {"journeySchedules": journeys} if "journeySchedules" in schedule else schedule
            schedules.append(shown)
            day, time = schedule.get("passengerPickupDay"), schedule.get("passengerPickupTimeOfDay")
            if day is None or time is None or (is_bounded and not journeys):
                continue
            is_found |= self.is_time(day, read_time(time))
        return trip | {"schedules": schedules} if is_found else None

    def _is_in(self, journey: Json) -> bool:
        return self.is_date(journey["passengerPickupDate"])


def take(found: Iterable[Json], count: int | None) -> list[Json]:
    """At most so many."""
    things = list(found)
    return things if count is None else things[: max(count, 0)]


def read_time(text: str) -> int:
    """Seconds of a time of day (RFC 3339, partial-time; a leap second counts as the one before). Raises ValueError."""
    parts = text.split(":")
    if len(parts) != 3 or any(len(part) != 2 for part in parts[:2]):
        raise ValueError(f"{text!r} is no time of day: 07:30:00")
    seconds, _, fraction = parts[2].partition(".")
    digits = parts[0] + parts[1] + seconds + fraction
    is_number = digits.isascii() and digits.isdigit() and len(seconds) == 2
    if not is_number or ("." in parts[2] and not fraction):
        raise ValueError(f"{text!r} is no time of day: 07:30:00")
    hour, minute, second = int(parts[0]), int(parts[1]), int(seconds)
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError(f"{text!r} is no time of day: 07:30:00")
    return hour * 3600 + minute * 60 + min(second, 59)


def _is_there(search: JourneySearch | TripSearch, trip: Json) -> bool:
    return search.departure.has(
        trip["passengerPickupLat"], trip["passengerPickupLng"]
    ) and search.arrival.has(trip["passengerDropLat"], trip["passengerDropLng"])
