"""The islands, imported and asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from mobility.acts.import_feed import FeedSource, import_feed
from mobility.api import create_app
from mobility.bootstrap import build_services
from mobility.settings import Settings
from tests.mobility.complaints.islands import write_islands


@pytest.fixture(scope="session")
def islands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server on the islands, feed id `i`."""
    folder = tmp_path_factory.mktemp("islands")
    settings = Settings(data_dir=folder / "data", log_level="error", warm_up_days=1)
    with build_services(settings) as services:
        import_feed(services.feeds, FeedSource(str(write_islands(folder / "islands.zip")), feed_id="i"))
        services.start()
        with TestClient(create_app(services), raise_server_exceptions=False) as opened:
            yield opened
