"""Rides that are timed to coaches and trains follow them: moved when those are late, else their travellers and
operators are told. What is done follows from what real time says now and from what is remembered in the ride: it may be
begun again at any point, by several processes at once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.vehicle_days import list_days_between
from mobility.acts.ports import UnitOfWork
from on_demand.booking import Connection, ConnectionKind, OnDemandRide, RideStatus
from on_demand.connection import Decision, Heard, Verdict, decide, decide_unplaced, move_ride
from on_demand.insertion import FleetPlan, NoRoom, NoRoomReason
from on_demand.moved_ride import MovedTours, find_moved

log = structlog.get_logger(__name__)

KEEP_CONNECTIONS_EVERY_S = 10.0
"""How often real time is listened to."""

TRIES = 3
"""So often a ride is computed anew in one round when somebody else changed its tour meanwhile."""

CANCELLED = "la correspondance est supprimée", "what it connects with is cancelled"
MISSED = "la correspondance n'est plus tenue", "the connection is not kept any more"
REASONS: dict[NoRoomReason, tuple[str, str]] = {
    NoRoomReason.NO_VEHICLE: ("plus aucun véhicule ne circule alors", "no vehicle runs any more then"),
    NoRoomReason.NO_SEAT: ("plus aucune place n'est libre alors", "no seat is free then"),
    NoRoomReason.NO_WHEELCHAIR_PLACE: (
        "plus aucune place pour fauteuil n'est libre alors",
        "no wheelchair place is free then",
    ),
    NoRoomReason.TOO_LONG: ("le trajet serait trop long", "the ride would be too long"),
    NoRoomReason.NO_TIME: ("les véhicules sont engagés ailleurs", "the vehicles are elsewhere"),
}


class FoundTrain(Protocol):
    """A coach or train. `at_s`: when it arrives (FROM) or leaves (ONTO)."""

    @property
    def trip_id(self) -> str: ...
    @property
    def stop_id(self) -> str: ...
    @property
    def at_s(self) -> int: ...


class Trains(Protocol):
    """What is known of coaches and trains, in one state of real time."""

    def hear(self, connection: Connection) -> Heard | None:
        """What real time says of the one a ride is timed to; None: nothing."""
        ...

    def find_next(self, connection: Connection) -> FoundTrain | None:
        """The next one the same way."""
        ...


@dataclass(frozen=True, slots=True)
class _Change:
    """What is to be done with one ride."""

    ride: OnDemandRide
    """As it was when this was decided."""
    decision: Decision
    reason: NoRoomReason | None = None
    next: dict[str, object] | None = None
    """The next possibility, where one is told."""


def keep_connections(ports: OnDemandPorts, trains: Callable[[], Trains | None]) -> int:
    """Look once at all rides that are timed to something; how many were moved or told. `trains`: None where nothing is
    served."""
    known = trains()
    if known is None:
        return 0
    with ports.acts.unit_of_work(read_only=True) as work:
        rides = work.on_demand.list_connected([RideStatus.CONFIRMED], int(ports.acts.now().timestamp()))
    together: dict[tuple[object, ...], list[str]] = defaultdict(list)
    heard: dict[str, Heard] = {}
    for ride in rides:
        said = None if ride.connection is None else known.hear(ride.connection)
        if said is None or ride.connection is None:
            continue
        heard[ride.id] = said
        timed_to = ride.connection.kind, ride.connection.trip_id, ride.connection.stop_id
        together[ride.shift_id, ride.day, *timed_to].append(ride.id)
    done = 0
    for ride_ids in together.values():
        try:
            done += _keep(ports, known, heard, ride_ids)
        except Exception:
            # One tour that something is wrong with keeps nobody else waiting.
            log.exception("a connection could not be looked at", rides=ride_ids)
    return done


def _keep(ports: OnDemandPorts, trains: Trains, heard: dict[str, Heard], ride_ids: Sequence[str]) -> int:
    """Those of one vehicle who wait for one train: together, or else one after the other."""
    now = ports.acts.now()
    for _ in range(TRIES):
        with ports.acts.unit_of_work(read_only=True) as work:
            changes = _decide(work, heard, ride_ids, now)
            moving = [one for one in changes if one.decision.verdict is Verdict.MOVE]
            wanted = [(one.ride, one.decision.shift_s) for one in moving]
            moved = _find_moved(ports, work, wanted, now) if wanted else MovedTours(())
        if isinstance(moved, NoRoom) and len(moving) > 1:
            break
        if isinstance(moved, NoRoom):
            (one,) = moving
            unplaced = decide_unplaced(one.ride, one.decision)
            changes = [change for change in changes if change is not one]
            if unplaced.verdict is not Verdict.NOTHING:
                changes.append(_Change(one.ride, unplaced, moved.reason))
            moved = MovedTours(())
        changes = [_with_next(ports, trains, one, now) for one in changes]
        if not changes or _write(ports, changes, moved, now):
            return sum(change.decision.verdict is not Verdict.NOTE for change in changes)
    if len(ride_ids) == 1:
        return 0
    return sum(_keep(ports, trains, heard, [ride_id]) for ride_id in ride_ids)


def _decide(
    work: UnitOfWork, heard: dict[str, Heard], ride_ids: Sequence[str], now: dt.datetime
) -> list[_Change]:
    """What is to be done, where that is something."""
    changes = []
    for ride in work.on_demand.list_rides(ride_ids):
        service = work.on_demand.find_service(ride.service_id)
        if service is None or ride.connection is None:
            continue
        connection_s = service.promise.connection_s
        decision = decide(ride, heard[ride.id], connection_s, int(now.timestamp()))
        if decision.verdict is not Verdict.NOTHING:
            changes.append(_Change(ride, decision))
    return changes


def _find_moved(
    ports: OnDemandPorts, work: UnitOfWork, moving: Sequence[tuple[OnDemandRide, int]], now: dt.datetime
) -> MovedTours | NoRoom:
    """Rides of one tour, each so many seconds later, in the tours of their service."""
    first = moving[0][0]
    service = work.on_demand.find_service(first.service_id)
    if service is None:
        return NoRoom(NoRoomReason.NO_VEHICLE)
    shifts = {ride.id: shift_s for ride, shift_s in moving}
    from_s = min(ride.pickup_open_s + min(shift_s, 0) for ride, shift_s in moving)
    to_s = max(ride.drop_close_s + max(shift_s, 0) for ride, shift_s in moving)
    days = list_days_between(work, service, from_s, to_s, ports.is_holiday)
    keys = {(day.shift_id, day.day) for day in days}
    if (first.shift_id, first.day) not in keys:
        home = work.on_demand.find_day(first.shift_id, first.day)
        days += [] if home is None else [home]
    try:
        return find_moved(FleetPlan.of(days, ports.drives()), shifts, int(now.timestamp()), keys)
    except KeyError:  # it left its tour since it was read
        return NoRoom(NoRoomReason.NO_TIME)


def _with_next(ports: OnDemandPorts, trains: Trains, change: _Change, now: dt.datetime) -> _Change:
    """With the next coach or train the same way, where the connection is lost; and whether the ride could wait for it,
    if it is one that waits."""
    connection = change.decision.connection
    if change.decision.verdict not in (Verdict.AT_RISK, Verdict.CANCELLED):
        return change
    found = trains.find_next(connection)
    if found is None:
        return change
    told: dict[str, object] = {"trip_id": found.trip_id, "stop_id": found.stop_id, "at_s": found.at_s}
    if connection.kind is ConnectionKind.FROM:
        shift_s = max(found.at_s - connection.scheduled_s - connection.moved_s, 0)
        with ports.acts.unit_of_work(read_only=True) as work:
            moved = _find_moved(ports, work, [(change.ride, shift_s)], now)
        told["ride_fits"] = isinstance(moved, MovedTours)
    return replace(change, next=told)


def _write(ports: OnDemandPorts, changes: Sequence[_Change], moved: MovedTours, now: dt.datetime) -> bool:
    """One transaction: the tours, the rides and what is told. False: something was changed meanwhile, and nothing
    is done."""
    with ports.acts.unit_of_work() as work:
        for person_id in sorted({change.ride.person_id for change in changes}):
            work.on_demand.lock_person(person_id)
        days = {(day.shift_id, day.day) for day in moved.days}
        days |= {(change.ride.shift_id, change.ride.day) for change in changes}
        work.on_demand.lock_days(sorted(days, key=lambda key: (key[1], key[0])))
        as_read = {change.ride.id: change.ride for change in changes}
        if {ride.id: ride for ride in work.on_demand.list_rides(sorted(as_read))} != as_read:
            return False
        if not all(work.on_demand.swap_day(day) for day in moved.days):
            return False
        for change in changes:
            ride = _changed(change, moved, now)
            work.on_demand.put_ride(ride)
            _tell(work, change, ride, now)
        work.commit()
    return True


def _changed(change: _Change, moved: MovedTours, now: dt.datetime) -> OnDemandRide:
    """The ride as it is now. Whoever's plans a train has changed gives the ride back as they like."""
    verdict = change.decision.verdict
    ride = replace(change.ride, connection=change.decision.connection)
    if verdict is Verdict.NOTE:
        return ride
    if verdict is Verdict.MOVE:
        day = moved.get_day_of(ride.id)
        ride = replace(move_ride(ride, change.decision), shift_id=day.shift_id, day=day.day)
    if verdict is not Verdict.KEPT:
        free_until = dt.datetime.fromtimestamp(ride.pickup_close_s, dt.UTC)
        ride = replace(ride, cancel_free_until=max(ride.cancel_free_until or free_until, free_until))
    return replace(ride, changed_at=max(now, ride.changed_at))


