"""Rides moved in time, in random fleets: whatever comes of it can be driven, and nobody else notices."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import replace

from mobility.journeys.on_demand.crow_drives import CrowDrives
from on_demand.area import Point
from on_demand.fleet import Seats
from on_demand.insertion import FleetPlan, NoRoom, Placement
from on_demand.moved_ride import MovedTours, find_moved, move_request
from on_demand.schedule import Schedule, break_stops, check, count_frozen, schedule
from on_demand.tour import DayBreak, Request, VehicleDay

DAY, BEGIN_S = dt.date(2026, 3, 10), 1_773_126_000
DRIVES = CrowDrives()


def point(lots: random.Random) -> Point:
    return Point(47.25 + lots.uniform(-0.08, 0.08), 6.02 + lots.uniform(-0.12, 0.12))


def vehicle_day(number: int, lots: random.Random) -> VehicleDay:
    depot, begins_s = point(lots), BEGIN_S + 7200
    breaks = (DayBreak(begins_s, begins_s + 3600, 1200),) if lots.random() < 0.5 else ()
    return VehicleDay(
        f"s{number}", DAY, f"v{number}", lots.randrange(4), BEGIN_S, BEGIN_S + 5 * 3600, depot, depot,
        (Seats(2, 0), Seats(1, 1)), breaks=breaks, stops=break_stops(breaks),
    )  # fmt: skip


def request(number: int, lots: random.Random) -> Request:
    one, other = point(lots), point(lots)
    direct_s = int(DRIVES.times_s([one], [other])[0, 0])
    open_s = BEGIN_S + lots.randrange(4 * 3600)
    return Request(
        f"r{number}", one, other, open_s, open_s + 600, open_s, open_s + 660 + 2 * direct_s + 600,
        max(direct_s * 3 // 2, direct_s + 600), 1, int(lots.random() < 0.1), 60, 60,
    )  # fmt: skip


def fleet(lots: random.Random, vehicles: int, requests: int) -> FleetPlan:
    plan = FleetPlan.of([vehicle_day(number, lots) for number in range(vehicles)], DRIVES)
    for number in range(requests):
        placed = plan.find(request(number, lots), BEGIN_S)
        if isinstance(placed, Placement):
            plan = plan.with_day(placed.day)
    return plan


def test_whatever_is_moved_nobody_else_notices() -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(200):
        lots = random.Random(seed)
        plan = fleet(lots, lots.randint(1, 3), lots.randint(3, 16))
        now_s = BEGIN_S + lots.randint(0, 4 * 3600)
        home = lots.choice(plan.days)
        if not home.requests:
            continue
        ids = [one.id for one in home.requests]
        shifts = dict.fromkeys(lots.sample(ids, min(lots.randint(1, 3), len(ids))), lots.randint(-3600, 7200))
        keys = {(day.shift_id, day.day) for day in plan.days}
        outcome = find_moved(plan, shifts, now_s, keys)
        if isinstance(outcome, NoRoom):
            outcomes["no room"] += 1
            continue
        outcomes["waits" if outcome.days[0].stops == home.stops else "leaves"] += 1
        check_moved(plan, outcome, shifts, now_s)
    assert min(outcomes[one] for one in ("waits", "leaves", "no room")) > 3, outcomes


def check_moved(plan: FleetPlan, moved: MovedTours, shifts: dict[str, int], now_s: int) -> None:
    before = {day.shift_id: day for day in plan.days}
    after = before | {day.shift_id: day for day in moved.days}
    asked = {
        one.id: move_request(one, shifts.get(one.id, 0)) for day in before.values() for one in day.requests
    }
    found = [one for day in after.values() for one in day.requests]
    assert len(found) == len(asked)
    assert {one.id: one for one in found} == asked
    for day in moved.days:
        old = before[day.shift_id]
        assert day.version == old.version + 1
        assert check(day) is None
        one, other = schedule(old, now_s), schedule(day, now_s)
        assert isinstance(one, Schedule)
        assert isinstance(other, Schedule)
        frozen = count_frozen(old, one, now_s)
        kept = [stop for stop in old.stops[:frozen] if stop.request_id not in shifts]
        assert [replace(stop, drive_s=0) for stop in day.stops[:frozen] if stop.request_id not in shifts] == [
            replace(stop, drive_s=0) for stop in kept
        ], "what is set out for stays"
    for ride_id in shifts:
        assert any(one.id == ride_id for one in moved.get_day_of(ride_id).requests)


def test_a_ride_alone_is_waited_for() -> None:
    plan = fleet(random.Random(1), 1, 1)
    (home,) = plan.days
    moved = find_moved(plan, {"r0": 1500}, BEGIN_S, {("s0", DAY)})
    assert isinstance(moved, MovedTours)
    (day,) = moved.days
    assert day.stops == home.stops
    assert day.requests == (move_request(home.requests[0], 1500),)
