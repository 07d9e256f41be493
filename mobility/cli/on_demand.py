"""`mobility on-demand …`: demand-responsive transport, for its operator, its drivers and its travellers.

The commands are in files of one subject each, which put them into `app` (`add_…_commands(app)`).
"""

from __future__ import annotations

import typer

from mobility.cli.on_demand_day import add_day_commands
from mobility.cli.on_demand_fleet import add_fleet_commands
from mobility.cli.on_demand_rides import add_ride_commands
from mobility.cli.on_demand_waiting import add_waiting_commands

app = typer.Typer(
    no_args_is_help=True,
    help="Demand-responsive transport (TAD): services, vehicles, shifts, the operator's day, and rides.",
)


@app.callback()
def _group() -> None:
    """A group also while it has one command."""


add_ride_commands(app)
add_fleet_commands(app)
add_day_commands(app)
add_waiting_commands(app)
