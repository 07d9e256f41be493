"""What follows when a trip comes to another status: its claim, its bookings, the register, its history, events."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import Any

from carpool.checks.case import Finding, OtherTrip, Ridden
from carpool.checks.thresholds import Thresholds
from carpool.trip import TripStatus
from mobility.acts.change_booking import validate_in
from mobility.acts.claim_subsidy import claim, withdraw
from mobility.acts.ports import UnitOfWork
from mobility.acts.record import record
from mobility.acts.trips.facts import NoFactsError, facts_of, pseudonym_of
from mobility.acts.trips_ports import StatusChange, TripState
from ticketing.canonical_json import to_canonical
from ticketing.facts import TripFacts
from ticketing.grant_body import facts_to_plain

CHECKS = "checks"
"""Who changed a status, when nobody did but the rules."""

ALIVE = (TripStatus.OPEN, TripStatus.WAITING, TripStatus.HELD, TripStatus.PROVEN)
"""In these a trip counts when others are compared with it."""


def settle(
    work: UnitOfWork,
    before: TripState,
    after: TripState,
    change: StatusChange,
    thresholds: Thresholds,
    opened: StatusChange | None = None,
    facts: TripFacts | None = None,
) -> TripState:
    """Write a trip's new state with all that follows from it; the trip's lock is held, and the caller commits.

    `change` is written to the history when the status is another one, or when a person made it; `opened` before it.
    `facts`: those of the trip where they are known already.
    """
    at = change.at
    after = replace(after, changed_at=at if after.status is not before.status else before.changed_at)
    for booking_id in _bookings(after) if after.status is TripStatus.PROVEN else ():
        validate_in(work, booking_id, at)
    after = _claim(work, before, after, change, facts)
    if after.status is TripStatus.REFUSED and before.status is not TripStatus.REFUSED and change.by == CHECKS:
        _record_checks(work, thresholds, at)
        record(work, "refusal", _body(work, after) | {"reason": change.reason}, at)
    is_news = after.status is not before.status or change.by != CHECKS
    work.trips.put_trip(after, *([] if opened is None else [opened]), *([change] if is_news else []))
    _mark_others(work, before, after, at)
    return after


def record_decision(
    work: UnitOfWork, state: TripState, change: StatusChange, verdict: str, thresholds: Thresholds
) -> None:
    """A person's decision, with what was found and why they decided so, goes into the register."""
    _record_checks(work, thresholds, change.at)
    by = pseudonym_of(work, change.by)
    body = _body(work, state) | {"decision": verdict, "reason": change.reason, "by": by}
    record(work, "decision", body, change.at)


def _claim(
    work: UnitOfWork, before: TripState, after: TripState, change: StatusChange, facts: TripFacts | None
) -> TripState:
    """What is proven is claimed once; what is proven otherwise, or not any more, is withdrawn."""
    if after.status is not TripStatus.PROVEN:
        facts = None
    elif facts is None:
        assert after.trip is not None
        facts = facts_of(work, after.trip)
    digest = "" if facts is None else facts_hash(facts)
    if digest == before.claim:
        return replace(after, claim=digest)
    if before.claim:
        withdraw(work, after.id, change.reason or "the evidence changed", change.at)
        work.events.add("trip.withdrawn", {"trip_id": after.id}, change.at, subject=f"trip:{after.id}")
    if facts is not None:
        claim(work, facts, change.at)
        journeys = [passenger.journey_id for passenger in facts.passengers]
        payload = {"trip_id": after.id, "journey_ids": journeys}
        work.events.add("trip.proven", payload, change.at, subject=f"trip:{after.id}")
    return replace(after, claim=digest)


def facts_hash(facts: TripFacts) -> str:
    """SHA-256 (hex) of a trip's facts."""
    return hashlib.sha256(to_canonical(facts_to_plain(facts))).hexdigest()


def _body(work: UnitOfWork, state: TripState) -> dict[str, Any]:
    """What the register says of a trip that is refused or decided about. Without facts where somebody is erased."""
    facts = None
    if state.trip is not None:
        try:
            facts = facts_to_plain(facts_of(work, state.trip))
        except NoFactsError:
            facts = None
    return {
        "trip_id": state.id,
        "facts": facts,
        "reasons": [finding_to_plain(finding) for finding in state.findings],
        "checks": state.checks,
    }


def finding_to_plain(finding: Finding) -> dict[str, Any]:
    """A finding as plain data: no personal data is in it."""
    return {
        "check": finding.check,
        "outcome": finding.outcome.value,
        "counter": finding.counter,
        "threshold": finding.threshold,
        "conflict": finding.conflict,
        "words": finding.words,
        "facts": dict(finding.facts),
    }


def _record_checks(work: UnitOfWork, thresholds: Thresholds, at: dt.datetime) -> None:
    """The register has every version of the thresholds that anything was refused or decided with."""
    work.lock("register")
    if not work.trips.is_recorded(thresholds.hash):
        record(work, "checks", {"hash": thresholds.hash, "toml": thresholds.text}, at)
        work.trips.put_recorded(thresholds.hash, at)


def _bookings(state: TripState) -> list[str]:
    passages = () if state.trip is None else state.trip.passages
    return sorted({passage.booking_id for passage in passages} - {""})


def others_see(state: TripState) -> OtherTrip | None:
    """A trip as the checks of other trips see it; None: they do not, since it is none yet, cancelled or refused."""
    trip = state.trip
    if trip is None or state.status not in ALIVE:
        return None
    return OtherTrip(
        id=state.id,
        status=TripStatus.OPEN,
        driver_id=trip.driver_id,
        line_id=trip.line_id,
        ride_id=trip.ride_id,
        start_at=trip.start.at,
        end_at=trip.end.at,
        start_stop=trip.start.stop_id,
        end_stop=trip.end.stop_id,
        track_m=state.track_m,
        passengers=tuple(Ridden(p.passenger_id, p.board.at, p.alight.at) for p in trip.passages),
    )


def _mark_others(work: UnitOfWork, before: TripState, after: TripState, at: dt.datetime) -> None:
    """Trips that look at this one are to be judged again when they see something else now."""
    if others_see(before) == others_see(after):
        return
    due: set[str] = set()
    for state in (before, after):
        if state.trip is not None and others_see(state) is not None:
            due |= work.trips.list_ids_beside(state.trip)
    work.trips.mark_due(due, at)
