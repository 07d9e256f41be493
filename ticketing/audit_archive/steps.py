"""One entry with what is read from it once, for all that look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ticketing.entry import RegisterEntry, Transaction


@dataclass(frozen=True, slots=True)
class Step:
    """An entry, its body as an object, and the transaction that follows from it."""

    entry: RegisterEntry
    body: dict[str, Any]
    transaction: Transaction | None
