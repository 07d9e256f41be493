"""The tour of a day whose vehicle or shift has changed: as it was where that can be kept, else with fewer riders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from on_demand.area import Point
from on_demand.insertion import FleetPlan, NoRoom, driven, remove
from on_demand.ports import Drives
from on_demand.schedule import Violation, count_frozen, list_points, schedule
from on_demand.tour import Request, StopKind, TourStop, VehicleDay


@dataclass(frozen=True, slots=True)
class Remade:
    """A tour under other rules."""

    day: VehicleDay
    """One version later."""
    left_out: tuple[Request, ...]
    """Rides it cannot keep."""


def remake(old: VehicleDay, fresh: VehicleDay | None, drives: Drives, now_s: int) -> Remade:
    """A tour that has not begun, as a changed shift can drive it. `fresh`: the day of that shift before anybody rides;
    None: it does not run that day any more, and takes nobody.

    The order of the stops stays where it can; else rides are put in anew, those first whose pick-up closes first.
    """
    version = old.version + 1
    if fresh is None:
        gone = replace(
            old, version=version, stops=(), breaks=(), requests=(), home_s=0, out_of_service_s=old.open_s
        )
        return Remade(gone, old.requests)
    drives = _Known([*list_points(old), fresh.start, fresh.end], drives)
    rides = [replace(stop, drive_s=0) for stop in old.stops if stop.kind is not StopKind.BREAK]
    for stops in _with_breaks(rides, fresh):
        day = driven(replace(fresh, requests=old.requests), stops, range(len(stops) + 1), drives)
        if day is not None and not isinstance(schedule(day, now_s), Violation):
            return Remade(replace(day, version=version), ())
    plan, left_out = FleetPlan.of([fresh], drives), []
    for request in sorted(old.requests, key=lambda request: (request.pickup_close_s, request.id)):
        found = plan.find(request, now_s)
        if isinstance(found, NoRoom):
            left_out.append(request)
        else:
            plan = plan.with_day(found.day)
    return Remade(replace(plan.days[0], version=version), tuple(left_out))


def has_begun(day: VehicleDay, now_s: int) -> bool:
    """Whether something of a tour was served, or is set out for."""
    times = schedule(day, now_s)
    if isinstance(times, Violation):
        return any(stop.served_at_s is not None for stop in day.stops) or bool(day.requests)
    return count_frozen(day, times, now_s) > 0


def remake_under_way(old: VehicleDay, fresh: VehicleDay, drives: Drives, now_s: int) -> Remade | None:
    """A tour that has begun, as far as a changed shift can still change it: until when, with which seats, where to.
    Its breaks stay. Those ride who can, the others leave it; None: not even who is aboard or set out for can ride on.
    """
    day = replace(
        old,
        close_s=fresh.close_s,
        configurations=fresh.configurations,
        route_s_max=fresh.route_s_max,
        end=fresh.end,
    )
    if day.end != old.end:
        day = driven(day, day.stops, {len(day.stops)}, drives) or day
    times = schedule(old, now_s)
    kept = old.stops[: count_frozen(old, times, now_s)] if not isinstance(times, Violation) else ()
    bound = {stop.request_id for stop in kept}
    free = sorted(
        (request for request in old.requests if request.id not in bound),
        key=lambda request: (request.drop_close_s, request.id),
    )
    left_out: list[Request] = []
    while isinstance(schedule(day, now_s), Violation):
        if not free:
            return None
        left_out.append(free.pop())
        day = remove(day, left_out[-1].id, drives)
    return Remade(replace(day, version=old.version + 1), tuple(reversed(left_out)))


class _Known:
    """Driving times between some points, asked for once."""

    def __init__(self, points: Sequence[Point], drives: Drives) -> None:
        known = list(dict.fromkeys(points))
        self._index = {point: number for number, point in enumerate(known)}
        self._times_s = drives.times_s(known, known)

    def times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        rows, columns = [self._index[one] for one in origins], [self._index[one] for one in destinations]
        return self._times_s[np.ix_(rows, columns)]


def _with_breaks(rides: Sequence[TourStop], fresh: VehicleDay) -> Iterator[list[TourStop]]:
    """All ways to put the breaks of a day, in their order, where nobody is aboard."""
    empty = [0]
    aboard: set[str] = set()
    for number, stop in enumerate(rides, 1):
        aboard ^= {stop.request_id}
        if not aboard:
            empty.append(number)
    breaks = [stop for stop in fresh.stops if stop.kind is StopKind.BREAK]

    def place(done: int, at: int) -> Iterator[list[int]]:
        if done == len(breaks):
            yield []
            return
        for position in (one for one in empty if one >= at):
            for rest in place(done + 1, position):
                yield [position, *rest]

    for positions in place(0, 0):
        stops: list[TourStop] = list(rides)
        for stop, position in reversed(list(zip(breaks, positions, strict=True))):
            stops.insert(position, stop)
        yield stops
