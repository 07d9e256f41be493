"""One suite, two houses: SQLite and memory, which is the default, and PostgreSQL/PostGIS and Redis, as in production.

The second is used where MOBILITY_TEST_DATABASE_URL and MOBILITY_TEST_CACHE_URL name servers (`make contracts` starts
some, and runs it alone); every test gets a database of its own, copied from a migrated one.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from mobility.acts.ports import FeedPorts
from mobility.outside.feed_download import FeedFetcher
from mobility.storage import migrations
from mobility.storage.cache import Cache, MemoryCache
from mobility.storage.database import open_database
from mobility.storage.network_folders import FileNetworkFolders
from mobility.storage.redis_cache import RedisCache
from mobility.storage.unit_of_work import SqlUnitOfWork, units_of_work
from tests.migrated import open_migrated

DATABASE_URL = os.environ.get("MOBILITY_TEST_DATABASE_URL", "")
CACHE_URL = os.environ.get("MOBILITY_TEST_CACHE_URL", "")
NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)

EMBEDDED = pytest.param("embedded", id="sqlite")
POSTGIS = pytest.param(
    "services",
    id="postgis",
    marks=[
        pytest.mark.services,
        pytest.mark.skipif(
            not DATABASE_URL, reason="MOBILITY_TEST_DATABASE_URL names no PostgreSQL: make contracts"
        ),
    ],
)
REDIS = pytest.param(
    "services",
    id="redis",
    marks=[
        pytest.mark.services,
        pytest.mark.skipif(not CACHE_URL, reason="MOBILITY_TEST_CACHE_URL names no Redis: make contracts"),
    ],
)


def _administer(statement: str) -> None:
    engine = create_engine(DATABASE_URL, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def template() -> Iterator[str]:
    """A migrated PostgreSQL database that others are copied from."""
    name = f"mobility_template_{uuid.uuid4().hex[:12]}"
    _administer(f"CREATE DATABASE {name}")
    engine = open_database(_address(name))
    migrations.upgrade(engine)
    engine.dispose()
    yield name
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _address(database: str) -> str:
    return make_url(DATABASE_URL).set(database=database).render_as_string(hide_password=False)


@pytest.fixture(params=[EMBEDDED, POSTGIS])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without a table."""
    if request.param == "embedded":
        engine = open_database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
        yield engine
        engine.dispose()
        return
    name = f"mobility_test_{uuid.uuid4().hex[:12]}"
    _administer(f"CREATE DATABASE {name}")
    engine = open_database(_address(name))
    yield engine
    engine.dispose()
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=[EMBEDDED, POSTGIS])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with all tables and no row."""
    if request.param == "embedded":
        engine = open_migrated(tmp_path / "test.sqlite")
        yield engine
        engine.dispose()
        return
    name = f"mobility_test_{uuid.uuid4().hex[:12]}"
    _administer(f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('template')}")
    engine = open_database(_address(name))
    yield engine
    engine.dispose()
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def begin(engine: Engine) -> Callable[..., SqlUnitOfWork]:
    """Begins units of work."""
    return units_of_work(engine)


@pytest.fixture
def ports(engine: Engine, tmp_path: Path) -> FeedPorts:
    """What acts on feeds need, for real."""
    return FeedPorts(
        unit_of_work=units_of_work(engine),
        folders=FileNetworkFolders(tmp_path / "data"),
        fetch=FeedFetcher(bytes_max=10_000_000, timeout_s=10),
        now=lambda: dt.datetime.now(dt.UTC),
    )


@pytest.fixture(params=[EMBEDDED, REDIS])
def cache(request: pytest.FixtureRequest) -> Iterator[Cache]:
    """A cache without an entry."""
    opened: Cache
    opened = (
        MemoryCache() if request.param == "embedded" else RedisCache(CACHE_URL, f"test-{uuid.uuid4().hex}:")
    )
    yield opened
    opened.close()
