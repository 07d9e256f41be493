"""Rides that have lost their vehicle, into the tours of others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from on_demand.insertion import DayKey, FleetPlan, NoRoom, Placement
from on_demand.ports import Drives
from on_demand.reoptimise import by_iterations, search
from on_demand.tour import Request, VehicleDay

ITERATIONS = 300
"""So many tries for whom no place is found at once: a fraction of a second."""


@dataclass(frozen=True, slots=True)
class Rehoused:
    """Who rides where now."""

    days: tuple[VehicleDay, ...]
    """The tours that changed, each one version later than it was."""
    placements: Mapping[str, DayKey]
    """By ride that has another vehicle now: the vehicle-day it is in."""
    lost: tuple[str, ...]
    """Rides no vehicle can take within what was promised."""


def rehouse(
    before: Sequence[VehicleDay],
    changed: Sequence[VehicleDay],
    requests: Sequence[Request],
    among: Mapping[str, Collection[DayKey]],
    drives: Drives,
    now_s: int,
) -> Rehoused:
    """Put rides into tours, those first whose pick-up closes first. For whom no place is found so, it is looked for
    with all others moved about, also to other vehicles (`placements` names them); everybody's promises are kept.

    `before`: the tours as they are remembered. `changed`: those of them that are another already, without these rides,
    one version later.
    `among`: for each ride, of those in the tours too, the vehicle-days that may take it.
    """
    if not requests:
        return Rehoused(tuple(changed), {}, ())
    versions = {(day.shift_id, day.day): day.version for day in before}
    plan = FleetPlan.of(before, drives)
    for day in changed:
        plan = plan.with_day(day)
    touched = {(day.shift_id, day.day) for day in changed}
    placements: dict[str, DayKey] = {}
    lost = []
    for request in sorted(requests, key=lambda request: (request.pickup_close_s, request.id)):
        found: Placement | NoRoom = plan.find(request, now_s, among[request.id])
        if isinstance(found, NoRoom):
            lost.append(request.id)
            continue
        plan = plan.with_day(found.day)
        key = found.day.shift_id, found.day.day
        placements[request.id] = key
        touched.add(key)
    if lost:
        more = [request for request in requests if request.id in lost]
        found_too = search(plan.days, drives, now_s, by_iterations(ITERATIONS), 1, more, among)
        for day in found_too.days:
            key = day.shift_id, day.day
            old = {one.id for one in plan.get_day(key).requests}
            placements |= {one.id: key for one in day.requests if one.id not in old}
            plan = plan.with_day(day)
            touched.add(key)
        lost = [request.id for request in found_too.left]
    days = tuple(
        replace(day, version=versions.get((day.shift_id, day.day), 0) + 1)
        for day in plan.days
        if (day.shift_id, day.day) in touched
    )
    return Rehoused(days, placements, tuple(lost))
