"""Signatures of both levels. The same octets and key always give the same signature (RFC 6979, RFC 8032), with the
smaller s: a code can be made again, to the byte. Whoever verifies takes either s, as readers everywhere do; so a code's
octets name no ticket, its issuer and reference do."""

from __future__ import annotations

import functools

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ticketing.tickets.dosipas.error import DosipasError, Why
from ticketing.tickets.keys import Algorithm

KEY_OID = {Algorithm.P256: "1.2.840.10045.3.1.7", Algorithm.ED25519: "1.3.101.112"}
SIGNING_OID = {Algorithm.P256: "1.2.840.10045.4.3.2", Algorithm.ED25519: "1.3.101.112"}
"""ECDSA with SHA-256; Ed25519."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (SEC 2)."""


def sign(algorithm: Algorithm, secret: bytes, message: bytes) -> bytes:
    """The signature; of P-256 as DER. `secret`: as in `SecretTicketKey`."""
    if algorithm is Algorithm.ED25519:
        return Ed25519PrivateKey.from_private_bytes(secret).sign(message)
    der = _private(secret).sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(der)
    return encode_dss_signature(r, min(s, _ORDER - s))


def verifies(algorithm: Algorithm, public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the key signed that. Raises DosipasError for a key that is none."""
    try:
        key = _public(algorithm, public_key)
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def algorithm_named(key_oid: str | None, signing_oid: str | None, otherwise: Algorithm) -> Algorithm:
    """Which algorithm two identifiers name, if they do; a code may leave them to the key. Raises DosipasError."""
    for algorithm in Algorithm:
        if key_oid in (None, KEY_OID[algorithm]) and signing_oid in (None, SIGNING_OID[algorithm]):
            return otherwise if key_oid is None and signing_oid is None else algorithm
    raise DosipasError(
        f"signed with {key_oid}, {signing_oid}: only P-256 with SHA-256 and Ed25519 are", Why.KEY
    )


def p256_secret(drawn: bytes) -> bytes:
    """The secret of a key for P-256 of 32 octets that were drawn or derived: any are good."""
    return (1 + int.from_bytes(drawn, "big") % (_ORDER - 1)).to_bytes(32, "big")


@functools.lru_cache(maxsize=64)
def _private(secret: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())


@functools.lru_cache(maxsize=256)
def _public(algorithm: Algorithm, octets: bytes) -> ec.EllipticCurvePublicKey | Ed25519PublicKey:
    """A raw key, or a SubjectPublicKeyInfo in DER: companies write both."""
    try:
        if octets.startswith(b"\x30"):
            found = load_der_public_key(octets)
        elif algorithm is Algorithm.ED25519:
            found = Ed25519PublicKey.from_public_bytes(octets)
        else:
            found = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets)
    except ValueError as error:
        raise DosipasError(f"is no public key for {algorithm.value}: {octets.hex()}", Why.KEY) from error
    wanted = Ed25519PublicKey if algorithm is Algorithm.ED25519 else ec.EllipticCurvePublicKey
    if not isinstance(found, wanted) or (
        isinstance(found, ec.EllipticCurvePublicKey) and found.curve.name != ec.SECP256R1.name
    ):
        raise DosipasError(f"is no public key for {algorithm.value}: {octets.hex()}", Why.KEY)
    assert isinstance(found, ec.EllipticCurvePublicKey | Ed25519PublicKey)
    return found
