"""What an account pays at most over a period: never more than the best products would have cost, found afterwards.

All that was paid in the period is known: for rides, and for passes that lie in it. Over all ways to have bought other
passes instead, for some of the days and networks, the least is owed; the difference is given back. As the least over
all ways it is never above what was paid, depends on no order, and one ride more never makes it less.

A pass takes the place of rides, and of passes that hold nowhere and at no time when it does not. Rides do not take the
place of a pass that was bought: with a pass one also rides unseen, so nobody knows what these rides would have cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from ticketing.pricing.reduced import reduced
from ticketing.pricing.rider import Rider
from ticketing.tariff.days import CapDay, FareDay, Period, cap_day, next_period
from ticketing.tariff.fare import FareKind
from ticketing.tariff.tariff import Kind, Tariff


@dataclass(frozen=True, slots=True)
class Span:
    """Fare days from one until before another, on networks: of a ride its day and network, of a pass all it holds
    for."""

    first_day: FareDay
    until_day: FareDay
    networks: frozenset[str]

    def holds(self, other: Span) -> bool:
        """Whether all of another lies within."""
        return (
            self.first_day <= other.first_day
            and other.until_day <= self.until_day
            and other.networks <= self.networks
        )


@dataclass(frozen=True, slots=True)
class PaidFor:
    """What was paid for a ride or a pass. `is_held`: a ride within a pass one has, for which nothing is owed."""

    cents: int
    span: Span
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class BoughtInstead:
    """A pass that would have been cheaper."""

    product_id: str
    span: Span
    cents: int


@dataclass(frozen=True, slots=True)
class BestFare:
    """What the rides and passes of a period cost at most."""

    paid_cents: int
    owed_cents: int
    """Never more than was paid."""
    passes: tuple[BoughtInstead, ...]
    """The passes it is the price of; what they do not cover is paid as it was."""

    @property
    def back_cents(self) -> int:
        """What is given back."""
        return self.paid_cents - self.owed_cents


def best_fare(
    tariff: Tariff, rider: Rider, paid: Iterable[PaidFor], first_day: FareDay, until_day: FareDay
) -> BestFare:
    """The least for what was paid for the fare days from one until before another; what does not lie within them is not
    looked at.

    `rider`: whom passes are priced for. Passes for days, weeks and months that lie in the period are weighed, in any
    combination, over all networks.
    """
    total, cents = 0, dict[Span, int]()
    for one in paid:
        if first_day <= one.span.first_day and one.span.until_day <= until_day:
            total += one.cents
            if not one.is_held:
                cents[one.span] = cents.get(one.span, 0) + one.cents
    offers = list(_list_offers(tariff, rider, cents, first_day, until_day))
    kinds = [kind for kind in _LONGEST_FIRST if any(period == kind for _, period in offers)]
    return BestFare(total, *_least(cents, offers, kinds))


Offer = tuple[BoughtInstead, Period]
_LONGEST_FIRST = (Period.MONTH, Period.WEEK, Period.DAY)


def _least(
    cents: dict[Span, int], offers: Sequence[Offer], kinds: Sequence[Period]
) -> tuple[int, tuple[BoughtInstead, ...]]:
    """The least with passes of these kinds, and they: each period of the first kind by itself, with or without passes
    for it, and what these leave with shorter ones. The offers of a kind lie in periods of the kinds before it."""
    if not kinds:
        return sum(cents.values()), ()
    kind, *shorter = kinds
    owed, passes = 0, tuple[BoughtInstead, ...]()
    groups: dict[CapDay, dict[Span, int]] = {}
    for span, value in cents.items():
        start = cap_day(span.first_day, kind)
        if span.until_day <= next_period(start, kind):
            groups.setdefault(start, {})[span] = value
        else:
            owed += value  # no pass of this kind, nor a shorter one, holds as long
    for start in sorted(groups):
        here = [one for one in offers if one[1] == kind and one[0].span.first_day == start]
        cost, bought = min(
            (
                _with_passes(groups[start], chosen, offers, shorter)
                for count in range(len(here) + 1)
                for chosen in combinations(here, count)
            ),
            key=lambda found: found[0],
        )
        owed, passes = owed + cost, passes + bought
    return owed, passes


def _with_passes(
    cents: dict[Span, int], chosen: Sequence[Offer], offers: Sequence[Offer], shorter: Sequence[Period]
) -> tuple[int, tuple[BoughtInstead, ...]]:
    owed, passes = _least(_uncovered(cents, [one.span for one, _ in chosen]), offers, shorter)
    return owed + sum(one.cents for one, _ in chosen), tuple(one for one, _ in chosen) + passes


def _uncovered(cents: dict[Span, int], bought: Sequence[Span]) -> dict[Span, int]:
    return {span: value for span, value in cents.items() if not any(one.holds(span) for one in bought)}


def _list_offers(
    tariff: Tariff, rider: Rider, cents: dict[Span, int], first_day: FareDay, until_day: FareDay
) -> Iterator[Offer]:
    """Passes that cost less than what they cover, each once for each period within the days."""
    for product in tariff.products:
        fare = product.fare
        if (
            product.kind != Kind.PASS
            or product.period is None
            or product.period not in _LONGEST_FIRST
            or product.times
            or fare is None
            or fare.kind != FareKind.FLAT
            or not product.is_for(rider.category)
        ):
            continue
        price = reduced(tariff, product, fare.cents, rider, 1, None).cents
        for start in sorted({cap_day(span.first_day, product.period) for span in cents}):
            span = Span(FareDay(start), next_period(start, product.period), frozenset(product.networks))
            covered = sum(cents.values()) - sum(_uncovered(cents, [span]).values())
            if first_day <= span.first_day and span.until_day <= until_day and price < covered:
                yield BoughtInstead(product.id, span, price), product.period
