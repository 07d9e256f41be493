"""Signing in, staying signed in, signing out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NoReturn

from mobility.accounts.access_tokens import LIFETIME_S
from mobility.accounts.caller import Caller, Role
from mobility.accounts.limits import (
    LOGIN_FROM_ADDRESS,
    LOGIN_OF_ACCOUNT,
    REFRESH_FROM_ADDRESS,
    REFRESH_OF_SESSION,
    USE_OF_KEY,
    WRONG_KEY_FROM_ADDRESS,
)
from mobility.accounts.opaque_tokens import TokenKind, hash_token, is_of_kind, new_token
from mobility.accounts.person import LoginSession
from mobility.acts.accounts.ports import AccountPorts
from mobility.acts.ports import UnitOfWork

IDLE_DAYS = 30
"""An app's session ends when it was not used for so long,"""
SESSION_DAYS = 180
"""and so long after it began."""
PAGE_HOURS = 12
"""A browser's session ends so long after it began."""


class WrongCredentialsError(Exception):
    """No account has that e-mail address and password; nobody is told which of the two it was."""


class SessionEndedError(Exception):
    """A refresh token is of no use (any more): sign in again."""


class LocalLoginOffError(Exception):
    """There are no passwords here: people sign in with the identity provider."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an app keeps: an access token for `expires_in_s` seconds, and a refresh token to be used once."""

    access_token: str
    refresh_token: str
    expires_in_s: int = LIFETIME_S


def person_lock(person_id: str) -> str:
    """The lock of those who change a person, begin sessions of theirs, or erase the account."""
    return f"person {person_id}"


def sign_in(ports: AccountPorts, email: str, password: str, address: str) -> Tokens:
    """An app signs in with a password. Raises WrongCredentialsError, TooManyError and LocalLoginOffError."""
    return _with_password(ports, email, password, address, TokenKind.REFRESH)


def sign_in_page(ports: AccountPorts, email: str, password: str, address: str) -> str:
    """The same of a browser: what its cookie holds."""
    return _with_password(ports, email, password, address, TokenKind.PAGE).refresh_token


def begin_session(
    ports: AccountPorts, work: UnitOfWork, person_id: str, kind: TokenKind, id_token: str = ""
) -> Tokens:
    """Begin a session of somebody whose identity is certain; the caller commits."""
    now, secret = ports.now(), new_token(kind)
    lasts = dt.timedelta(hours=PAGE_HOURS) if kind == TokenKind.PAGE else dt.timedelta(days=IDLE_DAYS)
    session = LoginSession(ports.new_id(), person_id, hash_token(secret), now, now + lasts, id_token=id_token)
    work.accounts.add_session(session)
    return Tokens(ports.tokens.issue(person_id, session.id, now), secret)


def refresh(ports: AccountPorts, refresh_token: str, address: str) -> Tokens:
    """Exchange a refresh token for the next one, with an access token.

    A token that was exchanged before is in two hands: the whole session ends, whoever holds its newest one. So of two
    who exchange the same token at once at most one gets another, and that one is of no use either.
    Raises SessionEndedError and TooManyError.
    """
    ports.limiter.attempt(REFRESH_FROM_ADDRESS, address)
    if not is_of_kind(refresh_token, TokenKind.REFRESH):
        raise SessionEndedError("this is not a refresh token")
    now, secret = ports.now(), new_token(TokenKind.REFRESH)
    with ports.unit_of_work() as work:
        session = work.accounts.turn_session(hash_token(refresh_token), hash_token(secret), now)
        if session is None:
            _end_reused(work, refresh_token, now)
        ports.limiter.attempt(REFRESH_OF_SESSION, session.id)
        if work.accounts.find_signed_in(session.id, now) is None:
            raise SessionEndedError("sign in again")
        latest = session.began_at + dt.timedelta(days=SESSION_DAYS)
        work.accounts.prolong_session(session.id, min(latest, now + dt.timedelta(days=IDLE_DAYS)))
        work.commit()
    return Tokens(ports.tokens.issue(session.person_id, session.id, now), secret)


