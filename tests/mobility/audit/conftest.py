"""An application in which a month of carpooling was granted and closed, asked over HTTP by people who are signed in."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.opaque_tokens import TokenKind
from mobility.accounts.person import Payee, Person
from mobility.acts.accounts.sign_in import begin_session
from mobility.acts.audit.envelopes import fund_envelope
from mobility.acts.claim_subsidy import claim
from mobility.acts.grant_subsidy import close
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.pages.page_sessions import SESSION_COOKIE
from mobility.settings import Settings
from tests.ticketing.months import person, random_trip
from ticketing.facts import TripFacts

NOW = dt.datetime(2026, 11, 4, 9, 0, tzinfo=dt.UTC)


@dataclass
class Audited:
    """The application, its door, and the trips of October."""

    services: Services
    client: TestClient
    trips: list[TripFacts]

    def headers(self, number: int) -> dict[str, str]:
        """Of somebody who is signed in: 0 to 3 drive, 50 audits, 60 operates."""
        with self.services.unit_of_work() as work:
            tokens = begin_session(self.services.accounts, work, f"{number:032d}", TokenKind.REFRESH)
            work.commit()
        return {"Authorization": f"Bearer {tokens.access_token}"}

    def cookies(self, number: int) -> dict[str, str]:
        """The same in a browser."""
        with self.services.unit_of_work() as work:
            tokens = begin_session(self.services.accounts, work, f"{number:032d}", TokenKind.PAGE)
            work.commit()
        return {SESSION_COOKIE: tokens.refresh_token}


def _enter(services: Services, number: int, *roles: Role) -> None:
    someone = Person(
        f"{number:032d}",
        person(number),
        frozenset(roles),
        NOW,
        given_name="Zoé",
        family_name=f"N{number}<b>",
        email=f"{number}@example.org",
    )
    with services.unit_of_work() as work:
        work.accounts.put_person(someone)
        if number < 3:
            work.accounts.put_payee(someone.id, Payee("Zoé", "FR1420041010050500013M02606", ""), NOW)
        work.commit()


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    folder: Path = tmp_path_factory.mktemp("audited")
    settings = Settings(
        data_dir=folder,
        log_level="error",
        worker="separate",
        payer_name="Région",
        payer_iban="FR7630006000011234567890189",
    )
    clock = [dt.datetime(2026, 10, 1, tzinfo=dt.UTC)]  # the register begins in October
    with build_services(settings, lambda: clock[0]) as services:
        for number in range(4):
            _enter(services, number, Role.DRIVER)
        _enter(services, 50, Role.AUDITOR)
        _enter(services, 60, Role.OPERATOR)
        rng = random.Random(8)
        trips = [random_trip(rng, n, "2026-10") for n in range(24)]
        waiting = replace(
            random_trip(rng, 99, "2026-11"),
            driver=person(0),
            started_at=NOW - dt.timedelta(hours=5),
            ended_at=NOW - dt.timedelta(hours=4),
        )
        fund_envelope(services.audit, SYSTEM, "bfc-carpool-lines", 100_000, "d1")
        clock[0] = NOW
        with services.unit_of_work() as work:
            for trip in [*trips, waiting]:
                claim(work, trip, NOW)
            work.commit()
        close(services.acts, services.register_keys, SYSTEM, dt.datetime(2026, 11, 2, tzinfo=dt.UTC))
        with TestClient(create_app(services), raise_server_exceptions=False) as client:
            yield Audited(services, client, trips)
