"""A third criterion and places to pass: the planner and its slow twin answer alike on random networks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.clock import day_start_s
from routing.compile_overlay import compile_overlay
from routing.journey import OUTSIDE, Journey, Ride, Walk
from routing.kernels.bag_limits import bound_ready, find_limits
from routing.kernels.bag_search import search_bags
from routing.kernels.bags import empty
from routing.kernels.trace import search_departures
from routing.planner import Planner
from routing.query import Cost, Offset, PatternCost, Query, Via
from routing.timetable import Mode, Timetable
from tests.naive.bags import Twin
from tests.routing.sketch import MONDAY, Sketch, SketchedTrip
from tests.routing.test_overlay import draw_changes, draw_extras
from tests.routing.test_planner_against_twin import check_journey, networks, queries

KINDS = ["depart", "arrive", "window", "arrive window"]


@st.composite
def costs(draw: st.DrawFn, patterns: int = 0) -> Cost:
    """With `patterns`, of a timetable, what each costs as well."""
    per_km = [0] * len(Mode)
    for mode in (Mode.BUS, Mode.COACH, Mode.REGIONAL_RAIL):
        per_km[mode] = draw(st.sampled_from([0, 1, 7, 120]))
    return Cost(
        per_walked_s=draw(st.sampled_from([0, 1, 3])),
        per_ride=draw(st.sampled_from([0, 0, 50])),
        per_km_by_mode=draw(st.sampled_from([(), tuple(per_km)])),
        per_ride_by_extra_mode=draw(st.sampled_from([(), tuple(range(0, 10 * len(Mode), 10))])),
        by_pattern=draw(st.none() | pattern_costs(patterns)) if patterns else None,
        slack_s=draw(st.sampled_from([0, 600, 1800, 7200])),
        slack_transfers=draw(st.integers(0, 2)),
    )


def pattern_costs(patterns: int) -> st.SearchStrategy[PatternCost]:
    each = st.lists(st.sampled_from([0, 5, 40, 150]), min_size=patterns, max_size=patterns)
    arrays = each.map(lambda listed: np.array(listed, np.int64))
    return st.builds(PatternCost, arrays, arrays)


def vias(sketch: Sketch) -> st.SearchStrategy[tuple[Via, ...]]:
    stops = st.lists(st.integers(0, sketch.stops - 1), min_size=1, max_size=2, unique=True).map(tuple)
    return st.lists(st.builds(Via, stops, st.sampled_from([0, 0, 300, 1500])), min_size=1, max_size=2).map(
        tuple
    )


def build(sketch: Sketch, seed: int):
    """The sketch somewhere on earth: most stops have a position."""
    timetable, info = sketch.build()
    rng = np.random.default_rng(seed)
    lat = np.where(rng.random(sketch.stops) < 0.1, np.nan, 47 + rng.random(sketch.stops) / 5)
    return timetable._replace(stop_lat=lat, stop_lon=5 + rng.random(sketch.stops) / 5), info


@st.composite
def questions(draw: st.DrawFn, kind: str):
    sketch = draw(networks())
    query = draw(queries(sketch))
    wanted = draw(st.sampled_from(["cost", "via", "both"]))
    price = draw(st.sampled_from([0, 500]))
    query = replace(
        query,
        origins=tuple(replace(o, cost=price) if o.open_s else o for o in query.origins),
        destinations=tuple(replace(o, cost=price) if o.open_s else o for o in query.destinations),
    )
    timetable, info = build(sketch, draw(st.integers(0, 99)))
    return (timetable, info), replace(
        query,
        arrive_by="arrive" in kind,
        window_s=(query.window_s or 5000) if "window" in kind else 0,
        via=draw(vias(sketch)) if wanted != "cost" else (),
        cost=draw(costs(len(timetable.pattern_first) - 1)) if wanted != "via" else None,
    )


def summary(query: Query, journeys: tuple[Journey, ...]) -> list[tuple[int, int, int, int]]:
    departs = bool(query.window_s) or query.arrive_by
    arrives = bool(query.window_s) or not query.arrive_by
    return sorted((j.departure_s * departs, j.arrival_s * arrives, j.transfers, j.cost) for j in journeys)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_same_restricted_pareto_set(kind: str, data: st.DataObject) -> None:
    network, query = data.draw(questions(kind))
    planner = Planner(*network)
    answer = planner.plan(query)
    for journey in answer.journeys:
        check_journey(planner, query, journey)
        assert journey.cost == cost_of(network[0], query, journey)
        assert passes(planner, query, journey)
    assert summary(query, answer.journeys) == sorted(Twin(*network, query).answer())


def cost_of(timetable: Timetable, query: Query, journey: Journey) -> int:
    """What a journey costs, from its legs."""
    cost = query.cost
    if cost is None:
        return 0
    total, thousandths = 0, 0
    for leg in journey.legs:
        if isinstance(leg, Walk) and leg.offer >= 0:
            total += (query.origins if leg.from_stop == OUTSIDE else query.destinations)[leg.offer].cost
        elif isinstance(leg, Walk):
            total += (leg.arrival_s - leg.departure_s) * cost.per_walked_s
        if isinstance(leg, Ride):
            if not leg.stay_seated:
                total, thousandths = total + cost.per_ride + thousandths // 1000, 0
            pattern = timetable.trip_pattern[leg.trip]
            if cost.by_pattern is not None:
                total += 0 if leg.stay_seated else int(cost.by_pattern.per_ride[pattern])
            first = timetable.pattern_first[pattern]
            stops = timetable.pattern_stop[first + leg.board : first + leg.alight + 1]
            price = cost.per_km_by_mode[timetable.trip_mode[leg.trip]] if cost.per_km_by_mode else 0
            if cost.by_pattern is not None:
                price += int(cost.by_pattern.per_km[pattern])
            thousandths += price * sum(
                metres(timetable, stops[i], stops[i + 1]) for i in range(len(stops) - 1)
            )
    return total + thousandths // 1000


def metres(timetable: Timetable, a: int, b: int) -> int:
    """Between two stops as the crow flies, by the spherical law of cosines in extended precision of vectors."""
    points = []
    for stop in (a, b):
        lat, lon = math.radians(timetable.stop_lat[stop]), math.radians(timetable.stop_lon[stop])
        points.append((math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)))
    if math.isnan(points[0][0] + points[1][0]):
        return 0
    chord = math.dist(*points)
    return round(2 * 6_371_009 * math.asin(chord / 2))


def passes(planner: Planner, query: Query, journey: Journey) -> bool:
    """Whether the legs pass all vias in order, staying where that is asked."""
    seen: list[tuple[int, float]] = []  # stops in order with how long one is there
    legs = journey.legs
    for i, leg in enumerate(legs):
        if i == 0:
            seen.append((leg.from_stop, math.inf))
        elif isinstance(leg, Ride) and leg.stay_seated:
            seen.append((leg.from_stop, 0))
        else:
            seen.append((leg.from_stop, leg.departure_s - legs[i - 1].arrival_s))
        if isinstance(leg, Ride):
            calls = planner.trip_calls(leg.trip, leg.service_day, leg.shift_s)
            seen += [(call.stop, 0) for call in calls[leg.board + 1 : leg.alight]]
    seen.append((legs[-1].to_stop, math.inf))
    if legs[0].from_stop == OUTSIDE:
        assert isinstance(legs[0], Walk)
    place, left_s = 0, seen[0][1]
    for via in query.via:
        while place < len(seen) and not (seen[place][0] in via.stops and left_s >= via.stay_s):
            place += 1
            left_s = seen[place][1] if place < len(seen) else 0
        if place == len(seen):
            return False
        left_s -= via.stay_s
    return True


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_over_the_timetable_as_over_it_rebuilt(kind: str, data: st.DataObject) -> None:
    network, query = data.draw(questions(kind))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    sketch = Sketch(len(network[0].change_time_s), [])
    changes, extras = draw_changes(*network, rng), draw_extras(sketch, network[1], rng)
    planner = Planner(*network)
    overlay = compile_overlay(*network, planner.days, changes, extras)
    answer = planner.with_overlay(overlay).plan(query)
    assert summary(query, answer.journeys) == sorted(Twin(*network, query, changes, extras).answer())


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_more_slack_never_loses_a_journey(kind: str, data: st.DataObject) -> None:
    network, query = data.draw(questions(kind))
    cost = data.draw(costs())
    wider = replace(cost, slack_s=cost.slack_s + 900, slack_transfers=cost.slack_transfers + 1)
    planner = Planner(*network)
    narrow, wide = (set(summary(query, planner.plan(replace(query, cost=c)).journeys)) for c in (cost, wider))
    assert narrow <= wide


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_plain_answer_is_always_within_and_alone_without_slack(kind: str, data: st.DataObject) -> None:
    network, query = data.draw(questions(kind))
    query, cost = replace(query, via=()), data.draw(costs())
    planner = Planner(*network)
    plain = [j[:3] for j in summary(query, planner.plan(replace(query, cost=None)).journeys)]
    beside = summary(query, planner.plan(replace(query, cost=cost)).journeys)
    assert set(plain) <= {j[:3] for j in beside}
    strict = replace(cost, slack_s=0, slack_transfers=0)
    least = {key: min(j[3] for j in beside if j[:3] == key) for key in plain}
    alone = summary(query, planner.plan(replace(query, cost=strict)).journeys)
    if query.window_s:  # an earlier departure may be worth its lower cost
        alone = [j for j in alone if j[:3] in least]
    assert alone == sorted((*key, price) for key, price in least.items())


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_passing_where_every_journey_passes_changes_nothing(data: st.DataObject) -> None:
    network, query = data.draw(questions("window"))
    query = replace(query, via=(), cost=None)
    planner = Planner(*network)
    journeys = planner.plan(query).journeys
    places = [
        {stop for leg in journey.legs for stop in (leg.from_stop, leg.to_stop) if stop != OUTSIDE}
        for journey in journeys
    ]
    for stop in set.intersection(*places) if places else ():
        passing = planner.plan(replace(query, via=(Via((stop,)),))).journeys
        assert set(summary(query, journeys)) <= set(summary(query, passing))


@pytest.mark.skipif(not hasattr(search_bags, "signatures"), reason="the kernels run as plain Python")
def test_a_warm_planner_has_every_kernel_it_can_need() -> None:
    trips = [
        SketchedTrip([(0, at, at), (1, at + 600, at + 600), (2, at + 900, at + 900)], days=tuple(range(8)))
        for at in range(0, 86_400, 3600)
    ]
    planner = Planner(*Sketch(3, trips, days=8).build())
    planner.warm_up([MONDAY])
    kernels = (search_bags, find_limits, bound_ready, empty, search_departures)
    known = [len(kernel.signatures) for kernel in kernels]
    at_s = day_start_s(MONDAY, "Europe/Paris") + 4 * 86_400
    for window_s in (0, 3600, 86_400):
        for arrive_by in (False, True):
            query = Query(
                (Offset(0, 0),), (Offset(2, 0),), at_s, arrive_by, window_s, max_travel_time_s=90_000
            )
            assert planner.plan(replace(query, cost=Cost(per_walked_s=1))).journeys
            assert planner.plan(replace(query, via=(Via((1,), 60),))).journeys
            assert planner.plan(replace(query, via=(Via((1,)),), cost=Cost(per_ride=1))).journeys
    assert [len(kernel.signatures) for kernel in kernels] == known


def test_a_search_cut_off_says_what_it_searched() -> None:
    trips = [SketchedTrip([(0, at, at), (1, at + 600, at + 600)]) for at in range(0, 86_400, 60)]
    planner = Planner(*Sketch(2, trips).build())
    start_s = day_start_s(MONDAY, "Europe/Paris")
    query = Query((Offset(0, 0),), (Offset(1, 0),), start_s, window_s=80_000, cost=Cost(per_ride=1))
    whole = planner.plan(query)
    for via in ((), (Via((1,)),)):
        answer = planner.plan(replace(query, via=via, time_limit_s=1e-9))
        assert answer.cut_off
        assert answer.searched_to_s == start_s + 80_000
        assert answer.searched_from_s == answer.journeys[0].departure_s
        assert answer.journeys == whole.journeys[-len(answer.journeys) :]
    assert not whole.cut_off
    arriving = planner.plan(replace(query, arrive_by=True, time_limit_s=1e-9))
    assert arriving.searched_from_s == start_s
    assert arriving.searched_to_s == max(journey.arrival_s for journey in arriving.journeys)


def test_a_pool_that_fills_up_is_made_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    trips = [SketchedTrip([(0, at, at), (1, at + 600, at + 600)]) for at in range(0, 86_400, 60)]
    timetable, info = Sketch(2, trips).build()
    query = Query(
        (Offset(0, 0),),
        (Offset(1, 0),),
        day_start_s(MONDAY, "Europe/Paris"),
        window_s=80_000,
        cost=Cost(per_ride=1),
    )
    expected = Planner(timetable, info).plan(query)
    monkeypatch.setattr("routing.bags.POOL_ROWS", 64)
    assert Planner(timetable, info).plan(query) == expected


def test_too_many_places_to_pass_are_refused_in_words() -> None:
    planner = Planner(*Sketch(2, []).build())
    with pytest.raises(ValueError, match="17 places to pass; at most 16"):
        planner.plan(Query((Offset(0, 0),), (Offset(1, 0),), 0, via=(Via((1,)),) * 17))


def test_getting_off_and_staying_or_riding_through() -> None:
    """A tram every ten minutes past a place; staying there for half an hour takes the third one after."""
    trips = [
        SketchedTrip([(0, at, at), (1, at + 300, at + 300), (2, at + 600, at + 600)])
        for at in range(36_000, 43_200, 600)
    ]
    planner = Planner(*Sketch(3, trips).build())
    start_s = day_start_s(MONDAY, "Europe/Paris")
    query = Query((Offset(0, 0),), (Offset(2, 0),), start_s + 36_000)
    through = planner.plan(replace(query, via=(Via((1,)),))).journeys
    assert [(j.arrival_s - start_s, j.transfers) for j in through] == [(36_600, 0)]
    stayed = planner.plan(replace(query, via=(Via((1,), 1800),))).journeys
    assert [(j.arrival_s - start_s, j.transfers) for j in stayed] == [(38_400, 1)]
    assert planner.plan(replace(query, via=(Via((2,)), Via((1,))))).journeys == ()
    last_s = start_s + 38_400
    back = planner.plan(replace(query, via=(Via((1,), 1800),), arrive_by=True, time_s=last_s)).journeys
    assert [(j.departure_s - start_s, j.transfers) for j in back] == [(36_000, 1)]
