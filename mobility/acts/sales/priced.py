"""Prices of what somebody wants to order, with what they have."""

from __future__ import annotations

from mobility.acts.sales.tariff_versions import tariff_of
from mobility.journeys.prices import Prices
from ticketing.orders.journey import OfferedJourney
from ticketing.orders.offer import ProductWish
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import Price, PriceLine, PriceUnknown
from ticketing.pricing.products import ProductError, product_line
from ticketing.pricing.rider import Rider
from ticketing.tariff.tariff import Tariff


def price_journey(
    prices: Prices,
    journey: OfferedJourney,
    riders: tuple[Rider, ...],
    now_s: int,
    *,
    is_explained: bool = False,
) -> Price:
    """The least a party pays for a journey. Raises OrderRefusedError (PRICE_UNKNOWN)."""
    tariff = tariff_of(prices, journey.legs[0].departure_s)
    price = cheapest(journey.legs, riders, tariff, prices.by_feed, now_s, is_explained=is_explained)
    if isinstance(price, PriceUnknown):
        raise OrderRefusedError(
            Reason.PRICE_UNKNOWN,
            f"Le prix de ce trajet n'est pas connu : {price.reason_fr}",
            f"The price of this journey is not known: {price.reason_en}",
            "journey",
            {"legs": list(price.legs)},
        )
    return price


def price_product(wish: ProductWish, rider: Rider, tariff: Tariff) -> PriceLine:
    """What a pass, carnet or card costs. Raises OrderRefusedError."""
    try:
        return product_line(tariff, wish.product_id, rider, wish.valid_from_s, wish.zones)
    except ProductError as error:
        raise OrderRefusedError(Reason.INVALID, error.fr, error.en, "product") from error
