"""How often somebody may try. Counted in the cache that all processes share, in windows of fixed length."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Callable
from dataclasses import dataclass

Count = Callable[[str, float], int]
"""Counts one more under a key that lives so many seconds, and says how many there are now."""


class TooManyError(Exception):
    """Somebody tries too often; `wait_s` says when to come back."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many attempts: try again in {wait_s} seconds")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times in a window of `window_s` seconds."""

    name: str
    most: int
    window_s: int


LOGIN_OF_ACCOUNT = Limit("login-account", 10, 900)
LOGIN_FROM_ADDRESS = Limit("login-address", 100, 900)
REFRESH_FROM_ADDRESS = Limit("refresh-address", 300, 300)
REFRESH_OF_SESSION = Limit("refresh-session", 20, 300)
SIGN_UP_FROM_ADDRESS = Limit("sign-up-address", 20, 3600)
PROVIDER_FROM_ADDRESS = Limit("provider-address", 100, 900)
WRONG_KEY_FROM_ADDRESS = Limit("wrong-key-address", 60, 300)
USE_OF_KEY = Limit("key", 1200, 60)


@dataclass(frozen=True)
class Limiter:
    """Counts attempts. Whom they are of is hashed with `secret`: e-mail and network addresses are personal data, and
    short enough to be guessed from a plain hash."""

    count: Count
    secret: bytes
    now: Callable[[], dt.datetime]

    def attempt(self, limit: Limit, of: str) -> None:
        """Count one more. Raises TooManyError beyond the limit."""
        seconds = int(self.now().timestamp())
        window = seconds // limit.window_s
        whom = hmac.digest(self.secret, of.lower().encode("utf-8", "replace"), "sha256")[:16].hex()
        if self.count(f"limit:{limit.name}:{window}:{whom}", limit.window_s * 2.0) > limit.most:
            raise TooManyError(limit.window_s - seconds % limit.window_s)
