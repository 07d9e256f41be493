"""The cache in Redis."""

from __future__ import annotations

import redis

_INCREMENT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count
"""


class RedisCache:
    """In Redis, shared by all processes. Keys are prefixed, so that the database may be shared."""

    def __init__(self, url: str, prefix: str = "mobility:") -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        self._prefix = prefix
        self._increment = self._redis.register_script(_INCREMENT)

    def get(self, key: str) -> bytes | None:
        value = self._redis.get(self._prefix + key)
        return value if isinstance(value, bytes) else None

    def set(self, key: str, value: bytes, ttl_s: float) -> None:
        self._redis.set(self._prefix + key, value, px=max(1, round(ttl_s * 1000)))

    def increment(self, key: str, ttl_s: float) -> int:
        return int(self._increment(keys=[self._prefix + key], args=[max(1, round(ttl_s * 1000))]))

    def close(self) -> None:
        self._redis.close()
