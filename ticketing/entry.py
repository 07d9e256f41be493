"""The two lines of every account book: what is recorded, and what it moves.

One truth: everything that concerns money is one entry of the register, and what the ledger holds follows from it
(`ticketing.postings`). So the ledger can be made again from the register, and an outsider can check both.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One entry of the hash chain. `hash` covers everything before it here and the hash of the entry before."""

    seq: int
    """From 1, without gaps."""
    period: str
    """The month it is accounted in: YYYY-MM. Never goes back from entry to entry."""
    kind: str
    at: dt.datetime
    """Aware, UTC, whole seconds."""
    body: bytes
    """Canonical JSON (RFC 8785): no personal data, no floats."""
    hash: bytes
    """SHA-256, 32 bytes."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a transaction: debits are positive, credits negative, in cents."""

    account: str
    """`kind:name`, such as "driver:9f3a…"."""
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """Postings that sum to zero. Never changed: a correction is another one, which names it."""

    id: str
    """`r{seq}` of the register entry it follows from."""
    kind: str
    at: dt.datetime
    postings: tuple[Posting, ...]
    reverses: str = ""
    currency: str = "EUR"
