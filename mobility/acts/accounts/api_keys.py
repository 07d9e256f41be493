"""Keys of partner systems: made, listed, revoked by administrators."""

from __future__ import annotations

import re

from mobility.accounts.caller import Caller, Permission
from mobility.accounts.details import DetailError, read_name
from mobility.accounts.opaque_tokens import SHOWN, TokenKind, hash_token, new_token
from mobility.accounts.person import ApiKey
from mobility.acts.accounts.ports import AccountPorts

_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class UnknownKeyError(Exception):
    """There is no API key of that id."""


def make_key(ports: AccountPorts, caller: Caller, name: str, operator: str) -> tuple[ApiKey, str]:
    """A new key for a partner, and the key itself, which nobody can show again.

    `operator`: the partner's domain name. Raises ForbiddenError and DetailError.
    """
    caller.require(Permission.MANAGE_ACCOUNTS)
    name = read_name(name, "name")
    if not name:
        raise DetailError("name", "Donnez un nom à la clé.", "Give the key a name.")
    operator = operator.strip().lower()
    if not _DOMAIN.fullmatch(operator):
        raise DetailError(
            "operator",
            "L’opérateur est un nom de domaine, comme covoiturage.exemple.fr.",
            "The operator is a domain name, such as carpool.example.org.",
        )
    token = new_token(TokenKind.API_KEY)
    key = ApiKey(ports.new_id(), token[:SHOWN], hash_token(token), name, operator, ports.now(), caller.person)
    with ports.unit_of_work() as work:
        work.accounts.add_key(key)
        work.commit()
    return key, token


def list_keys(ports: AccountPorts, caller: Caller) -> list[ApiKey]:
    """All keys, revoked ones too. Raises ForbiddenError."""
    caller.require(Permission.MANAGE_ACCOUNTS)
    with ports.unit_of_work(read_only=True) as work:
        return work.accounts.list_keys()


def revoke_key(ports: AccountPorts, caller: Caller, key_id: str) -> ApiKey:
    """A key is refused from now on. Raises ForbiddenError and UnknownKeyError."""
    caller.require(Permission.MANAGE_ACCOUNTS)
    with ports.unit_of_work() as work:
        if work.accounts.find_key(key_id) is None:
            raise UnknownKeyError("there is no such key")
        work.accounts.revoke_key(key_id, ports.now())
        found = work.accounts.find_key(key_id)
        work.commit()
    assert found is not None
    return found
