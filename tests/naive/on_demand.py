"""Every position of every tour, tried with the plain times of `on_demand.schedule`; and the times of a tour by brute
force, one integer after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from on_demand.insertion import NoRoom, NoRoomReason, Placement, driven
from on_demand.ports import Drives
from on_demand.schedule import FROZEN_S, Schedule, Violation, count_frozen, schedule
from on_demand.tour import Request, StopKind, TourStop, VehicleDay


def find(days: Sequence[VehicleDay], drives: Drives, request: Request, now_s: int) -> Placement | NoRoom:
    """As `FleetPlan.find`."""
    working = [
        day
        for day in sorted(days, key=lambda d: (d.vehicle_id, d.shift_id, d.day))
        if day.out_of_service_s is None
        and day.open_s <= request.drop_close_s
        and day.close_s >= request.pickup_open_s
    ]
    if not working:
        return NoRoom(NoRoomReason.NO_VEHICLE)

    def best_of(**less: int) -> Placement | None:
        return _best(working, drives, replace(request, **less), now_s)

    found = best_of()
    if found is not None:
        return found
    if best_of(seats=0, wheelchairs=0):
        is_wheelchair = request.wheelchairs > 0 and best_of(wheelchairs=0)
        return NoRoom(NoRoomReason.NO_WHEELCHAIR_PLACE if is_wheelchair else NoRoomReason.NO_SEAT)
    if best_of(seats=0, wheelchairs=0, ride_s_max=10**9):
        return NoRoom(NoRoomReason.TOO_LONG)
    return NoRoom(NoRoomReason.NO_TIME)


def _best(days: Sequence[VehicleDay], drives: Drives, request: Request, now_s: int) -> Placement | None:
    found: list[Placement] = []
    for day in days:
        before = schedule(day, now_s)
        if isinstance(before, Violation):
            continue
        for at in range(count_frozen(day, before, now_s), len(day.stops) + 1):
            for drop_at in range(at, len(day.stops) + 1):
                placement = place(day, before, request, at, drop_at, now_s, drives)
                if placement is not None:
                    found.append(placement)
    return min(found, key=lambda p: (p.added_drive_s, p.pickup_s), default=None)


def place(
    day: VehicleDay, before: Schedule, request: Request, at: int, drop_at: int, now_s: int, drives: Drives
) -> Placement | None:
    """A ride put into a tour: picked up before what is stop `at` now, set down before stop `drop_at` (both may be the
    number of stops), `at <= drop_at`. None: some rule would be broken. `before` are the times of the tour as it is."""
    pickup = TourStop(StopKind.PICKUP, request.id, 0, leave_s_min=now_s + FROZEN_S)
    drop = TourStop(StopKind.DROP_OFF, request.id, 0)
    stops = [*day.stops[:at], pickup, *day.stops[at:drop_at], drop, *day.stops[drop_at:]]
    changed = {at, at + 1, drop_at + 1, drop_at + 2}
    after = driven(
        replace(day, version=day.version + 1, requests=(*day.requests, request)), stops, changed, drives
    )
    if after is None:
        return None
    times = schedule(after, now_s)
    frozen = count_frozen(day, before, now_s)
    if (
        isinstance(times, Violation)
        or times.aboard_wait_s > before.aboard_wait_s
        or times.begin_s[:frozen] != before.begin_s[:frozen]
    ):
        return None
    return Placement(after, times.begin_s[at], times.begin_s[drop_at + 1], _drive_s(after) - _drive_s(day))


def _drive_s(day: VehicleDay) -> int:
    return sum(stop.drive_s for stop in day.stops) + day.home_s
