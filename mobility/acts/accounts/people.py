"""Making accounts, changing them, and saying what people are."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date

from mobility.accounts.caller import Caller, Permission, Role
from mobility.accounts.details import DetailError, check_birth_date, read_email, read_name, read_phone
from mobility.accounts.identity import KEY_BYTES, commitment, identity_of
from mobility.accounts.limits import LOGIN_OF_ACCOUNT, SIGN_UP_FROM_ADDRESS
from mobility.accounts.opaque_tokens import TokenKind
from mobility.accounts.passwords import check_password
from mobility.accounts.person import Person
from mobility.acts.account_ports import UnknownPersonError
from mobility.acts.accounts.ports import AccountPorts
from mobility.acts.accounts.sign_in import (
    LocalLoginOffError,
    Tokens,
    WrongCredentialsError,
    begin_session,
    person_lock,
)
from mobility.acts.ports import UnitOfWork
from mobility.acts.record import record

ADMINISTRATORS_LOCK = "administrators"


class LastAdministratorError(Exception):
    """Without this one nobody could manage accounts any more."""


class SignUpOffError(Exception):
    """Accounts are made by an administrator or the identity provider here."""


class RolesRefusedError(Exception):
    """Roles that no person can have."""


@dataclass(frozen=True, slots=True)
class Details:
    """What somebody says about themselves. None: as it is (of a new account: empty)."""

    email: str | None = None
    display_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    phone: str | None = None
    birth_date: date | None = None


def sign_up(ports: AccountPorts, details: Details, password: str, address: str) -> tuple[Person, Tokens]:
    """Somebody makes an account, as a traveller, and is signed in.

    Raises SignUpOffError, DetailError, WeakPasswordError, EmailTakenError and TooManyError.
    """
    if not (ports.rules.sign_up and ports.rules.local_login):
        raise SignUpOffError("accounts are made by an administrator or the identity provider here")
    ports.limiter.attempt(SIGN_UP_FROM_ADDRESS, address)
    person = _changed(ports, new_person(ports, frozenset({Role.TRAVELLER})), details)
    if not person.email:
        raise DetailError("email", "Indiquez votre adresse électronique.", "Say your e-mail address.")
    check_password(password, person.email)
    hashed = ports.passwords.hash(password)
    with ports.unit_of_work() as work:
        work.accounts.put_person(person)
        work.accounts.put_password(person.id, hashed, ports.now())
        tokens = begin_session(ports, work, person.id, TokenKind.REFRESH)
        work.commit()
    return person, tokens


def add_person(
    ports: AccountPorts, caller: Caller, details: Details, roles: frozenset[Role], password: str = ""
) -> Person:
    """An administrator makes an account; without a password its person signs in with the identity provider.

    Raises ForbiddenError, DetailError, WeakPasswordError, RolesRefusedError and EmailTakenError.
    """
    caller.require(Permission.MANAGE_ACCOUNTS)
    _check_roles(roles)
    person = _changed(ports, new_person(ports, roles), details)
    if not person.email:
        raise DetailError("email", "Indiquez l’adresse électronique.", "Say the e-mail address.")
    hashed = ""
    if password:
        check_password(password, person.email)
        hashed = ports.passwords.hash(password)
    with ports.unit_of_work() as work:
        work.accounts.put_person(person)
        if Role.DRIVER in roles:
            commit_identity(ports, work, person)
        if hashed:
            work.accounts.put_password(person.id, hashed, ports.now())
        work.commit()
    return person


def list_people(ports: AccountPorts, caller: Caller) -> list[Person]:
    """All accounts. Raises ForbiddenError."""
    caller.require(Permission.MANAGE_ACCOUNTS)
    with ports.unit_of_work(read_only=True) as work:
        return work.accounts.list_people()


def get_account(ports: AccountPorts, caller: Caller, person_id: str) -> Person:
    """One account: the caller's own, or any for an administrator. Raises ForbiddenError and UnknownPersonError."""
    caller.require_self_or(person_id, Permission.MANAGE_ACCOUNTS)
    with ports.unit_of_work(read_only=True) as work:
        return _living(work, person_id)


def set_roles(ports: AccountPorts, caller: Caller, person_id: str, roles: frozenset[Role]) -> Person:
    """Say what somebody is. It counts from their next request on.

    Raises ForbiddenError, UnknownPersonError, RolesRefusedError, LastAdministratorError, and DetailError where a new
    driver's name or telephone number is missing.
    """
    caller.require(Permission.MANAGE_ACCOUNTS)
    _check_roles(roles)
    with ports.unit_of_work() as work:
        work.lock(ADMINISTRATORS_LOCK)
        person = _held(work, person_id)
        if Role.ADMINISTRATOR in person.roles - roles:
            require_other_administrator(work)
        changed = replace(person, roles=roles)
        work.accounts.put_person(changed)
        if Role.DRIVER in roles:
            commit_identity(ports, work, changed)
        work.commit()
    return changed


