"""All ways to cover some legs of a journey for one rider: what each product of a tariff, each thing a rider has, each
feed's fares and each service itself can cover, at what price, by which rule."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ticketing.fares.feed_price import feed_price
from ticketing.fares.leg import FareMode
from ticketing.fares.price import FeedPrice
from ticketing.pricing.case import NO_POOL, Case, Cover, Pool, bits, mask_of
from ticketing.pricing.covers import base_covers, covers, full_cents, masks_of_pass, may_ride
from ticketing.pricing.held_pass import holds_for
from ticketing.pricing.reduced import reduced
from ticketing.pricing.rider import HeldUnits, Rider
from ticketing.tariff.days import DAY, FareDay, fare_day, fare_day_start_s
from ticketing.tariff.fare import FareKind
from ticketing.tariff.tariff import Kind, Product, Tariff

UNIT, HELD_PASS, FEED_FARE, FIXED = "unit", "held-pass", "feed-fare", "fixed"
"""Kinds of price lines beside those of products."""


class Way(NamedTuple):
    """Covers the legs of `mask` (bit i: leg i) for one rider, for `cents` and one use of a pool."""

    product_id: str
    kind: str
    mask: int
    cents: int
    full_cents: int
    rule: str
    pool: int = NO_POOL
    from_s: int = 0
    until_s: int = 0


class Barred(NamedTuple):
    """A product that does not apply, and why not."""

    product_id: str
    rule: str
    reason_fr: str
    reason_en: str


def list_ways(
    case: Case, rider: Rider, holders: Sequence[Rider], *, is_explained: bool = True
) -> tuple[list[Way], list[Barred]]:
    """All ways of one rider, and what does not apply. `holders`: the party, whose shared carnets serve everybody.
    Without `is_explained` passes, caps and carnets that cost more than doing without them are left out."""
    ways: list[Way] = []
    barred: list[Barred] = []
    sold, dear = _list_sold(case, rider, is_explained)
    for product in sold:
        before = len(ways)
        if product.is_for(rider.category):
            ways += _LISTERS[product.kind](case, product, rider)
        if len(ways) == before and is_explained:
            barred.append(_barred(product, rider))
    ways += _held_passes(case, rider)
    ways += _held_units(case, rider, holders)
    ways += _fixed(case, rider)
    ways += _feed_fares(case, rider)
    alone = _cents_alone(case, ways) if dear else []
    for product, networks, least_cents in dear:
        without = (cents for cents, network in zip(alone, case.networks, strict=True) if network in networks)
        if least_cents <= sum(without) or rider.spent:
            ways += _LISTERS[product.kind](case, product, rider)
    return ways, barred


Dear = tuple[Product, frozenset[str], int]
"""What only pays for who rides much, where it may be ridden with, and what it costs at least."""


def _list_sold(case: Case, rider: Rider, is_explained: bool) -> tuple[list[Product], list[Dear]]:
    """What is sold for a journey's networks; where nothing is explained, apart from what is dear."""
    networks = case.priced_networks

    def find() -> tuple[list[Product], list[Dear]]:
        sold = [one for one in case.tariff.products_on(networks) if one.kind != Kind.CARD]
        if is_explained:
            return sold, []
        sold = [one for one in sold if one.is_for(rider.category)]
        dear = [one for one in sold if one.kind in _DEAR]
        return [one for one in sold if one.kind not in _DEAR], [
            (one, frozenset(case.tariff.networks_of(one)), _least_cents(case, one, rider)) for one in dear
        ]

    key = (list_ways, networks, rider.category, rider.cards, case.party, is_explained)
    return case.tariff.remember(key, find)


def _cents_alone(case: Case, ways: Sequence[Way]) -> list[float]:
    """By leg, what the cheapest way that covers it costs: who covers some legs so pays the sum at most. inf: none."""
    least = [math.inf] * len(case.legs)
    for way in ways:
        if way.pool != NO_POOL and case.pools[way.pool].kind != FIXED:
            continue
        cents = way.cents + (case.pools[way.pool].cents if way.pool != NO_POOL else 0)
        for leg in bits(way.mask):
            least[leg] = min(least[leg], cents)
    return least