def _tell(work: UnitOfWork, change: _Change, ride: OnDemandRide, now: dt.datetime) -> None:
    """`on-demand.moved`, `on-demand.connection-kept` or `on-demand.connection-at-risk`, for the traveller and the
    operator; with the reason, and the next coach or train where one is wanted."""
    decision, connection = change.decision, ride.connection
    assert connection is not None
    if decision.verdict is Verdict.NOTE:
        return
    payload: dict[str, object] = {
        "ride_id": ride.id,
        "service_id": ride.service_id,
        "shift_id": ride.shift_id,
        "day": ride.day.isoformat(),
        "kind": connection.kind.value,
        "trip_id": connection.trip_id,
        "stop_id": connection.stop_id,
        "scheduled_s": connection.scheduled_s,
        "expected_s": connection.expected_s,
        "standing": connection.standing.value,
        "pickup_open_s": ride.pickup_open_s,
        "pickup_close_s": ride.pickup_close_s,
        "drop_close_s": ride.drop_close_s,
    }
    kind = "on-demand.connection-kept"
    if decision.verdict is Verdict.MOVE:
        kind = "on-demand.moved"
        payload |= {"shift_s": decision.shift_s, "from_shift_id": change.ride.shift_id}
    elif decision.verdict is not Verdict.KEPT:
        kind = "on-demand.connection-at-risk"
        payload |= _why(change) | {"next": change.next}
    work.events.add(kind, payload, now, subject=f"on-demand-ride:{ride.id}")


def _why(change: _Change) -> dict[str, object]:
    if change.decision.verdict is Verdict.CANCELLED:
        return {"reason": "cancelled", "fr": CANCELLED[0], "en": CANCELLED[1]}
    french, english = MISSED if change.reason is None else REASONS[change.reason]
    return {"reason": "missed" if change.reason is None else change.reason.value, "fr": french, "en": english}
