"""What a feed's fares ask for some legs, and how that came about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Charge:
    """One amount of a price. Its rows can be looked up in the feed."""

    kind: str
    """leg (a product of fare_leg_rules), transfer (of fare_transfer_rules), fare (of fare_attributes)."""
    legs: tuple[int, ...]
    """Those it is paid for: the legs joined into one; of a transfer, those before and after it; of a v1 fare, all."""
    cents: int
    product_id: str
    """"" of a transfer that costs nothing."""
    product_name: str
    rows: tuple[str, ...]
    """"fare_leg_rules.txt:12", "fare_products.txt:3", …: the rule, then the product's row, then rules that joined."""
    rule: str
    """In words, with its figures."""


@dataclass(frozen=True, slots=True)
class FarePart:
    """What is paid at once: legs linked by transfers (v2), or a fare and the legs it covers (v1)."""

    legs: tuple[int, ...]
    """Indices into the legs that were asked about."""
    cents: int
    product_id: str
    """The first leg's product, which names the part."""
    product_name: str
    medium_id: str
    """What one has to pay with for this price; "": it does not matter."""
    medium_name: str
    charges: tuple[Charge, ...]

    @property
    def rule(self) -> str:
        """All charges in words."""
        return "; ".join(charge.rule for charge in self.charges)


@dataclass(frozen=True, slots=True)
class RejectedFare:
    """A product or rule that might have been used."""

    legs: tuple[int, ...]
    product_id: str
    cents: int | None
    """What it asks by itself; None: it does not apply, or has no price."""
    row: str
    reason_fr: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class FeedPrice:
    """The least that one rider pays for legs of a feed by its own fares."""

    cents: int
    """In the smallest unit of the currency."""
    currency: str
    parts: tuple[FarePart, ...]
    rejected: tuple[RejectedFare, ...] = ()
