"""Accounts on a real database, with a clock that is set and passwords that cost little."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from mobility.accounts.access_tokens import AccessTokens
from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.accounts.limits import Limiter
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts import people
from mobility.acts.accounts.personal_data import AccountData
from mobility.acts.accounts.ports import AccountPorts
from mobility.storage.cache import MemoryCache
from mobility.storage.key_files import KeyFolder, TokenKeys, open_vault
from mobility.storage.unit_of_work import units_of_work
from tests.contracts.conftest import NOW

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


def open_house(engine: Engine, folder: Path) -> House:
    clock, files = Clock(), KeyFolder(folder / "keys")
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
