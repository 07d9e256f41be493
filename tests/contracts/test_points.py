"""Nearness: the index in memory and PostGIS find the same places at the same distances."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from mobility.acts.ports import NearbyPlaces
from mobility.journeys.place import Place
from mobility.storage.places import PlaceRow
from mobility.storage.points import nearby_places
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.conftest import NOW

Begin = Callable[..., SqlUnitOfWork]
RADIUS_M = 6_371_008.77

latitudes = st.floats(min_value=-89.0, max_value=89.0)
longitudes = st.floats(min_value=-180.0, max_value=180.0)
nearby = st.floats(min_value=-0.2, max_value=0.2)


def _distance_m(lat: float, lon: float, place: Place) -> float:
    """The haversine, which is good at small distances."""
    phi, psi = math.radians(lat), math.radians(place.lat)
    chord = math.sin((psi - phi) / 2) ** 2
    chord += math.cos(phi) * math.cos(psi) * math.sin(math.radians(place.lon - lon) / 2) ** 2
    return 2 * RADIUS_M * math.asin(math.sqrt(min(chord, 1.0)))


@pytest.fixture
def near(engine: Engine) -> NearbyPlaces:
    return nearby_places(engine)


def _put(begin: Begin, points: list[tuple[float, float]]) -> list[Place]:
    places = [Place(f"p{n:03}", "poi", f"P{n}", lat, lon) for n, (lat, lon) in enumerate(points)]
    with begin() as work:
        work.places.replace("test", places, NOW)
        work.commit()
    return places


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    centre=st.tuples(latitudes, longitudes),
    shifts=st.lists(st.tuples(nearby, nearby), max_size=12),
    radius_m=st.floats(min_value=0.0, max_value=30_000.0),
    limit=st.integers(min_value=1, max_value=15),
)
def test_finds_what_a_naive_search_finds(
    begin: Begin,
    near: NearbyPlaces,
    centre: tuple[float, float],
    shifts: list[tuple[float, float]],
    radius_m: float,
    limit: int,
) -> None:
    lat, lon = centre
    points = [(lat + dlat, (lon + dlon + 540.0) % 360.0 - 180.0) for dlat, dlon in shifts]
    places = _put(begin, [(a, b) for a, b in points if abs(a) < 90.0])
    found = near.near(lat, lon, radius_m, limit)
    naive = sorted(_distance_m(lat, lon, place) for place in places)
    clearly_inside = sum(distance < radius_m - 0.01 for distance in naive)
    clearly_not_outside = sum(distance < radius_m + 0.01 for distance in naive)
    assert min(clearly_inside, limit) <= len(found) <= min(clearly_not_outside, limit)
    for (place, distance_m), nearest_m in zip(found, naive, strict=False):
        assert distance_m == pytest.approx(_distance_m(lat, lon, place), abs=0.01)
        assert distance_m == pytest.approx(nearest_m, abs=0.01), "the nearest first"


def test_equally_near_ones_come_by_id(begin: Begin, near: NearbyPlaces) -> None:
    _put(begin, [(47.0, 6.0)] * 4)
    assert [place.id for place, _ in near.near(47.0, 6.0, 10.0, 3)] == ["p000", "p001", "p002"]


def test_across_the_antimeridian(begin: Begin, near: NearbyPlaces) -> None:
    _put(begin, [(0.0, 179.999)])
    ((_, distance_m),) = near.near(0.0, -179.999, 1_000.0, 1)
    assert distance_m == pytest.approx(222.39, abs=0.01)


def test_a_change_of_places_is_found_at_once(begin: Begin, near: NearbyPlaces) -> None:
    _put(begin, [(47.0, 6.0)])
    assert len(near.near(47.0, 6.0, 100.0, 5)) == 1
    _put(begin, [(47.0, 6.0), (47.0001, 6.0)])
    assert len(near.near(47.0, 6.0, 100.0, 5)) == 2
    with begin() as work:
        work.places.remove(["p000"], NOW)
        work.commit()
    assert [place.id for place, _ in near.near(47.0, 6.0, 100.0, 5)] == ["p001"]


def test_a_point_is_kept_exactly(begin: Begin, engine: Engine) -> None:
    points = [(47.123456789012345, -5.987654321098765), (-0.0, 180.0)]
    _put(begin, points)
    with Session(engine) as session:
        assert list(session.scalars(select(PlaceRow.point).order_by(PlaceRow.id))) == points
