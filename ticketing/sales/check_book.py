"""The book of sales checked from zero: every chain, every rule, every day that the register seals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticketing.canonical_json import CanonicalJsonError
from ticketing.postings import LedgerError
from ticketing.sales.chain import Chain, replay
from ticketing.sales.days import DaySums
from ticketing.sales.entry import SalesEntry
from ticketing.sales.postings import CARRIED


class BookError(ValueError):
    """The book of sales is not what it should be; the message says which order and entry, or which day."""


class BookCheck:
    """Takes all entries by order (by code points) and number; memory is that of one order at a time.

    `sealed`: what the register says of each day, by day. Entries of other days are followed, and are in no sum.
    """

    def __init__(self, sealed: Mapping[str, Mapping[str, Any]]) -> None:
        self._sealed = sealed
        self._days = {day: DaySums(day) for day in sealed}
        self.chain = Chain("")
        self.orders = self.entries = 0

    def add(self, entry: SalesEntry) -> Chain:
        """The next entry; the chain of its order after it. Raises BookError."""
        if entry.order_id != self.chain.order_id:
            if entry.order_id < self.chain.order_id:
                raise BookError(f"order {entry.order_id} is not in its place: orders are sorted")
            self.chain = Chain(entry.order_id)
            self.orders += 1
        try:
            self.chain = replay(self.chain, entry)
        except (LedgerError, CanonicalJsonError) as error:
            raise BookError(f"order {entry.order_id}, entry {entry.n} ({entry.kind}): {error}") from error
        self.entries += 1
        if entry.day in self._days:
            self._days[entry.day].add(entry)
        return self.chain

    def end(self) -> None:
        """There are no more. Raises BookError when a day is not the one that was sealed."""
        for day, sums in sorted(self._days.items()):
            made = sums.body()
            for name, value in made.items():
                if self._sealed[day].get(name) != value:
                    raise BookError(f"{day} was sealed with other {name} than follow from its entries")
            for account, cents in made["postings"]:
                if account.startswith(CARRIED):
                    raise BookError(
                        f"{day}: {abs(cents)} cents of {account} left one order, or came to one, alone"
                    )
