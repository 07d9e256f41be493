"""The register: a hash chain of everything that concerns money or its proof. docs/register.md is its format.

Each entry's hash covers the entry and the hash before it, so the last hash stands for all of them: whoever knows one
signed root can tell whether anything before it was changed, left out, moved or put in.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from hashlib import sha256
from typing import Any

from ticketing.canonical_json import to_canonical
from ticketing.entry import RegisterEntry
from ticketing.period import is_period, next_period, period_of

FORMAT = "mobility register 1"
"""The first line of what is hashed: nothing else of ours that is hashed begins with it."""

NO_HASH = bytes(32)
"""What the first entry has before it."""

GENESIS = "genesis"
CLOSE = "close"
"""The last entry of a period."""

_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)


class RegisterError(ValueError):
    """An entry cannot stand in the register; the message says why."""


class PeriodClosedError(RegisterError):
    """The entry belongs to a month that is closed, or that is not open yet."""


@lru_cache(maxsize=64)
def instant_text(at: dt.datetime) -> str:
    """An instant as the register writes it: 2026-10-31T22:59:59Z. Raises RegisterError."""
    if at.tzinfo is None or at.microsecond:
        raise RegisterError(f"an instant of the register is aware and in whole seconds: {at!r}")
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def chain_hash(previous_hash: bytes, seq: int, period: str, kind: str, at: dt.datetime, body: bytes) -> bytes:
    """SHA-256 of seven lines: the format, the previous hash (hex), seq, period, kind, instant and the body.

    None of the first six can hold a line feed, so no two entries have the same lines.
    """
    lines = f"{FORMAT}\n{previous_hash.hex()}\n{seq}\n{period}\n{kind}\n{instant_text(at)}\n"
    return sha256(lines.encode("ascii") + body).digest()


def open_period(head: RegisterEntry | None, at: dt.datetime) -> str:
    """The month entries go to: the last entry's, or the next one where that entry closed it; at first, that of `at`."""
    if head is None:
        return period_of(at)
    return next_period(head.period) if head.kind == CLOSE else head.period


def append(
    head: RegisterEntry | None, kind: str, body: dict[str, Any], at: dt.datetime, period: str | None = None
) -> RegisterEntry:
    """The entry that follows `head` (None: nothing yet). `period`: where the caller means it to be accounted.

    Raises RegisterError, PeriodClosedError and CanonicalJsonError.
    """
    if not _KIND.fullmatch(kind):
        raise RegisterError(f"{kind!r} is no kind of entry: small letters, digits and hyphens")
    if (head is None) != (kind == GENESIS):
        raise RegisterError(
            f"the first entry, and no other, is {GENESIS!r}: not {kind!r} after {head and head.seq}"
        )
    opened = open_period(head, at)
    if period is not None and period != opened:
        if not is_period(period):
            raise RegisterError(f"{period!r} is no month: YYYY-MM")
        state = "closed" if period < opened else "not open yet"
        raise PeriodClosedError(f"{period} is {state}: entries go to {opened}")
    seq, previous = (1, NO_HASH) if head is None else (head.seq + 1, head.hash)
    data = to_canonical(body)
    return RegisterEntry(seq, opened, kind, at, data, chain_hash(previous, seq, opened, kind, at, data))


def genesis(at: dt.datetime) -> RegisterEntry:
    """The first entry: how everything after it is to be read."""
    body = {"format": FORMAT, "currency": "EUR", "hash": "sha-256", "time_zone": "Europe/Paris"}
    return append(None, GENESIS, body, at)
