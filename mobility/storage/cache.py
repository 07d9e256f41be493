"""What several requests share for a while: in this process, or in Redis (redis_cache.py)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

ENTRIES_MAX = 100_000
"""Entries the cache in memory keeps; the oldest ones leave first."""


class Cache(Protocol):
    """Keys are short strings. An entry is gone once its time to live, in seconds, has passed."""

    def get(self, key: str) -> bytes | None:
        """The value of a key; None when there is none (any more)."""
        ...

    def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for a time."""
        ...

    def increment(self, key: str, ttl_s: float) -> int:
        """Count one more, from 0 when there is none; the time to live begins with the first. Atomic."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class MemoryCache:
    """In this process alone. `clock`: seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, tuple[bytes, float]] = {}

    def get(self, key: str) -> bytes | None:
        with self._lock:
            return self._live(key)

    def set(self, key: str, value: bytes, ttl_s: float) -> None:
        with self._lock:
            self._put(key, value, self._clock() + ttl_s)

    def increment(self, key: str, ttl_s: float) -> int:
        with self._lock:
            old = self._live(key)
            ends = self._clock() + ttl_s if old is None else self._entries[key][1]
            count = int(old or b"0") + 1
            self._put(key, str(count).encode(), ends)
            return count

    def close(self) -> None:
        with self._lock:
            self._entries.clear()

    def _live(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None or entry[1] > self._clock():
            return entry[0] if entry else None
        del self._entries[key]
        return None

    def _put(self, key: str, value: bytes, ends: float) -> None:
        self._entries.pop(key, None)
        if len(self._entries) >= ENTRIES_MAX:
            now = self._clock()
            self._entries = {k: e for k, e in self._entries.items() if e[1] > now}
            while len(self._entries) >= ENTRIES_MAX:
                del self._entries[next(iter(self._entries))]
        self._entries[key] = (value, ends)


def open_cache(url: str) -> Cache:
    """The cache at an address: `memory://`, `redis://…`, `rediss://…` or `unix://…`."""
    if url.startswith("memory://"):
        return MemoryCache()
    # Its client takes a while to import, which the embedded default need not wait for.
    from mobility.storage.redis_cache import RedisCache

    return RedisCache(url)
