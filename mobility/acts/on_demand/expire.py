"""Holds nobody confirmed in time: the worker gives their seats back, or whoever needs one before it comes."""

from __future__ import annotations

import datetime as dt

from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.locked import lock_rides, swap_all, take_out, until_locked
from mobility.acts.on_demand.ride_events import tell_ride, tell_waiting
from mobility.acts.on_demand.room import rules_of
from mobility.acts.on_demand.services import get_service
from mobility.acts.ports import UnitOfWork
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.insertion import DayKey
from on_demand.ports import Drives
from on_demand.ride_life import Actor, is_expired, step
from on_demand.tour import VehicleDay
from on_demand.waiting_list import WaitingStatus
from on_demand.waiting_list import step as waiting_step


def expire(ports: OnDemandPorts) -> int:
    """Give back the seats of all holds whose time is over, a journey a transaction; how many rides it was. Any number
    of processes may do so at once."""
    with ports.acts.unit_of_work(read_only=True) as work:
        due = work.on_demand.list_expired(ports.acts.now())
    journeys = dict.fromkeys((ride.person_id, ride.journey_id) for ride in due)
    return sum(expire_journey(ports, person_id, journey_id) for person_id, journey_id in journeys)


def expire_journey(ports: OnDemandPorts, person_id: str, journey_id: str) -> int:
    """The same for one journey."""
    drives = ports.drives()

    def once() -> int:
        with ports.acts.unit_of_work() as work:
            now = ports.acts.now()
            rides, days = lock_rides(work, person_id, lambda: work.on_demand.list_journey(journey_id))
            due = [ride for ride in rides if is_expired(ride, now)]
            if not due:
                return 0
            expire_in(work, due, days, drives, now)
            work.commit()
        return len(due)

    return until_locked(once)


def expire_in(
    work: UnitOfWork,
    due: list[OnDemandRide],
    days: dict[DayKey, VehicleDay],
    drives: Drives,
    now: dt.datetime,
) -> None:
    """Give back the seats of holds whose time is over, locked with their tours. Raises MovedMeanwhileError."""
    swap_all(work, take_out(days, due, drives))
    for ride in due:
        rules = rules_of(work, get_service(work, ride.service_id), now)
        expired = step(ride, RideStatus.EXPIRED, Actor.TIME, now, rules)
        work.on_demand.put_ride(expired)
        tell_ride(work, "expired", expired, now)
    settle_waiting(work, due, WaitingStatus.PASSED)


def settle_waiting(work: UnitOfWork, rides: list[OnDemandRide], to: WaitingStatus) -> None:
    """What becomes of the places in the waiting list for which these rides were offered; their person is locked."""
    ids = {ride.id for ride in rides}
    for waiting in work.on_demand.list_waiting_of(rides[0].person_id) if rides else []:
        if waiting.ride_id in ids and waiting.status is WaitingStatus.OFFERED:
            now = max(ride.changed_at for ride in rides)
            settled = waiting_step(waiting, to, now)
            work.on_demand.put_waiting(settled)
            tell_waiting(work, f"waiting-{to.value}", settled, now)
