"""The book of sales in the database: what is posted is read and never changes; days, months, taxes and files."""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pyarrow.parquet
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from mobility.accounts.caller import SYSTEM, Caller, ForbiddenError, Role
from mobility.acts.audit.archive import export_archive
from mobility.acts.audit.ports import AuditPorts
from mobility.acts.close_period import close_period
from mobility.acts.ports import ActPorts
from mobility.acts.record import record
from mobility.acts.sales.clear_month import clear, pay_operators, publish_rule
from mobility.acts.sales.close_day import DayClosedError, DayError, close_day, close_days
from mobility.acts.sales.post import post
from mobility.acts.sales.sales_tables import (
    SalesTable,
    check_sales,
    list_days,
    list_statements,
    report_vat,
    write_accounting_file,
    write_sales_table,
)
from mobility.storage.key_files import KeyFolder
from mobility.storage.register_keys import RegisterKeys
from mobility.storage.unit_of_work import SqlUnitOfWork, units_of_work
from tests.contracts.conftest import POSTGIS
from tests.ticketing.sales_bodies import Item, bought, given_back, line
from ticketing.audit_archive.verify import verify_archives
from ticketing.postings import LedgerError
from ticketing.sales.accounting_file import COLUMNS
from ticketing.sales.apportionment import DEFAULT, ApportionmentError
from ticketing.sales.check_book import BookError
from ticketing.sales.days import day_end, day_of
from ticketing.table_files import Format

DOCS = Path(__file__).parents[2] / "docs"
Begin = Callable[..., SqlUnitOfWork]
NIGHT = dt.datetime(2026, 10, 24, 21, 59, 59, tzinfo=dt.UTC)  # 23:59:59 in Paris


def enter(begin: Begin, order: str, items: list[Item], at: dt.datetime = NIGHT) -> list[Any]:
    with begin() as work:
        entries = post(work, SimpleNamespace(id=order, pseudonym=f"p-{order}"), items, at)
        work.commit()
    return entries


def acts_at(begin: Begin, at: dt.datetime) -> ActPorts:
    return ActPorts(begin, lambda: at, lambda: "id")


def test_what_is_posted_is_read_and_what_is_refused_leaves_nothing(begin: Begin) -> None:
    entries = enter(begin, "o1", bought(line("i/1", 275)))
    with begin(read_only=True) as work:
        assert work.sales_journal.list_entries("o1") == entries
        assert work.sales_journal.find("o1").n == 4
        assert work.sales_journal.find("o2").n == 0
    for order, items in (
        ("o1", bought(line("i/1", 275))),
        ("o2", bought(line("i/1", 275))[2:]),
        ("o1", given_back("i/1", 276)),
        ("o2", [("unheard-of", {})]),
        ("o2", [("hold", {"hold": "h"})]),
        ("o2", [("hold", {"hold": "h", "provider": "sandbox", "amount_cents": -1})]),
        ("o2", bought(line("i/1", 275, network="with space"))),
        ("no order", bought(line("i/1", 275))),
    ):
        with pytest.raises(LedgerError):
            enter(begin, order, items)
    with begin(read_only=True) as work:
        assert list(work.sales_journal.list_span("", "9999")) == entries


def test_the_database_refuses_to_change_what_was_written(begin: Begin, engine: Engine) -> None:
    enter(begin, "o1", bought(line("i/1", 275)))
    close_days(acts_at(begin, NIGHT + dt.timedelta(days=1)), SYSTEM)
    changes = ["DELETE FROM {}", "UPDATE {} SET day = '2020-01-01'"]
    if engine.dialect.name == "postgresql":
        changes.append("TRUNCATE {}")
    for table in ("sales_entry", "sales_day"):
        for change in changes:
            with engine.connect() as connection, pytest.raises(DBAPIError, match="never changed or deleted"):
                connection.execute(text(change.format(table)))


