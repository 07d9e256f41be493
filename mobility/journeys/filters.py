"""Few and different journeys: what a person is shown of what the planner found.

The planner keeps whatever is best in something, be it by a minute. Left out here is, in this order: what walks farther
than asked for; what one would walk faster all the way; what another journey equals or beats in everything: departure,
arrival, changes, walking, emissions, not having to be booked, and, where cheap ones are looked for, price; and the same
vehicles twice.

Pages stay whole: a journey belongs to the page it was found for (`Shown.found`), and is left out only for one that is
shown itself, on the same page or the one that begins where this ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from mobility.journeys.cheaper import ExactPrices
from mobility.journeys.criteria import emissions_mg_per_km
from mobility.journeys.ends import Approach, End
from mobility.journeys.pages_of_time import LAST_S, Shown
from mobility.journeys.question import Question
from mobility.journeys.street_times import DETOUR_FACTOR, distance_between_m
from mobility.journeys.tidy import WALK_WEIGHT, Tidying
from mobility.journeys.unbooked import get_mode, is_booked
from mobility.journeys.view import View
from routing.journey import OUTSIDE, Journey, Ride, Walk
from routing.query import Query


@dataclass(frozen=True, slots=True)
class _Measured:
    shown: Shown
    walked_s: int
    walked_m: float
    emissions_mg: float
    vehicles: tuple[object, ...]
    is_booked: bool
    cents: int = 0

    def effort(self) -> float:
        journey = self.shown.journey
        return journey.arrival_s - journey.departure_s + WALK_WEIGHT * self.walked_s

    def is_as_good_as(self, other: _Measured) -> bool:
        """In everything."""
        one, two = self.shown.journey, other.shown.journey
        return (
            one.departure_s >= two.departure_s
            and one.arrival_s <= two.arrival_s
            and one.transfers <= two.transfers
            and self.walked_s <= other.walked_s
            and self.emissions_mg <= other.emissions_mg + 1
            and self.is_booked <= other.is_booked
            and self.cents <= other.cents
        )


class Filters:
    """Of one question. Called with the journeys found for a closed span of departures (arrivals, to arrive by)."""

    def __init__(
        self,
        view: View,
        question: Question,
        query: Query,
        ends: tuple[End, End],
        direct: Iterable[Approach],
        prices: ExactPrices | None = None,
    ) -> None:
        self._view, self._question, self._query = view, question, query
        self._origin, self._destination = ends
        self._walk_s = min((way.duration_s for way in direct if way.mode == "WALK"), default=math.inf)
        self._prices = prices
        self._tidying = Tidying(view, query, *ends)
        self._tidied: dict[Journey, Journey] = {}
        self._measured: dict[Journey, _Measured] = {}

    def __call__(self, journeys: Iterable[Journey], from_s: int, to_s: int) -> list[Shown]:
        """What is shown of them, in the order given."""

        def may_be(journey: Journey) -> bool:
            key_s = journey.arrival_s if self._question.arrive_by else journey.departure_s
            lasts_s = journey.arrival_s - journey.departure_s
            return from_s <= key_s <= to_s and lasts_s <= self._query.max_travel_time_s

        measured = [self._measure(Shown(found, self._tidy(found, may_be))) for found in journeys]
        most_m = self._question.walked_m_max
        kept = [
            one
            for one in measured
            if (most_m is None or one.walked_m <= most_m) and not self._is_walked_faster(one.shown.journey)
        ]
        return [one.shown for one in _once_each(_undominated(kept))]

    def list_shown(self, journeys: Iterable[Journey]) -> list[Journey]:
        """What would be shown of them, whenever they are."""
        return [shown.journey for shown in self(journeys, 0, LAST_S)]

    def measure_walk_m(self, journey: Journey) -> float:
        """How far one walks in all."""
        return self._measure(Shown(journey, journey)).walked_m

    def _is_walked_faster(self, journey: Journey) -> bool:
        return journey.arrival_s - journey.departure_s >= self._walk_s

    def _tidy(self, found: Journey, may_be: Callable[[Journey], bool]) -> Journey:
        """Kept for the next stretch of time: the same journeys are looked at again with those that are new."""
        free = self._tidied.get(found)
        if free is None:
            free = self._tidied[found] = self._tidying.tidy(
                found, lambda other: self._is_no_dearer(other, found)
            )
        if may_be(free):
            return free
        return self._tidying.tidy(found, lambda other: may_be(other) and self._is_no_dearer(other, found))

    def _is_no_dearer(self, other: Journey, found: Journey) -> bool:
        return self._cents_of(other) <= self._cents_of(found)

    def _cents_of(self, journey: Journey) -> int:
        """Where prices are compared."""
        return 0 if self._prices is None else self._prices.price(journey).cost

    def _measure(self, shown: Shown) -> _Measured:
        known = self._measured.get(shown.journey)
        if known is None:
            known = self._measured[shown.journey] = self._measure_anew(shown)
        return known if known.shown == shown else replace(known, shown=shown)

    def _measure_anew(self, shown: Shown) -> _Measured:
        walked_s, walked_m, emissions_mg = 0, 0.0, 0.0
        for leg in shown.journey.legs:
            if isinstance(leg, Ride):
                factor = emissions_mg_per_km()[get_mode(self._view, leg)]
                emissions_mg += factor * self._crow_m(leg.from_stop, leg.to_stop) / 1000
            elif self._is_on_foot(leg):
                walked_s += leg.arrival_s - leg.departure_s
                walked_m += self._walk_m(leg)
        vehicles = tuple(
            (leg.trip, leg.service_day, leg.shift_s) if isinstance(leg, Ride) else leg.offer
            for leg in shown.journey.legs
            if isinstance(leg, Ride) or leg.offer >= 0
        )
        booked = is_booked(self._view, shown.journey)
        cents = self._cents_of(shown.journey)
        return _Measured(shown, walked_s, walked_m, emissions_mg, vehicles, booked, cents)

    def _is_on_foot(self, walk: Walk) -> bool:
        if walk.offer >= 0:
            return False
        approach = self._approach(walk)
        return approach is None or approach.mode == "WALK"

    def _approach(self, walk: Walk) -> Approach | None:
        if walk.from_stop == OUTSIDE:
            return self._origin.approaches.get(walk.to_stop)
        if walk.to_stop == OUTSIDE:
            return self._destination.approaches.get(walk.from_stop)
        return None

    def _walk_m(self, walk: Walk) -> float:
        approach = self._approach(walk)
        if approach is not None and approach.distance_m is not None:
            return approach.distance_m
        if OUTSIDE in (walk.from_stop, walk.to_stop):
            return 0.0  # the client said how long it takes, not how far it is
        return self._crow_m(walk.from_stop, walk.to_stop) * DETOUR_FACTOR

    def _crow_m(self, stop: int, other: int) -> float:
        timetable = self._view.timetable
        return distance_between_m(
            float(timetable.stop_lat[stop]),
            float(timetable.stop_lon[stop]),
            float(timetable.stop_lat[other]),
            float(timetable.stop_lon[other]),
        )


def _once_each(measured: list[_Measured]) -> list[_Measured]:
    """Of journeys with the same vehicles, boarded or changed elsewhere, the one of least effort."""
    kept: list[_Measured] = []
    for one in sorted(measured, key=_Measured.effort):
        if not any(_is_same_trip(one, other) for other in kept):
            kept.append(one)
    return [one for one in measured if any(one is other for other in kept)]


def _is_same_trip(one: _Measured, other: _Measured) -> bool:
    """The same vehicles for some of the same way; a bus that comes round again is another ride."""
    if one.vehicles != other.vehicles:
        return False
    rides = [leg for leg in one.shown.journey.legs if isinstance(leg, Ride)]
    others = [leg for leg in other.shown.journey.legs if isinstance(leg, Ride)]
    return all(a.board < b.alight and b.board < a.alight for a, b in zip(rides, others, strict=True))


def _undominated(measured: list[_Measured]) -> list[_Measured]:
    """Without what another equals or beats in everything; of equals the first stays."""
    kept: list[_Measured] = []
    for one in measured:
        if any(other.is_as_good_as(one) for other in kept):
            continue
        kept = [other for other in kept if not one.is_as_good_as(other)]
        kept.append(one)
    return kept
