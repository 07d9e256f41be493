"""One live server for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mobility.live.live_server import LiveServer, run_live_server


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Every test says anew all there is to say."""
    with run_live_server(tmp_path_factory.mktemp("live")) as server:
        yield server
