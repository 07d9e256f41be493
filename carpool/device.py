"""Devices: phones that sign. A key belongs to one person for good; what it has signed stays theirs.

Signed statements and registrations are JWS in compact form (RFC 7515) with Ed25519 (RFC 8037), so that every phone
platform has a library for them.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHMS = ("EdDSA", "Ed25519")
"""RFC 8037's name, and RFC 9864's for the same."""


_HEX = frozenset("0123456789abcdef")


class EvidenceError(Exception):
    """Bytes that cannot be taken as evidence. `code` is for programs; the message says what is wrong and where."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Device:
    """A phone's key, registered by a person."""

    id: str
    """32 hex digits: the beginning of SHA-256 of the public key."""
    person: str
    public_key: bytes
    """Ed25519, 32 bytes."""
    hardware: str = ""
    """What the app knows the phone itself by, whoever is logged in; "": not known."""
    registered_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
    """Statements dated later are refused."""


def device_id(public_key: bytes) -> str:
    """The identifier of a public key (32 bytes)."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def encode_base64url(data: bytes) -> str:
    """Without padding (RFC 4648, 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes:
    """Exactly what `encode_base64url` writes, so that one value has one text. Raises ValueError."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if encode_base64url(data) != text:
        raise ValueError("not the shortest form")
    return data


def sign_statement(payload: dict[str, Any], key: Ed25519PrivateKey) -> bytes:
    """A payload as a signed statement."""
    header = {"alg": "EdDSA", "kid": device_id(key.public_key().public_bytes_raw())}
    parts = [
        encode_base64url(json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode())
        for part in (header, payload)
    ]
    signed = ".".join(parts)
    return f"{signed}.{encode_base64url(key.sign(signed.encode()))}".encode()


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement taken apart, its signature not yet looked at."""

    device: str
    payload: dict[str, Any]
    signed: bytes
    signature: bytes

    def verify(self, public_key: bytes) -> None:
        """Raises EvidenceError when the key did not sign it."""
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(self.signature, self.signed)
        except (InvalidSignature, ValueError):
            raise EvidenceError("bad-signature", "the signature is not that of the device's key") from None


def read_signed(data: bytes) -> Signed:
    """Take a statement apart. Raises EvidenceError."""
    try:
        header_part, payload_part, signature_part = data.decode("ascii").split(".")
        header_bytes, payload_bytes = decode_base64url(header_part), decode_base64url(payload_part)
        signature = decode_base64url(signature_part)
    except ValueError as error:
        raise EvidenceError(
            "not-a-statement", f"this is no signed statement (JWS, compact): {error}"
        ) from None
    header, payload = _object(header_bytes, "header"), _object(payload_bytes, "payload")
    if header.get("alg") not in ALGORITHMS:
        raise EvidenceError("not-a-statement", f"alg is {header.get('alg')!r}: EdDSA is what is read")
    if "crit" in header or "b64" in header:
        raise EvidenceError("not-a-statement", "the header asks for extensions that are not known here")
    kid = header.get("kid")
    if not isinstance(kid, str) or not is_hex(kid, 32):
        raise EvidenceError("not-a-statement", "kid is not a device: 32 hexadecimal digits, small letters")
    return Signed(kid, payload, f"{header_part}.{payload_part}".encode(), signature)


def is_hex(text: str, digits: int) -> bool:
    """Whether it is so many hexadecimal digits, with small letters."""
    return len(text) == digits and _HEX.issuperset(text)


def _object(data: bytes, name: str) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name is there twice")
        return found

    try:
        value = json.loads(data.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise EvidenceError("not-a-statement", f"the {name} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise EvidenceError("not-a-statement", f"the {name} is not a JSON object")
    return value
