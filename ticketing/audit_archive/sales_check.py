"""The book of sales in an archive: the entries of the days a month of the register seals, and what stood before them.

`sales.jsonl` holds them by order (by code points) and number; `sales-earlier.jsonl`, in the same order, all entries of
earlier days of the orders that go on, so that each chain begins at its beginning.
"""

from __future__ import annotations

import datetime as dt
import heapq
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from ticketing.audit_archive.derived_files import CsvLines
from ticketing.audit_archive.members import SALES, SALES_EARLIER, SALES_README, SALES_VAT, sales_readme
from ticketing.audit_archive.reading import Comparison, OpenArchive
from ticketing.audit_archive.report import Report, WrongError
from ticketing.register import NO_HASH, RegisterError, instant_text
from ticketing.sales.apportionment import ApportionmentError, read_rule
from ticketing.sales.check_book import BookCheck, BookError
from ticketing.sales.clearing import Clearing
from ticketing.sales.days import days_of, next_day
from ticketing.sales.entry import SalesEntry
from ticketing.sales.vat_report import VAT_COLUMNS, VatReport, vat_rows

_LINE = re.compile(
    rb'\{"order":"([0-9A-Za-z:._-]{1,64})","n":([1-9][0-9]{0,8}),"day":"([0-9-]{10})","kind":"([a-z][a-z0-9-]{0,31})",'
    rb'"at":"([0-9TZ:-]{20})","previous":"([0-9a-f]{64})","hash":"([0-9a-f]{64})","body":(\{.*\})\}',
    re.DOTALL,
)


def write_sales_line(entry: SalesEntry, previous: bytes) -> bytes:
    """The line of an entry, without its end."""
    head = (
        f'{{"order":"{entry.order_id}","n":{entry.n},"day":"{entry.day}","kind":"{entry.kind}",'
        f'"at":"{instant_text(entry.at)}","previous":"{previous.hex()}","hash":"{entry.hash.hex()}","body":'
    )
    return head.encode("ascii") + entry.body + b"}"


def read_sales_line(name: str, number: int, line: bytes) -> tuple[SalesEntry, bytes]:
    """The entry of a line, and the hash before it. Raises WrongError."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise WrongError(name, "this is not a line of the book of sales", line=number)
    order, n, day, kind, at, previous, said, body = match.groups()
    try:
        instant = dt.datetime.fromisoformat(at.decode())
        if (
            instant_text(instant).encode() != at
            or dt.date.fromisoformat(day.decode()).isoformat() != day.decode()
        ):
            raise ValueError
    except (ValueError, RegisterError):
        raise WrongError(name, "its instant or its day cannot be read", line=number) from None
    entry = SalesEntry(
        order.decode(), int(n), kind.decode(), instant, body, bytes.fromhex(said.decode()), day.decode()
    )
    return entry, bytes.fromhex(previous.decode())


class SalesFold:
    """The sums that follow from the entries of sealed days: tax, and what was divided."""

    def __init__(
        self, sealed: Mapping[str, Mapping[str, Any]], cleared: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self.check = BookCheck(sealed)
        self._sealed = sealed
        self._vat = VatReport()
        self._cleared = {
            one["period"]: one
            for one in cleared
            if {day for day in days_of(one["period"]) if day >= one["days"][0]} <= sealed.keys()
        }
        self._clearings = {
            period: Clearing(period, one["days"][0], [read_rule(rule) for rule in one["rules"]], one["use"])
            for period, one in self._cleared.items()
        }

    @property
    def periods(self) -> list[str]:
        """The months whose division is derived here."""
        return sorted(self._clearings)

    def add(self, entry: SalesEntry) -> None:
        """The next entry, by order and number. Raises BookError and ApportionmentError."""
        self.check.add(entry)
        if entry.day in self._sealed:
            self._vat.add(entry)
            if clearing := self._clearings.get(entry.day[:7]):
                clearing.add(entry)

    def end(self) -> None:
        """There are no more. Raises BookError."""
        self.check.end()
        for period, clearing in self._clearings.items():
            made = clearing.body()
            for name in ("days", "revenue", "shares", "rules"):
                if made[name] != self._cleared[period][name]:
                    raise BookError(f"{period} was divided with other {name} than follow from its entries")

    def vat_file(self) -> bytes:
        """The tax of the sealed days, as CSV."""
        lines = CsvLines(VAT_COLUMNS)
        return lines.headings() + lines.rows(list(vat_rows(self._vat.lines)))


def check_sales(
    archive: OpenArchive,
    sealed: Mapping[str, Mapping[str, Any]],
    cleared: list[Mapping[str, Any]],
    report: Report,
) -> None:
    """Every chain, rule, day and sum. Raises WrongError."""
    if bool(sealed) != archive.has_sales:
        words = "it seals days of sales, which are not here" if sealed else "no day of sales is sealed in it"
        raise WrongError("register.jsonl", words)
    if not sealed:
        return
    if archive.read(SALES_README, 1 << 20) != sales_readme():
        raise WrongError(SALES_README, "it is not the text of this format")
    days = sorted(sealed)
    for one, two in pairwise(days):
        if two != next_day(one):
            raise WrongError("register.jsonl", f"{next_day(one)} is not sealed, {one} and {two} are")
    fold = _walk(archive, sealed, cleared)
    tax = Comparison(archive, SALES_VAT)
    tax.expect(fold.vat_file())
    tax.end()
    later = [one["period"] for one in cleared if one["period"] not in fold.periods]
    report.checks += [
        f"{fold.check.entries} entries of sales of {fold.check.orders} orders, each following the one before in its "
        "order and from what was paid",
        f"{len(days)} days of sales, {days[0]} to {days[-1]}, are what the register seals",
        f"revenue divided again between the operators: {', '.join(fold.periods) or 'no month'}",
    ]
    if later:
        report.not_checked.append(
            f"the division of {', '.join(later)}: some of its days are sealed in another month of the register"
        )


def _walk(
    archive: OpenArchive, sealed: Mapping[str, Mapping[str, Any]], cleared: list[Mapping[str, Any]]
) -> SalesFold:
    first, waiting = min(sealed), ""
    name, number = SALES, 0
    try:
        fold = SalesFold(sealed, cleared)
        for (order_id, _), name, number, entry, previous in heapq.merge(
            _lines(archive, SALES_EARLIER), _lines(archive, SALES), key=lambda one: one[0]
        ):
            if (entry.day in sealed) != (name == SALES) or (name == SALES_EARLIER and entry.day >= first):
                raise WrongError(name, f"{entry.day} has no place here", line=number)
            if previous != (fold.check.chain.hash if fold.check.chain.order_id == order_id else NO_HASH):
                raise WrongError(name, "it does not follow the entry before it in its order", line=number)
            if waiting not in ("", order_id):
                break
            waiting = order_id if name == SALES_EARLIER else ""
            fold.add(entry)
        if waiting:
            raise WrongError(SALES_EARLIER, f"order {waiting} does not go on in these days")
        fold.end()
    except (BookError, ApportionmentError, KeyError, TypeError, ValueError) as error:
        raise WrongError(name, str(error), line=number or None) from error
    return fold


def _lines(archive: OpenArchive, name: str) -> Iterator[tuple[tuple[str, int], str, int, SalesEntry, bytes]]:
    for number, line in enumerate(archive.lines(name), 1):
        entry, previous = read_sales_line(name, number, line)
        yield (entry.order_id, entry.n), name, number, entry, previous
