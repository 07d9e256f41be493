"""Whether a ride still fits into the tours of a fleet, and where best."""

from __future__ import annotations

import datetime as dt
from bisect import bisect
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from on_demand.area import Point
from on_demand.fleet_arrays import Ints, Laid, ask_of, join, lay_day, needed_of, room_for, standing_of
from on_demand.kernels.fleet import (
    DIRECT,
    FIRST,
    FROM_DROP,
    FROM_PICKUP,
    RIDE_MAX,
    SET_OUT,
    TAKES_SEATS,
    TAKES_WHEELCHAIRS,
    TO_DROP,
    TO_PICKUP,
    VEHICLE,
    Fleet,
    Needed,
    Standing,
)
from on_demand.kernels.insertion import look_for_drops, look_for_pickups, scan
from on_demand.kernels.times import FAR, NONE
from on_demand.ports import Drives
from on_demand.schedule import list_points
from on_demand.tour import Request, StopKind, TourStop, VehicleDay

DayKey = tuple[str, dt.date]
"""A vehicle-day: its shift and its service day."""


class NoRoomReason(StrEnum):
    """Why no vehicle takes a ride; the first that is true."""

    NO_VEHICLE = "no-vehicle"
    """None of those asked works at any time between pick-up and drop-off."""
    NO_SEAT = "no-seat"
    """It would fit if it took no place aboard."""
    NO_WHEELCHAIR_PLACE = "no-wheelchair-place"
    """It would fit without its wheelchairs."""
    TOO_LONG = "too-long"
    """It would fit if one could be on board longer."""
    NO_TIME = "no-time"
    """The vehicles are elsewhere, or there is no way."""


