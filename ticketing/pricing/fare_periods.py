"""The periods a best fare is found for: a fare day (2026-11-22), a week from Monday on (2026-W47), a calendar month
(2026-11)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ticketing.tariff.days import CapDay, FareDay, Period, cap_day, fare_day, fare_day_start_s, next_period
from ticketing.tariff.tariff import Tariff

BEST_FARE_PERIODS = (Period.DAY, Period.WEEK, Period.MONTH)

_MONTHS_FR = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WRITTEN = (
    (Period.DAY, re.compile(r"\d{4}-\d\d-\d\d")),
    (Period.WEEK, re.compile(r"\d{4}-W\d\d")),
    (Period.MONTH, re.compile(r"\d{4}-\d\d")),
)


class PeriodError(ValueError):
    """A text names no period; the message says what would."""


@dataclass(frozen=True, slots=True)
class FarePeriod:
    """Fare days from one until before another."""

    kind: Period
    first: FareDay

    @property
    def until(self) -> FareDay:
        """The first fare day after it."""
        return next_period(CapDay(self.first), self.kind)

    @property
    def name(self) -> str:
        """2026-11-22, 2026-W47 or 2026-11."""
        match self.kind:
            case Period.DAY:
                return self.first.isoformat()
            case Period.WEEK:
                year, week, _ = self.first.isocalendar()
                return f"{year}-W{week:02}"
            case _:
                return f"{self.first:%Y-%m}"

    @property
    def french(self) -> str:
        """What it is called after "meilleur tarif"."""
        match self.kind:
            case Period.DAY:
                return f"du {self.first:%d/%m/%Y}"
            case Period.WEEK:
                return f"de la semaine du {self.first:%d/%m/%Y}"
            case _:
                month = _MONTHS_FR[self.first.month - 1]
                return f"{'d’' if month[0] in 'ao' else 'de '}{month} {self.first.year}"

    @property
    def english(self) -> str:
        """What it is called after "best fare"."""
        match self.kind:
            case Period.DAY:
                return f"of {self.first.isoformat()}"
            case Period.WEEK:
                return f"of the week from {self.first.isoformat()} on"
            case _:
                return f"of {_MONTHS_EN[self.first.month - 1]} {self.first.year}"

    def span_s(self, tariff: Tariff) -> tuple[int, int]:
        """(from, until) in epoch seconds by the clock of a tariff; until exclusive."""
        zone, begins = tariff.time_zone, tariff.fare_day_begins_min
        return fare_day_start_s(self.first, zone, begins), fare_day_start_s(self.until, zone, begins)


def period_of(instant_s: int, kind: Period, tariff: Tariff) -> FarePeriod:
    """The period of a kind that an instant lies in."""
    day = fare_day(instant_s, tariff.time_zone, tariff.fare_day_begins_min)
    return FarePeriod(kind, FareDay(cap_day(day, kind)))


def period_before(period: FarePeriod) -> FarePeriod:
    """The one that ends where this begins."""
    last = FareDay(period.first - dt.timedelta(days=1))
    return FarePeriod(period.kind, FareDay(cap_day(last, period.kind)))


def read_period(text: str) -> FarePeriod:
    """A period by its name. Raises PeriodError."""
    for kind, written in _WRITTEN:
        if not written.fullmatch(text):
            continue
        try:
            if kind is Period.WEEK:
                first = dt.date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
            else:
                first = dt.date.fromisoformat(text if kind is Period.DAY else f"{text}-01")
            return FarePeriod(kind, FareDay(first))
        except ValueError:
            break
    raise PeriodError(f"{text!r} is no period: a fare day YYYY-MM-DD, a week YYYY-Www or a month YYYY-MM")


def kinds_sold(tariff: Tariff) -> Iterator[Period]:
    """The kinds of period a tariff sells a pass for, the shortest first: for others there is nothing to give back."""
    sold = {product.period for product in tariff.products if product.kind == "pass"}
    return (kind for kind in BEST_FARE_PERIODS if kind in sold)
