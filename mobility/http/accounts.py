"""`/v1/accounts` and `/v1/api-keys`: what administrators do."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from mobility.accounts.caller import Caller
from mobility.accounts.person import ApiKey
from mobility.acts.accounts import api_keys, people
from mobility.acts.accounts.personal_data import erase_person, export_person
from mobility.acts.accounts.ports import AccountPorts
from mobility.http.account_schemas import (
    KeyAnswered,
    KeyAsked,
    NewKeyAnswered,
    PasswordAsked,
    PersonAnswered,
    PersonAsked,
    RolesAsked,
)
from mobility.http.my_account import person_answer
from mobility.http.who import Who


def accounts_router(ports: AccountPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", tags=["administration"])

    @router.get("/accounts", summary="All accounts")
    def list_accounts(caller: Caller = Depends(who)) -> list[PersonAnswered]:
        return [person_answer(person) for person in people.list_people(ports, caller)]

    @router.post("/accounts", status_code=201, summary="Make an account")
    def add_account(asked: PersonAsked, caller: Caller = Depends(who)) -> PersonAnswered:
        details = people.Details(**asked.model_dump(exclude={"password", "roles"}))
        roles = frozenset(asked.roles)
        return person_answer(people.add_person(ports, caller, details, roles, asked.password or ""))

    @router.get("/accounts/{person}", summary="An account")
    def show_account(person: str, caller: Caller = Depends(who)) -> PersonAnswered:
        return person_answer(people.get_account(ports, caller, person))

    @router.delete("/accounts/{person}", status_code=204, summary="Erase an account, for good")
    def erase_account(person: str, caller: Caller = Depends(who)) -> None:
        """Refused while money is owed or a ride is ahead, and of the last administrator."""
        erase_person(ports, caller, person)

    @router.put("/accounts/{person}/roles", summary="Say what somebody is")
    def set_roles(person: str, asked: RolesAsked, caller: Caller = Depends(who)) -> PersonAnswered:
        """Counts from the person's next request on."""
        return person_answer(people.set_roles(ports, caller, person, frozenset(asked.roles)))

    @router.put("/accounts/{person}/password", status_code=204, summary="Give somebody a new password")
    def set_password(person: str, asked: PasswordAsked, caller: Caller = Depends(who)) -> None:
        """All their sessions end."""
        people.set_password(ports, caller, person, asked.password)

    @router.get("/accounts/{person}/data", summary="Everything that is kept about somebody")
    def export_account(person: str, caller: Caller = Depends(who)) -> dict[str, Any]:
        return export_person(ports, caller, person)

    @router.get("/api-keys", summary="The keys of partner systems")
    def list_keys(caller: Caller = Depends(who)) -> list[KeyAnswered]:
        return [KeyAnswered(**_key(key)) for key in api_keys.list_keys(ports, caller)]

    @router.post("/api-keys", status_code=201, summary="Make a key for a partner system")
    def make_key(asked: KeyAsked, caller: Caller = Depends(who)) -> NewKeyAnswered:
        key, token = api_keys.make_key(ports, caller, asked.name, asked.operator)
        return NewKeyAnswered(**_key(key), key=token)

    @router.delete("/api-keys/{key}", summary="Revoke a key")
    def revoke_key(key: str, caller: Caller = Depends(who)) -> KeyAnswered:
        return KeyAnswered(**_key(api_keys.revoke_key(ports, caller, key)))

    return router


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "prefix": key.prefix,
        "name": key.name,
        "operator": key.operator,
        "made_at": key.made_at,
        "revoked_at": key.revoked_at,
    }
