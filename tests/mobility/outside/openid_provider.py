"""A small OpenID Connect provider on 127.0.0.1, with real keys and signatures: FranceConnect in small.

It insists on what FranceConnect insists on (state and nonce of at least 22 characters, acr_values, PKCE kept, codes
used once, secret in the form) and can be told to lie in one way at a time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from tests.served import served

CLIENT, SECRET = "mobility-client", "mobility-secret"


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def sign(claims: dict[str, Any], key: Any, algorithm: str, kid: str | None = None) -> str:
    header = {"alg": algorithm} | ({"kid": kid} if kid else {})
    return jws.serialize_compact(header, json.dumps(claims).encode(), key, algorithms=[algorithm])


@cache
def _rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})


@dataclass
class Provider:
    """What it knows, and how it lies: `id_token` and `userinfo` change what is signed, `seal` how."""

    issuer: str = ""
    person: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": "fc-1",
            "given_name": "Angela Claire",
            "family_name": "DUBOIS",
            "birthdate": "1962-08-24",
            "email": "angela@example.org",
        }
    )
    acr: str = "eidas1"
    algorithm: str = "ES256"
    signed_userinfo: bool = True
    methods: list[str] = field(default_factory=lambda: ["client_secret_post"])
    id_token: Callable[[dict[str, Any]], dict[str, Any]] = dict
    userinfo: Callable[[dict[str, Any]], dict[str, Any]] = dict
    seal: Callable[[dict[str, Any]], str] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    broken: bool = False

    def __post_init__(self) -> None:
        self.new_keys()

    def new_keys(self) -> None:
        """The provider changes its keys."""
        kid = secrets.token_hex(4)
        self.keys = {
            "ES256": ECKey.generate_key("P-256", {"kid": f"ec-{kid}", "use": "sig"}),
            "RS256": _rsa_key(),
        }

    def signed(self, claims: dict[str, Any]) -> str:
        if self.seal is not None:
            return self.seal(claims)
        key = self.keys[self.algorithm]
        return sign(claims, key, self.algorithm, key.kid)

    def authorize(self, address: str) -> str:
        """What a person does in the browser: agrees, and is sent back to the address this returns."""
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert parts.path == "/authorize"
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        assert min(len(asked["state"]), len(asked["nonce"])) >= 22
        assert "openid" in asked["scope"].split()
        assert asked.get("acr_values", self.acr) == self.acr
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, form: dict[str, str], basic: str) -> tuple[int, dict[str, Any]]:
        code = form.get("code", "")
        asked = self.codes.get(code)
        known = form.get("client_secret") == SECRET or basic == f"{CLIENT}:{SECRET}"
        used = "client_secret_basic" if basic else "client_secret_post"
        if asked is None or code in self.spent or not known or used not in self.methods:
            return 400, {"error": "invalid_grant"}
        if b64(hashlib.sha256(form["code_verifier"].encode()).digest()) != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        self.spent.add(code)
        access = secrets.token_urlsafe(16)
        self.tokens.add(access)
        now = int(time.time())
        digest = hashlib.sha256(access.encode()).digest()
        claims = {
            "iss": self.issuer,
            "sub": self.person["sub"],
            "aud": CLIENT,
            "exp": now + 60,
            "iat": now,
            "nonce": asked["nonce"],
            "acr": self.acr,
            "at_hash": b64(digest[: len(digest) // 2]),
        }
        token = self.signed(self.id_token(claims))
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": token, "expires_in": 60}

    def show_userinfo(self, bearer: str) -> tuple[int, Any]:
        if bearer not in self.tokens:
            return 401, {"error": "invalid_token"}
        claims = self.userinfo(dict(self.person))
        if not self.signed_userinfo:
            return 200, claims
        key = self.keys[self.algorithm]
        return 200, sign({"iss": self.issuer, "aud": CLIENT} | claims, key, self.algorithm, key.kid)

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/session/end",
            "token_endpoint_auth_methods_supported": self.methods,
        } | self.metadata

    def published_keys(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self.keys.values()]}


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider that answers until the end."""
    provider = Provider()

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

        def _send(self, status: int, content: Any) -> None:
            body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(500 if provider.broken else status)
            kind = "application/jwt" if isinstance(content, str) else "application/json;charset=utf-8"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            provider.asked.append(self.path)
            if self.path == "/.well-known/openid-configuration":
                self._send(200, provider.configuration())
            elif self.path == "/jwks":
                self._send(200, provider.published_keys())
            elif self.path == "/userinfo":
                self._send(
                    *provider.show_userinfo(self.headers.get("Authorization", "").removeprefix("Bearer "))
                )
            else:
                self._send(404, {})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            basic = self.headers.get("Authorization", "")
            said = base64.b64decode(basic.removeprefix("Basic ")).decode() if basic else ""
            self._send(*provider.exchange(form, said))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    with served(server):
        yield provider
