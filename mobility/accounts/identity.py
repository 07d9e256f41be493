"""Who somebody is, as the register commits to it without telling it (`ticketing.commitment`)."""

from __future__ import annotations

from mobility.accounts.person import Person
from ticketing.commitment import KEY_BYTES, commit_identity

__all__ = ["KEY_BYTES", "commitment", "identity_of"]


def identity_of(person: Person) -> dict[str, str]:
    """What a `person` entry commits to; what is not known is empty."""
    return {
        "birth_date": "" if person.birth_date is None else person.birth_date.isoformat(),
        "family_name": person.family_name,
        "given_name": person.given_name,
        "phone": person.phone,
    }


def commitment(key: bytes, person: Person) -> str:
    """What the register holds: 64 hex digits."""
    return commit_identity(key, identity_of(person))
