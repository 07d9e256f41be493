"""Commitments: what stands in the register instead of personal data.

HMAC-SHA-256 (RFC 2104) under a random key of the person's own. With the key, anyone can check that a commitment is to
an identity; without it, it says nothing, even to somebody who tries every telephone number. So destroying the key
erases the person from the register, and the chain stays as it is.
"""

from __future__ import annotations

import hmac

from ticketing.canonical_json import to_canonical

KEY_BYTES = 32

_DOMAIN = b"mobility identity 1\n"


def commit_identity(key: bytes, identity: dict[str, str]) -> str:
    """The commitment (64 hexadecimal digits) to an identity, such as its name, telephone number and address.

    `key`: 32 random bytes, one a person. Raises ValueError for a shorter one: it could be guessed.
    """
    if len(key) < KEY_BYTES:
        raise ValueError(f"the key of a commitment has {KEY_BYTES} bytes, not {len(key)}")
    return hmac.digest(key, _DOMAIN + to_canonical(identity), "sha256").hex()


def opens(commitment: str, key: bytes, identity: dict[str, str]) -> bool:
    """Whether this key and this identity are what the commitment was made of."""
    return hmac.compare_digest(commitment.encode(), commit_identity(key, identity).encode())
