"""A trip is put together from what has come, checked, and comes to the status that follows.

Done by a job for whatever is due, and for one trip at will. It is the same however often it is done: it never changes
what was cancelled, what a person decided, or what was granted.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import structlog

from carpool.assembly import Assembly, assemble
from carpool.checks import Judgement, Verdict, judge
from carpool.checks.case import Case, Finding
from carpool.checks.thresholds import Outcome
from carpool.device import Device, EvidenceError
from carpool.evidence import Evidence, reread_statement
from carpool.line import Line
from carpool.riders import Known
from carpool.trip import Fix, Trip, TripStatus
from mobility.acts.ports import UnitOfWork
from mobility.acts.trips.facts import NoFactsError, facts_of
from mobility.acts.trips.ports import TripPorts, trip_lock
from mobility.acts.trips.settle import CHECKS, settle
from mobility.acts.trips_ports import Received, StatusChange, TripState
from ticketing.facts import TripFacts

RETRY_S = 3600
"""A check that cannot run is tried again so often, for as long as it takes."""

_log = structlog.get_logger()

_STATUS = {
    Verdict.REFUSE: TripStatus.REFUSED,
    Verdict.HOLD: TripStatus.HELD,
    Verdict.WAIT: TripStatus.WAITING,
    Verdict.PROVE: TripStatus.PROVEN,
}


def judge_due(ports: TripPorts, limit: int = 200) -> int:
    """Judge what is due; how many trips that were. One that fails is tried again later and keeps no other back."""
    with ports.unit_of_work(read_only=True) as work:
        due = work.trips.list_due(ports.now(), limit)
    judged = 0
    for trip_id in due:
        try:
            judge_trip(ports, trip_id)
        except Exception:
            _log.exception("a trip could not be judged", trip=trip_id)
        else:
            judged += 1
    return judged


def judge_trip(ports: TripPorts, trip_id: str) -> TripState | None:
    """Judge one trip; None: nothing is known of it."""
    with ports.unit_of_work() as work:
        work.lock(trip_lock(trip_id))
        state = judge_in(ports, work, trip_id)
        work.commit()
    return state


def judge_in(ports: TripPorts, work: UnitOfWork, trip_id: str) -> TripState | None:
    """The same within a unit of work that holds the trip's lock; the caller commits."""
    work.trips.take_due(trip_id)
    now = ports.now()
    known = work.trips.find_trip(trip_id)
    received = work.evidence.list_of_trip(trip_id)
    if known is None and not received:
        return None
    before = known or TripState(trip_id, TripStatus.OPEN, "", "", "", now, now)
    is_readable = all(one.data is not None for one in received)
    if is_final(work, before) or not is_readable:
        if before.judge_at is not None:
            work.trips.put_trip(replace(before, judge_at=None))
        return before
    opened = StatusChange(trip_id, TripStatus.OPEN, now, CHECKS, "evidence has come")
    evidence, devices = _read(work, received)
    assembly = assemble(trip_id, evidence, _known(work, evidence, devices), ports.thresholds.limits)
    for person in _people(assembly):
        work.rides.lock_person(person)
    after = replace(
        before,
        driver_id=assembly.driver_id,
        line_id=assembly.line.id if assembly.line is not None else "",
        ride_id=assembly.ride_id,
        trip=None if assembly.trip is None else _rounded(assembly.trip),
        missing=assembly.missing,
        track_m=assembly.track_m,
    )
    if assembly.trip is None:
        judged = _unpriced(ports, assembly, evidence, now)
    else:
        judged = _checked(ports, work, after, assembly, evidence, received, devices, now)
    status = judged.status
    if before.status is TripStatus.HELD:  # only a person moves it out of there
        status = TripStatus.HELD
    findings = judged.findings
    after = replace(
        after,
        status=status,
        findings=findings,
        checks=ports.thresholds.hash,
        judge_at=judged.judge_at,
    )
    reason = "; ".join(finding.words for finding in findings[:5]) or "every check has run"
    change = StatusChange(trip_id, status, now, CHECKS, reason, findings, ports.thresholds.hash)
    return settle(
        *(work, before, after, change, ports.thresholds),
        opened=opened if known is None else None,
        facts=judged.facts,
    )


def is_final(work: UnitOfWork, state: TripState) -> bool:
    """Whether no check changes it any more: cancelled, decided by a person, or granted."""
    if state.status is TripStatus.CANCELLED or state.decided_by:
        return True
    return state.status is TripStatus.PROVEN and work.subsidies.find_grant(state.id) is not None


