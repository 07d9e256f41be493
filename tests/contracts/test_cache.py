"""The cache, in memory and in Redis."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mobility.storage import cache as cache_module
from mobility.storage.cache import Cache, MemoryCache

LONG_S = 60.0


def test_what_was_set_is_got(cache: Cache) -> None:
    assert cache.get("a") is None
    cache.set("a", b"\x00one", LONG_S)
    cache.set("b", b"two", LONG_S)
    cache.set("a", b"three", LONG_S)
    assert (cache.get("a"), cache.get("b")) == (b"three", b"two")


def test_an_entry_lives_as_long_as_was_said(cache: Cache) -> None:
    cache.set("a", b"one", 0.05)
    cache.set("b", b"two", LONG_S)
    time.sleep(0.1)
    assert (cache.get("a"), cache.get("b")) == (None, b"two")


def test_a_count_begins_at_one_and_ends_with_its_time(cache: Cache) -> None:
    """However long a count takes: it goes on until the time that the first one said, and no other, has passed."""
    began = time.monotonic()
    counted = [cache.increment("n", 0.2)]
    while time.monotonic() < began + LONG_S and (counted == [1] or counted[-1] > 1):
        time.sleep(0.02)
        counted.append(cache.increment("n", LONG_S))
    assert time.monotonic() - began > 0.19
    assert counted == [*range(1, len(counted)), 1]


def test_counts_and_values_are_the_same_entries(cache: Cache) -> None:
    cache.increment("n", LONG_S)
    cache.increment("n", LONG_S)
    assert cache.get("n") == b"2"
    cache.set("n", b"40", LONG_S)
    assert cache.increment("n", LONG_S) == 41


def test_no_count_is_lost_among_threads(cache: Cache) -> None:
    start = threading.Barrier(8)

    def count(_: int) -> list[int]:
        start.wait()
        return [cache.increment("n", LONG_S) for _ in range(50)]

    with ThreadPoolExecutor(8) as pool:
        counts = [number for numbers in pool.map(count, range(8)) for number in numbers]
    assert sorted(counts) == list(range(1, 401))


def test_memory_is_bounded_and_loses_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "ENTRIES_MAX", 3)
    now = [0.0]
    cache = MemoryCache(clock=lambda: now[0])
    cache.set("short", b"", 1.0)
    cache.set("a", b"", LONG_S)
    cache.set("b", b"", LONG_S)
    now[0] = 2.0
    cache.set("c", b"", LONG_S)
    assert [cache.get(key) for key in ("short", "a", "b", "c")] == [None, b"", b"", b""]
    cache.set("d", b"", LONG_S)
    assert [cache.get(key) for key in ("a", "b", "c", "d")] == [None, b"", b"", b""]