def _least_cents(case: Case, product: Product, rider: Rider) -> int:
    """What a pass, cap or carnet costs at least who has spent nothing yet."""
    assert product.fare is not None
    if product.fare.kind != FareKind.FLAT:
        return 0
    if product.kind == Kind.CAP:
        return dict(product.cents_of).get(rider.category, product.fare.cents)
    if product.kind == Kind.CARNET:
        return 0 if product.is_shared and case.party > 1 else product.fare.cents
    return reduced(case.tariff, product, product.fare.cents, rider, case.party, None).cents


def _singles(case: Case, product: Product, rider: Rider) -> Iterator[Way]:
    for cover in covers(case, product):
        yield _single(case, product, rider, cover)


def _single(case: Case, product: Product, rider: Rider, cover: Cover) -> Way:
    if cover.party_leg != NO_POOL:
        return Way(product.id, FIXED, cover.mask, 0, 0, "", _party_pool(case, cover, product.id))
    if product.fare is not None and product.fare.kind == FareKind.ASKED:
        return Way(
            product.id, FIXED, cover.mask, cover.full_cents, cover.full_cents, f"asked: {cover.full_cents}"
        )
    price = _reduced(case, product, rider, cover)
    return Way(product.id, Kind.SINGLE, cover.mask, price[0], cover.full_cents, price[1])


def _reduced(
    case: Case, product: Product, rider: Rider, cover: Cover, permille: int = 1000
) -> tuple[int, str]:
    first = case.legs[(cover.mask & -cover.mask).bit_length() - 1]
    return reduced(case.tariff, product, cover.full_cents, rider, case.party, first, permille)


def _party_pool(case: Case, cover: Cover, product_id: str) -> int:
    key = (FIXED, cover.party_leg)
    rule = f"asked for the party: {cover.full_cents}"
    return case.pool(
        key, Pool(product_id, FIXED, cover.full_cents, 0, NO_POOL, False, rule, 1 << cover.party_leg)
    )


def _returns(case: Case, product: Product, rider: Rider) -> Iterator[Way]:
    covers = list(base_covers(case, product))
    for out in covers if case.leads_back else ():
        for back in covers:
            if _is_way_back(case, out.mask, back.mask):
                both = Cover(out.mask | back.mask, out.full_cents + back.full_cents)
                cents, rule = _reduced(case, product, rider, both, product.permille)
                yield Way(product.id, Kind.RETURN, both.mask, cents, both.full_cents, rule)
    yield from _second_halves(case, product, rider, covers)


def _is_way_back(case: Case, out: int, back: int) -> bool:
    """Whether `back` leads from where `out` ends to where it began, later in the same fare day."""
    a, b = bits(out), bits(back)
    return (
        a[-1] < b[0]
        and case.legs[a[-1]].destination.place == case.legs[b[0]].origin.place
        and case.legs[a[0]].origin.place == case.legs[b[-1]].destination.place
        and case.day(a[0]) == case.day(b[0])
    )


def _second_halves(case: Case, product: Product, rider: Rider, covers: list[Cover]) -> Iterator[Way]:
    """The way back of somebody who bought the single there on the same fare day, for the same price."""
    if not rider.spent:
        return
    base = case.tariff.get_product(product.base)
    for back in covers:
        first, last = bits(back.mask)[0], bits(back.mask)[-1]
        way = case.legs[last].destination.place, case.legs[first].origin.place
        single = _reduced(case, base, rider, back)[0]
        paid = [
            spent
            for spent in rider.spent
            if (spent.from_place, spent.to_place) in (way, way[::-1])
            and spent.departure_s < case.legs[first].departure_s
            and _day_of(case, spent.departure_s) == case.day(first)
        ]
        there = sum(
            spent.product_id == base.id and spent.cents == single and spent.from_place == way[0]
            for spent in paid
        )
        there -= sum(spent.product_id == product.id and spent.from_place == way[1] for spent in paid)
        if there <= 0:
            continue
        both, rule = _reduced(case, product, rider, Cover(back.mask, 2 * back.full_cents), product.permille)
        key = (Kind.RETURN, product.id, rider, case.day(first), way, single)
        pool = case.pool(key, Pool(product.id, Kind.RETURN, 0, 0, there, True, ""))
        rule = f"there and back {rule}, of which {single} is paid"
        yield Way(product.id, Kind.RETURN, back.mask, max(both - single, 0), back.full_cents, rule, pool)


