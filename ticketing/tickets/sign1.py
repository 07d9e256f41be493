"""COSE_Sign1 (RFC 9052) with Ed25519, read as hostile bytes: how tickets, what telephones show of them, and lists of
cancelled tickets are signed."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, TypeVar

import cbor2
from cwt import COSE, COSEKey, CWTError

from ticketing.tickets.code import CodeError

T = TypeVar("T")

COSE_SIGN1 = 18
ALG, KID, TYP, EDDSA = 1, 4, 16, -8
"""Headers of RFC 9052, section 3.1, and RFC 9596."""
ISS, EXP, NBF, IAT, CTI, CNF = 1, 4, 5, 6, 7, 8
"""Claims of RFC 8392, section 4, and RFC 8747, section 3.1."""

_SIGN1 = COSE.new()


def sign(payload: bytes, public_key: bytes, secret: bytes, protected: dict[int, Any]) -> bytes:
    """A COSE_Sign1 over bytes, tagged."""
    key = _cose_key(public_key, protected.get(KID, b""), secret)
    return bytes(_SIGN1.encode(payload, key, protected, {}))


def signed_by(raw: bytes, key_id: str = "") -> Callable[[bytes], bool]:
    """Asks whether a key signed a COSE_Sign1, which names it so ("": it names none)."""
    return partial(_is_signed, raw, key_id.encode("ascii"))


def open_sign1(raw: bytes, bytes_max: int) -> tuple[dict[Any, Any], bytes, bytes]:
    """Protected header, payload and signature of a COSE_Sign1. Raises CodeError."""
    if len(raw) > bytes_max:
        raise CodeError(f"it is longer than {bytes_max} bytes")
    outer = load(raw)
    if not isinstance(outer, cbor2.CBORTag) or outer.tag != COSE_SIGN1:
        raise CodeError("it is no COSE_Sign1")
    parts = outer.value
    if not isinstance(parts, list | tuple) or [type(part) for part in parts] != [bytes, dict, bytes, bytes]:
        raise CodeError("it is no COSE_Sign1 with headers, payload and signature")
    protected = load(parts[0])
    if not isinstance(protected, dict) or parts[1] or len(parts[3]) != 64:
        raise CodeError("its headers or signature are not those that are written here")
    return protected, parts[2], parts[3]


def _is_signed(raw: bytes, key_id: bytes, public_key: bytes) -> bool:
    try:
        _SIGN1.decode(raw, _cose_key(public_key, key_id))
    except (CWTError, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _cose_key(public_key: bytes, key_id: bytes, secret: bytes = b"") -> Any:
    key: dict[int, Any] = {1: 1, -1: 6, 3: EDDSA, -2: public_key}
    if key_id:
        key[2] = key_id
    if secret:
        key[-4] = secret
    return COSEKey.new(key)


def write_sign1(protected: dict[int, Any], payload: bytes, signature: bytes) -> bytes:
    """The one way to write these parts."""
    return cbor2.dumps(cbor2.CBORTag(COSE_SIGN1, [cbor2.dumps(protected), {}, payload, signature]))


def load(raw: bytes) -> Any:
    """One CBOR item of hostile bytes."""
    try:
        return cbor2.loads(raw)
    except Exception as error:  # dates, fractions, patterns and what else can be tagged raise what they like
        raise CodeError("it is no CBOR (RFC 8949)") from error


def key_id_of(protected: dict[Any, Any]) -> str:
    """Which key a protected header names: decimal digits. Raises CodeError."""
    kid = protected.get(KID)
    if not isinstance(kid, bytes) or not kid or not kid.isdigit():
        raise CodeError("it names no key")
    return kid.decode("ascii")


def typed(value: Any, kind: type[T], what: str) -> T:
    """Raises CodeError unless it is of exactly that kind: True is no number, and numbers fit 53 bits."""
    if type(value) is not kind or (isinstance(value, int) and not 0 <= value < 2**53):
        raise CodeError(f"its {what} is not of the kind it has to be")
    return value
