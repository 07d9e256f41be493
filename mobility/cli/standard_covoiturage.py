"""`mobility standard-covoiturage …`: what other platforms find here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mobility.acts.standard_covoiturage.test_data import TestDataError, load_test_data
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.services import open_services

app = typer.Typer(no_args_is_help=True, help="Standard covoiturage: what other platforms find and book here.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command("load")
def load(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSON: collections of journeys, users, bookings.")
    ],
    in_production: Annotated[
        bool,
        typer.Option(
            "--in-production", help="Load it into a PostgreSQL database, where test data seldom belongs."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load test data for others to try their platform with, instead of what was loaded before.

    It is answered from where MOBILITY_STANDARD_COVOITURAGE=test-data, and there nothing else is: rides of people are
    neither shown nor booked.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise fail(f"{file} cannot be read as JSON: {error}") from None
    with open_services() as services:
        if services.engine.dialect.name == "postgresql" and not in_production:
            raise fail("this database is PostgreSQL, as in production: say --in-production if you mean it")
        try:
            counts = load_test_data(services.acts, document)
        except TestDataError as error:
            raise fail(f"{file}: {error}") from None
        is_served = services.settings.standard_covoiturage == "test-data"
    if as_json:
        print_json({"loaded": counts, "isServed": is_served})
        return
    print_table(("collection", "things"), list(counts.items()))
    if not is_served:
        out.print("it is served where MOBILITY_STANDARD_COVOITURAGE=test-data")


@app.command("events")
def events(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what other platforms told of bookings made with them, the newest first."""
    with open_services() as services, services.unit_of_work(read_only=True) as work:
        found = work.standard.list_events(limit)
    if as_json:
        print_json([{"operator": operator, "at": at, "event": event} for operator, at, event in found])
        return
    if not found:
        out.print("nobody told of a booking yet")
        return
    rows = [
        (operator, f"{at:%Y-%m-%d %H:%M:%S}", event["data"]["id"], event["data"]["status"])
        for operator, at, event in found
    ]
    print_table(("operator", "at", "booking", "status"), rows)
