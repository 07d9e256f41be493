"""A server on a free port of 127.0.0.1, for partners' systems: with a key, and with test data or rides of its own."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from mobility.accounts.caller import SYSTEM
from mobility.acts.accounts.api_keys import make_key
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.http.standard_covoiturage import ROOT
from mobility.settings import Settings

DOMAIN = "lines.example.org"


@dataclass(frozen=True)
class Live:
    """A running server, its address with the standard's root, and keys by operator."""

    services: Services
    address: str
    keys: dict[str, str]

    def ask(self, method: str, path: str, operator: str = "partner.example", **more: Any) -> httpx.Response:
        """One request of a partner."""
        headers = {"X-API-Key": self.keys[operator]}
        return httpx.request(method, self.address + path, headers=headers, timeout=120, **more)


@contextmanager
def serve(folder: Path, now: Callable[[], dt.datetime] | None = None, **settings: Any) -> Iterator[Live]:
    """Serve until the block ends."""
    chosen = Settings(
        data_dir=folder, log_level="error", worker="separate", operator_domain=DOMAIN, **settings
    )
    with build_services(chosen, **({"now": now} if now else {})) as services:
        keys = {
            operator: make_key(services.accounts, SYSTEM, operator, operator)[1]
            for operator in ("partner.example", "other.example")
        }
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            server = uvicorn.Server(uvicorn.Config(create_app(services), log_config=None, access_log=False))
            thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
            thread.start()
            until = time.monotonic() + 120
            while not server.started:
                assert time.monotonic() < until, "the server did not start"
                time.sleep(0.01)
            port = listening.getsockname()[1]
            yield Live(services, f"http://127.0.0.1:{port}{ROOT}", keys)
            server.should_exit = True
            thread.join(10)
