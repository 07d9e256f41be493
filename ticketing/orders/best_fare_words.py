"""What best fares gave back, in words for the traveller."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ticketing.orders.order import BestFareBack, OrderItem
from ticketing.pricing.fare_periods import read_period


def best_fare_words(items: Iterable[OrderItem], language: str, money: Callable[[int], str]) -> list[str]:
    """A sentence for each period, such as "Best fare of November 2026: 12.50 € back". `language`: "fr" or "en"."""
    sums: dict[str, int] = {}
    for item in items:
        for one in item.best_fare:
            if one.cents:
                sums[one.period] = sums.get(one.period, 0) + one.cents
    return [_words(period, cents, language, money) for period, cents in sums.items()]


def words_of_back(one: BestFareBack, language: str, money: Callable[[int], str]) -> str:
    """The same of one."""
    return _words(one.period, one.cents, language, money)


def _words(name: str, cents: int, language: str, money: Callable[[int], str]) -> str:
    period = read_period(name)
    if language == "fr":
        return f"Meilleur tarif {period.french} : {money(cents)} rendus"
    return f"Best fare {period.english}: {money(cents)} back"
