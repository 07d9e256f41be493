"""What standard covoiturage finds, said as plainly as it can be: one condition after the other, over all of it."""

from __future__ import annotations

import math
from typing import Any

Json = dict[str, Any]


def kilometres(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Along the great circle, by the angle between two directions from the middle of the Earth."""
    first, second = _direction(lat, lon), _direction(to_lat, to_lon)
    cross = math.dist((0, 0, 0), _cross(first, second))
    dot = sum(a * b for a, b in zip(first, second, strict=True))
    return 6371.0088 * math.atan2(cross, dot)


def journeys(found: list[Json], query: Json) -> list[Json]:
    """Those that match /driver_journeys or /passenger_journeys."""
    matching = [one for one in found if _is_near(one, query)]
    matching = [
        one for one in matching if one["passengerPickupDate"] >= query["departureDate"] - query["timeDelta"]
    ]
    matching = [
        one for one in matching if one["passengerPickupDate"] <= query["departureDate"] + query["timeDelta"]
    ]
    return (
        matching if query["count"] is None else [one for n, one in enumerate(matching) if n < query["count"]]
    )


def trips(found: list[Json], query: Json) -> list[Json]:
    """Those that match /driver_regular_trips or /passenger_regular_trips."""
    matching = [one for one in found if _is_near(one, query) and _has_schedule(one, query)]
    return (
        matching if query["count"] is None else [one for n, one in enumerate(matching) if n < query["count"]]
    )


def _has_schedule(trip: Json, query: Json) -> bool:
    for schedule in trip["schedules"]:
        hours, minutes, seconds = map(int, schedule["passengerPickupTimeOfDay"].split(":"))
        wanted_h, wanted_m, wanted_s = map(int, query["departureTimeOfDay"].split(":"))
        apart = abs(hours * 3600 + minutes * 60 + seconds - wanted_h * 3600 - wanted_m * 60 - wanted_s)
        if schedule["passengerPickupDay"] not in query["departureWeekdays"] or apart > query["timeDelta"]:
            continue
        if query["minDepartureDate"] is None and query["maxDepartureDate"] is None:
            return True
        for journey in schedule["journeySchedules"]:
            is_late_enough = (
                query["minDepartureDate"] is None
                or query["minDepartureDate"] <= journey["passengerPickupDate"]
            )
            is_early_enough = (
                query["maxDepartureDate"] is None
                or journey["passengerPickupDate"] <= query["maxDepartureDate"]
            )
            if is_late_enough and is_early_enough:
                return True
    return False


def _is_near(one: Json, query: Json) -> bool:
    start = kilometres(
        query["departureLat"], query["departureLng"], one["passengerPickupLat"], one["passengerPickupLng"]
    )
    end = kilometres(
        query["arrivalLat"], query["arrivalLng"], one["passengerDropLat"], one["passengerDropLng"]
    )
    return start <= query["departureRadius"] and end <= query["arrivalRadius"]


def _direction(lat: float, lon: float) -> tuple[float, float, float]:
    phi, lam = math.radians(lat), math.radians(lon)
    return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)


def _cross(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, float, float]:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
