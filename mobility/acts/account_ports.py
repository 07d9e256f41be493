"""What the acts on accounts need from outside."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from mobility.accounts.caller import Role
from mobility.accounts.person import ApiKey, Consent, LoginSession, Payee, Person


class UnknownPersonError(Exception):
    """There is no account of that id."""


class EmailTakenError(Exception):
    """Another account has that e-mail address."""


class Accounts(Protocol):
    """The memory of people and what is theirs. Bank details, identity keys and what providers said are sealed."""

    def find_person(self, person_id: str) -> Person | None:
        """The account of an id, an erased one too."""
        ...

    def get_person(self, person_id: str) -> Person:
        """The same. Raises UnknownPersonError."""
        ...

    def find_by_email(self, email: str) -> Person | None:
        """The account of an e-mail address, in any capitals."""
        ...

    def list_by_phone(self, phone: str) -> list[Person]:
        """The accounts with a telephone number (E.164) that are not erased, in the order of their making."""
        ...

    def find_by_pseudonym(self, pseudonym: str) -> Person | None:
        """The account behind a pseudonym of the register; None once it is erased."""
        ...

    def list_people(self) -> list[Person]:
        """All accounts that are not erased, in the order of their making."""
        ...

    def put_person(self, person: Person) -> None:
        """Remember an account with its roles, instead of the one of its id. Raises EmailTakenError."""
        ...

    def count_role(self, role: str) -> int:
        """How many accounts have a role."""
        ...

    def find_password(self, person_id: str) -> str | None:
        """The password's hash, as the hasher wrote it."""
        ...

    def put_password(self, person_id: str, password_hash: str, at: dt.datetime) -> None:
        """Keep a password's hash instead of the one before."""
        ...

    def find_identity(self, issuer: str, subject: str) -> str | None:
        """The id of the account somebody known to an identity provider has here."""
        ...

    def put_identity(self, issuer: str, subject: str, person_id: str, at: dt.datetime) -> None:
        """Somebody known to an identity provider has this account."""
        ...

    def list_identities(self, person_id: str) -> list[tuple[str, str, dt.datetime]]:
        """By which providers, as which subjects and since when an account is known."""
        ...

    def add_session(self, session: LoginSession) -> None:
        """Begin a session."""
        ...

    def find_session(self, session_id: str) -> LoginSession | None:
        """One session."""
        ...

    def find_session_of(self, secret_hash: str) -> LoginSession | None:
        """The session a token continues."""
        ...

    def find_signed_in(self, session_id: str, at: dt.datetime) -> tuple[str, frozenset[Role]] | None:
        """Whose session it is and what they are, now; None: it ended, expired, or its person is erased."""
        ...

    def turn_session(self, secret_hash: str, new_hash: str, at: dt.datetime) -> LoginSession | None:
        """Put a new token in the place of the one that continues a session, and remember that one as spent, in one
        step of which two at once cannot both succeed. None: no session that goes on at `at` has that token."""
        ...

    def prolong_session(self, session_id: str, expires_at: dt.datetime) -> None:
        """A session goes on until another instant."""
        ...

    def find_spent(self, secret_hash: str) -> str | None:
        """The id of the session a spent token was of."""
        ...

    def end_session(self, session_id: str, at: dt.datetime) -> None:
        """End a session; what is sealed in it and its tokens are forgotten."""
        ...

    def end_sessions(self, person_id: str, at: dt.datetime, except_id: str = "") -> None:
        """End all sessions of a person, but one."""
        ...

    def list_sessions(self, person_id: str) -> list[LoginSession]:
        """All sessions of a person, the oldest first."""
        ...

    def remove_sessions_before(self, at: dt.datetime) -> int:
        """Forget sessions that expired before an instant; how many those were."""
        ...

    def add_key(self, key: ApiKey) -> None:
        """Remember an API key."""
        ...

    def find_key(self, key_id: str) -> ApiKey | None:
        """One API key."""
        ...

    def find_key_of(self, secret_hash: str) -> ApiKey | None:
        """The API key with that hash."""
        ...

    def list_keys(self) -> list[ApiKey]:
        """All API keys, the oldest first."""
        ...

    def revoke_key(self, key_id: str, at: dt.datetime) -> None:
        """An API key is of no use any more."""
        ...

    def add_consent(self, consent: Consent) -> None:
        """Remember what somebody agreed to or took back."""
        ...

    def list_consents(self, person_id: str) -> list[Consent]:
        """All that somebody agreed to and took back, the oldest first."""
        ...

    def find_payee(self, person_id: str) -> Payee | None:
        """Where a person's money goes; None: no bank details are known."""
        ...

    def put_payee(self, person_id: str, payee: Payee, at: dt.datetime) -> None:
        """Keep bank details, sealed, instead of those before."""
        ...

    def remove_payee(self, person_id: str) -> None:
        """Forget bank details."""
        ...

    def find_identity_key(self, person_id: str) -> bytes | None:
        """The key a person's identity is committed to the register with; None: never was, or destroyed."""
        ...

    def put_identity_key(self, person_id: str, key: bytes, at: dt.datetime) -> None:
        """Keep that key, sealed."""
        ...

    def empty_person(self, person_id: str, at: dt.datetime) -> None:
        """Erase a person: the row is emptied, and all else that belongs to it here is removed."""
        ...
