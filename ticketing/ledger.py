"""The double-entry ledger: entries of the register become balanced postings and states, or are refused.

Ten invariants hold after every step:

1. every transaction sums to zero, in whole cents;
2. nothing is changed; a correction is a reversal, exact, and once;
3. a hold is resolved at most once, with at most what was held;
4. no more is refunded than was captured;
5. an idempotency key means one entry: the same again gives that entry, another content is refused;
6. what a payment provider tells may come twice and in any order, and means the same;
7. an entitlement is valid if and only if it is paid or granted, and not revoked;
8. parts of an amount sum to it exactly (`ticketing.money.apportion`);
9. the total of a payout is the sum of its lines and of what it debits;
10. stored balances are what a replay of the register gives.

What follows from an entry is a pure function of it and of the rows before (`effects_of`), so that the database and the
book in memory, which an auditor replays an archive with, cannot come apart.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol

from ticketing.canonical_json import from_stored, to_canonical
from ticketing.entry import RegisterEntry, Transaction
from ticketing.entry_rules import RULES
from ticketing.postings import LedgerError, transaction_of
from ticketing.register import append, genesis
from ticketing.states import Body, Standing, State, States

KEY = "idempotency_key"
"""The field of a body that makes its entry one that is made once."""

_ACCOUNT = re.compile(r"[a-z][a-z-]{0,31}:[!-~]{1,80}", re.ASCII)


class KeyReusedError(LedgerError):
    """An idempotency key was used for something else before."""


class RegisterRows(Protocol):
    """Where entries are kept."""

    def head(self) -> RegisterEntry | None:
        """The last entry; None before the first."""
        ...

    def add_all(self, entries: Sequence[RegisterEntry]) -> None:
        """Add the entries that follow the head."""
        ...

    def find_entry(self, seq: int) -> RegisterEntry | None:
        """One entry."""
        ...


class LedgerRows(Protocol):
    """Where postings, balances and states are kept."""

    def post_all(self, transactions: Sequence[Transaction]) -> None:
        """Add transactions, and what they move to the balances."""
        ...

    def put_states(self, states: Mapping[str, State], seq: int) -> None:
        """States, instead of those of their names; `seq`: of the entry that says so."""
        ...

    def find_state(self, name: str) -> State | None:
        """The state of that name, kept from others until the end of the transaction."""
        ...

    def balance(self, account: str) -> int:
        """The balance of an account in cents, debits positive; 0 of one nothing was ever posted to."""
        ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What follows from an entry."""

    transaction: Transaction | None
    states: States


def check_transaction(transaction: Transaction) -> None:
    """Invariant 1. Raises LedgerError."""
    total = 0
    for posting in transaction.postings:
        if type(posting.amount_cents) is not int:
            raise LedgerError(f"{transaction.id}: {posting.amount_cents!r} is no whole number of cents")
        if not _ACCOUNT.fullmatch(posting.account):
            raise LedgerError(f"{transaction.id}: {posting.account!r} names no account")
        total += posting.amount_cents
    if total:
        raise LedgerError(f"{transaction.id} does not balance: {total} cents are left")


def effects_of(entry: RegisterEntry, body: Body, rows: Standing) -> Effects:
    """What follows from an entry, where `rows` stand before it. Raises LedgerError when it may not be."""
    transaction = transaction_of(entry, body)
    if transaction is not None:
        check_transaction(transaction)
    rule = RULES.get(entry.kind)
    try:
        states = {} if rule is None else rule(entry, body, rows)
    except (KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"the body of a {entry.kind} is not as it must be: {error!r}") from error
    if KEY in body:
        states[f"key:{body[KEY]}"] = {"content": _content(entry.kind, entry.body), "seq": entry.seq}
    return Effects(transaction, states)


