"""The book of sales and the register in memory: what the acts of sales use of a unit of work, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from ticketing.entry import RegisterEntry
from ticketing.ledger import Book
from ticketing.sales.chain import Chain
from ticketing.sales.days import next_day
from ticketing.sales.entry import SalesEntry


class MemoryJournal:
    """The book of sales in memory."""

    def __init__(self) -> None:
        self.entries: list[SalesEntry] = []
        self.chains: dict[str, Chain] = {}
        self.closed: list[tuple[str, int]] = []

    def load(self, order_id: str) -> Chain:
        return self.chains.get(order_id, Chain(order_id))

    find = load

    def append(self, entries: list[SalesEntry], chain: Chain) -> None:
        self.entries += entries
        self.chains[chain.order_id] = chain

    def list_entries(self, order_id: str) -> list[SalesEntry]:
        return [one for one in self.entries if one.order_id == order_id]

    def list_span(self, first_day: str, last_day: str) -> Iterator[SalesEntry]:
        found = [one for one in self.entries if first_day <= one.day <= last_day]
        yield from sorted(found, key=lambda one: (one.order_id, one.n))

    def open_book(self, order_id: str, day: str) -> tuple[str, Chain]:
        return max(day, next_day(self.closed[-1][0])) if self.closed else day, self.load(order_id)

    def hold_day(self, day: str) -> None:
        """One thread."""

    def close_day(self, day: str, seq: int) -> None:
        self.closed.append((day, seq))

    def find_days(self) -> tuple[str, str]:
        return min((one.day for one in self.entries), default=""), self.closed[-1][0] if self.closed else ""

    def list_closed(self) -> list[tuple[str, int]]:
        return self.closed


class MemoryRegister(Book):
    """The register in memory, with what acts of sales use of it."""

    def list_entries(
        self, first_seq: int = 1, last_seq: int | None = None, kinds: tuple[str, ...] = ()
    ) -> list[RegisterEntry]:
        return [one for one in self.entries if not kinds or one.kind in kinds]


class MemoryWork:
    """A unit of work on both."""

    def __init__(self) -> None:
        self.sales_journal, self.register = MemoryJournal(), MemoryRegister()
        self.ledger = self.register
        self.scans = SimpleNamespace(list_span=lambda *_: ())
        self.payouts = SimpleNamespace(find_payout=lambda seq: None)  # without files for a bank

    def __call__(self, **_: Any) -> MemoryWork:
        return self

    def __enter__(self) -> MemoryWork:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""

    def lock(self, name: str) -> None:
        """One thread."""

    def commit(self) -> None:
        """It is so already: acts refuse before they write anything."""