def test_days_end_at_midnight_in_paris_also_when_they_have_25_hours(begin: Begin) -> None:
    """23:59:59 is the day's, a second later the next one's; 25 October 2026 ends 25 hours after it began."""
    second = dt.timedelta(seconds=1)
    for order, at, day in (("a", NIGHT, "2026-10-24"), ("b", NIGHT + second, "2026-10-25")):
        assert enter(begin, order, bought(line("i/1", 1)), at)[0].day == day
    assert day_end("2026-10-25") - day_end("2026-10-24") == dt.timedelta(hours=25)
    assert day_end("2026-03-29") - day_end("2026-03-28") == dt.timedelta(hours=23)
    assert day_of(day_end("2026-10-25") - second) == "2026-10-25"
    with begin() as work, pytest.raises(DayError, match="not over"):
        close_day(work, "2026-10-25", day_end("2026-10-25") - second)
    with begin() as work, pytest.raises(DayError, match="2026-10-24 is closed before"):
        close_day(work, "2026-10-25", day_end("2026-10-25"))


def test_a_closed_day_never_changes_and_late_entries_go_to_the_open_one(begin: Begin) -> None:
    enter(begin, "o1", bought(line("i/1", 275)))
    acts = acts_at(begin, day_end("2026-10-26"))
    assert len(close_days(acts, SYSTEM)) == 3, "a day without sales is sealed, too"
    days = list_days(acts, SYSTEM, "2026-10")
    assert [one.day for one in days] == ["2026-10-24", "2026-10-25", "2026-10-26"]
    assert [one.body["count"] for one in days] == [4, 0, 0]
    (late, *_) = enter(begin, "o1", given_back("i/1", 100), NIGHT)
    assert late.day == "2026-10-27"
    assert list_days(acts, SYSTEM, "2026-10") == days
    assert check_sales(acts, SYSTEM) == (1, 7, 3)
    with begin() as work, pytest.raises(DayClosedError):
        close_day(work, "2026-10-26", acts.now())
    with begin(read_only=True) as work:
        balances = dict(work.ledger.list_balances())
    assert balances == {"provider:sandbox": 275, "fares:shared": -250, "vat:100": -25}


def test_taxes_by_line_and_on_the_total_and_back(begin: Begin) -> None:
    """Seven times 1.50 € at 10 %: 98 cents by line, 95 on the total. What is given back takes exactly its tax along."""
    for order, mode in (("a", "line"), ("b", "total")):
        enter(begin, order, bought(*[line(f"i{n}/1", 150) for n in range(7)], mode=mode))
    acts = acts_at(begin, day_end("2026-10-24"))
    close_days(acts, SYSTEM)
    assert report_vat(acts, SYSTEM, "2026-10")[100].sold_tax == 98 + 95
    for order in "ab":
        enter(begin, order, [("revocation", {"entitlement": "T-1", "reason": "x"})])
        enter(begin, order, given_back("i1/1", 150))
        assert check_sales(acts, SYSTEM)
    acts = acts_at(begin, day_end("2026-10-25"))
    close_days(acts, SYSTEM)
    of_one = report_vat(acts, SYSTEM, "2026-10")[100]
    assert of_one.reversed_tax == 14 + (95 - 82)
    for order in "ab":
        for number in (0, 2, 3, 4, 5, 6):
            for kind, body in given_back(f"i{number}/1", 150):
                names = {key: f"{body[key]}-{number}" for key in ("reversal", "refund") if key in body}
                enter(begin, order, [(kind, body | names)])
    close_days(acts_at(begin, day_end("2026-10-26")), SYSTEM)
    whole = report_vat(acts, SYSTEM, "2026-10")[100]
    assert (whole.due_tax, whole.due_base) == (0, 0)
    with begin(read_only=True) as work:
        assert dict(work.ledger.list_balances()) == {}


def test_an_advance_for_a_seat_in_a_car_is_no_revenue(begin: Begin) -> None:
    """It stays the passenger's until the grant of the proven trip turns it into a fare."""
    car = line("i/2", 150, 0, advance=True, network="carpool", weights=[])
    enter(begin, "o1", bought(line("i/1", 275), car))
    acts = acts_at(begin, day_end("2026-10-24"))
    close_days(acts, SYSTEM)
    with begin(read_only=True) as work:
        assert work.ledger.balance("passenger:p-o1") == -150
        assert work.ledger.balance("fares:carpool") == 0
    assert [one.share_cents for one in list_statements(acts, SYSTEM, "2026-10")] == [119, 131]