@dataclass(frozen=True, slots=True)
class _Judged:
    status: TripStatus
    findings: tuple[Finding, ...]
    judge_at: dt.datetime | None
    facts: TripFacts | None = None
    """What is to be claimed, if it is proven."""


def _unpriced(ports: TripPorts, assembly: Assembly, evidence: list[Evidence], now: dt.datetime) -> _Judged:
    """A trip that touches no two stops of its line cannot be priced: once its phones have had time to send, it is
    refused, and looked at again when more comes."""
    words = assembly.missing
    if not assembly.is_ended or assembly.line is None:
        finding = Finding("stops", Outcome.INCOMPLETE, 0, 2, words)
        return _Judged(TripStatus.OPEN, (finding,), None)
    last = max(piece.statement.ends_at or piece.statement.at for piece in evidence)
    until = ports.thresholds.quiet_at(last, max(piece.received_at for piece in evidence))
    if now < until:
        return _Judged(TripStatus.WAITING, (Finding("stops", Outcome.INCOMPLETE, 0, 2, words),), until)
    return _Judged(TripStatus.REFUSED, (Finding("stops", Outcome.REFUSE, 0, 2, words),), None)


def _checked(
    ports: TripPorts,
    work: UnitOfWork,
    state: TripState,
    assembly: Assembly,
    evidence: list[Evidence],
    received: list[Received],
    devices: dict[str, Device],
    now: dt.datetime,
) -> _Judged:
    trip = assembly.trip
    assert trip is not None
    assert state.trip is not None
    assert assembly.line is not None
    case = Case(
        trip=trip,
        line=assembly.line,
        assembly=assembly,
        evidence=tuple(evidence),
        skews_s={one.hash: one.skew_s for one in received if one.skew_s is not None},
        devices=devices,
        others=tuple(work.trips.list_beside(state.trip)),
        communes={on.stop.id: on.stop.commune for on in assembly.line.stops},
        now=now,
        roads=ports.roads,
        vehicles=ports.vehicles,
        thresholds=ports.thresholds,
    )
    said: Judgement = judge(case)
    findings, status, facts = said.findings, _STATUS[said.verdict], None
    if said.verdict is Verdict.PROVE:
        try:
            facts = facts_of(work, state.trip)
        except NoFactsError as error:
            findings = (case.cannot_run("facts", str(error)),)
            status = TripStatus.WAITING
    judge_at = None
    if status is TripStatus.WAITING:
        over = case.quiet_at
        judge_at = over if over > now else now + dt.timedelta(seconds=RETRY_S)
    return _Judged(status, findings, judge_at, facts)


def _read(work: UnitOfWork, received: list[Received]) -> tuple[list[Evidence], dict[str, Device]]:
    """The statements, which were verified when they came, and all devices they are of or name."""
    devices = work.evidence.list_devices({one.device for one in received})
    evidence = []
    for one in received:
        assert one.data is not None
        try:
            statement = reread_statement(one.data, one.hash, devices[one.device])
        except EvidenceError:  # its device was withdrawn since, before the time it gives
            continue
        evidence.append(Evidence(statement, one.person, one.received_at, one.reason))
    shown = {piece.statement.token.device for piece in evidence if piece.statement.token is not None}
    unknown = shown - devices.keys()
    return evidence, devices | (work.evidence.list_devices(unknown) if unknown else {})


def _known(work: UnitOfWork, evidence: list[Evidence], devices: dict[str, Device]) -> Known:
    lines: dict[str, Line] = {}
    rides: dict[str, str] = {}
    for said in (piece.statement for piece in evidence if piece.statement.begins_trip):
        line = work.rides.find_line(said.line)
        if line is not None:
            lines[said.line] = line
        ride = work.rides.find_ride(said.ride) if said.ride else None
        if ride is not None:
            rides[ride.id] = ride.driver_id
    bookings = {booking.id: booking for booking in work.rides.list_bookings(sorted(rides))}
    return Known(lines, devices, bookings, rides, tuple(work.rides.list_fares()))


def _people(assembly: Assembly) -> list[str]:
    return sorted({assembly.driver_id, *(rider.person for rider in assembly.riders)} - {""})


def _rounded(trip: Trip) -> Trip:
    """With positions to 1/1000 of a degree: the exact ones are evidence alone."""

    def rounded(fix: Fix) -> Fix:
        return replace(fix, lat=round(fix.lat, 3), lon=round(fix.lon, 3))

    passages = tuple(
        replace(passage, board=rounded(passage.board), alight=rounded(passage.alight))
        for passage in trip.passages
    )
    return replace(trip, start=rounded(trip.start), end=rounded(trip.end), passages=passages)
