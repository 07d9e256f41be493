"""What the subsidy is computed from, and what comes out: the input and output contract of the grant function.

Facts hold no personal data: people are stable pseudonyms, places are stops, communes and coordinates rounded to
1/1000 of a degree. They are written to the register as they are, so that an outsider can compute the amount again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """Where a trip begins or ends. Coordinates in thousandths of a degree WGS84."""

    stop_id: str
    commune: str
    """INSEE code."""
    lat_e3: int
    lon_e3: int


@dataclass(frozen=True, slots=True)
class PassengerFacts:
    """One passenger's part of a trip. `journey_id` is unique in all trips."""

    journey_id: str
    person: str
    evidence_class: str
    """A, B or C."""
    distance_m: int
    fare_cents: int
    """Owed to the Region."""
    paid_to_driver_cents: int = 0
    is_adult: bool | None = None
    """None: not known, which is not the same as yes."""
    seats: int = 1


@dataclass(frozen=True, slots=True)
class TripFacts:
    """One vehicle trip. Instants are aware, UTC. `passengers` are in the order of `journey_id`."""

    trip_id: str
    line_id: str
    driver: str
    started_at: dt.datetime
    ended_at: dt.datetime
    start: PlaceFacts
    end: PlaceFacts
    distance_m: int
    passengers: tuple[PassengerFacts, ...]
    evidence: tuple[str, ...]
    """SHA-256 (hex) of everything that proves it, sorted."""
    tolls_cents: int = 0


@dataclass(frozen=True, slots=True)
class RuleStep:
    """What one rule did to the amount of a trip. `words` are for people, in English."""

    rule: str
    before_cents: int
    after_cents: int
    words: str


@dataclass(frozen=True, slots=True)
class CapStep:
    """What one cap did. `before` and `after` are its counter's, in the cap's unit (trips or cents)."""

    cap: str
    key: str
    """Whom and when it counts for: "driver:9f…/2026-10-03"."""
    before: int
    after: int
    limit: int


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a grant that falls on one journey: the parts sum to the amount exactly."""

    journey_id: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What a trip earns its driver, with every step that led there. 0 is an answer too, and says why."""

    trip_id: str
    policy: str
    """SHA-256 (hex) of the policy version."""
    scale: str
    """SHA-256 (hex) of the tax scale the legal ceiling was computed with."""
    steps: tuple[RuleStep, ...]
    caps: tuple[CapStep, ...]
    amount_cents: int
    shares: tuple[Share, ...]