def month(begin: Begin) -> ActPorts:
    """October, closed: three purchases, one of them given back in part."""
    enter(begin, "o1", bought(line("i/1", 275, 0)))
    enter(begin, "o2", bought(line("i/1", 900), line("i/2", 333, 55, network="rail", weights=[])))
    enter(begin, "o3", bought(line("i/1", 5000, product="pass-month", kind="pass", weights=[])))
    enter(begin, "o2", given_back("i/2", 133))
    fee = {
        "fee": "f",
        "item": "i",
        "network": "shared",
        "amount_cents": 33,
        "vat_permille": 100,
        "reason": "x",
    }
    back = {
        "reversal": "w",
        "sale": "s",
        "reason": "x",
        "entitlements": [],
        "lines": [{"line": "i/2", "cents": 33}],
    }
    enter(begin, "o2", [("reversal", back), ("fee", fee)])
    acts = acts_at(begin, day_end("2026-10-31"))
    close_days(acts, SYSTEM)
    return acts


def test_a_month_is_divided_once_exactly_and_paid_out(begin: Begin) -> None:
    enter(begin, "o0", bought(line("i/1", 275, 0)), NIGHT - dt.timedelta(days=1))
    acts = month(begin)
    rule = DEFAULT.plain() | {"version": 2, "valid_from": "2026-10", "keys": [["coach", 1], ["rail", 3]]}
    with pytest.raises(ForbiddenError):
        publish_rule(acts, Caller("x", frozenset((Role.OPERATOR,))), rule)
    published = publish_rule(acts, SYSTEM, rule)
    assert publish_rule(acts, SYSTEM, rule) == published
    with pytest.raises(ApportionmentError, match="other content"):
        publish_rule(acts, SYSTEM, rule | {"keys": [["x", 1]]})
    with pytest.raises(LedgerError, match="not all days"):
        clear(acts, SYSTEM, "2026-11")
    clear(acts, SYSTEM, "2026-10")
    with pytest.raises(LedgerError, match="already"):
        clear(acts, SYSTEM, "2026-10")
    with pytest.raises(ApportionmentError, match="divided already"):
        publish_rule(acts, SYSTEM, rule | {"version": 3})
    statements = {one.operator: one for one in list_statements(acts, SYSTEM, "2026-10")}
    assert all(one.is_divided and one.owed_cents == one.share_cents for one in statements.values())
    with begin(read_only=True) as work:
        assert [cents for account, cents in work.ledger.list_balances("f") if cents] == []
    revenue = 275 + 275 + 818 + (167 - 9) + 4545 + 30
    assert sum(one.share_cents for one in statements.values()) == revenue
    assert 131 + 131 < statements["coach"].share_cents < statements["rail"].share_cents
    lines = [(name, one.owed_cents) for name, one in statements.items()]
    with pytest.raises(LedgerError, match="cannot be paid"):
        pay_operators(acts, SYSTEM, [(lines[0][0], lines[0][1] + 1)], "k1")
    paid = pay_operators(acts, SYSTEM, lines, "k2")
    assert pay_operators(acts, SYSTEM, lines, "k2") == paid
    with begin(read_only=True) as work:
        assert list(work.ledger.list_balances("operator:")) == []
        assert work.ledger.balance("bank:main") == -revenue


def test_each_table_is_the_same_in_three_formats_and_sums_to_the_ledger(begin: Begin, tmp_path: Path) -> None:
    acts = month(begin)
    for table in SalesTable:
        paths = {form: tmp_path / f"{table}.{form}" for form in Format}
        for form, path in paths.items():
            assert write_sales_table(acts, SYSTEM, "2026-10", table, form, path) > 0
        with paths[Format.CSV].open(encoding="utf-8", newline="") as file:
            plain = list(csv.reader(file))
        sheet = openpyxl.load_workbook(paths[Format.XLSX]).active
        assert sheet is not None
        shown = list(sheet.iter_rows(values_only=True))
        columns = pyarrow.parquet.read_table(paths[Format.PARQUET]).to_pydict()
        assert list(columns) == plain[0] == list(shown[0])
        assert [list(map(str, row)) for row in zip(*columns.values(), strict=True)] == plain[1:]
        assert len(shown) == len(plain)
    with (tmp_path / "shares.csv").open(encoding="utf-8", newline="") as file:
        shares = list(csv.DictReader(file))
    one = [row["share"] for row in shares if row["order"] == "o1"]
    assert one == ["1.31", "1.44"], "the vector of the card"