@dataclass(frozen=True, slots=True)
class NoRoom:
    """No vehicle takes a ride."""

    reason: NoRoomReason


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a ride fits best."""

    day: VehicleDay
    """The tour with the ride in it; its version is one more."""
    pickup_s: int
    drop_s: int
    """When service is expected to begin there."""
    added_drive_s: int


class FleetPlan:
    """The tours of a fleet, ready to be asked what still fits. It never changes: `with_day` makes another. Threads may
    ask at once."""

    __slots__ = ("_fleet", "_indices", "_laid", "_points", "_room", "days", "drives")

    days: tuple[VehicleDay, ...]
    """By vehicle, shift and day."""

    def __init__(self, days: Sequence[VehicleDay], drives: Drives, laid: Sequence[Laid]) -> None:
        """Use `of`. `laid`: each day as arrays."""
        self.days = tuple(days)
        self.drives = drives
        self._laid = tuple(laid)
        self._fleet = join(laid)
        self._points = np.empty(len(self._fleet.node), object)
        self._points[:] = [point for tour in laid for point in tour.points]
        self._indices = {(day.shift_id, day.day): index for index, day in enumerate(days)}
        self._room = 2 + max((len(tour.points) for tour in laid), default=0)

    @classmethod
    def of(cls, days: Sequence[VehicleDay], drives: Drives) -> FleetPlan:
        """Of tours, at most one of a (shift, day)."""
        days = sorted(days, key=_order)
        if len({(day.shift_id, day.day) for day in days}) < len(days):
            raise ValueError("two tours of one shift on one day")
        return cls(days, drives, [lay_day(day) for day in days])

    def with_day(self, day: VehicleDay) -> FleetPlan:
        """With a tour instead of the one of its shift and day, or beside the others."""
        key = day.shift_id, day.day
        kept = [
            (old, laid)
            for old, laid in zip(self.days, self._laid, strict=True)
            if (old.shift_id, old.day) != key
        ]
        kept.insert(bisect(kept, _order(day), key=lambda pair: _order(pair[0])), (day, lay_day(day)))
        return FleetPlan([old for old, _ in kept], self.drives, [laid for _, laid in kept])

    def without(self, request_id: str) -> FleetPlan:
        """Without a ride; the version of its tour is one more. KeyError: no tour has it."""
        return self.with_day(remove(self.get_day_of(request_id), request_id, self.drives))

    def get_day(self, key: DayKey) -> VehicleDay:
        """The tour of a shift on a day; KeyError: there is none."""
        return self.days[self._indices[key]]

    def get_day_of(self, request_id: str) -> VehicleDay:
        """The tour a ride is in; KeyError: there is none."""
        for day in self.days:
            if any(request.id == request_id for request in day.requests):
                return day
        raise KeyError(request_id)

    def find(
        self, request: Request, now_s: int, among: Collection[DayKey] | None = None
    ) -> Placement | NoRoom:
        """The best place for a ride: with the least added driving, then the earliest pick-up, then by vehicle, shift
        and day, then the first in the tour. No promise is broken by it, nobody aboard waits longer for it, what was
        served or is set out for stays (`on_demand.schedule.count_frozen`).

        `among`: only these vehicle-days; None: all. A tour that breaks a rule already takes nobody. ValueError: the
        best tour has the ride already."""
        ask = ask_of(request, now_s)
        asked = np.full(len(self.days), among is None)
        if among is not None:
            asked[[self._indices[key] for key in among if key in self._indices]] = True
        fleet, tour = self._fleet, room_for(self._room)
        standing, needed = standing_of(fleet), needed_of(fleet)
        ways = np.full((4, len(self._points)), NONE, np.int32)
        if not look_for_pickups(fleet, ask, asked, tour, standing, needed):
            return NoRoom(NoRoomReason.NO_VEHICLE)
        self._drive(request.origin, needed, TO_PICKUP, FROM_PICKUP, ways)
        look_for_drops(fleet, ask, ways, standing, needed)
        ask[DIRECT] = self._drive(request.destination, needed, TO_DROP, FROM_DROP, ways, request.origin)
        best = np.empty(6, np.int64)
        scan(fleet, ask, ways, standing, tour, best)
        if best[VEHICLE] == NONE:
            return NoRoom(_reason(fleet, ask, ways, standing, tour))
        return self._placement(request, ask, ways, best)

    def _drive(
        self,
        end: Point,
        needed: Needed,
        to: int,
        from_: int,
        ways: NDArray[np.int32],
        other: Point | None = None,
    ) -> int:
        """Fill driving to and from one end of a ride, where it is needed; driving there from the other end."""
        nodes = needed.node[to, : needed.many[to]]
        origins: list[Point] = self._points[nodes].tolist()
        found = self.drives.times_s([*origins, other or end], [end])[:, 0]
        ways[to][nodes] = found[:-1]
        nodes = needed.node[from_, : needed.many[from_]]
        if len(nodes):
            ways[from_][nodes] = self.drives.times_s([end], self._points[nodes].tolist())[0]
        return int(found[-1])

    def _placement(self, request: Request, ask: Ints, ways: NDArray[np.int32], best: Ints) -> Placement:
        """The tour with the ride in it, where the kernel says."""
        added, pickup_s, drop_s, v, i, j = best.tolist()
        day, first = self.days[v], int(self._fleet.vehicle[v, FIRST])
        if any(request.id == other.id for other in day.requests):
            raise ValueError(f"{request.id} is in the tour of {day.shift_id} on {day.day} already")
        to_pickup, to_drop = int(ways[TO_PICKUP, first + i]), int(ways[TO_DROP, first + j])
        stops, home_s = list(day.stops), day.home_s
        for after, way in ((i, FROM_PICKUP), (j, FROM_DROP)):
            if i == j and way == FROM_PICKUP:
                to_drop = int(ask[DIRECT])
                continue
            while after < len(stops) and stops[after].kind is StopKind.BREAK:
                after += 1
            drive_s = int(ways[way, first + after + 1])
            if after == len(stops):
                home_s = drive_s
            else:
                stops[after] = replace(stops[after], drive_s=drive_s)
        stops.insert(j, TourStop(StopKind.DROP_OFF, request.id, to_drop))
        stops.insert(i, TourStop(StopKind.PICKUP, request.id, to_pickup, leave_s_min=int(ask[SET_OUT])))
        after_it = replace(
            day,
            version=day.version + 1,
            requests=(*day.requests, request),
            stops=tuple(stops),
            home_s=home_s,
        )
        return Placement(after_it, pickup_s, drop_s, added)


def _order(day: VehicleDay) -> tuple[str, str, dt.date]:
    return day.vehicle_id, day.shift_id, day.day


def _reason(fleet: Fleet, ask: Ints, ways: NDArray[np.int32], standing: Standing, tour: Ints) -> NoRoomReason:
    """Why nothing fits: ask for less and see."""

    def fits(*less: tuple[int, int]) -> bool:
        asked, best = ask.copy(), np.empty(6, np.int64)
        for cell, value in less:
            asked[cell] = value
        scan(fleet, asked, ways, standing, tour, best)
        return bool(best[VEHICLE] != NONE)

    nobody = (TAKES_SEATS, 0), (TAKES_WHEELCHAIRS, 0)
    if fits(*nobody):
        is_wheelchair = ask[TAKES_WHEELCHAIRS] > 0 and fits((TAKES_WHEELCHAIRS, 0))
        return NoRoomReason.NO_WHEELCHAIR_PLACE if is_wheelchair else NoRoomReason.NO_SEAT
    if fits(*nobody, (RIDE_MAX, int(FAR) // 4)):
        return NoRoomReason.TOO_LONG
    return NoRoomReason.NO_TIME


def remove(day: VehicleDay, request_id: str, drives: Drives) -> VehicleDay:
    """A tour without a ride, one version later. What was served stays: a served pick-up without a drop-off says that
    nobody got on. KeyError: the tour does not have it."""
    mine = [i for i, stop in enumerate(day.stops) if stop.request_id == request_id]
    if not mine:
        raise KeyError(request_id)
    gone = {i for i in mine if day.stops[i].served_at_s is None}
    stops: list[TourStop] = []
    changed = set()
    leave_s_min = 0
    for i, stop in enumerate(day.stops):
        if i in gone:
            # The vehicle may have been told to wait before it set out for what is gone.
            leave_s_min = max(leave_s_min, stop.leave_s_min)
            changed.add(len(stops))
            continue
        stops.append(replace(stop, leave_s_min=max(stop.leave_s_min, leave_s_min)))
        leave_s_min = 0
    requests = day.requests
    if len(gone) == len(mine):
        requests = tuple(request for request in requests if request.id != request_id)
    after = driven(replace(day, version=day.version + 1, requests=requests), stops, changed, drives)
    if after is None:
        raise ValueError(f"{day.shift_id} {day.day}: no way past what {request_id} leaves")
    return after


def driven(
    day: VehicleDay, stops: Sequence[TourStop], changed: Collection[int], drives: Drives
) -> VehicleDay | None:
    """A tour with these stops, those of the indices `changed` (of the end too, which is the number of stops) driven to
    anew from where the vehicle was before. None: there is no way."""
    points = list_points(replace(day, stops=tuple(stops)))
    result = list(stops)
    home_s = day.home_s
    after_break = False
    for i in range(len(stops) + 1):
        is_changed = after_break or i in changed
        after_break = is_changed and i < len(stops) and stops[i].kind is StopKind.BREAK
        if not is_changed or after_break:
            continue
        drive_s = int(drives.times_s([points[i]], [points[i + 1]])[0, 0])
        if drive_s < 0:
            return None
        if i == len(stops):
            home_s = drive_s
        else:
            result[i] = replace(stops[i], drive_s=drive_s)
    return replace(day, stops=tuple(result), home_s=home_s)
