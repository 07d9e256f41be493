"""What operators and auditors read of sales: days, statements, taxes, entries; and as tables and files to take along.

All of it is of days that are closed, so that it is the same for everybody at any time. Every read is noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ground.paris import PARIS
from mobility.accounts.caller import Caller, ForbiddenError, Permission
from mobility.acts.payout_ports import Read
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.sales.clear_month import (
    CLEARING,
    OPERATOR,
    PAYOUT,
    PAYOUT_RETURN,
    clearing_of,
    days_span,
)
from mobility.acts.sales.close_day import DayError
from ticketing.canonical_json import from_stored
from ticketing.period import is_period
from ticketing.postings import postings_of as register_postings
from ticketing.sales.accounting_file import Written, accounting_lines
from ticketing.sales.check_book import BookCheck, BookError
from ticketing.sales.clearing import SHARE_COLUMNS, STATEMENT_COLUMNS, share_rows
from ticketing.sales.days import day_of
from ticketing.sales.entry import SalesEntry
from ticketing.sales.postings import postings_of
from ticketing.sales.vat_report import VAT_COLUMNS, VatLine, vat_report, vat_rows
from ticketing.table_files import Cell, Column, Format, Kind, Row, write_table


class SalesTable(StrEnum):
    """What can be taken along."""

    ENTRIES = "entries"
    """What every entry of the book moved between which accounts."""
    STATEMENT = "statement"
    """What each operator's part is, by product."""
    SHARES = "shares"
    """Each part of each line that was sold or given back, with the rule it goes by."""
    VAT = "vat"
    DAYS = "days"
    """The closed days, with their digests."""


SHEETS = {
    SalesTable.ENTRIES: "Écritures",
    SalesTable.STATEMENT: "Répartition",
    SalesTable.SHARES: "Parts",
    SalesTable.VAT: "TVA",
    SalesTable.DAYS: "Journées",
}
ENTRY_COLUMNS = (
    Column("order"),
    Column("n", Kind.INTEGER),
    Column("day"),
    Column("at"),
    Column("kind"),
    Column("account"),
    Column("debit", Kind.CENTS),
    Column("credit", Kind.CENTS),
    Column("hash"),
)
DAY_COLUMNS = (
    Column("day"),
    Column("register_seq", Kind.INTEGER),
    Column("entries", Kind.INTEGER),
    Column("debits", Kind.CENTS),
    Column("digest"),
)


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day that is sealed: by which entry of the register, and what that says."""

    day: str
    seq: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OperatorStatement:
    """What an operator's part of a month is, and what it is owed in all. Cents."""

    operator: str
    period: str
    share_cents: int
    rows: list[list[Cell]]
    """Of STATEMENT_COLUMNS."""
    is_divided: bool
    """Whether the month is divided for good; if not, so far as its days are closed."""
    owed_cents: int
    """By the ledger, all months together, now."""


def may_read(acts: ActPorts, caller: Caller, what: str) -> None:
    """Whether somebody may read sales (operators and auditors), and a note of it. Raises ForbiddenError."""
    if not (caller.may(Permission.MANAGE_SALES) or caller.may(Permission.READ_AUDIT)):
        raise ForbiddenError(
            f"this needs the permission to {Permission.MANAGE_SALES.value} or {Permission.READ_AUDIT.value}"
        )
    with acts.unit_of_work() as work:
        work.access_log.add(Read(caller.person, f"sales: {what}", acts.now()))
        work.commit()


def list_days(acts: ActPorts, caller: Caller, period: str) -> list[ClosedDay]:
    """The closed days of a month. Raises ForbiddenError and DayError."""
    may_read(acts, caller, f"days of {period}")
    with acts.unit_of_work(read_only=True) as work:
        return _closed_days(work, *_span(work, period))


def list_statements(
    acts: ActPorts, caller: Caller, period: str, operator: str = ""
) -> list[OperatorStatement]:
    """What a month comes to for each operator, or one. Raises ForbiddenError, DayError and ApportionmentError."""
    may_read(acts, caller, f"statement of {period} {operator}".strip())
    with acts.unit_of_work(read_only=True) as work:
        clearing = clearing_of(work, period)
        divided = any(
            from_stored(one.body)["period"] == period for one in work.register.list_entries(kinds=(CLEARING,))
        )
        names = [operator] if operator else sorted({name for name, _, _ in clearing.rows})
        return [
            OperatorStatement(
                name,
                period,
                clearing.shares.get(name, 0),
                list(clearing.statement_rows(name)),
                divided,
                -work.ledger.balance(f"{OPERATOR}{name}"),
            )
            for name in names
        ]


def report_vat(acts: ActPorts, caller: Caller, period: str) -> dict[int, VatLine]:
    """The tax of a month by rate (thousandths). Raises ForbiddenError and DayError."""
    may_read(acts, caller, f"tax of {period}")
    with acts.unit_of_work(read_only=True) as work:
        return vat_report(work.sales_journal.list_span(*_span(work, period)))


def list_order_entries(acts: ActPorts, caller: Caller, order_id: str) -> list[SalesEntry]:
    """The book of one order. Raises ForbiddenError."""
    may_read(acts, caller, f"book of order {order_id}")
    with acts.unit_of_work(read_only=True) as work:
        return work.sales_journal.list_entries(order_id)


