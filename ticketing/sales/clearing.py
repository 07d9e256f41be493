"""A month of sales divided between the operators: what each of them is owed, and for what.

Made from the entries of the month's days, which are closed, and the rules that are published. The register takes the
sums (`sales-clearing`), with the rules and the use that was counted, so that everybody can make it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ticketing.canonical_json import from_stored
from ticketing.sales.apportionment import (
    ApportionmentRule,
    Shares,
    Use,
    rule_for,
    shares_of_change,
    shares_of_fee,
)
from ticketing.sales.bodies import OWN_FARES
from ticketing.sales.days import days_of
from ticketing.sales.entry import SalesEntry
from ticketing.sales.postings import changes_of
from ticketing.sales.vat import vat_included
from ticketing.table_files import Cell, Column, Kind

Body = dict[str, Any]

SALES, REVERSALS, FEES = "sales", "reversals", "fees"

STATEMENT_COLUMNS = (
    Column("operator"),
    Column("month"),
    Column("what"),
    Column("product"),
    Column("lines", Kind.INTEGER),
    Column("share", Kind.CENTS),
)
SHARE_COLUMNS = (
    Column("order"),
    Column("n", Kind.INTEGER),
    Column("day"),
    Column("what"),
    Column("line"),
    Column("product"),
    Column("rule"),
    Column("revenue", Kind.CENTS),
    Column("operator"),
    Column("share", Kind.CENTS),
)


@dataclass(frozen=True, slots=True)
class ShareLine:
    """How one line of one entry is divided."""

    entry: SalesEntry
    what: str
    line: str
    product: str
    account: str
    """Whose balance the revenue is."""
    revenue_cents: int
    rule: ApportionmentRule
    shares: Shares


def share_lines(entry: SalesEntry, rules: Sequence[ApportionmentRule], use: Use) -> Iterator[ShareLine]:
    """How an entry is divided: nothing of it but its body is needed. Raises ApportionmentError."""
    body = from_stored(entry.body)
    for change in changes_of(entry.kind, body):
        if not change.is_advance:
            rule = rule_for(change.apportionment, change.sold, rules)
            what = SALES if entry.kind == "sale" else REVERSALS
            shares = shares_of_change(change, rule, use)
            account, cents = f"fares:{change.network}", change.revenue_cents
            yield ShareLine(entry, what, change.line, change.product, account, cents, rule, shares)
    if entry.kind == "fee":
        rule = rule_for(OWN_FARES, entry.day[:7], rules)
        cents = body["amount_cents"] - vat_included(body["amount_cents"], body["vat_permille"])
        shares = shares_of_fee(body["network"], cents, rule)
        yield ShareLine(
            entry, FEES, body["item"], body["fee"], f"fees:{body['network']}", cents, rule, shares
        )


class Clearing:
    """The sums of a month while its entries go by."""

    def __init__(self, period: str, first_day: str, rules: Sequence[ApportionmentRule], use: Use) -> None:
        self.period, self.use = period, use
        self.days = max(first_day, f"{period}-01"), max(days_of(period))
        """The first and the last day; the first may be the one on which sales began."""
        self.rules = rules
        self._used: dict[str, ApportionmentRule] = {}
        self.revenue: dict[str, int] = {}
        """Cents by account (`fares:…`, `fees:…`)."""
        self.shares: dict[str, int] = {}
        self.rows: dict[tuple[str, str, str], list[int]] = {}
        """(lines, cents) by operator, what and product."""

    def add(self, entry: SalesEntry) -> None:
        """An entry of the month. Raises ApportionmentError."""
        for one in share_lines(entry, self.rules, self.use):
            self._used[one.rule.hash] = one.rule
            self.revenue[one.account] = self.revenue.get(one.account, 0) + one.revenue_cents
            for operator, cents in one.shares.items():
                self.shares[operator] = self.shares.get(operator, 0) + cents
                product = "" if one.what == FEES else one.product
                row = self.rows.setdefault((operator, one.what, product), [0, 0])
                row[0] += 1
                row[1] += cents

    def body(self) -> Body:
        """The body of the entry of the register."""
        return {
            "period": self.period,
            "days": list(self.days),
            "revenue": [[account, cents] for account, cents in sorted(self.revenue.items()) if cents],
            "shares": [[operator, cents] for operator, cents in sorted(self.shares.items()) if cents],
            "rules": [self._used[key].plain() for key in sorted(self._used)],
            "use": {
                month: {product: dict(by) for product, by in products.items()}
                for month, products in self.use.items()
            },
        }

    def statement_rows(self, operator: str = "") -> Iterator[list[Cell]]:
        """Rows of STATEMENT_COLUMNS; "": of all operators."""
        for (name, what, product), (lines, cents) in sorted(self.rows.items()):
            if operator in ("", name):
                yield [name, self.period, what, product, lines, cents]


def share_rows(
    entries: Iterable[SalesEntry], rules: Sequence[ApportionmentRule], use: Use
) -> Iterator[list[Cell]]:
    """Each share of each line, in rows of SHARE_COLUMNS."""
    for entry in entries:
        for one in share_lines(entry, rules, use):
            rule = f"{one.rule.name} {one.rule.version} {one.rule.hash[:12]}"
            for operator, cents in one.shares.items():
                yield [
                    *(entry.order_id, entry.n, entry.day, one.what, one.line, one.product),
                    *(rule, one.revenue_cents, operator, cents),
                ]
