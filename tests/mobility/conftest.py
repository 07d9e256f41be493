"""A region served for real: imported from GTFS, compiled, published, and asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from mobility.acts.import_feed import FeedSource, import_feed
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.journeys.serving import Serving
from mobility.settings import Settings
from tests.mobility.region_feed import write_feed


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The services of a server on the test region, feed id `r`."""
    folder = tmp_path_factory.mktemp("region")
    archive = write_feed(folder / "region.zip")
    settings = Settings(
        data_dir=folder / "data",
        log_level="error",
        warm_up_days=1,
        watch_interval_s=0.1,
    )
    with build_services(settings) as services:
        import_feed(services.feeds, FeedSource(str(archive), feed_id="r"))
        services.start()
        yield services


@pytest.fixture(scope="session")
def serving(region: Services) -> Serving:
    return region.current()


@pytest.fixture(scope="session")
def client(region: Services) -> Iterator[TestClient]:
    """The API over HTTP; errors of the server are answers, as they are for everybody."""
    with TestClient(create_app(region), raise_server_exceptions=False) as opened:
        yield opened
