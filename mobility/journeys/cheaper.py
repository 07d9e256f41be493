"""Journeys by their exact price: what the router found by a bound and by an estimate, priced, so that whoever compares
journeys compares prices."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mobility.journeys.pages_of_time import Plans
from routing.journey import Answer, Journey, Leg
from routing.query import Cost, Query

UNKNOWN_CENTS = 1 << 40
"""Of a journey whose price nobody knows: more than any that is known."""


@dataclass(frozen=True, slots=True)
class ExactPrices:
    """A planner whose journeys cost what they do. `cents_of`: what legs cost; None: unknown. `estimate`: what rides
    cost by themselves, beside the bound that queries bring; None: nothing else."""

    planner: Plans
    cents_of: Callable[[tuple[Leg, ...]], int | None]
    estimate: Cost | None = None
    _known: dict[tuple[Leg, ...], int] = field(default_factory=dict)

    def plan(self, query: Query) -> Answer:
        began_s = time.monotonic()
        answer = self.planner.plan(query)
        found = [self.price(journey) for journey in answer.journeys]
        limit_s = query.time_limit_s and max(query.time_limit_s - (time.monotonic() - began_s), 0.001)
        if self.estimate is not None and not answer.cut_off:
            # what this finds comes on top: where it is cut off, the answer is still what the bound gives
            more = self.planner.plan(replace(query, cost=self.estimate, time_limit_s=limit_s))
            found = list(dict.fromkeys([*found, *map(self.price, more.journeys)]))
            found.sort(key=lambda one: (one.departure_s, one.arrival_s, one.transfers, one.cost))
        return replace(answer, journeys=tuple(found))

    def price(self, journey: Journey) -> Journey:
        """The journey with its price in cents as its cost."""
        if journey.legs not in self._known:
            cents = self.cents_of(journey.legs)
            self._known[journey.legs] = UNKNOWN_CENTS if cents is None else cents
        return journey._replace(cost=self._known[journey.legs])
