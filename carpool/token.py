"""The QR code one phone shows and the other scans: whose phone it was, on which trip, and when; both offline.

    MT1.  base64url of:  16 bytes trip | 16 bytes device | 4 bytes device time (s, big endian) | 64 bytes Ed25519

What is signed is b"mobility-token-1" and the 36 bytes before the signature. 138 characters: a QR code of version 8.
"""

from __future__ import annotations

import datetime as dt
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carpool.device import EvidenceError, decode_base64url, device_id, encode_base64url

PREFIX = "MT1."
_DOMAIN = b"mobility-token-1"
_FIELDS = struct.Struct(">16s16sI")
_SIZE = _FIELDS.size + 64


@dataclass(frozen=True, slots=True)
class Token:
    """What a QR code says."""

    trip: str
    device: str
    """Of the phone that showed it."""
    at: dt.datetime
    """When it was made, by that phone's clock."""
    signature: bytes

    def is_signed_by(self, public_key: bytes) -> bool:
        """Whether this key (32 bytes) made it."""
        body = _body(self.trip, self.device, self.at)
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(self.signature, _DOMAIN + body)
        except (InvalidSignature, ValueError):
            return False
        return True


def make_token(key: Ed25519PrivateKey, trip: str, at: dt.datetime) -> str:
    """The text of the QR code for a trip (32 hex digits), made at `at`."""
    body = _body(trip, device_id(key.public_key().public_bytes_raw()), at)
    return PREFIX + encode_base64url(body + key.sign(_DOMAIN + body))


def read_token(text: str) -> Token:
    """Take a token apart; its signature is not looked at. Raises EvidenceError."""
    try:
        if not text.startswith(PREFIX):
            raise ValueError(f"it does not begin with {PREFIX}")
        data = decode_base64url(text.removeprefix(PREFIX))
        if len(data) != _SIZE:
            raise ValueError(f"{len(data)} bytes instead of {_SIZE}")
    except ValueError as error:
        raise EvidenceError("bad-token", f"this is no QR code of a trip: {error}") from None
    trip, device, seconds = _FIELDS.unpack_from(data)
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return Token(trip.hex(), device.hex(), at, data[_FIELDS.size :])


def _body(trip: str, device: str, at: dt.datetime) -> bytes:
    return _FIELDS.pack(bytes.fromhex(trip), bytes.fromhex(device), int(at.timestamp()))
