"""Who travels, and what they have already: all that a price may depend on beside the journey."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeldPass:
    """A pass somebody has bought. Valid from `valid_from_s` until before `valid_until_s`, epoch seconds."""

    product_id: str
    valid_from_s: int
    valid_until_s: int
    zones: tuple[str, ...] = ()
    """The zones or networks it was bought for; (): all its product covers."""


@dataclass(frozen=True, slots=True)
class HeldUnits:
    """What is left of a carnet."""

    product_id: str
    units: int
    valid_until_s: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What was paid for one past journey that counts towards caps, or as the outward half of a return."""

    product_id: str
    network_id: str
    cents: int
    departure_s: int
    from_place: str = ""
    to_place: str = ""
    """Stations (of stops without one, the stops) it led from and to; "": not known, and no half of a return."""


@dataclass(frozen=True, slots=True)
class Rider:
    """One traveller. `category`: one of the tariff's ("adult", "youth", …)."""

    category: str = "adult"
    cards: tuple[str, ...] = ()
    """Products that give reductions (card ids of the tariff)."""
    passes: tuple[HeldPass, ...] = ()
    units: tuple[HeldUnits, ...] = ()
    spent: tuple[Spent, ...] = ()
