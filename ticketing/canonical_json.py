"""Canonical JSON (RFC 8785) of what the register holds: one value, one sequence of bytes.

Bodies are restricted to what every JSON reader agrees on: objects with ASCII keys, arrays, strings of Unicode scalar
values, integers of at most 53 bits, true, false and null. For these, sorted keys and no white space are RFC 8785: its
two hard parts, the printing of floats and the order of keys beyond the BMP, cannot occur.
"""

from __future__ import annotations

from typing import Any

import orjson

_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


class CanonicalJsonError(ValueError):
    """Not a value that has one canonical form here, or not the canonical form of one; the message says where."""


def to_canonical(value: dict[str, Any]) -> bytes:
    """The canonical bytes of an object. Raises CanonicalJsonError."""
    if type(value) is not dict:
        raise CanonicalJsonError(f"an object is needed, not {type(value).__name__}")
    try:
        _check(value)
        return orjson.dumps(value, option=_OPTIONS)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise CanonicalJsonError(f"this cannot be written as canonical JSON: {error}") from error


def from_canonical(data: bytes) -> dict[str, Any]:
    """The object of canonical bytes. Raises CanonicalJsonError when they are anything else than its canonical form."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CanonicalJsonError(f"this is no JSON: {error}") from error
    if to_canonical(value) != bytes(data):
        raise CanonicalJsonError("this is JSON, but not its canonical form (RFC 8785)")
    return value  # type: ignore[no-any-return]


def from_stored(data: bytes) -> dict[str, Any]:
    """The object of bytes that were canonical when they were written; what reads the register for others uses
    `from_canonical`."""
    value: dict[str, Any] = orjson.loads(data)
    return value


def _check(value: Any) -> None:
    """Types and keys; the rest (surrogates, 53 bits) orjson refuses by itself."""
    items = value
    if type(value) is dict:
        for key in value:
            if type(key) is not str or not key.isascii():
                raise CanonicalJsonError(f"a key must be ASCII text: {key!r}")
        items = value.values()
    for item in items:
        kind = type(item)
        if kind is str or kind is int or item is None or kind is bool:
            continue
        if kind is not dict and kind is not list:
            raise CanonicalJsonError(f"{kind.__name__} has no place in the register: {item!r}"[:200])
        _check(item)
