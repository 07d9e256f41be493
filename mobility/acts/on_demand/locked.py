"""Rides and their tours, locked together: nobody else changes them until the end of the unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from mobility.acts.ports import UnitOfWork
from on_demand.booking import OnDemandRide
from on_demand.insertion import DayKey, remove
from on_demand.ports import Drives
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.tour import VehicleDay

T = TypeVar("T")

TRIES = 8


class MovedMeanwhileError(Exception):
    """Somebody else changed a tour between reading and locking it: begin again."""


def until_locked(act: Callable[[], T]) -> T:
    """What an act gives, begun again while others are faster. Raises OnDemandRefusedError when they always are."""
    for _ in range(TRIES):
        try:
            return act()
        except MovedMeanwhileError:
            continue
    raise OnDemandRefusedError(
        Reason.CHANGED,
        "D'autres réservations passent en ce moment : recommencez.",
        "Other bookings are going through just now: try again.",
    )


def lock_rides(
    work: UnitOfWork, person_id: str, read: Callable[[], list[OnDemandRide]]
) -> tuple[list[OnDemandRide], dict[DayKey, VehicleDay]]:
    """Some rides of a person as they are, and the tours of those that hold seats. Raises MovedMeanwhileError where a
    ride went to another tour just then."""
    work.on_demand.lock_person(person_id)
    before = read()
    days = work.on_demand.lock_days(_keys(before))
    rides = read()
    if _keys(rides) != _keys(before):
        raise MovedMeanwhileError
    return rides, {(day.shift_id, day.day): day for day in days}


def take_out(
    days: dict[DayKey, VehicleDay], rides: Iterable[OnDemandRide], drives: Drives
) -> list[VehicleDay]:
    """The tours without these rides, each one version later."""
    changed: dict[DayKey, VehicleDay] = {}
    for ride in rides:
        key = ride.shift_id, ride.day
        day = changed.get(key, days.get(key))
        if day is not None and any(request.id == ride.id for request in day.requests):
            changed[key] = remove(day, ride.id, drives)
    return [_next(day, days[key]) for key, day in changed.items()]


def swap_all(work: UnitOfWork, days: Iterable[VehicleDay]) -> None:
    """Remember tours, in the order of all locks. Raises MovedMeanwhileError where somebody else was faster."""
    for day in sorted(days, key=lambda one: (one.day, one.shift_id)):
        if not work.on_demand.swap_day(day):
            raise MovedMeanwhileError


def _keys(rides: Iterable[OnDemandRide]) -> list[DayKey]:
    keys = {(ride.shift_id, ride.day) for ride in rides if ride.holds_seats}
    return sorted(keys, key=lambda key: (key[1], key[0]))


def _next(day: VehicleDay, before: VehicleDay) -> VehicleDay:
    return replace(day, version=before.version + 1)
