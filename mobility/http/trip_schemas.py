"""What is asked and answered about phones, evidence and trips. Names are in camelCase, units last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from carpool.checks.case import Finding
from carpool.device import Device
from carpool.evidence import BYTES_MAX
from carpool.trip import EvidenceClass, Fix, TripStatus
from mobility.acts.trips.decide import REASON_MAX as DECISION_REASON_MAX
from mobility.acts.trips.find import TripView
from mobility.acts.trips.log_evidence import ITEMS_MAX, REASON_MAX, Outcome, Receipt
from mobility.http.account_schemas import Answered, Asked

Reason = Annotated[str, Field(max_length=DECISION_REASON_MAX, description="On one line, naming nobody.")]


class DeviceAsked(Asked):
    registration: str = Field(
        max_length=4000, description="A statement of kind `device`, signed by its own key."
    )


class DeviceAnswered(Answered):
    id: str
    registered_at: dt.datetime | None
    withdrawn_at: dt.datetime | None


class PieceAsked(Asked):
    statement: str = Field(
        max_length=2 * BYTES_MAX, description="JWS in compact form, as the phone signed it."
    )
    late_because: str = Field(
        "", max_length=REASON_MAX, description='Such as "no network"; empty: it is not late.'
    )


class EvidenceAsked(Asked):
    evidence: list[PieceAsked] = Field(max_length=ITEMS_MAX)
    sent_at: int | None = Field(
        None,
        ge=0,
        le=2**33,
        description="The phone's clock as it sends, in seconds since 1970: how far it is off is noted.",
    )


class ReceiptAnswered(Answered):
    sha256: str
    outcome: Outcome
    trip: str = ""
    code: str = ""
    words: str = ""


class EvidenceAnswered(Answered):
    receipts: list[ReceiptAnswered] = Field(description="In the order of the pieces.")


class FindingAnswered(Answered):
    check: str
    outcome: str
    counter: int
    threshold: int
    words: str
    conflict: str = Field(description="The other trip it is about; empty: none.")
    facts: dict[str, int | str]


class PlaceAnswered(Answered):
    at: dt.datetime
    stop: str
    lat: float = Field(description="To 1/1000 of a degree.")
    lon: float


class PassageAnswered(Answered):
    passenger: str = Field(description="A pseudonym.")
    board: PlaceAnswered
    alight: PlaceAnswered
    distance_m: int
    evidence_class: EvidenceClass
    fare_cents: int
    booking: str


class ChangeAnswered(Answered):
    status: TripStatus
    at: dt.datetime
    by: str = Field(description='A pseudonym; "checks": nobody but the rules.')
    reason: str


class TripAnswered(Answered):
    id: str
    status: TripStatus
    role: str = Field(description="What you are to it: driver, passenger, operator or auditor.")
    line: str
    ride: str
    driver: str = Field(description="A pseudonym.")
    start: PlaceAnswered | None
    end: PlaceAnswered | None
    distance_m: int | None = Field(description="Along the line's road.")
    passages: list[PassageAnswered]
    missing: str = Field(description="Why it cannot be put together yet; empty: it can.")
    findings: list[FindingAnswered]
    history: list[ChangeAnswered]
    evidence: list[str] = Field(description="SHA-256 of all that speaks of it.")


class QueuedAnswered(TripAnswered):
    held_since: dt.datetime


class TripReasonAsked(Asked):
    reason: Reason


class DecisionAsked(Asked):
    decision: Literal["approve", "refuse"]
    reason: Reason


def device_answer(device: Device) -> DeviceAnswered:
    return DeviceAnswered(id=device.id, registered_at=device.registered_at, withdrawn_at=device.revoked_at)


def evidence_answer(receipts: Sequence[Receipt]) -> EvidenceAnswered:
    return EvidenceAnswered(
        receipts=[
            ReceiptAnswered(
                sha256=one.hash, outcome=one.outcome, trip=one.trip_id, code=one.code, words=one.words
            )
            for one in receipts
        ]
    )


def trip_answer(view: TripView) -> TripAnswered:
    """A trip as its people, operators and auditors see it."""
    state, trip = view.state, view.state.trip
    return TripAnswered(
        id=state.id,
        status=state.status,
        role=view.role,
        line=state.line_id,
        ride=state.ride_id,
        driver=view.pseudonyms.get(state.driver_id, ""),
        start=None if trip is None else _place(trip.start),
        end=None if trip is None else _place(trip.end),
        distance_m=None if trip is None else trip.distance_m,
        passages=[
            PassageAnswered(
                passenger=view.pseudonyms.get(passage.passenger_id, ""),
                board=_place(passage.board),
                alight=_place(passage.alight),
                distance_m=passage.distance_m,
                evidence_class=passage.evidence_class,
                fare_cents=passage.fare_cents,
                booking=passage.booking_id,
            )
            for passage in (trip.passages if trip is not None else ())
        ],
        missing=state.missing,
        findings=[_finding(finding) for finding in state.findings],
        history=[
            ChangeAnswered(
                status=change.status,
                at=change.at,
                by="checks" if change.by == "checks" else view.pseudonyms.get(change.by, ""),
                reason=change.reason,
            )
            for change in view.history
        ],
        evidence=[] if trip is None else list(trip.evidence),
    )


def queued_answer(view: TripView) -> QueuedAnswered:
    return QueuedAnswered(**trip_answer(view).model_dump(), held_since=view.state.changed_at)


def _place(fix: Fix) -> PlaceAnswered:
    return PlaceAnswered(at=fix.at, stop=fix.stop_id, lat=fix.lat, lon=fix.lon)


def _finding(finding: Finding) -> FindingAnswered:
    return FindingAnswered(
        check=finding.check,
        outcome=finding.outcome.value,
        counter=finding.counter,
        threshold=finding.threshold,
        words=finding.words,
        conflict=finding.conflict,
        facts=dict(finding.facts),
    )