def _day_of(case: Case, instant_s: int) -> FareDay:
    return fare_day(instant_s, case.tariff.time_zone, case.tariff.fare_day_begins_min)


def _transfers(case: Case, product: Product, rider: Rider) -> Iterator[Way]:
    if case.priced_networks.isdisjoint(product.free_networks):
        return
    base = case.tariff.get_product(product.base)
    for cover in base_covers(case, product):
        paid = bits(cover.mask)
        free = [i for i in (paid[0] - 1, paid[-1] + 1) if _is_free(case, product, paid, i)]
        if not free:
            continue
        mask = cover.mask | mask_of(free)
        if cover.party_leg != NO_POOL:
            pool = _party_pool(case, cover, base.id)
            rule = f"with leg {cover.party_leg}, whose price is asked for the party"
            yield Way(product.id, Kind.TRANSFER, mask, product.surcharge_cents, 0, rule, pool)
            continue
        cents, rule = (cover.full_cents, f"asked: {cover.full_cents}")
        if base.fare is not None and base.fare.kind != FareKind.ASKED:
            cents, rule = _reduced(case, product, rider, cover)
        rule = f"{base.id} {rule} + {product.surcharge_cents}"
        yield Way(product.id, Kind.TRANSFER, mask, cents + product.surcharge_cents, cover.full_cents, rule)


def _is_free(case: Case, product: Product, paid: tuple[int, ...], leg: int) -> bool:
    """Whether a leg right before or after what is paid is free."""
    if not 0 <= leg < len(case.legs) or case.networks[leg] not in product.free_networks:
        return False
    before, after = (leg, paid[0]) if leg < paid[0] else (paid[-1], leg)
    wait_s = case.legs[after].departure_s - case.legs[before].arrival_s
    assert product.within_min is not None
    return wait_s < 60 * product.within_min


def _carnets(case: Case, product: Product, rider: Rider) -> Iterator[Way]:
    """A new carnet: a pool of units, its owner's or the party's."""
    assert product.fare is not None
    day = _day_of(case, case.bought_s)
    until_s = fare_day_start_s(
        FareDay(day + product.valid_days * DAY), case.tariff.time_zone, case.tariff.fare_day_begins_min
    )
    key = (Kind.CARNET, product.id, None if product.is_shared else rider)
    rule = f"{product.units} units for {product.fare.cents}"
    pool = Pool(
        product.id, Kind.CARNET, product.fare.cents, product.units, NO_POOL, not product.is_shared, rule,
        0, case.bought_s, until_s,
    )  # fmt: skip
    for cover in base_covers(case, product):
        if case.legs[bits(cover.mask)[-1]].departure_s < until_s:
            yield Way(
                product.id, UNIT, cover.mask, 0, cover.full_cents, f"one unit: {rule}", case.pool(key, pool)
            )


def _held_units(case: Case, rider: Rider, holders: Sequence[Rider]) -> Iterator[Way]:
    """What is left of carnets: the rider's own, and those of the party that may be shared."""
    for holder, owner in enumerate(holders):
        for n, held in enumerate(owner.units):
            product = case.tariff.find_product(held.product_id)
            if product is None or product.kind != Kind.CARNET or held.units < 1:
                continue
            if product.is_shared:
                yield from _units(case, product, rider, held, (UNIT, holder, n))
            elif owner is rider:
                yield from _units(case, product, rider, held, (UNIT, rider, n))


