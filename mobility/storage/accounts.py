"""People and what is theirs."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobility.accounts.caller import Role
from mobility.accounts.person import ApiKey, Consent, LoginSession, Payee, Person
from mobility.accounts.vault import Vault
from mobility.acts.account_ports import EmailTakenError, UnknownPersonError
from mobility.storage.account_tables import (
    ApiKeyRow,
    BankAccountRow,
    ConsentRow,
    LoginSessionRow,
    PersonIdentityRow,
    PersonKeyRow,
    PersonPasswordRow,
    PersonRoleRow,
    PersonRow,
    SpentTokenRow,
)
from mobility.storage.statement import Driver, Statement

_OF_PERSON = (PersonRoleRow, PersonPasswordRow, PersonIdentityRow, PersonKeyRow, BankAccountRow, ConsentRow)


_BY: Any = bindparam("wanted")
_WITH_ROLES = select(
    PersonRow.__table__, PersonRoleRow.role
).outerjoin(  # made once: each request asks who it is
    PersonRoleRow, PersonRoleRow.person_id == PersonRow.id
)
_FIND_PERSON = Statement(_WITH_ROLES.where(PersonRow.id == _BY))
_SIGNED_IN = Statement(
    select(PersonRow.id, PersonRoleRow.role)
    .join(LoginSessionRow, LoginSessionRow.person_id == PersonRow.id)
    .outerjoin(PersonRoleRow, PersonRoleRow.person_id == PersonRow.id)
    .where(
        LoginSessionRow.id == _BY,
        LoginSessionRow.ended_at.is_(None),
        LoginSessionRow.expires_at > bindparam("at"),
        PersonRow.erased_at.is_(None),
    )
)
_FIND_BY_EMAIL = Statement(_WITH_ROLES.where(PersonRow.email == _BY))
_FIND_BY_PSEUDONYM = Statement(_WITH_ROLES.where(PersonRow.pseudonym == _BY))


class SqlAccounts:
    """Fills `mobility.acts.account_ports.Accounts`. Without a vault nothing sealed can be read or written."""

    def __init__(self, session: Session, driver: Driver, vault: Vault | None) -> None:
        self._session, self._driver, self._sealer = session, driver, vault

    def find_person(self, person_id: str) -> Person | None:
        return self._one(_FIND_PERSON, person_id)

    def get_person(self, person_id: str) -> Person:
        person = self.find_person(person_id)
        if person is None:
            raise UnknownPersonError("there is no such account")
        return person

    def find_by_email(self, email: str) -> Person | None:
        if "\0" in email:  # which PostgreSQL cannot even compare
            return None
        return self._one(_FIND_BY_EMAIL, email.lower())

    def find_by_pseudonym(self, pseudonym: str) -> Person | None:
        return self._one(_FIND_BY_PSEUDONYM, pseudonym)

    def list_people(self) -> list[Person]:
        return self._many()

    def list_by_phone(self, phone: str) -> list[Person]:
        return self._many(PersonRow.phone == phone) if phone else []

    def _many(self, *wanted: Any) -> list[Person]:
        query = select(PersonRow).where(PersonRow.erased_at.is_(None), *wanted)
        rows = self._session.scalars(query.order_by(PersonRow.created_at, PersonRow.id)).all()
        of_people = [PersonRoleRow.person_id.in_([row.id for row in rows])] if wanted else []
        roles: dict[str, set[Role]] = defaultdict(set)
        query_roles = select(PersonRoleRow.person_id, PersonRoleRow.role).where(*of_people)
        for person_id, role in self._session.execute(query_roles):
            roles[person_id].add(Role(role))
        return [_person(row, frozenset(roles[row.id])) for row in rows]

    def put_person(self, person: Person) -> None:
        try:
            with self._session.begin_nested():
                self._session.merge(_row(person))
        except IntegrityError as error:
            raise EmailTakenError("another account has this e-mail address") from error
        self._session.execute(delete(PersonRoleRow).where(PersonRoleRow.person_id == person.id))
        for role in sorted(person.roles):
            self._session.merge(PersonRoleRow(person_id=person.id, role=role.value))
        self._session.flush()

    def count_role(self, role: str) -> int:
        return self._session.scalar(select(func.count()).where(PersonRoleRow.role == role)) or 0

    def find_password(self, person_id: str) -> str | None:
        return self._session.scalar(
            select(PersonPasswordRow.hash).where(PersonPasswordRow.person_id == person_id)
        )

    def put_password(self, person_id: str, password_hash: str, at: dt.datetime) -> None:
        self._put(PersonPasswordRow(person_id=person_id, hash=password_hash, changed_at=at))

    def find_identity(self, issuer: str, subject: str) -> str | None:
        row = self._session.get(PersonIdentityRow, (issuer, subject))
        return None if row is None else row.person_id

    def put_identity(self, issuer: str, subject: str, person_id: str, at: dt.datetime) -> None:
        self._put(PersonIdentityRow(issuer=issuer, subject=subject, person_id=person_id, linked_at=at))

    def list_identities(self, person_id: str) -> list[tuple[str, str, dt.datetime]]:
        rows = self._session.scalars(
            select(PersonIdentityRow)
            .where(PersonIdentityRow.person_id == person_id)
            .order_by(PersonIdentityRow.linked_at, PersonIdentityRow.issuer)
        )
        return [(row.issuer, row.subject, row.linked_at) for row in rows]

    def add_session(self, session: LoginSession) -> None:
        values: dict[str, Any] = {field.name: getattr(session, field.name) for field in fields(LoginSession)}
        said = session.id_token.encode()
        values["id_token"] = self._vault.seal(said, f"id_token {session.id}") if said else None
        self._session.add(LoginSessionRow(**values))
        self._session.flush()

    def find_session(self, session_id: str) -> LoginSession | None:
        row = self._session.get(LoginSessionRow, session_id, populate_existing=True)
        return None if row is None else self._login_session(row)

    def find_session_of(self, secret_hash: str) -> LoginSession | None:
        row = self._session.scalar(select(LoginSessionRow).where(LoginSessionRow.secret_hash == secret_hash))
        return None if row is None else self._login_session(row)

    def find_signed_in(self, session_id: str, at: dt.datetime) -> tuple[str, frozenset[Role]] | None:
        found = self._driver.rows(_SIGNED_IN, {"wanted": session_id, "at": at})
        return (found[0][0], frozenset(Role(role) for _, role in found if role)) if found else None

    def prolong_session(self, session_id: str, expires_at: dt.datetime) -> None:
        self._session.execute(
            update(LoginSessionRow).where(LoginSessionRow.id == session_id).values(expires_at=expires_at)
        )

    def turn_session(self, secret_hash: str, new_hash: str, at: dt.datetime) -> LoginSession | None:
        # One statement decides: of two at once the second finds the token gone, on either database.
        turned = self._session.execute(
            update(LoginSessionRow)
            .where(
                LoginSessionRow.secret_hash == secret_hash,
                LoginSessionRow.ended_at.is_(None),
                LoginSessionRow.expires_at > at,
            )
            .values(secret_hash=new_hash)
            .returning(LoginSessionRow.id)
        ).scalar()
        if turned is None:
            return None
        self._session.add(SpentTokenRow(secret_hash=secret_hash, session_id=turned, spent_at=at))
        self._session.flush()
        return self.find_session(turned)

    def find_spent(self, secret_hash: str) -> str | None:
        return self._session.scalar(
            select(SpentTokenRow.session_id).where(SpentTokenRow.secret_hash == secret_hash)
        )

    def end_session(self, session_id: str, at: dt.datetime) -> None:
        self._end(LoginSessionRow.id == session_id, at)

    def end_sessions(self, person_id: str, at: dt.datetime, except_id: str = "") -> None:
        self._end((LoginSessionRow.person_id == person_id) & (LoginSessionRow.id != except_id), at)

    def list_sessions(self, person_id: str) -> list[LoginSession]:
        rows = self._session.scalars(
            select(LoginSessionRow)
            .where(LoginSessionRow.person_id == person_id)
            .order_by(LoginSessionRow.began_at, LoginSessionRow.id)
        )
        return [self._login_session(row) for row in rows]

    def remove_sessions_before(self, at: dt.datetime) -> int:
        removed = self._session.execute(
            delete(LoginSessionRow).where(LoginSessionRow.expires_at < at).returning(LoginSessionRow.id)
        )
        return len(removed.all())

    def add_key(self, key: ApiKey) -> None:
        self._session.add(ApiKeyRow(**asdict(key)))
        self._session.flush()

    def find_key(self, key_id: str) -> ApiKey | None:
        row = self._session.get(ApiKeyRow, key_id)
        return None if row is None else _record(ApiKey, row)

    def find_key_of(self, secret_hash: str) -> ApiKey | None:
        row = self._session.scalar(select(ApiKeyRow).where(ApiKeyRow.secret_hash == secret_hash))
        return None if row is None else _record(ApiKey, row)

    def list_keys(self) -> list[ApiKey]:
        rows = self._session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.made_at, ApiKeyRow.id))
        return [_record(ApiKey, row) for row in rows]

    def revoke_key(self, key_id: str, at: dt.datetime) -> None:
        self._session.execute(
            update(ApiKeyRow)
            .where(ApiKeyRow.id == key_id, ApiKeyRow.revoked_at.is_(None))
            .values(revoked_at=at)
        )

    def add_consent(self, consent: Consent) -> None:
        self._session.add(ConsentRow(**asdict(consent)))
        self._session.flush()

    def list_consents(self, person_id: str) -> list[Consent]:
        rows = self._session.scalars(
            select(ConsentRow).where(ConsentRow.person_id == person_id).order_by(ConsentRow.id)
        )
        return [_record(Consent, row) for row in rows]

    def find_payee(self, person_id: str) -> Payee | None:
        row = self._session.get(BankAccountRow, person_id)
        if row is None:
            return None
        return Payee(**json.loads(self._vault.open(row.sealed, f"payee {person_id}")))

    def put_payee(self, person_id: str, payee: Payee, at: dt.datetime) -> None:
        sealed = self._vault.seal(json.dumps(asdict(payee)).encode(), f"payee {person_id}")
        self._put(BankAccountRow(person_id=person_id, sealed=sealed, changed_at=at))

    def remove_payee(self, person_id: str) -> None:
        self._session.execute(delete(BankAccountRow).where(BankAccountRow.person_id == person_id))

    def find_identity_key(self, person_id: str) -> bytes | None:
        row = self._session.get(PersonKeyRow, person_id)
        return None if row is None else self._vault.open(row.sealed, f"identity {person_id}")

    def put_identity_key(self, person_id: str, key: bytes, at: dt.datetime) -> None:
        sealed = self._vault.seal(key, f"identity {person_id}")
        self._put(PersonKeyRow(person_id=person_id, sealed=sealed, made_at=at))

    def empty_person(self, person_id: str, at: dt.datetime) -> None:
        for table in _OF_PERSON:
            self._session.execute(delete(table).where(table.person_id == person_id))
        sessions = select(LoginSessionRow.id).where(LoginSessionRow.person_id == person_id)
        self._session.execute(delete(SpentTokenRow).where(SpentTokenRow.session_id.in_(sessions)))
        self._session.execute(delete(LoginSessionRow).where(LoginSessionRow.person_id == person_id))
        person = self.get_person(person_id)
        self._put(
            _row(Person(person_id, "", frozenset(), person.created_at, erased_at=person.erased_at or at))
        )
        self._session.expire_all()

    def reseal(self) -> int:
        """Seal anew, with the newest key, what older ones sealed; how many seals those were."""
        resealed = 0
        sealed: list[tuple[str, BankAccountRow | PersonKeyRow]] = [
            *(("payee", account) for account in self._session.scalars(select(BankAccountRow))),
            *(("identity", key) for key in self._session.scalars(select(PersonKeyRow))),
        ]
        for context, row in sealed:
            if not self._vault.is_newest(row.sealed):
                words = f"{context} {row.person_id}"
                row.sealed = self._vault.seal(self._vault.open(row.sealed, words), words)
                resealed += 1
        self._session.flush()
        return resealed

    @property
    def _vault(self) -> Vault:
        if self._sealer is None:
            raise RuntimeError("begin units of work with units_of_work(engine, vault) to read what is sealed")
        return self._sealer

    def _one(self, statement: Statement, wanted: str) -> Person | None:
        found = self._driver.rows(statement, {"wanted": wanted})
        return _person(found[0], frozenset(Role(row.role) for row in found if row.role)) if found else None

    def _put(self, row: Any) -> None:
        self._session.merge(row)
        self._session.flush()

    def _end(self, condition: Any, at: dt.datetime) -> None:
        ending = select(LoginSessionRow.id).where(condition)
        self._session.execute(delete(SpentTokenRow).where(SpentTokenRow.session_id.in_(ending)))
        self._session.execute(
            update(LoginSessionRow)
            .where(condition, LoginSessionRow.ended_at.is_(None))
            .values(ended_at=at, secret_hash=None, id_token=None)
        )

    def _login_session(self, row: LoginSessionRow) -> LoginSession:
        values = {field.name: getattr(row, field.name) for field in fields(LoginSession)}
        values["secret_hash"] = row.secret_hash or ""
        sealed = values["id_token"]
        values["id_token"] = self._vault.open(sealed, f"id_token {row.id}").decode() if sealed else ""
        return LoginSession(**values)


def _row(person: Person) -> PersonRow:
    values = {field.name: getattr(person, field.name) or None for field in fields(Person)}
    del values["roles"]
    return PersonRow(**values | {"email": person.email.lower() or None})


def _person(row: Any, roles: frozenset[Role]) -> Person:
    return Person(
        id=row.id,
        pseudonym=row.pseudonym or "",
        roles=roles,
        created_at=row.created_at,
        display_name=row.display_name or "",
        given_name=row.given_name or "",
        family_name=row.family_name or "",
        email=row.email or "",
        phone=row.phone or "",
        birth_date=row.birth_date,
        erased_at=row.erased_at,
    )


def _record(kind: type[Any], row: Any) -> Any:
    return kind(**{field.name: getattr(row, field.name) for field in fields(kind)})