def test_the_file_for_the_accountants_is_what_the_law_asks_for(begin: Begin, tmp_path: Path) -> None:
    acts = month(begin)
    clear(acts, SYSTEM, "2026-10")
    path = tmp_path / "fec.txt"
    count = write_accounting_file(acts, SYSTEM, "2026-10", "2026-10", path)
    content = path.read_bytes().decode("utf-8")
    heading, *rows = [one.split("\t") for one in content.removesuffix("\r\n").split("\r\n")]
    assert tuple(heading) == COLUMNS
    assert len(heading) == 18
    assert len(rows) == count > 10
    sums: dict[str, int] = {}
    numbers = []
    for row in rows:
        made = dict(zip(COLUMNS, row, strict=True))
        numbers.append(int(made["EcritureNum"]))
        assert made["EcritureDate"] == "20261024"
        assert made["ValidDate"] == "20261101"
        assert made["Debit"].count(",") == made["Credit"].count(",") == 1
        cents = [int(made[name].replace(",", "")) for name in ("Debit", "Credit")]
        assert min(cents) == 0 < max(cents)
        sums[made["EcritureNum"]] = sums.get(made["EcritureNum"], 0) + cents[0] - cents[1]
    assert set(sums.values()) == {0}
    assert sorted(set(numbers)) == list(range(1, len(sums) + 1))


def test_who_may_read(begin: Begin) -> None:
    acts = month(begin)
    for role in (Role.OPERATOR, Role.AUDITOR):
        assert list_days(acts, Caller("x", frozenset((role,))), "2026-10")
    for role in (Role.TRAVELLER, Role.AGENT, Role.INSPECTOR, Role.ADMINISTRATOR):
        with pytest.raises(ForbiddenError):
            list_days(acts, Caller("x", frozenset((role,))), "2026-10")
    with pytest.raises(ForbiddenError):
        close_days(acts, Caller("x", frozenset((Role.AUDITOR,))))


def test_a_book_that_was_changed_is_noticed(begin: Begin, engine: Engine) -> None:
    acts = month(begin)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE sales_entry DISABLE TRIGGER ALL"))
        else:
            connection.execute(text("DROP TRIGGER sales_entry_no_update"))
    for change in (
        "UPDATE sales_entry SET day = '2026-10-30' WHERE order_id = 'o3' AND n = 4",
        "UPDATE sales_chain SET n = 9 WHERE order_id = 'o3'",
        "UPDATE sales_entry SET kind = 'hold' WHERE order_id = 'o3' AND n = 4",
    ):
        assert check_sales(acts, SYSTEM)
        before = {}
        for table in ("sales_entry", "sales_chain"):
            with engine.connect() as connection:
                before[table] = connection.execute(text(f"SELECT * FROM {table} WHERE order_id = 'o3'")).all()
        with engine.begin() as connection:
            connection.execute(text(change))
        with pytest.raises(BookError, match="o3"):
            check_sales(acts, SYSTEM)
        with engine.begin() as connection:
            connection.execute(text("UPDATE sales_chain SET n = 4 WHERE order_id = 'o3'"))
            connection.execute(
                text(
                    "UPDATE sales_entry SET day = '2026-10-24', kind = 'entitlement' WHERE order_id = 'o3' AND n = 4"
                )
            )


def archive(begin: Begin, folder: Path, period: str, at: dt.datetime) -> Path:
    with begin() as work:
        close_period(work, RegisterKeys(KeyFolder(folder / "keys")), period, at, [])
        work.commit()
    path = folder / f"{period}.zip"
    export_archive(AuditPorts(acts_at(begin, at), "operator", dict), SYSTEM, period, path)
    return path


