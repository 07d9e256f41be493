"""A person with an account: what is known of them, and what they are here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from mobility.accounts.caller import Role

ADULT_AGE = 18


@dataclass(frozen=True, slots=True)
class Person:
    """One account. After erasure nothing is left but `id`, `created_at` and `erased_at`; the rest is empty."""

    id: str
    """32 hex digits; never leaves this application except to the person."""
    pseudonym: str
    """32 random hex digits: who it is in facts, register and exports. "" once erased: then only the register has it."""
    roles: frozenset[Role]
    created_at: dt.datetime
    display_name: str = ""
    """As other travellers see it."""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    """In small letters, unique; "": none."""
    phone: str = ""
    """E.164, such as "+33612345678"; "": none."""
    birth_date: dt.date | None = None
    """None: not known, which is not the same as adult."""
    erased_at: dt.datetime | None = None

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    def is_adult_on(self, day: dt.date) -> bool | None:
        """Whether the person is of age on a day (in Europe/Paris); None: not known."""
        if self.birth_date is None:
            return None
        had_birthday = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (0 if had_birthday else 1) >= ADULT_AGE


@dataclass(frozen=True, slots=True)
class Payee:
    """Where somebody's money goes. The IBAN is compact (no spaces)."""

    name: str
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class LoginSession:
    """One sign-in, from its login to its end: the family of its refresh tokens, or one browser's cookie."""

    id: str
    person_id: str
    secret_hash: str
    """SHA-256 (hex) of the token that continues it."""
    began_at: dt.datetime
    expires_at: dt.datetime
    ended_at: dt.datetime | None = None
    id_token: str = field(default="", repr=False)
    """What the identity provider said, for signing out there too; "" of a local login."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """The key of a partner system. The key itself is shown once and never kept."""

    id: str
    prefix: str
    """How it begins: what is shown to tell it from others."""
    secret_hash: str
    """SHA-256 (hex) of the whole key."""
    name: str
    operator: str
    """The partner's domain name, as standard covoiturage names operators."""
    made_at: dt.datetime
    made_by: str
    revoked_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody agreed to something, or took that back. Never changed: the newest of a purpose counts."""

    person_id: str
    purpose: str
    version: str
    """Of the text that was shown."""
    text_hash: str
    """SHA-256 (hex) of it."""
    given: bool
    at: dt.datetime
