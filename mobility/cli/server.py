"""`mobility serve`: the API and the pages, on one or several processes."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

import typer
import uvicorn

from mobility.cli.services import open_services

APP = "mobility.api:create_app"

Host = Annotated[str | None, typer.Option("--host", help="Address to listen on. [default: MOBILITY_HOST]")]
Port = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="Port to listen on. [default: MOBILITY_PORT]")
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes to serve with. [default: MOBILITY_WORKERS]")
]


def serve(host: Host = None, port: Port = None, workers: Workers = None) -> None:
    """Serve the API and the pages.

    Newly imported feeds are picked up while it runs, without a request noticing. Several workers share one
    map of the network in memory, and need a cache they can share too (MOBILITY_CACHE_URL=redis://…).
    """
    run_server(host, port, workers)


def run_server(
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Serve until stopped. What is given goes before the settings, in the workers too.

    `on_ready` is called once requests are answered; for one worker.
    """
    for name, value in (("HOST", host), ("PORT", port), ("WORKERS", workers)):
        if value is not None:
            os.environ[f"MOBILITY_{name}"] = str(value)
    # Refuses here, in words, what would make every worker fail; and makes the database ready once for all.
    with open_services() as services:
        settings = services.settings
    options: dict[str, Any] = dict(  # noqa: C408
        app=APP,
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    if on_ready is None:
        uvicorn.run(**options)
        return
    with suppress(KeyboardInterrupt):  # how a person ends it
        _Server(uvicorn.Config(**options), on_ready).run()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()
