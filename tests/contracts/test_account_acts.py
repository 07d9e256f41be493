"""Signing in, roles, personal data: the acts, on both databases, races included."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from mobility.accounts.access_tokens import LIFETIME_S, AccessTokens
from mobility.accounts.caller import SYSTEM, Caller, ForbiddenError, Role
from mobility.accounts.consents import has_consented
from mobility.accounts.details import DetailError
from mobility.accounts.identity import commitment
from mobility.accounts.limits import USE_OF_KEY, Limiter, TooManyError
from mobility.accounts.opaque_tokens import TokenKind, hash_token
from mobility.accounts.passwords import Passwords, WeakPasswordError
from mobility.accounts.person import Person
from mobility.acts.account_ports import EmailTakenError, UnknownPersonError
from mobility.acts.accounts import api_keys, bank_account, consents, people
from mobility.acts.accounts.demo_people import seed_demo_people
from mobility.acts.accounts.personal_data import AccountData, StillNeededError, erase_person, export_person
from mobility.acts.accounts.ports import AccountPorts, Obstacle
from mobility.acts.accounts.sign_in import (
    SessionEndedError,
    WrongCredentialsError,
    authenticate,
    begin_session,
    forget_sessions,
    refresh,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from mobility.acts.record import record
from mobility.storage.cache import MemoryCache
from mobility.storage.database import Base
from mobility.storage.key_files import KeyFolder, TokenKeys, open_vault
from mobility.storage.unit_of_work import units_of_work
from tests.contracts.conftest import NOW
from ticketing.register import chain_hash

PASSWORD = "correct horse battery"
IBAN = "FR7630006000011234567890189"
ANNE = people.Details(
    "Anne.Durand@Example.org", "Annie", "Anne", "Dürand-Lefèvre", "06 12 34 56 78", dt.date(1990, 2, 28)
)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@dataclass(frozen=True)
class House:
    ports: AccountPorts
    clock: Clock
    keys: TokenKeys
    engine: Engine

    def add(self, email: str, *roles: Role) -> Caller:
        details = replace(ANNE, email=email)
        person = people.add_person(self.ports, SYSTEM, details, frozenset(roles), PASSWORD)
        return Caller(person.id, person.roles)


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    clock, files = Clock(), KeyFolder(tmp_path / "keys")
    token_keys = TokenKeys(files, clock)
    numbers = iter(range(1, 10**6))
    cache = MemoryCache(lambda: clock.now.timestamp())
    return House(
        AccountPorts(
            unit_of_work=units_of_work(engine, open_vault(files)),
            now=clock,
            new_id=lambda: f"{next(numbers):032x}",
            tokens=AccessTokens(token_keys.load, "https://m.example.org"),
            passwords=Passwords(1, 1024, 1),
            limiter=Limiter(cache.increment, b"s" * 32, clock),
            shelf=cache,
            page_secret=b"p" * 32,
            personal_data=(AccountData(),),
        ),
        clock,
        token_keys,
        engine,
    )


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each gives or raises, all begun at the same moment."""
    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            answers[number] = act()
        except Exception as error:
            answers[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_signing_in_and_out(house: House) -> None:
    anne = house.add("anne@example.org", Role.TRAVELLER)
    tokens = sign_in(house.ports, " ANNE@example.org ", PASSWORD, "1.2.3.4")
    caller = authenticate(house.ports, tokens.access_token, "")
    assert caller is not None
    assert (caller.person, caller.roles) == (anne.person, anne.roles)
    sign_out(house.ports, tokens.refresh_token)
    assert authenticate(house.ports, tokens.access_token, "") is None
    with pytest.raises(SessionEndedError):
        refresh(house.ports, tokens.refresh_token, "")
    assert sign_out(house.ports, "unknown") == ""


def test_an_access_token_is_short_lived(house: House) -> None:
    house.add("anne@example.org")
    tokens = sign_in(house.ports, "anne@example.org", PASSWORD, "")
    house.clock.tick(LIFETIME_S)
    assert authenticate(house.ports, tokens.access_token, "") is not None, "clocks differ a little"
    house.clock.tick(60)
    assert authenticate(house.ports, tokens.access_token, "") is None
    refreshed = refresh(house.ports, tokens.refresh_token, "")
    assert authenticate(house.ports, refreshed.access_token, "") is not None


def test_the_tokens_of_an_old_key_count_until_they_expire(house: House) -> None:
    house.add("anne@example.org")
    old = sign_in(house.ports, "anne@example.org", PASSWORD, "")
    house.keys.rotate()
    new = refresh(house.ports, old.refresh_token, "")
    assert authenticate(house.ports, old.access_token, "") is not None
    house.clock.tick(LIFETIME_S - 1)
    assert authenticate(house.ports, old.access_token, "") is not None
    house.keys.rotate(drop_old=True)
    assert authenticate(house.ports, old.access_token, "") is None
    assert authenticate(house.ports, new.access_token, "") is None
    house.keys.rotate()
    house.clock.tick(LIFETIME_S + 61)
    house.keys.rotate()
    assert len(house.keys.load()) == 2, "keys that sign nothing any more are forgotten"


def test_a_refresh_token_that_comes_twice_ends_the_session(house: House) -> None:
    house.add("anne@example.org")
    first = sign_in(house.ports, "anne@example.org", PASSWORD, "")
    other = sign_in(house.ports, "anne@example.org", PASSWORD, "")
    second = refresh(house.ports, first.refresh_token, "")
    third = refresh(house.ports, second.refresh_token, "")
    with pytest.raises(SessionEndedError):
        refresh(house.ports, first.refresh_token, "")
    for token in (second, third):
        with pytest.raises(SessionEndedError):
            refresh(house.ports, token.refresh_token, "")
        assert authenticate(house.ports, token.access_token, "") is None
    assert authenticate(house.ports, other.access_token, "") is not None, "another session goes on"


def test_of_two_refreshes_at_once_at_most_one_gets_a_token(house: House) -> None:
    house.add("anne@example.org")
    for _ in range(5):
        tokens = sign_in(house.ports, "anne@example.org", PASSWORD, "")
        answers = at_once(*[lambda: refresh(house.ports, tokens.refresh_token, "")] * 2)  # noqa: B023
        won = [answer for answer in answers if not isinstance(answer, Exception)]
        assert len(won) <= 1
        assert all(isinstance(answer, SessionEndedError) for answer in answers if answer not in won)
        assert all(authenticate(house.ports, answer.access_token, "") is None for answer in won)
        house.clock.tick(900)


def test_without_the_one_statement_two_refreshes_win(house: House) -> None:
    """The control of the race: read the token, then write it, as two statements in two transactions."""
    anne = house.add("anne@example.org")
    with house.ports.unit_of_work() as work:
        tokens = begin_session(house.ports, work, anne.person, TokenKind.REFRESH)
        work.commit()
    both_read = threading.Barrier(2)

    def careless() -> bool:
        with house.ports.unit_of_work(read_only=True) as work:
            found = work.accounts.find_session_of(hash_token(tokens.refresh_token))
        both_read.wait()
        return found is not None

    assert at_once(careless, careless) == [True, True]


def test_sessions_end_when_unused_and_at_last(house: House) -> None:
    house.add("anne@example.org")
    tokens = sign_in(house.ports, "anne@example.org", PASSWORD, "")
    for _ in range(6):
        house.clock.tick(29 * 86400)
        tokens = refresh(house.ports, tokens.refresh_token, "")
    house.clock.tick(29 * 86400)
    with pytest.raises(SessionEndedError):
        refresh(house.ports, tokens.refresh_token, "")
    assert forget_sessions(house.ports) == 1
    tokens = sign_in(house.ports, "anne@example.org", PASSWORD, "")
    house.clock.tick(31 * 86400)
    with pytest.raises(SessionEndedError):
        refresh(house.ports, tokens.refresh_token, "")


def test_wrong_credentials_are_all_the_same(house: House) -> None:
    house.add("anne@example.org")
    people.add_person(house.ports, SYSTEM, people.Details("nopass@example.org"), frozenset())
    for email, password in (
        ("anne@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        ("nopass@example.org", ""),
        ("", ""),
        ("anne@example.org", "x" * 10_000),
        ("anne@example.org\x00", PASSWORD),
    ):
        with pytest.raises(WrongCredentialsError, match="no account has this e-mail address and password"):
            sign_in(house.ports, email, password, "")


def test_an_unknown_address_costs_as_much_work(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.add("anne@example.org")
    hashed: list[str] = []
    inner = house.ports.passwords._hasher.verify_and_update
    monkeypatch.setattr(
        house.ports.passwords._hasher,
        "verify_and_update",
        lambda password, kept: hashed.append(kept) or inner(password, kept),
    )
    for email in ("anne@example.org", "nobody@example.org"):
        with pytest.raises(WrongCredentialsError):
            sign_in(house.ports, email, "wrong", "")
    assert len(hashed) == 2
    assert hashed[0] != hashed[1]
    assert hashed[0].split("$")[:4] == hashed[1].split("$")[:4], "same parameters"


def test_a_hash_of_old_parameters_is_renewed(house: House) -> None:
    anne = house.add("anne@example.org")
    stronger = replace(house.ports, passwords=Passwords(2, 2048, 1))
    sign_in(stronger, "anne@example.org", PASSWORD, "")
    with house.ports.unit_of_work(read_only=True) as work:
        kept = work.accounts.find_password(anne.person)
    assert kept is not None
    assert "m=2048,t=2,p=1" in kept
    sign_in(stronger, "anne@example.org", PASSWORD, "")


def test_attempts_are_counted_by_account_and_by_address(house: House) -> None:
    house.add("anne@example.org")
    for number in range(10):
        with pytest.raises(WrongCredentialsError):
            sign_in(house.ports, "anne@example.org", "wrong", f"10.0.0.{number}")
    with pytest.raises(TooManyError) as refused:
        sign_in(house.ports, "ANNE@example.org", PASSWORD, "10.0.1.1")
    assert 0 < refused.value.wait_s <= 900
    for number in range(99):
        with pytest.raises(WrongCredentialsError):
            sign_in(house.ports, f"n{number}@example.org", "wrong", "10.0.0.1")
    with pytest.raises(TooManyError):
        sign_in(house.ports, "m@example.org", "wrong", "10.0.0.1")
    house.clock.tick(refused.value.wait_s)
    sign_in(house.ports, "anne@example.org", PASSWORD, "10.0.0.1")


def test_wrong_keys_and_busy_keys_are_counted(house: House) -> None:
    key, token = api_keys.make_key(house.ports, SYSTEM, "Partner", "p.example.org")
    caller = authenticate(house.ports, token, "")
    assert caller == Caller(key.id, frozenset({Role.PARTNER}), operator="p.example.org")
    for _ in range(60):
        assert authenticate(house.ports, token + "x", "10.0.0.1") is None
    with pytest.raises(TooManyError):
        authenticate(house.ports, token + "x", "10.0.0.1")
    for _ in range(1199):
        house.ports.limiter.attempt(USE_OF_KEY, key.id)
    with pytest.raises(TooManyError):
        authenticate(house.ports, token, "10.0.0.2")
    house.clock.tick(60)
    api_keys.revoke_key(house.ports, SYSTEM, key.id)
    assert authenticate(house.ports, token, "") is None
    with house.ports.unit_of_work(read_only=True) as work:
        (kept,) = work.accounts.list_keys()
    assert token not in repr(kept)
    assert token.startswith(kept.prefix)
    assert len(kept.prefix) == 12


def test_a_new_password_ends_the_other_sessions(house: House) -> None:
    anne = house.add("anne@example.org")
    mine, others = (sign_in(house.ports, "anne@example.org", PASSWORD, "") for _ in range(2))
    caller = authenticate(house.ports, mine.access_token, "")
    assert caller is not None
    with pytest.raises(WrongCredentialsError):
        people.change_password(house.ports, caller, "wrong", "another fine password")
    with pytest.raises(WeakPasswordError):
        people.change_password(house.ports, caller, PASSWORD, "short")
    people.change_password(house.ports, caller, PASSWORD, "another fine password")
    assert authenticate(house.ports, mine.access_token, "") is not None
    assert authenticate(house.ports, others.access_token, "") is None
    people.set_password(house.ports, SYSTEM, anne.person, "a third fine password")
    assert authenticate(house.ports, mine.access_token, "") is None
    tokens = sign_in(house.ports, "anne@example.org", "a third fine password", "")
    sign_out_everywhere(house.ports, anne)
    assert authenticate(house.ports, tokens.access_token, "") is None


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
