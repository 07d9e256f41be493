"""What follows when a trip comes to another status: its claim, its bookings, the register, its history, events."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import Any

from carpool.checks.case import Finding
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
) -> TripState:
    """Write a trip's new state with all that follows from it; the trip's lock is held, and the caller commits.

    `change` is written to the history when the status is another one, or when a person made it.
    """
    at = change.at
    after = replace(after, changed_at=at if after.status is not before.status else before.changed_at)
    for booking_id in _bookings(after) if after.status is TripStatus.PROVEN else ():
        validate_in(work, booking_id, at)
    after = _claim(work, before, after, change)
    if after.status is TripStatus.REFUSED and before.status is not TripStatus.REFUSED and change.by == CHECKS:
        _record_checks(work, thresholds, at)
        record(work, "refusal", _body(work, after) | {"reason": change.reason}, at)
    is_news = after.status is not before.status or change.by != CHECKS
    work.trips.put_trip(after, change if is_news else None)
    if _is_other(before, after):
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


def _claim(work: UnitOfWork, before: TripState, after: TripState, change: StatusChange) -> TripState:
    """What is proven is claimed once; what is proven otherwise, or not any more, is withdrawn."""
    facts = None
    if after.status is TripStatus.PROVEN:
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


def _is_other(before: TripState, after: TripState) -> bool:
    """Whether checks of other trips see something else now."""
    sides = [
        (state.status in ALIVE, state.track_m, state.trip and replace(state.trip, status=TripStatus.OPEN))
        for state in (before, after)
    ]
    return sides[0] != sides[1]


def _mark_others(work: UnitOfWork, before: TripState, after: TripState, at: dt.datetime) -> None:
    """Trips of the same people on the days around, of the same ride, or like it, are to be judged again."""
    due: set[str] = set()
    for state in (before, after):
        due |= {other.id for other in list_beside(work, state)}
    work.trips.mark_due(due - {after.id}, at)


def list_beside(work: UnitOfWork, state: TripState) -> list[TripState]:
    """The other trips the checks of this one look at."""
    if state.trip is None:
        return []
    trip = state.trip
    people = {trip.driver_id, *(passage.passenger_id for passage in trip.passages)}
    start, day = trip.start.at, dt.timedelta(hours=36)
    found = work.trips.list_trips_of(people, start - day, start + day)
    minute = start.replace(second=0, microsecond=0)
    found += work.trips.list_like(trip.line_id, minute, minute + dt.timedelta(minutes=1))
    found += work.trips.list_rides(trip.ride_id) if trip.ride_id else []
    return list({other.id: other for other in found if other.id != state.id}.values())
