"""The command `mobility`."""

from __future__ import annotations

import sys
from importlib.metadata import version

import structlog
import typer

from carpool.refusal import CarpoolRefusedError
from gtfs_feeds.findings import FeedRefusedError
from mobility.accounts.caller import ForbiddenError
from mobility.acts.find_feed import UnknownFeedError
from mobility.acts.import_places import PlacesRefusedError
from mobility.acts.import_streets import StreetsRefusedError
from mobility.acts.live_sources import LiveSourceError
from mobility.acts.publish_snapshot import FeedsBusyError
from mobility.acts.remove_streets import NoStreetsError
from mobility.bootstrap import ConfigurationError
from mobility.cli import (
    accounts,
    audit,
    bench,
    carpool,
    carpool_grants,
    database,
    demo,
    feeds,
    live,
    places,
    plan,
    server,
    settings,
    standard_covoiturage,
    streets,
    worker,
)
from mobility.cli.console import fail, out
from mobility.journeys.serving import NothingToServeError

REFUSALS = (
    *accounts.REFUSALS,
    *audit.REFUSALS,
    *carpool_grants.REFUSALS,
    CarpoolRefusedError,
    ConfigurationError,
    FeedRefusedError,
    FeedsBusyError,
    ForbiddenError,
    LiveSourceError,
    NothingToServeError,
    NoStreetsError,
    PlacesRefusedError,
    StreetsRefusedError,
    UnknownFeedError,
)
"""Errors whose message is for the person who typed the command."""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The open backend a region runs its public mobility on: feeds, journeys, and one API.",
    epilog="Settings are MOBILITY_… environment variables: `mobility settings` lists them. "
    "Codes: 0 done, 1 refused or failed (why is on stderr), 2 wrongly typed.",
)
app.add_typer(accounts.app, name="account")
app.add_typer(carpool.app, name="carpool")
app.add_typer(feeds.app, name="feed")
app.add_typer(audit.app, name="audit")
app.add_typer(live.app, name="live")
app.add_typer(streets.app, name="streets")
app.add_typer(places.app, name="places")
app.add_typer(database.app, name="db")
app.add_typer(standard_covoiturage.app, name="standard-covoiturage")
app.add_typer(worker.app, name="worker")
app.command("demo")(demo.demo)
app.command("serve")(server.serve)
app.command("plan")(plan.plan)
app.command("bench")(bench.bench)
app.command("settings")(settings.settings)


@app.callback(invoke_without_command=True)
def _options(show_version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if show_version:
        out.print(version("mobility"))
        raise typer.Exit


def main() -> None:
    """Run the command line; refusals are words on stderr and code 1."""
    # What commands have to say they print; what parts log on the way is only worth reading when it is a warning.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("warning"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        app(prog_name="mobility")
    except REFUSALS as error:
        raise SystemExit(fail(str(error)).exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