def write_sales_table(
    acts: ActPorts, caller: Caller, period: str, table: SalesTable, form: Format, path: Path
) -> int:
    """Write a table of a month to a file; how many rows it has. Raises ForbiddenError, DayError and
    ApportionmentError."""
    may_read(acts, caller, f"table {table.value} of {period} as {form.value}")
    with acts.unit_of_work(read_only=True) as work:
        columns, rows = _table(work, period, table)
        return write_table(path, form, SHEETS[table], columns, rows)


def write_accounting_file(acts: ActPorts, caller: Caller, first: str, last: str, path: Path) -> int:
    """Write the accounting entries file (FEC) of the months from `first` to `last`; how many lines it has, without the
    heading. Raises ForbiddenError and DayError."""
    may_read(acts, caller, f"accounting entries from {first} to {last}")
    with acts.unit_of_work(read_only=True) as work, path.open("w", encoding="utf-8", newline="") as file:
        count = -1
        for line in accounting_lines(_written(work, _span(work, first)[0], _span(work, last)[1])):
            file.write(line)
            count += 1
    return count


def check_sales(acts: ActPorts, caller: Caller) -> tuple[int, int, int]:
    """Check the whole book from zero: (orders, entries, closed days). Raises ForbiddenError and BookError."""
    may_read(acts, caller, "a check of the whole book")
    with acts.unit_of_work(read_only=True) as work:
        sealed = {one.day: one.body for one in _closed_days(work, "", "9999-12-31")}
        check = BookCheck(sealed)
        chain = None
        for entry in work.sales_journal.list_span("", "9999-12-31"):
            if chain is not None and chain.order_id != entry.order_id:
                _check_stored(work, chain)
            chain = check.add(entry)
        if chain is not None:
            _check_stored(work, chain)
        check.end()
    return check.orders, check.entries, len(sealed)


def _check_stored(work: UnitOfWork, chain: Any) -> None:
    """Invariant 10: where the book of an order stands is what its entries give."""
    if work.sales_journal.find(chain.order_id) != chain:
        raise BookError(f"order {chain.order_id}: it stands elsewhere than its entries say")


def _span(work: UnitOfWork, period: str) -> tuple[str, str]:
    """The first and the last day of a month that are closed. Raises DayError."""
    if not is_period(period):
        raise DayError(f"{period!r} is no month: YYYY-MM")
    first, last = days_span(period)
    return first, min(last, work.sales_journal.find_days()[1])


def _closed_days(work: UnitOfWork, first: str, last: str) -> list[ClosedDay]:
    found = []
    for day, seq in work.sales_journal.list_closed():
        entry = work.register.find_entry(seq) if first <= day <= last else None
        if entry is not None:
            found.append(ClosedDay(day, seq, from_stored(entry.body)))
    return found


def _table(work: UnitOfWork, period: str, table: SalesTable) -> tuple[Sequence[Column], Iterable[Row]]:
    first, last = _span(work, period)
    if table is SalesTable.DAYS:
        return DAY_COLUMNS, map(_day_row, _closed_days(work, first, last))
    entries = work.sales_journal.list_span(first, last)
    if table is SalesTable.VAT:
        return VAT_COLUMNS, vat_rows(vat_report(entries))
    if table is SalesTable.ENTRIES:
        return ENTRY_COLUMNS, _entry_rows(entries)
    clearing = clearing_of(work, period)
    if table is SalesTable.SHARES:
        return SHARE_COLUMNS, share_rows(entries, clearing.rules, clearing.use)
    return STATEMENT_COLUMNS, clearing.statement_rows()


def _day_row(one: ClosedDay) -> list[Cell]:
    debits = sum(total["debit_cents"] for total in one.body["totals"].values())
    return [one.day, one.seq, one.body["count"], debits, one.body["digest"]]


def _entry_rows(entries: Iterable[SalesEntry]) -> Iterator[list[Cell]]:
    for entry in entries:
        for posting in postings_of(entry):
            cents = posting.amount_cents
            yield [
                *(entry.order_id, entry.n, entry.day, f"{entry.at.astimezone(PARIS):%Y-%m-%dT%H:%M:%S%z}"),
                *(entry.kind, posting.account, max(cents, 0), max(-cents, 0), entry.hash.hex()),
            ]


def _written(work: UnitOfWork, first: str, last: str) -> Iterator[Written]:
    """What moved in the closed days, in their order, then what of it operators were given."""
    for one in _closed_days(work, first, last):
        sealed = work.register.find_entry(one.seq)
        sealed_on = day_of(sealed.at) if sealed else one.day
        for entry in work.sales_journal.list_span(one.day, one.day):
            if postings := postings_of(entry):
                piece = f"{entry.order_id}/{entry.n}"
                yield Written(entry.kind, one.day, sealed_on, piece, day_of(entry.at), postings)
    for divided in work.register.list_entries(kinds=(CLEARING, PAYOUT, PAYOUT_RETURN)):
        day, transaction = day_of(divided.at), register_postings(divided)
        if first <= day <= last and transaction is not None:
            yield Written(divided.kind, day, day, f"r{divided.seq}", day, transaction.postings)
