"""`mobility db …`: the database itself."""

from __future__ import annotations

import typer

from mobility.cli.console import out
from mobility.cli.services import open_services

app = typer.Typer(no_args_is_help=True, help="The database itself.")


@app.callback()
def _group() -> None:
    """So that `upgrade` stays a command of its own while it is the only one."""


@app.command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest schema, and give a new one the towns of France.

    Safe to run at any time and by several processes at once: one does it, the others wait. `serve` and
    `feed import` do it too.
    """
    with open_services() as services:
        with services.unit_of_work(read_only=True) as work:
            count = work.places.count()
        out.print(f"database at {services.engine.url.render_as_string(hide_password=True)}")
        out.print(f"schema {services.schema}, {count:,} places")
