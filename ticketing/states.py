"""States: where things stand that entries of the register move on, such as a hold or an idempotency key.

A state is a small object under a name (`hold:…`), made anew by each entry that concerns it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ticketing.entry import RegisterEntry
from ticketing.postings import LedgerError

Body = dict[str, Any]
State = dict[str, Any]
States = dict[str, State]


class Standing(Protocol):
    """What the rules read."""

    def find_state(self, name: str) -> State | None:
        """The state of that name."""
        ...

    def find_entry(self, seq: int) -> RegisterEntry | None:
        """One entry of the register."""
        ...

    def balance(self, account: str) -> int:
        """The balance of an account in cents, debits positive."""
        ...


Rule = Callable[[RegisterEntry, Body, Standing], States]


def get_state(rows: Standing, name: str) -> State:
    """The state of that name. Raises LedgerError when there is none."""
    state = rows.find_state(name)
    if state is None:
        raise LedgerError(f"there is no {name}")
    return state


def get_cents(body: Body, name: str = "amount_cents", least: int = 1) -> int:
    """An amount of a body. Raises LedgerError unless it is a whole number of at least `least`."""
    cents = body[name]
    if type(cents) is not int or cents < least:
        raise LedgerError(f"{name} must be a whole number of cents from {least} on, not {cents!r}")
    return cents
