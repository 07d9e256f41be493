"""References of orders, for people: no letter is taken for another (Crockford's base 32 has neither I, L, O nor U)."""

from __future__ import annotations

from hashlib import sha256

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8

_READ = str.maketrans("OIL", "011")


def reference_of(order_id: str) -> str:
    """The reference of an order, made of its id: 40 bits that nobody can guess who does not know it."""
    number = int.from_bytes(sha256(b"order reference " + order_id.encode()).digest()[:5], "big")
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def read_reference(written: str) -> str:
    """A reference as somebody typed it: small letters, spaces, hyphens, O for 0, I and L for 1."""
    return "".join(written.upper().split()).replace("-", "").translate(_READ)
