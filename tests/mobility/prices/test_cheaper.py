"""Price as a wish: what the router finds by its bound, and exact prices after, against every journey there is."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobility.journeys.cheaper import UNKNOWN_CENTS, ExactPrices
from mobility.journeys.fare_legs import FARE_MODES
from mobility.journeys.pages_of_time import undominated
from mobility.journeys.price_bounds import UNITS_PER_CENT, Bound, PriceBounds
from routing.clock import day_start_s
from routing.journey import Journey, Leg, Ride
from routing.planner import Planner
from routing.query import Cost, Offset, PatternCost, Query
from routing.timetable import NO_CHANGE_S, Mode, Timetable, TimetableInfo
from tests.mobility.prices.small_tariff import by_distance, flat, make_tariff
from tests.naive.planner import Run, list_runs
from tests.routing.sketch import Sketch
from tests.routing.test_bags import build, metres
from tests.routing.test_planner_against_twin import networks
from ticketing.fares.leg import FareLeg, FareStop
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import Price
from ticketing.pricing.rider import Rider
from ticketing.tariff.tariff import Tariff

MODES = {"city": Mode.BUS, "coach": Mode.COACH, "rail": Mode.REGIONAL_RAIL}
RIDERS = (Rider(),), (Rider("youth"),), (Rider(), Rider("child"), Rider("youth"))


@dataclass(frozen=True)
class Priced:
    """A tariff on a timetable."""

    timetable: Timetable
    tariff: Tariff
    riders: tuple[Rider, ...]
    time_s: int

    def fare_leg(self, mode: int, stops: list[int], departure_s: int, arrival_s: int) -> FareLeg:
        distance_m = sum(metres(self.timetable, a, b) for a, b in itertools.pairwise(stops))
        ends = (FareStop(f"s{stops[at]}") for at in (0, -1))
        return FareLeg(FARE_MODES[Mode(mode)], *ends, departure_s, arrival_s, distance_m)

    def cents(self, legs: tuple[FareLeg, ...]) -> int:
        if not legs:
            return 0
        price = cheapest(legs, self.riders, self.tariff, {}, self.time_s, is_explained=False)
        assert isinstance(price, Price)
        return price.cents

    def cents_of(self, legs: tuple[Leg, ...]) -> int:
        ridden = []
        for leg in legs:
            if isinstance(leg, Ride):
                first = self.timetable.pattern_first[self.timetable.trip_pattern[leg.trip]]
                stops = self.timetable.pattern_stop[first + leg.board : first + leg.alight + 1].tolist()
                mode = int(self.timetable.trip_mode[leg.trip])
                ridden.append(self.fare_leg(mode, stops, leg.departure_s, leg.arrival_s))
        return self.cents(tuple(ridden))

    def bound(self) -> Cost:
        """As `price_bounds` makes it of a network's routes."""
        return self._cost_by(PriceBounds(self.tariff, self.riders, self.time_s).of_route)

    def estimate(self) -> Cost:
        """What rides cost by themselves, likewise."""
        return self._cost_by(PriceBounds(self.tariff, self.riders, self.time_s).alone)

    def _cost_by(self, of_leg: Callable[[FareLeg | None], Bound]) -> Cost:
        of_mode = [
            of_leg(self.fare_leg(mode, [0, 0], 0, 0) if Mode(mode) in FARE_MODES else None)
            for mode in range(len(Mode))
        ]
        count = len(self.timetable.pattern_first) - 1
        least = np.full((count, 2), 1 << 40, np.int64)
        for pattern, mode in zip(self.timetable.trip_pattern, self.timetable.trip_mode, strict=True):
            least[pattern] = np.minimum(least[pattern], of_mode[mode])
        by_pattern = PatternCost(least[:, 0].copy(), least[:, 1].copy())
        return Cost(by_pattern=by_pattern, slack_s=3600, slack_transfers=1)


@dataclass(frozen=True)
class Found:
    """A journey of the exhaustive search."""

    arrival_s: int
    transfers: int
    legs: tuple[FareLeg, ...]
    bound: int


