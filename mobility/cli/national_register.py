"""`mobility carpool national-register …`: what the national register of proof was told, and what it said."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated

import typer

from mobility.acts.national_register.ports import State
from mobility.acts.national_register.tell import follow_proven, send_again, tell_register
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.services import open_services

app = typer.Typer(
    no_args_is_help=True, help="The national register of proof: what it was told, and what it said."
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command("status")
def status(
    journey: Annotated[
        str, typer.Argument(metavar="[JOURNEY]", help="One journey: all its statuses and exchanges.")
    ] = "",
    state: Annotated[State | None, typer.Option("--state", help="Only journeys in this state.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """How many journeys stand where, and the newest of them; or all about one."""
    if journey:
        _show_journey(journey, as_json)
        return
    with open_services() as services, services.unit_of_work(read_only=True) as work:
        counts = work.national_journeys.count()
        found = work.national_journeys.list_journeys(state, limit)
        is_on = services.national.client is not None
    if as_json:
        print_json(
            {
                "isOn": is_on,
                "counts": [{"state": one, "status": said, "count": count} for one, said, count in counts],
                "journeys": [asdict(one) for one in found],
            }
        )
        return
    if not is_on:
        out.print("nothing is sent: set MOBILITY_NATIONAL_REGISTER_URL")
    if counts:
        print_table(("state", "status", "journeys"), counts)
    if found:
        rows = [
            (one.id, one.trip_id, f"{one.ended_at:%Y-%m-%d %H:%M}", one.state, one.status, one.error)
            for one in found
        ]
        print_table(("journey", "trip", "ended", "state", "status", "error"), rows)


@app.command("send")
def send(
    journey: Annotated[
        str, typer.Argument(metavar="[JOURNEY]", help="One that was refused, or is to be updated.")
    ] = "",
    since: Annotated[
        str, typer.Option("--since", help="All trips that began on this day (YYYY-MM-DD) or later.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Send now what is due; first have one journey sent again, or all proven trips since a day followed."""
    with open_services() as services:
        if services.national.client is None:
            raise fail("nothing can be sent: set MOBILITY_NATIONAL_REGISTER_URL")
        if journey and not send_again(services.national, journey):
            raise fail(f"there is no journey {journey!r}: mobility carpool national-register status")
        followed = follow_proven(services.national, _read_day(since)) if since else 0
        looked = tell_register(services.national)
    if as_json:
        print_json({"tripsFollowed": followed, "journeysLookedAt": looked})
        return
    if since:
        out.print(f"{followed:,} trips followed")
    out.print(f"{looked:,} journeys looked at")


def _show_journey(journey_id: str, as_json: bool) -> None:
    with open_services() as services, services.unit_of_work(read_only=True) as work:
        journey = work.national_journeys.find(journey_id)
        statuses = work.national_journeys.list_statuses(journey_id)
        exchanges = work.national_journeys.list_exchanges(journey_id)
    if journey is None:
        raise fail(f"there is no journey {journey_id!r}: mobility carpool national-register status")
    if as_json:
        print_json(
            {
                "journey": asdict(journey),
                "statuses": [asdict(one) for one in statuses],
                "exchanges": [asdict(one) for one in exchanges],
            }
        )
        return
    out.print(
        f"{journey.id}: {journey.state}, {journey.status or 'no status yet'} {journey.error}", markup=False
    )
    print_table(
        ("seen", "status", "details"),
        [(f"{one.at:%Y-%m-%d %H:%M:%S}", one.status, str(one.details or "")) for one in statuses],
    )
    print_table(
        ("at", "request", "answer"),
        [
            (f"{one.at:%Y-%m-%d %H:%M:%S}", f"{one.method} {one.path}", one.answer_status or "none")
            for one in exchanges
        ],
    )


def _read_day(words: str) -> dt.date:
    try:
        return dt.date.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter(f"{words!r} is no day: 2026-10-01") from None
