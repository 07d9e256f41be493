"""What may happen to the money of sales: purchases, shuffled webhooks, partial refunds, exchanges, revocations, closed
days, divided months, payouts and deaths between any two writes. Each step is taken on the database and on the book in
memory, which must agree; both are held against the naive twin."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine

from mobility.accounts.caller import SYSTEM
from mobility.acts.pay_out import PayoutError, PayoutPorts
from mobility.acts.ports import ActPorts
from mobility.acts.sales.clear_month import clear, pay_operators
from mobility.acts.sales.close_day import DayError, close_days
from mobility.acts.sales.pay_out_operators import return_operator_payment
from mobility.acts.sales.post import post
from mobility.acts.sales.sales_tables import check_sales
from mobility.storage.unit_of_work import units_of_work
from tests.contracts.sales_memory import MemoryWork
from tests.mobility.under_fire.dying import Death, Killed, dying
from tests.naive import sales as naive
from ticketing.canonical_json import from_stored
from ticketing.ledger import KEY, Book, KeyReusedError
from ticketing.period import period_end, period_of
from ticketing.postings import BANK, LedgerError
from ticketing.sales.apportionment import DEFAULT, shares_of_change
from ticketing.sales.bodies import lines_of, reversal_body, sale_of
from ticketing.sales.days import day_of
from ticketing.sales.entry import SalesEntry
from ticketing.sales.postings import changes_of, postings_of
from ticketing.sales.rules import available_cents, discrepancies, due_entries, fold_events, is_valid

Item = tuple[str, dict[str, Any]]
DEATHS = st.one_of(
    st.none(),
    st.builds(Death, st.integers(1, 4), st.just("write")),
    st.builds(Death, st.just(1), st.sampled_from(["before commit", "after commit"])),
)
RATES = st.sampled_from([55, 100, 200])
LINE = st.tuples(st.integers(0, 900), RATES, st.sampled_from(["both", "rail", "none", "car"]))
START = dt.datetime(2026, 10, 23, 20, 30, tzinfo=dt.UTC)  # two days before a night of 25 hours


def closed_all(acts: ActPorts) -> None:
    """Who dies in between has closed some of them, so that how many are left is no outcome."""
    close_days(acts, SYSTEM)


class Sales(RuleBasedStateMachine):
    """`entered` is what was entered, for the naive twin; nothing else is remembered of the rules."""

    new_engine: Callable[[], tuple[Engine, Callable[[], None]]]

    @initialize()
    def begin(self) -> None:
        self.engine, self.forget = type(self).new_engine()
        self.work, self.now = MemoryWork(), START
        clock = lambda: self.now  # noqa: E731
        self.stored = ActPorts(units_of_work(self.engine), clock, lambda: "id")
        self.memory = ActPorts(self.work, clock, lambda: "id")  # type: ignore[arg-type]
        self.entered: naive.Entered = []
        self.seen: list[SalesEntry] = []
        self.names, self.owners = 0, dict[str, str]()
        self.stories: dict[tuple[str, str], list[Item]] = {}
        self.paid_out = 0
        self.buy_for_cash([(275, 100, "both"), (150, 100, "rail")], "total", 0, None)

    def name(self) -> str:
        self.names += 1
        return f"n{self.names}"

    def attempt(self, act: Callable[[ActPorts], Any], death: Death | None = None) -> Any:
        """One step on both; who dies begins again. What came of it, or why it was refused."""
        try:
            with dying(self.engine, death) if death is not None else contextlib.nullcontext():
                there = self._outcome(act, self.stored)
        except Killed:
            self.engine.dispose()
            there = self._outcome(act, self.stored)
        here = self._outcome(act, self.memory)
        assert there == here or (death is not None and death.place == "after commit"), (there, here)
        return here

    @staticmethod
    def _outcome(act: Callable[[ActPorts], Any], acts: ActPorts) -> Any:
        try:
            return act(acts)
        except (LedgerError, DayError, PayoutError) as error:
            return str(error)

    def post(self, order: str, items: list[Item], death: Death | None = None) -> Any:
        """Entries of one order; each has a key, so that it may be tried again."""
        keyed = [(kind, {KEY: self.name()} | body) for kind, body in items]
        who = SimpleNamespace(id=order, pseudonym=f"p-{order}")

        def act(acts: ActPorts) -> list[SalesEntry]:
            with acts.unit_of_work() as work:
                entries = post(work, who, keyed, self.now)
                work.commit()
            return entries

        outcome = self.attempt(act, death)
        if not isinstance(outcome, str):
            known = {(one.order_id, one.n) for one in self.seen}
            for one in outcome:
                if (one.order_id, one.n) not in known:
                    self.entered.append((order, one.kind, from_stored(one.body)))
            self.seen += [one for one in outcome if (one.order_id, one.n) not in known]
        return outcome

    def has(self, kind: str) -> bool:
        return any(one == kind for _, one, _ in self.entered)

    def chain(self, order: str) -> dict[str, Any]:
        return dict(self.work.sales_journal.load(order).states)

    def orders(self) -> list[str]:
        return sorted({order for order, _, _ in self.entered})

    def pick(self, number: int) -> str | None:
        known = self.orders()
        return known[number % len(known)] if known else None

    def sale(self, lines: list[tuple[int, int, str]], mode: str) -> dict[str, Any]:
        """The body of a sale of one item; lines go to both operators, one, nobody by name, or a car."""
        item = self.name()
        weights = {"both": [[0, "coach", 250], [1, "rail", 275]], "rail": [[0, "rail", 1]]}
        return {
            "sale": self.name(),
            "tariff": "t1",
            "apportionment": "own-fares",
            "vat_mode": mode,
            "lines": [
                {
                    "line": f"{item}/{number}",
                    "item": item,
                    "product": "single",
                    "kind": "single",
                    "network": {"rail": "rail", "car": "carpool"}.get(whose, "shared"),
                    "cents": cents,
                    "vat_permille": 0 if whose == "car" else rate,
                    "advance": whose == "car",
                    "weights": weights.get(whose, []),
                    "valid_from_s": 0,
                    "valid_until_s": 0,
                }
                for number, (cents, rate, whose) in enumerate(lines)
            ],
        }

    @staticmethod
    def tickets(sale: dict[str, Any], count: int) -> list[Item]:
        item, names = sale["lines"][0]["item"], [line["line"] for line in sale["lines"]]
        return [
            (
                "entitlement",
                {"entitlement": f"{item}-{n}", "item": item, "sale": sale["sale"], "lines": names},
            )
            for n in range(count)
        ]

    @rule(
        lines=st.lists(LINE, min_size=1, max_size=7),
        mode=st.sampled_from(["line", "total"]),
        short=st.sampled_from([0, 0, 0, 1]),
        death=DEATHS,
    )
    def buy_for_cash(self, lines: list[Any], mode: str, short: int, death: Death | None) -> None:
        """At once; of who pays a cent too little nothing is sold."""
        order, sale = self.name(), self.sale(lines, mode)
        cents = sum(line["cents"] for line in sale["lines"])
        taken = {"hold": self.name(), "provider": "cash:agent", "amount_cents": cents - short}
        items: list[Item] = [("cash", taken)] if cents - short > 0 else []
        outcome = self.post(order, [*items, ("sale", sale), *self.tickets(sale, 2)], death)
        assert isinstance(outcome, str) == (short > 0 and cents > 0)

    @rule(
        cents=st.integers(1, 3000),
        taken=st.integers(0, 3000),
        fresh=st.booleans(),
        which=st.integers(0),
        death=DEATHS,
    )
    def begin_payment(self, cents: int, taken: int, fresh: bool, which: int, death: Death | None) -> None:
        """One whose provider alone knows how it goes on."""
        order = (None if fresh else self.pick(which)) or self.name()
        hold, taken = self.name(), min(cents, taken)
        self.post(order, [("hold", {"hold": hold, "provider": "sandbox", "amount_cents": cents})], death)
        parts = [("authorised", cents)] + (
            [("captured", taken // 2), ("captured", taken)] if taken else [("voided", 0)]
        )
        self.stories[order, hold] = [
            ("payment-event", self.event(hold, f"e{n}", kind, total)) for n, (kind, total) in enumerate(parts)
        ]
        self.hear_of(order, hold, random.Random(cents).choices(range(len(parts)), k=5), death)

    @staticmethod
    def event(hold: str, event: str, kind: str, total: int, refund: str = "") -> dict[str, Any]:
        body = {
            "provider": "sandbox",
            "event": f"{hold}/{event}",
            "hold": hold,
            "type": kind,
            "refund": refund,
        }
        return body | {"amount_cents": total, KEY: f"event:sandbox/{hold}/{event}"}

    @precondition(lambda self: self.stories)
    @rule(which=st.integers(0), seed=st.integers(0, 99), count=st.integers(1, 4), death=DEATHS)
    def hear(self, which: int, seed: int, count: int, death: Death | None) -> None:
        """Webhooks come in any order, twice, and some later; the book follows the last figure, not the first it heard:
        what is captured is settled when all was told."""
        order, hold = list(self.stories)[which % len(self.stories)]
        self.hear_of(order, hold, [random.Random(seed).randrange(99) for _ in range(count)], death)

    def hear_of(self, order: str, hold: str, which: list[int], death: Death | None) -> None:
        story = self.stories[order, hold]
        for number in which:
            self.post(order, [story[number % len(story)]], death)
        heard = {body["event"] for body in naive.bodies(self.entered, "payment-event", order, hold=hold)}
        if len(heard) == len(story):
            self.post(order, due_entries(self.chain(order), hold), death)
            assert due_entries(self.chain(order), hold) == []
            assert discrepancies(self.chain(order), hold) == []

    @precondition(lambda self: self.has("capture"))
    @rule(
        which=st.integers(0),
        lines=st.lists(LINE, min_size=1, max_size=4),
        mode=st.sampled_from(["line", "total"]),
        death=DEATHS,
    )
    def sell(self, which: int, lines: list[Any], mode: str, death: Death | None) -> None:
        """What money is there for."""
        order = self.pick(which)
        if order is None:
            return
        sale, left = self.sale(lines, mode), naive.available(self.entered, order)
        cents = sum(line["cents"] for line in sale["lines"])
        outcome = self.post(order, [("sale", sale), *self.tickets(sale, 1)], death)
        assert isinstance(outcome, str) == (cents > left)

    @precondition(lambda self: self.has("sale"))
    @rule(which=st.integers(0), part=st.integers(0, 100), fee=st.integers(0, 60), death=DEATHS)
    def refund(self, which: int, part: int, fee: int, death: Death | None) -> None:
        """A part of an item, or all of it, less a fee, the way it was paid."""
        order = self.pick(which)
        items = sorted({line["item"] for *_, line, _ in naive.lines(self.entered, order)}) if order else []
        holds = [one for kind in ("capture", "cash") for one in naive.bodies(self.entered, kind, order or "")]
        if order is None or not items or not holds:
            return
        states, item = self.chain(order), items[which % len(items)]
        stands = sum(cents for *_, line, cents in naive.lines(self.entered, order) if line["item"] == item)
        cents = None if part == 100 else stands * part // 100
        tickets = [
            name.removeprefix("entitlement:")
            for name, one in states.items()
            if name.startswith("entitlement:") and one["item"] == item and not one["revoked"]
        ]
        body = reversal_body(self.name(), states, [item], "asked for", tickets, cents)
        cents = sum(one["cents"] for one in body["lines"])
        entries: list[Item] = [("reversal", body)]
        kept = min(fee, cents)
        if kept:
            of_fee = {
                "fee": self.name(),
                "item": item,
                "network": "shared",
                "reason": "late",
                "vat_permille": 100,
            }
            entries.append(("fee", of_fee | {"amount_cents": kept}))
        hold = holds[which % len(holds)]
        room = hold["amount_cents"] - sum(
            one["amount_cents"] for one in naive.bodies(self.entered, "refund", order, hold=hold["hold"])
        )
        back = {"refund": self.name(), "hold": hold["hold"], "provider": hold["provider"]}
        given = 0 < cents - kept <= room
        story = self.stories.get((order, hold["hold"]))
        if given:
            entries.append(("refund", back | {"amount_cents": cents - kept}))
            if story is None:  # over the counter: nobody else tells of it
                entries.append(("refund-paid", back | {"amount_cents": cents - kept}))
        assert not isinstance(self.post(order, entries, death), str)
        if given and story is not None:
            told = self.event(hold["hold"], f"e{len(story)}", "refunded", cents - kept, back["refund"])
            story.append(("payment-event", told))
        too_much = naive.captured(self.entered, order, hold["hold"]) + 1
        assert isinstance(
            self.post(order, [("refund", back | {"refund": "x", "amount_cents": too_much})]), str
        )
        if stands:
            again = body | {
                "reversal": self.name(),
                "lines": [one | {"cents": 10**6} for one in body["lines"]],
            }
            assert isinstance(self.post(order, [("reversal", again)]), str)

    @precondition(lambda self: self.has("sale"))
    @rule(which=st.integers(0), lines=st.lists(LINE, min_size=1, max_size=3), death=DEATHS)
    def exchange(self, which: int, lines: list[Any], death: Death | None) -> None:
        """All of an item for another, which must not cost more than is there then: all of it or nothing."""
        order = self.pick(which)
        items = sorted({line["item"] for *_, line, _ in naive.lines(self.entered, order)}) if order else []
        if order is None or not items:
            return
        states, item = self.chain(order), items[which % len(items)]
        tickets = [
            name.removeprefix("entitlement:")
            for name, one in states.items()
            if name.startswith("entitlement:") and one["item"] == item and not one["revoked"]
        ]
        new = self.sale(lines, "total")
        assert lines_of(states, item)
        by = {"item": item, "sale": new["sale"], "by": new["lines"][0]["item"]}
        entries = [
            ("reversal", reversal_body(self.name(), states, [item], "exchange", tickets)),
            ("sale", new),
            *self.tickets(new, 1),
            ("exchange", by),
        ]
        outcome = self.post(order, entries, death)
        if not isinstance(outcome, str):
            assert sale_of(self.chain(order), by["by"]) == new["sale"]
            assert isinstance(self.post(order, [("exchange", by)]), str), "once"

    @precondition(lambda self: self.has("entitlement"))
    @rule(which=st.integers(0), death=DEATHS)
    def revoke(self, which: int, death: Death | None) -> None:
        issued = [(order, body) for order, kind, body in self.entered if kind == "entitlement"]
        if issued:
            order, body = issued[which % len(issued)]
            self.post(order, [("revocation", {"entitlement": body["entitlement"], "reason": "lost"})], death)
            again = self.post(order, [("revocation", {"entitlement": body["entitlement"], "reason": "lost"})])
            assert "revoked already" in again

    @rule(hours=st.integers(1, 40), death=DEATHS)
    def days_pass(self, hours: int, death: Death | None) -> None:
        """What is over is closed, one day after the other; who dies in between has closed those before."""
        self.now += dt.timedelta(hours=hours)
        self.attempt(closed_all, death)

    @precondition(lambda self: self.has("sale"))
    @rule(more=st.sampled_from([0, 0, 1]), death=DEATHS)
    def a_month_passes(self, more: int, death: Death | None) -> None:
        """It is closed and divided, and operators are paid what they are owed, and no cent more."""
        period = period_of(self.now)
        self.now = period_end(period) + dt.timedelta(hours=3)
        self.attempt(closed_all, death)
        assert self.attempt(lambda acts: clear(acts, SYSTEM, period).kind, death) == "sales-clearing"
        assert "already" in self.attempt(lambda acts: clear(acts, SYSTEM, period).kind)
        assert "not all days" in self.attempt(lambda acts: clear(acts, SYSTEM, period_of(self.now)).kind)
        owed = {
            account.removeprefix("operator:"): -cents
            for account, cents in self.work.register.balances.items()
            if account.startswith("operator:") and cents < 0
        }
        lines = [(operator, cents + more) for operator, cents in sorted(owed.items())]
        if lines:
            key = self.name()
            outcome = self.attempt(lambda acts: pay_operators(acts, SYSTEM, lines, key).kind, death)
            assert ("cannot be paid" in outcome) if more else (outcome == "operator-payout")
            self.paid_out += 0 if more else sum(cents for _, cents in lines)

    @precondition(lambda self: self.paid_out)
    @rule(which=st.integers(0), death=DEATHS)
    def a_payment_comes_back(self, which: int, death: Death | None) -> None:
        """What a bank sent back is owed again, once, and never more than it was sent."""
        paid = [
            (entry.seq, line["operator"], line["amount_cents"])
            for entry in self.work.register.list_entries(kinds=("operator-payout",))
            for line in from_stored(entry.body)["lines"]
        ]
        seq, operator, cents = paid[which % len(paid)]
        came_back = {
            (body["payout_seq"], body["operator"])
            for entry in self.work.register.list_entries(kinds=("operator-payout-return",))
            for body in [from_stored(entry.body)]
        }

        def act(acts: ActPorts) -> str:
            ports = PayoutPorts(acts, None, lambda: ("", "", ""), 0)  # type: ignore[arg-type]
            return return_operator_payment(ports, SYSTEM, seq, operator, "AC01 account number wrong").kind

        before = self.work.register.balances.get(f"operator:{operator}", 0)
        outcome = self.attempt(act, death)
        if (seq, operator) in came_back:
            assert "come back" in outcome, "once"
            return
        assert outcome == "operator-payout-return"
        assert self.work.register.balances[f"operator:{operator}"] == before - cents
        self.paid_out -= cents

    @precondition(lambda self: self.seen)
    @rule(which=st.integers(0))
    def ask_again(self, which: int) -> None:
        """Invariant 5: the same key and content is the same entry, another content is refused."""
        one = self.seen[which % len(self.seen)]
        body = from_stored(one.body)
        who = SimpleNamespace(id=one.order_id, pseudonym=f"p-{one.order_id}")
        with self.stored.unit_of_work() as work:
            assert post(work, who, [(one.kind, body)], self.now) == [one]
            try:
                post(work, who, [(one.kind, body | {"more": 1})], self.now)
                raise AssertionError("another content was taken")
            except KeyReusedError:
                pass

    @invariant()
    def the_database_is_the_book(self) -> None:
        """Invariants 2 and 10: nothing that was there has changed, all of it follows from zero, and both agree."""
        if not hasattr(self, "engine"):
            return
        with self.stored.unit_of_work(read_only=True) as work:
            written = list(work.sales_journal.list_span("", "9999"))
            assert written == list(self.work.sales_journal.list_span("", "9999"))
            assert work.sales_journal.list_closed() == self.work.sales_journal.closed
            assert list(work.register.list_entries()) == self.work.register.entries
            balances = dict(work.ledger.list_balances())
        assert sorted(written, key=lambda one: (one.order_id, one.n)) == sorted(
            self.seen, key=lambda one: (one.order_id, one.n)
        )
        assert check_sales(self.stored, SYSTEM)[1] == len(self.seen)
        replayed = Book()
        for entry in self.work.register.entries:
            replayed.replay(entry)
        assert balances == {account: cents for account, cents in replayed.balances.items() if cents}

    @invariant()
    def every_entry_balances_and_days_are_as_they_were(self) -> None:
        """Invariants 1, 2, 8 and 10: the ledger holds what the closed days came to, and the shares are the revenue."""
        if not hasattr(self, "engine"):
            return
        closed = self.work.sales_journal.find_days()[1]
        ledger: dict[str, int] = {}
        for entry in self.seen:
            assert entry.day >= day_of(entry.at)
            postings = postings_of(entry)
            assert sum(one.amount_cents for one in postings) == 0
            if entry.day <= closed:
                for one in postings:
                    ledger[one.account] = ledger.get(one.account, 0) + one.amount_cents
            for change in changes_of(entry.kind, from_stored(entry.body)):
                shares = shares_of_change(change, DEFAULT, {})
                assert sum(shares.values()) == (0 if change.is_advance else change.revenue_cents)
                if change.weights and entry.kind == "sale" and not change.is_advance:
                    weights = {operator: cents for _, operator, cents in change.weights}
                    assert shares == naive.shares(change.revenue_cents, weights)
        stored = self.work.register.balances
        untouched = {
            account: cents
            for account, cents in ledger.items()
            if cents and not account.startswith(("fares:", "fees:"))
        }
        assert {
            account: cents
            for account, cents in stored.items()
            if cents and not account.startswith(("fares:", "fees:", "operator:", BANK))
        } == untouched
        revenue = ("fares:", "fees:", "operator:", BANK)
        assert sum(cents for account, cents in stored.items() if account.startswith(revenue)) == sum(
            cents for account, cents in ledger.items() if account.startswith(revenue)
        )
        assert -stored.get(BANK, 0) == self.paid_out, "invariant 9"

    @invariant()
    def figures_are_those_of_the_twin(self) -> None:
        """Invariants 3, 4, 5, 6 and 7, and the tax of what stands."""
        if not hasattr(self, "engine"):
            return
        taxes: dict[int, int] = {}
        for order in self.orders():
            states = self.chain(order)
            assert available_cents(states) == naive.available(self.entered, order) >= 0
            for hold in naive.bodies(self.entered, "hold", order):
                resolved = [
                    one
                    for kind in ("capture", "release")
                    for one in naive.bodies(self.entered, kind, order, hold=hold["hold"])
                ]
                taken = naive.captured(self.entered, order, hold["hold"])
                back = sum(
                    one["amount_cents"]
                    for one in naive.bodies(self.entered, "refund", order, hold=hold["hold"])
                )
                assert len(resolved) <= 1
                assert back <= taken <= hold["amount_cents"]
            for name, payment in states.items():
                if name.startswith("payment:"):
                    heard = list(payment["events"].values())
                    twice = random.Random(len(heard)).sample(heard * 2, len(heard) * 2)
                    assert fold_events(twice) == fold_events(heard)
            for right in naive.bodies(self.entered, "entitlement", order):
                ticket = right["entitlement"]
                assert is_valid(states, ticket) == naive.may_travel(self.entered, order, ticket)
            for rate, cents in naive.tax(self.entered, order).items():
                taxes[rate] = taxes.get(rate, 0) + cents
        posted: dict[str, int] = {}
        for entry in self.seen:
            for one in postings_of(entry):
                posted[one.account] = posted.get(one.account, 0) - one.amount_cents
        assert {rate: cents for rate, cents in taxes.items() if cents} == {
            int(account[4:]): cents
            for account, cents in posted.items()
            if account.startswith("vat:") and cents
        }
        assert -posted.get("provider:sandbox", 0) == naive.at_provider(self.entered, "sandbox")
        keys = [(order, body[KEY]) for order, _, body in self.entered]
        assert len(keys) == len(set(keys))

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.forget()
