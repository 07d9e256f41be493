"""Passes, carnets and cards bought by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from ticketing.pricing.lines import NO_LEG
from ticketing.pricing.price import PriceLine
from ticketing.pricing.reduced import reduced
from ticketing.pricing.rider import Rider
from ticketing.tariff.days import DAY, FareDay, fare_day, fare_day_start_s, period_span_s
from ticketing.tariff.fare import FareKind
from ticketing.tariff.tariff import Kind, Product, Tariff

SOLD = (Kind.PASS, Kind.CARNET, Kind.CARD)


class ProductError(ValueError):
    """A product cannot be sold like that; `fr` and `en` say why and what to do."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.fr, self.en = fr, en


def product_line(
    tariff: Tariff, product_id: str, rider: Rider, valid_from_s: int, zones: Sequence[str] = ()
) -> PriceLine:
    """What a product costs a rider, and from when until when it is valid.

    `valid_from_s`: epoch seconds; a pass of a period is valid for the one this lies in, a carnet and a card from the
    fare day this lies in. `zones`: those a pass by zones is for; of what is good everywhere none.
    Raises ProductError.
    """
    product = _find(tariff, product_id, rider)
    chosen = tuple(dict.fromkeys(zones))
    full_cents = _full_cents(tariff, product, chosen)
    price = reduced(tariff, product, full_cents, rider, 1, None)
    from_s, until_s = validity_s(tariff, product, valid_from_s)
    is_by_zones = product.fare is not None and product.fare.kind == FareKind.ZONES
    if product.kind == Kind.CARNET:
        price = price._replace(rule=f"{product.units} units of {product.base}: {price.rule}")
    return PriceLine(
        product_id=product.id,
        name_fr=product.name_fr,
        name_en=product.name_en,
        kind=str(product.kind),
        legs=(),
        riders=(0,),
        cents=price.cents,
        full_cents=full_cents,
        rule=price.rule,
        vat_permille=tariff.vat_of(product.id),
        weights=tuple((NO_LEG, operator, 1) for operator in tariff.operators_of(product)),
        valid_from_s=from_s,
        valid_until_s=until_s,
        networks=tariff.networks_of(product),
        zones=chosen if is_by_zones else (),
    )


def validity_s(tariff: Tariff, product: Product, from_s: int) -> tuple[int, int]:
    """(from, until) in epoch seconds of a pass, carnet or card bought for an instant; until exclusive."""
    zone, begins_min = tariff.time_zone, tariff.fare_day_begins_min
    if product.period is not None:
        return period_span_s(from_s, product.period, zone, begins_min)
    if product.hours:
        return from_s, from_s + 3600 * product.hours
    day = fare_day(from_s, zone, begins_min)
    after = FareDay(day + product.valid_days * DAY)
    return fare_day_start_s(day, zone, begins_min), fare_day_start_s(after, zone, begins_min)


def _find(tariff: Tariff, product_id: str, rider: Rider) -> Product:
    product = tariff.find_product(product_id)
    if product is None or product.kind not in SOLD:
        known = ", ".join(one.id for one in tariff.products if one.kind in SOLD) or "–"
        raise ProductError(
            f"« {product_id} » ne s’achète pas sans trajet ; s’achètent : {known}.",
            f"“{product_id}” is not sold without a journey; sold are: {known}.",
        )
    if not product.is_for(rider.category):
        raise ProductError(
            f"{product.name_fr} n’est pas pour la catégorie « {rider.category} », mais pour : "
            f"{', '.join(product.categories)}.",
            f"{product.name_en} is not for the category “{rider.category}”, but for: "
            f"{', '.join(product.categories)}.",
        )
    return product


def _full_cents(tariff: Tariff, product: Product, zones: tuple[str, ...]) -> int:
    """The price before reductions; zones that are named exist."""
    fare = product.fare
    assert fare is not None
    if fare.kind == FareKind.FLAT:
        if zones:
            raise ProductError(
                f"{product.name_fr} vaut partout : n’indiquez pas de zones.",
                f"{product.name_en} is good everywhere: name no zones.",
            )
        return fare.cents
    known = [zone for zone, _ in tariff.zones]
    unknown = [zone for zone in zones if known and zone not in known]
    if unknown or not zones:
        there = ", ".join(known) or "–"
        raise ProductError(
            f"{product.name_fr} s’achète par zones : indiquez-en parmi {there}.",
            f"{product.name_en} is sold by zones: name some of {there}.",
        )
    return fare.zones_cents(len(zones))
