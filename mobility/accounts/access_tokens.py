"""Short-lived access tokens: signed, so that a forged one is refused without asking anybody (RFC 9068, RFC 8037).

A token says whose session it is and nothing else. Roles are looked up at every request, so a change of roles, the end
of a session or an erasure counts at once, not when the token expires.
"""

from __future__ import annotations

import datetime as dt
import itertools
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from joserfc.util import urlsafe_b64encode

ALGORITHM = "Ed25519"
"""RFC 9864; the only one that is read, so that a token cannot choose."""

TYPE = "at+jwt"
AUDIENCE = "mobility"
LIFETIME_S = 600
CLOCK_TOLERANCE_S = 30
"""How far the clocks of two servers may be apart."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key; `seed` are its 32 secret bytes."""

    id: str
    made_at: dt.datetime
    seed: bytes


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says."""

    person_id: str
    session_id: str


def new_signing_key(at: dt.datetime) -> SigningKey:
    """A new random key."""
    return SigningKey(secrets.token_hex(8), at, secrets.token_bytes(32))


def list_valid_keys(keys: Sequence[SigningKey], at: dt.datetime) -> list[SigningKey]:
    """The keys whose tokens still count: the newest, and each older one until the last token it can have signed has
    expired after the next one was made. `keys`: the oldest first."""
    overlap = dt.timedelta(seconds=LIFETIME_S + 2 * CLOCK_TOLERANCE_S)
    superseded = itertools.pairwise(keys)
    return [key for key, newer in superseded if at < newer.made_at + overlap] + list(keys[-1:])


class AccessTokens:
    """Issues and reads tokens. `keys` gives the keys there are now, the oldest first; the last one signs."""

    def __init__(self, keys: Callable[[], Sequence[SigningKey]], issuer: str) -> None:
        self._keys, self._issuer = keys, issuer

    def issue(self, person_id: str, session_id: str, at: dt.datetime) -> str:
        """A token for `LIFETIME_S` seconds."""
        key = self._keys()[-1]
        now = int(at.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": person_id,
            "sid": session_id,
            "iat": now,
            "exp": now + LIFETIME_S,
            "jti": secrets.token_urlsafe(9),
        }
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.id}
        return jwt.encode(header, claims, _jwk(key), algorithms=[ALGORITHM])

    def read(self, token: str, at: dt.datetime) -> AccessClaims | None:
        """What a token says, if it is one of ours, for us, and has not expired."""
        keys = KeySet([_jwk(key) for key in list_valid_keys(self._keys(), at)])
        checks = jwt.JWTClaimsRegistry(
            now=int(at.timestamp()),
            leeway=CLOCK_TOLERANCE_S,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            sid={"essential": True},
        )
        try:
            read = jwt.decode(token, keys, algorithms=[ALGORITHM])
            checks.validate(read.claims)
        except (JoseError, ValueError):
            return None
        named = (read.header.get("typ"), read.claims["sub"], read.claims["sid"])
        if named[0] != TYPE or not all(isinstance(name, str) for name in named):
            return None
        return AccessClaims(read.claims["sub"], read.claims["sid"])


def _jwk(key: SigningKey) -> OKPKey:
    public = Ed25519PrivateKey.from_private_bytes(key.seed).public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    parts = {"x": urlsafe_b64encode(raw).decode(), "d": urlsafe_b64encode(key.seed).decode()}
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "kid": key.id, **parts})
