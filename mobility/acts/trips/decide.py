"""What people decide about a trip: an operator approves or refuses it, somebody in it cancels, contests or appeals."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

from carpool.checks.case import Finding
from carpool.checks.thresholds import Outcome
from carpool.trip import TripStatus
from mobility.accounts.caller import Caller, ForbiddenError, Permission
from mobility.acts.ports import UnitOfWork
from mobility.acts.trips.facts import NoFactsError, facts_of
from mobility.acts.trips.ports import TripPorts, TripRefusedError, trip_lock, unknown_trip
from mobility.acts.trips.settle import record_decision, settle
from mobility.acts.trips_ports import StatusChange, TripState, people_in

REASON_MAX = 500
"""Characters."""

_PERSONAL = re.compile(r"@|(?:\d[ .-]?){9,}|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}")
"""Addresses, telephone numbers, bank accounts: a reason is in the register for ever."""


class Decision(StrEnum):
    """What an operator may decide."""

    APPROVE = "approve"
    REFUSE = "refuse"


def decide_trip(ports: TripPorts, caller: Caller, trip_id: str, decision: Decision, reason: str) -> TripState:
    """A person decides a trip that is held, or that waits for what will not come. It is final but for an appeal or a
    cancellation, and goes into the register with the reason, which names nobody.

    Raises ForbiddenError (also to whoever is in the trip themselves) and TripRefusedError.
    """
    caller.require(Permission.DECIDE_TRIPS)
    with ports.unit_of_work() as work:
        work.lock(trip_lock(trip_id))
        state = _get(work, trip_id)
        people = people_in(state)
        if caller.person in people:
            raise ForbiddenError("nobody decides about a trip of their own")
        _check_reason(work, people, reason)
        if state.status not in (TripStatus.HELD, TripStatus.WAITING):
            raise _wrong_status(state)
        for person in sorted(people):
            work.rides.lock_person(person)
        status = TripStatus.REFUSED
        if decision is Decision.APPROVE:
            _check_payable(work, state)
            status = TripStatus.PROVEN
        now = ports.now()
        change = StatusChange(trip_id, status, now, caller.person, reason, state.findings, state.checks)
        record_decision(work, state, change, decision.value, ports.thresholds)
        after = replace(state, status=status, decided_by=caller.person, judge_at=None)
        after = settle(work, state, after, change, ports.thresholds)
        work.commit()
    return after


def cancel_trip(ports: TripPorts, caller: Caller, trip_id: str, reason: str) -> TripState:
    """The driver or an operator cancels a trip, for good: what was claimed is withdrawn, what was granted reversed. A
    passenger contests it: it is held until a person decides. Again, it stays as it is.

    Raises ForbiddenError and TripRefusedError.
    """
    with ports.unit_of_work() as work:
        work.lock(trip_lock(trip_id))
        state = work.trips.find_trip(trip_id)
        people = set() if state is None else people_in(state)
        is_own = caller.person in people
        if not is_own:
            caller.require(Permission.DECIDE_TRIPS)
        if state is None:
            raise unknown_trip()
        _check_reason(work, people, reason)
        if state.status is TripStatus.CANCELLED:
            return state
        is_passenger = is_own and caller.person != state.driver_id
        if is_passenger and state.status in (TripStatus.HELD, TripStatus.REFUSED):
            raise _wrong_status(state)
        for person in sorted(people):
            work.rides.lock_person(person)
        now = ports.now()
        if is_passenger:
            contested = Finding("contested", Outcome.HOLD, 1, 0, "a passenger says that it was not so")
            after = replace(
                state,
                status=TripStatus.HELD,
                findings=(*state.findings, contested),
                decided_by="",
                judge_at=None,
            )
        else:
            after = replace(state, status=TripStatus.CANCELLED, judge_at=None)
        change = StatusChange(trip_id, after.status, now, caller.person, reason, after.findings, state.checks)
        if not is_passenger:
            record_decision(work, state, change, "cancel", ports.thresholds)
        after = settle(work, state, after, change, ports.thresholds)
        work.commit()
    return after


def appeal_trip(ports: TripPorts, caller: Caller, trip_id: str, reason: str) -> TripState:
    """The driver of a trip that was refused asks a person to look at it (again), once. Raises ForbiddenError and
    TripRefusedError."""
    with ports.unit_of_work() as work:
        work.lock(trip_lock(trip_id))
        state = work.trips.find_trip(trip_id)
        if state is None or state.driver_id != caller.person:
            raise ForbiddenError("only the driver appeals")
        _check_reason(work, people_in(state), reason)
        if state.status is not TripStatus.REFUSED:
            raise _wrong_status(state)
        if any(
            finding.check == "appeal"
            for past in work.trips.list_history(trip_id)
            for finding in past.findings
        ):
            raise TripRefusedError(
                "appealed-before",
                "Un recours a déjà été déposé pour ce trajet.",
                "This trip was appealed for before.",
            )
        asked = Finding("appeal", Outcome.HOLD, 1, 0, "the driver asks a person to look at it")
        after = replace(
            state, status=TripStatus.HELD, findings=(*state.findings, asked), decided_by="", judge_at=None
        )
        change = StatusChange(
            trip_id, TripStatus.HELD, ports.now(), caller.person, reason, after.findings, state.checks
        )
        after = settle(work, state, after, change, ports.thresholds)
        work.commit()
    return after


def _get(work: UnitOfWork, trip_id: str) -> TripState:
    state = work.trips.find_trip(trip_id)
    if state is None:
        raise unknown_trip()
    return state


def _check_payable(work: UnitOfWork, state: TripState) -> None:
    """Approving is no way around what paying needs: a priced trip, a passenger, a known fare, people with accounts."""
    unpaid = {"fares", "on_line"} & {finding.check for finding in state.findings}
    if state.trip is None or not state.trip.passages or unpaid:
        raise TripRefusedError(
            "not-payable",
            "Ce trajet ne peut pas être payé : il lui manque un tarif, un passager ou deux arrêts de la ligne.",
            "This trip cannot be paid for: it has no fare, no passenger or no two stops of its line.",
        )
    try:
        facts_of(work, state.trip)
    except NoFactsError as error:
        raise TripRefusedError(
            "not-payable",
            "Ce trajet ne peut pas être payé : un compte a été effacé.",
            f"This trip cannot be paid for: {error}.",
        ) from None


def _check_reason(work: UnitOfWork, people: set[str], reason: str) -> None:
    """Raises TripRefusedError unless it is a reason that names nobody."""
    words = reason.strip()
    if not words or len(words) > REASON_MAX or not words.isprintable():
        raise TripRefusedError(
            "bad-reason",
            f"Un motif est nécessaire, d'au plus {REASON_MAX} caractères, sur une ligne.",
            f"A reason is needed, of at most {REASON_MAX} characters, on one line.",
        )
    found = [work.accounts.find_person(person) for person in people]
    names = {
        name.casefold()
        for person in found
        if person is not None
        for name in (person.family_name, person.given_name, person.display_name)
        if len(name) > 2
    }
    spoken = set(re.findall(r"[\w'-]+", words.casefold()))
    if _PERSONAL.search(words) or any(
        name in spoken or f" {name} " in f" {words.casefold()} " for name in names
    ):
        raise TripRefusedError(
            "bad-reason",
            "Le motif reste au registre pour toujours : il ne nomme personne et ne donne ni adresse, ni numéro.",
            "The reason stays in the register for ever: it names nobody, and gives no address or number.",
        )


def _wrong_status(state: TripState) -> TripRefusedError:
    return TripRefusedError(
        "wrong-status",
        f"Le trajet est dans l'état « {state.status} » : cela n'est pas possible.",
        f"The trip is {state.status}: that cannot be done.",
    )
