"""The command `mobility`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version

import structlog
import typer

from mobility.cli.console import fail, out

GROUPS = {
    "account": "accounts",
    "carpool": "carpool",
    "feed": "feeds",
    "audit": "audit",
    "live": "live",
    "streets": "streets",
    "on-demand": "on_demand",
    "tariff": "tariff",
    "tickets": "tickets",
    "sales": "sales",
    "places": "places",
    "db": "database",
    "standard-covoiturage": "standard_covoiturage",
    "worker": "worker",
    "inspect": "inspect",
}
"""The module of each group of commands; its `app` is the group."""

COMMANDS = {
    "demo": "demo",
    "serve": "server",
    "plan": "plan",
    "bench": "bench",
    "settings": "settings",
}
"""The module of each command that is in no group; it has a function of the command's name."""


def make_app(names: Iterable[str] = (*GROUPS, *COMMANDS)) -> typer.Typer:
    """The command line with these groups and commands alone: what is not there is not imported."""
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help="The open backend a region runs its public mobility on: feeds, journeys, and one API.",
        epilog="Settings are MOBILITY_… environment variables: `mobility settings` lists them. "
        "Codes: 0 done, 1 refused or failed (why is on stderr), 2 wrongly typed.",
    )
    app.callback(invoke_without_command=True)(_options)
    for name in names:
        module = import_module(f"mobility.cli.{GROUPS.get(name) or COMMANDS[name]}")
        if name in GROUPS:
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(getattr(module, name))
    return app


def _options(show_version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if show_version:
        out.print(version("mobility"))
        raise typer.Exit


def _needed(typed: list[str]) -> Iterable[str]:
    """One command needs a part of the house, the page of all of them the whole."""
    if typed == ["--version"]:
        return ()
    return typed if typed and typed[0] in {**GROUPS, **COMMANDS} else (*GROUPS, *COMMANDS)


def main() -> None:
    """Run the command line; refusals are words on stderr and code 1."""
    # What commands have to say they print; what parts log on the way is only worth reading when it is a warning.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("warning"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        make_app(_needed(sys.argv[1:2]))(prog_name="mobility")
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        from mobility.cli.refusals import REFUSALS  # needs the whole house

        if isinstance(error, REFUSALS):
            raise SystemExit(fail(str(error)).exit_code) from None
        raise
