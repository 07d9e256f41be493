"""Feeds and what acts on them need, on a database of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from mobility.acts.ports import FeedPorts
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from tests.migrated import open_migrated


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    settings = Settings(data_dir=tmp_path / "data", warm_up_days=0, watch_interval_s=0.05)
    settings.data_dir.mkdir()
    open_migrated(settings.data_dir / "mobility.sqlite").dispose()
    with build_services(settings) as built:
        yield built


@pytest.fixture
def ports(services: Services) -> FeedPorts:
    return services.feeds


@pytest.fixture
def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
