"""What the acts need of the register's and the ledger's storage."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

from ticketing.entry import RegisterEntry, Transaction
from ticketing.ledger import LedgerRows, RegisterRows
from ticketing.root import SignedRoot
from ticketing.signing import SigningKey
from ticketing.states import State


class Register(RegisterRows, Protocol):
    """The rows of the hash chain. Only `mobility.acts.record` adds any."""

    def list_entries(
        self, first_seq: int = 1, last_seq: int | None = None, kinds: Collection[str] = ()
    ) -> Iterator[RegisterEntry]:
        """Entries by seq, both ends included, as a stream; `kinds`: of these alone (empty: all)."""
        ...

    def find_period(self, period: str) -> tuple[int, int] | None:
        """The first and the last seq of a month; None when it has no entry."""
        ...

    def count_kinds(self, first_seq: int, last_seq: int) -> dict[str, int]:
        """How many entries of each kind there are, both ends included."""
        ...

    def add_root(self, root: SignedRoot) -> None:
        """Keep the signed root of a month."""
        ...

    def list_roots(self) -> list[SignedRoot]:
        """All signed roots, by month."""
        ...


class SigningKeys(Protocol):
    """The secret keys that sign monthly roots, in a place of their own."""

    def load(self) -> list[SigningKey]:
        """All keys, the oldest first; the first call ever makes one."""
        ...

    def add(self) -> SigningKey:
        """Make one more."""
        ...


class LedgerTable(LedgerRows, Protocol):
    """The rows of the ledger. Only `mobility.acts.record` adds any."""

    def find_transaction(self, id: str) -> Transaction | None:
        """One transaction."""
        ...

    def find_reversal(self, id: str) -> str | None:
        """The id of the transaction that reverses this one."""
        ...

    def list_states(self, prefix: str = "") -> Iterator[tuple[str, State]]:
        """The states (`ticketing.states`) whose names begin with `prefix`, by name."""
        ...

    def list_balances(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """The stored balances of the accounts that begin with `prefix`, by account, without those of zero."""
        ...

    def list_transactions(self, account: str = "", first_seq: int = 1) -> Iterator[Transaction]:
        """Transactions by seq, as a stream, from that of entry `first_seq` on; `account`: those that touch it."""
        ...

    def list_movements(self, first_seq: int, last_seq: int) -> Iterator[tuple[str, int, int]]:
        """(account, debits, credits), in cents and neither negative, of the postings of these entries; in no order."""
        ...

    def list_postings(self, account: str, first_seq: int = 1) -> Iterator[tuple[int, int]]:
        """The stored postings of an account: (seq of the entry, cents), by seq, as a stream."""
        ...
