"""Passes somebody has, read from what they bought, and where and when they hold."""

from __future__ import annotations

from ticketing.fares.leg import FareLeg
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import HeldPass
from ticketing.tariff.tariff import Kind, Tariff


def held_pass(line: PriceLine) -> HeldPass | None:
    """The pass a buyer has by a line; None: it is none, or somebody else's."""
    if line.kind != Kind.PASS or 0 not in line.riders:
        return None
    return HeldPass(line.product_id, line.valid_from_s, line.valid_until_s, line.zones or line.networks)


def holds_for(tariff: Tariff, held: HeldPass, leg: FareLeg) -> bool:
    """Whether a pass is valid when a leg begins, and for where it goes."""
    product, network = tariff.find_product(held.product_id), tariff.find_network(leg)
    if (
        product is None
        or product.kind != Kind.PASS
        or network is None
        or network.id not in product.networks
        or not held.valid_from_s <= leg.departure_s < held.valid_until_s
        or not tariff.is_within(product.times, leg.departure_s, leg.origin.time_zone)
    ):
        return False
    if not held.zones or network.id in held.zones:
        return True
    zones = tariff.zones_of(leg)
    return bool(zones) and zones.issubset(held.zones)
