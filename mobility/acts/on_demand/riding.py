"""What the driver's side says of rides: aboard, done, nobody there; and what time says of those nobody reported."""

from __future__ import annotations

import datetime as dt
from functools import partial

from mobility.accounts.caller import Caller, Permission
from mobility.acts.idempotency import UsedKey, check_key, digest_of, find_answer
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.locked import lock_rides, swap_all, until_locked
from mobility.acts.on_demand.ride_events import tell_ride
from mobility.acts.on_demand.room import rules_of
from mobility.acts.on_demand.services import get_service, unknown
from mobility.acts.ports import UnitOfWork
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.ports import Drives
from on_demand.ride_life import Actor, step
from on_demand.served import leave_behind, serve, serve_as_planned
from on_demand.tour import StopKind, VehicleDay

SETTLED_DAYS = 8
"""So many past days are looked at."""

_EVENTS = {RideStatus.ABOARD: "aboard", RideStatus.DONE: "done", RideStatus.NO_SHOW: "no-show"}


def board(
    ports: OnDemandPorts, caller: Caller, ride_id: str, at: dt.datetime | None = None, key: str = ""
) -> OnDemandRide:
    """The party is aboard, since an instant (None: now; never in the future). The driver of the shift says so, or an
    operator. Said again, it stays so. Raises ForbiddenError and OnDemandRefusedError."""
    return _report(ports, caller, ride_id, RideStatus.ABOARD, at, key)


def done(
    ports: OnDemandPorts, caller: Caller, ride_id: str, at: dt.datetime | None = None, key: str = ""
) -> OnDemandRide:
    """The party has arrived; likewise."""
    return _report(ports, caller, ride_id, RideStatus.DONE, at, key)


def no_show(
    ports: OnDemandPorts, caller: Caller, ride_id: str, at: dt.datetime | None = None, key: str = ""
) -> OnDemandRide:
    """The vehicle waited and nobody came; likewise. It counts on the ladder of the rules."""
    return _report(ports, caller, ride_id, RideStatus.NO_SHOW, at, key)


def _report(
    ports: OnDemandPorts, caller: Caller, ride_id: str, to: RideStatus, at: dt.datetime | None, key: str
) -> OnDemandRide:
    check_key(key)
    drives = ports.drives()
    digest = digest_of(f"report {to.value}", ride_id)

    def once() -> OnDemandRide:
        with ports.acts.unit_of_work() as work:
            now = ports.acts.now()
            asked = _get_driven(work, caller, ride_id)
            for person_id in sorted({caller.person, asked.person_id}):  # the key is the driver's
                work.on_demand.lock_person(person_id)
            rides, days = lock_rides(work, asked.person_id, lambda: work.on_demand.list_rides([ride_id]))
            ride = rides[0]
            if find_answer(work.on_demand, caller.person, key, digest) is not None or ride.status is to:
                return ride
            rules = rules_of(work, get_service(work, ride.service_id), now)
            is_operator = caller.may(Permission.MANAGE_ON_DEMAND)
            when = min(at or now, now)
            after = step(ride, to, Actor.OPERATOR if is_operator else Actor.DRIVER, when, rules)
            day = days[ride.shift_id, ride.day]
            swap_all(work, [_reported(day, ride, to, int(when.timestamp()), drives)])
            work.on_demand.put_ride(after, caller.person)
            tell_ride(work, _EVENTS[to], after, now)
            work.on_demand.put_key(UsedKey(caller.person, key, digest, (ride_id,), now))
            work.commit()
        return after

    return until_locked(once)


def settle_rides(ports: OnDemandPorts) -> int:
    """Rides of the last days nobody reported took place as planned, once nobody may report them any more; how many it
    was. Any number of processes may do so at once."""
    today = ports.acts.now().date()
    settled = 0
    for ago in range(SETTLED_DAYS):
        with ports.acts.unit_of_work(read_only=True) as work:
            days = work.on_demand.list_days(today - dt.timedelta(days=ago))
        for day in days:
            if any(stop.served_at_s is None for stop in day.stops):
                settled += until_locked(partial(_settle, ports, day.shift_id, day.day))
    return settled


def _settle(ports: OnDemandPorts, shift_id: str, day: dt.date) -> int:
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        (tour,) = work.on_demand.lock_days([(shift_id, day)])
        rides = [
            ride
            for ride in work.on_demand.list_rides([request.id for request in tour.requests])
            if ride.holds_seats
        ]
        if not rides or any(ride.status is RideStatus.HELD for ride in rides):
            return 0
        for ride in rides:
            rules = rules_of(work, get_service(work, ride.service_id), now)
            if now.timestamp() <= ride.drop_close_s + rules.report_within_s:
                return 0
            for to in (RideStatus.ABOARD, RideStatus.DONE):
                if ride.status is not to:
                    ride = step(ride, to, Actor.TIME, now, rules)
                    work.on_demand.put_ride(ride)
            tell_ride(work, "done", ride, now)
        swap_all(work, [serve_as_planned(tour)])
        work.commit()
    return len(rides)


def _reported(day: VehicleDay, ride: OnDemandRide, to: RideStatus, at_s: int, drives: Drives) -> VehicleDay:
    if to is RideStatus.NO_SHOW:
        return leave_behind(day, ride.id, at_s, drives)
    kind = StopKind.PICKUP if to is RideStatus.ABOARD else StopKind.DROP_OFF
    return serve(day, ride.id, kind, at_s, drives)


def _get_driven(work: UnitOfWork, caller: Caller, ride_id: str) -> OnDemandRide:
    """A ride on the caller's shift; to operators any."""
    if not caller.may(Permission.MANAGE_ON_DEMAND):
        caller.require(Permission.DRIVE_ON_DEMAND)
    ride = work.on_demand.find_ride(ride_id)
    shift = None if ride is None else work.on_demand.find_shift(ride.shift_id)
    is_mine = shift is not None and shift.driver == caller.person
    if ride is None or not (is_mine or caller.may(Permission.MANAGE_ON_DEMAND)):
        raise unknown("trajet", "ride", ride_id)
    return ride
