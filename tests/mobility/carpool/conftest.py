"""A server with the six lines, a driver and two travellers, asked over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.opaque_tokens import TokenKind
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.accounts.sign_in import begin_session
from mobility.acts.carpool_lines import seed_lines
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings

PEOPLE = {
    "dora": (Role.DRIVER, Role.TRAVELLER),
    "dirk": (Role.DRIVER,),
    "theo": (Role.TRAVELLER,),
    "tina": (Role.TRAVELLER,),
    "olga": (Role.OPERATOR,),
}
PASSWORD = "correct horse battery"


@dataclass
class Server:
    """`now` stands still until it is set."""

    client: TestClient
    services: Services
    people: dict[str, str]
    now: dt.datetime

    def ask(self, method: str, path: str, who: str = "", body: Any = None, **headers: str) -> Any:
        """The answer, its headers among what httpx gives; `who` signs in anew."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            accounts = self.services.accounts
            with accounts.unit_of_work() as work:
                tokens = begin_session(accounts, work, self.people[who], TokenKind.REFRESH)
                work.commit()
            named["Authorization"] = f"Bearer {tokens.access_token}"
        return self.client.request(method, f"/v1/carpool{path}", json=body, headers=named)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("carpool"),
        log_level="error",
        worker="separate",
        carpool_operator_phone="03 80 11 29 29",
    )
    made = Server(None, None, {}, dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC))  # type: ignore[arg-type]
    with build_services(settings, now=lambda: made.now) as services:
        services.accounts = replace(services.accounts, passwords=Passwords(1, 1024, 1))
        seed_lines(services.acts)
        for name, roles in PEOPLE.items():
            details = Details(f"{name}@example.org", name.title(), name.title(), "Durand", "0612345678")
            person = add_person(services.accounts, SYSTEM, details, frozenset(roles), PASSWORD)
            made.people[name] = person.id
        made.services = services
        made.client = TestClient(create_app(services), raise_server_exceptions=False)
        yield made
