"""Rides whose vehicle can no longer take them go to other vehicles, or are cancelled by the operator, who calls them:
one transaction, computed before it and again where somebody else was faster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.expire import settle_waiting
from mobility.acts.on_demand.locked import MovedMeanwhileError, swap_all
from mobility.acts.on_demand.ride_events import tell_ride
from mobility.acts.on_demand.room import rules_of
from mobility.acts.on_demand.services import get_service
from mobility.acts.on_demand.tour_view import Rider, find_riders
from mobility.acts.on_demand.vehicle_days import list_days_between, list_takers
from mobility.acts.ports import UnitOfWork
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.rehouse import Rehoused, rehouse
from on_demand.ride_life import Actor, cancel, step
from on_demand.ride_rules import RideRules
from on_demand.tour import Request, VehicleDay
from on_demand.waiting_list import WaitingStatus

DayKey = tuple[str, dt.date]


@dataclass(frozen=True, slots=True)
class Eviction:
    """Tours that lose riders, as they are to be, and who leaves them."""

    before: tuple[VehicleDay, ...]
    after: tuple[VehicleDay, ...]
    leaving: tuple[Request, ...]
    stranded: frozenset[str] = frozenset()
    """Those of them who were aboard."""
    arrived: frozenset[str] = frozenset()
    """Those who stay, and arrived as planned though nobody said so."""


@dataclass(frozen=True, slots=True)
class Redispatched:
    """What became of riders who lost their vehicle."""

    moved: tuple[str, ...] = ()
    """Rides another vehicle takes, as promised (who was aboard: later)."""
    lost: tuple[tuple[OnDemandRide, Rider], ...] = ()
    """Rides cancelled by the operator: whom to call."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written, if everything is still as it was read."""

    eviction: Eviction
    rehoused: Rehoused
    rides: dict[str, OnDemandRide]
    """As they were read."""


def plan_redispatch(
    work: UnitOfWork, ports: OnDemandPorts, eviction: Eviction, closed: Collection[DayKey] = ()
) -> Plan:
    """Where riders go. `closed`: vehicle-days that take nobody of them."""
    now_s = int(ports.acts.now().timestamp())
    leaving = {request.id: request for request in eviction.leaving}
    rides = {ride.id: ride for ride in work.on_demand.list_rides(sorted(leaving.keys() | eviction.arrived))}
    tours: dict[DayKey, VehicleDay] = {(day.shift_id, day.day): day for day in eviction.before}
    among: dict[str, set[DayKey]] = {}
    known: dict[DayKey, VehicleDay] = {}
    for request in eviction.leaving:
        service = get_service(work, rides[request.id].service_id)
        around = list_days_between(
            work, service, request.pickup_open_s, request.drop_close_s, ports.is_holiday
        )
        known |= {(day.shift_id, day.day): day for day in around}
        among[request.id] = {(day.shift_id, day.day) for day in around} - set(closed)
    days = list((known | tours).values())
    others = list_takers(work, list(known.values()))
    found = rehouse(days, eviction.after, eviction.leaving, {**others, **among}, ports.drives(), now_s)
    rides |= {ride.id: ride for ride in work.on_demand.list_rides(sorted(set(found.placements) - set(rides)))}
    return Plan(eviction, found, rides)


def write_redispatch(work: UnitOfWork, ports: OnDemandPorts, caller: str, plan: Plan) -> Redispatched:
    """Write it and tell everybody; the transaction is the caller's, and begins with this: it takes the locks of people,
    then of tours. Raises MovedMeanwhileError where something has changed since it was planned."""
    now = ports.acts.now()
    for person_id in sorted({ride.person_id for ride in plan.rides.values()}):
        work.on_demand.lock_person(person_id)
    work.on_demand.lock_days([(day.shift_id, day.day) for day in plan.rehoused.days])
    if {ride.id: ride for ride in work.on_demand.list_rides(sorted(plan.rides))} != plan.rides:
        raise MovedMeanwhileError
    swap_all(work, plan.rehoused.days)
    requests = {request.id: request for request in plan.eviction.leaving}
    lost = {}
    for ride_id, ride in plan.rides.items():
        rules = rules_of(work, get_service(work, ride.service_id), now)
        if ride_id in plan.eviction.arrived:
            _tell_arrived(work, ride, rules, now, caller)
            continue
        if ride_id in plan.rehoused.lost:
            gone = cancel(ride, Actor.OPERATOR, now, rules)
            work.on_demand.put_ride(gone, caller)
            tell_ride(work, "cancelled", gone, now)
            settle_waiting(work, [gone], WaitingStatus.PASSED)
            lost[ride_id] = gone
            continue
        shift_id, day = plan.rehoused.placements[ride_id]
        moved = replace(ride, shift_id=shift_id, day=day, changed_at=max(now, ride.changed_at))
        if ride_id in plan.eviction.stranded:
            if ride.status is RideStatus.ABOARD:
                moved = step(moved, RideStatus.CONFIRMED, Actor.OPERATOR, now, rules)
            moved = _promised_anew(moved, requests[ride_id])
        work.on_demand.put_ride(moved, caller)
        tell_ride(work, "moved", moved, now)
    riders = find_riders(work, lost)
    return Redispatched(
        tuple(sorted(plan.rehoused.placements)), tuple((ride, riders[ride.id]) for ride in lost.values())
    )


def name_rides(
    rides: Mapping[str, OnDemandRide], riders: Mapping[str, Rider], requests: Sequence[Request]
) -> list[dict[str, object]]:
    """Rides in the way of a change, for the operator."""
    return [
        {
            "ride": request.id,
            "day": rides[request.id].day.isoformat(),
            "pickupFrom": dt.datetime.fromtimestamp(request.pickup_open_s, dt.UTC).isoformat(),
            "name": riders[request.id].name,
            "phone": riders[request.id].phone,
        }
        for request in requests
        if request.id in rides
    ]


def _tell_arrived(
    work: UnitOfWork, ride: OnDemandRide, rules: RideRules, now: dt.datetime, caller: str
) -> None:
    """Silence is a promise kept: nobody can report these any more, so it is said for them."""
    for to in (RideStatus.ABOARD, RideStatus.DONE):
        if ride.status in (RideStatus.CONFIRMED, RideStatus.ABOARD) and ride.status is not to:
            ride = step(ride, to, Actor.OPERATOR, now, rules)
            work.on_demand.put_ride(ride, caller)
            if to is RideStatus.DONE:
                tell_ride(work, "done", ride, now)


def _promised_anew(ride: OnDemandRide, request: Request) -> OnDemandRide:
    """Whoever stands beside a broken vehicle is promised something else: from there, as soon as can be."""
    return replace(
        ride,
        origin=replace(ride.origin, name="", at=request.origin, stop_id=""),
        pickup_open_s=request.pickup_open_s,
        pickup_close_s=request.pickup_close_s,
        drop_open_s=request.drop_open_s,
        drop_close_s=request.drop_close_s,
    )
