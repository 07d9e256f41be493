from __future__ import annotations

import pytest

from gtfs_feeds.network import Network
from mobility.journeys.places import Places
from tests.mobility.small_region import TOWNS, build_network


@pytest.fixture(scope="package")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return build_network(tmp_path_factory.mktemp("region"))


@pytest.fixture(scope="package")
def places(network: Network) -> Places:
    return Places(network, TOWNS)
