"""Tours that drive less and keep every promise, or take more riders.

Ruin and recreate (Schrimpf et al., "Record Breaking Optimization Results Using the Ruin and Recreate Principle", 2000):
some rides are taken out of the tours and put back where they cost least, many times, and what is longer now and then is
kept for a while (simulated annealing). Every tour that is tried keeps all promises, so it may stop at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from on_demand.insertion import DayKey
from on_demand.ports import Drives
from on_demand.schedule import Schedule, schedule
from on_demand.tour import Request, VehicleDay
from on_demand.tour_search import Spent, TourSearch
from on_demand.tour_work import build


def by_iterations(iterations: int) -> Spent:
    """A budget of so many iterations: the same result every time."""
    return lambda done: done / iterations


def by_clock(seconds: float, clock: Callable[[], float]) -> Spent:
    """A budget of seconds by a clock, from now."""
    began = clock()
    return lambda _: (clock() - began) / seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search came to."""

    days: tuple[VehicleDay, ...]
    """Those that changed, each `version` one more."""
    left: tuple[Request, ...]
    """Whom no vehicle can take."""
    saved_s: int
    """Driving saved; below 0 if more riders were taken on."""
    iterations: int


def reoptimise(
    days: Sequence[VehicleDay],
    drives: Drives,
    now_s: int,
    spent: Spent,
    seed: int,
    among: Mapping[str, Collection[DayKey]] | None = None,
) -> list[VehicleDay]:
    """The tours that change so that all drive less; none if nothing is better.

    Every request keeps its windows and its longest ride; riders aboard stay in their vehicle; what is served or set out
    for within `FROZEN_S` stays. Tours that cannot keep what was promised already, and vehicles out of service, stay as
    they are. among: for each ride the vehicle-days that may take it (all, of rides that are not in it).
    """
    return list(search(days, drives, now_s, spent, seed, among=among).days)


def search(
    days: Sequence[VehicleDay],
    drives: Drives,
    now_s: int,
    spent: Spent,
    seed: int,
    more: Sequence[Request] = (),
    among: Mapping[str, Collection[DayKey]] | None = None,
    may_wait_aboard: bool = False,
) -> Outcome:
    """As `reoptimise`, for `more` requests too that nobody has yet: to take as many of them as possible comes before
    driving less. may_wait_aboard: vehicles may stand with riders aboard for a window to open."""
    able, times = [], []
    for day in days:
        if day.out_of_service_s is None and isinstance(time := schedule(day, now_s), Schedule):
            able.append(day)
            times.append(time)
    if not able:
        return Outcome((), tuple(more), 0, 0)
    work = build(able, times, drives, now_s, more, among, may_wait_aboard)
    run = TourSearch(work, seed)
    if not work.task_requests or not run.begin():
        return Outcome((), tuple(more), 0, 0)
    iterations = run.search(spent)
    changed = run.changed()
    known = {(day.shift_id, day.day): day for day in able}
    before = [known[day.shift_id, day.day] for day in changed]
    saved_s = sum(map(drive_s, before)) - sum(map(drive_s, changed))
    is_worse = saved_s <= 0 and not more
    if is_worse or (not may_wait_aboard and _waits_s(changed, now_s) > _waits_s(before, now_s)):
        return Outcome((), tuple(more), 0, iterations)
    return Outcome(tuple(changed), run.left(), saved_s, iterations)


def drive_s(day: VehicleDay) -> int:
    """How long a tour drives, in all."""
    return sum(stop.drive_s for stop in day.stops) + day.home_s


def _waits_s(days: Sequence[VehicleDay], now_s: int) -> int:
    """How long tours wait with riders aboard. Each must be one that keeps its promises."""
    waits_s = 0
    for day in days:
        times = schedule(day, now_s)
        assert isinstance(times, Schedule), f"the tour of {day.shift_id} breaks a promise: {times}"
        waits_s += times.aboard_wait_s
    return waits_s