def _units(case: Case, product: Product, rider: Rider, held: HeldUnits, key: object) -> Iterator[Way]:
    rule = f"one of {held.units} units left"
    pool = Pool(product.id, UNIT, 0, 0, held.units, not product.is_shared, rule)
    for cover in base_covers(case, product) if product.is_for(rider.category) else ():
        if case.legs[bits(cover.mask)[-1]].departure_s < held.valid_until_s:
            yield Way(product.id, UNIT, cover.mask, 0, cover.full_cents, rule, case.pool(key, pool))


def _passes(case: Case, product: Product, rider: Rider) -> Iterator[Way]:
    """A new pass from the first ride it is good for."""
    assert product.fare is not None
    here = [i for i in range(len(case.legs)) if may_ride(case, product, i)]
    seen: set[tuple[int, int]] = set()
    for first in here:
        start_s = case.legs[first].departure_s
        span = (
            case.period_span_s(start_s, product.period)
            if product.period is not None
            else (start_s, start_s + 3600 * product.hours)
        )
        if span in seen:
            continue
        seen.add(span)
        covered = [i for i in here if span[0] <= case.legs[i].departure_s < span[1]]
        for mask in masks_of_pass(product, covered):
            full = full_cents(case, product, mask)
            if full is not None:
                cents, rule = reduced(case.tariff, product, full, rider, case.party, None)
                yield Way(product.id, Kind.PASS, mask, cents, full, rule, NO_POOL, *span)


def _held_passes(case: Case, rider: Rider) -> Iterator[Way]:
    for held in rider.passes:
        product = case.tariff.find_product(held.product_id)
        if product is None or product.kind != Kind.PASS:
            continue
        mask = mask_of([i for i in range(len(case.legs)) if holds_for(case.tariff, held, case.legs[i])])
        if mask:
            yield Way(
                product.id,
                HELD_PASS,
                mask,
                0,
                0,
                "a pass one has",
                NO_POOL,
                held.valid_from_s,
                held.valid_until_s,
            )


def _groups(case: Case, product: Product, rider: Rider) -> Iterator[Way]:
    """One ticket for several: a pool for each time it can be used."""
    assert product.fare is not None
    if case.party < product.riders_min:
        return
    here = [
        i for i in range(len(case.legs)) if may_ride(case, product, i) and case.legs[i].fixed_cents is None
    ]
    for first in here:
        start_s = case.legs[first].departure_s
        span = (
            case.period_span_s(start_s, product.period)
            if product.period is not None
            else (start_s, start_s + 60 * (product.within_min or 0))
        )
        mask = mask_of([i for i in here if span[0] <= case.legs[i].departure_s < span[1]])
        rule = f"{product.fare.cents} for up to {product.riders_max}"
        pool = Pool(
            product.id, Kind.GROUP, product.fare.cents, product.riders_max, NO_POOL, False, rule, mask, *span
        )
        number = case.pool((Kind.GROUP, product.id, mask, span), pool)
        yield Way(product.id, Kind.GROUP, mask, 0, product.fare.cents, rule, number, *span)


def _caps(case: Case, product: Product, rider: Rider) -> Iterator[Way]:
    """What is left to pay until the rest of the period is free."""
    assert product.fare is not None
    assert product.period is not None
    limit = dict(product.cents_of).get(rider.category, product.fare.cents)
    here = [i for i in range(len(case.legs)) if may_ride(case, product, i)]
    for span in sorted({case.period_span_s(case.legs[i].departure_s, product.period) for i in here}):
        mask = mask_of([i for i in here if span[0] <= case.legs[i].departure_s < span[1]])
        spent = sum(
            one.cents
            for one in rider.spent
            if one.network_id in product.networks
            and span[0] <= one.departure_s < span[1]
            and counts_towards_caps(case.tariff, one.product_id)
        )
        rule = f"{limit} in a {product.period}, of which {spent} is paid"
        yield Way(product.id, Kind.CAP, mask, max(limit - spent, 0), 0, rule, NO_POOL, *span)


def counts_towards_caps(tariff: Tariff, product_id: str) -> bool:
    """Whether what was paid for a product counts: rides do, what is bought for later does not."""
    product = tariff.find_product(product_id)
    return product is None or product.kind not in (Kind.PASS, Kind.CARNET, Kind.CARD)


