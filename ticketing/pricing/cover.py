"""The exact least price of covering all legs for all riders.

A rider's part is found by dynamic programming over the legs covered so far: the lowest leg that is not is covered next,
by each way that covers it. What several riders or covers take from (`Pool`) cannot be priced by one rider alone:
answers are kept by what they use of pools, and priced when the riders are put together. Nothing is left out that could
be least.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ticketing.pricing.case import NO_POOL, Pool
from ticketing.pricing.ways import Way

Uses = tuple[tuple[int, int], ...]
"""(pool, how often), by pool."""


class Part(NamedTuple):
    """One way to cover legs for one rider: cents without pools, and the ways taken."""

    cents: int
    ways: tuple[Way, ...]

    def rank(self) -> tuple[int, int]:
        """Of equal prices, fewer products come first."""
        return self.cents, len(self.ways)


class Riding:
    """The ways of one rider, and how the rest of the legs is covered best from any point on."""

    def __init__(self, ways: Sequence[Way], leg_count: int, pools: Sequence[Pool]) -> None:
        self.ways = ways
        self._pools = pools
        self._full = (1 << leg_count) - 1
        self._by_leg: list[list[Way]] = [[] for _ in range(leg_count)]
        for way in ways:
            for i in range(leg_count):
                if way.mask >> i & 1:
                    self._by_leg[i].append(way)
        self._known: dict[int, dict[Uses, Part]] = {self._full: {(): Part(0, ())}}

    def uncovered(self) -> list[int]:
        """Legs no way covers."""
        return [i for i, ways in enumerate(self._by_leg) if not ways]

    def parts(self) -> dict[Uses, Part]:
        """The best ways to cover all legs, by what they use of the party's pools."""
        return self.closed(self.rest(0))

    def rest(self, covered: int) -> dict[Uses, Part]:
        """The best ways to cover what is not covered yet, by what they use of all pools."""
        known = self._known.get(covered)
        if known is not None:
            return known
        lowest = (~covered & (covered + 1)).bit_length() - 1
        found: dict[Uses, Part] = {}
        for way in self._by_leg[lowest]:
            use = () if way.pool == NO_POOL else ((way.pool, 1),)
            for uses, part in self.rest(covered | way.mask).items():
                if use:
                    uses = added(uses, use, self._pools)
                    if not within_limits(uses, self._pools):
                        continue
                cents, known_part = way.cents + part.cents, found.get(uses)
                if (
                    known_part is None
                    or cents < known_part.cents
                    or (cents == known_part.cents and len(part.ways) + 1 < len(known_part.ways))
                ):
                    found[uses] = Part(cents, (way, *part.ways))
        self._known[covered] = found = _without_dearer(found)
        return found

    def with_way(self, way: Way) -> dict[Uses, Part]:
        """The best ways to cover all legs of which one is this."""
        found = {}
        for uses, part in self.rest(way.mask).items():
            if way.pool != NO_POOL:
                uses = added(uses, ((way.pool, 1),), self._pools)
            if within_limits(uses, self._pools):
                found[uses] = Part(way.cents + part.cents, (way, *part.ways))
        return self.closed(found)

    def closed(self, parts: dict[Uses, Part]) -> dict[Uses, Part]:
        """The rider's own pools are paid; only the party's are left."""
        found: dict[Uses, Part] = {}
        for uses, part in parts.items():
            if uses:
                own = sum(self._pools[pool].price(n) for pool, n in uses if self._pools[pool].is_personal)
                uses = tuple(one for one in uses if not self._pools[one[0]].is_personal)
                part = Part(part.cents + own, part.ways)
            if uses not in found or part.rank() < found[uses].rank():
                found[uses] = part
        return _without_dearer(found)


def _without_dearer(parts: dict[Uses, Part]) -> dict[Uses, Part]:
    """Without what uses pools and is not cheaper, before these are paid, than what uses none."""
    without = parts.get(())
    if without is None or len(parts) == 1:
        return parts
    return {uses: part for uses, part in parts.items() if not uses or part.cents < without.cents}


class _State(NamedTuple):
    cents: int
    taken: int
    """Ways."""
    parts: tuple[Part, ...]


def cover_all(
    riders: Sequence[dict[Uses, Part]], pools: Sequence[Pool]
) -> tuple[int, tuple[Part, ...]] | None:
    """(cents, the part of each rider) of the least price for all; None: limits of pools cannot be kept."""
    states: dict[Uses, _State] = {(): _State(0, 0, ())}
    for parts in riders:
        found: dict[Uses, _State] = {}
        for before, state in states.items():
            for uses, part in parts.items():
                together = added(before, uses, pools)
                if not within_limits(together, pools):
                    continue
                made = _State(state.cents + part.cents, state.taken + len(part.ways), (*state.parts, part))
                if together not in found or made[:2] < found[together][:2]:
                    found[together] = made
        states = _promising(found, pools)
    best = min(
        ((state.cents + price_of(uses, pools), state.taken, uses) for uses, state in states.items()),
        default=None,
    )
    return None if best is None else (best[0], states[best[2]].parts)


def _promising(states: dict[Uses, _State], pools: Sequence[Pool]) -> dict[Uses, _State]:
    """Without states that cannot become the least.

    Whatever a state goes on with, the cheapest one can go on with too, and uses of a pool are never dearer together
    than apart. All the other may have before it is what is left of the last carnet or group it began in each pool:
    where even without paying for those it is not cheaper, it never will be. Only a limit could keep the cheapest from
    going on: it is one that uses no pool with a limit.
    """
    free = [
        state.cents + price_of(uses, pools)
        for uses, state in states.items()
        if all(pools[pool].limit == NO_POOL for pool, _ in uses)
    ]
    if not free:
        return states
    least = min(free)
    return {uses: state for uses, state in states.items() if state.cents + _used_up(uses, pools) <= least}


def _used_up(uses: Uses, pools: Sequence[Pool]) -> int:
    """What is paid for all that nothing is left of."""
    return sum(pools[pool].cents * (n // pools[pool].size) for pool, n in uses if pools[pool].size)


def added(one: Uses, other: Uses, pools: Sequence[Pool]) -> Uses:
    """Both uses together; of a pool of any size one use is as good as several."""
    if not other:
        return one
    counts = dict(one)
    for pool, n in other:
        counts[pool] = counts.get(pool, 0) + n
        if pools[pool].size == 0 and pools[pool].limit == NO_POOL:
            counts[pool] = 1
    return tuple(sorted(counts.items()))


def within_limits(uses: Uses, pools: Sequence[Pool]) -> bool:
    """Whether no pool is used more often than it may be."""
    return not uses or all(pools[pool].limit == NO_POOL or n <= pools[pool].limit for pool, n in uses)


def price_of(uses: Uses, pools: Sequence[Pool]) -> int:
    """What the uses of pools cost."""
    return sum(pools[pool].price(n) for pool, n in uses)
