"""People and what is theirs, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from mobility.accounts.caller import Role
from mobility.accounts.person import ApiKey, Consent, LoginSession, Payee, Person
from mobility.accounts.vault import SealError, Vault
from mobility.acts.account_ports import EmailTakenError, UnknownPersonError
from mobility.storage.unit_of_work import SqlUnitOfWork, units_of_work
from tests.contracts.conftest import NOW

Begin = Callable[..., SqlUnitOfWork]

VAULT = Vault(bytes(32))
ANNE = Person(
    id="a" * 32,
    pseudonym="1" * 32,
    roles=frozenset({Role.TRAVELLER, Role.DRIVER}),
    created_at=NOW,
    display_name="Anne",
    given_name="Anne",
    family_name="Durand",
    email="anne@example.org",
    phone="+33612345678",
    birth_date=dt.date(1990, 2, 28),
)
PAYEE = Payee("Anne Durand", "FR7630006000011234567890189", "AGRIFRPP")
SESSION = LoginSession("s1", ANNE.id, "h1", NOW, NOW + dt.timedelta(days=1), id_token="said.by.them")


@pytest.fixture
def begin(engine: Engine) -> Begin:
    return units_of_work(engine, VAULT)


def test_a_person_comes_back_as_they_went_in(begin: Begin) -> None:
    ben = Person("b" * 32, "2" * 32, frozenset(), NOW)
    with begin() as work:
        work.accounts.put_person(ANNE)
        work.accounts.put_person(ben)
        work.commit()
    with begin(read_only=True) as work:
        accounts = work.accounts
        assert accounts.find_person(ANNE.id) == ANNE == accounts.find_by_email("Anne@Example.org")
        assert accounts.find_by_pseudonym(ANNE.pseudonym) == ANNE
        assert accounts.list_people() == [ANNE, ben]
        assert accounts.find_person("nobody") is None
        assert accounts.find_by_email("") is None
        with pytest.raises(UnknownPersonError):
            accounts.get_person("nobody")
        assert (accounts.count_role("driver"), accounts.count_role("administrator")) == (1, 0)


def test_an_address_is_one_persons(begin: Begin) -> None:
    with begin() as work:
        work.accounts.put_person(ANNE)
        with pytest.raises(EmailTakenError):
            work.accounts.put_person(replace(ANNE, id="b" * 32, pseudonym="2" * 32, email="ANNE@example.org"))
        work.accounts.put_person(replace(ANNE, roles=frozenset({Role.AUDITOR})))
        assert work.accounts.list_people() == [replace(ANNE, roles=frozenset({Role.AUDITOR}))]


def test_a_token_turns_once(begin: Begin) -> None:
    with begin() as work:
        work.accounts.put_person(ANNE)
        work.accounts.add_session(SESSION)
        turned = work.accounts.turn_session("h1", "h2", NOW)
        assert turned == replace(SESSION, secret_hash="h2")
        assert work.accounts.turn_session("h1", "h3", NOW) is None
        assert (work.accounts.find_spent("h1"), work.accounts.find_spent("h2")) == ("s1", None)
        assert work.accounts.turn_session("h2", "h3", SESSION.expires_at) is None
        work.accounts.end_session("s1", NOW)
        assert work.accounts.turn_session("h2", "h3", NOW) is None
        assert work.accounts.find_session("s1") == replace(SESSION, secret_hash="", ended_at=NOW, id_token="")
        assert work.accounts.remove_sessions_before(SESSION.expires_at + dt.timedelta(seconds=1)) == 1
        assert work.accounts.list_sessions(ANNE.id) == []


def test_sessions_end_but_one(begin: Begin) -> None:
    with begin() as work:
        work.accounts.put_person(ANNE)
        for number in range(3):
            work.accounts.add_session(replace(SESSION, id=f"s{number}", secret_hash=f"h{number}"))
        work.accounts.end_sessions(ANNE.id, NOW, except_id="s1")
        assert [session.ended_at for session in work.accounts.list_sessions(ANNE.id)] == [NOW, None, NOW]


def test_what_is_sealed_can_be_read_with_its_keys_alone(engine: Engine, begin: Begin) -> None:
    with begin() as work:
        work.accounts.put_person(ANNE)
        work.accounts.put_payee(ANNE.id, PAYEE, NOW)
        work.accounts.put_identity_key(ANNE.id, b"k" * 32, NOW)
        work.commit()
    rotated = Vault(bytes(32), b"n" * 32)
    with units_of_work(engine, rotated)() as work:
        assert work.accounts.find_payee(ANNE.id) == PAYEE
        assert work.accounts.reseal() == 2
        assert work.accounts.reseal() == 0
        work.commit()
    with begin() as work, pytest.raises(SealError):
        work.accounts.find_payee(ANNE.id)
    with units_of_work(engine, Vault(b"n" * 32))() as work:
        assert work.accounts.find_payee(ANNE.id) == PAYEE
        assert work.accounts.find_identity_key(ANNE.id) == b"k" * 32
        work.accounts.remove_payee(ANNE.id)
        assert work.accounts.find_payee(ANNE.id) is None


def test_an_emptied_person_leaves_an_empty_row(begin: Begin) -> None:
    with begin() as work:
        accounts = work.accounts
        accounts.put_person(ANNE)
        accounts.put_password(ANNE.id, "$argon2id$…", NOW)
        accounts.put_identity("https://idp.example", "sub", ANNE.id, NOW)
        accounts.put_payee(ANNE.id, PAYEE, NOW)
        accounts.put_identity_key(ANNE.id, b"k" * 32, NOW)
        accounts.add_session(SESSION)
        accounts.turn_session("h1", "h2", NOW)
        accounts.add_consent(Consent(ANNE.id, "open-data", "1", "0" * 64, True, NOW))
        assert accounts.find_identity("https://idp.example", "sub") == ANNE.id
        assert accounts.list_identities(ANNE.id) == [("https://idp.example", "sub", NOW)]
        assert len(accounts.list_consents(ANNE.id)) == 1
        accounts.empty_person(ANNE.id, NOW)
        work.commit()
    with begin() as work:
        accounts = work.accounts
        assert accounts.find_person(ANNE.id) == Person(ANNE.id, "", frozenset(), NOW, erased_at=NOW)
        assert accounts.list_people() == accounts.list_sessions(ANNE.id) == []
        assert accounts.list_consents(ANNE.id) == accounts.list_identities(ANNE.id) == []
        assert accounts.find_password(ANNE.id) is accounts.find_payee(ANNE.id) is None
        assert accounts.find_identity_key(ANNE.id) is None
        accounts.put_person(replace(ANNE, id="c" * 32))


def test_keys_are_found_by_their_hash(begin: Begin) -> None:
    key = ApiKey("k1", "mob_abc", "f" * 64, "Partner", "partner.example", NOW, "someone")
    with begin() as work:
        work.accounts.add_key(key)
        assert work.accounts.find_key_of("f" * 64) == work.accounts.find_key("k1") == key
        work.accounts.revoke_key("k1", NOW)
        work.accounts.revoke_key("k1", NOW + dt.timedelta(days=1))
        work.commit()
    with begin() as work:
        assert work.accounts.list_keys() == [replace(key, revoked_at=NOW)]
