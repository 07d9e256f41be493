"""Value added tax of a span of days: what was sold, taken back and kept, by rate. Its sums are the ledger's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ticketing.canonical_json import from_stored
from ticketing.sales.entry import SalesEntry
from ticketing.sales.postings import changes_of
from ticketing.sales.vat import vat_included
from ticketing.table_files import Cell, Column, Kind

VAT_COLUMNS = (
    Column("vat_permille", Kind.INTEGER),
    Column("sold_without_tax", Kind.CENTS),
    Column("sold_tax", Kind.CENTS),
    Column("reversed_without_tax", Kind.CENTS),
    Column("reversed_tax", Kind.CENTS),
    Column("fees_without_tax", Kind.CENTS),
    Column("fees_tax", Kind.CENTS),
    Column("due_without_tax", Kind.CENTS),
    Column("due_tax", Kind.CENTS),
)


@dataclass(slots=True)
class VatLine:
    """One rate; amounts in cents. What was taken back is positive here."""

    sold_base: int = 0
    sold_tax: int = 0
    reversed_base: int = 0
    reversed_tax: int = 0
    fees_base: int = 0
    fees_tax: int = 0

    @property
    def due_base(self) -> int:
        """What is left to be taxed."""
        return self.sold_base - self.reversed_base + self.fees_base

    @property
    def due_tax(self) -> int:
        """What is owed to the State."""
        return self.sold_tax - self.reversed_tax + self.fees_tax


class VatReport:
    """The sums while entries go by; `lines` are by rate in thousandths."""

    def __init__(self) -> None:
        self.lines: dict[int, VatLine] = {}

    def add(self, entry: SalesEntry) -> None:
        """An entry."""
        body = from_stored(entry.body)
        for change in changes_of(entry.kind, body):
            if change.is_advance:
                continue
            line = self.lines.setdefault(change.vat_permille, VatLine())
            if entry.kind == "sale":
                line.sold_base += change.revenue_cents
                line.sold_tax += change.vat_cents
            else:
                line.reversed_base -= change.revenue_cents
                line.reversed_tax -= change.vat_cents
        if entry.kind == "fee":
            line = self.lines.setdefault(body["vat_permille"], VatLine())
            tax = vat_included(body["amount_cents"], body["vat_permille"])
            line.fees_base += body["amount_cents"] - tax
            line.fees_tax += tax


def vat_report(entries: Iterable[SalesEntry]) -> dict[int, VatLine]:
    """The sums of entries, by rate in thousandths."""
    report = VatReport()
    for entry in entries:
        report.add(entry)
    return report.lines


def vat_rows(report: dict[int, VatLine]) -> Iterator[list[Cell]]:
    """Rows of VAT_COLUMNS, by rate."""
    for permille, one in sorted(report.items()):
        yield [
            *(permille, one.sold_base, one.sold_tax, one.reversed_base, one.reversed_tax),
            *(one.fees_base, one.fees_tax, one.due_base, one.due_tax),
        ]
