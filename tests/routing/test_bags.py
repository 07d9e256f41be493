"""A third criterion and places to pass: the planner and its slow twin answer alike on random networks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.journey import OUTSIDE, Journey, Ride, Walk
from routing.planner import Planner
from routing.query import Cost, Query, Via
from routing.timetable import Mode, Timetable
from tests.naive.bags import Twin
from tests.routing.sketch import Sketch
from tests.routing.test_planner_against_twin import check_journey, networks, queries

KINDS = ["depart", "arrive", "window", "arrive window"]


@st.composite
def costs(draw: st.DrawFn) -> Cost:
    per_km = [0] * len(Mode)
    for mode in (Mode.BUS, Mode.COACH, Mode.REGIONAL_RAIL):
        per_km[mode] = draw(st.sampled_from([0, 1, 7, 120]))
    return Cost(
        per_walked_s=draw(st.sampled_from([0, 1, 3])),
        per_ride=draw(st.sampled_from([0, 0, 50])),
        per_km_by_mode=draw(st.sampled_from([(), tuple(per_km)])),
        slack_s=draw(st.sampled_from([0, 600, 1800, 7200])),
        slack_transfers=draw(st.integers(0, 2)),
    )


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
    return (*build(sketch, draw(st.integers(0, 99))),), replace(
        query,
        arrive_by="arrive" in kind,
        window_s=(query.window_s or 5000) if "window" in kind else 0,
        via=draw(vias(sketch)) if wanted != "cost" else (),
        cost=draw(costs()) if wanted != "via" else None,
    )


def summary(query: Query, journeys: tuple[Journey, ...]) -> list[tuple[int, int, int, int]]:
    departs = bool(query.window_s) or query.arrive_by
    arrives = bool(query.window_s) or not query.arrive_by
    return sorted((j.departure_s * departs, j.arrival_s * arrives, j.transfers, j.cost) for j in journeys)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
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
            first = timetable.pattern_first[timetable.trip_pattern[leg.trip]]
            stops = timetable.pattern_stop[first + leg.board : first + leg.alight + 1]
            if cost.per_km_by_mode:
                price = cost.per_km_by_mode[timetable.trip_mode[leg.trip]]
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
