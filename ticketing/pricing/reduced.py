"""Reductions: in the order of the tariff, exactly, and rounded once at the end."""

from __future__ import annotations

from typing import NamedTuple

from ticketing.fares.leg import FareLeg
from ticketing.pricing.rider import Rider
from ticketing.tariff.tariff import Direction, Product, Reduction, Tariff

ALL = 1000


class Reduced(NamedTuple):
    """A price and how it came about."""

    cents: int
    rule: str


def reduced(
    tariff: Tariff,
    product: Product,
    full_cents: int,
    rider: Rider,
    party: int,
    first: FareLeg | None,
    permille: int = ALL,
) -> Reduced:
    """What a rider pays of `full_cents`, of which the product asks `permille`.

    `party`: how many travel together. `first`: the first ride, None of what is not for a ride but for a time. A price
    of a category's own (`cents_of`) is neither reduced nor rounded.
    """
    hours = None if first is None else tariff.hours_at(first.departure_s, first.origin.time_zone)
    key = (Reduced, product.id, full_cents, rider.category, rider.cards, party, hours, permille)
    return tariff.remember(key, lambda: _reduce(tariff, product, full_cents, rider, party, hours, permille))


def _reduce(
    tariff: Tariff,
    product: Product,
    full_cents: int,
    rider: Rider,
    party: int,
    hours: frozenset[str] | None,
    permille: int,
) -> Reduced:
    """As above. `hours`: those the first ride begins in."""
    for category, cents in product.cents_of:
        if category == rider.category:
            return Reduced(cents, f"{category}: {cents}")
    numerator, denominator = full_cents * permille, ALL
    words = [str(full_cents)]
    if permille != ALL:
        words.append(f"× {permille} ‰")
    if product.is_reduced:
        taken: set[str] = set()
        for one in _reductions_for(tariff, product, rider.category):
            if one.slot in taken or not _applies(one, rider, party, hours):
                continue
            if one.slot:
                taken.add(one.slot)
            if one.off_permille:
                numerator, denominator = numerator * (ALL - one.off_permille), denominator * ALL
                words.append(f"{one.id}: -{one.off_permille} ‰")
            if one.cents is not None and numerator > one.cents * denominator:
                numerator, denominator = one.cents, 1
                words.append(f"{one.id}: {one.cents}")
    if len(words) == 1:
        return Reduced(full_cents, words[0])
    cents = min(_rounded(numerator, denominator, tariff), full_cents)
    return Reduced(cents, f"{', '.join(words)} = {cents}")


def _reductions_for(tariff: Tariff, product: Product, category: str) -> tuple[Reduction, ...]:
    """Those that a category may have of a product at all."""
    networks = tariff.get_product(product.base).networks if product.base else product.networks
    return tuple(
        one
        for one in tariff.reductions
        if (not one.products or product.id in one.products)
        and (not one.categories or category in one.categories)
        and (not one.networks or set(networks).issubset(one.networks))
    )


def _applies(one: Reduction, rider: Rider, party: int, hours: frozenset[str] | None) -> bool:
    """Whether what it asks of a traveller and a ride is met."""
    if party < one.party_min or (one.cards and not any(card in rider.cards for card in one.cards)):
        return False
    return not one.times or (hours is not None and not hours.isdisjoint(one.times))


def _rounded(numerator: int, denominator: int, tariff: Tariff) -> int:
    step = tariff.round_to_cents
    whole = denominator * step
    match tariff.round_direction:
        case Direction.DOWN:
            return numerator // whole * step
        case Direction.UP:
            return -(-numerator // whole) * step
        case Direction.NEAREST:
            return (2 * numerator + whole) // (2 * whole) * step
