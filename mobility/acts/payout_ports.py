"""What paying out and the log of reads need of storage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ticketing.credit_transfer import CreditTransfer, Payment


@dataclass(frozen=True, slots=True)
class Payout:
    """One file for the bank; `seq` is that of its entry in the register. `period`: the last month it pays."""

    seq: int
    period: str
    at: dt.datetime
    count: int
    total_cents: int
    file_sha256: str


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody read what the audit keeps. `person`: the account. `what`: the address or command. Kept for good."""

    person: str
    what: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Attestation:
    """What somebody earned in closed months, for an employer who checks it by its code. `person`: the pseudonym, which
    never leaves. `root`: the SHA-256 (hex) of the document of the last month's signed root."""

    code: str
    person: str
    first: str
    last: str
    trips: int
    days: int
    distance_m: int
    passengers: int
    amount_cents: int
    root: str
    made_at: dt.datetime


class Payouts(Protocol):
    """The memory of payouts. Bank details are sealed; they are kept as long as accounts must be."""

    def add(self, payout: Payout, transfer: CreditTransfer) -> None:
        """Remember a payout with everything its file is written from."""
        ...

    def find_payout(self, seq: int) -> Payout | None:
        """One payout."""
        ...

    def list_payouts(self) -> list[Payout]:
        """All payouts, by seq."""
        ...

    def get_transfer(self, seq: int) -> CreditTransfer:
        """What the file of a payout is written from. Raises KeyError."""
        ...

    def find_return(self, seq: int, payment_id: str) -> int | None:
        """The seq of the entry that says that a payment of a payout came back."""
        ...

    def add_return(self, seq: int, payment_id: str, return_seq: int) -> None:
        """A payment of a payout came back."""
        ...

    def find_last_returned(self, person: str) -> Payment | None:
        """The last payment to a pseudonym that came back."""
        ...

    def find_attestation(self, code: str) -> Attestation | None:
        """The attestation of a code."""
        ...

    def add_attestation(self, attestation: Attestation) -> None:
        """Remember an attestation."""
        ...


class AccessLog(Protocol):
    """Who read what, when."""

    def add(self, read: Read) -> None:
        """Note a read."""
        ...

    def list_reads(self, first_id: int = 0, limit: int = 1000) -> Iterator[tuple[int, Read]]:
        """Reads in their order, from an id on."""
        ...


class PayoutFiles(Protocol):
    """Where the bank's files are put: readable by the application alone."""

    def find(self, name: str) -> bytes | None:
        """The content of a file."""
        ...

    def put(self, name: str, content: bytes) -> str:
        """Write a file in one step; where it is."""
        ...
