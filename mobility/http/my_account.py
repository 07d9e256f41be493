"""`/v1/me…`: what people see and change about themselves."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from mobility.accounts.bank_details import masked_iban
from mobility.accounts.caller import Caller
from mobility.accounts.consents import consent_texts
from mobility.accounts.person import Payee, Person
from mobility.acts.accounts import bank_account, consents, people
from mobility.acts.accounts.personal_data import erase_person, export_person
from mobility.acts.accounts.ports import AccountPorts
from mobility.http.account_schemas import (
    BankAccountAnswered,
    BankAccountAsked,
    ConsentAnswered,
    ConsentAsked,
    ConsentsAnswered,
    ConsentTextAnswered,
    DetailsAsked,
    ErasureAsked,
    PasswordChangeAsked,
    PersonAnswered,
)
from mobility.http.problems import Problem
from mobility.http.who import Who, people_only


def person_answer(person: Person) -> PersonAnswered:
    """A person, as they and administrators see them."""
    return PersonAnswered(
        id=person.id,
        roles=sorted(person.roles),
        email=person.email,
        display_name=person.display_name,
        given_name=person.given_name,
        family_name=person.family_name,
        phone=person.phone,
        birth_date=person.birth_date,
        created_at=person.created_at,
    )


def my_account_router(ports: AccountPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/me", tags=["accounts"])
    person = people_only(who)

    @router.get("", summary="One's own account")
    def show(caller: Caller = Depends(person)) -> PersonAnswered:
        return person_answer(people.get_account(ports, caller, caller.person))

    @router.patch("", summary="Change one's own account")
    def change(asked: DetailsAsked, caller: Caller = Depends(person)) -> PersonAnswered:
        return person_answer(people.change_details(ports, caller, people.Details(**asked.model_dump())))

    @router.delete("", status_code=204, summary="Erase one's own account, for good")
    def erase(asked: ErasureAsked, caller: Caller = Depends(person)) -> None:
        """Refused while money is owed or a ride is ahead. Ended sessions are refused from then on."""
        confirm_erasure(people.get_account(ports, caller, caller.person), asked)
        erase_person(ports, caller, caller.person)

    @router.post("/password", status_code=204, summary="Change one's password; other sessions end")
    def change_password(asked: PasswordChangeAsked, caller: Caller = Depends(person)) -> None:
        people.change_password(ports, caller, asked.old_password, asked.new_password)

    @router.post("/driver", summary="Become a driver")
    def become_driver(caller: Caller = Depends(person)) -> PersonAnswered:
        return person_answer(people.become_driver(ports, caller))

    @router.get("/data", summary="Everything that is kept about oneself")
    def export(caller: Caller = Depends(person)) -> dict[str, Any]:
        return export_person(ports, caller, caller.person)

    @router.get("/consents", summary="What one is asked, and what one said")
    def show_consents(caller: Caller = Depends(person)) -> ConsentsAnswered:
        return ConsentsAnswered(
            texts=[
                ConsentTextAnswered(
                    purpose=text.purpose, version=text.version, fr=text.french, en=text.english
                )
                for text in consent_texts().values()
            ],
            history=[_consent(consent) for consent in consents.list_consents(ports, caller)],
        )

    @router.post("/consents", status_code=201, summary="Agree, or take it back")
    def give_consent(asked: ConsentAsked, caller: Caller = Depends(person)) -> ConsentAnswered:
        return _consent(consents.give_consent(ports, caller, asked.purpose, asked.version, asked.given))

    _bank_account_routes(router, ports, person)
    return router


def _bank_account_routes(router: APIRouter, ports: AccountPorts, person: Who) -> None:
    @router.get("/bank-account", summary="Where one's money goes, masked")
    def show_bank_account(caller: Caller = Depends(person)) -> BankAccountAnswered:
        payee = bank_account.find_bank_account(ports, caller)
        if payee is None:
            raise Problem(
                404,
                "not-found",
                "Aucune coordonnée bancaire n’est enregistrée.",
                "No bank details are kept.",
            )
        return _masked(payee)

    @router.put("/bank-account", summary="Say where one's money is to go")
    def put_bank_account(asked: BankAccountAsked, caller: Caller = Depends(person)) -> BankAccountAnswered:
        return _masked(bank_account.put_bank_account(ports, caller, asked.name, asked.iban, asked.bic))

    @router.delete("/bank-account", status_code=204, summary="Forget one's bank details")
    def remove_bank_account(caller: Caller = Depends(person)) -> None:
        bank_account.remove_bank_account(ports, caller)


def confirm_erasure(person: Person, asked: ErasureAsked) -> None:
    """Raises Problem unless the address is the account's."""
    if asked.email.strip().lower() != person.email:
        raise Problem(
            422,
            "bad-parameter",
            "Ce n’est pas l’adresse de ce compte : rien n’a été effacé.",
            "This is not the account's address: nothing was erased.",
            field="email",
        )


def _masked(payee: Payee) -> BankAccountAnswered:
    return BankAccountAnswered(name=payee.name, iban=masked_iban(payee.iban), bic=payee.bic)


def _consent(consent: Any) -> ConsentAnswered:
    return ConsentAnswered(
        purpose=consent.purpose, version=consent.version, given=consent.given, at=consent.at
    )
