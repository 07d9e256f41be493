"""The register and the ledger in the database: what is written is read, and never changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from mobility.accounts.caller import SYSTEM, Caller, ForbiddenError, Role
from mobility.acts.close_period import SigningKeyError, close_period, list_public_keys, rotate_key
from mobility.acts.record import record, record_all
from mobility.storage.key_files import KeyFolder
from mobility.storage.register_keys import RegisterKeys
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.ticketing import bodies
from ticketing.canonical_json import CanonicalJsonError, from_canonical
from ticketing.ledger import Book, KeyReusedError
from ticketing.postings import LedgerError, postings_of, withdrawal_body
from ticketing.register import PeriodClosedError
from ticketing.root import RootError, read_root
from ticketing.verify_chain import verify_chain

Begin = Callable[..., SqlUnitOfWork]
NOW = dt.datetime(2026, 10, 3, 12, 0, 0, 123_456, tzinfo=dt.UTC)
NOVEMBER = dt.datetime(2026, 11, 3, 12, tzinfo=dt.UTC)


def enter(begin: Begin, *items: tuple[str, dict[str, Any]]) -> list[Any]:
    with begin() as work:
        entries = record_all(work, items, NOW)
        work.commit()
    return entries


def count(begin: Begin) -> int:
    with begin(read_only=True) as work:
        return sum(1 for _ in work.register.list_entries())


def test_what_is_recorded_is_read(begin: Begin) -> None:
    (entry,) = enter(begin, ("grant", bodies.grant(1)))
    assert (entry.seq, entry.period, entry.at) == (2, "2026-10", NOW.replace(microsecond=0))
    with begin(read_only=True) as work:
        assert work.register.head() == entry == work.register.find_entry(2)
        assert work.register.find_entry(3) is None
        assert [one.kind for one in work.register.list_entries()] == ["genesis", "grant"]
        assert list(verify_chain(work.register.list_entries())) == []
        assert work.ledger.find_transaction("r2") == postings_of(entry)
        assert work.ledger.find_transaction("r1") is None
        balances = dict(work.ledger.list_balances())
    assert balances == {"driver:d1": -330, "fares:carpool": -150, "passenger:p1": 150, "subsidy:lines": 330}


def test_what_is_not_committed_never_happened(begin: Begin) -> None:
    with begin() as work:
        record(work, "grant", bodies.grant(1), NOW)
    assert count(begin) == 0
    with begin(read_only=True) as work:
        assert work.register.head() is None
        assert list(work.ledger.list_balances()) == []


def test_many_at_once_are_what_one_by_one_is(begin: Begin) -> None:
    items = [
        ("grant", bodies.grant(trip, f"d{trip % 7}", trip, ((f"p{trip % 5}", 150), (f"p{trip % 3}", 0))))
        for trip in range(300)
    ]
    book = Book()
    for kind, body in items:
        book.enter(kind, body, NOW.replace(microsecond=0))
    enter(begin, *items[:100])
    for item in items[100:110]:
        enter(begin, item)
    enter(begin, *items[110:])
    with begin(read_only=True) as work:
        assert list(work.register.list_entries()) == book.entries
        assert dict(work.ledger.list_balances()) == {
            key: value for key, value in book.balances.items() if value
        }
        for account, balance in work.ledger.list_balances():
            assert sum(cents for _, cents in work.ledger.list_postings(account)) == balance
            assert work.ledger.balance(account) == balance
        assert [one.id for one in work.ledger.list_transactions()] == [f"r{seq}" for seq in range(2, 302)]


def test_reading_a_part(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobility.storage.register.ROWS_AT_ONCE", 3)
    monkeypatch.setattr("mobility.storage.ledger.ROWS_AT_ONCE", 3)
    enter(begin, *[("grant", bodies.grant(trip, f"d{trip % 2}")) for trip in range(8)], ("refusal", {}))
    with begin(read_only=True) as work:
        assert [one.seq for one in work.register.list_entries(4, 9)] == [4, 5, 6, 7, 8, 9]
        assert [one.seq for one in work.register.list_entries(kinds=["refusal", "genesis"])] == [1, 10]
        assert [one.seq for one in work.register.list_entries(9, kinds=["grant"])] == [9]
        assert [one.id for one in work.ledger.list_transactions("driver:d1")] == ["r3", "r5", "r7", "r9"]
        assert [one.id for one in work.ledger.list_transactions("driver:d1", 6)] == ["r7", "r9"]
        assert [seq for seq, _ in work.ledger.list_postings("subsidy:lines", 5)] == [5, 6, 7, 8, 9]
        assert work.register.count_kinds(2, 10) == {"grant": 8, "refusal": 1}
        assert work.register.find_period("2026-10") == (1, 10)
        assert work.register.find_period("2026-09") is None
        assert work.register.find_period("2026-11") is None
        movements = {account: (debit, credit) for account, debit, credit in work.ledger.list_movements(2, 3)}
    assert movements["driver:d1"] == (0, 330)
    assert movements["passenger:p1"] == (300, 0)


def test_accounts_are_listed_by_code_points_and_by_exact_prefix(begin: Begin) -> None:
    drivers = ["a", "B", "b_", "b%", "b", "-", "ab"]
    enter(begin, *[("grant", bodies.grant(trip, driver)) for trip, driver in enumerate(drivers)])
    with begin(read_only=True) as work:
        found = [account for account, _ in work.ledger.list_balances("driver:")]
        assert found == sorted(f"driver:{driver}" for driver in drivers)
        assert [account for account, _ in work.ledger.list_balances("driver:b_")] == ["driver:b_"]
        assert [account for account, _ in work.ledger.list_balances("driver:b%")] == ["driver:b%"]


def test_the_database_refuses_to_change_what_was_written(
    begin: Begin, engine: Engine, tmp_path: Path
) -> None:
    enter(begin, ("grant", bodies.grant(1)))
    with begin() as work:
        close_period(work, RegisterKeys(KeyFolder(tmp_path)), "2026-10", NOVEMBER, [])
        work.commit()
    changes = ["DELETE FROM {}", "UPDATE {} SET {}", "UPDATE {} SET {} WHERE 1 = 0"]
    if engine.dialect.name == "postgresql":
        changes.append("TRUNCATE {}")
    else:
        del changes[2]  # there, triggers go by row
    for table, column in (
        ("register_entry", "period = '2020-01'"),
        ("register_root", "period = '2020-01'"),
        ("ledger_posting", "amount_cents = 1"),
    ):
        for change in changes:
            with engine.connect() as connection, pytest.raises(DBAPIError, match="never changed or deleted"):
                connection.execute(text(change.format(table, column)))
        with engine.connect() as connection:
            assert connection.scalar(text(f"SELECT count(*) FROM {table}"))


def test_a_withdrawal_is_the_exact_reversal_and_happens_once(begin: Begin) -> None:
    (grant,) = enter(begin, ("grant", bodies.grant(1)))
    body = withdrawal_body(grant, "cancelled")
    wrong: list[dict[str, Any]] = [
        body | {"amount_cents": 329},
        body | {"driver": "d2"},
        body | {"fares": []},
        body | {"grant_hash": "00" * 32},
        body | {"grant_seq": 1},
        body | {"grant_seq": 99},
        {key: value for key, value in body.items() if key != "campaign"},
    ]
    for one in wrong:
        with pytest.raises(LedgerError):
            enter(begin, ("withdrawal", one))
    (entry,) = enter(begin, ("withdrawal", body))
    with begin(read_only=True) as work:
        assert work.ledger.find_reversal("r2") == f"r{entry.seq}" == "r3"
        assert work.ledger.find_reversal("r3") is None
        assert list(work.ledger.list_balances()) == []
        transaction = work.ledger.find_transaction("r3")
    assert transaction is not None
    assert transaction.reverses == "r2"
    with pytest.raises(LedgerError, match="was reversed already"):
        enter(begin, ("withdrawal", body))
    assert count(begin) == 3


def test_grant_and_withdrawal_in_one_batch(begin: Begin) -> None:
    with begin() as work:
        (grant,) = record_all(work, [("grant", bodies.grant(1))], NOW)
        record_all(work, [("grant", bodies.grant(2)), ("withdrawal", withdrawal_body(grant, "x"))], NOW)
        work.commit()
    with begin(read_only=True) as work:
        assert work.ledger.balance("driver:d1") == -330


REFUSED: list[tuple[str, dict[str, Any], type[Exception]]] = [
    ("grant", bodies.grant(1, cents="330"), LedgerError),  # type: ignore[arg-type]
    ("grant", {}, LedgerError),
    ("grant", bodies.grant(1, driver="with space"), LedgerError),
    ("grant", bodies.grant(1, driver=""), LedgerError),
    ("grant", bodies.grant(1, driver="x" * 200), LedgerError),
    ("grant", bodies.grant(1) | {"more": 0.5}, CanonicalJsonError),
    ("payout", bodies.payout(("d1", 1)), LedgerError),
    ("payout", bodies.payout(("d9", 331)) | {"total_cents": 0}, LedgerError),
    ("key", {"key_id": "x", "public_key": "zz"}, ValueError),
    ("Grant", {}, ValueError),
]


def test_what_is_refused_leaves_nothing(begin: Begin) -> None:
    for kind, body, error in REFUSED:
        with pytest.raises(error):
            enter(begin, (kind, body))
        assert count(begin) == 0


def test_an_idempotency_key_is_one_entry(begin: Begin) -> None:
    first, other = bodies.envelope(500, idempotency_key="k1"), bodies.envelope(501, idempotency_key="k1")
    (entry,) = enter(begin, ("envelope", first))
    assert enter(begin, ("envelope", first)) == [entry]
    assert enter(begin, ("envelope", first), ("envelope", first)) == [entry, entry]
    with pytest.raises(KeyReusedError):
        enter(begin, ("envelope", other))
    with pytest.raises(KeyReusedError):
        enter(begin, ("refusal", first))
    assert count(begin) == 2


def test_a_month_is_closed_once_it_is_over(begin: Begin, tmp_path: Path) -> None:
    keys = RegisterKeys(KeyFolder(tmp_path / "keys"))
    enter(begin, ("grant", bodies.grant(1)), ("grant", bodies.grant(2, "d2")), ("refusal", {"trip_id": "t3"}))
    with begin() as work:
        for period, at in (
            ("2026-10", dt.datetime(2026, 10, 31, 22, 59, 59, tzinfo=dt.UTC)),
            ("2026-09", NOVEMBER),
            ("2026-11", NOVEMBER + dt.timedelta(days=40)),
        ):
            with pytest.raises(PeriodClosedError):
                close_period(work, keys, period, at, [])
    with begin() as work:
        root = close_period(
            work, keys, "2026-10", NOVEMBER, [(("trips/driver/day", "driver:d1/2026-10-03"), 1)]
        )
        work.commit()
    with begin() as work:
        with pytest.raises(PeriodClosedError, match="2026-10 is closed"):
            record(work, "grant", bodies.grant(3), NOVEMBER, "2026-10")
        assert record(work, "grant", bodies.grant(3), NOVEMBER, "2026-11").period == "2026-11"
        work.commit()
    with begin(read_only=True) as work:
        (stored,) = work.register.list_roots()
        trusted = {key.id: key.public_key for key in keys.load()}
        document = read_root(stored, trusted)
        assert stored == root
        assert work.register.find_period("2026-10") == (1, 6)
        assert work.register.find_period("2026-11") == (7, 7)
        entries = list(work.register.list_entries())
        assert list(verify_chain(entries, roots={"2026-10": document})) == []
    body = from_canonical(entries[5].body)
    assert body["entries"] == {"genesis": 1, "grant": 2, "refusal": 1, "key": 1}
    assert body["totals"] == {
        "driver": {"debit_cents": 0, "credit_cents": 660},
        "fares": {"debit_cents": 0, "credit_cents": 300},
        "passenger": {"debit_cents": 300, "credit_cents": 0},
        "subsidy": {"debit_cents": 660, "credit_cents": 0},
    }
    assert (document["first_seq"], document["last_seq"]) == (1, 6)


def test_an_empty_month_has_a_root_too(begin: Begin, tmp_path: Path) -> None:
    keys = RegisterKeys(KeyFolder(tmp_path / "keys"))
    enter(begin, ("grant", bodies.grant(1)))
    with begin() as work:
        close_period(work, keys, "2026-10", NOVEMBER, [])
        close_period(work, keys, "2026-11", NOVEMBER + dt.timedelta(days=30), [])
        work.commit()
    with begin(read_only=True) as work:
        assert work.register.find_period("2026-11") == (5, 5)
        roots = {
            one.period: read_root(one, {keys.load()[0].id: keys.load()[0].public_key})
            for one in work.register.list_roots()
        }
        assert roots["2026-11"]["previous_hash"] == roots["2026-10"]["head_hash"]
        assert list(verify_chain(work.register.list_entries(), roots=roots)) == []


def test_keys_change_and_each_is_signed_by_the_one_before(begin: Begin, tmp_path: Path) -> None:
    keys = RegisterKeys(KeyFolder(tmp_path / "keys"))
    enter(begin, ("grant", bodies.grant(1)))
    with begin() as work:
        close_period(work, keys, "2026-10", NOVEMBER, [])
        work.commit()
    with pytest.raises(ForbiddenError):
        rotate_key(begin, keys, Caller("x", frozenset((Role.OPERATOR, Role.AUDITOR))), NOVEMBER)
    rotate_key(begin, keys, SYSTEM, NOVEMBER)
    keys.add()  # a rotation that a crash cut off after its first step
    rotate_key(begin, keys, SYSTEM, NOVEMBER)
    with begin() as work:
        close_period(work, keys, "2026-11", NOVEMBER + dt.timedelta(days=30), [])
        work.commit()
    first, second, third = (key.id for key in keys.load())
    with begin(read_only=True) as work:
        announced = [from_canonical(one.body) for one in list_public_keys(work)]
        assert [one["key_id"] for one in announced] == [first, second, third]
        assert [one["replaces"] for one in announced] == ["", first, second]
        trusted = {one["key_id"]: bytes.fromhex(one["public_key"]) for one in announced}
        october, november = work.register.list_roots()
        assert read_root(october, trusted)["key_id"] == first
        assert read_root(november, trusted)["key_id"] == third
        with pytest.raises(RootError):
            read_root(replace(november, signature=october.signature), trusted)
        book = Book()
        for entry in work.register.list_entries():
            book.replay(entry)
        assert book.states["signing-key"]["key_id"] == third
    forged = announced[2] | {"signature": announced[1]["signature"]}
    for body in (forged, announced[0], announced[1], announced[2]):
        with pytest.raises(LedgerError):
            enter(begin, ("key", body))


def test_a_lost_key_is_said(begin: Begin, tmp_path: Path) -> None:
    enter(begin, ("grant", bodies.grant(1)))
    with begin() as work:
        close_period(work, RegisterKeys(KeyFolder(tmp_path / "one")), "2026-10", NOVEMBER, [])
        work.commit()
    with begin() as work, pytest.raises(SigningKeyError, match="MOBILITY_KEYS_DIR"):
        close_period(
            work, RegisterKeys(KeyFolder(tmp_path / "two")), "2026-11", NOVEMBER + dt.timedelta(days=30), []
        )
    assert oct((tmp_path / "one" / "register.json").stat().st_mode & 0o777) == "0o600"
