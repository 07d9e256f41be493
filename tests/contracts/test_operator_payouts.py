"""Paying operators by one file for the bank, on both databases: once, what each is owed, whatever dies in between."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from mobility.accounts.caller import SYSTEM, Caller, ForbiddenError, Role
from mobility.accounts.vault import Vault
from mobility.acts.pay_out import (
    NO_DETAILS,
    SAME_DETAILS,
    WRONG_DETAILS,
    PayoutError,
    PayoutPorts,
    list_payouts,
    return_payment,
    write_payout_files,
)
from mobility.acts.ports import ActPorts
from mobility.acts.sales.clear_month import clear, pay_operators
from mobility.acts.sales.pay_out_operators import pay_out_operators, return_operator_payment
from mobility.outside.operator_accounts import read_operator_accounts
from mobility.storage.payouts import PayoutFolder
from mobility.storage.unit_of_work import units_of_work
from tests.contracts.at_once import at_once
from tests.contracts.test_sales_book import Begin, month
from tests.mobility.under_fire.dying import Death, Killed, dying
from ticketing.canonical_json import from_stored
from ticketing.credit_transfer import read_sums

NOW = dt.datetime(2026, 11, 4, 9, 0, tzinfo=dt.UTC)
PAYER = ("Région", "FR7630006000011234567890189", "")
ACCOUNTS = {
    "coach": ("Cars de l’Est", "FR1420041010050500013M02606", ""),
    "rail": ("Trains", "DE89370400440532013000", ""),
}


@pytest.fixture
def ports(engine: Engine, tmp_path: Path) -> PayoutPorts:
    numbers = itertools.count(1)
    acts = ActPorts(
        units_of_work(engine, Vault(bytes(range(32)))), lambda: NOW, lambda: f"{next(numbers):032x}"
    )
    return PayoutPorts(acts, PayoutFolder(tmp_path / "payouts"), lambda: PAYER, 100, lambda: dict(ACCOUNTS))


def owed(ports: PayoutPorts) -> dict[str, int]:
    with ports.acts.unit_of_work(read_only=True) as work:
        return {name: -cents for name, cents in work.ledger.list_balances("operator:")}


def test_what_each_is_owed_is_in_a_file_once(begin: Begin, ports: PayoutPorts, engine: Engine) -> None:
    month(begin)
    with pytest.raises(PayoutError, match="no month is divided"):
        pay_out_operators(ports, SYSTEM)
    clear(ports.acts, SYSTEM, "2026-10")
    due = owed(ports)
    assert min(due.values()) > 0
    outcome = pay_out_operators(ports, SYSTEM)
    assert outcome.payout is not None
    payable = {name.removeprefix("operator:"): cents for name, cents in due.items()}
    assert {one.payee: one.why for one in outcome.left} == dict.fromkeys(
        payable.keys() - set(ACCOUNTS), NO_DETAILS
    )
    paid = sorted(cents for name, cents in payable.items() if name in ACCOUNTS)
    (path,) = outcome.files
    content = Path(path).read_bytes()
    sums = read_sums(content)  # it was validated against its schema when it was written
    assert (sums.holds, sums.control_sum_cents, sorted(sums.payments_cents)) == (True, sum(paid), paid)
    assert ACCOUNTS["rail"][1].encode() in content
    assert {name for name in owed(ports) if name.removeprefix("operator:") in ACCOUNTS} == set()
    with ports.acts.unit_of_work(read_only=True) as work:
        entry = work.register.find_entry(outcome.payout.seq)
        assert work.ledger.balance("bank:main") == -sum(paid)
    assert entry is not None
    body = from_stored(entry.body)
    assert (entry.kind, body["period"], body["file_sha256"]) == (
        "operator-payout",
        "2026-10",
        outcome.payout.file_sha256,
    )
    assert {one["operator"]: one["amount_cents"] for one in body["lines"]} == {
        name: cents for name, cents in payable.items() if name in ACCOUNTS
    }
    with engine.connect() as connection:
        (sealed,) = connection.execute(text("SELECT transfer FROM payout")).one()
    assert ACCOUNTS["rail"][1].encode() not in bytes(sealed)

    again = pay_out_operators(ports, SYSTEM)
    assert (again.payout, again.files) == (None, ())
    Path(path).unlink()
    assert write_payout_files(ports, SYSTEM) == (path,)
    assert Path(path).read_bytes() == content
    assert [one.seq for one in list_payouts(ports, SYSTEM)] == [outcome.payout.seq]
    with pytest.raises(PayoutError, match="no payout to drivers"):
        return_payment(ports, SYSTEM, outcome.payout.seq, "rail", "AC04 account closed")


def test_what_a_bank_sends_back_is_owed_again_and_paid_once_the_details_are_others(
    begin: Begin, ports: PayoutPorts
) -> None:
    month(begin)
    clear(ports.acts, SYSTEM, "2026-10")
    due = owed(ports)
    paid = pay_out_operators(ports, SYSTEM).payout
    assert paid is not None
    for seq, operator, reason, said in (
        (paid.seq, "moon", "AC04", "paid nothing to moon"),
        (paid.seq - 1, "rail", "AC04", "no payout to operators"),
        (paid.seq, "rail", " ", "needs the bank's reason"),
        (paid.seq, "rail", "DE89370400440532013000 is closed", "without names"),
    ):
        with pytest.raises(PayoutError, match=said):
            return_operator_payment(ports, SYSTEM, seq, operator, reason)
    with pytest.raises(ForbiddenError):
        return_operator_payment(ports, Caller("x", frozenset((Role.AUDITOR,))), paid.seq, "rail", "AC04")
    entry = return_operator_payment(ports, SYSTEM, paid.seq, "rail", "AC04 account closed")
    body = from_stored(entry.body)
    assert (entry.kind, body["amount_cents"]) == ("operator-payout-return", due["operator:rail"])
    assert owed(ports)["operator:rail"] == due["operator:rail"]
    with ports.acts.unit_of_work(read_only=True) as work:
        assert work.ledger.balance("bank:main") == due["operator:rail"] - paid.total_cents
    with pytest.raises(PayoutError, match=f"came back already: entry {entry.seq}"):
        return_operator_payment(ports, SYSTEM, paid.seq, "rail", "AC04 account closed")

    waits = pay_out_operators(ports, SYSTEM)
    assert waits.payout is None
    assert {one.payee: one.why for one in waits.left}["rail"] == SAME_DETAILS
    other = {"rail": ("Trains", PAYER[1], "")}
    corrected = replace(ports, read_operators=lambda: other)
    again = pay_out_operators(corrected, SYSTEM)
    assert again.payout is not None
    assert (again.payout.count, again.payout.total_cents) == (1, due["operator:rail"])
    (path,) = again.files
    assert read_sums(Path(path).read_bytes()).control_sum_cents == due["operator:rail"]
    assert "operator:rail" not in owed(ports)


def test_a_payment_that_was_noted_comes_back_once(begin: Begin, ports: PayoutPorts) -> None:
    month(begin)
    clear(ports.acts, SYSTEM, "2026-10")
    due = owed(ports)["operator:rail"]
    noted = pay_operators(ports.acts, SYSTEM, [("rail", due)], "transfer 1")
    assert "operator:rail" not in owed(ports)
    return_operator_payment(ports, SYSTEM, noted.seq, "rail", "AC01 account number wrong")
    assert owed(ports)["operator:rail"] == due
    with pytest.raises(PayoutError, match=f"not {2 * due} come back"):
        return_operator_payment(ports, SYSTEM, noted.seq, "rail", "AC01 account number wrong")


def test_who_has_no_account_that_can_be_paid_waits(begin: Begin, ports: PayoutPorts) -> None:
    month(begin)
    clear(ports.acts, SYSTEM, "2026-10")
    due = owed(ports)
    wrong = PayoutPorts(
        ports.acts, ports.files, ports.read_payer, 100, lambda: {"rail": ("Trains", "FR00", "")}
    )
    outcome = pay_out_operators(wrong, SYSTEM)
    assert outcome.payout is None
    assert {one.why for one in outcome.left if one.payee == "rail"} == {WRONG_DETAILS}
    assert owed(ports) == due
    assert pay_out_operators(ports, SYSTEM).payout is not None
    with pytest.raises(ForbiddenError):
        pay_out_operators(ports, Caller("x", frozenset((Role.AUDITOR,))))


def test_paid_by_several_at_once_it_is_paid_once(begin: Begin, ports: PayoutPorts) -> None:
    month(begin)
    clear(ports.acts, SYSTEM, "2026-10")
    outcomes = at_once(*[partial(pay_out_operators, ports, SYSTEM)] * 4)
    for one in outcomes:
        if isinstance(one, Exception):
            raise one
    assert sum(one.payout is not None for one in outcomes) == 1
    assert len(list_payouts(ports, SYSTEM)) == 1


@pytest.mark.parametrize("place", ["write", "before commit", "after commit"])
def test_who_dies_anywhere_has_paid_all_or_nothing(
    begin: Begin, ports: PayoutPorts, engine: Engine, place: str
) -> None:
    month(begin)
    clear(ports.acts, SYSTEM, "2026-10")
    due, deaths = owed(ports), 0
    for nth in range(1, 40):
        try:
            with dying(engine, Death(nth, place)):
                pay_out_operators(ports, SYSTEM)
        except Killed:
            deaths += 1
            paid = list_payouts(ports, SYSTEM)
            assert (owed(ports) == due) == (not paid)
            continue
        break
    assert deaths >= 1
    (payout,) = list_payouts(ports, SYSTEM)
    write_payout_files(ports, SYSTEM)
    content = ports.files.find(f"payout-2026-10-{payout.seq}.xml")
    assert content is not None
    assert read_sums(content).control_sum_cents == payout.total_cents


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("rail = 3", r"\[rail\]"),
        ("[rail]\niban = 3", r"\[rail\]"),
        ("[rail]\nibna = 'x'", r"\[rail\]"),
        ("[rail", "cannot be read"),
    ],
)
def test_a_file_of_accounts_that_is_wrong_is_refused(tmp_path: Path, written: str, said: str) -> None:
    path = tmp_path / "operators.toml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(PayoutError, match=said):
        read_operator_accounts(path)
    path.write_text('[rail]\nname = "Trains"\niban = "x"\n', encoding="utf-8")
    assert read_operator_accounts(path) == {"rail": ("Trains", "x", "")}
    assert read_operator_accounts(None) == {}
    with pytest.raises(PayoutError):
        read_operator_accounts(tmp_path / "none.toml")
