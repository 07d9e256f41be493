"""A journey that was shown, as it can be ordered: what prices, seats and tickets need of it, signed so that nobody has
to keep it."""

from __future__ import annotations

from dataclasses import dataclass

from ticketing.fares.leg import FareLeg


@dataclass(frozen=True, slots=True)
class CarpoolWish:
    """A seat in somebody's car for one leg."""

    leg: int
    ride_id: str
    from_stop: str
    to_stop: str


@dataclass(frozen=True, slots=True)
class OnDemandWish:
    """A place on demand for one leg: the signed quote (`on_demand.quote`) that holds it."""

    leg: int
    quote: str


@dataclass(frozen=True, slots=True)
class OfferedJourney:
    """One itinerary of an answer. Its seats are not held; its price is found anew for who orders."""

    legs: tuple[FareLeg, ...]
    carpool: tuple[CarpoolWish, ...] = ()
    on_demand: tuple[OnDemandWish, ...] = ()
    expires_s: int = 0
    """Epoch seconds; who orders later is asked to plan again."""
