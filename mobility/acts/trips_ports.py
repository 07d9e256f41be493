"""What the acts on trips need: what phones sent, where trips stand, and how they came there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from carpool.checks.case import Finding, OtherTrip
from carpool.device import Device
from carpool.trip import Trip, TripStatus


@dataclass(frozen=True, slots=True)
class Received:
    """An accepted statement as it was received."""

    hash: str
    """SHA-256 (hex) of its bytes."""
    trip_id: str
    device: str
    person: str
    kind: str
    seq: int
    at: dt.datetime
    """By the device's clock."""
    received_at: dt.datetime
    skew_s: int | None
    """How far the device's clock was ahead of ours when it sent; None: it did not say."""
    reason: str
    """Why it comes late."""
    data: bytes | None
    """As received, for ever; None: its person was erased, and with them the key it was kept under."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Bytes that were not accepted as evidence. They are kept too."""

    hash: str
    person: str
    """Who sent them."""
    at: dt.datetime
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One line of a trip's history. Never changed."""

    trip_id: str
    status: TripStatus
    at: dt.datetime
    by: str
    """An account; "checks": nobody but the rules."""
    reason: str
    findings: tuple[Finding, ...] = ()
    checks: str = ""
    """SHA-256 (hex) of the thresholds that were in force; "": nothing was checked."""


@dataclass(frozen=True, slots=True)
class TripState:
    """Where a trip stands. Positions in `trip` are rounded to 1/1000 of a degree: the exact ones are evidence alone."""

    id: str
    status: TripStatus
    driver_id: str
    line_id: str
    ride_id: str
    made_at: dt.datetime
    changed_at: dt.datetime
    trip: Trip | None = None
    """None: it cannot be put together yet; `missing` says why."""
    missing: str = ""
    track_m: int = 0
    findings: tuple[Finding, ...] = ()
    """Of the last judging."""
    checks: str = ""
    claim: str = ""
    """SHA-256 (hex) of the facts that are claimed for it; "": nothing is."""
    decided_by: str = ""
    """The account of the person who decided; no check overwrites that."""
    judge_at: dt.datetime | None = None
    """When it is to be judged again though nothing has come; None: only when something has."""


def people_in(state: TripState) -> set[str]:
    """The accounts in a trip, as driver and passengers."""
    passages = () if state.trip is None else state.trip.passages
    return {state.driver_id, *(passage.passenger_id for passage in passages)} - {""}


class EvidenceTable(Protocol):
    """Devices and what they signed. Raw bytes are only ever added, sealed under a key of the person who sent them."""

    def find_device(self, device_id: str) -> Device | None:
        """One device, withdrawn or not."""
        ...

    def list_devices(self, ids: Collection[str]) -> dict[str, Device]:
        """Those of these devices that are known."""
        ...

    def list_devices_of(self, person: str) -> list[Device]:
        """The devices of a person, in the order they were registered."""
        ...

    def put_device(self, device: Device) -> None:
        """Remember a device, or that it is withdrawn now."""
        ...

    def list_accepted(self, hashes: Collection[str]) -> dict[str, str]:
        """Those of these that were accepted before, each with its trip."""
        ...

    def keep(self, person: str, items: Sequence[tuple[str, bytes]], at: dt.datetime) -> None:
        """Keep bytes by their hash, sealed for who sent them; what is kept already stays as it is."""
        ...

    def accept(self, statements: Sequence[Received]) -> set[str]:
        """Remember statements whose bytes are kept; the hashes of those that were new."""
        ...

    def refuse(self, refusals: Sequence[Refused]) -> None:
        """Remember that bytes which are kept were refused."""
        ...

    def list_of_trip(self, trip_id: str) -> list[Received]:
        """The accepted statements of a trip, by time of receipt and hash."""
        ...

    def list_of_person(self, person: str) -> list[Received]:
        """The accepted statements of a person's devices, likewise."""
        ...

    def list_refused(self, person: str) -> list[Refused]:
        """What a person sent that was refused, the oldest first."""
        ...

    def find_raw(self, hash_: str) -> bytes | None:
        """Bytes as received; None: unknown, or its person was erased."""
        ...

    def forget_person(self, person: str) -> None:
        """Destroy the key of what a person sent: nobody can read it any more. Hashes stay."""
        ...


class TripTable(Protocol):
    """Where trips stand, and their history."""

    def find_trip(self, trip_id: str) -> TripState | None:
        """One trip."""
        ...

    def put_trip(self, state: TripState, *changes: StatusChange) -> None:
        """Remember where a trip stands, and add to its history. The trip's lock is held."""
        ...

    def list_history(self, trip_id: str) -> list[StatusChange]:
        """Every status a trip ever had, the oldest first."""
        ...

    def list_beside(self, trip: Trip) -> list[OtherTrip]:
        """The other trips the checks of this one look at, by start and id: those of anybody in it that start within 36
        hours, those that start on its line in the same minute, and those that say they are the same ride."""
        ...

    def list_ids_beside(self, trip: Trip) -> set[str]:
        """Which ones those are."""
        ...

    def list_all_of(self, person: str) -> list[TripState]:
        """All trips of a person, as driver or passenger, by start."""
        ...

    def list_like(self, line_id: str, from_at: dt.datetime, to_at: dt.datetime) -> list[TripState]:
        """Trips of a line that start in [from_at, to_at), by start and id."""
        ...

    def list_standing(self, statuses: Collection[TripStatus], limit: int) -> list[TripState]:
        """Trips in one of these statuses, the one changed longest ago first."""
        ...

    def mark_due(self, trip_ids: Collection[str], at: dt.datetime) -> None:
        """These are to be judged again."""
        ...

    def list_due(self, now: dt.datetime, limit: int) -> list[str]:
        """Trips that are to be judged, the longest due first."""
        ...

    def take_due(self, trip_id: str) -> None:
        """Clear the marks of one trip, which is then judged on all that has come by now."""
        ...

    def is_recorded(self, checks: str) -> bool:
        """Whether the register has this version of the thresholds."""
        ...

    def put_recorded(self, checks: str, at: dt.datetime) -> None:
        """It has now."""
        ...
