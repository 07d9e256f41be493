"""Another time or another party for a booked ride: the new place is found and the old one given back in one
transaction, or nothing changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from mobility.accounts.caller import Caller
from mobility.acts.idempotency import UsedKey, check_key, digest_of, find_answer
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.hold import check_deadline, check_free_time, check_fresh, full, wish_of_quote
from mobility.acts.on_demand.locked import MovedMeanwhileError, swap_all, until_locked
from mobility.acts.on_demand.own_rides import get_own
from mobility.acts.on_demand.quote import read_quote
from mobility.acts.on_demand.ride_events import tell_ride
from mobility.acts.on_demand.room import Changes, Room, rules_of
from mobility.acts.on_demand.services import get_service
from mobility.acts.ports import UnitOfWork
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.insertion import NoRoom
from on_demand.ports import Drives
from on_demand.quote import Quote
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.ride_life import free_cancel_until, is_expired
from on_demand.tour import VehicleDay


def change(ports: OnDemandPorts, caller: Caller, ride_id: str, token: str, key: str = "") -> OnDemandRide:
    """Give a ride that is held or confirmed what a quote says instead (`quote` with `instead_of`); it keeps its id and
    status. Until it can be cancelled freely no longer; the quote may be of another service.

    Raises ForbiddenError and OnDemandRefusedError.
    """
    check_key(key)
    quote = read_quote(ports, token)
    digest = digest_of("change", ride_id, token)
    drives = ports.drives()
    return until_locked(lambda: _change_once(ports, caller, ride_id, quote, drives, key, digest))


def _change_once(
    ports: OnDemandPorts,
    caller: Caller,
    ride_id: str,
    quote: Quote,
    drives: Drives,
    key: str,
    digest: str,
) -> OnDemandRide:
    with ports.acts.unit_of_work(read_only=True) as work:
        now = ports.acts.now()
        before = get_own(work, caller, ride_id)
        if find_answer(work.on_demand, before.person_id, key, digest) is not None:
            return before
        _check_changeable(before, now)
        days = _place(ports, work, before, quote, now, drives)
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        work.on_demand.lock_person(before.person_id)
        work.on_demand.lock_days([(day.shift_id, day.day) for day in days])
        ride = get_own(work, caller, ride_id)
        if find_answer(work.on_demand, ride.person_id, key, digest) is not None:
            return ride
        _check_changeable(ride, now)
        if ride != before:
            raise MovedMeanwhileError
        check_free_time(
            work.on_demand.list_rides_of(ride.person_id),
            [(quote.pickup_open_s, quote.drop_close_s)],
            but=frozenset((ride_id,)),
        )
        swap_all(work, days)
        changed = _changed(work, ports, ride, quote, days, now)
        work.on_demand.put_ride(changed, caller.person)
        tell_ride(work, "changed", changed, now)
        work.on_demand.put_key(UsedKey(ride.person_id, key, digest, (ride_id,), now))
        work.commit()
    return changed


def _check_changeable(ride: OnDemandRide, now: dt.datetime) -> None:
    if is_expired(ride, now) or ride.status is RideStatus.EXPIRED:
        raise OnDemandRefusedError(
            Reason.EXPIRED, "Le trajet n'a pas été confirmé à temps.", "The ride was not confirmed in time."
        )
    if ride.status not in (RideStatus.HELD, RideStatus.CONFIRMED):
        raise OnDemandRefusedError(
            Reason.STATE,
            "Seul un trajet à venir se change.",
            "Only a ride to come can be changed.",
            "status",
        )
    if ride.cancel_free_until is not None and now > ride.cancel_free_until:
        raise OnDemandRefusedError(
            Reason.TOO_LATE,
            "Il est trop tard pour changer ce trajet : il ne peut plus qu'être annulé.",
            "It is too late to change this ride: it can only be cancelled.",
        )


def _place(
    ports: OnDemandPorts,
    work: UnitOfWork,
    ride: OnDemandRide,
    quote: Quote,
    now: dt.datetime,
    drives: Drives,
) -> list[VehicleDay]:
    """The tours that change: the one it leaves and the one it goes to, which may be the same."""
    check_fresh(quote, now)
    changes = Changes()
    old = Room(work, ports, get_service(work, ride.service_id), now, drives, changes)
    old.take_out(ride.id, ride.shift_id, ride.day)
    room = Room(work, ports, get_service(work, quote.service_id), now, drives, changes)
    check_deadline(room, quote)
    found = room.find(quote.request(ride.id))
    if isinstance(found, NoRoom):
        raise full(ports, room, wish_of_quote(quote), found.reason.value)
    room.put(found.day)
    return list(changes.days.values())


def _changed(
    work: UnitOfWork,
    ports: OnDemandPorts,
    ride: OnDemandRide,
    quote: Quote,
    days: list[VehicleDay],
    now: dt.datetime,
) -> OnDemandRide:
    new = next(day for day in days if any(request.id == ride.id for request in day.requests))
    rules = rules_of(work, get_service(work, quote.service_id), now)
    free_until = None
    if ride.status is RideStatus.CONFIRMED:
        free_until = free_cancel_until(quote.pickup_open_s, now, rules)
    return replace(
        ride,
        service_id=quote.service_id,
        party=quote.party,
        origin=quote.origin,
        destination=quote.destination,
        pickup_open_s=quote.pickup_open_s,
        pickup_close_s=quote.pickup_close_s,
        drop_open_s=quote.drop_open_s,
        drop_close_s=quote.drop_close_s,
        ride_s_max=quote.ride_s_max,
        shift_id=new.shift_id,
        day=new.day,
        fare_cents=quote.fare_cents,
        changed_at=max(now, ride.changed_at),
        cancel_free_until=free_until,
        connection=quote.connection,
    )
