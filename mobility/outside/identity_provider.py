"""An OpenID Connect provider asked over HTTP: discovery, code exchange, userinfo (FranceConnect v2 and any other)."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import orjson
from joserfc.jwk import Key

from mobility.accounts.id_tokens import (
    Expected,
    IdTokenError,
    UnknownKeyError,
    accepted_levels,
    check_id_token,
    read_keys,
    read_signed,
)
from mobility.acts.accounts.ports import Identity, ProviderError

ANSWER_BYTES_MAX = 500_000
METADATA_S = 3600.0
KEYS_S = 3600.0
KEYS_AGAIN_S = 10.0
"""Keys are fetched again this soon at the earliest, for a token none of the known ones signed."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """What the provider's operator gave us. `acr_values`: the level that is asked for, such as `eidas1`; "": none."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = "openid profile email"
    acr_values: str = ""
    timeout_s: float = 10.0


class OpenIdProvider:
    """Fills `mobility.acts.accounts.ports.IdentityProvider`. Metadata and keys are remembered for an hour."""

    def __init__(self, settings: ProviderSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._http = httpx.Client(timeout=settings.timeout_s, follow_redirects=False)
        self._lock = threading.Lock()
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, list[Key]] | None = None

    @property
    def issuer(self) -> str:
        """Its name."""
        return self._settings.issuer

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def authorization_url(self, redirect_url: str, state: str, nonce: str, challenge: str) -> str:
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_url,
            "scope": self._settings.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if self._settings.acr_values:
            query["acr_values"] = self._settings.acr_values
        return _with_query(self._endpoint("authorization_endpoint"), query)

    def redeem(self, code: str, redirect_url: str, nonce: str, verifier: str, at: dt.datetime) -> Identity:
        tokens = self._exchange(code, redirect_url, verifier)
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise ProviderError("the token endpoint answered without an id_token or access_token")
        levels = accepted_levels(self._settings.acr_values)
        expected = Expected(self._settings.issuer, self._settings.client_id, nonce, levels)
        claims = self._with_keys(
            lambda keys: check_id_token(id_token, keys, expected, access_token, at), "id_token"
        )
        if self._find_endpoint("userinfo_endpoint"):
            said = self._userinfo(access_token)
            if said.get("sub") != claims["sub"]:
                raise ProviderError("userinfo is about somebody else than the id_token (sub)")
            claims = dict(said) | claims
        return Identity(self._settings.issuer, claims["sub"], id_token, claims)

    def logout_url(self, id_token: str, return_url: str, state: str) -> str:
        endpoint = self._find_endpoint("end_session_endpoint")
        if not endpoint:
            return ""
        query = {"id_token_hint": id_token, "post_logout_redirect_uri": return_url, "state": state}
        return _with_query(endpoint, query)

    def _exchange(self, code: str, redirect_url: str, verifier: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_url,
            "code_verifier": verifier,
            "client_id": self._settings.client_id,
        }
        secret = self._settings.client_secret
        # Where the metadata is silent, Basic is the default (OpenID Connect Discovery 1.0, 3).
        methods = self._read_metadata().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if not secret:
            auth = None
        elif "client_secret_post" in methods:
            auth, form["client_secret"] = None, secret
        else:
            auth = httpx.BasicAuth(self._settings.client_id, secret)
        return _object(
            self._ask("POST", self._endpoint("token_endpoint"), data=form, auth=auth)[0], "token endpoint"
        )

    def _userinfo(self, access_token: str) -> Mapping[str, Any]:
        content, media_type = self._ask(
            "GET",
            self._endpoint("userinfo_endpoint"),
            headers={"Authorization": f"Bearer {access_token}"},
        )
        if media_type != "application/jwt":
            return _object(content, "userinfo")
        token = content.decode("ascii", "replace").strip()
        claims = self._with_keys(lambda keys: read_signed(token, keys)[0], "userinfo")
        # Signed userinfo says by and for whom it is (OpenID Connect Core 1.0, 5.3.2).
        if claims.get("iss", self._settings.issuer) != self._settings.issuer:
            raise ProviderError("userinfo was signed by another issuer")
        if claims.get("aud", self._settings.client_id) not in (
            self._settings.client_id,
            [self._settings.client_id],
        ):
            raise ProviderError("userinfo was signed for somebody else")
        return claims

    def _with_keys(self, read: Callable[[list[Key]], dict[str, Any]], what: str) -> dict[str, Any]:
        try:
            try:
                return read(self._read_keys(KEYS_S))
            except UnknownKeyError:
                return read(self._read_keys(KEYS_AGAIN_S))
        except IdTokenError as error:
            raise ProviderError(f"the {what} is refused: {error}") from error

    def _read_keys(self, age_s_max: float) -> list[Key]:
        with self._lock:
            known = self._keys
        if known is not None and self._clock() - known[0] < age_s_max:
            return known[1]
        content, _ = self._ask("GET", self._endpoint("jwks_uri"))
        keys = read_keys(_object(content, "set of keys"))
        with self._lock:
            self._keys = (self._clock(), keys)
        return keys

    def _read_metadata(self) -> Mapping[str, Any]:
        with self._lock:
            known = self._metadata
        if known is not None and self._clock() - known[0] < METADATA_S:
            return known[1]
        issuer = self._settings.issuer
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        found = _object(self._ask("GET", address)[0], "configuration")
        if found.get("issuer") != issuer:
            raise ProviderError(f"the configuration at {address} is another issuer's: check the setting")
        with self._lock:
            self._metadata = (self._clock(), found)
        return found

    def _endpoint(self, name: str) -> str:
        endpoint = self._find_endpoint(name)
        if not endpoint:
            raise ProviderError(f"its configuration has no {name}")
        return endpoint

    def _find_endpoint(self, name: str) -> str:
        endpoint = self._read_metadata().get(name, "")
        if not isinstance(endpoint, str) or (endpoint and not is_safe(endpoint)):
            raise ProviderError(f"its {name} is not an https address")
        return endpoint

    def _ask(self, method: str, address: str, **asked: Any) -> tuple[bytes, str]:
        """The body and its media type. Raises ProviderError."""
        if not is_safe(address):
            raise ProviderError("the provider's address must begin with https://")
        content = bytearray()
        try:
            with self._http.stream(method, address, **asked) as answer:
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > ANSWER_BYTES_MAX:
                        raise ProviderError(f"{urlsplit(address).path} answers too much")
        except httpx.HTTPError as error:
            raise ProviderError(f"{urlsplit(address).path}: {type(error).__name__}") from error
        if answer.status_code != 200:
            raise ProviderError(f"{urlsplit(address).path} answered {answer.status_code}")
        return bytes(content), answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_safe(address: str) -> bool:
    """Whether what is sent there stays secret: https, or this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1"))


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def _object(content: bytes, what: str) -> Mapping[str, Any]:
    try:
        read = orjson.loads(content)
    except ValueError as error:
        raise ProviderError(f"the {what} is not JSON") from error
    if not isinstance(read, dict):
        raise ProviderError(f"the {what} is not a JSON object")
    return read
