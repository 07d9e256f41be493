"""`mobility demo`: a whole region to try, from nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

import gtfs_feeds.writer
import mobility.demo
from gtfs_feeds.network import Network
from mobility.accounts.caller import Caller, Role
from mobility.acts.accounts.demo_people import DemoPerson, seed_demo_people
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.live_sources import add_source, list_sources, remove_source
from mobility.acts.ports import FeedPorts, Progress
from mobility.acts.publish_lines import publish_lines
from mobility.bootstrap import Services
from mobility.cli.carpool_demo import live_carpool
from mobility.cli.console import errors, fail, out, progress_bars
from mobility.cli.on_demand_demo import book_rides, load_on_demand
from mobility.cli.server import run_server
from mobility.cli.services import open_services
from mobility.cli.tickets_demo import load_tariff, sell_tickets
from mobility.demo import default_first_day, generate
from mobility.demo.real_time import DemoPublisher

FEED_ID = "demo"
SOURCE = "demo-live"
_NO_REGION = ("real_time", "carpool", "on_demand", "tariff")
"""Code of the demo that does not make its timetables."""


def demo(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to serve on.")] = 8000,
    host: Annotated[str, typer.Option("--host", help="Address to serve on.")] = "127.0.0.1",
    live: Annotated[
        bool,
        typer.Option("--live", help="With made-up real time: delays, cancellations, alerts, vehicles."),
    ] = False,
) -> None:
    """Generate the demo region, import it, and serve it.

    The towns, stations and corridors are Bourgogne-Franche-Comté's; the timetables are synthetic, and say so
    everywhere. The region is made anew every month, else what is there is served at once.
    With --live its vehicles are late, cancelled, added and somewhere, as a real publisher would say it; that is
    as made up as the timetables, and goes on as long as the demo runs.
    """
    # For a person at a terminal, unless the environment says otherwise.
    os.environ.setdefault("MOBILITY_LOG_LEVEL", "warning")
    os.environ.setdefault("MOBILITY_LOG_FORMAT", "text")
    _require_free(host, port)
    with open_services() as services, progress_bars() as report:
        archive = _demo_archive(services.settings.data_dir / "demo", dt.datetime.now(dt.UTC).date(), report)
        outcome = import_feed(services.feeds, FeedSource(str(archive), FEED_ID), report)
        version = outcome.version
        messages = services.settings.data_dir / "demo" / "real-time.pb"
        network_folder = services.feeds.folders.version_folder(FEED_ID, version.version)
        _set_source(services.feeds, messages if live else None)
        publish_lines(services.feeds, services.carpool_operator, report)
        # before anybody acts today: what happened a month ago is written down first
        live_carpool(dt.datetime.now(dt.UTC), report)
        people, password = seed_demo_people(services.accounts)
        _load_today(services, people, report)
    out.print(
        f"The demo region: {version.stop_count:,} stops, {version.trip_count:,} trips, synthetic timetables."
    )
    with ExitStack() as stack:
        if live:
            publisher = DemoPublisher(Network.open(network_folder), messages, failed=_say_failed)
            publisher.start()
            stack.callback(publisher.close)
            out.print("With real time that is as synthetic: mobility live list tells how it goes.")
        run_server(host, port, on_ready=lambda: _announce(f"http://{host}:{port}", people, password))


def _load_today(services: Services, people: Sequence[DemoPerson], report: Progress) -> None:
    now = dt.datetime.now(dt.UTC)
    callers = {
        role: Caller(person.id, frozenset(person.roles))
        for person in reversed(people)
        for role in person.roles
    }
    load_on_demand(services, now, callers[Role.VEHICLE_DRIVER].person)
    book_rides(services, now, callers[Role.AGENT], report)
    load_tariff(services)
    report("selling tickets", 0.0)
    sell_tickets(services, now, callers[Role.TRAVELLER])
    report("selling tickets", 1.0)


def _set_source(ports: FeedPorts, messages: Path | None) -> None:
    """Made-up real time is polled as any other, and only while it is made."""
    if messages is not None:
        add_source(ports, SOURCE, str(messages), FEED_ID)
    elif any(source.name == SOURCE for source, _ in list_sources(ports)):
        remove_source(ports, SOURCE)


def _say_failed(error: Exception) -> None:
    errors.print(f"real time could not be made up: {error}", markup=False)


def _announce(address: str, people: Sequence[DemoPerson], password: str) -> None:
    roles = "\n".join(f"  {person.email:34} {', '.join(person.roles)}" for person in people)
    out.print(
        f"""
Open {address}/ to plan a journey, {address}/docs for the API. Ctrl+C ends it.

Carpooling has gone on for a month, and two services ride on demand.
Sign in at {address}/account as one of these, password {password}:
{roles}

Try, in another terminal:
  .venv/bin/mobility plan "Besançon" "Dijon" --time 08:00
  .venv/bin/mobility on-demand quote "Nancray" "Dijon" --arrive "tuesday 12:00"
  curl '{address}/api/v1/geocode?text=besancon'
  curl '{address}/api/v6/plan?fromPlace=47.2378,6.0241&toPlace=47.3220,5.0415'
""",
        markup=False,
    )


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            other = f"--port {port + 1} (make demo PORT={port + 1})"
            raise fail(
                f"port {port} of {host} cannot be used ({error.strerror}); choose another: {other}"
            ) from None


def _demo_archive(folder: Path, today: dt.date, report: Progress) -> Path:
    """The region's archive: the one there is, when the same code made it this month, else a new one."""
    first_day = default_first_day(today)
    archive = folder / f"region-{first_day}-{_code_hash()}.zip"
    if archive.exists():
        return archive
    report("generating the region", 0.0)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("region-*.zip"):
        old.unlink()
    unfinished = archive.with_suffix(".unfinished")
    generate(unfinished, first_day=first_day)
    unfinished.rename(archive)
    report("generating the region", 1.0)
    return archive


def _code_hash() -> str:
    """Changes with the code that makes the region."""
    of_region = sorted(Path(mobility.demo.__file__).parent.glob("*.*"))
    parts = [
        Path(gtfs_feeds.writer.__file__),
        *(part for part in of_region if not part.name.startswith(_NO_REGION)),
    ]
    content = hashlib.sha256()
    for part in parts:
        content.update(part.read_bytes())
    return content.hexdigest()[:12]