def list_all(priced: Priced, info: TimetableInfo, query: Query, cost: Cost) -> Iterator[Found]:
    """Every journey that leaves when asked: all boardings of all vehicles, all ways on foot, nothing left out."""
    runs = list_runs(priced.timetable, info)
    ready = {offset.stop: query.time_s + offset.duration_s for offset in query.origins}
    latest_s = query.time_s + query.max_travel_time_s
    ends = {offset.stop: offset.duration_s for offset in query.destinations}

    def go(stop: int, at_s: int, legs: tuple[FareLeg, ...], bound: int) -> Iterator[Found]:
        for run, board, alight in list_rides(runs, stop, at_s):
            calls = run.calls[board : alight + 1]
            there = calls[-1]
            if there.arrival_s > latest_s:
                continue
            leg = priced.fare_leg(
                run.flags[0], [call.stop for call in calls], calls[0].departure_s, there.arrival_s
            )
            assert cost.by_pattern is not None
            own = int(cost.by_pattern.per_ride[run.pattern])
            own += int(cost.by_pattern.per_km[run.pattern]) * leg.distance_m // 1000
            ridden = (*legs, leg)
            if there.stop in ends and there.arrival_s + ends[there.stop] <= latest_s:
                yield Found(there.arrival_s + ends[there.stop], len(legs), ridden, bound + own)
            if len(ridden) <= query.max_transfers:
                for onward, walk_s in list_ways(priced.timetable, there.stop):
                    yield from go(onward, there.arrival_s + walk_s, ridden, bound + own)

    for stop, at_s in ready.items():
        yield from go(stop, at_s, (), 0)


def list_rides(runs: list[Run], stop: int, at_s: int) -> Iterator[tuple[Run, int, int]]:
    for run in runs:
        for board, call in enumerate(run.calls):
            if call.stop == stop and call.can_board and call.departure_s >= at_s:
                for alight in range(board + 1, len(run.calls)):
                    if run.calls[alight].can_alight:
                        yield run, board, alight


def list_ways(timetable: Timetable, stop: int) -> Iterator[tuple[int, int]]:
    change_s = int(timetable.change_time_s[stop])
    if change_s < NO_CHANGE_S:
        yield stop, change_s
    for path in range(int(timetable.footpath_first[stop]), int(timetable.footpath_first[stop + 1])):
        yield int(timetable.footpath_to[path]), int(timetable.footpath_duration_s[path])


def within_slack(found: list[Found], cost: Cost) -> list[Found]:
    """Those that a journey best by arrival and transfers beats by no more than the slack."""
    anchors = [
        one
        for one in found
        if not any(
            (other.arrival_s, other.transfers) != (one.arrival_s, one.transfers)
            and other.arrival_s <= one.arrival_s
            and other.transfers <= one.transfers
            for other in found
        )
    ]
    return [
        one
        for one in found
        if any(
            one.arrival_s <= anchor.arrival_s + cost.slack_s
            and one.transfers <= anchor.transfers + cost.slack_transfers
            for anchor in anchors
        )
    ]


@st.composite
def cases(draw: st.DrawFn, products: st.SearchStrategy[Any]) -> tuple[Priced, TimetableInfo, Query]:
    sketch: Sketch = draw(networks())
    # the vehicles of a line are of one kind, as those of a pattern mostly are: else the bound is the least of theirs
    kinds = list(MODES.values())
    sketch.trips = [
        replace(trip, block=-1, zone=0, mode=kinds[sum(call[0] for call in trip.calls) % len(kinds)])
        for trip in sketch.trips[:10]
    ]
    sketch.seated, sketch.frequencies, sketch.zones, sketch.days = [], [], ("Europe/Paris",), 1
    timetable, info = build(sketch, draw(st.integers(0, 99)))
    stop = st.integers(0, sketch.stops - 1)
    walk = st.builds(Offset, stop, st.sampled_from([60, 400]))
    walks = st.lists(walk, min_size=1, max_size=2, unique_by=lambda offset: offset.stop)
    start_s = day_start_s(sketch.first_day, "Europe/Paris")
    query = Query(
        tuple(draw(walks)),
        tuple(draw(walks)),
        start_s + draw(st.sampled_from([0, 6 * 3600, 22 * 3600])),
        max_transfers=2,
        max_travel_time_s=6 * 3600,
    )
    tariff = make_tariff(
        {name: {"mode": FARE_MODES[mode].value} for name, mode in MODES.items()}, draw(products)
    )
    return Priced(timetable, tariff, draw(st.sampled_from(RIDERS)), query.time_s), info, query


