"""The engine and its slow twin on random little towns."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routing.street import BrokenExtractError, NoPath, Reason, StreetPath, Streets
from tests.naive.streets import MODES, USUAL_M_S, NaiveStreets, haversine_m
from tests.routing.street.osm_texts import graph_of
from tests.routing.street.random_streets import Town, points, towns

SLACK_S = 1.0 + 1e-6
"""Seconds are rounded up."""


def _slack_s(town: Town, mode: str) -> float:
    """Half the wait at traffic lights lies somewhere on each edge that ends there: at each end of a path, up to 4 s."""
    return SLACK_S + (8.0 if mode == "CAR" and "traffic_signals" in town.text else 0.0)


relaxed = settings(max_examples=60, suppress_health_check=list(HealthCheck))


def _streets(town: Town, stops: list[tuple[float, float]]) -> Streets:
    with tempfile.TemporaryDirectory() as folder:
        try:
            graph, _ = graph_of(town.text, Path(folder))
        except BrokenExtractError:
            assume(False)
    return Streets(graph, [stop[0] for stop in stops], [stop[1] for stop in stops])


def _beside_special(town: Town, twin: NaiveStreets, at: tuple[float, float]) -> bool:
    """Whether a point meets the streets just where something stands."""
    spot = twin.snap(*at)
    ends = (
        []
        if spot is None
        else [
            end
            for s, share in spot.at
            for end, near in ((s.a_at, share), (s.b_at, 1 - share))
            if near * s.length_m < 0.01
        ]
    )
    return any(haversine_m(end, place) < 0.1 for end in ends for place in town.special)


def _almost_meet(twin: NaiveStreets, a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether two points meet the streets within a metre: on a oneway the engine calls that one place."""
    places = []
    for spot in (twin.snap(*a), twin.snap(*b)):
        for s, share in spot.at if spot is not None else []:
            where = tuple(p + share * (q - p) for p, q in zip(s.a_at, s.b_at, strict=True))
            places.append((where[0], where[1]))
    return any(0.0 < haversine_m(p, q) < 1.1 for p in places for q in places)


@relaxed
@given(st.data(), towns(), st.sampled_from(MODES), st.booleans())
def test_reach(data: st.DataObject, town: Town, mode: str, egress: bool) -> None:
    stops = data.draw(st.lists(points(town.size), min_size=1, max_size=6))
    origin = data.draw(points(town.size))
    limit_s = data.draw(st.integers(0, 900))
    speed = data.draw(st.sampled_from([None, 0.7, 2.0])) if mode != "CAR" else None
    streets, twin = _streets(town, stops), NaiveStreets(town.text, mode)
    assume(not any(_beside_special(town, twin, at) for at in [origin, *stops]))
    assume(not any(_almost_meet(twin, origin, stop) for stop in stops))
    found = streets.reach(mode, *origin, limit_s, speed, egress)
    spot = twin.snap(*origin)
    if isinstance(found, NoPath):
        assert spot is None
        return
    assert spot is not None
    slowness = 1.0 if speed is None else USUAL_M_S[mode] / speed
    wanted = twin.times_s(spot, [twin.snap(*stop) for stop in stops], reverse=egress)
    got = {row.stop: row.duration_s for row in found if not row.estimated}
    assert all(duration_s <= limit_s for duration_s in got.values())
    for stop, seconds in enumerate(wanted):
        if seconds is not None and seconds * slowness < limit_s - _slack_s(town, mode):
            assert stop in got
        if stop in got:
            assert seconds is not None
            assert got[stop] == pytest.approx(seconds * slowness, abs=_slack_s(town, mode))


