"""All an act on accounts needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mobility.accounts.access_tokens import AccessTokens
from mobility.accounts.limits import Limiter
from mobility.accounts.passwords import Passwords
from mobility.acts.ports import UnitOfWork, UnitsOfWork


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why somebody cannot be erased yet, in words for them."""

    french: str
    english: str


class PersonalData(Protocol):
    """What one room keeps about people. Every room that keeps some has one; `mobility.bootstrap` collects them."""

    @property
    def section(self) -> str:
        """Its name in an export: "bookings"."""
        ...

    def export(self, work: UnitOfWork, person_id: str) -> Any:
        """All of it, as plain JSON values (instants as RFC 3339)."""
        ...

    def list_obstacles(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> Sequence[Obstacle]:
        """Why this person cannot be erased at an instant."""
        ...

    def erase(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> None:
        """Remove, or make nobody's, whatever of it need not be kept. The caller commits."""
        ...


class ProviderError(Exception):
    """The identity provider does not answer, or not as it should; the message says what is wrong (for operators)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as an identity provider says and signed."""

    issuer: str
    subject: str
    id_token: str
    claims: Mapping[str, Any]
    """Of the id_token and userinfo: given_name, family_name, email, birthdate …"""


class IdentityProvider(Protocol):
    """An OpenID Connect provider we are a relying party of."""

    @property
    def issuer(self) -> str:
        """Its name, an https address."""
        ...

    def authorization_url(self, redirect_url: str, state: str, nonce: str, challenge: str) -> str:
        """Where people sign in. `challenge`: of PKCE, S256. Raises ProviderError."""
        ...

    def redeem(self, code: str, redirect_url: str, nonce: str, verifier: str, at: dt.datetime) -> Identity:
        """Who came back with a code: exchanged, its id_token and userinfo checked. Raises ProviderError."""
        ...

    def logout_url(self, id_token: str, return_url: str, state: str) -> str:
        """Where people sign out of the provider too; "" where it has no such place."""
        ...


class Shelf(Protocol):
    """A short shared memory (`mobility.storage.cache.Cache` is one)."""

    def get(self, key: str) -> bytes | None: ...
    def set(self, key: str, value: bytes, ttl_s: float) -> None: ...
    def increment(self, key: str, ttl_s: float) -> int: ...


@dataclass(frozen=True, slots=True)
class AccountRules:
    """What the settings allow. `public_url`: where people reach this server, without a slash at the end; "" unknown."""

    local_login: bool = True
    sign_up: bool = True
    public_url: str = ""
    app_redirect_url: str = ""
    trust_provider_email: bool = False


@dataclass(frozen=True)
class AccountPorts:
    """Storage, clock (aware UTC), identifiers, and what signs, hashes and counts. `page_secret`: of forms' tokens."""

    unit_of_work: UnitsOfWork
    now: Callable[[], dt.datetime]
    new_id: Callable[[], str]
    tokens: AccessTokens
    passwords: Passwords
    limiter: Limiter
    shelf: Shelf
    page_secret: bytes
    rules: AccountRules = AccountRules()
    provider: IdentityProvider | None = None
    personal_data: tuple[PersonalData, ...] = ()