def change_details(ports: AccountPorts, caller: Caller, details: Details) -> Person:
    """People change what is known of them. Raises DetailError and EmailTakenError."""
    with ports.unit_of_work() as work:
        person = _held(work, caller.person)
        changed = _changed(ports, person, details)
        if person.email and not changed.email:
            raise DetailError("email", "Indiquez votre adresse électronique.", "Say your e-mail address.")
        work.accounts.put_person(changed)
        if Role.DRIVER in changed.roles and identity_of(person) != identity_of(changed):
            commit_identity(ports, work, changed, again=True)
        work.commit()
    return changed


def become_driver(ports: AccountPorts, caller: Caller) -> Person:
    """A traveller becomes a driver; from now on the register commits to who that is.

    Raises DetailError where name or telephone number are missing.
    """
    with ports.unit_of_work() as work:
        person = _held(work, caller.person)
        changed = replace(person, roles=person.roles | {Role.DRIVER})
        work.accounts.put_person(changed)
        commit_identity(ports, work, changed)
        work.commit()
    return changed


def change_password(ports: AccountPorts, caller: Caller, old: str, new: str) -> None:
    """People change their password; all their other sessions end.

    Raises WrongCredentialsError, WeakPasswordError, LocalLoginOffError and TooManyError.
    """
    if not ports.rules.local_login:
        raise LocalLoginOffError("people sign in with the identity provider here")
    with ports.unit_of_work(read_only=True) as work:
        person = _living(work, caller.person)
        kept = work.accounts.find_password(caller.person)
    ports.limiter.attempt(LOGIN_OF_ACCOUNT, person.email)
    if not ports.passwords.verify(old, kept)[0]:
        raise WrongCredentialsError("this is not the password")
    check_password(new, person.email)
    _replace_password(ports, person.id, ports.passwords.hash(new), kept, except_session=caller.session)


def set_password(ports: AccountPorts, caller: Caller, person_id: str, password: str) -> None:
    """An administrator gives somebody a new password; all their sessions end.

    Raises ForbiddenError, UnknownPersonError and WeakPasswordError.
    """
    caller.require(Permission.MANAGE_ACCOUNTS)
    with ports.unit_of_work(read_only=True) as work:
        person = _living(work, person_id)
        kept = work.accounts.find_password(person_id)
    check_password(password, person.email)
    _replace_password(ports, person_id, ports.passwords.hash(password), kept)


def new_person(ports: AccountPorts, roles: frozenset[Role]) -> Person:
    """An account of which nothing is known yet."""
    return Person(ports.new_id(), secrets.token_hex(16), roles, ports.now())


def require_other_administrator(work: UnitOfWork) -> None:
    """Raises LastAdministratorError; under the lock of administrators, before one of them goes."""
    if work.accounts.count_role(Role.ADMINISTRATOR) <= 1:
        raise LastAdministratorError("this is the last administrator: make somebody else one first")


def commit_identity(ports: AccountPorts, work: UnitOfWork, person: Person, again: bool = False) -> None:
    """Write to the register, once, that this pseudonym is who they are; `again`: who they are has changed.

    Raises DetailError where there is no identity to commit to yet.
    """
    key = work.accounts.find_identity_key(person.id)
    if key is not None and not again:
        return
    for field, french, english in (
        ("given_name", "votre prénom", "first name"),
        ("family_name", "votre nom", "family name"),
        ("phone", "votre numéro de téléphone", "telephone number"),
    ):
        if not getattr(person, field):
            raise DetailError(field, f"Pour conduire, indiquez {french}.", f"A driver needs a {english}.")
    if key is None:
        key = secrets.token_bytes(KEY_BYTES)
        work.accounts.put_identity_key(person.id, key, ports.now())
    record(work, "person", {"person": person.pseudonym, "commitment": commitment(key, person)}, ports.now())


def _replace_password(
    ports: AccountPorts, person_id: str, hashed: str, kept: str | None, except_session: str = ""
) -> None:
    with ports.unit_of_work() as work:
        _held(work, person_id)
        if work.accounts.find_password(person_id) != kept:
            raise WrongCredentialsError("the password was changed meanwhile")
        work.accounts.put_password(person_id, hashed, ports.now())
        work.accounts.end_sessions(person_id, ports.now(), except_id=except_session)
        work.commit()


def _held(work: UnitOfWork, person_id: str) -> Person:
    """To be changed: nobody else changes it meanwhile."""
    work.lock(person_lock(person_id))
    return _living(work, person_id)


def _living(work: UnitOfWork, person_id: str) -> Person:
    person = work.accounts.get_person(person_id)
    if person.is_erased:
        raise UnknownPersonError("there is no such account")
    return person


def _check_roles(roles: frozenset[Role]) -> None:
    if Role.PARTNER in roles:
        raise RolesRefusedError("a partner is a system: it gets an API key, not an account")


def _changed(ports: AccountPorts, person: Person, details: Details) -> Person:
    changes: dict[str, str] = {}
    if details.email is not None:
        changes["email"] = read_email(details.email)
    if details.phone is not None:
        changes["phone"] = read_phone(details.phone)
    for field in ("display_name", "given_name", "family_name"):
        text = getattr(details, field)
        if text is not None:
            changes[field] = read_name(text, field)
    born = check_birth_date(details.birth_date, ports.now().date()) or person.birth_date
    return replace(person, **changes, birth_date=born)  # type: ignore[arg-type]
