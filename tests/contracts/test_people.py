"""What people are and say about themselves, and that all of it goes when they do: on both databases, races included."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from mobility.accounts.caller import SYSTEM, Caller, ForbiddenError, Role
from mobility.accounts.consents import has_consented
from mobility.accounts.details import DetailError
from mobility.accounts.identity import commitment
from mobility.accounts.person import Person
from mobility.acts.account_ports import EmailTakenError, UnknownPersonError
from mobility.acts.accounts import bank_account, consents, people
from mobility.acts.accounts.demo_people import seed_demo_people
from mobility.acts.accounts.personal_data import AccountData, StillNeededError, erase_person, export_person
from mobility.acts.accounts.ports import Obstacle
from mobility.acts.accounts.sign_in import (
    SessionEndedError,
    WrongCredentialsError,
    authenticate,
    refresh,
    sign_in,
)
from mobility.acts.record import record
from mobility.storage.database import Base
from tests.contracts.account_house import ANNE, IBAN, PASSWORD, House, open_house
from tests.contracts.at_once import at_once
from tests.contracts.conftest import NOW
from ticketing.register import chain_hash


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    return open_house(engine, tmp_path)


def test_roles_count_from_the_next_request_on(house: House) -> None:
    anne = house.add("anne@example.org", Role.OPERATOR)
    tokens = sign_in(house.ports, "anne@example.org", PASSWORD, "")
    people.set_roles(house.ports, SYSTEM, anne.person, frozenset({Role.AUDITOR}))
    caller = authenticate(house.ports, tokens.access_token, "")
    assert caller is not None
    assert caller.roles == {Role.AUDITOR}
    with pytest.raises(people.RolesRefusedError):
        people.set_roles(house.ports, SYSTEM, anne.person, frozenset({Role.PARTNER}))
    with pytest.raises(ForbiddenError):
        people.set_roles(house.ports, caller, anne.person, frozenset({Role.ADMINISTRATOR}))


def test_nobody_removes_the_last_administrator(house: House) -> None:
    first, second = (house.add(f"{name}@example.org", Role.ADMINISTRATOR) for name in ("a", "b"))

    def demote(who: Caller) -> Person:
        return people.set_roles(house.ports, SYSTEM, who.person, frozenset())

    answers = at_once(lambda: demote(first), lambda: demote(second))
    assert sorted(isinstance(answer, people.LastAdministratorError) for answer in answers) == [False, True]
    left = first if isinstance(answers[0], people.LastAdministratorError) else second
    with pytest.raises(people.LastAdministratorError):
        erase_person(house.ports, left, left.person)


def test_what_a_person_changes_does_not_bring_old_roles_back(house: House) -> None:
    anne = house.add("anne@example.org", Role.OPERATOR)
    for number in range(5):
        people.set_roles(house.ports, SYSTEM, anne.person, frozenset({Role.OPERATOR}))
        name = people.Details(display_name=f"Annie {number}")
        at_once(
            lambda: people.set_roles(house.ports, SYSTEM, anne.person, frozenset()),
            lambda: people.change_details(house.ports, anne, name),  # noqa: B023
        )
        person = people.get_account(house.ports, SYSTEM, anne.person)
        assert (person.roles, person.display_name) == (frozenset(), name.display_name)


def test_two_who_sign_up_with_one_address(house: House) -> None:
    answers = at_once(*[lambda: people.sign_up(house.ports, ANNE, PASSWORD, "")] * 2)
    assert sorted(type(answer) for answer in answers if isinstance(answer, Exception)) == [EmailTakenError]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("email", "a@b"),
        ("email", "é" * 260 + "@example.org"),
        ("phone", "12"),
        ("phone", "+33 6 12 34 56 7"),
        ("given_name", "<script>"),
        ("family_name", "x" * 101),
        ("birth_date", dt.date(2031, 1, 1)),
        ("birth_date", dt.date(1850, 1, 1)),
    ],
)
def test_what_does_not_fit_is_refused_by_name(house: House, field: str, value: object) -> None:
    with pytest.raises(DetailError) as refused:
        people.sign_up(house.ports, replace(ANNE, **{field: value}), PASSWORD, "")  # type: ignore[arg-type]
    assert refused.value.field == field
    with house.ports.unit_of_work(read_only=True) as work:
        assert work.accounts.list_people() == []


def test_consents_are_only_added(house: House) -> None:
    anne = house.add("anne@example.org", Role.TRAVELLER)
    consents.give_consent(house.ports, anne, "contact", "1", True)
    house.clock.tick(1)
    assert has_consented(consents.list_consents(house.ports, anne), "contact")
    consents.give_consent(house.ports, anne, "contact", "1", False)
    said = consents.list_consents(house.ports, anne)
    assert [consent.given for consent in said] == [True, False]
    assert not has_consented(said, "contact")
    assert not has_consented([replace(said[0], text_hash="0" * 64)], "contact"), "the text has changed"
    for purpose, version in (("contact", "0"), ("anything", "1")):
        with pytest.raises(DetailError):
            consents.give_consent(house.ports, anne, purpose, version, True)


def test_bank_details_are_the_persons_own(house: House) -> None:
    driver = house.add("anne@example.org", Role.DRIVER)
    bank_account.put_bank_account(house.ports, driver, "Anne Durand", "FR76 3000 6000 0112 3456 7890 189")
    with house.ports.unit_of_work(read_only=True) as work:
        payee = work.accounts.find_payee(driver.person)
    assert payee is not None
    assert (payee.name, payee.iban, payee.bic) == ("Anne Durand", IBAN, "AGRIFRPPXXX")
    with pytest.raises(ForbiddenError):
        bank_account.put_bank_account(house.ports, house.add("t@example.org"), "T", IBAN)
    for iban in ("FR7630006000011234567890188", "TR330006100519786457841326", ""):
        with pytest.raises(DetailError):
            bank_account.put_bank_account(house.ports, driver, "Anne Durand", iban)
    bank_account.remove_bank_account(house.ports, driver)
    assert bank_account.find_bank_account(house.ports, driver) is None


def register_entries(house: House, kind: str) -> list[dict[str, Any]]:
    with house.ports.unit_of_work(read_only=True) as work:
        return [json.loads(entry.body) for entry in work.register.list_entries(kinds=(kind,))]


def test_a_driver_is_committed_to_once(house: House) -> None:
    anne = house.add("anne@example.org", Role.TRAVELLER)
    answers = at_once(*[lambda: people.become_driver(house.ports, anne)] * 2)
    assert [type(answer) for answer in answers] == [Person, Person]
    person = answers[0]
    (entry,) = register_entries(house, "person")
    with house.ports.unit_of_work(read_only=True) as work:
        key = work.accounts.find_identity_key(person.id)
    assert key is not None
    assert entry == {"person": person.pseudonym, "commitment": commitment(key, person)}
    assert commitment(key, replace(person, family_name="Durand")) != entry["commitment"]
    people.change_details(house.ports, anne, people.Details(display_name="A"))
    assert len(register_entries(house, "person")) == 1
    changed = people.change_details(house.ports, anne, people.Details(phone="06 98 76 54 32"))
    assert register_entries(house, "person")[1]["commitment"] == commitment(key, changed)
    nameless = people.add_person(house.ports, SYSTEM, people.Details("n@example.org"), frozenset())
    with pytest.raises(DetailError, match="first name"):
        people.become_driver(house.ports, Caller(nameless.id))


def everything_in(engine: Engine) -> str:
    """All rows of all tables, as a dump would hold them."""
    rows = []
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(text(f'SELECT * FROM "{table.name}"')):
                rows.append(
                    " ".join(
                        bytes(value).decode("latin-1")
                        if isinstance(value, bytes | memoryview)
                        else str(value)
                        for value in row
                    )
                )
    return "\n".join(rows)


def test_an_erased_driver_is_nowhere_and_the_register_still_verifies(house: House) -> None:
    driver = house.add("Anne.Durand@example.org", Role.TRAVELLER, Role.DRIVER)
    other = house.add("other@example.org")
    people.set_password(house.ports, SYSTEM, other.person, PASSWORD)
    bank_account.put_bank_account(house.ports, driver, "Anne Dürand-Lefèvre", IBAN)
    consents.give_consent(house.ports, driver, "contact", "1", True)
    tokens = sign_in(house.ports, "anne.durand@example.org", PASSWORD, "")
    refreshed = refresh(house.ports, tokens.refresh_token, "")
    exported = export_person(house.ports, driver, driver.person)["account"]
    pseudonym = exported["pseudonym"]
    secrets = [
        "Dürand",
        "Lefèvre",
        "D\\u00fcrand",
        "33612345678",
        "anne.durand",
        IBAN,
        IBAN[4:14],
        "1990-02-28",
    ]
    before = everything_in(house.engine)
    assert [secret for secret in secrets[:1] if secret in before], "the control: it was there"
    people.change_details(house.ports, other, people.Details(None, "", "", "Other", "", None))
    with house.ports.unit_of_work() as work:
        work.accounts.put_person(replace(work.accounts.get_person(other.person), birth_date=None))
        work.commit()
    erase_person(house.ports, driver, driver.person)
    after = everything_in(house.engine)
    assert [secret for secret in secrets if secret.lower() in after.lower()] == []
    rows = [line for line in after.splitlines() if pseudonym in line]
    assert len(rows) == 1, "the pseudonym is in the register and nowhere else"
    assert authenticate(house.ports, refreshed.access_token, "") is None
    with pytest.raises(SessionEndedError):
        refresh(house.ports, refreshed.refresh_token, "")
    with pytest.raises(UnknownPersonError):
        erase_person(house.ports, driver, driver.person)
    with house.ports.unit_of_work() as work:
        assert work.accounts.find_by_pseudonym(pseudonym) is None
        assert work.accounts.find_payee(driver.person) is None
        assert work.accounts.find_identity_key(driver.person) is None
        record(work, "person", {"person": "0" * 32, "commitment": "0" * 64}, house.clock())
        previous = bytes(32)
        for entry in work.register.list_entries():
            assert entry.hash == chain_hash(
                previous, entry.seq, entry.period, entry.kind, entry.at, entry.body
            )
            previous = entry.hash
        assert entry.seq == 3


def test_the_file_of_an_embedded_database_forgets_too(house: House) -> None:
    """Not only the rows: what was deleted is overwritten, and the log emptied."""
    database = house.engine.url.database
    if house.engine.dialect.name != "sqlite" or database is None:
        pytest.skip("a file is read: PostgreSQL's pages are vacuumed by itself, dumps hold rows alone")
    driver = house.add("anne.durand@example.org", Role.DRIVER)
    bank_account.put_bank_account(house.ports, driver, "Anne Durand", IBAN)
    erase_person(house.ports, driver, driver.person)
    house.engine.dispose()
    content = b"".join(path.read_bytes() for path in Path(database).parent.glob("test.sqlite*"))
    assert [word for word in (b"anne.durand", "Dürand".encode(), b"33612345678") if word in content] == []


def test_who_is_still_needed_is_not_erased(house: House) -> None:
    driver = house.add("anne@example.org", Role.DRIVER)

    class Rides:
        section = "rides"
        erased: list[str] = []  # noqa: RUF012

        def export(self, work: Any, person_id: str) -> Any:
            return [person_id]

        def list_obstacles(self, work: Any, person_id: str, at: dt.datetime) -> list[Obstacle]:
            return [Obstacle("Un trajet est prévu.", "A ride is ahead.")] if not self.erased else []

        def erase(self, work: Any, person_id: str, at: dt.datetime) -> None:
            assert work.accounts.get_person(person_id).email == "anne@example.org", "accounts go last"
            self.erased.append(person_id)

    ports = replace(house.ports, personal_data=(AccountData(), Rides()))
    with pytest.raises(StillNeededError, match="A ride is ahead") as refused:
        erase_person(ports, driver, driver.person)
    assert refused.value.french == "Un trajet est prévu."
    assert export_person(ports, driver, driver.person)["rides"] == [driver.person]
    Rides.erased.append("the ride was driven")
    erase_person(ports, driver, driver.person)
    assert Rides.erased[-1] == driver.person


def test_who_is_owed_money_is_not_erased(house: House) -> None:
    driver = house.add("anne@example.org", Role.DRIVER)
    person = people.get_account(house.ports, SYSTEM, driver.person)
    for owed_cents, words in ((330, "3.30 € are still owed to you"), (-120, "1.20 € too much")):

        class Ledger:
            def balance(self, account: str) -> int:
                assert account == f"driver:{person.pseudonym}"
                return -owed_cents  # noqa: B023

        with house.ports.unit_of_work() as work:
            work.ledger = Ledger()  # type: ignore[assignment]
            (obstacle,) = AccountData().list_obstacles(work, driver.person, NOW)
        assert words in obstacle.english


def test_the_demos_people_are_there_once(house: House) -> None:
    first, password = seed_demo_people(house.ports)
    again, other = seed_demo_people(house.ports)
    assert [person.id for person in first] == [person.id for person in again]
    assert password != other
    assert {role for person in first for role in person.roles} == set(Role) - {Role.PARTNER}
    for person in again:
        tokens = sign_in(house.ports, person.email, other, "")
        assert authenticate(house.ports, tokens.access_token, "") is not None
        with pytest.raises(WrongCredentialsError):
            sign_in(house.ports, person.email, password, "")
