"""A server on the small region that listens, polls a file, and whose clock the test holds."""

from __future__ import annotations

import datetime as dt
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.live_sources import add_source
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from tests.mobility.live.messages import Entity, message
from tests.mobility.region_feed import write_feed
from tests.mobility.seen import Seen, wait_until

MORNING = dt.datetime(2026, 6, 15, 5, 50, tzinfo=dt.UTC)
"""Ten to eight in Paris, a Monday."""

SOURCE = "updates"


class LiveServer:
    """`say` writes what the publisher has to say and returns when the server has looked at it."""

    def __init__(self, services: Services, url: str, path: Path) -> None:
        self.services, self.url, self.path = services, url, path
        self.client = httpx.Client(base_url=url, timeout=120)
        self.now = MORNING

    @property
    def now_s(self) -> int:
        return int(self.now.timestamp())

    def get(self, path: str, **query: Any) -> Any:
        """An answer that must be one."""
        response = self.client.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def plan(self, origin: str, destination: str, time: str, **more: Any) -> list[dict[str, Any]]:
        """The itineraries of one hour."""
        query = {"searchWindow": 3600, "numItineraries": 1, "directModes": ""} | more
        answer = self.get("/api/v6/plan", fromPlace=origin, toPlace=destination, time=time, **query)
        itineraries: list[dict[str, Any]] = answer["itineraries"]
        return itineraries

    def board(self, stop: str, time: str, **more: Any) -> list[dict[str, Any]]:
        """The board of half an hour."""
        query = {"window": 1800, "n": 0} | more
        stop_times: list[dict[str, Any]] = self.get("/api/v6/stoptimes", stopId=stop, time=time, **query)[
            "stopTimes"
        ]
        return stop_times

    def say(self, *entities: Entity) -> None:
        """Publish a message of one second later."""
        self.now += dt.timedelta(seconds=1)
        self.write(message(self.now_s, *entities))
        self.wait_for(lambda: self._has_taken(self.now_s))

    def write(self, content: bytes) -> None:
        """Put a file in the place of the one that was there, as publishers do."""
        aside = self.path.with_suffix(".new")
        aside.write_bytes(content)
        os.replace(aside, self.path)

    def status(self) -> Any:
        """How the source is, as the server sees it; None before the first look."""
        return next(iter(self.services.live.list_statuses()), None)

    def wait_for(self, condition: Callable[[], Any]) -> Seen:
        """Wait until something holds: how long that took."""
        return wait_until(lambda: bool(condition()))

    def _has_taken(self, stamped_s: int) -> bool:
        sources = self.services.current().live.sources
        return any(source.stamped_s == stamped_s for source in sources)


@contextmanager
def run_live_server(folder: Path, interval_s: float = 0.2, source: str = "") -> Iterator[LiveServer]:
    """A server on the small region; `source`: an address instead of the file."""
    settings = Settings(
        data_dir=folder / "data",
        log_level="warning",
        warm_up_days=1,
        watch_interval_s=0.1,
    )
    held: list[LiveServer] = []
    services = build_services(settings, now=lambda: held[0].now if held else MORNING)
    with services, socket.socket() as listening:
        import_feed(services.feeds, FeedSource(str(write_feed(folder / "region.zip")), feed_id="r"))
        path = folder / "updates.pb"
        add_source(services.feeds, SOURCE, source or str(path), "r", interval_s)
        services.start()
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(services), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        held.append(LiveServer(services, f"http://127.0.0.1:{listening.getsockname()[1]}", path))
        try:
            yield held[0]
        finally:
            held[0].client.close()
            server.should_exit = True
            thread.join(timeout=10)
