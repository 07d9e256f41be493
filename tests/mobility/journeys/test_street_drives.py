"""Driving times for dispatching: those of the streets, asked for once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from mobility.journeys.map_streets import MapStreets
from mobility.journeys.on_demand.drives import StreetDrives
from mobility.journeys.street_times import CAR, CrowFlyStreets
from on_demand.area import Point
from routing.street import Streets, build_graph
from tests.mobility.street_town import IN_THE_LAKE, STOPS, at, write_extract

PLACES = [(0, 20), (1000, 20), (500, -320), (500, 20), IN_THE_LAKE, (15_000, 0), (990, 20), (985, 20)]
"""In the town; in its lake; off the map; two on one street."""


class NoStops:
    def nearest_stops(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[int, float]]:
        return []


class CountedStreets(MapStreets):
    """The pairs that were asked for."""

    pairs = 0

    def drive_times_s(
        self, origins: Sequence[tuple[float, float]], destinations: Sequence[tuple[float, float]]
    ) -> NDArray[np.int32]:
        self.pairs += len(origins) * len(destinations)
        return super().drive_times_s(origins, destinations)


@pytest.fixture(name="streets")
def _streets(town: Streets) -> CountedStreets:
    return CountedStreets(town, CrowFlyStreets(NoStops()))


@pytest.fixture(name="town", scope="module")
def _town(tmp_path_factory: pytest.TempPathFactory) -> Streets:
    extract = write_extract(tmp_path_factory.mktemp("map") / "town.osm.gz")
    lat, lon = zip(*(at(point) for point in STOPS.values()), strict=True)
    return Streets(build_graph(extract)[0], lat, lon)


@pytest.fixture(name="points")
def _points() -> list[Point]:
    return [Point(*at(place)) for place in PLACES]


@pytest.mark.parametrize("count", [1, 3, len(PLACES)])
def test_drives_are_those_of_the_streets(streets: CountedStreets, points: list[Point], count: int) -> None:
    expected = streets.travel_times(CAR, points, points).duration_s
    drives = StreetDrives(streets)
    assert np.array_equal(drives.times_s(points[:count], points), expected[:count]), "few to many"
    assert np.array_equal(drives.times_s(points, points[:count]), expected[:, :count]), "many to few"
    assert np.array_equal(streets.drive_times_s(points, points), expected)
    assert np.array_equal(streets.drive_times_s(points, points[:count]), expected[:, :count])
    assert (expected[4, :4] == -1).all(), "out of the lake"
    assert (expected[5] >= 0).all(), "as the crow flies, even into the lake"


def test_a_time_is_looked_up_once(streets: CountedStreets, points: list[Point]) -> None:
    drives = StreetDrives(streets)
    first = drives.times_s(points[:2], points)
    assert streets.pairs == 2 * len(points)
    assert np.array_equal(drives.times_s(points[:2], points), first)
    assert streets.pairs == 2 * len(points)
    drives.times_s([points[0], points[3]], points)
    assert streets.pairs == 3 * len(points), "only what is new"


def test_no_points_take_no_time(streets: CountedStreets, points: list[Point]) -> None:
    assert StreetDrives(streets).times_s([], points).shape == (0, len(points))
    assert StreetDrives(streets).times_s(points, []).shape == (len(points), 0)


def test_the_memory_is_bounded(streets: CountedStreets, points: list[Point]) -> None:
    """When there is no room all is forgotten; every answer stays the same, from all threads at once."""
    expected = streets.travel_times(CAR, points, points).duration_s
    drives = StreetDrives(streets, points_max=4)

    def ask(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(40):
            rows, columns = (rng.choices(range(len(points)), k=rng.randint(1, 3)) for _ in range(2))
            found = drives.times_s([points[row] for row in rows], [points[column] for column in columns])
            assert np.array_equal(found, expected[np.ix_(rows, columns)])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(ask, range(8)))
    assert len(drives._known) <= 4


def test_the_crow_drives_alike(points: list[Point]) -> None:
    crow = CrowFlyStreets(NoStops())
    expected = crow.travel_times(CAR, points, points[:3]).duration_s
    assert np.abs(crow.drive_times_s(points, points[:3]) - expected).max() <= 1
    assert StreetDrives(crow).times_s(points[:1], points[:1]).tolist() == [[0]]
