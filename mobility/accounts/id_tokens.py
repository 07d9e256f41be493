"""What an identity provider signed, checked: id_tokens and signed userinfo (OpenID Connect Core 1.0, 3.1.3.7 and
5.3.4)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

ALGORITHMS = (
    "ES256",
    "RS256",
    "PS256",
    "ES384",
    "RS384",
    "PS384",
    "ES512",
    "RS512",
    "PS512",
    "Ed25519",
    "EdDSA",
)
"""All are asymmetric: a provider's token can be checked by us and made by nobody but the provider. Never `none`, and
never one with a shared secret, which could be tried with the public key for its secret (RFC 8725)."""

CLOCK_TOLERANCE_S = 60
LENGTH_MAX = 20_000


class IdTokenError(Exception):
    """A token is not what it should be; the message says in which way, without what it says of anybody."""


class UnknownKeyError(IdTokenError):
    """None of the known keys signed it: the provider may have changed its keys."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an id_token must say. `acr`: one of these levels of authentication; empty: any."""

    issuer: str
    client_id: str
    nonce: str
    acr: frozenset[str] = frozenset()


def read_keys(document: Mapping[str, Any]) -> list[Key]:
    """The signing keys of a JSON Web Key Set (RFC 7517); those of kinds we do not know are left out."""
    keys = []
    for written in document.get("keys", ()):
        if isinstance(written, dict) and written.get("use", "sig") == "sig" and written.get("kty") != "oct":
            try:
                keys.append(import_key(written))
            except (JoseError, ValueError, KeyError, TypeError):
                continue
    return keys


def read_signed(token: str, keys: Sequence[Key]) -> tuple[dict[str, Any], str]:
    """The claims of a token that one of the keys signed, and its algorithm. Raises IdTokenError."""
    if len(token) > LENGTH_MAX:
        raise IdTokenError("it is too long")
    try:
        header = jws.extract_compact(token.encode("ascii")).headers()
    except (JoseError, ValueError) as error:
        raise IdTokenError("it is not a signed token (JWS)") from error
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise IdTokenError(f"it is signed with {str(algorithm)[:20]!r}, which is not accepted")
    for key in keys:
        if kid is not None and key.kid is not None and key.kid != kid:
            continue
        try:
            read = jws.deserialize_compact(token, key, algorithms=[algorithm])
        except (JoseError, ValueError, TypeError):
            continue
        try:
            claims = json.loads(read.payload)
        except ValueError as error:
            raise IdTokenError("what is signed is not JSON") from error
        if not isinstance(claims, dict):
            raise IdTokenError("what is signed is not an object")
        return claims, algorithm
    raise UnknownKeyError("none of the provider's keys signed it")


def check_id_token(
    token: str, keys: Sequence[Key], expected: Expected, access_token: str, at: dt.datetime
) -> dict[str, Any]:
    """The claims of an id_token, all of it checked. `access_token`: the one that came with it. Raises IdTokenError."""
    claims, algorithm = read_signed(token, keys)
    if claims.get("iss") != expected.issuer:
        raise IdTokenError("another issuer made it")
    # One audience, and that is us: others are not trusted with a token that opens our door.
    if claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise IdTokenError("it was made for somebody else (aud)")
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise IdTokenError("it was made for somebody else (azp)")
    now = at.timestamp()
    expires, issued = _number(claims, "exp"), _number(claims, "iat")
    if expires is None or now >= expires + CLOCK_TOLERANCE_S:
        raise IdTokenError("it has expired, or does not say when it does")
    if issued is None or issued > now + CLOCK_TOLERANCE_S:
        raise IdTokenError("it was issued in the future, or does not say when")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise IdTokenError("it answers another question (nonce)")
    if expected.acr and claims.get("acr") not in expected.acr:
        raise IdTokenError("the person is known less surely than was asked (acr)")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise IdTokenError("it does not say who it is about (sub)")
    if "at_hash" in claims and claims["at_hash"] != _half_hash(access_token, algorithm):
        raise IdTokenError("another access token belongs to it (at_hash)")
    return claims


def accepted_levels(acr_values: str) -> frozenset[str]:
    """The levels that satisfy a request's `acr_values`: those named, and of eIDAS the higher ones too."""
    asked = frozenset(acr_values.split())
    eidas = [f"eidas{level}" for level in (1, 2, 3)]
    lowest = min((eidas.index(level) for level in asked & set(eidas)), default=len(eidas))
    return asked | frozenset(eidas[lowest:])


def _half_hash(text: str, algorithm: str) -> str:
    bits = "512" if algorithm.startswith("Ed") else algorithm[-3:]
    digest = hashlib.new(f"sha{bits}", text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
