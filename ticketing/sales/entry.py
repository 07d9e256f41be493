"""The lines of the book of sales. Each order has its own chain; a day's closing seals all of them in the register."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SalesEntry:
    """One entry of one order, never changed. What it moves follows from it (`ticketing.sales.postings`)."""

    order_id: str
    n: int
    """From 1, without gaps, in its order."""
    kind: str
    at: dt.datetime
    """Aware, UTC."""
    body: bytes
    """Canonical JSON (RFC 8785): no personal data, no floats."""
    hash: bytes
    """SHA-256 over the entry and the hash of the one before it in its order."""
    day: str
    """YYYY-MM-DD: the day, in Paris, it is accounted in; never one that is closed."""
