"""A server that sells tickets by the demo's tariff, with the test bank, and one traveller."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from starlette.testclient import TestClient

from ground.signed import sign
from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.people import Details, add_person
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.cli.tickets_demo import load_tariff
from mobility.settings import Settings
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.journey import OfferedJourney

PASSWORD = "correct horse battery"
NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
"""A Monday, 13:00 in Paris; journeys leave on Tuesday at 9."""
LEAVES_S = int(dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC).timestamp())


@dataclass
class Shop:
    """`now` stands still until it is set."""

    services: Services
    vera: Caller
    now: dt.datetime

    def browser(self) -> TestClient:
        """A browser nobody is signed in with."""
        return TestClient(create_app(self.services), raise_server_exceptions=False)

    def journey(self, leaves_s: int = LEAVES_S, **end: int) -> str:
        """A coach and a train after it, as a token that can be ordered."""
        besancon, dole, dijon = (
            FareStop(f"demo_{name}", name, lat=lat, lon=lon)
            for name, lat, lon in (
                ("Besançon", 47.247, 6.022),
                ("Dole", 47.095, 5.49),
                ("Dijon", 47.323, 5.027),
            )
        )
        coach = FareLeg(
            FareMode.COACH,
            besancon,
            dole,
            leaves_s,
            leaves_s + 3000,
            50_000,
            "demo",
            "demo_CARS",
            "demo_LR 1",
        )
        train = FareLeg(
            FareMode.RAIL,
            dole,
            dijon,
            leaves_s + 3600,
            leaves_s + 5400,
            47_000,
            "demo",
            "demo_TER",
            "demo_TER 1",
        )
        expires_s = end.get("expires_s", int(self.now.timestamp()) + 1800)
        return sign(OfferedJourney((coach, train), expires_s=expires_s), self.services.sales.journey_key)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("shop"), log_level="error", worker="separate")
    made = Shop(None, None, NOW)  # type: ignore[arg-type]
    with build_services(settings, now=lambda: made.now) as services:
        services.accounts = replace(services.accounts, passwords=Passwords(1, 1024, 1))
        load_tariff(services)
        details = Details("vera@example.org", "Vera", "Vera", "Durand", "0612345678")
        vera = add_person(services.accounts, SYSTEM, details, frozenset((Role.TRAVELLER,)), PASSWORD)
        made.services, made.vera = services, Caller(vera.id, frozenset((Role.TRAVELLER,)))
        yield made


@pytest.fixture
def shop(house: Shop) -> Iterator[Shop]:
    """The shop at noon."""
    house.now = NOW
    yield house
    house.now = NOW
