"""Booked rides moved in time: within their tour, or out of it and into others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from on_demand.insertion import DayKey, FleetPlan, NoRoom, NoRoomReason, remove
from on_demand.schedule import Schedule, Violation, count_frozen, schedule
from on_demand.tour import Request, VehicleDay


@dataclass(frozen=True, slots=True)
class MovedTours:
    """The tours that change, each one version later."""

    days: tuple[VehicleDay, ...]

    def get_day_of(self, ride_id: str) -> VehicleDay:
        """The tour that has a moved ride now; KeyError: none of these."""
        for day in self.days:
            if any(request.id == ride_id for request in day.requests):
                return day
        raise KeyError(ride_id)


def move_request(request: Request, shift_s: int) -> Request:
    """All its windows so much later."""
    return replace(
        request,
        pickup_open_s=request.pickup_open_s + shift_s,
        pickup_close_s=request.pickup_close_s + shift_s,
        drop_open_s=request.drop_open_s + shift_s,
        drop_close_s=request.drop_close_s + shift_s,
    )


def find_moved(
    plan: FleetPlan, shifts: Mapping[str, int], now_s: int, among: Collection[DayKey]
) -> MovedTours | NoRoom:
    """The tours with some rides of one tour later (negative: earlier), each by so many seconds: all where they are, or
    else each wherever it fits best among some vehicle-days. Everybody else's promises are kept, nobody aboard waits
    longer for it, what is set out for by now stays. KeyError: no tour has them."""
    home = plan.get_day_of(next(iter(shifts)))
    moved = {one.id: move_request(one, shifts[one.id]) for one in home.requests if one.id in shifts}
    if len(moved) < len(shifts):
        raise KeyError(", ".join(sorted(shifts.keys() - moved.keys())))
    before = schedule(home, now_s)
    first = min(at for at, stop in enumerate(home.stops) if stop.request_id in shifts)
    if home.stops[first].served_at_s is not None:
        return NoRoom(NoRoomReason.NO_TIME)
    if isinstance(before, Schedule):
        waiting = _wait(home, moved, before, first, now_s)
        if waiting is not None:
            return MovedTours((waiting,))
        if first < count_frozen(home, before, now_s):
            return NoRoom(NoRoomReason.NO_TIME)
    left = home
    try:
        for ride_id in moved:
            left = remove(left, ride_id, plan.drives)
    except ValueError:  # there is no way past them
        return NoRoom(NoRoomReason.NO_TIME)
    if isinstance(before, Schedule) and isinstance(schedule(left, now_s), Violation):
        return NoRoom(NoRoomReason.NO_TIME)
    changed = plan.with_day(left)
    for request in sorted(moved.values(), key=lambda one: (one.pickup_open_s, one.id)):
        placed = changed.find(request, now_s, among)
        if isinstance(placed, NoRoom):
            return placed
        changed = changed.with_day(placed.day)
    versions = {(day.shift_id, day.day): day for day in plan.days}
    return MovedTours(
        tuple(
            replace(day, version=versions[day.shift_id, day.day].version + 1)
            for day in changed.days
            if day != versions[day.shift_id, day.day]
        )
    )


def _wait(
    home: VehicleDay, moved: Mapping[str, Request], before: Schedule, first: int, now_s: int
) -> VehicleDay | None:
    """The tour as it is, the vehicle waiting for the rides, the first of whose stops is `first`; None: some rule would
    be broken."""
    requests = tuple(moved.get(request.id, request) for request in home.requests)
    day = replace(home, version=home.version + 1, requests=requests)
    times = schedule(day, now_s)
    kept = min(count_frozen(home, before, now_s), first)
    if (
        isinstance(times, Violation)
        or times.aboard_wait_s > before.aboard_wait_s
        or times.begin_s[:kept] != before.begin_s[:kept]
    ):
        return None
    return day
