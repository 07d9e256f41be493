"""Random tokens that mean nothing by themselves: refresh tokens, cookies, API keys. Only their hashes are kept.

They hold 256 random bits, so a plain SHA-256 cannot be undone, and comparing by looking the hash up tells nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from enum import StrEnum


class TokenKind(StrEnum):
    """What a token is for; one kind never passes for another."""

    REFRESH = "mrt"
    PAGE = "mps"
    API_KEY = "mob"


SHOWN = 12
"""Characters of an API key that are kept and shown to tell it from others."""


def new_token(kind: TokenKind) -> str:
    """A new token."""
    return f"{kind}_{secrets.token_urlsafe(32)}"


def is_of_kind(token: str, kind: TokenKind) -> bool:
    """Whether a text looks like a token of a kind."""
    return token.startswith(f"{kind}_") and len(token) < 100


def hash_token(token: str) -> str:
    """What is kept of it: SHA-256, 64 hex digits. The kind is part of the text."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
