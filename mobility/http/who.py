"""Who asks: the bearer token or API key of a request becomes a `Caller`.

An endpoint takes it as a dependency, so that nobody learns anything, not even what is wrong with their question,
before they are known:

    def show(caller: Annotated[Caller, Depends(who)]) -> …
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Depends
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from mobility.accounts.caller import Caller, ForbiddenError
from mobility.http.problems import Problem

Who = Callable[[Request], Caller]
"""The caller of a request. Raises the Problem 401, or TooManyError where too many keys were tried."""

Authenticate = Callable[[str, str], Caller | None]
"""Whose access token or API key it is, sent from a network address; None: nobody's, or of no use any more."""

REALM = "mobility"


class BearerOrKey(SecurityBase):
    """A `Who` that reads `Authorization: Bearer …` (RFC 6750) or `X-API-Key: …`. FastAPI documents it as security."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate
        self.scheme_name = "accessToken"
        self.model = HTTPBearer(bearerFormat="JWT")

    def __call__(self, request: Request) -> Caller:
        token = read_token(request)
        if not token:
            raise unauthenticated()
        caller = self._authenticate(token, client_address(request))
        if caller is None:
            raise unauthenticated("invalid_token")
        return caller


def people_only(who: Who) -> Who:
    """The same for operations about one's own account: a partner's key is not a person, and has none."""

    def person(caller: Caller = Depends(who)) -> Caller:
        if not caller.session:
            raise ForbiddenError("this is for people")
        return caller

    return person  # type: ignore[return-value]  # FastAPI calls it, with what it depends on


def read_token(request: Request) -> str:
    """The access token or API key a request brings; "" none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.headers.get("x-api-key", "").strip()


def client_address(request: Request) -> str:
    """The network address a request comes from, as far as the server knows it."""
    return request.client.host if request.client else ""


def unauthenticated(error: str = "") -> Problem:
    """Nobody is signed in, or not any more. The same words for every thing, whether it exists or not."""
    challenge = f'Bearer realm="{REALM}"' + (f', error="{error}"' if error else "")
    return Problem(
        401,
        "unauthenticated",
        "Connectez-vous : il faut un jeton d’accès ou une clé valable.",
        "Sign in: this needs a valid access token or key.",
        headers={"WWW-Authenticate": challenge},
    )


def forbidden() -> Problem:
    """The caller may not. The same words for every thing, whether it exists or not."""
    return Problem(
        403,
        "forbidden",
        "Votre compte ne permet pas cette action.",
        "Your account does not allow this.",
    )
