"""What a month came to, for each driver and each line: a fold over the register's entries, one at a time.

The figures are sums of what the entries say; that they are the ledger's is checked, not assumed: `closing_cents` is
computed from the postings and must be what the sums give.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from ticketing.entry import RegisterEntry, Transaction
from ticketing.journey_rows import is_refusal
from ticketing.postings import transaction_of
from ticketing.table_files import Cell, Column, Kind

DRIVER = "driver:"
"""Accounts of drivers: a credit (negative) balance is owed to them."""


@dataclass(slots=True)
class DriverMonth:
    """A driver's month. Cents; what is owed to the driver is positive.

    `trips`, `distance_m` and `passengers` are of the trips granted less those taken back in this month.
    """

    driver: str
    opening_cents: int = 0
    trips: int = 0
    distance_m: int = 0
    passengers: int = 0
    granted_cents: int = 0
    withdrawn_cents: int = 0
    paid_cents: int = 0
    returned_cents: int = 0
    other_cents: int = 0
    """Whatever else was posted to the account."""
    closing_cents: int = 0

    @property
    def holds(self) -> bool:
        """Whether the sums give the balance."""
        earned = self.granted_cents - self.withdrawn_cents + self.other_cents
        return self.opening_cents + earned - self.paid_cents + self.returned_cents == self.closing_cents


@dataclass(slots=True)
class LineMonth:
    """A line's month, of a campaign."""

    line_id: str
    campaign: str
    trips: int = 0
    distance_m: int = 0
    passengers: int = 0
    granted_cents: int = 0
    withdrawn_cents: int = 0
    fares_cents: int = 0
    """What passengers owe the Region for these trips."""


DRIVER_COLUMNS = (
    Column("driver"),
    Column("trips", Kind.INTEGER),
    Column("distance_m", Kind.INTEGER),
    Column("passengers", Kind.INTEGER),
    Column("opening", Kind.CENTS),
    Column("granted", Kind.CENTS),
    Column("withdrawn", Kind.CENTS),
    Column("paid", Kind.CENTS),
    Column("returned", Kind.CENTS),
    Column("other", Kind.CENTS),
    Column("closing", Kind.CENTS),
)
_SUMMED = (
    *("trips", "distance_m", "passengers", "opening_cents", "granted_cents", "withdrawn_cents"),
    *("paid_cents", "returned_cents", "other_cents", "closing_cents"),
)
LINE_COLUMNS = (
    Column("line_id"),
    Column("campaign"),
    Column("trips", Kind.INTEGER),
    Column("distance_m", Kind.INTEGER),
    Column("passengers", Kind.INTEGER),
    Column("granted", Kind.CENTS),
    Column("withdrawn", Kind.CENTS),
    Column("fares", Kind.CENTS),
)


@dataclass(slots=True)
class Statement:
    """A month's statement while it is folded. Begin it with the balances of the month before (of the ledger: debits
    positive)."""

    period: str
    drivers: dict[str, DriverMonth] = field(default_factory=dict)
    lines: dict[tuple[str, str], LineMonth] = field(default_factory=dict)
    refused: int = 0
    """Trips refused."""

    @classmethod
    def begin(cls, period: str, balances: Mapping[str, int]) -> Statement:
        """The statement of a month before its first entry."""
        statement = cls(period)
        for account, cents in balances.items():
            if account.startswith(DRIVER) and cents:
                month = statement._driver(account.removeprefix(DRIVER))
                month.opening_cents = month.closing_cents = -cents
        return statement

    def add(self, entry: RegisterEntry, body: dict[str, Any], transaction: Transaction | None) -> None:
        """One more entry, with its body as an object and what follows from it (`transaction_of`)."""
        if is_refusal(entry.kind, body):
            self.refused += 1
        counted = {"grant": self._grant, "withdrawal": self._withdrawal}.get(entry.kind)
        if counted is not None:
            counted(body)
        for posting in transaction.postings if transaction is not None else ():
            if posting.account.startswith(DRIVER):
                self._post(entry.kind, posting.account.removeprefix(DRIVER), -posting.amount_cents)

    def _grant(self, body: dict[str, Any]) -> None:
        facts = body["facts"]
        passengers = sum(one.get("seats", 1) for one in facts["passengers"])
        line = self._line(facts["line_id"], body["campaign"])
        for month in (self._driver(facts["driver"]), line):
            month.trips += 1
            month.distance_m += facts["distance_m"]
            month.passengers += passengers
        line.granted_cents += body["grant"]["amount_cents"]
        line.fares_cents += sum(one["fare_cents"] for one in facts["passengers"])

    def _withdrawal(self, body: dict[str, Any]) -> None:
        line = self._line(body["line_id"], body["campaign"])
        for month in (self._driver(body["driver"]), line):
            month.trips -= 1
            month.distance_m -= body["distance_m"]
            month.passengers -= sum(one.get("seats", 1) for one in body["fares"])
        line.withdrawn_cents += body["amount_cents"]
        line.fares_cents -= sum(one["fare_cents"] for one in body["fares"])

    def _post(self, kind: str, driver: str, owed_cents: int) -> None:
        month = self._driver(driver)
        month.closing_cents += owed_cents
        match kind:
            case "grant":
                month.granted_cents += owed_cents
            case "withdrawal":
                month.withdrawn_cents -= owed_cents
            case "payout":
                month.paid_cents -= owed_cents
            case "payout-return":
                month.returned_cents += owed_cents
            case _:
                month.other_cents += owed_cents

    def _driver(self, driver: str) -> DriverMonth:
        return self.drivers.setdefault(driver, DriverMonth(driver))

    def _line(self, line_id: str, campaign: str) -> LineMonth:
        return self.lines.setdefault((line_id, campaign), LineMonth(line_id, campaign))

    def balances(self) -> dict[str, int]:
        """The accounts of drivers as the ledger has them (debits positive), without those of zero."""
        return {
            f"{DRIVER}{one.driver}": -one.closing_cents for one in self.drivers.values() if one.closing_cents
        }

    def driver_rows(self) -> Iterator[list[Cell]]:
        """A row for each driver, by pseudonym (DRIVER_COLUMNS)."""
        for driver in sorted(self.drivers):
            one = self.drivers[driver]
            yield [
                *(one.driver, one.trips, one.distance_m, one.passengers, one.opening_cents),
                *(one.granted_cents, one.withdrawn_cents, one.paid_cents, one.returned_cents),
                *(one.other_cents, one.closing_cents),
            ]

    def line_rows(self) -> Iterator[list[Cell]]:
        """A row for each line and campaign (LINE_COLUMNS)."""
        for key in sorted(self.lines):
            one = self.lines[key]
            yield [
                *(one.line_id, one.campaign, one.trips, one.distance_m, one.passengers),
                *(one.granted_cents, one.withdrawn_cents, one.fares_cents),
            ]

    def totals(self) -> dict[str, int]:
        """The sums over all drivers; amounts in cents."""
        months = self.drivers.values()
        sums = {name: sum(getattr(month, name) for month in months) for name in _SUMMED}
        return sums | {"drivers": len(self.drivers), "refused": self.refused}


def make_statement(period: str, balances: Mapping[str, int], entries: Iterable[RegisterEntry]) -> Statement:
    """The statement of a month: `balances` are those before it, `entries` its own, in order."""
    statement = Statement.begin(period, balances)
    for entry in entries:
        body = orjson.loads(entry.body)
        statement.add(entry, body, transaction_of(entry, body))
    return statement
