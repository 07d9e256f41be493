"""What is asked and answered about policies and grants. Names are in camelCase, units last."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
from pydantic import AwareDatetime, Field

from mobility.acts.grant_subsidy import DriversGrants
from mobility.acts.policies import ShownPolicy
from mobility.acts.subsidy_ports import GrantLine, PublishedVersion
from mobility.http.account_schemas import Answered, Asked
from ticketing.facts import Grant, TripFacts


class PolicyAnswered(Answered):
    hash: str = Field(description="SHA-256 of the policy's canonical form (RFC 8785): grants name it.")
    in_force: bool = Field(description="Whether a trip that starts today is granted by it.")
    published_at: dt.datetime | None = Field(description="null: the default, not published yet.")
    policy: dict[str, Any] = Field(description="Every field written out, as docs/policies.md describes them.")


class PublishedAnswered(Answered):
    hash: str
    valid_from: dt.date
    published_at: dt.datetime
    seq: int = Field(description="Its entry of the register.")


class SimulationAsked(Asked):
    distance_m: int = Field(ge=0, le=2_000_000, description="What the vehicle drives, along the road.")
    passengers: int = Field(ge=0, le=8)
    policy: str = Field("", max_length=64, description="How its hash begins; empty: the one in force today.")
    started_at: AwareDatetime | None = Field(None, description="null: now.")
    line_id: str = Field("", max_length=64)


class StepAnswered(Answered):
    rule: str
    before_cents: int
    after_cents: int
    words: str


class CapAnswered(Answered):
    cap: str = Field(description="What is counted: trips or amount, of whom, during what.")
    key: str = Field(description="Of whom and when it counts.")
    before: int
    after: int
    limit: int


class ShareAnswered(Answered):
    journey_id: str
    amount_cents: int


class GrantAnswered(Answered):
    amount_cents: int
    policy: str = Field(description="The hash of the policy.")
    scale: str = Field(description="The hash of the scale of costs the legal ceiling is computed with.")
    steps: list[StepAnswered]
    caps: list[CapAnswered]
    shares: list[ShareAnswered] = Field(description="By journey; they sum to the amount.")


class TripGrantAnswered(GrantAnswered):
    trip_id: str
    line_id: str
    started_at: dt.datetime
    distance_m: int
    passengers: int
    month: str | None = Field(description="The month it is accounted in, YYYY-MM; null: not granted yet.")
    seq: int | None = Field(description="Its entry of the register.")
    withdrawn_seq: int | None = Field(description="The entry that took it back.")


class DriversGrantsAnswered(Answered):
    granted: list[TripGrantAnswered]
    estimated: list[TripGrantAnswered] = Field(
        description="Trips that wait for the next closing, as they would be granted now: an estimate."
    )
    granted_cents: int = Field(description="Without what was taken back.")
    estimated_cents: int


def policy_answer(shown: ShownPolicy) -> PolicyAnswered:
    """A policy as it is answered."""
    return PolicyAnswered(
        hash=shown.policy.hash,
        in_force=shown.in_force,
        published_at=shown.published_at,
        policy=orjson.loads(shown.policy.canonical),
    )


def published_answer(version: PublishedVersion) -> PublishedAnswered:
    """What was published, as it is answered."""
    return PublishedAnswered(
        hash=version.hash,
        valid_from=dt.date.fromisoformat(version.valid_from),
        published_at=version.published_at,
        seq=version.seq,
    )


def grant_answer(made: Grant) -> GrantAnswered:
    """A grant as it is answered."""
    return GrantAnswered(**_fields(made))


def drivers_grants_answer(found: DriversGrants) -> DriversGrantsAnswered:
    """A driver's grants as they are answered."""
    return DriversGrantsAnswered(
        granted=[_trip_grant(trip, made, line) for line, trip, made in found.granted],
        estimated=[_trip_grant(trip, made, None) for trip, made in found.estimated],
        granted_cents=sum(line.amount_cents for line, _, _ in found.granted if line.withdrawn_seq is None),
        estimated_cents=sum(made.amount_cents for _, made in found.estimated),
    )


def _trip_grant(trip: TripFacts, made: Grant, line: GrantLine | None) -> TripGrantAnswered:
    return TripGrantAnswered(
        trip_id=trip.trip_id,
        line_id=trip.line_id,
        started_at=trip.started_at,
        distance_m=trip.distance_m,
        passengers=len(trip.passengers),
        month=None if line is None else line.period,
        seq=None if line is None else line.seq,
        withdrawn_seq=None if line is None else line.withdrawn_seq,
        **_fields(made),
    )


def _fields(made: Grant) -> dict[str, Any]:
    return {
        "amount_cents": made.amount_cents,
        "policy": made.policy,
        "scale": made.scale,
        "steps": [
            StepAnswered(
                rule=one.rule, before_cents=one.before_cents, after_cents=one.after_cents, words=one.words
            )
            for one in made.steps
        ],
        "caps": [
            CapAnswered(cap=one.cap, key=one.key, before=one.before, after=one.after, limit=one.limit)
            for one in made.caps
        ],
        "shares": [
            ShareAnswered(journey_id=one.journey_id, amount_cents=one.amount_cents) for one in made.shares
        ],
    }
