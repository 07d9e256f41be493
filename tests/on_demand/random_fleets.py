"""Fleets at random in the middle of their day: tours that grow, shrink, are driven late, and asked again and again."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from on_demand.area import Point
from on_demand.fleet import Seats
from on_demand.insertion import FleetPlan, NoRoom, Placement, remove
from on_demand.schedule import Violation, break_stops, schedule
from on_demand.tour import DayBreak, Request, StopKind, VehicleDay

HORIZON_S = 6000


@dataclass(frozen=True)
class TableDrives:
    """Driving times of a table; point i is at latitude i."""

    table: NDArray[np.int32]

    def times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        rows, columns = ([int(point.lat) for point in points] for points in (origins, destinations))
        return self.table[np.ix_(rows, columns)]


def random_drives(rng: random.Random) -> TableDrives:
    """A plane, a plane whose times are rounded so that detours may save a second, or anything at all."""
    size = rng.randint(3, 9)
    kind = rng.choice(("plane", "plane", "rounded", "any"))
    at = [(rng.uniform(0, 400), rng.uniform(0, 400)) for _ in range(size)]
    table = np.array([[abs(a - c) + abs(b - d) for c, d in at] for a, b in at])
    if kind == "rounded":
        table = np.array([[((a - c) ** 2 + (b - d) ** 2) ** 0.5 for c, d in at] for a, b in at]) // 7 * 7
    elif kind == "any":
        table = np.array([[rng.choice((-1, *[rng.randint(0, 500)] * 30)) for _ in at] for _ in at])
    return TableDrives(table.astype(np.int32))


def random_day(rng: random.Random, name: str, points: int) -> VehicleDay:
    """An empty tour."""
    open_s = rng.choice((0, rng.randint(0, 2000)))
    breaks = []
    for _ in range(rng.choice((0, 0, 1, 2))):
        at_s = rng.randint(open_s, HORIZON_S - 500)
        breaks.append(DayBreak(at_s, at_s + rng.randint(0, 2500), rng.randint(0, 600)))
    seats = rng.sample((Seats(4, 0), Seats(2, 1), Seats(8, 0), Seats(0, 2), Seats(1, 0)), rng.randint(1, 3))
    return VehicleDay(
        shift_id=f"s{name}",
        day=dt.date(2026, 5, 4),
        vehicle_id=f"v{name}",
        version=0,
        open_s=open_s,
        close_s=rng.randint(4000, HORIZON_S),
        start=Point(rng.randrange(points), 0.0),
        end=Point(rng.randrange(points), 0.0),
        configurations=tuple(seats),
        route_s_max=rng.choice((None, None, rng.randint(1000, 5000))),
        breaks=tuple(breaks),
        stops=break_stops(breaks),
    )


def random_request(rng: random.Random, name: str, points: int, now_s: int) -> Request:
    """A ride from now on: promised as people are, or with windows of any kind."""
    open_s = rng.randint(max(now_s - 200, 0), HORIZON_S)
    window_s = rng.choice((0, 300, 600, rng.randint(0, 3000)))
    ride_s_max = rng.choice((200, 500, 1000, 5000))
    close_s = open_s + window_s + ride_s_max + rng.randint(0, 120)
    is_odd = rng.random() < 0.3
    return Request(
        id=name,
        origin=Point(rng.randrange(points), 0.0),
        destination=Point(rng.randrange(points), 0.0),
        pickup_open_s=open_s,
        pickup_close_s=open_s + window_s,
        drop_open_s=rng.randint(open_s, close_s) if is_odd else open_s,
        drop_close_s=close_s,
        ride_s_max=ride_s_max,
        seats=rng.choice((1, 1, 1, 2, 3)),
        wheelchairs=rng.choice((0, 0, 0, 1)),
        pickup_stop_s=rng.choice((0, 30, 60)),
        drop_stop_s=rng.choice((0, 30, 60)),
    )


def ride_on(rng: random.Random, day: VehicleDay, now_s: int) -> VehicleDay:
    """Report what should have been served by now, now and then late, early, or not at all."""
    times = schedule(day, 0)
    if isinstance(times, Violation):
        return day
    stops = list(day.stops)
    last_s = 0
    for i, stop in enumerate(stops):
        if stop.served_at_s is not None:
            last_s = stop.served_at_s
        elif times.begin_s[i] > now_s or rng.random() < 0.1:
            break
        elif stop.kind is not StopKind.BREAK or rng.random() < 0.5:
            last_s = max(last_s, times.begin_s[i] + rng.choice((0, 0, 0, -20, 60, 200)))
            stops[i] = replace(stop, served_at_s=min(last_s, now_s))
    return replace(day, stops=tuple(stops), version=day.version + 1)


def random_walk(seed: int, asks: int) -> Iterator[tuple[FleetPlan, Request, int, Placement | NoRoom]]:
    """A fleet's day: each time somebody asks, the fleet, the request, the time, and what `find` answers."""
    rng = random.Random(seed)
    drives = random_drives(rng)
    points = len(drives.table)
    plan = FleetPlan.of([random_day(rng, str(i), points) for i in range(rng.randint(1, 3))], drives)
    now_s = 0
    for number in range(asks):
        request = random_request(rng, f"r{number}", points, now_s)
        found = plan.find(request, now_s)
        yield plan, request, now_s, found
        if isinstance(found, Placement):
            plan = plan.with_day(found.day)
        if rng.random() < 0.3:
            now_s += rng.randint(0, 500)
            for day in plan.days:
                plan = plan.with_day(ride_on(rng, day, now_s))
        if rng.random() < 0.15:
            plan = _changed(rng, plan)


def _changed(rng: random.Random, plan: FleetPlan) -> FleetPlan:
    """Somebody cancels or does not turn up; or a vehicle breaks down."""
    day = rng.choice(plan.days)
    if rng.random() < 0.1:
        return plan.with_day(replace(day, out_of_service_s=0))
    if not day.requests:
        return plan
    try:
        return plan.with_day(remove(day, rng.choice(day.requests).id, plan.drives))
    except ValueError:
        return plan  # no way past it
