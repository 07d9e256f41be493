"""Signing in, staying signed in, what is tried too often, passwords: on both databases, races included."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import IntegrityError

from mobility.accounts.access_tokens import LIFETIME_S
from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.accounts.limits import USE_OF_KEY, TooManyError
from mobility.accounts.passwords import Passwords, WeakPasswordError
from mobility.accounts.person import LoginSession
from mobility.acts.accounts import api_keys, people
from mobility.acts.accounts.sign_in import (
    SessionEndedError,
    Tokens,
    WrongCredentialsError,
    authenticate,
    forget_sessions,
    refresh,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from mobility.storage.account_tables import LoginSessionRow, SpentTokenRow
from mobility.storage.accounts import SqlAccounts
from tests.contracts.account_house import PASSWORD, House, open_house
from tests.contracts.at_once import at_once
from tests.contracts.conftest import POSTGIS


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    return open_house(engine, tmp_path)


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


@pytest.mark.parametrize("has_key", [True, False], ids=["with the key of spent tokens", "with neither"])
@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_without_the_one_statement_two_refreshes_win(
    house: House, monkeypatch: pytest.MonkeyPatch, has_key: bool
) -> None:
    """The control of the race: the token is found by one statement and turned by another. The key of what is spent
    would still refuse the second; with neither both win. (On SQLite a second writer waits before it reads.)"""
    house.add("anne@example.org")
    tokens = sign_in(house.ports, "anne@example.org", PASSWORD, "")
    both_found = threading.Barrier(2)

    def careless(accounts: SqlAccounts, secret_hash: str, new_hash: str, at: dt.datetime) -> LoginSession:
        found = accounts.find_session_of(secret_hash)
        assert found is not None
        both_found.wait(60)
        session = accounts._session
        session.execute(
            update(LoginSessionRow).where(LoginSessionRow.id == found.id).values(secret_hash=new_hash)
        )
        session.add(SpentTokenRow(secret_hash=secret_hash, session_id=found.id, spent_at=at))
        session.flush()
        return found

    monkeypatch.setattr(SqlAccounts, "turn_session", careless)
    if not has_key:
        with house.engine.begin() as connection:
            connection.execute(text("ALTER TABLE spent_token DROP CONSTRAINT pk_spent_token"))
    answers = at_once(*[lambda: refresh(house.ports, tokens.refresh_token, "")] * 2)
    won = [answer for answer in answers if isinstance(answer, Tokens)]
    assert [authenticate(house.ports, one.access_token, "") is not None for one in won] == [True] * len(won)
    assert len(won) == (1 if has_key else 2)
    assert [type(answer) for answer in answers if answer not in won] == [IntegrityError] * has_key


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