def enter_all(
    register: RegisterRows,
    ledger: LedgerRows,
    items: Iterable[tuple[str, Body]],
    at: dt.datetime,
    period: str | None = None,
) -> list[RegisterEntry]:
    """Append entries and all that follows from them, in order; those of a known idempotency key are found, not made.

    The caller holds what keeps others from appending. Raises RegisterError, PeriodClosedError, CanonicalJsonError and
    LedgerError; then some of the entries may be added, and the caller takes all of it back (its transaction).
    """
    rows = _Rows(register, ledger)
    head = register.head()
    if head is None:
        head = genesis(at)
        rows.add(head, None)
    entered = []
    for kind, body in items:
        if KEY in body and (known := _find_made(rows, kind, body)) is not None:
            entered.append(known)
            continue
        entry = append(head, kind, body, at, period)
        effects = effects_of(entry, body, rows)
        rows.add(entry, effects.transaction)
        if effects.states:
            rows.put_states(effects.states, entry.seq)
        head = entry
        entered.append(entry)
    rows.flush()
    return entered


def _find_made(rows: _Rows, kind: str, body: Body) -> RegisterEntry | None:
    """Invariant 5."""
    state = rows.find_state(f"key:{body[KEY]}")
    if state is None:
        return None
    if state["content"] != _content(kind, to_canonical(body)):
        raise KeyReusedError(f"the idempotency key {body[KEY]!r} was used for something else before")
    return rows.find_entry(state["seq"])


def _content(kind: str, body: bytes) -> str:
    return sha256(kind.encode() + b"\n" + body).hexdigest()


class _Rows:
    """Rows that are written many at once, and before anything is read of them."""

    def __init__(self, register: RegisterRows, ledger: LedgerRows) -> None:
        self._register, self._ledger = register, ledger
        self._entries: list[RegisterEntry] = []
        self._transactions: list[Transaction] = []

    def add(self, entry: RegisterEntry, transaction: Transaction | None) -> None:
        self._entries.append(entry)
        if transaction is not None:
            self._transactions.append(transaction)

    def flush(self) -> None:
        self._register.add_all(self._entries)
        self._ledger.post_all(self._transactions)
        self._entries, self._transactions = [], []

    def put_states(self, states: States, seq: int) -> None:
        self._ledger.put_states(states, seq)

    def find_state(self, name: str) -> State | None:
        return self._ledger.find_state(name)

    def find_entry(self, seq: int) -> RegisterEntry | None:
        self.flush()
        return self._register.find_entry(seq)

    def balance(self, account: str) -> int:
        self.flush()
        return self._ledger.balance(account)


@dataclass
class Book:
    """The register's and the ledger's rows in memory: for replaying what was exported, and for tests.

    `balances` and `states` may begin where an earlier month ended; entries before that are then given by `known`.
    """

    entries: list[RegisterEntry] = field(default_factory=list)
    balances: dict[str, int] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    known: dict[int, RegisterEntry] = field(default_factory=dict)
    keeps_entries: bool = True
    """False: replayed grants alone are remembered, by `known`, since they may be withdrawn."""

    def head(self) -> RegisterEntry | None:
        return self.entries[-1] if self.entries else None

    def add_all(self, entries: Sequence[RegisterEntry]) -> None:
        self.entries.extend(entries)
        self.known.update((entry.seq, entry) for entry in entries)

    def find_entry(self, seq: int) -> RegisterEntry | None:
        return self.known.get(seq)

    def post_all(self, transactions: Sequence[Transaction]) -> None:
        for transaction in transactions:
            for posting in transaction.postings:
                self.balances[posting.account] = self.balances.get(posting.account, 0) + posting.amount_cents

    def put_states(self, states: Mapping[str, State], seq: int) -> None:
        self.states.update(states)

    def find_state(self, name: str) -> State | None:
        return self.states.get(name)

    def balance(self, account: str) -> int:
        return self.balances.get(account, 0)

    def enter(self, kind: str, body: dict[str, Any], at: dt.datetime) -> RegisterEntry:
        """Append one entry and what follows from it; nothing when it is refused. Raises as `enter_all`."""
        return enter_all(self, self, [(kind, body)], at)[0]

    def replay(self, entry: RegisterEntry) -> Effects:
        """Follow an entry that stands in a register. Raises LedgerError when it should never have been made."""
        body = from_stored(entry.body)
        effects = effects_of(entry, body, self)
        self.post_all([] if effects.transaction is None else [effects.transaction])
        self.put_states(effects.states, entry.seq)
        if self.keeps_entries:
            self.add_all([entry])
        elif entry.kind == "grant":
            self.known[entry.seq] = entry
        return effects
