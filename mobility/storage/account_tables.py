"""The tables of people, their sessions, keys and consents."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.storage.database import Base, Instant


def _person() -> Mapped[str]:
    return mapped_column(ForeignKey("person.id"), index=True)


def _person_key() -> Mapped[str]:
    return mapped_column(ForeignKey("person.id"), primary_key=True)


class PersonRow(Base):
    """One account; the columns are the fields of `mobility.accounts.person.Person`, NULL where those are empty."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    pseudonym: Mapped[str | None] = mapped_column(String(32), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(Instant)
    display_name: Mapped[str | None] = mapped_column(Text)
    given_name: Mapped[str | None] = mapped_column(Text)
    family_name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    phone: Mapped[str | None] = mapped_column(String(32))
    birth_date: Mapped[dt.date | None] = mapped_column(Date)
    erased_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class PersonRoleRow(Base):
    """One role of an account."""

    __tablename__ = "person_role"

    person_id: Mapped[str] = _person_key()
    role: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)


class PersonPasswordRow(Base):
    """The password of an account, as argon2 wrote it."""

    __tablename__ = "person_password"

    person_id: Mapped[str] = _person_key()
    hash: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[dt.datetime] = mapped_column(Instant)


class PersonIdentityRow(Base):
    """By which identity provider an account is known, and as what (OpenID Connect: iss and sub)."""

    __tablename__ = "person_identity"

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[str] = _person()
    linked_at: Mapped[dt.datetime] = mapped_column(Instant)


class PersonKeyRow(Base):
    """The sealed key that a person's identity is committed to the register with; destroyed by erasure."""

    __tablename__ = "person_key"

    person_id: Mapped[str] = _person_key()
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[dt.datetime] = mapped_column(Instant)


class BankAccountRow(Base):
    """Where a person's money goes: sealed JSON of `mobility.accounts.person.Payee`."""

    __tablename__ = "bank_account"

    person_id: Mapped[str] = _person_key()
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[dt.datetime] = mapped_column(Instant)


class LoginSessionRow(Base):
    """One sign-in; the columns are the fields of `mobility.accounts.person.LoginSession`, its id_token sealed."""

    __tablename__ = "login_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = _person()
    secret_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """NULL once it ended."""
    began_at: Mapped[dt.datetime] = mapped_column(Instant)
    expires_at: Mapped[dt.datetime] = mapped_column(Instant, index=True)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    id_token: Mapped[bytes | None] = mapped_column(LargeBinary)


class SpentTokenRow(Base):
    """A refresh token that was exchanged for the next one of its session."""

    __tablename__ = "spent_token"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("login_session.id", ondelete="CASCADE"), index=True)
    spent_at: Mapped[dt.datetime] = mapped_column(Instant)


class ApiKeyRow(Base):
    """The columns are the fields of `mobility.accounts.person.ApiKey`."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    prefix: Mapped[str] = mapped_column(String(32))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text)
    operator: Mapped[str] = mapped_column(String(253))
    made_at: Mapped[dt.datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(64))
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class ConsentRow(Base):
    """The columns are the fields of `mobility.accounts.person.Consent`. Rows are only added."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_person_id", "person_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    purpose: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(32))
    text_hash: Mapped[str] = mapped_column(String(64))
    given: Mapped[bool]
    at: Mapped[dt.datetime] = mapped_column(Instant)
