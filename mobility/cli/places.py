"""`mobility places …`: where people go that is not a stop."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mobility.acts.import_places import import_places, list_places
from mobility.cli.console import errors, out, print_json, print_table
from mobility.cli.services import open_services

app = typer.Typer(
    no_args_is_help=True, help="Where people go that is not a stop: communes, hamlets, hospitals."
)

SKIPPED_SHOWN = 10


@app.command("import")
def import_(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="CSV", exists=True, dir_okay=False, help="A CSV file with a line of headings."
        ),
    ],
    kind: Annotated[
        str, typer.Option("--kind", help="What rows without a kind are: commune, locality or poi.")
    ] = "commune",
) -> None:
    """Import places from a CSV file, instead of those the same file name gave before.

    Needed columns: name (or nom), lat, lon. Understood too: id (or insee), population, kind, area (or
    departement), country. Separated by commas or semicolons, UTF-8 or Latin-1. Rows that cannot be used are left
    out and said. Towns the database began with give way to places of the same name nearby.
    """
    with open_services() as services:
        outcome = import_places(services.feeds, path, kind)
    for sentence in outcome.skipped[:SKIPPED_SHOWN]:
        errors.print(f"left out: {sentence}", markup=False)
    if len(outcome.skipped) > SKIPPED_SHOWN:
        errors.print(f"left out: {len(outcome.skipped) - SKIPPED_SHOWN:,} more")
    out.print(f"{outcome.imported:,} places imported, {outcome.replaced:,} towns replaced")


@app.command("list")
def list_(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Only names with these letters.")] = "",
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="Show at most so many, the largest first.")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """List places, those with most inhabitants first."""
    with open_services() as services:
        found = [place for place in list_places(services.feeds) if name.casefold() in place.name.casefold()]
    found.sort(key=lambda place: (-place.population, place.name, place.id))
    if as_json:
        print_json([asdict(place) for place in found[:limit]])
        return
    rows = [
        (one.name, one.kind, one.area, one.population, f"{one.lat:.5f},{one.lon:.5f}", one.id)
        for one in found[:limit]
    ]
    print_table(("name", "kind", "area", "inhabitants", "where", "id"), rows)
    if len(found) > limit:
        out.print(f"… and {len(found) - limit:,} more")
