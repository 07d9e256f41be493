"""Nearness against an obvious twin that measures every point."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mobility.journeys.places import Places
from mobility.journeys.places.nearest import EARTH_RADIUS_M, PointIndex

lats = st.floats(-90, 90) | st.floats(46.9, 47.1) | st.sampled_from([-90.0, 90.0, 47.0])
lons = st.floats(-180, 180) | st.floats(4.9, 5.1) | st.sampled_from([-180.0, 180.0, 179.999, -179.999])
points = st.lists(st.tuples(lats | st.just(math.nan), lons), max_size=30)


def haversine_m(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    phi, to_phi = math.radians(lat), math.radians(to_lat)
    half = math.sin((to_phi - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(to_phi) * math.sin(math.radians(to_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


@given(points, lats, lons, st.sampled_from([0.0, 50.0, 2_000.0, 50_000.0, 3e7]), st.integers(0, 12))
@example([(0.0, 179.9999), (0.0, -179.9999)], 0.0, 180.0, 100.0, 5)
@example([(89.9999, 0.0), (89.9999, 180.0)], 90.0, 77.0, 100.0, 5)
def test_the_nearest_are_the_twins(
    spots: list[tuple[float, float]], lat: float, lon: float, radius_m: float, limit: int
) -> None:
    index = PointIndex.build(np.array([y for y, _ in spots], float), np.array([x for _, x in spots], float))
    found = index.near(lat, lon, radius_m, limit)
    apart = {number: haversine_m(lat, lon, y, x) for number, (y, x) in enumerate(spots) if not math.isnan(y)}
    for number, distance_m in found:
        # An arcsine near the other side of the Earth is known to centimetres only.
        assert distance_m == pytest.approx(apart[number], abs=1e-3 if apart[number] < 1.9e7 else 50)
    distances = [distance_m for _, distance_m in found]
    assert distances == sorted(distances)
    edge = 1e-3 if radius_m < 1.9e7 else 100
    inside = sum(distance_m <= radius_m - edge for distance_m in apart.values())
    outside = sum(distance_m <= radius_m + edge for distance_m in apart.values())
    assert min(inside, limit) <= len(found) <= min(outside, limit)
    left = [distance_m for number, distance_m in apart.items() if number not in dict(found)]
    if found and len(found) == limit and left:
        assert max(distances) <= min(left) + 100


@given(points, st.tuples(lats, lats), lons, lons)
def test_a_box_holds_what_is_in_it(
    spots: list[tuple[float, float]], edges: tuple[float, float], west: float, east: float
) -> None:
    south, north = edges
    index = PointIndex.build(np.array([y for y, _ in spots], float), np.array([x for _, x in spots], float))
    found = set(index.in_box(south, west, north, east).tolist())
    for number, (lat, lon) in enumerate(spots):
        across = west <= lon <= east if west <= east else lon >= west or lon <= east
        assert (number in found) == (south <= lat <= north and across)


@pytest.mark.parametrize("point", [(math.nan, 5.0), (47.0, math.inf)])
def test_nothing_is_near_no_place(places: Places, point: tuple[float, float]) -> None:
    assert places.nearest_stops(*point, 1e6, 10) == []


def test_only_stops_one_can_board_at_are_near(places: Places) -> None:
    found = places.nearest_stops(47.2470, 6.0220, 300, 50)
    assert [round(distance_m) for _, distance_m in found] == [13, 27]


def test_a_box_shows_the_busiest_first(places: Places) -> None:
    everything = places.stops_in_box(40, 0, 50, 10, 100)
    assert len(everything) == 14
    assert places.stops_in_box(40, 0, 50, 10, 3) == everything[:3]
    assert places.stops_in_box(0, 0, 1, 1, 3) == []