def _fixed(case: Case, rider: Rider) -> Iterator[Way]:
    """What services ask for themselves, where no product of the tariff says the same."""
    for i, leg in enumerate(case.legs):
        if leg.fixed_cents is None or case.networks[i] in _networks_asked(case.tariff, rider.category):
            continue
        if leg.mode == FareMode.ON_DEMAND:
            yield Way(FIXED, FIXED, 1 << i, 0, 0, "", _party_pool(case, Cover(0, leg.fixed_cents, i), FIXED))
        else:
            yield Way(FIXED, FIXED, 1 << i, leg.fixed_cents, leg.fixed_cents, f"asked: {leg.fixed_cents}")


def _networks_asked(tariff: Tariff, category: str) -> frozenset[str]:
    """The networks where a product is what the service asks for."""
    return tariff.remember(
        (_fixed, category),
        lambda: frozenset(
            network
            for product in tariff.products
            if product.kind == Kind.SINGLE
            and product.fare is not None
            and product.fare.kind == FareKind.ASKED
            and product.is_for(category)
            and not product.times
            for network in product.networks
        ),
    )


def _feed_fares(case: Case, rider: Rider) -> Iterator[Way]:
    """Rides on one feed, one right after another, that the tariff does not price: by the feed's own fares, together."""
    for run in _runs(case):
        price = _feed_price(case, run, rider.category)
        if price is not None:
            product_id = (
                f"{case.legs[run[0]].feed_id}:{price.parts[0].product_id}" if price.parts else FEED_FARE
            )
            rule = "; ".join(part.rule for part in price.parts)
            yield Way(product_id, FEED_FARE, mask_of(run), price.cents, price.cents, rule)


def _feed_price(case: Case, run: list[int], category: str) -> FeedPrice | None:
    fares = case.feed_fares.get(case.legs[run[0]].feed_id)
    price = feed_price([case.legs[i] for i in run], fares, category) if fares is not None else None
    return price if price is not None and price.currency == "EUR" else None


def _runs(case: Case) -> list[list[int]]:
    runs: list[list[int]] = []
    for i, leg in enumerate(case.legs):
        if case.networks[i] or leg.fixed_cents is not None or not leg.feed_id:
            continue
        if runs and runs[-1][-1] == i - 1 and case.legs[i - 1].feed_id == leg.feed_id:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def _not_for(product: Product, rider: Rider) -> Barred:
    return Barred(
        product.id,
        f"categories: {', '.join(product.categories)}",
        f"{product.name_fr} n’est pas pour la catégorie « {rider.category} ».",
        f"{product.name_en} is not for the category “{rider.category}”.",
    )


def _barred(product: Product, rider: Rider) -> Barred:
    """Why a product that is sold for one of the networks covers nothing of the journey."""
    if not product.is_for(rider.category):
        return _not_for(product, rider)
    reasons = {
        Kind.RETURN: (
            "il n’y a pas d’aller et de retour le même jour",
            "there are not both ways on the same day",
        ),
        Kind.TRANSFER: (
            f"il n’y a pas de correspondance en moins de {product.within_min} min",
            f"there is no transfer within {product.within_min} min",
        ),
        Kind.GROUP: (
            f"il faut être au moins {product.riders_min}",
            f"it needs at least {product.riders_min} travellers",
        ),
    }
    fr, en = reasons.get(
        product.kind,
        ("aucun trajet n’est à ses heures ou dans ses zones", "no ride is within its hours or its zones"),
    )
    rule = f"times: {', '.join(product.times)}" if product.times else str(product.kind)
    return Barred(
        product.id,
        rule,
        f"{product.name_fr} ne convient pas : {fr}.",
        f"{product.name_en} does not apply: {en}.",
    )


_DEAR = (Kind.PASS, Kind.CAP, Kind.CARNET)

_LISTERS = {
    Kind.SINGLE: _singles,
    Kind.RETURN: _returns,
    Kind.TRANSFER: _transfers,
    Kind.CARNET: _carnets,
    Kind.PASS: _passes,
    Kind.GROUP: _groups,
    Kind.CAP: _caps,
}
