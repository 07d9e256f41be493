"""Instances of Cordeau and Laporte, for a moment each; `tests.benchmarks.darp` does all of them."""

from __future__ import annotations

import time

import pytest

from on_demand.reoptimise import by_clock
from tests.benchmarks.darp import FOLDER, read_best_known, read_instance, solve

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.exists(), reason="the instances are not beside the project"),
]


@pytest.mark.parametrize("name", ["a2-16", "a4-24", "b3-30"])
def test_it_comes_near_the_best_known(name: str) -> None:
    """Everybody is served, all promises are kept, and within 1 %; better than the best known would be too good. In a
    second of CPU time, or some more where that is slow."""
    best = read_best_known(FOLDER)[name]
    for seconds in (1.0, 4.0, 16.0):
        solved = solve(read_instance(FOLDER / f"{name}.txt"), by_clock(seconds, time.process_time), 1)
        if solved.total <= 1.01 * best:
            break
    assert solved.wrong == ""
    assert best - 0.0051 <= solved.total <= 1.01 * best


def test_instances_say_how_many_requests_they_have_in_their_rows() -> None:
    """The second number of the header is n in some and 2n in others, and the last row is missing in some."""
    sizes = {
        name: len(read_instance(FOLDER / f"{name}.txt").requests) for name in ("a2-16", "a3-18", "a8-96")
    }
    assert sizes == {"a2-16": 16, "a3-18": 18, "a8-96": 96}
