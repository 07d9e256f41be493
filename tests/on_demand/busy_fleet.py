"""Vehicles at some instant of a busy day: tours half driven, riders aboard, breaks ahead. Deterministic by seed."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from on_demand.area import Point
from on_demand.fleet import Seats
from on_demand.ports import Drives
from on_demand.reoptimise import by_iterations, search
from on_demand.schedule import Schedule, schedule
from on_demand.tour import DayBreak, Request, StopKind, TourStop, VehicleDay

DAY = dt.date(2026, 3, 2)
DAWN_S = 1_772_431_200
"""When shifts begin: six o'clock in Paris."""

HOURS = 3600


class CrookedDrives:
    """Ways across a plane, each a little longer than straight in its own way: a detour may be quicker."""

    def times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        """Seconds: a degree is an hour."""
        found = [[_seconds(a, b) for b in destinations] for a in origins]
        return np.array(found, np.int32).reshape(len(origins), len(destinations))


class StraightDrives:
    """Ways across a plane, rounded up: no detour is quicker."""

    def times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        """Seconds: a degree is an hour."""
        found = [
            [math.ceil(3600 * math.hypot(a.lat - b.lat, a.lon - b.lon)) for b in destinations]
            for a in origins
        ]
        return np.array(found, np.int32).reshape(len(origins), len(destinations))


def _seconds(a: Point, b: Point) -> int:
    if a == b:
        return 0
    straight = 3600 * math.hypot(a.lat - b.lat, a.lon - b.lon)
    crooked = (math.sin(a.lat * 12.9 + a.lon * 78.2 + b.lat * 37.7 + b.lon * 9.1) * 43758.5) % 1.0
    return round(straight * (1.0 + 0.4 * crooked)) + 20


CROOKED = CrookedDrives()


def make_request(random_: random.Random, name: str) -> Request:
    """A ride some time of the day, now and then with a wheelchair."""
    origin, destination = (Point(random_.uniform(0, 0.3), random_.uniform(0, 0.3)) for _ in range(2))
    direct_s = _seconds(origin, destination)
    ride_s_max = max(int(1.5 * direct_s), direct_s + 600)
    wheelchairs = int(random_.random() < 0.15)
    seats = random_.randint(0 if wheelchairs else 1, 3)
    open_s = DAWN_S + random_.randrange(0, 7 * HOURS, 60)
    stop_s = 60 + 240 * wheelchairs
    window_s = random_.choice((300, 600, 900))
    return Request(
        id=name,
        origin=origin,
        destination=destination,
        pickup_open_s=open_s,
        pickup_close_s=open_s + window_s,
        drop_open_s=open_s,
        drop_close_s=open_s + window_s + stop_s + ride_s_max,
        ride_s_max=ride_s_max,
        seats=seats,
        wheelchairs=wheelchairs,
        pickup_stop_s=stop_s,
        drop_stop_s=stop_s,
    )


def make_day(random_: random.Random, name: str) -> VehicleDay:
    """An empty vehicle, most with a break and some with a longest time under way."""
    depot = Point(random_.choice((0.05, 0.15, 0.25)), random_.choice((0.05, 0.15, 0.25)))
    breaks = ()
    if random_.random() < 0.7:
        open_s = DAWN_S + random_.randrange(2 * HOURS, 5 * HOURS, 300)
        breaks = (DayBreak(open_s, open_s + HOURS, random_.choice((900, 1800))),)
    return VehicleDay(
        shift_id=name,
        day=DAY,
        vehicle_id=name,
        version=1,
        open_s=DAWN_S,
        close_s=DAWN_S + 8 * HOURS,
        start=depot,
        end=depot,
        configurations=random_.choice(
            ((Seats(4, 0),), (Seats(8, 0), Seats(6, 1), Seats(3, 2)), (Seats(3, 1),))
        ),
        route_s_max=random_.choice((None, None, 7 * HOURS)),
        breaks=breaks,
        stops=tuple(TourStop(StopKind.BREAK, "", 0, i) for i in range(len(breaks))),
    )


def drive_until(day: VehicleDay, now_s: int) -> VehicleDay:
    """Every stop that begins by now is served, as planned."""
    times = schedule(day, 0)
    assert isinstance(times, Schedule), times
    begun = [i for i, begin_s in enumerate(times.begin_s) if begin_s <= now_s]
    stops = tuple(
        replace(stop, served_at_s=times.begin_s[i]) if i in begun else stop
        for i, stop in enumerate(day.stops)
    )
    return replace(day, stops=stops)


def busy_fleet(seed: int, vehicles: int = 3, rides: int = 14, drives: Drives = CROOKED) -> list[VehicleDay]:
    """Tours with whoever of so many fits, made in a hurry, so that there is something to better."""
    random_ = random.Random(seed)
    days = [make_day(random_, f"shift {v}") for v in range(vehicles)]
    requests = [make_request(random_, f"ride {r}") for r in range(rides)]
    for some in (requests[: rides // 2], requests[rides // 2 :]):
        changed = search(days, drives, DAWN_S - HOURS, by_iterations(1), seed, some).days
        days = list({day.shift_id: day for day in (*days, *changed)}.values())
    return days
