"""Confirm what is held: all legs of a journey, or none."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from mobility.accounts.caller import Caller
from mobility.acts.idempotency import UsedKey, check_key, digest_of, find_answer
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.expire import expire_journey, settle_waiting
from mobility.acts.on_demand.hold import check_free_time
from mobility.acts.on_demand.locked import lock_rides, until_locked
from mobility.acts.on_demand.own_rides import get_own
from mobility.acts.on_demand.ride_events import tell_ride
from mobility.acts.on_demand.room import rules_of
from mobility.acts.on_demand.services import get_service
from mobility.acts.ports import UnitOfWork
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.ride_life import Actor, is_expired, step
from on_demand.waiting_list import WaitingStatus


def confirm(ports: OnDemandPorts, caller: Caller, ride_id: str, key: str = "") -> list[OnDemandRide]:
    """Confirm all held rides of the journey of a ride; the whole journey, by promised pick-up. Confirmed again, it
    stays as it is. Within the time to live of the hold it does not matter that the booking deadline has passed.

    Raises ForbiddenError and OnDemandRefusedError: EXPIRED when one of them was not confirmed in time.
    """
    check_key(key)
    digest = digest_of("confirm", ride_id)
    try:
        return until_locked(lambda: _confirm_once(ports, caller, ride_id, key, digest))
    except OnDemandRefusedError as refusal:
        if refusal.reason is Reason.EXPIRED:
            with ports.acts.unit_of_work(read_only=True) as work:
                ride = get_own(work, caller, ride_id)
            expire_journey(ports, ride.person_id, ride.journey_id)
        raise


def _confirm_once(
    ports: OnDemandPorts, caller: Caller, ride_id: str, key: str, digest: str
) -> list[OnDemandRide]:
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        asked = get_own(work, caller, ride_id)
        rides, _ = lock_rides(work, asked.person_id, lambda: work.on_demand.list_journey(asked.journey_id))
        if find_answer(work.on_demand, asked.person_id, key, digest) is not None:
            return rides
        held = [ride for ride in rides if ride.status is RideStatus.HELD]
        if not held:
            return _nothing_held(work, rides, ride_id, now)
        if any(ride.awaits_payment for ride in held):
            raise OnDemandRefusedError(
                Reason.STATE,
                "Ce trajet fait partie d'un panier : c'est le paiement qui le confirme.",
                "This ride is part of a basket: paying for it confirms it.",
            )
        confirmed = {ride.id: ride for ride in confirm_in(work, asked.person_id, held, caller.person, now)}
        work.on_demand.put_key(UsedKey(asked.person_id, key, digest, tuple(confirmed), now))
        work.commit()
    return [confirmed.get(ride.id, ride) for ride in rides]


def confirm_in(
    work: UnitOfWork, person_id: str, held: list[OnDemandRide], by: str, now: dt.datetime
) -> list[OnDemandRide]:
    """Confirm held rides of a person, locked with their tours (`lock_rides`), as part of something larger.

    Raises OnDemandRefusedError before anything is changed.
    """
    confirmed = []
    for ride in held:
        rules = rules_of(work, get_service(work, ride.service_id), now)
        confirmed.append(
            replace(step(ride, RideStatus.CONFIRMED, Actor.RIDER, now, rules), awaits_payment=False)
        )
    check_free_time(
        work.on_demand.list_rides_of(person_id),
        [(ride.pickup_open_s, ride.drop_close_s) for ride in held],
    )
    for ride in confirmed:
        work.on_demand.put_ride(ride, by)
        tell_ride(work, "confirmed", ride, now)
    settle_waiting(work, confirmed, WaitingStatus.TAKEN)
    return confirmed


def _nothing_held(
    work: UnitOfWork, rides: list[OnDemandRide], ride_id: str, now: dt.datetime
) -> list[OnDemandRide]:
    """Nothing to do where it was confirmed before; else refused."""
    asked = next(ride for ride in rides if ride.id == ride_id)
    if asked.status in (RideStatus.CONFIRMED, RideStatus.ABOARD, RideStatus.DONE):
        return rides
    rules = rules_of(work, get_service(work, asked.service_id), now)
    assert not is_expired(asked, now)
    step(asked, RideStatus.CONFIRMED, Actor.RIDER, now, rules)
    raise AssertionError("nobody confirms what is over")
