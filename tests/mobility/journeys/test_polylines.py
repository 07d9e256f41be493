"""Our encoder against the `polyline` package's plain loop."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polyline
from hypothesis import given
from hypothesis import strategies as st

from mobility.journeys.instants import iso
from mobility.journeys.polylines import encode

POINTS = st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), max_size=40)


@given(POINTS)
def test_decoding_gives_the_points_back(points: list[tuple[float, float]]) -> None:
    array = np.array(points, dtype=np.float64).reshape(-1, 2)
    decoded = np.array(polyline.decode(encode(array[:, 0], array[:, 1]), 6)).reshape(-1, 2)
    np.testing.assert_allclose(decoded, array, atol=1e-6)


@given(
    st.lists(st.tuples(st.integers(-90_000, 90_000), st.integers(-180_000, 180_000)), min_size=9, max_size=60)
)
def test_letter_by_letter(points: list[tuple[int, int]]) -> None:
    """Of points without halves to round, both write the same."""
    array = np.array(points, dtype=np.float64) / 1000
    assert encode(array[:, 0], array[:, 1]) == polyline.encode([tuple(point) for point in array], 6)


def test_single_precision_shapes() -> None:
    lat, lon = np.linspace(47, 48, 20, dtype=np.float32), np.linspace(5, 6, 20, dtype=np.float32)
    decoded = np.array(polyline.decode(encode(lat, lon), 6))
    np.testing.assert_allclose(decoded[:, 0], lat, atol=1e-5)


@given(st.integers(0, 4_102_444_800))
def test_instants(instant_s: int) -> None:
    moment = dt.datetime.fromtimestamp(instant_s, dt.UTC)
    assert iso(instant_s) == moment.strftime("%Y-%m-%dT%H:%M:%SZ")
