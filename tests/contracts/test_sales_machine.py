"""The ten invariants of the ledger, of what is sold, after every step of whatever may happen, deaths included."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from mobility.storage.database import open_database
from tests.contracts.best_fare_machine import SalesAndBestFares
from tests.contracts.conftest import POSTGIS, _address, _administer
from tests.migrated import open_migrated

OFTEN = settings(
    max_examples=12,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
SELDOM = settings(OFTEN, max_examples=4, stateful_step_count=20)


class SalesOnSqlite(SalesAndBestFares):
    """On a copy of an empty file each time."""

    @staticmethod
    def new_engine() -> tuple[Engine, Callable[[], None]]:
        folder = Path(tempfile.mkdtemp())
        engine = open_migrated(folder / "a.sqlite")

        def forget() -> None:
            engine.dispose()
            shutil.rmtree(folder)

        return engine, forget


TestSalesOnSqlite = SalesOnSqlite.TestCase
TestSalesOnSqlite.settings = OFTEN


@pytest.mark.parametrize("where", [POSTGIS])
def test_sales_on_postgresql(where: str, template: str) -> None:
    """The same, where many write at once in production."""

    class SalesOnPostgresql(SalesAndBestFares):
        @staticmethod
        def new_engine() -> tuple[Engine, Callable[[], None]]:
            name = f"mobility_test_{uuid.uuid4().hex[:12]}"
            _administer(f"CREATE DATABASE {name} TEMPLATE {template}")
            engine = open_database(_address(name))

            def forget() -> None:
                engine.dispose()
                _administer(f"DROP DATABASE {name} WITH (FORCE)")

            return engine, forget

    case = SalesOnPostgresql.TestCase
    case.settings = SELDOM
    case("runTest").runTest()
