"""`mobility streets …`: the streets between people's doors and the stops."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from mobility.acts.collect_garbage import collect_garbage
from mobility.acts.import_streets import import_streets
from mobility.acts.remove_streets import remove_streets
from mobility.acts.street_records import StreetsVersion
from mobility.cli.console import out, print_json, print_table, progress_bars
from mobility.cli.services import open_services

app = typer.Typer(
    no_args_is_help=True,
    help="The streets people walk, cycle and drive on, from OpenStreetMap. Without them, times on foot, by bike and "
    "by car are estimated as the crow flies, and every answer says so.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

SHORT = 12
"""Digits of a version that are shown."""


@app.command("import")
def import_(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE_OR_URL",
            help="An OpenStreetMap extract: .osm.pbf, .osm.gz, .osm.bz2 or .osm, a file or an http(s) address.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Import the streets of an OpenStreetMap extract and serve them, instead of those before.

    Extracts of regions: https://download.geofabrik.de. One extract is served at a time: join several first (osmium
    merge). It should reach some kilometres beyond the stops; outside of it times are estimated as the crow flies.

    The graph is built aside; then walks between stops are worked out anew and everything is served in one step. A
    running server picks it up by itself. What cannot be used is said on stderr and remembered, and what was served
    before goes on being served. Importing the same bytes again changes nothing.

    The data is © OpenStreetMap contributors, ODbL 1.0: answers that used it say so, and so must who shows them.
    """
    with open_services() as services, progress_bars() as report:
        outcome = import_streets(services.feeds, source, report)
        collect_garbage(services.feeds)
    version = outcome.version
    if as_json:
        result = "unchanged" if outcome.is_unchanged else "imported"
        print_json({**asdict(version), "outcome": result, "snapshot": outcome.published.snapshot})
    elif outcome.is_unchanged:
        out.print(f"streets: unchanged, version {version.version[:SHORT]} was imported before")
    else:
        out.print(
            f"streets: version {version.version[:SHORT]}, {version.node_count:,} crossings, "
            f"{version.edge_count:,} stretches of street, {_box(version)}"
        )
        if outcome.published.snapshot is None:
            out.print("  there is no timetable yet: mobility feed import PATH_OR_URL")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show the streets that are served, and how the last import went."""
    with open_services() as services, services.unit_of_work(read_only=True) as work:
        active, last = work.streets.find_active(), work.streets.find_last_import()
    if as_json:
        print_json({"active": active and asdict(active), "last_import": last and asdict(last)})
        return
    if active is None:
        out.print(
            "no streets yet, times are estimated as the crow flies: mobility streets import FILE_OR_URL"
        )
    else:
        headings = ("version", "imported (UTC)", "map of", "crossings", "stretches", "where", "source")
        print_table(headings, [_row(active)])
    if last is not None and last.outcome == "failed":
        out.print(f"the last import, of {last.source}, failed: {last.message}", markup=False)


@app.command("remove")
def remove() -> None:
    """Remove the streets: times are estimated as the crow flies again, and answers say so."""
    with open_services() as services, progress_bars() as report:
        remove_streets(services.feeds, report)
        collect_garbage(services.feeds)
    out.print("the streets were removed: times are estimated as the crow flies again")


def _row(version: StreetsVersion) -> tuple[object, ...]:
    return (
        version.version[:SHORT],
        f"{version.imported_at:%Y-%m-%d %H:%M}",
        "unknown" if version.data_at is None else f"{version.data_at:%Y-%m-%d}",
        version.node_count,
        version.edge_count,
        _box(version),
        version.source,
    )


def _box(version: StreetsVersion) -> str:
    return f"{version.south:.3f},{version.west:.3f} to {version.north:.3f},{version.east:.3f}"
