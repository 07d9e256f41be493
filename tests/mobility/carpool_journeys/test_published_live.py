"""Servers that listen, each a process of its own: a ride is seen within two seconds of its publication, and gone as
soon as it is full or cancelled; beside real time, which is laid over the same network."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from carpool.booking import Booking, BookingStatus
from carpool.ride import Ride, RideStatus
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.live_sources import add_source
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from tests.mobility.carpool_journeys.carpool_region import paris, ride, write_feed
from tests.mobility.carpool_journeys.conftest import remember_line
from tests.mobility.live.messages import message, trip
from tests.mobility.seen import Seen, wait_until, was_prompt

DAY = (dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).date()
"""Far enough on to be booked, whenever the test runs."""


class Server:
    """A process that serves, from the folder others serve from too."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = os.environ | {"MOBILITY_DATA_DIR": str(folder), "MOBILITY_LOG_LEVEL": "info"}
        self.log = folder / f"server-{port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mobility", "serve", "--port", str(port)],
                env=environment,
                stdout=log,
                stderr=log,
            )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)

    def wait_until_served(self) -> None:
        until = time.monotonic() + 300
        while True:
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < until, "the server does not start"
            try:
                feeds = [feed["feed"] for feed in self.client.get("/api/v1/health").json().get("feeds", ())]
            except httpx.TransportError:
                feeds = []
            if feeds == ["carpool", "r"]:
                return
            time.sleep(0.1)

    def legs(self) -> list[list[str]]:
        """The modes of the journeys from the coach's first stop to the train's last, of that morning."""
        query: dict[str, Any] = {
            "fromPlace": "r_ALI",
            "toPlace": "r_EPI",
            "time": f"{paris(DAY, '07:50'):%Y-%m-%dT%H:%M:%SZ}",
            "searchWindow": 900,
            "numItineraries": 1,
        }
        response = self.client.get("/api/v6/plan", params=query)
        assert response.status_code == 200, response.text
        found = [[leg["mode"] for leg in one["legs"]] for one in response.json()["itineraries"]]
        return [[mode for mode in modes if mode != "WALK"] for modes in found]

    def has_ride(self) -> bool:
        return any("RIDE_SHARING" in modes for modes in self.legs())

    def close(self) -> None:
        self.client.close()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A database that servers share; the lines are published by the servers' own worker."""
    folder = tmp_path_factory.mktemp("live-carpool")
    settings = Settings(data_dir=folder, log_level="error", warm_up_days=0, worker="separate")
    with build_services(settings) as built:
        import_feed(built.feeds, FeedSource(str(write_feed(folder / "r.zip")), feed_id="r"))
        remember_line(built)
        yield built


@pytest.fixture(scope="module")
def servers(services: Services) -> Iterator[list[Server]]:
    started = [Server(services.settings.data_dir) for _ in range(2)]
    try:
        for server in started:
            server.wait_until_served()
            assert not server.has_ride()
        yield started
    finally:
        for server in started:
            server.close()


def put(services: Services, *things: Ride | Booking) -> None:
    with services.unit_of_work() as work:
        for one in things:
            if isinstance(one, Ride):
                work.rides.put_ride(one)
            else:
                work.rides.put_booking(one)
        work.commit()


def test_from_publication_to_the_traveller(services: Services, servers: list[Server]) -> None:
    """Published, full, free again, cancelled: each seen by two processes in turn, and how long that took."""
    one = ride("published", paris(DAY, "08:45"), seats=1)
    seat = Booking(
        "seat",
        one.id,
        "passenger-1",
        "corsy",
        "dampierre",
        1,
        150,
        BookingStatus.CONFIRMED,
        one.published_at,
        one.published_at,
    )
    steps: list[tuple[tuple[Ride | Booking, ...], bool]] = [
        ((one,), True),
        ((seat,), False),
        ((replace(seat, status=BookingStatus.CANCELLED),), True),
        ((replace(one, status=RideStatus.CANCELLED),), False),
        ((one,), True),
    ]
    took: list[Seen] = []
    for change, is_seen in steps:
        put(services, *change)
        for server in servers:
            took.append(wait_until(lambda s=server, seen=is_seen: s.has_ride() is seen))  # type: ignore[misc]
    assert was_prompt(took), took
    for server in servers:
        log = server.log.read_text(encoding="utf-8")
        assert "driver-1" not in log
        assert "passenger-1" not in log


def test_beside_real_time(services: Services, servers: list[Server]) -> None:
    """The train one would change to is cancelled, the ride stays; then both are there again."""
    server, path = servers[0], services.settings.data_dir / "updates.pb"
    put(services, ride("published", paris(DAY, "08:45"), seats=1))
    now_s = int(time.time())
    day = f"{DAY:%Y%m%d}"
    path.write_bytes(message(now_s, trip("T-09", day=day, relationship="CANCELED")))
    add_source(services.feeds, "updates", str(path), "r", 0.5)
    until_noon = [["COACH", "RIDE_SHARING", "REGIONAL_RAIL"]]

    def arrives() -> str:
        answer = server.client.get(
            "/api/v6/plan",
            params={
                "fromPlace": "r_ALI",
                "toPlace": "r_EPI",
                "time": f"{paris(DAY, '07:50'):%Y-%m-%dT%H:%M:%SZ}",
                "searchWindow": 900,
                "numItineraries": 1,
            },
        ).json()
        found = answer["itineraries"]
        return f"{answer['liveData']['state']} {found[0]['endTime'][11:16]}" if found else ""

    late, soon = (f"live {paris(DAY, clock):%H:%M}" for clock in ("12:50", "10:30"))
    wait_until(lambda: arrives() == late)
    assert server.legs() == until_noon
    path.with_suffix(".new").write_bytes(message(now_s + 1))
    os.replace(path.with_suffix(".new"), path)
    wait_until(lambda: arrives() == soon)
    assert server.legs() == until_noon
