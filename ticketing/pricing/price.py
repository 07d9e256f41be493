"""A price with its reasons: what was chosen, and why not each of the others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One product that covers some legs for some riders."""

    product_id: str
    """A product of the tariff; `{feed_id}:{fare_product_id}` of a feed's fares; "fixed": what a service itself asks."""
    name_fr: str
    name_en: str
    kind: str
    """single, return, transfer, carnet, unit, pass, held-pass, cap, group, feed-fare, fixed."""
    legs: tuple[int, ...]
    """Indices into the journey's legs; (): none of them (a pass bought for later)."""
    riders: tuple[int, ...]
    cents: int
    full_cents: int
    """Before reductions and caps."""
    rule: str
    """The rule of the tariff (or row of the feed) that gave it, and the figures: a person can follow it."""
    vat_permille: int
    weights: tuple[tuple[int, str, int], ...] = ()
    """(leg, operator, cents it costs by itself): what revenue is apportioned by (`ticketing.sales.apportionment`)."""
    valid_from_s: int = 0
    valid_until_s: int = 0
    """When it may be travelled with, epoch seconds, until exclusive; 0: the legs say."""
    networks: tuple[str, ...] = ()
    """By the tariff's ids, which tickets name: of each leg, in the order of `legs` ("": of none); of a product without
    legs those it is for, (): all."""
    zones: tuple[str, ...] = ()
    """Of a product without legs: the zones it is for; (): all."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A way to cover the journey (or a part) that was not taken."""

    product_ids: tuple[str, ...]
    cents: int | None
    """What it would have cost; None: it does not apply."""
    rule: str
    reason_fr: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Price:
    """The least that a party pays for a journey."""

    cents: int
    lines: tuple[PriceLine, ...]
    rejected: tuple[Rejected, ...] = ()
    currency: str = "EUR"
    tariff_version: str = ""


@dataclass(frozen=True, slots=True)
class PriceUnknown:
    """Nobody knows what the journey costs: never 0, never a part of it."""

    legs: tuple[int, ...]
    """Those nobody has a price of."""
    reason_fr: str
    reason_en: str
