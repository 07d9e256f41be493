"""What the acts need of the register's and the ledger's storage."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from ticketing.entry import RegisterEntry, Transaction


class Register(Protocol):
    """The rows of the hash chain. Only `mobility.acts.record` adds any."""

    def head(self) -> RegisterEntry | None:
        """The last entry; None before the first."""
        ...

    def add_all(self, entries: Sequence[RegisterEntry]) -> None:
        """Add the entries that follow the head."""
        ...

    def find_entry(self, seq: int) -> RegisterEntry | None:
        """One entry."""
        ...

    def list_entries(
        self, first_seq: int = 1, last_seq: int | None = None, kinds: Collection[str] = ()
    ) -> Iterator[RegisterEntry]:
        """Entries by seq, both ends included, as a stream; `kinds`: of these alone (empty: all)."""
        ...

    def find_period(self, period: str) -> tuple[int, int] | None:
        """The first and the last seq of a month; None when it has no entry."""
        ...


class LedgerTable(Protocol):
    """The rows of the ledger. Only `mobility.acts.record` adds any."""

    def post_all(self, transactions: Sequence[Transaction]) -> None:
        """Add transactions, and what they move to the stored balances."""
        ...

    def find_transaction(self, id: str) -> Transaction | None:
        """One transaction."""
        ...

    def find_reversal(self, id: str) -> str | None:
        """The id of the transaction that reverses this one."""
        ...

    def balance(self, account: str) -> int:
        """The stored balance in cents, debits positive; 0 of an account nothing was ever posted to."""
        ...

    def list_balances(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """The stored balances of the accounts that begin with `prefix`, by account, without those of zero."""
        ...

    def list_transactions(self, account: str = "", first_seq: int = 1) -> Iterator[Transaction]:
        """Transactions by seq, as a stream, from that of entry `first_seq` on; `account`: those that touch it."""
        ...
