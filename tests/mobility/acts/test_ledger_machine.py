"""The invariants of the register's ledger after every step of whatever may happen, crashes included.

Each step is taken in the database and in the book in memory, which must agree; both are held against the naive twin,
which looks every figure up in the list of what was entered.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mobility.acts.record import record
from mobility.storage.unit_of_work import SqlUnitOfWork, units_of_work
from tests.migrated import open_migrated
from tests.naive import ledger as naive
from tests.ticketing import bodies
from ticketing.canonical_json import from_canonical
from ticketing.entry import RegisterEntry
from ticketing.ledger import KEY, Book
from ticketing.money import apportion
from ticketing.postings import BANK, RETIRED, LedgerError, postings_of, withdrawal_body
from ticketing.verify_chain import verify_chain

NOW = dt.datetime(2026, 10, 3, 12, tzinfo=dt.UTC)
DRIVERS, PEOPLE = ("d1", "d2"), ("p1", "p2")
CENTS = st.integers(0, 500)
CRASHES = st.sampled_from(["", "", "", "while posting", "before the commit", "after the commit"])


class CrashError(Exception):
    """The process is gone."""


class BookWork:
    """A unit of work on the book in memory: what acts of the ledger use of one."""

    def __init__(self, book: Book) -> None:
        self.register = self.ledger = book

    def lock(self, name: str) -> None:
        """One thread."""


class Ledger(RuleBasedStateMachine):
    """What may happen to money."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.engine = open_migrated(self.folder / "test.sqlite")
        self.begin = units_of_work(self.engine)
        self.book = Book()
        self.entries: list[RegisterEntry] = []
        self.entered: naive.Entered = []
        self.names = 0

    def teardown(self) -> None:
        """From zero again."""
        self.check_entries()
        self.engine.dispose()
        shutil.rmtree(self.folder)

    def name(self) -> str:
        """A new one."""
        self.names += 1
        return f"n{self.names}"

    def of_kind(self, kind: str) -> list[tuple[int, dict[str, Any]]]:
        """(seq, body) of what was entered."""
        return [(seq, body) for seq, one, body in self.entered if one == kind]

    def enter(self, kind: str, body: dict[str, Any], crash: str = "") -> Any:
        """One step, in both; after a crash it is tried again, as clients do. The entry, or why it was refused."""
        keyed = body | {KEY: body.get(KEY, self.name())}
        if crash:
            with contextlib.suppress(CrashError, LedgerError), self.begin() as work:
                self.crash(work, crash)
                record(work, kind, keyed, NOW)
                if crash == "after the commit":
                    work.commit()
                raise CrashError
        here = self.attempt(lambda: self.record_in_database(kind, keyed))
        there = self.attempt(lambda: record(BookWork(self.book), kind, keyed, NOW))  # type: ignore[arg-type]
        assert here == there
        self.catch_up()
        return here

    @staticmethod
    def crash(work: SqlUnitOfWork, how: str) -> None:
        """Prepare one."""
        if how == "while posting":

            def post_all(transactions: Any) -> None:
                raise CrashError

            work.ledger.post_all = post_all  # type: ignore[method-assign]

    def record_in_database(self, kind: str, body: dict[str, Any]) -> RegisterEntry:
        with self.begin() as work:
            entry = record(work, kind, body, NOW)
            work.commit()
        return entry

    @staticmethod
    def attempt(act: Any) -> Any:
        try:
            return act()
        except LedgerError as error:
            return str(error)

    def catch_up(self) -> None:
        """See what is new in the register; what was there before is as it was (invariant 2)."""
        with self.begin(read_only=True) as work:
            entries = list(work.register.list_entries())
        assert entries[: len(self.entries)] == self.entries
        for entry in entries[len(self.entries) :]:
            self.entered.append((entry.seq, entry.kind, from_canonical(entry.body)))
        self.entries = entries

    @initialize()
    def begin_register(self) -> None:
        self.enter("refusal", {"trip_id": "t0"})

    @rule(driver=st.sampled_from(DRIVERS), cents=CENTS, fare=st.sampled_from([0, 150]), crash=CRASHES)
    def grant(self, driver: str, cents: int, fare: int, crash: str) -> None:
        fares = tuple((person, fare) for person in PEOPLE[: 1 + cents % 2])
        self.enter("grant", bodies.grant(len(self.entries), driver, cents, fares), crash)

    @rule(pick=st.integers(0), crash=CRASHES)
    def withdraw(self, pick: int, crash: str) -> None:
        grants = [entry for entry in self.entries if entry.kind == "grant"]
        if grants:
            body = withdrawal_body(grants[pick % len(grants)], "cancelled")
            self.enter("withdrawal", body, crash)
            assert "reversed already" in self.enter("withdrawal", body)

    @rule(more=st.sampled_from([0, 0, 0, 1]), least=st.integers(0, 300), crash=CRASHES)
    def pay_out(self, more: int, least: int, crash: str) -> None:
        owed = {driver: naive.owed_to_driver(self.entered, driver) for driver in DRIVERS}
        lines = [(driver, cents + more) for driver, cents in owed.items() if cents > least]
        if lines:
            outcome = self.enter("payout", bodies.payout(*lines), crash)
            assert ("cannot be paid" in outcome) if more else outcome.kind == "payout"

    @rule(pick=st.integers(0), cents=CENTS, crash=CRASHES)
    def bank_returns(self, pick: int, cents: int, crash: str) -> None:
        if payouts := self.of_kind("payout"):
            seq, body = payouts[pick % len(payouts)]
            line = body["lines"][pick % len(body["lines"])]
            back = line["amount_cents"] if cents % 2 else cents
            returned = {"payout_seq": seq, "driver": line["driver"], "amount_cents": back}
            self.enter("payout-return", returned, crash)

    @rule(pick=st.integers(0))
    def ask_again(self, pick: int) -> None:
        """Invariant 5: the same key and content is the same entry, another content is refused."""
        keyed = [(seq, kind, body) for seq, kind, body in self.entered if KEY in body]
        seq, kind, body = keyed[pick % len(keyed)]
        before = len(self.entries)
        assert self.record_in_database(kind, body).seq == seq
        with pytest.raises(LedgerError):
            self.record_in_database(kind, body | {"more": 1})
        self.catch_up()
        assert len(self.entries) == before

    @invariant()
    def figures_are_those_of_the_twin(self) -> None:
        """Invariant 10, and the meaning of every account."""
        if not self.entries:
            return
        with self.begin(read_only=True) as work:
            stored = dict(work.ledger.list_balances())
            states = dict(work.ledger.list_states())
        assert stored == {account: cents for account, cents in self.book.balances.items() if cents}
        assert states == self.book.states
        for driver in DRIVERS:
            assert -stored.get(f"driver:{driver}", 0) == naive.owed_to_driver(self.entered, driver)
        for person in PEOPLE:
            assert stored.get(f"passenger:{person}", 0) == naive.owed_by_passenger(self.entered, person)
        assert stored.get("subsidy:lines", 0) == naive.consumed(self.entered)
        assert sum(stored.values()) == 0

    @invariant()
    def reversals_keys_and_payouts_are_single_and_exact(self) -> None:
        """Invariants 2, 5 and 9."""
        withdrawn = naive.withdrawn(self.entered)
        assert len(withdrawn) == len(set(withdrawn))
        keys = [body[KEY] for _, _, body in self.entered if KEY in body]
        assert len(keys) == len(set(keys))
        for seq, body in self.of_kind("payout"):
            transaction = postings_of(self.entries[seq - 1])
            assert transaction is not None
            debits = sum(one.amount_cents for one in transaction.postings if one.amount_cents > 0)
            (bank,) = [-one.amount_cents for one in transaction.postings if one.account == BANK]
            assert body["total_cents"] == sum(one["amount_cents"] for one in body["lines"]) == debits == bank

    def check_entries(self) -> None:
        """Invariants 1, 2 and 10, from zero; and the chain."""
        replayed = Book()
        for entry in self.entries:
            transaction = replayed.replay(entry).transaction
            assert transaction is None or sum(one.amount_cents for one in transaction.postings) == 0
            if entry.kind == "withdrawal":
                grant = postings_of(self.entries[from_canonical(entry.body)["grant_seq"] - 1])
                opposite = (
                    {} if transaction is None else {p.account: -p.amount_cents for p in transaction.postings}
                )
                assert opposite == (
                    {} if grant is None else {p.account: p.amount_cents for p in grant.postings}
                )
        assert replayed.balances == self.book.balances
        assert replayed.states == self.book.states
        assert list(verify_chain(self.entries)) == []


LedgerMachine = Ledger.TestCase
LedgerMachine.settings = settings(
    max_examples=15,
    stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_the_vector_of_the_card() -> None:
    """2.75 € by 250:275 is 131 and 144 cents."""
    assert apportion(275, [250, 275]) == [131, 144]


def test_what_stands_in_the_books_of_orders_is_not_entered_here() -> None:
    """Registers of long ago may hold such entries; new ones may not."""
    work: Any = BookWork(Book())
    fields = dict.fromkeys(("provider", "person", "product"), "x")
    for kind in sorted(RETIRED):
        with pytest.raises(LedgerError, match="in the book of its order"):
            record(work, kind, fields | {"amount_cents": 1, "price_cents": 1}, NOW)
