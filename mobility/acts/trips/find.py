"""Who may see which trips, and how much of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carpool.trip import TripStatus
from mobility.accounts.caller import Caller, ForbiddenError, Permission
from mobility.acts.ports import UnitOfWork
from mobility.acts.trips.facts import pseudonym_of
from mobility.acts.trips.ports import TripPorts, unknown_trip
from mobility.acts.trips_ports import StatusChange, TripState, people_in


@dataclass(frozen=True, slots=True)
class TripView:
    """A trip with its history. `pseudonyms`: of everybody in it, by account ("" once erased); accounts themselves are
    shown to nobody."""

    state: TripState
    history: tuple[StatusChange, ...]
    pseudonyms: Mapping[str, str]
    role: str
    """What the caller is to it: driver, passenger, operator or auditor."""


def list_trips(ports: TripPorts, caller: Caller) -> list[TripView]:
    """One's own trips, as driver or passenger, by start. Raises ForbiddenError."""
    caller.require(Permission.LOG_TRIPS)
    with ports.unit_of_work(read_only=True) as work:
        return [_view(work, caller, state) for state in work.trips.list_all_of(caller.person)]


def get_trip(ports: TripPorts, caller: Caller, trip_id: str) -> TripView:
    """One trip, for those in it, operators and auditors.

    Raises TripRefusedError, and ForbiddenError for others, whether it exists or not.
    """
    with ports.unit_of_work(read_only=True) as work:
        state = work.trips.find_trip(trip_id)
        allowed = caller.may(Permission.DECIDE_TRIPS) or caller.may(Permission.READ_AUDIT)
        if not allowed and (state is None or caller.person not in people_in(state)):
            raise ForbiddenError("no trip of yours has this identifier")
        if state is None:
            raise unknown_trip()
        return _view(work, caller, state)


def list_queue(ports: TripPorts, caller: Caller, limit: int = 200, waiting: bool = False) -> list[TripView]:
    """The trips a person is to decide, the longest held first; `waiting`: those whose checks cannot run as well.

    For operators, and for auditors, who see it and decide nothing. Raises ForbiddenError.
    """
    if not caller.may(Permission.READ_AUDIT):
        caller.require(Permission.DECIDE_TRIPS)
    statuses = [TripStatus.HELD, *([TripStatus.WAITING] if waiting else [])]
    with ports.unit_of_work(read_only=True) as work:
        return [_view(work, caller, state) for state in work.trips.list_standing(statuses, limit)]


def list_all(ports: TripPorts, caller: Caller, limit: int = 1_000) -> list[TripView]:
    """All trips, whatever their status, the one changed longest ago first. Raises ForbiddenError."""
    if not caller.may(Permission.READ_AUDIT):
        caller.require(Permission.DECIDE_TRIPS)
    with ports.unit_of_work(read_only=True) as work:
        return [_view(work, caller, state) for state in work.trips.list_standing(list(TripStatus), limit)]


def _view(work: UnitOfWork, caller: Caller, state: TripState) -> TripView:
    history = tuple(work.trips.list_history(state.id))
    people = people_in(state) | {change.by for change in history if change.by != "checks"}
    if caller.person == state.driver_id:
        role = "driver"
    elif caller.person in people_in(state):
        role = "passenger"
    else:
        role = "operator" if caller.may(Permission.DECIDE_TRIPS) else "auditor"
    return TripView(state, history, {person: pseudonym_of(work, person) for person in people}, role)