def checked_by_others(folder: Path, period: str) -> bool:
    """What docs/check_register.py says, which has nothing of ours."""
    key = RegisterKeys(KeyFolder(folder / "keys")).load()[0].id
    command = [sys.executable, str(DOCS / "check_register.py"), str(folder / period), key]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout
    return done.returncode == 0


def test_the_archive_of_a_month_carries_its_sales_and_any_change_is_noticed(
    begin: Begin, tmp_path: Path
) -> None:
    with begin() as work:
        record(work, "envelope", {"campaign": "lines", "amount_cents": 1}, NIGHT)
        work.commit()
    acts = month(begin)
    clear(acts, SYSTEM, "2026-10")
    october = archive(begin, tmp_path, "2026-10", acts.now())
    enter(begin, "o2", given_back("i/2", 60), day_end("2026-11-01"))
    enter(begin, "o4", bought(line("i/1", 275)), day_end("2026-11-01"))
    later = acts_at(begin, day_end("2026-11-30"))
    close_days(later, SYSTEM)
    november = archive(begin, tmp_path, "2026-11", later.now())
    for reports in (verify_archives([october, november]), verify_archives([november])):
        assert [one.wrong for one in reports] == [None] * len(reports)
    checks = "\n".join(verify_archives([october])[0].checks)
    assert "entries of sales of 3 orders" in checks
    assert "revenue divided again between the operators: 2026-10" in checks
    for name in (october, november):
        with zipfile.ZipFile(name) as packed:
            packed.extractall(tmp_path / name.stem)
        assert checked_by_others(tmp_path, name.stem)
    book = tmp_path / "2026-11" / "sales.jsonl"
    book.write_bytes(book.read_bytes().replace(b'"cents":275', b'"cents":276', 1))
    assert not checked_by_others(tmp_path, "2026-11")
    content = november.read_bytes()
    at, end = content.index(b'{"order":"o2"'), content.rindex(b'"order":"o4"')
    assert content.count(b'{"order":"o2"') > 3, "what stood before is in it"
    for place in range(at, end, 97):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        (tmp_path / "changed.zip").write_bytes(changed)
        (report,) = verify_archives([tmp_path / "changed.zip"])
        assert not report.holds, place


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_day_is_not_closed_while_somebody_accounts_in_it(engine: Engine, guarded: bool) -> None:
    """Without the lock the sale of the last second is in a day that was sealed without it."""
    begin = units_of_work(engine)
    enter(begin, "o1", bought(line("i/1", 275)))
    acts = acts_at(begin, day_end("2026-10-24"))
    met = threading.Event()

    def close() -> None:
        with begin() as work:
            if not guarded:
                work.sales_journal.hold_day = lambda day: None  # type: ignore[method-assign]
            met.set()
            close_day(work, "2026-10-24", acts.now())
            work.commit()

    thread = threading.Thread(target=close)
    with begin() as work:
        post(work, SimpleNamespace(id="o2", pseudonym="p"), bought(line("i/1", 100)), NIGHT)
        thread.start()
        met.wait(60)
        thread.join(timeout=1 if guarded else 60)
        work.commit()
    thread.join(timeout=60)
    if guarded:
        assert check_sales(acts, SYSTEM) == (2, 8, 1)
    else:
        with pytest.raises(BookError, match="was sealed with other"):
            check_sales(acts, SYSTEM)


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_purchases_do_not_wait_for_each_other(engine: Engine) -> None:
    """Two orders are posted at the same time, neither being committed: there is no row or lock that both need."""
    begin = units_of_work(engine)
    with begin() as one, begin() as two:
        for work, order in ((one, "o1"), (two, "o2")):
            work.session.execute(text("SET LOCAL lock_timeout = '2s'"))
            post(work, SimpleNamespace(id=order, pseudonym="p"), bought(line("i/1", 275)), NIGHT)
        two.commit()
        one.commit()
    assert check_sales(acts_at(begin, day_end("2026-10-24")), SYSTEM)[:2] == (2, 8)
