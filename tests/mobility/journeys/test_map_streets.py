"""What a map knows of the streets, and where it gives way to the crow."""

from __future__ import annotations

import numpy as np
import pytest

from mobility.journeys.map_streets import MapStreets
from mobility.journeys.street_times import CrowFlyStreets, Going, Ground
from routing.street import Streets, build_graph
from tests.mobility.street_town import CORNERS, IN_THE_LAKE, STOPS, WAYS, at, write_extract

CAR, WALK = Going("CAR"), Going("WALK")
FAR = (30_000, 0)
"""A hamlet of its own in the same extract; what lies between is not on the map."""


class NoStops:
    def nearest_stops(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[int, float]]:
        return []


@pytest.fixture(name="streets", scope="module")
def _streets(tmp_path_factory: pytest.TempPathFactory) -> MapStreets:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CORNERS, 21, FAR)
        patch.setitem(CORNERS, 22, (FAR[0] + 1000, 0))
        patch.setitem(WAYS, 121, ([21, 22], {"highway": "residential", "maxspeed": "30"}))
        extract = write_extract(tmp_path_factory.mktemp("map") / "town.osm.gz")
    lat, lon = zip(*(at(point) for point in STOPS.values()), strict=True)
    return MapStreets(Streets(build_graph(extract)[0], lat, lon), CrowFlyStreets(NoStops()))


@pytest.mark.parametrize(
    ("point", "ground"),
    [
        ((500, 20), Ground.STREETS),
        (IN_THE_LAKE, Ground.OFF_STREETS),
        ((15_000, 0), Ground.OUTSIDE_MAP),
        ((-5_000, 0), Ground.OUTSIDE_MAP),
        ((0, 300), Ground.OUTSIDE_MAP),
    ],
    ids=["door", "lake", "gap", "west", "north"],
)
def test_the_ground(streets: MapStreets, point: tuple[float, float], ground: Ground) -> None:
    """Extracts are cut along borders: inside their box there may be places they know nothing of."""
    assert streets.ground(WALK, *at(point)) is ground


def test_how_near_a_street_must_be(streets: MapStreets) -> None:
    assert streets.ground(Going("WALK", matching_m=110), *at((300, -100))) is Ground.STREETS
    assert streets.ground(Going("WALK", matching_m=90), *at((300, -100))) is Ground.OFF_STREETS


def test_travel_times_are_those_of_the_paths(streets: MapStreets) -> None:
    origins = [at(point) for point in ((0, 20), (1000, 20), IN_THE_LAKE, (15_000, 0))]
    destinations = [at(point) for point in ((1000, 20), (500, -320), (0, 20))]
    times = streets.travel_times(CAR, origins, destinations)
    assert times.duration_s.shape == (4, 3)
    for row, start in enumerate(origins):
        for column, end in enumerate(destinations):
            path = streets.find_path(CAR, *start, *end)
            if path is None:
                assert times.duration_s[row, column] == -1
                assert np.isnan(times.distance_m[row, column])
            else:
                assert times.duration_s[row, column] == pytest.approx(path.duration_s, abs=1)
                assert times.distance_m[row, column] == pytest.approx(path.distance_m, abs=1)
                assert times.estimated[row, column] == path.estimated
    assert (times.duration_s[2] == -1).all(), "from the lake"
    assert times.estimated.tolist() == [[False] * 3] * 3 + [[True] * 3]
    assert times.duration_s[1, 2] > times.duration_s[0, 0], "against the one-way street one goes round"


def test_no_places_take_no_time(streets: MapStreets) -> None:
    assert streets.travel_times(CAR, [], [at((0, 0))]).duration_s.shape == (0, 1)
    assert CrowFlyStreets(NoStops()).travel_times(CAR, [at((0, 0))], []).duration_s.shape == (1, 0)
