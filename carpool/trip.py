"""Trips: what the evidence says was driven. One trip is the vehicle's; a passage is one passenger's part of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class EvidenceClass(StrEnum):
    """How well a passage is proven (national register of proof): derived from the evidence, never claimed."""

    A = "A"
    """Declared only."""
    B = "B"
    """The presence of driver and passenger is shown by one phone."""
    C = "C"
    """Times, positions and devices of both, distinct."""


class TripStatus(StrEnum):
    """Where a trip stands. Only a proven trip is paid for; only a person moves one out of `held`."""

    OPEN = "open"
    """Evidence is still coming."""
    WAITING = "waiting"
    """A check cannot run yet; it is tried again, for as long as it takes."""
    HELD = "held"
    """Something is suspicious: a person decides."""
    REFUSED = "refused"
    PROVEN = "proven"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Fix:
    """Where and when something was. `at` is aware, UTC, by the device's clock."""

    at: dt.datetime
    lat: float
    lon: float
    stop_id: str = ""
    """The stop of the line it is at; "": none."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One passenger's part of a trip: what the national register calls a journey."""

    passenger_id: str
    board: Fix
    alight: Fix
    distance_m: int
    evidence_class: EvidenceClass
    fare_cents: int
    """What the passenger owes the Region for it."""
    evidence: tuple[str, ...]
    """Hashes (hex) of what shows it, sorted."""
    booking_id: str = ""


@dataclass(frozen=True, slots=True)
class Trip:
    """The vehicle's trip, assembled from evidence; the same evidence in any order makes the same trip."""

    id: str
    line_id: str
    driver_id: str
    start: Fix
    end: Fix
    distance_m: int
    """Along the road."""
    passages: tuple[Passage, ...]
    evidence: tuple[str, ...]
    """Hashes (hex) of all that speaks of it, sorted."""
    status: TripStatus
    ride_id: str = ""
    tolls_cents: int = 0