def _end_reused(work: UnitOfWork, refresh_token: str, now: dt.datetime) -> NoReturn:
    spent = work.accounts.find_spent(hash_token(refresh_token))
    if spent is not None:
        work.accounts.end_session(spent, now)
        work.commit()
    raise SessionEndedError("sign in again")


def sign_out(ports: AccountPorts, token: str) -> str:
    """End the session of a refresh token or cookie; of an unknown one nothing. What the identity provider said when it
    began, for signing out there too; "" nothing."""
    with ports.unit_of_work() as work:
        session = work.accounts.find_session_of(hash_token(token))
        if session is None:
            return ""
        work.accounts.end_session(session.id, ports.now())
        work.commit()
    return session.id_token


def sign_out_everywhere(ports: AccountPorts, caller: Caller) -> None:
    """End all sessions of the caller."""
    with ports.unit_of_work() as work:
        work.accounts.end_sessions(caller.person, ports.now())
        work.commit()


def authenticate(ports: AccountPorts, token: str, address: str) -> Caller | None:
    """Whose access token or API key it is; None: nobody's. Raises TooManyError."""
    if is_of_kind(token, TokenKind.API_KEY):
        return _partner(ports, token, address)
    claims = ports.tokens.read(token, ports.now())
    if claims is None:
        return None
    with ports.unit_of_work(read_only=True) as work:
        found = work.accounts.find_signed_in(claims.session_id, ports.now())
    if found is None or found[0] != claims.person_id:
        return None
    return Caller(found[0], found[1], session=claims.session_id)


def authenticate_page(ports: AccountPorts, cookie: str) -> Caller | None:
    """Whose cookie it is; None: nobody's."""
    if not is_of_kind(cookie, TokenKind.PAGE):
        return None
    with ports.unit_of_work(read_only=True) as work:
        session = work.accounts.find_session_of(hash_token(cookie))
        found = session and work.accounts.find_signed_in(session.id, ports.now())
    return Caller(found[0], found[1], session=session.id) if session and found else None


def _partner(ports: AccountPorts, token: str, address: str) -> Caller | None:
    with ports.unit_of_work(read_only=True) as work:
        key = work.accounts.find_key_of(hash_token(token))
    if key is None or key.revoked_at is not None:
        ports.limiter.attempt(WRONG_KEY_FROM_ADDRESS, address)
        return None
    ports.limiter.attempt(USE_OF_KEY, key.id)
    return Caller(key.id, frozenset({Role.PARTNER}), operator=key.operator)


def _with_password(ports: AccountPorts, email: str, password: str, address: str, kind: TokenKind) -> Tokens:
    if not ports.rules.local_login:
        raise LocalLoginOffError("people sign in with the identity provider here")
    ports.limiter.attempt(LOGIN_FROM_ADDRESS, address)
    ports.limiter.attempt(LOGIN_OF_ACCOUNT, email.strip())
    with ports.unit_of_work(read_only=True) as work:
        person = work.accounts.find_by_email(email.strip())
        kept = work.accounts.find_password(person.id) if person else None
    # Outside a transaction: it takes a tenth of a second, by design.
    fits, renewed = ports.passwords.verify(password, kept)
    if person is None or not fits:
        raise WrongCredentialsError("no account has this e-mail address and password")
    with ports.unit_of_work() as work:
        # Changed or erased meanwhile, its sessions were ended: this one must not begin after that.
        work.lock(person_lock(person.id))
        if work.accounts.find_password(person.id) != kept:
            raise WrongCredentialsError("no account has this e-mail address and password")
        if renewed is not None:
            work.accounts.put_password(person.id, renewed, ports.now())
        tokens = begin_session(ports, work, person.id, kind)
        work.commit()
    return tokens


def forget_sessions(ports: AccountPorts) -> int:
    """Forget the sessions that expired, with their tokens; how many those were."""
    with ports.unit_of_work() as work:
        forgotten = work.accounts.remove_sessions_before(ports.now())
        work.commit()
    return forgotten
