"""Paying drivers, on both databases: once, what is owed, to whom it is owed, whatever crashes in between."""

from __future__ import annotations

import datetime as dt
import random
import stat
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from mobility.accounts.caller import SYSTEM, Caller, ForbiddenError, Role
from mobility.accounts.person import Payee, Person
from mobility.accounts.vault import Vault
from mobility.acts import pay_out as act
from mobility.acts.pay_out import (
    BELOW_MINIMUM,
    ERASED,
    NO_DETAILS,
    SAME_DETAILS,
    PayoutError,
    PayoutPorts,
    pay_out,
    return_payment,
    write_payout_files,
)
from mobility.acts.ports import ActPorts
from mobility.acts.record import record, record_all
from mobility.storage.payouts import PayoutFolder
from mobility.storage.unit_of_work import units_of_work
from tests.ticketing.months import grant_bodies, person, random_trip
from ticketing.cap_counters import CapCounters
from ticketing.credit_transfer import read_sums
from ticketing.postings import withdrawal_body
from ticketing.subsidy_policy import default_policy

NOW = dt.datetime(2026, 11, 4, 9, 0, tzinfo=dt.UTC)
OCTOBER = dt.datetime(2026, 10, 31, 12, 0, tzinfo=dt.UTC)
IBANS = ("FR1420041010050500013M02606", "DE89370400440532013000", "BE71096123456769")
PAYER = ("Région", "FR7630006000011234567890189", "")


@pytest.fixture
def ports(engine: Engine, tmp_path: Path) -> PayoutPorts:
    begin = units_of_work(engine, Vault(bytes(range(32))))
    acts = ActPorts(begin, lambda: NOW, lambda: uuid.uuid4().hex)
    return PayoutPorts(acts, PayoutFolder(tmp_path / "payouts"), lambda: PAYER, minimum_cents=100)


def _enter(ports: PayoutPorts, number: int, iban: str = "") -> None:
    """An account behind a pseudonym, with or without bank details."""
    with ports.acts.unit_of_work() as work:
        someone = Person(
            f"{number:032d}", person(number), frozenset((Role.DRIVER,)), NOW, email=f"{number}@example.org"
        )
        work.accounts.put_person(someone)
        if iban:
            work.accounts.put_payee(someone.id, Payee(f"Driver {number}", iban, ""), NOW)
        work.commit()


def _grant(ports: PayoutPorts, drivers: list[int], month: str = "2026-10", seed: int = 1) -> dict[str, int]:
    """Trips of some drivers, granted; what each earned."""
    rng, counters = random.Random(seed), CapCounters(default_policy().counters())
    trips = [random_trip(rng, n, month) for n in range(4 * len(drivers))]
    trips = [replace(trip, driver=person(drivers[n % len(drivers)])) for n, trip in enumerate(trips)]
    bodies = grant_bodies(trips, counters)
    with ports.acts.unit_of_work() as work:
        record_all(work, [("grant", body) for body in bodies], OCTOBER)
        work.commit()
    earned: dict[str, int] = {}
    for body in bodies:
        driver = body["facts"]["driver"]
        earned[driver] = earned.get(driver, 0) + body["grant"]["amount_cents"]
    return earned


def _record(ports: PayoutPorts, kind: str, body: dict[str, Any]) -> None:
    with ports.acts.unit_of_work() as work:
        record(work, kind, body, OCTOBER)
        work.commit()


def _balance(ports: PayoutPorts, driver: str) -> int:
    with ports.acts.unit_of_work(read_only=True) as work:
        return -work.ledger.balance(f"driver:{driver}")


def test_drivers_are_paid_what_they_are_owed_once(ports: PayoutPorts) -> None:
    for number, iban in enumerate(IBANS):
        _enter(ports, number, iban)
    earned = _grant(ports, [0, 1, 2])
    _record(ports, "close", {})
    outcome = pay_out(ports, SYSTEM, "2026-10")
    assert outcome.payout is not None
    assert outcome.payout.total_cents == sum(earned.values())
    assert not outcome.left
    (path,) = outcome.files
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    sums = read_sums(Path(path).read_bytes())
    assert sums.holds
    assert sorted(sums.payments_cents) == sorted(earned.values())
    assert all(_balance(ports, driver) == 0 for driver in earned)
    again = pay_out(ports, SYSTEM, "2026-10")
    assert again.payout is None
    assert again.files == ()
    with ports.acts.unit_of_work(read_only=True) as work:
        entry = work.register.find_entry(outcome.payout.seq)
    assert entry is not None
    said = entry.body.decode()
    assert not any(iban in said for iban in IBANS)
    assert "Driver" not in said


def test_only_closed_months_are_paid(ports: PayoutPorts) -> None:
    _enter(ports, 0, IBANS[0])
    _grant(ports, [0])
    with pytest.raises(PayoutError, match="2026-10 is not closed"):
        pay_out(ports, SYSTEM, "2026-10")
    _record(ports, "close", {})
    first = pay_out(ports, SYSTEM, "2026-10").payout
    later = _grant(ports, [0], "2026-11", seed=2)
    assert first is not None
    assert pay_out(ports, SYSTEM, "2026-10").payout is None
    assert _balance(ports, person(0)) == later[person(0)]


def test_what_was_taken_back_since_is_not_paid(ports: PayoutPorts) -> None:
    _enter(ports, 0, IBANS[0])
    earned = _grant(ports, [0])
    _record(ports, "close", {})
    with ports.acts.unit_of_work() as work:
        grant = next(work.register.list_entries(kinds=("grant",)))
        body = withdrawal_body(grant, "fraud")
        record(work, "withdrawal", body, NOW)
        work.commit()
    payout = pay_out(ports, SYSTEM, "2026-10").payout
    assert payout is not None
    assert payout.total_cents == earned[person(0)] - body["amount_cents"]
    assert _balance(ports, person(0)) == 0


