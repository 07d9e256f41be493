"""Keys that sign monthly roots: Ed25519 (RFC 8032), announced in the register, each signed by the one it replaces."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ticketing.canonical_json import to_canonical

KEY_FORMAT = "mobility register key 1"
CURRENT_KEY = "signing-key"
"""The name of the state that says which key signs."""

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret key."""

    seed: bytes = field(repr=False)

    @property
    def public_key(self) -> bytes:
        """Its public half, 32 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """What it is called."""
        return key_id(self.public_key)

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


def key_id(public_key: bytes) -> str:
    """The name of a key: the first 16 hexadecimal digits of the SHA-256 of its public half."""
    return sha256(public_key).hexdigest()[:16]


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is that key's, of that message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_body(new: SigningKey, old: SigningKey | None) -> dict[str, Any]:
    """The body of the entry that announces a key; `old` is the one it replaces (None: the first) and signs it."""
    body = {"key_id": new.id, "public_key": new.public_key.hex(), "replaces": "" if old is None else old.id}
    signature = "" if old is None else old.sign(announcement(body)).hex()
    return body | {"signature": signature}


def announcement(body: dict[str, Any]) -> bytes:
    """What the old key signs of an announcement."""
    named = {name: body[name] for name in ("key_id", "public_key", "replaces")}
    return to_canonical(named | {"format": KEY_FORMAT})


def why_not_announced(body: dict[str, Any], current: dict[str, Any] | None) -> str:
    """What is wrong with an announcement, where `current` is the key that signs now; "": nothing."""
    public_key = bytes.fromhex(body["public_key"])
    if body["key_id"] != key_id(public_key):
        return f"key {body['key_id']} is not called as its public half says"
    if current is None:
        return "" if body["replaces"] == "" else f"the first key replaces none, not {body['replaces']}"
    if body["replaces"] != current["key_id"]:
        return f"key {current['key_id']} signs now: a new one replaces it, not {body['replaces'] or 'none'}"
    if not is_signed(
        bytes.fromhex(current["public_key"]), announcement(body), bytes.fromhex(body["signature"])
    ):
        return f"key {body['key_id']} is not signed by {current['key_id']}"
    return ""
