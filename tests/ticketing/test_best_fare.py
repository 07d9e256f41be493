"""At the end of a period nobody has paid more than the best passes would have cost."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from tests.naive.best_fare import days_from, least
from ticketing.pricing.best_fare import PaidFor, Span, best_fare
from ticketing.pricing.fare_periods import read_period
from ticketing.pricing.rider import Rider
from ticketing.tariff.days import FareDay
from ticketing.tariff.read_tariff import read_tariff
from ticketing.tariff.tariff import Tariff

OCTOBER = read_period("2026-10")
FIRST, UNTIL = OCTOBER.first, OCTOBER.until


def _tariff(lots: random.Random) -> Tariff:
    names = ("rail", "road", "city")

    def named(name: str) -> dict[str, object]:
        return {"id": name, "name_fr": name, "name_en": name}

    passes = [
        named(f"{period}-{n}")
        | {
            "kind": "pass",
            "period": period,
            "networks": lots.sample(names, lots.randint(1, 3)),
            "fare": {"kind": "flat", "cents": lots.randint(1, 6) * cents},
        }
        for period, cents in (("day", 100), ("week", 250), ("month", 600))
        for n in range(lots.randint(0, 2))
    ]
    return read_tariff(
        {
            "id": "passes", "title_fr": "x", "title_en": "x", "valid_from": "2025-01-01",
            "vat": {"mode": "line", "permille": 100}, "categories": [named("adult"), named("youth")],
            "networks": [named(name) | {"operator": name, "select": [{"feed": name}]} for name in names],
            "reductions": [named("youth") | {"categories": ["youth"], "off_permille": 500}],
            "products": passes,
        }
    )  # fmt: skip


def _payments(lots: random.Random, count: int) -> list[PaidFor]:
    """For rides on few days, some of them within a pass, and for passes: of a day, two, a week, the month, a year."""
    days, names = lots.sample(range(1, 32), 3), ("rail", "road", "city")
    found = []
    for _ in range(count):
        first = dt.date(2026, 10, lots.choice(days))
        if lots.random() < 0.7:
            span = Span(FareDay(first), FareDay(first + dt.timedelta(1)), frozenset((lots.choice(names),)))
            found.append(PaidFor(lots.choice((0, 90, 150, 420)), span, lots.random() < 0.15))
            continue
        weekday = dt.timedelta(first.weekday())
        spans = [(first, 1), (first, 2), (first - weekday, 7), (dt.date(2026, 10, 1), 31), (first, 365)]
        begin, lasts = lots.choice(spans)
        span = Span(
            FareDay(begin),
            FareDay(begin + dt.timedelta(lasts)),
            frozenset(lots.sample(names, lots.randint(1, 3))),
        )
        found.append(PaidFor(lots.choice((200, 500, 900, 2000)), span))
    return found


def _slow(tariff: Tariff, youth: bool, paid: list[PaidFor]) -> int:
    """The twin, which knows of days and networks alone."""
    october = days_from(dt.date(2026, 10, 1), 31)
    given = [
        (
            days_from(one.span.first_day, (one.span.until_day - one.span.first_day).days),
            one.span.networks,
            one.cents,
        )
        for one in paid
        if not one.is_held
    ]
    given = [one for one in given if one[0] <= october]
    offers = []
    for product in tariff.products:
        for first in {min(days) for days, *_ in given}:
            week = days_from(first - dt.timedelta(first.weekday()), 7)
            days = {"day": days_from(first, 1), "week": week, "month": october}[product.period]
            if days <= october:
                offers.append((days, frozenset(product.networks), product.fare.cents // (2 if youth else 1)))
    return least(given, offers, 5)


@pytest.mark.parametrize("part", range(6))
def test_it_is_the_least_over_all_sets_of_passes(part: int) -> None:
    changed = 0
    for seed in range(part, 240, 6):
        lots = random.Random(seed)
        tariff, rides, youth = _tariff(lots), _payments(lots, lots.randint(0, 7)), lots.random() < 0.5
        rider = Rider("youth" if youth else "adult")
        found = best_fare(tariff, rider, rides, FIRST, UNTIL)
        assert found.owed_cents == _slow(tariff, youth, rides), f"seed {seed}"
        assert 0 <= found.owed_cents <= found.paid_cents
        assert found.back_cents == found.paid_cents - found.owed_cents
        shuffled = lots.sample(rides, len(rides))
        assert best_fare(tariff, rider, shuffled, FIRST, UNTIL) == found
        for n in range(len(rides)):
            less = best_fare(tariff, rider, rides[:n] + rides[n + 1 :], FIRST, UNTIL)
            assert less.owed_cents <= found.owed_cents, "one ride more costs no less"
        changed += found.back_cents > 0
    assert changed > 5


def test_passes_are_named() -> None:
    drawn = (_tariff(random.Random(seed)) for seed in range(100))
    tariff = next(one for one in drawn if any(product.period == "day" for product in one.products))
    product = next(one for one in tariff.products if one.period == "day")
    day, week = FareDay(dt.date(2026, 10, 14)), read_period("2026-W42")
    span = Span(day, FareDay(dt.date(2026, 10, 15)), frozenset(product.networks[:1]))
    found = best_fare(tariff, Rider(), [PaidFor(5_000, span)], week.first, week.until)
    assert found.owed_cents == sum(one.cents for one in found.passes) < 5_000
    held = best_fare(tariff, Rider(), [PaidFor(5_000, span, is_held=True)], week.first, week.until)
    assert (held.paid_cents, held.owed_cents, held.passes) == (5_000, 0, ())
