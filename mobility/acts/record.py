"""The one way into the register: append, and post what follows from it, in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from mobility.acts.ports import UnitOfWork
from ticketing.entry import RegisterEntry
from ticketing.ledger import enter_all

LOCK = "register"
"""Held from before the head is read until the transaction's end, so that the chain never forks. The last lock taken."""


def record(
    work: UnitOfWork, kind: str, body: dict[str, Any], at: dt.datetime, period: str | None = None
) -> RegisterEntry:
    """Append one entry and post what follows from it; the caller commits.

    `at`: when it happened (cut to the second). `period`: the month the caller means (None: the open one).
    Raises RegisterError, PeriodClosedError, CanonicalJsonError and LedgerError; the caller must not commit then.
    A body with `idempotency_key` is entered once: the same again gives the entry there is.
    """
    return record_all(work, [(kind, body)], at, period)[0]


def record_all(
    work: UnitOfWork, items: Iterable[tuple[str, dict[str, Any]]], at: dt.datetime, period: str | None = None
) -> list[RegisterEntry]:
    """Append many entries, in order. See `record`."""
    work.lock(LOCK)
    return enter_all(work.register, work.ledger, items, at.astimezone(dt.UTC).replace(microsecond=0), period)
