"""Trips that do the same share a pattern."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtfs_feeds.compile import patterns
from gtfs_feeds.compile.patterns import find_patterns

TRIPS = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4), max_size=12)


def grouped(trips: list[list[int]]) -> tuple[list[int], list[int]]:
    first_event = np.cumsum([0, *(len(trip) for trip in trips)])
    pattern, first_trip = find_patterns(
        first_event, np.array([code for trip in trips for code in trip], np.int64)
    )
    return pattern.tolist(), first_trip.tolist()


def naive(trips: list[list[int]]) -> tuple[list[int], list[int]]:
    known: dict[tuple[int, ...], int] = {}
    pattern = [known.setdefault(tuple(trip), len(known)) for trip in trips]
    return pattern, [pattern.index(number) for number in range(len(known))]


@given(TRIPS)
def test_patterns_are_the_different_sequences(trips: list[list[int]]) -> None:
    assert grouped(trips) == naive(trips)


@given(TRIPS)
def test_collisions_of_hashes_are_seen(trips: list[list[int]]) -> None:
    good = patterns._mix
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            patterns, "_mix", lambda codes, at, salt: good(codes, at, salt) % np.uint64(2 + 2**salt)
        )
        assert grouped(trips) == naive(trips)
