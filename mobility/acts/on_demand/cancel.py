"""Give rides back: one leg or the whole journey; by the traveller, or by the operator."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from mobility.accounts.caller import Caller, Permission
from mobility.acts.idempotency import UsedKey, check_key, digest_of, find_answer
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.expire import settle_waiting
from mobility.acts.on_demand.locked import lock_rides, swap_all, take_out, until_locked
from mobility.acts.on_demand.own_rides import get_own
from mobility.acts.on_demand.ride_events import tell_ride
from mobility.acts.on_demand.room import rules_of
from mobility.acts.on_demand.services import get_service
from mobility.acts.ports import UnitOfWork
from on_demand import ride_life
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.insertion import DayKey
from on_demand.ports import Drives
from on_demand.ride_life import Actor
from on_demand.tour import VehicleDay
from on_demand.waiting_list import WaitingStatus

_TO_COME = (RideStatus.HELD, RideStatus.CONFIRMED)


def cancel(
    ports: OnDemandPorts,
    caller: Caller,
    ride_id: str,
    *,
    whole_journey: bool = False,
    as_operator: bool = False,
    key: str = "",
) -> list[OnDemandRide]:
    """Cancel a ride, or all rides to come of its journey; those it was asked for, as they are now. Cancelled again,
    they stay as they are.

    A traveller cancels freely until `cancel_free_until`, later it counts (LATE_CANCEL); an agent does it in their
    name. `as_operator`: the operator ends it, which is nobody's fault. The waiting list's job offers what is freed.

    Raises ForbiddenError and OnDemandRefusedError.
    """
    check_key(key)
    if as_operator:
        caller.require(Permission.MANAGE_ON_DEMAND)
    digest = digest_of("cancel", ride_id, str(whole_journey), str(as_operator))
    drives = ports.drives()
    by = Actor.OPERATOR if as_operator else Actor.RIDER

    def once() -> list[OnDemandRide]:
        with ports.acts.unit_of_work() as work:
            now = ports.acts.now()
            asked = get_own(work, caller, ride_id)
            rides, days = lock_rides(
                work, asked.person_id, lambda: work.on_demand.list_journey(asked.journey_id)
            )
            rides = [ride for ride in rides if whole_journey or ride.id == ride_id]
            if find_answer(work.on_demand, asked.person_id, key, digest) is not None:
                return rides
            wanted = [ride for ride in rides if ride.status in _TO_COME] if whole_journey else rides
            if not wanted:
                wanted = [ride for ride in rides if ride.id == ride_id]
            if all(ride.status in (RideStatus.CANCELLED, RideStatus.LATE_CANCEL) for ride in wanted):
                return rides
            ended = {ride.id: ride for ride in cancel_in(work, wanted, days, drives, by, caller.person, now)}
            work.on_demand.put_key(UsedKey(asked.person_id, key, digest, tuple(ended), now))
            work.commit()
        return [ended.get(ride.id, ride) for ride in rides]

    return until_locked(once)


def cancel_in(
    work: UnitOfWork,
    rides: list[OnDemandRide],
    days: dict[DayKey, VehicleDay],
    drives: Drives,
    by: Actor,
    person_id: str,
    now: dt.datetime,
) -> list[OnDemandRide]:
    """Cancel rides, locked with their tours (`lock_rides`), as part of something larger; done by somebody.

    Raises OnDemandRefusedError before anything is changed, and MovedMeanwhileError.
    """
    ended = []
    for ride in rides:
        rules = rules_of(work, get_service(work, ride.service_id), now)
        ended.append(replace(ride_life.cancel(ride, by, now, rules), awaits_payment=False))
    swap_all(work, take_out(days, rides, drives))
    for ride in ended:
        work.on_demand.put_ride(ride, person_id)
        tell_ride(work, "cancelled", ride, now)
    settle_waiting(work, ended, WaitingStatus.LEFT)
    return ended
