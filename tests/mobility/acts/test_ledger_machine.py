"""The ten invariants of the ledger after every step of whatever may happen, crashes included.

Each step is taken in the database and in the book in memory, which must agree; both are held against the naive twin,
which looks every figure up in the list of what was entered.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mobility.acts.receive_payment import receive_payment_event, settle_payment
from mobility.acts.record import record
from mobility.storage import migrations
from mobility.storage.database import open_database
from mobility.storage.unit_of_work import SqlUnitOfWork, units_of_work
from tests.naive import ledger as naive
from tests.ticketing import bodies
from ticketing.canonical_json import from_canonical
from ticketing.entry import RegisterEntry
from ticketing.ledger import KEY, Book
from ticketing.money import apportion
from ticketing.payments import discrepancies, fold_events, is_valid
from ticketing.postings import BANK, LedgerError, postings_of, withdrawal_body
from ticketing.verify_chain import verify_chain

NOW = dt.datetime(2026, 10, 3, 12, tzinfo=dt.UTC)
DRIVERS, PEOPLE = ("d1", "d2"), ("p1", "p2")
CENTS = st.integers(0, 500)
CRASHES = st.sampled_from(["", "", "", "while posting", "before the commit", "after the commit"])


class CrashError(Exception):
    """The process is gone."""


@cache
def empty_database() -> Path:
    """A migrated database without a row."""
    path = Path(tempfile.mkdtemp()) / "empty.sqlite"
    engine = open_database(f"sqlite:///{path}")
    migrations.upgrade(engine)
    engine.dispose()
    return path


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
        shutil.copy(empty_database(), self.folder / "test.sqlite")
        self.engine = open_database(f"sqlite:///{self.folder / 'test.sqlite'}")
        self.begin = units_of_work(self.engine)
        self.book = Book()
        self.entries: list[RegisterEntry] = []
        self.entered: naive.Entered = []
        self.names = 0
        self.stories: dict[str, list[dict[str, Any]]] = {}

    def teardown(self) -> None:
        """What providers have to say is said in the end, and then they and the book agree."""
        rng = random.Random(len(self.entered))
        for hold, story in self.stories.items():
            for event in rng.sample(story, len(story)):
                self.tell(event, "")
            with self.begin() as work:
                payment, state = (
                    work.ledger.find_state(f"payment:{hold}"),
                    work.ledger.find_state(f"hold:{hold}"),
                )
            assert payment is not None
            assert state is not None
            assert discrepancies(payment, state) == []
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

    def tell(self, event: dict[str, Any], crash: str) -> None:
        """A provider tells; it tells again when it is not answered."""
        if crash:
            with contextlib.suppress(CrashError), self.begin() as work:
                self.crash(work, crash)
                receive_payment_event(work, event, NOW)
                if crash == "after the commit":
                    work.commit()
                raise CrashError
        with self.begin() as work:
            receive_payment_event(work, event, NOW)
            work.commit()
        receive_payment_event(BookWork(self.book), event, NOW)  # type: ignore[arg-type]
        self.catch_up()

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

    @rule(person=st.sampled_from(PEOPLE), cents=CENTS, crash=CRASHES)
    def hold(self, person: str, cents: int, crash: str) -> None:
        self.enter("hold", bodies.hold(self.name(), cents, person), crash)

    def own_holds(self) -> list[dict[str, Any]]:
        return [body for _, body in self.of_kind("hold") if body["hold"] not in self.stories]

    @rule(pick=st.integers(0), cents=CENTS, crash=CRASHES)
    def capture(self, pick: int, cents: int, crash: str) -> None:
        if holds := self.own_holds():
            hold = holds[pick % len(holds)]
            self.enter("capture", bodies.capture(hold["hold"], cents, hold["person"]), crash)

    @rule(pick=st.integers(0))
    def release(self, pick: int) -> None:
        if holds := self.own_holds():
            self.enter("release", {"hold": holds[pick % len(holds)]["hold"], "reason": "expired"})

    @rule(pick=st.integers(0), which=st.integers(0), cents=CENTS, crash=CRASHES)
    def refund(self, pick: int, which: int, cents: int, crash: str) -> None:
        if not (holds := self.own_holds()):
            return
        hold = holds[pick % len(holds)]["hold"]
        of_it = [one["entitlement"] for one in naive.bodies(self.entered, "entitlement", hold=hold)]
        right = ([*of_it, ""])[which % (len(of_it) + 1)]
        self.enter("refund", bodies.refund(hold, f"r{which % 3}", cents, right), crash)

    @rule(pick=st.integers(0), cents=CENTS, granted=st.booleans(), crash=CRASHES)
    def entitle(self, pick: int, cents: int, granted: bool, crash: str) -> None:
        holds = [body for _, body in self.of_kind("hold")]
        if granted or not holds:
            self.enter("entitlement", bodies.entitlement(self.name(), 0), crash)
        else:
            hold = holds[pick % len(holds)]
            body = bodies.entitlement(self.name(), cents, hold["hold"], hold["person"])
            self.enter("entitlement", body, crash)

    @rule(pick=st.integers(0))
    def revoke(self, pick: int) -> None:
        if rights := self.of_kind("entitlement"):
            name = rights[pick % len(rights)][1]["entitlement"]
            self.enter("revocation", {"entitlement": name, "reason": "fraud"})

    @rule(cents=st.integers(1, 500), taken=st.integers(0, 500), back=st.integers(0, 500))
    def begin_payment(self, cents: int, taken: int, back: int) -> None:
        """A payment that only its provider's events will move."""
        name, taken = self.name(), min(cents, taken)
        parts = [part for part in (min(back, taken) // 2, (min(back, taken) + 1) // 2) if part]
        story = [bodies.event(f"{name}/a", name, "authorised", cents)]
        story.append(bodies.event(f"{name}/c", name, "captured" if taken else "voided", taken))
        if taken:
            # Running totals: an early event may tell less of the same refund.
            story += [
                bodies.event(f"{name}/r{index}", name, "refunded", part, f"{name}-{index}")
                for index, part in enumerate(parts)
            ]
        self.stories[name] = story
        self.enter("hold", bodies.hold(name, cents))

    @rule(pick=st.integers(0), which=st.integers(0), crash=CRASHES)
    def hear(self, pick: int, which: int, crash: str) -> None:
        if stories := list(self.stories.values()):
            story = stories[pick % len(stories)]
            self.tell(story[which % len(story)], crash)

    @rule(pick=st.integers(0), cents=st.integers(1, 500))
    def hear_another_thing_under_the_same_name(self, pick: int, cents: int) -> None:
        if events := self.of_kind("payment-event"):
            body = {key: value for key, value in events[pick % len(events)][1].items() if key != KEY}
            with pytest.raises(LedgerError, match="something else before"):
                self.tell(body | {"amount_cents": body["amount_cents"] + cents}, "")

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
        """Invariants 7 and 10, and the meaning of every account."""
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
        assert stored.get("provider:sandbox", 0) == naive.at_provider(self.entered)
        assert sum(stored.values()) == 0
        for _, body in self.of_kind("entitlement"):
            state = states[f"entitlement:{body['entitlement']}"]
            valid = is_valid(state, states.get(f"hold:{body['hold']}"))
            assert valid == naive.may_travel(self.entered, body["entitlement"])

    @invariant()
    def holds_and_refunds_keep_within(self) -> None:
        """Invariants 3, 4 and 8."""
        for _, body in self.of_kind("hold"):
            name = body["hold"]
            captures = naive.bodies(self.entered, "capture", hold=name)
            refunds = naive.bodies(self.entered, "refund", hold=name)
            captured = sum(one["amount_cents"] for one in captures)
            assert len(captures) + len(naive.bodies(self.entered, "release", hold=name)) <= 1
            assert captured <= body["amount_cents"]
            assert sum(one["amount_cents"] for one in refunds) <= captured
            assert sum(apportion(captured, [250, 275, len(refunds)])) == captured

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

    @invariant()
    def events_mean_the_same_in_any_order(self) -> None:
        """Invariant 6."""
        for name in self.stories:
            payment = self.book.states.get(f"payment:{name}")
            if payment is not None:
                heard = list(payment["events"].values())
                twice = random.Random(len(self.entries)).sample(heard * 2, len(heard) * 2)
                assert fold_events(twice) == fold_events(heard)

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
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_settling_needs_both_sides() -> None:
    """An event of an unknown hold, or a hold nothing was told of, moves nothing."""
    book = Book()
    work: Any = BookWork(book)
    receive_payment_event(work, bodies.event("e1", "h1", "captured", 100), NOW)
    record(work, "hold", bodies.hold("h2", 100), NOW)
    settle_payment(work, "h2", NOW)
    assert book.balances == {}
    record(work, "hold", bodies.hold("h1", 100), NOW)
    settle_payment(work, "h1", NOW)
    assert book.balances == {"provider:sandbox": 100, "passenger:p1": -100}


def test_the_vector_of_the_card() -> None:
    """2.75 € by 250:275 is 131 and 144 cents."""
    assert apportion(275, [250, 275]) == [131, 144]


def test_a_part_of_the_price_is_not_the_price() -> None:
    """Invariant 7: what was sold on a hold is valid when all of it is paid, and not before."""
    book = Book()
    work: Any = BookWork(book)
    record(work, "hold", bodies.hold("h1", 300), NOW)
    record(work, "hold", bodies.hold("h2", 300), NOW)
    for name, cents, hold in (("e1", 150, "h1"), ("e2", 150, "h1"), ("e3", 150, "h2")):
        record(work, "entitlement", bodies.entitlement(name, cents, hold), NOW)

    def valid(name: str) -> bool:
        state = book.states[f"entitlement:{name}"]
        return is_valid(state, book.states.get(f"hold:{state['hold']}"))

    assert not valid("e1")
    record(work, "capture", bodies.capture("h1", 299), NOW)
    record(work, "capture", bodies.capture("h2", 150), NOW)
    assert [valid(name) for name in ("e1", "e2", "e3")] == [False, False, True]
    record(work, "refund", bodies.refund("h2", "r1", 100), NOW)
    assert valid("e3")
    record(work, "refund", bodies.refund("h2", "r2", 50, "e3"), NOW)
    assert not valid("e3")
    record(work, "entitlement", bodies.entitlement("e4", 0), NOW)
    assert valid("e4")
    record(work, "revocation", {"entitlement": "e4", "reason": "fraud"}, NOW)
    assert not valid("e4")
    with pytest.raises(LedgerError, match="names no hold"):
        record(work, "entitlement", bodies.entitlement("e5", 1), NOW)
