"""What the acts on subsidies need of storage, and the records they keep there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ticketing.cap_counters import CounterKey

POLICY, SCALE = "policy", "scale"


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version of the policy or of the scale of costs, as it was published; never altered."""

    hash: str
    kind: str
    """POLICY or SCALE."""
    valid_from: str
    """YYYY-MM-DD."""
    content: bytes
    """Its canonical form."""
    published_at: dt.datetime
    seq: int
    """Its entry of the register."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A proven trip that waits for a closing."""

    trip_id: str
    started_at: dt.datetime
    driver: str
    """Pseudonym."""
    facts: bytes
    """Canonical JSON of `ticketing.grant_body.facts_to_plain`."""


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant in short; the whole of it is entry `seq` of the register."""

    seq: int
    trip_id: str
    closing: int
    driver: str
    """Pseudonym."""
    line_id: str
    started_at: dt.datetime
    period: str
    """The month it is accounted in, YYYY-MM."""
    amount_cents: int
    withdrawn_seq: int | None = None
    """The entry that took it back."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Grants in the order of trip start and id, of all that was claimed for trips that started before `until`."""

    number: int
    until: dt.datetime
    begun_at: dt.datetime
    ended_at: dt.datetime | None = None


class Subsidies(Protocol):
    """The memory of policies, claims, counters and grants. Who writes holds the lock "register"."""

    def add_version(self, version: PublishedVersion) -> None:
        """Remember a version."""
        ...

    def list_versions(self, kind: str) -> list[PublishedVersion]:
        """The versions of a kind by `valid_from`; of those that begin on the same day the one published last comes
        last, and is the one in force."""
        ...

    def find_claim(self, trip_id: str) -> Claim | None:
        """The claim of a trip that waits."""
        ...

    def put_claims(self, claims: Sequence[Claim]) -> None:
        """Trips wait for a closing; instead of the claims of the same trips."""
        ...

    def remove_claims(self, trip_ids: Collection[str]) -> None:
        """These trips wait no more."""
        ...

    def next_claims(self, before: dt.datetime, limit: int) -> list[Claim]:
        """The first claims in the order of start and trip id, of trips that started before an instant."""
        ...

    def list_claims(self, driver: str) -> list[Claim]:
        """The claims of a driver, in the same order."""
        ...

    def count_claims(self, before: dt.datetime) -> int:
        """How many wait, of trips that started before an instant."""
        ...

    def read_counters(self, keys: Collection[CounterKey]) -> dict[CounterKey, int]:
        """The values of counters; those that are not there are 0."""
        ...

    def write_counters(self, values: Mapping[CounterKey, int]) -> None:
        """Values instead of those before."""
        ...

    def list_counters(self) -> Iterator[tuple[CounterKey, int]]:
        """All counters that are not 0, as a stream, in no order."""
        ...

    def add_grants(self, lines: Sequence[GrantLine]) -> None:
        """Remember grants."""
        ...

    def find_grant(self, trip_id: str) -> GrantLine | None:
        """The grant of a trip that was not taken back."""
        ...

    def find_grants(self, trip_ids: Collection[str]) -> list[GrantLine]:
        """The grants of trips, one a trip at most, that were not taken back."""
        ...

    def withdraw_grant(self, seq: int, withdrawn_seq: int) -> None:
        """A grant was taken back by another entry of the register."""
        ...

    def list_grants(self, driver: str, period: str = "") -> list[GrantLine]:
        """The grants of a driver by start and trip id, those taken back too; `period`: of one month."""
        ...

    def stream_granted(self) -> Iterator[int]:
        """The entries (seq) of the grants that were not taken back and are not of 0 cents, by seq, as a stream."""
        ...

    def add_closing(self, until: dt.datetime, at: dt.datetime) -> Closing:
        """Begin a closing; it is numbered from 1 on."""
        ...

    def find_closing(self, number: int) -> Closing | None:
        """One closing."""
        ...

    def find_open_closing(self) -> Closing | None:
        """The closing that has not ended; there is at most one."""
        ...

    def end_closing(self, number: int, at: dt.datetime) -> None:
        """A closing is done."""
        ...

    def closed_until(self) -> dt.datetime | None:
        """Until when closings reached, the one begun included; None: there was none."""
        ...
