"""A server that really listens, on the small region."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from mobility.api import create_app
from mobility.bootstrap import Services
from tests.mobility.conftest import region

__all__ = ["region", "server_url"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """These tests fetch from npm's registry: they run when asked for by name (`make test-clients`)."""
    if "clients" in str(config.getoption("-m")):
        return
    for item in items:
        if item.get_closest_marker("clients"):
            item.add_marker(pytest.mark.skip(reason="needs npm's registry: make test-clients"))


@pytest.fixture(scope="session")
def server_url(region: Services) -> Iterator[str]:
    """The address of a server in this process."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(region), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)
