"""`mobility on-demand wait|leave|waiting`: the waiting list, for travellers and for the operator."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from ground.paris import PARIS
from mobility.accounts.caller import SYSTEM
from mobility.acts.on_demand.quote import ask_again, read_quote
from mobility.acts.on_demand.waiting_list import join_waiting_list, leave_waiting_list, list_line
from mobility.cli.carpool import KEY_HELP, caller_of
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.last_quotes import read_quotes
from mobility.cli.on_demand_day import Agent
from mobility.cli.on_demand_fleet import AsJson
from mobility.cli.on_demand_rides import As
from mobility.cli.services import open_services
from mobility.http.on_demand_ride_schemas import waiting_answer
from on_demand.waiting_list import Waiting


def add_waiting_commands(app: typer.Typer) -> None:
    """Into the group."""
    for command in (wait, leave, waiting):
        app.command(command.__name__)(command)


def wait(
    number: Annotated[
        str, typer.Argument(metavar="QUOTE", help="The number `quote` printed, or what its --json gives.")
    ],
    who: As,
    key: Annotated[str, typer.Option("--key", help=KEY_HELP)] = "",
    as_json: AsJson = False,
) -> None:
    """Wait for a place where somebody else has taken the one that was quoted.

    When one becomes free a ride is held for whoever came first: `mobility on-demand rides` shows it, to be confirmed.
    """
    with open_services() as services:
        caller = caller_of(services, who)
        tokens = read_quotes(services.settings.data_dir, [number])
        if len(tokens) != 1:
            raise fail(
                f"journey {number} has {len(tokens)} rides on demand: give the quote of one (`quote --json`)"
            )
        ask = ask_again(read_quote(services.on_demand, tokens[0]))
        made = join_waiting_list(services.on_demand, caller, ask, key=key)
    _print(made, as_json)


def leave(
    place: Annotated[str, typer.Argument(metavar="WAITING", help="What `wait` or `waiting` printed.")],
    who: As,
    as_json: AsJson = False,
) -> None:
    """Wait no more; what was offered meanwhile is given back."""
    with open_services() as services:
        left = leave_waiting_list(services.on_demand, caller_of(services, who), place)
    _print(left, as_json)


def waiting(
    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="One service; else all.")] = "",
    who: Agent = "",
    as_json: AsJson = False,
) -> None:
    """Show who waits for a place, or is offered one now, in the order they are served. For operators."""
    with open_services() as services:
        caller = caller_of(services, who) if who else SYSTEM
        line = list_line(services.on_demand, caller, service)
    if as_json:
        print_json([waiting_answer(one).model_dump(mode="json", by_alias=True) for one in line])
    elif not line:
        out.print("nobody waits")
    else:
        rows = [
            (
                f"{one.made_at.astimezone(PARIS):%a %d %b %H:%M}",
                one.service_id,
                _wish(one),
                one.status.value,
                one.id,
            )
            for one in line
        ]
        print_table(("since", "service", "wish", "status", "waiting"), rows)


def _print(one: Waiting, as_json: bool) -> None:
    if as_json:
        print_json(waiting_answer(one).model_dump(mode="json", by_alias=True))
    else:
        out.print(f"waiting {one.id}: {_wish(one)}  {one.status.value}", markup=False)


def _wish(one: Waiting) -> str:
    at_s, side = (one.leave_s, "from") if one.leave_s is not None else (one.arrive_s or 0, "by")
    at = dt.datetime.fromtimestamp(at_s, PARIS)
    party = one.party
    heads = party.adults + party.children + party.wheelchairs + party.companions
    return f"{one.origin.name} → {one.destination.name}, {side} {at:%a %d %b %H:%M}, {heads} people"