cents = st.sampled_from([100, 130, 150, 300, 700])
rates = st.sampled_from([("0", "0.2"), ("0.7", "0.17"), ("2", "0.05")])


@st.composite
def any_products(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Flat prices, with and without a time to ride on; prices by distance, joined or not; transfers; a day pass."""
    found: list[dict[str, Any]] = []
    for name in MODES:
        if name != "city" and draw(st.booleans()):
            steps = [(0, *draw(rates)), (10, *draw(rates))]
            joined = {"is_joined": True, "within_min": 60} if draw(st.booleans()) else {}
            found.append(by_distance(name, steps, **joined))
        else:
            found.append(flat(name, draw(cents), **draw(st.sampled_from([{}, {}, {"within_min": 60}]))))
    if draw(st.booleans()):
        base, free = draw(st.permutations(list(MODES)))[:2]
        transfer = {"id": "both", "kind": "transfer", "base": f"{base}-single", "free_networks": [free]}
        found.append(transfer | {"within_min": 90, "surcharge_cents": draw(st.sampled_from([0, 20]))})
    return found


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(cases(any_products()))
def test_no_journey_costs_less_than_its_bound_and_none_is_lost_by_it(
    case: tuple[Priced, TimetableInfo, Query],
) -> None:
    priced, info, query = case
    cost = priced.bound()
    found = list(list_all(priced, info, query, cost))
    for one in found:
        assert one.bound <= UNITS_PER_CENT * priced.cents(one.legs) + len(one.legs), one
    planner = ExactPrices(Planner(priced.timetable, info), priced.cents_of)
    answer = planner.plan(replace(query, cost=cost)).journeys
    by_bound = planner.planner.plan(replace(query, cost=cost)).journeys
    assert [one.legs for one in answer] == [one.legs for one in by_bound]
    for one in within_slack(found, cost):
        assert any(
            kept.arrival_s <= one.arrival_s and kept.transfers <= one.transfers and kept.cost <= one.bound
            for kept in by_bound
        ), one


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(cases(st.tuples(*(st.builds(flat, st.just(name), cents) for name in MODES)).map(list)))
def test_where_tickets_just_add_up_the_answer_is_that_of_all_journeys(
    case: tuple[Priced, TimetableInfo, Query],
) -> None:
    """By arrival, changes and exact price. The bound is the estimate: one search is enough."""
    priced, info, query = case
    cost, estimate = priced.bound(), priced.estimate()
    assert cost.by_pattern is not None
    assert estimate.by_pattern is not None
    assert np.array_equal(cost.by_pattern.per_ride, estimate.by_pattern.per_ride)
    assert not np.any(estimate.by_pattern.per_km)
    planner = ExactPrices(Planner(priced.timetable, info), priced.cents_of)
    answer = undominated(list(planner.plan(replace(query, cost=cost)).journeys))
    told = {(one.arrival_s, one.transfers, one.cost) for one in answer}
    beside = {
        (one.arrival_s, one.transfers, priced.cents(one.legs))
        for one in within_slack(list(list_all(priced, info, query, cost)), cost)
    }
    assert front(told) == front(beside)


def front(found: set[tuple[int, int, int]]) -> set[tuple[int, int, int]]:
    """Those that no other beats."""
    return {
        one
        for one in found
        if not any(other != one and all(a <= b for a, b in zip(other, one, strict=True)) for other in found)
    }


def test_an_unknown_price_is_no_cheap_one() -> None:
    class Nothing:
        def plan(self, query: Query) -> Any:
            raise NotImplementedError

    prices = ExactPrices(Nothing(), lambda _: None)
    assert prices.price(Journey((), 0, 1, 0)).cost == UNKNOWN_CENTS
