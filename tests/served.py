"""Servers that tests talk to: on 127.0.0.1, on a free port, for as long as they are needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import TypeVar

POLL_S = 0.02
"""How soon a server sees that it should stop."""

Served = TypeVar("Served", bound=BaseServer)


@contextmanager
def served(server: Served) -> Iterator[Served]:
    """The server while it runs, in a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
