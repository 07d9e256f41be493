"""Signing in with an identity provider: OpenID Connect, authorization code with PKCE (RFC 7636), state and nonce.

What was begun waits in the shared cache for ten minutes and can be finished once, by the browser or app that began it:
that one alone knows the secret, which never passes through the provider or an address.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from mobility.accounts.caller import Caller, Role
from mobility.accounts.details import DetailError, check_birth_date, read_email, read_name, read_phone
from mobility.accounts.limits import PROVIDER_FROM_ADDRESS
from mobility.accounts.opaque_tokens import TokenKind
from mobility.accounts.person import Person
from mobility.acts.account_ports import EmailTakenError
from mobility.acts.accounts.people import new_person
from mobility.acts.accounts.ports import AccountPorts, Identity, IdentityProvider, ProviderError
from mobility.acts.accounts.sign_in import Tokens, begin_session, person_lock
from mobility.acts.ports import UnitOfWork

WAITS_S = 600

_log = logging.getLogger("mobility.accounts")


class NoProviderError(Exception):
    """No identity provider is set up."""


class ProviderRefusedError(Exception):
    """Signing in with the provider did not work; `french` and the message say what to do."""

    def __init__(self, french: str, english: str) -> None:
        super().__init__(english)
        self.french = french


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that began: send the person to `url`, and keep `secret` (and `state`) until they come back."""

    url: str
    state: str
    secret: str


def begin_provider_sign_in(
    ports: AccountPorts, redirect_url: str, address: str, link_to: Caller | None = None
) -> Begun:
    """Begin. `link_to`: somebody signed in, who wants to sign in this way too from now on.

    Raises NoProviderError, ProviderRefusedError and TooManyError.
    """
    provider = _provider(ports)
    ports.limiter.attempt(PROVIDER_FROM_ADDRESS, address)
    state, nonce, secret = (secrets.token_urlsafe(32) for _ in range(3))
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    try:
        url = provider.authorization_url(redirect_url, state, nonce, challenge)
    except ProviderError as error:
        raise _unavailable(error) from error
    waiting = {
        "nonce": nonce,
        "verifier": verifier,
        "redirect": redirect_url,
        "secret": hashlib.sha256(secret.encode()).hexdigest(),
        "person": link_to.person if link_to else "",
    }
    ports.shelf.set(_shelf_key(state), json.dumps(waiting).encode(), WAITS_S)
    return Begun(url, state, secret)


def finish_provider_sign_in(
    ports: AccountPorts, state: str, secret: str, code: str, address: str, kind: TokenKind
) -> Tokens:
    """Finish, once: exchange the code, check what the provider says, find or make the account, begin a session.

    Raises NoProviderError, ProviderRefusedError, EmailTakenError and TooManyError.
    """
    provider = _provider(ports)
    ports.limiter.attempt(PROVIDER_FROM_ADDRESS, address)
    key = _shelf_key(state)
    kept = ports.shelf.get(key)
    waiting = json.loads(kept) if kept else None
    given = hashlib.sha256(secret.encode()).hexdigest()
    if waiting is None or not hmac.compare_digest(waiting["secret"], given):
        raise _again()
    if ports.shelf.increment(f"{key}:used", WAITS_S * 2.0) > 1:
        raise _again()
    try:
        identity = provider.redeem(
            code, waiting["redirect"], waiting["nonce"], waiting["verifier"], ports.now()
        )
    except ProviderError as error:
        _log.warning("an identity provider's answer was refused: %s", error)
        raise ProviderRefusedError(
            "La connexion n’a pas abouti : recommencez. Si cela persiste, prévenez la Région.",
            "Signing in did not work: begin again. If it goes on, tell the Region.",
        ) from error
    with ports.unit_of_work() as work:
        person = _find_or_make(ports, work, identity, waiting["person"])
        tokens = begin_session(ports, work, person.id, kind, id_token=identity.id_token)
        work.commit()
    return tokens


def provider_logout_url(ports: AccountPorts, id_token: str, return_url: str) -> str:
    """Where to send somebody who signed out here, to sign out of the provider too; "" nowhere."""
    if ports.provider is None or not id_token:
        return ""
    try:
        return ports.provider.logout_url(id_token, return_url, secrets.token_urlsafe(32))
    except ProviderError as error:
        _log.warning("an identity provider cannot be asked where to sign out: %s", error)
        return ""


def _find_or_make(ports: AccountPorts, work: UnitOfWork, identity: Identity, link_to: str) -> Person:
    work.lock(f"identity {identity.issuer} {identity.subject}")
    known = work.accounts.find_identity(identity.issuer, identity.subject)
    if known is not None and link_to not in ("", known):
        raise ProviderRefusedError(
            "Cette identité est déjà liée à un autre compte.",
            "This identity belongs to another account already.",
        )
    person_id = known or link_to or _trusted(ports, work, identity)
    if person_id:
        work.lock(person_lock(person_id))
        person = work.accounts.get_person(person_id)
        if person.is_erased:
            raise _again()
    else:
        person = replace(
            new_person(ports, frozenset({Role.TRAVELLER})), **_said(identity.claims, ports.now())
        )
        try:
            work.accounts.put_person(person)
        except EmailTakenError as error:
            raise ProviderRefusedError(
                "Un compte a déjà cette adresse électronique : connectez-vous avec son mot de passe, puis liez-le à "
                "votre identité.",
                "An account has this e-mail address already: sign in with its password, then link your identity.",
            ) from error
    if known is None:
        work.accounts.put_identity(identity.issuer, identity.subject, person.id, ports.now())
    return person


def _trusted(ports: AccountPorts, work: UnitOfWork, identity: Identity) -> str:
    """The account with the address the provider has verified, where its word is taken for that."""
    email = identity.claims.get("email")
    if not (ports.rules.trust_provider_email and identity.claims.get("email_verified") is True):
        return ""
    person = work.accounts.find_by_email(email) if isinstance(email, str) and email else None
    return person.id if person else ""


def _said(claims: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """What a provider says of somebody, as far as it can be read: the person adds or corrects the rest."""
    readers: dict[str, Callable[[str], Any]] = {
        "email": lambda text: read_email(text),
        "given_name": lambda text: read_name(text, "given_name"),
        "family_name": lambda text: read_name(text, "family_name"),
        "phone": lambda text: read_phone(text),
        "birth_date": lambda text: check_birth_date(dt.date.fromisoformat(text), now.date()),
    }
    names = {"phone": "phone_number", "birth_date": "birthdate"}
    found: dict[str, Any] = {}
    for field, read in readers.items():
        text = claims.get(names.get(field, field))
        if isinstance(text, str) and text:
            with suppress(DetailError, ValueError):
                found[field] = read(text)
    return found


def _provider(ports: AccountPorts) -> IdentityProvider:
    if ports.provider is None:
        raise NoProviderError("no identity provider is set up")
    return ports.provider


def _shelf_key(state: str) -> str:
    return f"oidc:{hashlib.sha256(state.encode()).hexdigest()}"


def _again() -> ProviderRefusedError:
    return ProviderRefusedError(
        "Cette connexion a expiré ou a déjà servi : recommencez.",
        "This sign-in has expired or was used already: begin again.",
    )


def _unavailable(error: ProviderError) -> ProviderRefusedError:
    _log.warning("an identity provider cannot be asked: %s", error)
    return ProviderRefusedError(
        "Le fournisseur d’identité ne répond pas : réessayez dans quelques minutes.",
        "The identity provider does not answer: try again in a few minutes.",
    )
