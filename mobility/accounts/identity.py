"""Committing to somebody's identity without telling it.

The register names people by pseudonyms. So that it can be proven later who a pseudonym was, an entry commits to the
identity: HMAC-SHA256 (RFC 2104) of its canonical form with a random key of that person's own. Without the key names
and numbers cannot be tried one after the other; with it (and the identity) anybody can check. Destroying the key makes
the entry mean nothing, and leaves the chain as it is.
"""

from __future__ import annotations

import hmac
import json

from mobility.accounts.person import Person

KEY_BYTES = 32


def canonical_identity(person: Person) -> bytes:
    """The identity as bytes: JSON with sorted keys, no spaces, UTF-8 (RFC 8785)."""
    parts = {
        "birth_date": "" if person.birth_date is None else person.birth_date.isoformat(),
        "family_name": person.family_name,
        "given_name": person.given_name,
        "phone": person.phone,
    }
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def commitment(key: bytes, person: Person) -> str:
    """What the register holds: 64 hex digits."""
    return hmac.digest(key, canonical_identity(person), "sha256").hex()