@relaxed
@given(st.data(), towns(), st.sampled_from(MODES))
def test_path_and_travel_times(data: st.DataObject, town: Town, mode: str) -> None:
    origin, target = data.draw(points(town.size)), data.draw(points(town.size))
    streets, twin = _streets(town, []), NaiveStreets(town.text, mode)
    assume(not _beside_special(town, twin, origin) and not _beside_special(town, twin, target))
    assume(not _almost_meet(twin, origin, target))
    path = streets.path(mode, *origin, *target)
    table = streets.travel_times(mode, [origin], [target])
    if mode == "CAR":
        by_hierarchy = streets.travel_times(mode, [origin, target], [target, origin], with_distances=False)
        by_dijkstra = streets.travel_times(mode, [origin, target], [target, origin])
        assert by_hierarchy.duration_s.tolist() == by_dijkstra.duration_s.tolist()
        many_to_few = streets.travel_times(mode, [origin, target], [target], with_distances=False)
        assert many_to_few.duration_s.tolist() == by_dijkstra.duration_s[:, :1].tolist()
        few_to_many = streets.travel_times(mode, [target], [target, origin], with_distances=False)
        assert few_to_many.duration_s.tolist() == by_dijkstra.duration_s[1:].tolist()
    spot, to_spot = twin.snap(*origin), twin.snap(*target)
    if spot is None or to_spot is None:
        assert isinstance(path, NoPath)
        assert path.reason in (Reason.OFF_STREETS, Reason.OUTSIDE)
        assert path.end == ("from" if spot is None else "to")
        assert table.duration_s[0, 0] == -1
        return
    seconds = twin.times_s(spot, [to_spot])[0]
    if seconds is None:
        assert path == NoPath(Reason.NOT_CONNECTED, mode)
        assert table.duration_s[0, 0] == -1
        return
    assert isinstance(path, StreetPath)
    assert path.duration_s == pytest.approx(seconds, abs=_slack_s(town, mode))
    assert table.duration_s[0, 0] == pytest.approx(path.duration_s, abs=1)
    _check_drawing(path, origin, target, spot.off_m + to_spot.off_m)


def _check_drawing(
    path: StreetPath, origin: tuple[float, float], target: tuple[float, float], off_m: float
) -> None:
    """The line runs from point to point, is as long as the path says, and the steps are all of it."""
    assert (path.lat[0], path.lon[0]) == pytest.approx(origin)
    assert (path.lat[-1], path.lon[-1]) == pytest.approx(target)
    line = list(zip(path.lat.tolist(), path.lon.tolist(), strict=True))
    drawn_m = sum(haversine_m(a, b) for a, b in pairwise(line))
    assert drawn_m == pytest.approx(path.distance_m, rel=2e-3, abs=0.1)
    assert sum(step.distance_m for step in path.steps) + off_m == pytest.approx(path.distance_m, abs=0.1)
    assert path.steps[0].relative_direction in ("DEPART", "STAIRS", "ELEVATOR", "CIRCLE_COUNTERCLOCKWISE")
    for before, after in zip(path.steps[:-1], path.steps[1:], strict=True):
        assert (before.lat[-1], before.lon[-1]) == pytest.approx((after.lat[0], after.lon[0]), abs=2e-7)


@relaxed
@given(st.data(), towns(), st.sampled_from(MODES))
def test_transfers_are_what_is_reached_from_each_stop(data: st.DataObject, town: Town, mode: str) -> None:
    stops = data.draw(st.lists(points(town.size), min_size=1, max_size=6))
    streets = _streets(town, stops)
    found = streets.transfers(300, mode)
    got = list(zip(found.from_stop.tolist(), found.to_stop.tolist(), found.duration_s.tolist(), strict=True))
    wanted = []
    for stop, at in enumerate(stops):
        reached = streets.reach(mode, *at, 300)
        rows = [] if isinstance(reached, NoPath) else reached
        wanted += [(stop, row.stop, row.duration_s) for row in rows if row.stop != stop and not row.estimated]
    assert sorted(got) == sorted(wanted)
    assert got == sorted(got, key=lambda row: (row[0], row[2]))


@relaxed
@given(st.data(), towns(), st.sampled_from(MODES), st.booleans())
def test_spread_takes_the_best_of_all_seeds(data: st.DataObject, town: Town, mode: str, egress: bool) -> None:
    seeds = data.draw(st.lists(st.tuples(points(town.size), st.integers(0, 300)), min_size=1, max_size=4))
    streets, twin = _streets(town, []), NaiveStreets(town.text, mode)
    assume(not any(_beside_special(town, twin, at) for at, _ in seeds))
    lat, lon = [at[0] for at, _ in seeds], [at[1] for at, _ in seeds]
    together = streets.spread(mode, lat, lon, [offset for _, offset in seeds], 600, egress=egress)
    alone = [streets.spread(mode, [at[0]], [at[1]], [offset], 600, egress=egress) for at, offset in seeds]
    best: dict[tuple[float, float], list[int]] = {}
    for one in alone:
        for place in zip(one.lat.tolist(), one.lon.tolist(), one.duration_s.tolist(), strict=True):
            best.setdefault(place[:2], []).append(place[2])
    got: dict[tuple[float, float], list[int]] = {}
    for place in zip(together.lat.tolist(), together.lon.tolist(), together.duration_s.tolist(), strict=True):
        got.setdefault(place[:2], []).append(place[2])
    assert {place: min(times) for place, times in got.items()} == {
        place: min(times) for place, times in best.items()
    }
    assert np.all(together.duration_s <= 600)