def test_who_cannot_be_paid_is_left_and_listed(ports: PayoutPorts) -> None:
    _enter(ports, 0)
    _enter(ports, 2, "FR1420041010050500013M02606")
    earned = _grant(ports, [0, 1, 2])
    _record(ports, "close", {})
    outcome = pay_out(replace(ports, minimum_cents=1), SYSTEM, "2026-10")
    assert {(left.payee, left.why) for left in outcome.left} == {
        (person(0), NO_DETAILS),
        (person(1), ERASED),
    }
    assert outcome.payout is not None
    assert outcome.payout.count == 1
    _enter(ports, 1, IBANS[1])
    poor = pay_out(replace(ports, minimum_cents=10**9), SYSTEM, "2026-10")
    assert poor.payout is None
    assert {left.why for left in poor.left} == {BELOW_MINIMUM}
    assert {left.amount_cents for left in poor.left} == {earned[person(0)], earned[person(1)]}


def test_a_payment_that_comes_back_is_owed_again_once(ports: PayoutPorts) -> None:
    _enter(ports, 0, IBANS[0])
    earned = _grant(ports, [0])
    _record(ports, "close", {})
    payout = pay_out(ports, SYSTEM, "2026-10").payout
    assert payout is not None
    return_payment(ports, SYSTEM, payout.seq, person(0), "AC04 account closed")
    assert _balance(ports, person(0)) == earned[person(0)]
    with pytest.raises(PayoutError, match="came back already"):
        return_payment(ports, SYSTEM, payout.seq, person(0), "AC04")
    assert pay_out(ports, SYSTEM, "2026-10").left[0].why == SAME_DETAILS
    _enter(ports, 0, IBANS[1])
    again = pay_out(ports, SYSTEM, "2026-10").payout
    assert again is not None
    assert again.total_cents == earned[person(0)]
    for wrong in ((payout.seq + 99, person(0)), (payout.seq, person(9)), (1, person(0))):
        with pytest.raises(PayoutError):
            return_payment(ports, SYSTEM, *wrong, "x")


class _Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("point", ["before the commit", "before the file", "within the file"])
def test_a_crash_anywhere_pays_once(
    ports: PayoutPorts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, point: str
) -> None:
    _enter(ports, 0, IBANS[0])
    earned = _grant(ports, [0])
    _record(ports, "close", {})

    def die(*_: object, **__: object) -> None:
        raise _Crash

    with monkeypatch.context() as patched:
        if point == "before the commit":
            patched.setattr(act, "Payout", die)
        elif point == "before the file":
            patched.setattr(act, "write_payout_files", die)
        else:
            patched.setattr("mobility.storage.payouts.os.fsync", die)
        with pytest.raises(_Crash):
            pay_out(ports, SYSTEM, "2026-10")
    assert not list((tmp_path / "payouts").glob("payout-*.xml")) if (tmp_path / "payouts").exists() else True
    pay_out(ports, SYSTEM, "2026-10")
    (path,) = (tmp_path / "payouts").glob("payout-*.xml")
    content = path.read_bytes()
    assert read_sums(content).control_sum_cents == earned[person(0)]
    assert _balance(ports, person(0)) == 0
    path.unlink()
    write_payout_files(ports, SYSTEM)
    assert path.read_bytes() == content
    path.write_bytes(content.replace(b"<InstdAmt", b"<instdAmt"))
    write_payout_files(ports, SYSTEM)
    assert path.read_bytes() == content


def test_a_sum_that_does_not_hold_pays_nobody(ports: PayoutPorts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were the file's sums not those of the payout, nothing would be committed."""
    _enter(ports, 0, IBANS[0])
    earned = _grant(ports, [0])
    _record(ports, "close", {})
    render = act.render_credit_transfer
    monkeypatch.setattr(
        act, "render_credit_transfer", lambda transfer: render(transfer).replace(b"<CtrlSum>", b"<CtrlSum>1")
    )
    with pytest.raises(PayoutError, match="nothing was paid"):
        pay_out(ports, SYSTEM, "2026-10")
    assert _balance(ports, person(0)) == earned[person(0)]


def test_bank_details_are_sealed_in_the_database(ports: PayoutPorts, engine: Engine) -> None:
    _enter(ports, 0, IBANS[0])
    _grant(ports, [0])
    _record(ports, "close", {})
    pay_out(ports, SYSTEM, "2026-10")
    with engine.connect() as connection:
        (sealed,) = connection.execute(text("SELECT transfer FROM payout")).one()
    assert IBANS[0].encode() not in bytes(sealed)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_who_may_not_pay(ports: PayoutPorts, role: Role) -> None:
    caller = Caller("x", frozenset((role,)))
    for call in (
        lambda: pay_out(ports, caller, "2026-10"),
        lambda: return_payment(ports, caller, 1, "x", "x"),
        lambda: write_payout_files(ports, caller),
        lambda: act.list_payouts(ports, caller),
    ):
        with pytest.raises(ForbiddenError):
            call()


@pytest.mark.parametrize("payer", [("", "", ""), ("Région", "FR00", ""), ("Région", "", "")])
def test_without_a_payer_nothing_is_paid(ports: PayoutPorts, payer: tuple[str, str, str]) -> None:
    with pytest.raises(PayoutError, match="MOBILITY_PAYER"):
        pay_out(replace(ports, read_payer=lambda: payer), SYSTEM, "2026-10")
