"""Things that exist while permissions are tested: whoever may not see them must not learn that either.

A room whose paths name things adds a line to EXISTING: the path up to the thing, and what makes one and gives its id.
"""

from __future__ import annotations

from collections.abc import Callable

from mobility.accounts.caller import SYSTEM, Role
from mobility.acts.accounts.api_keys import make_key
from mobility.acts.accounts.people import Details, add_person
from mobility.bootstrap import Services


def _person(services: Services) -> str:
    details = Details(email="existing@example.org")
    return add_person(services.accounts, SYSTEM, details, frozenset({Role.TRAVELLER})).id


def _key(services: Services) -> str:
    return make_key(services.accounts, SYSTEM, "Existing", "existing.example.org")[0].id


EXISTING: dict[str, Callable[[Services], str]] = {
    "/v1/accounts/{person}": _person,
    "/v1/api-keys/{key}": _key,
}
