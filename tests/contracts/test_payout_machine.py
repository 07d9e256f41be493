"""Grants, withdrawals, closed months, payouts, returns and crashes in any order: what must hold after each step."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import tempfile
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.person import Payee, Person
from mobility.accounts.vault import Vault
from mobility.acts import pay_out as act
from mobility.acts.pay_out import PayoutError, PayoutPorts, file_name, pay_out, return_payment
from mobility.acts.ports import ActPorts
from mobility.acts.record import record
from mobility.storage.payouts import PayoutFolder
from mobility.storage.unit_of_work import units_of_work
from tests.migrated import open_migrated
from tests.ticketing.months import grant_bodies, person, random_trip
from ticketing.cap_counters import CapCounters
from ticketing.credit_transfer import read_sums
from ticketing.period import next_period, period_end
from ticketing.postings import withdrawal_body
from ticketing.statement import make_statement
from ticketing.subsidy_policy import default_policy

IBANS = ("FR1420041010050500013M02606", "DE89370400440532013000", "BE71096123456769")
DRIVERS = 3


class _Crash(BaseException):
    """The process dies here."""


class Payouts(RuleBasedStateMachine):
    """`earned` is what a driver should have got so far, kept apart from everything under test."""

    @initialize(seed=st.integers(0, 99))
    def begin(self, seed: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.engine = open_migrated(self.folder / "a.sqlite")
        unit_of_work = units_of_work(self.engine, Vault(bytes(range(32))))
        self.closed, self.period = "", "2026-01"
        self.rng, self.number = random.Random(seed), 0
        acts = ActPorts(
            unit_of_work, lambda: period_end(self.period) - dt.timedelta(days=1), lambda: uuid.uuid4().hex
        )
        payer = ("Région", "FR7630006000011234567890189", "")
        self.ports = PayoutPorts(acts, PayoutFolder(self.folder / "payouts"), lambda: payer, 1)
        self.counters = CapCounters(default_policy().counters())
        self.grants: list[int] = []
        self.earned = dict.fromkeys((person(n) for n in range(DRIVERS)), 0)
        self.sent: dict[tuple[int, str], int] = {}
        with unit_of_work() as work:
            for number, iban in enumerate(IBANS):
                someone = Person(f"{number:032d}", person(number), frozenset((Role.DRIVER,)), acts.now())
                work.accounts.put_person(replace(someone, email=f"{number}@example.org"))
                work.accounts.put_payee(someone.id, Payee("D", iban, ""), acts.now())
            work.commit()

    def _record(self, kind: str, body: dict[str, Any]) -> int:
        with self.ports.acts.unit_of_work() as work:
            entry = record(work, kind, body, self.ports.acts.now())
            work.commit()
        return entry.seq

    @rule()
    def grant(self) -> None:
        self.number += 1
        trip = random_trip(self.rng, self.number, self.period, drivers=DRIVERS)
        (body,) = grant_bodies([trip], self.counters, self.number)
        self.grants.append(self._record("grant", body))
        self.earned[trip.driver] += body["grant"]["amount_cents"]

    @rule(which=st.integers(0, 999))
    def withdraw(self, which: int) -> None:
        if not self.grants:
            return
        seq = self.grants.pop(which % len(self.grants))
        with self.ports.acts.unit_of_work(read_only=True) as work:
            entry = work.register.find_entry(seq)
        assert entry is not None
        body = withdrawal_body(entry, "cancelled")
        self._record("withdrawal", body)
        self.earned[body["driver"]] -= body["amount_cents"]

    @rule()
    def close_month(self) -> None:
        self._record("close", {})
        self.closed = self.period
        self.period = next_period(self.period)

    @rule(crash=st.sampled_from(["", "", "Payout", "write_payout_files"]))
    def pay(self, crash: str) -> None:
        original = getattr(act, crash) if crash else None

        def die(*_: object, **__: object) -> None:
            raise _Crash

        if crash:
            setattr(act, crash, die)
        try:
            pay_out(self.ports, SYSTEM, self.closed or self.period)
        except PayoutError:
            assert not self.closed, "no month is closed yet"
        except _Crash:
            pass
        finally:
            if crash:
                setattr(act, crash, original)
        self._take_note()

    def _take_note(self) -> None:
        """What the database says was sent to the bank, each payment once."""
        with self.ports.acts.unit_of_work(read_only=True) as work:
            for payout in work.payouts.list_payouts():
                for payment in work.payouts.get_transfer(payout.seq).payments:
                    self.sent.setdefault((payout.seq, payment.person), payment.amount_cents)

    @rule(which=st.integers(0, 999))
    def come_back(self, which: int) -> None:
        if not self.sent:
            return
        seq, driver = sorted(self.sent)[which % len(self.sent)]
        try:
            return_payment(self.ports, SYSTEM, seq, driver, "AC04")
        except PayoutError:
            assert self.sent[seq, driver] == 0, "a payment comes back once"
            return
        assert self.sent[seq, driver] > 0
        self.sent[seq, driver] = 0
        number = int(driver, 16)
        with self.ports.acts.unit_of_work() as work:  # and the driver gives other bank details
            payee = work.accounts.find_payee(f"{number:032d}")
            assert payee is not None
            other = IBANS[(IBANS.index(payee.iban) + 1) % len(IBANS)]
            work.accounts.put_payee(f"{number:032d}", Payee("D", other, ""), self.ports.acts.now())
            work.commit()

    @invariant()
    def every_cent_is_earned_paid_or_owed(self) -> None:
        with self.ports.acts.unit_of_work(read_only=True) as work:
            for driver, cents in self.earned.items():
                sent = sum(amount for (_, to), amount in self.sent.items() if to == driver)
                assert -work.ledger.balance(f"driver:{driver}") == cents - sent
            assert -work.ledger.balance("bank:main") == sum(self.sent.values())

    @invariant()
    def files_registers_and_books_say_one_sum(self) -> None:
        with self.ports.acts.unit_of_work(read_only=True) as work:
            for payout in work.payouts.list_payouts():
                content = self.ports.files.find(file_name(payout))
                if content is not None:
                    sums = read_sums(content)
                    assert sums.holds
                    assert sums.control_sum_cents == payout.total_cents
            for account, cents in work.ledger.list_balances("driver:"):
                later = [one for one in work.ledger.list_transactions(account) if one.kind == "withdrawal"]
                assert cents <= 0 or later, "only a withdrawal after a payout leaves a driver owing"

    @invariant()
    def the_statement_of_everything_is_the_ledger(self) -> None:
        with self.ports.acts.unit_of_work(read_only=True) as work:
            statement = make_statement("all", {}, work.register.list_entries())
            assert statement.balances() == dict(work.ledger.list_balances("driver:"))
            assert all(month.holds for month in statement.drivers.values())

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()
            shutil.rmtree(self.folder)


TestPayouts = Payouts.TestCase
TestPayouts.settings = settings(max_examples=25, stateful_step_count=20)
