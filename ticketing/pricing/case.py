"""A journey and a party while their price is sought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from ticketing.fares.leg import FareLeg
from ticketing.fares.tables import FeedFares
from ticketing.tariff.days import FareDay, Period, fare_day, period_span_s
from ticketing.tariff.tariff import Tariff

NO_POOL = -1


class Pool(NamedTuple):
    """What several riders, or several covers of one rider, take from: so many uses for one price each time."""

    product_id: str
    kind: str
    cents: int
    size: int
    """Uses for that price; 0: any number."""
    limit: int
    """Uses at most; NO_POOL: as often as one pays."""
    is_personal: bool
    rule: str
    mask: int = 0
    """The legs its price is for; 0: those of each use."""
    from_s: int = 0
    until_s: int = 0

    def price(self, uses: int) -> int:
        """What so many uses cost."""
        if not uses:
            return 0
        return self.cents if self.size == 0 else self.cents * -(-uses // self.size)


class Cover(NamedTuple):
    """What one ticket of a single covers, and its price before reductions."""

    mask: int
    full_cents: int
    party_leg: int = NO_POOL
    """The leg whose price is asked for the whole party; NO_POOL: none is."""


@dataclass
class Case:
    """A journey and a party while their price is sought."""

    legs: Sequence[FareLeg]
    party: int
    tariff: Tariff
    feed_fares: Mapping[str, FeedFares]
    bought_s: int
    networks: list[str]
    """Of each leg; "": the tariff does not price it."""
    pools: list[Pool] = field(default_factory=list)
    shared: dict[object, int] = field(default_factory=dict)
    """Pools of the whole party, by what they are of."""
    covers: dict[str, list[Cover]] = field(default_factory=dict)

    def pool(self, key: object, pool: Pool) -> int:
        """The number of a pool; one that is shared is there once."""
        if key in self.shared:
            return self.shared[key]
        self.pools.append(pool)
        self.shared[key] = len(self.pools) - 1
        return len(self.pools) - 1

    def period_span_s(self, instant_s: int, period: Period) -> tuple[int, int]:
        """(from, until) of the tariff's period an instant lies in."""
        return period_span_s(instant_s, period, self.tariff.time_zone, self.tariff.fare_day_begins_min)

    @cached_property
    def priced_networks(self) -> frozenset[str]:
        """The networks of its legs."""
        return frozenset(self.networks) - {""}

    @cached_property
    def leads_back(self) -> bool:
        """Whether some ride ends where one before it began: what else is no way back."""
        begun: set[str] = set()
        for leg in self.legs:
            if leg.destination.place in begun:
                return True
            begun.add(leg.origin.place)
        return False

    def day(self, leg: int) -> FareDay:
        """The fare day a leg begins in."""
        return fare_day(self.legs[leg].departure_s, self.tariff.time_zone, self.tariff.fare_day_begins_min)


@lru_cache(maxsize=1 << 16)
def bits(mask: int) -> tuple[int, ...]:
    """The legs of a mask, in order."""
    return tuple(i for i in range(mask.bit_length()) if mask >> i & 1)


def mask_of(legs: Sequence[int]) -> int:
    """The mask of some legs."""
    mask = 0
    for i in legs:
        mask |= 1 << i
    return mask
