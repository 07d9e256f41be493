"""What journeys cost, in the process that serves them: the tariffs in force and the feeds' own fares, asked once for
the same legs and the same travellers.

A price is the least for travellers with nothing but their categories and cards: what somebody has bought already lowers
it when it is ordered (`POST /v1/offers`). It is whole or unknown, never a part.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ground.paris import PARIS
from ground.signed import sign
from mobility.journeys.view import Recent
from routing.query import Cost
from ticketing.fares.leg import FareLeg
from ticketing.fares.tables import FeedFares
from ticketing.orders.journey import OfferedJourney
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import Price, PriceUnknown
from ticketing.pricing.rider import Rider
from ticketing.tariff.days import calendar_day
from ticketing.tariff.no_tariff import NO_TARIFF
from ticketing.tariff.tariff import Kind, Tariff, in_force

KEPT = 8192
"""Prices of legs and travellers that are remembered."""

COSTS_KEPT = 64

OFFER_S = 1800
"""How long a journey that is shown can be ordered."""

BOUGHT_WITHIN_S = 3600
"""What is bought so soon after each other costs the same."""

CATEGORIES = ("adult", "child")
"""Of who says nothing else: with or without a tariff everybody is one of these."""

Asked = tuple[str, tuple[FareLeg, ...], tuple[Rider, ...], int, bool]


class UnknownRiderError(ValueError):
    """No tariff knows such a category or card; `known` lists those it does. `kind`: category, card."""

    def __init__(self, kind: str, named: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no tariff knows the {kind} '{named[:40]}'")
        self.kind, self.named, self.known = kind, named, known


@dataclass(frozen=True, eq=False)
class Prices:
    """Of one network. `tariffs`: all versions, in the order of `valid_from`. `journey_key`: signs what can be ordered;
    b"": nothing can."""

    tariffs: tuple[Tariff, ...] = ()
    fares: tuple[FeedFares, ...] = ()
    journey_key: bytes = b""
    _kept: Recent[Asked, Price | PriceUnknown] = field(default_factory=lambda: Recent(KEPT))
    _costs: Recent[Hashable, tuple[Cost, Cost | None]] = field(default_factory=lambda: Recent(COSTS_KEPT))

    def price(
        self,
        legs: tuple[FareLeg, ...],
        riders: tuple[Rider, ...],
        bought_s: int,
        *,
        is_explained: bool = False,
    ) -> Price | PriceUnknown:
        """The least that travellers pay for legs bought at an instant (epoch seconds); explained with all that was
        rejected."""
        tariff = self.tariff_of(legs[0].departure_s) or NO_TARIFF
        asked = tariff.hash, legs, riders, bought_s // BOUGHT_WITHIN_S, is_explained
        return self._kept.get(
            asked,
            lambda: cheapest(legs, riders, tariff, self.by_feed, bought_s, is_explained=is_explained),
        )

    def tariff_of(self, departure_s: int) -> Tariff | None:
        """The version in force on the day of travel, in Paris."""
        return in_force(self.tariffs, calendar_day(departure_s, PARIS.key).isoformat())

    def offer(self, journey: OfferedJourney) -> str:
        """A journey as somebody may order it; "": nothing can be ordered here."""
        return sign(journey, self.journey_key) if self.journey_key else ""

    def remember_costs(
        self, key: Hashable, make: Callable[[], tuple[Cost, Cost | None]]
    ) -> tuple[Cost, Cost | None]:
        """What the router adds up, found once: a bound and an estimate."""
        return self._costs.get(key, make)

    def check_riders(self, riders: tuple[Rider, ...], time_s: int) -> None:
        """Raises UnknownRiderError for a category or card that neither the tariff of a day nor a feed knows."""
        for rider in riders:
            if rider.category not in (known := self.list_categories(time_s)):
                raise UnknownRiderError("category", rider.category, known)
            for card in rider.cards:
                if card not in (known := self.list_cards(time_s)):
                    raise UnknownRiderError("card", card, known)

    def list_categories(self, time_s: int) -> tuple[str, ...]:
        """Whom one may travel as."""
        tariff = self.tariff_of(time_s)
        own = [category.id for category in tariff.categories] if tariff else []
        return tuple(dict.fromkeys((*CATEGORIES, *own, *self._feed_categories)))

    def list_cards(self, time_s: int) -> tuple[str, ...]:
        """The cards that give reductions."""
        tariff = self.tariff_of(time_s)
        products = tariff.products if tariff else ()
        return tuple(product.id for product in products if product.kind is Kind.CARD)

    @cached_property
    def by_feed(self) -> Mapping[str, FeedFares]:
        """The fares of feeds, by feed."""
        return {fares.feed_id: fares for fares in self.fares}

    @cached_property
    def zone_of(self) -> Mapping[str, str]:
        """The `stops.zone_id` of the stops of all feeds that have one."""
        zones: dict[str, str] = {}
        for fares in self.fares:
            zones |= fares.zone_of
        return zones

    @cached_property
    def _feed_categories(self) -> tuple[str, ...]:
        rows = (row.category_id for fares in self.fares for row in fares.products)
        return tuple(sorted({category for category in rows if category}))


NO_PRICES = Prices()
