"""Links that are kept are those that are found, whatever is asked in which order."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from routing.kernels.street_search import Positions
from routing.street.links import KeptLinks

POINTS = st.lists(st.tuples(st.sampled_from((47.0, 47.1, 47.2)), st.sampled_from((6.0, 6.1))), max_size=6)


def _link(lat: NDArray[Any], lon: NDArray[Any]) -> Positions:
    """South of 47.05 nothing is near; else each point has a place of its own."""
    edge = np.where(lat < 47.05, -1, np.rint((lat + lon) * 10)).astype(np.int32)
    return Positions(edge, np.rint(lat * 10).astype(np.int32), np.rint(lon * 10).astype(np.int32), edge * 2)


@given(st.lists(POINTS, max_size=8), st.integers(1, 8))
def test_kept_links_are_those_found(asked: list[list[tuple[float, float]]], most: int) -> None:
    linked: list[tuple[float, float]] = []

    def link(lat: NDArray[Any], lon: NDArray[Any]) -> Positions:
        linked.extend(zip(lat.tolist(), lon.tolist(), strict=True))
        return _link(lat, lon)

    kept = KeptLinks(link, most)
    for points in asked:
        rows = np.array(points, np.float64).reshape(-1, 2)
        for column, expected in zip(kept.link(rows), _link(rows[:, 0], rows[:, 1]), strict=True):
            assert column.dtype == np.int32
            assert column.tolist() == expected.tolist()
    if len({point for points in asked for point in points}) <= most and all(
        len(points) == len(set(points)) for points in asked
    ):
        assert len(linked) == len(set(linked))
