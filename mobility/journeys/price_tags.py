"""Prices as the API shows them: the sum, what is bought for which legs and by which rule, and how it is ordered; or
"unknown", and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mobility.journeys.fare_legs import FareLegs, LegReader, map_to_shown, not_priced_here, own_car
from mobility.journeys.instants import iso
from mobility.journeys.on_demand.door_to_door import Door
from mobility.journeys.on_demand.promises import Promised
from mobility.journeys.prices import OFFER_S, Prices
from mobility.journeys.words import Json
from routing.journey import Leg
from ticketing.orders.journey import OfferedJourney
from ticketing.pricing.price import Price, PriceLine, PriceUnknown, Rejected
from ticketing.pricing.rider import Rider
from ticketing.tariff.no_tariff import NO_TARIFF

FREE_MODES = ("WALK", "BIKE")


@dataclass(frozen=True, slots=True)
class PriceTags:
    """Puts prices on the itineraries of one answer. `now_s`: when it is asked, and would be bought."""

    prices: Prices
    reader: LegReader
    riders: tuple[Rider, ...]
    now_s: int
    alternatives: bool = False
    """Tell what was rejected, too."""

    def add(self, itinerary: Json, legs: Sequence[Leg], promised: Promised) -> None:
        """To an itinerary, of its journey's legs."""
        self._add(itinerary, self.reader.read(legs, promised))

    def add_to_door(self, itinerary: Json, door: Door) -> None:
        """To a ride from door to door."""
        if door.promised is None:
            self._add(itinerary, not_priced_here(door.offer.service, 0))
        else:
            self._add(itinerary, self.reader.read_door(door.promised))

    def add_to_way(self, itinerary: Json) -> None:
        """To a way along the streets: it costs nothing, but for a car."""
        if itinerary["legs"][0]["mode"] in FREE_MODES:
            itinerary["price"] = {"cents": 0, "currency": "EUR", "lines": []}
        else:
            self._add(itinerary, own_car())

    def cents_of(self, legs: Sequence[Leg]) -> int | None:
        """What a journey costs before anything of it is promised; None: unknown."""
        found = self.reader.read(legs, {})
        if isinstance(found, PriceUnknown):
            return None
        price = self._price(found, is_explained=False)
        return None if isinstance(price, PriceUnknown) else price.cents

    def _price(self, found: FareLegs, *, is_explained: bool) -> Price | PriceUnknown:
        if not found.legs:
            return Price(0, (), tariff_version=NO_TARIFF.version)
        return self.prices.price(found.legs, self.riders, self.now_s, is_explained=is_explained)

    def _add(self, itinerary: Json, found: FareLegs | PriceUnknown) -> None:
        price = (
            found if isinstance(found, PriceUnknown) else self._price(found, is_explained=self.alternatives)
        )
        shown = map_to_shown(itinerary["legs"])
        if isinstance(price, PriceUnknown) or isinstance(found, PriceUnknown):
            unknown = price if isinstance(price, PriceUnknown) else found
            assert isinstance(unknown, PriceUnknown)
            itinerary["price"] = "unknown"
            numbers = _numbers(unknown.legs, shown)
            named = ", ".join(str(itinerary["legs"][number].get("displayName", "")) for number in numbers)
            itinerary["priceUnknown"] = {
                "legs": numbers,
                "fr": f"{unknown.reason_fr} ({named})" if named.strip(", ") else unknown.reason_fr,
                "en": f"{unknown.reason_en} ({named})" if named.strip(", ") else unknown.reason_en,
            }
            return
        itinerary["price"] = told = _describe(price, shown)
        if self.alternatives:
            told["alternatives"] = [_describe_rejected(one) for one in price.rejected]
        if found.is_bookable and found.legs:
            self._add_offer(told, found)

    def _add_offer(self, told: Json, found: FareLegs) -> None:
        expires_s = self.now_s + OFFER_S
        if found.expires_s is not None:
            expires_s = min(expires_s, found.expires_s)
        offer = self.prices.offer(OfferedJourney(found.legs, found.carpool, found.on_demand, expires_s))
        if offer:
            told["offer"], told["offerExpires"] = offer, iso(expires_s)


def _describe(price: Price, shown: list[list[int]]) -> Json:
    told: Json = {
        "cents": price.cents,
        "currency": price.currency,
        "lines": [_describe_line(line, shown) for line in price.lines],
    }
    if price.tariff_version != NO_TARIFF.version:
        told["tariff"] = price.tariff_version
    return told


def _describe_line(line: PriceLine, shown: list[list[int]]) -> Json:
    return {
        "product": line.product_id,
        "kind": line.kind,
        "fr": line.name_fr,
        "en": line.name_en,
        "legs": _numbers(line.legs, shown),
        "travellers": list(line.riders),
        "cents": line.cents,
        "fullCents": line.full_cents,
        "rule": line.rule,
    }


def _describe_rejected(one: Rejected) -> Json:
    return {
        "products": list(one.product_ids),
        "cents": one.cents,
        "rule": one.rule,
        "fr": one.reason_fr,
        "en": one.reason_en,
    }


def _numbers(legs: Sequence[int], shown: list[list[int]]) -> list[int]:
    """Of the itinerary's legs."""
    return [number for leg in legs if leg < len(shown) for number in shown[leg]]
