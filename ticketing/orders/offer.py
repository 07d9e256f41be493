"""What somebody is offered (`ground.signed`): who brings it back pays no more than that. It holds no seat."""

from __future__ import annotations

from dataclasses import dataclass

from ticketing.orders.journey import OfferedJourney
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import Rider


@dataclass(frozen=True, slots=True)
class ProductWish:
    """A pass, carnet or card somebody wants to buy for one rider."""

    product_id: str
    valid_from_s: int
    """Epoch seconds; 0: from now on."""
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One journey of a party, or one product of a rider, at a price."""

    id: str
    riders: tuple[Rider, ...]
    """With what the first of them had when it was priced."""
    lines: tuple[PriceLine, ...]
    tariff_version: str
    expires_s: int
    """Epoch seconds."""
    journey: OfferedJourney | None = None
    product: ProductWish | None = None
    names: tuple[str, ...] = ()
    """Of the riders, where the first is not the buyer."""

    @property
    def cents(self) -> int:
        """What it costs at most."""
        return sum(line.cents for line in self.lines)
