"""The keys that sign tickets. Each has an id, unique for its issuer and never used again, and signs from one instant
until another; what it signed stays verifiable after that, unless it is withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET_BYTES = 32
ANNOUNCED_S = 86_400
"""How long before it signs a new key is published: devices that synchronise once a day know it in time."""


class Algorithm(StrEnum):
    """What a key is for."""

    ED25519 = "Ed25519"
    """COSE codes."""
    P256 = "P-256"
    """UIC DOSIPAS."""


@dataclass(frozen=True, slots=True)
class TicketKey:
    """The public half of a key, as inspectors have it. Instants are epoch seconds."""

    issuer: str
    id: str
    """A number, written in decimal."""
    algorithm: Algorithm
    public_key: bytes
    """Ed25519: 32 bytes (RFC 8032); P-256: a compressed point, 33 bytes (SEC 1, 2.3.3)."""
    valid_from_s: int = 0
    valid_until_s: int = 0
    """It signs nothing from then on; 0: no end is set."""
    withdrawn_s: int = 0
    """From then on nothing it signed is believed, whenever it says that was: it got into wrong hands. 0: it did not."""

    def may_sign(self, at_s: int) -> bool:
        """Whether it signs (or signed) at that instant."""
        return self.valid_from_s <= at_s and (not self.valid_until_s or at_s < self.valid_until_s)


@dataclass(frozen=True, slots=True)
class SecretTicketKey:
    """A whole key."""

    public: TicketKey
    secret: bytes = field(repr=False)
    """Ed25519: the seed; P-256: the scalar, big-endian. 32 bytes."""


class NoTicketKeyError(Exception):
    """No key can sign what was issued then: it was withdrawn, or there was none."""


def new_key(
    issuer: str, key_id: str, algorithm: Algorithm, secret: bytes, from_s: int = 0
) -> SecretTicketKey:
    """A key of 32 secret bytes. Raises ValueError where they make none (of P-256, with chance 2**-32)."""
    return SecretTicketKey(
        TicketKey(issuer, key_id, algorithm, public_half(algorithm, secret), from_s), secret
    )


def public_half(algorithm: Algorithm, secret: bytes) -> bytes:
    """The public half of a secret."""
    if algorithm is Algorithm.ED25519:
        return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    private = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def key_for(keys: Iterable[SecretTicketKey], algorithm: Algorithm, issued_s: int) -> SecretTicketKey:
    """The one key that signs what was issued at that instant, then as today: so a code can be made again, to the byte.

    Raises NoTicketKeyError.
    """
    for key in keys:
        if key.public.algorithm is algorithm and key.public.may_sign(issued_s):
            if key.public.withdrawn_s:
                raise NoTicketKeyError(f"key {key.public.id}, which signed then, is withdrawn: issue it anew")
            return key
    raise NoTicketKeyError(f"no {algorithm.value} key signs at {issued_s}")


def rotate(
    keys: Sequence[SecretTicketKey], algorithm: Algorithm, from_s: int, draw: Callable[[int], bytes]
) -> list[SecretTicketKey]:
    """The keys with a new one, which signs from `from_s` on in the place of the one that signed till then. What was
    announced for later and never signed gives way to it."""
    issuer = keys[0].public.issuer
    number = 1 + max(int(key.public.id) for key in keys)
    kept = [_ended(key, algorithm, from_s) for key in keys]
    return [*kept, new_key(issuer, str(number), algorithm, draw(SECRET_BYTES), from_s)]


def withdraw(
    keys: Sequence[SecretTicketKey], key_id: str, at_s: int, draw: Callable[[int], bytes]
) -> list[SecretTicketKey]:
    """The keys with one of them withdrawn, and a new one in its place from now on where it signed or would have.

    Raises ValueError for an id no key has.
    """
    found = [key for key in keys if key.public.id == key_id]
    if not found:
        raise ValueError(f"no ticket key is called {key_id!r}")
    old = found[0].public
    kept = [
        replace(key, public=replace(key.public, withdrawn_s=key.public.withdrawn_s or at_s))
        if key.public.id == key_id
        else key
        for key in keys
    ]
    is_needed = not old.valid_until_s or old.valid_until_s > at_s
    return rotate(kept, old.algorithm, at_s, draw) if is_needed else kept


def _ended(key: SecretTicketKey, algorithm: Algorithm, at_s: int) -> SecretTicketKey:
    public = key.public
    if public.algorithm is not algorithm or (public.valid_until_s and public.valid_until_s <= at_s):
        return key
    return replace(key, public=replace(public, valid_until_s=max(at_s, public.valid_from_s, 1)))
