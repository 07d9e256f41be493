"""The one way into the register: append, and post what follows from it, in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from mobility.acts.ports import UnitOfWork
from ticketing.entry import RegisterEntry
from ticketing.postings import postings_of
from ticketing.register import append, genesis

LOCK = "register"
"""Held from before the head is read until the transaction's end, so that the chain never forks. The last lock taken."""


def record(
    work: UnitOfWork, kind: str, body: dict[str, Any], at: dt.datetime, period: str | None = None
) -> RegisterEntry:
    """Append one entry and post what follows from it; the caller commits.

    `at`: when it happened (cut to the second). `period`: the month the caller means (None: the open one).
    Raises RegisterError, PeriodClosedError and CanonicalJsonError; nothing is written then.
    """
    return record_all(work, [(kind, body)], at, period)[0]


def record_all(
    work: UnitOfWork, items: Iterable[tuple[str, dict[str, Any]]], at: dt.datetime, period: str | None = None
) -> list[RegisterEntry]:
    """Append many entries, in order. See `record`."""
    at = at.astimezone(dt.UTC).replace(microsecond=0)
    work.lock(LOCK)
    head = work.register.head()
    entries: list[RegisterEntry] = []
    if head is None:
        head = genesis(at)
        entries.append(head)
    given = len(entries)
    for kind, body in items:
        head = append(head, kind, body, at, period)
        entries.append(head)
    work.register.add_all(entries)
    posted = (postings_of(entry) for entry in entries)
    work.ledger.post_all([transaction for transaction in posted if transaction is not None])
    return entries[given:]
