"""`mobility live …`: where real time comes from, and how that goes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import asdict
from typing import Annotated
from urllib.parse import urlsplit

import typer

from mobility.acts.live_sources import add_source, list_sources, remove_source
from mobility.acts.records import LiveSource, LiveStatus
from mobility.cli.console import out, print_json, print_table
from mobility.cli.services import open_services

app = typer.Typer(no_args_is_help=True, help="Real time (GTFS-RT): where it comes from, and how that goes.")

_INTERVAL = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?", re.ASCII)
_UNIT_S = {None: 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


@app.command("add")
def add(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What to call it: small letters, digits, hyphens.")
    ],
    address: Annotated[
        str, typer.Argument(metavar="URL_OR_PATH", help="An http(s) address or a file of GTFS-RT messages.")
    ],
    feed_id: Annotated[str, typer.Option("--feed", help="The feed whose trips, routes and stops it names.")],
    interval: Annotated[
        str, typer.Option("--interval", help="How often to look, such as 20s. [default: 20s; of a file 1s]")
    ] = "",
) -> None:
    """Add a source of real time for a feed; one of the same name is replaced.

    Trip updates, alerts and vehicle positions may come in one source or several. A running server picks it up by
    itself: `mobility live list` tells how it goes.
    """
    interval_s = None if not interval else _read_interval(interval)
    with open_services() as services:
        source = add_source(services.feeds, name, address, feed_id, interval_s)
    out.print(
        f"{source.name}: {_shown(source.address)} for {source.feed_id}, every {source.interval_s:g} s",
        markup=False,
    )


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """List the sources with how they were when a server looked last: age, trips matched, what was noticed."""
    with open_services() as services:
        found = list_sources(services.feeds)
        now = services.feeds.now()
    if as_json:
        print_json(
            [
                asdict(source)
                | {"address": _shown(source.address), "status": asdict(status) if status else None}
                for source, status in found
            ]
        )
        return
    if not found:
        out.print("no source yet: mobility live add NAME URL_OR_PATH --feed FEED")
        return
    headings = (
        "source",
        "feed",
        "state",
        "last look",
        "age",
        "trips",
        "unknown",
        "alerts",
        "vehicles",
        "from",
    )
    print_table(headings, [_row(source, status, now) for source, status in found])
    for source, status in found:
        if status is not None and status.error:
            out.print(f"{source.name}: {status.error}", markup=False)
        for finding in status.findings if status else ():
            times = f" ({finding.count:,} times)" if finding.count > 1 else ""
            out.print(
                f"{source.name}: {finding.severity} {finding.rule}: {finding.message}{times}", markup=False
            )


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(metavar="NAME", help="The source.")]) -> None:
    """Remove a source; running servers stop showing what it said."""
    with open_services() as services:
        source = remove_source(services.feeds, name)
    out.print(f"{source.name} is removed; {source.feed_id} is served as it is planned")


def _row(source: LiveSource, status: LiveStatus | None, now: dt.datetime) -> tuple[object, ...]:
    if status is None:
        return (source.name, source.feed_id, "no server looked yet", *[""] * 6, _shown(source.address))
    said = status.stamped_at or status.arrived_at
    return (
        source.name,
        source.feed_id,
        status.state,
        f"{_age(now, status.polled_at)} ago",
        "" if said is None else _age(now, said),
        status.trips_matched,
        status.trips_unmatched,
        status.alerts,
        status.vehicles,
        _shown(source.address),
    )


def _age(now: dt.datetime, instant: dt.datetime) -> str:
    seconds = max((now - instant).total_seconds(), 0.0)
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def _shown(address: str) -> str:
    """Without its query and password: keys are kept there."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https"):
        return address
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _read_interval(words: str) -> float:
    read = _INTERVAL.fullmatch(words.strip())
    if read is None:
        raise typer.BadParameter(f"{words!r} is no interval: 20s, 500ms, 2min")
    return float(read[1]) * _UNIT_S[read[2]]
