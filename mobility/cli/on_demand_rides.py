"""`mobility on-demand quote … hold … confirm`: a traveller's rides, as somebody with an account."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from mobility.accounts.caller import Caller
from mobility.acts.on_demand import cancel as cancelling
from mobility.acts.on_demand import change as changing
from mobility.acts.on_demand import confirm as confirming
from mobility.acts.on_demand import hold as holding
from mobility.acts.on_demand.hold import HoldWish
from mobility.acts.on_demand.own_rides import find_ride, list_my_rides
from mobility.acts.on_demand.quote import Ask, Declined
from mobility.acts.on_demand.quote import quote as ask_quotes
from mobility.bootstrap import Services
from mobility.cli.ask_journeys import TIME_HELP, ask_journeys, print_found
from mobility.cli.carpool import KEY_HELP, caller_of
from mobility.cli.console import fail, out, print_json
from mobility.cli.instants import read_instant
from mobility.cli.last_quotes import keep_quotes, read_quotes
from mobility.cli.services import open_services
from on_demand.booking import ConnectionKind, ConnectionStanding, OnDemandRide, Party, RideStatus
from on_demand.service import Service

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
As = Annotated[str, typer.Option("--as", metavar="E-MAIL", help="Whose account does it.")]
Ride = Annotated[str, typer.Argument(metavar="RIDE", help="See `mobility on-demand rides`.")]

_STANDINGS = {
    ConnectionStanding.KEPT: "guaranteed",
    ConnectionStanding.AT_RISK: "at risk, call the operator",
    ConnectionStanding.CANCELLED: "cancelled, call the operator",
}


def add_ride_commands(app: typer.Typer) -> None:
    """Into the group."""
    for command in (quote, hold, confirm, rides, cancel, change):
        app.command(command.__name__)(command)


def quote(
    origin: Annotated[
        str, typer.Argument(metavar="FROM", help="A name, a stop's or place's id, or lat,lon.")
    ],
    destination: Annotated[str, typer.Argument(metavar="TO", help="Likewise.")],
    leave: Annotated[str, typer.Option("--leave", help=f"Leave then: {TIME_HELP} [default: now]")] = "",
    arrive: Annotated[str, typer.Option("--arrive", help="Be there by then, likewise.")] = "",
    adults: Annotated[int, typer.Option("--adults", min=0, max=20)] = 1,
    children: Annotated[int, typer.Option("--children", min=0, max=20)] = 0,
    wheelchairs: Annotated[int, typer.Option("--wheelchairs", min=0, max=20)] = 0,
    companions: Annotated[int, typer.Option("--companions", min=0, max=20)] = 0,
    as_json: AsJson = False,
) -> None:
    """Find journeys with rides on demand, to coaches and trains or all the way, that can be booked now.

    Number 1 is there soonest, or with --arrive leaves last. A quote holds no seat: `mobility on-demand hold NUMBER`
    does, for some minutes.
    Ends with code 1 when there is none; the reasons are said.
    """
    with open_services() as services:
        found = ask_journeys(
            services,
            (origin, destination),
            leave,
            arrive,
            lambda one: bool(list_tokens(one)),
            party=Party(adults, children, wheelchairs, companions),
            wheelchair=wheelchairs > 0,
        )
        keep_quotes(services.settings.data_dir, [list_tokens(one) for one in found.journeys])
    if as_json:
        shown = [
            {"number": n, "quotes": list_tokens(one), "journey": one}
            for n, one in enumerate(found.journeys, 1)
        ]
        print_json({"journeys": shown, "reasons": found.answer.get("reasons", [])})
    else:
        print_found(
            found,
            "no journey with a ride on demand can be booked; `mobility plan` shows the others",
            "Hold one, for some minutes: mobility on-demand hold 1 --as E-MAIL",
        )
    if not found.journeys:
        raise typer.Exit(1)


def list_tokens(itinerary: dict[str, Any]) -> list[str]:
    """The quotes of an itinerary, one for each of its rides on demand."""
    quotes = [leg["booking"].get("quote", "") for leg in itinerary["legs"] if "booking" in leg]
    return [quote for quote in quotes if quote]


def hold(
    quotes: Annotated[
        list[str],
        typer.Argument(metavar="QUOTE...", help="The number `quote` printed, or what --json gives."),
    ],
    who: As,
    note: Annotated[str, typer.Option("--note", help="For the driver.")] = "",
    key: Annotated[str, typer.Option("--key", help=KEY_HELP)] = "",
    as_json: AsJson = False,
) -> None:
    """Hold the rides of a journey for some minutes: real seats, all of them or none."""
    with open_services() as services:
        tokens = read_quotes(services.settings.data_dir, quotes)
        held = holding.hold(
            services.on_demand, caller_of(services, who), HoldWish(tuple(tokens), note=note), key
        )
        _print_rides(services, held, as_json)
        if not as_json:
            out.print(f"\nConfirm in time: mobility on-demand confirm {held[0].id} --as {who}", markup=False)


def confirm(
    who: As,
    ride: Annotated[str, typer.Argument(metavar="[RIDE]", help="Else the one journey that is held.")] = "",
    as_json: AsJson = False,
) -> None:
    """Confirm a held ride, with all others of its journey."""
    with open_services() as services:
        caller = caller_of(services, who)
        ride = ride or _only_held(services, caller)
        confirmed = confirming.confirm(services.on_demand, caller, ride)
        _print_rides(services, confirmed, as_json)


def rides(
    who: As,
    past: Annotated[bool, typer.Option("--past", help="Also what is over.")] = False,
    as_json: AsJson = False,
) -> None:
    """List somebody's rides on demand, the latest first."""
    with open_services() as services:
        found = list_my_rides(services.on_demand, caller_of(services, who))
        _print_rides(services, [ride for ride in found if past or ride.holds_seats], as_json)


def cancel(
    ride: Ride,
    who: As,
    journey: Annotated[bool, typer.Option("--journey", help="All rides to come of its journey.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give a ride back."""
    with open_services() as services:
        ended = cancelling.cancel(services.on_demand, caller_of(services, who), ride, whole_journey=journey)
        _print_rides(services, ended, as_json)


def change(
    ride: Ride,
    who: As,
    leave: Annotated[str, typer.Option("--leave", help=f"Leave then instead: {TIME_HELP}")] = "",
    arrive: Annotated[str, typer.Option("--arrive", help="Be there by then instead, likewise.")] = "",
    as_json: AsJson = False,
) -> None:
    """Another time for a ride to come; it stays as it is where that has no room, and what has is said."""
    if bool(leave) == bool(arrive):
        raise typer.BadParameter("give --leave or --arrive")
    with open_services() as services:
        caller = caller_of(services, who)
        before, _ = find_ride(services.on_demand, caller, ride)
        service = _services(services)[before.service_id]
        at_s = int(read_instant(leave or arrive, ZoneInfo(service.zone_name)).timestamp())
        ask = Ask(
            before.origin,
            before.destination,
            before.party,
            at_s if leave else None,
            at_s if arrive else None,
            before.service_id,
            instead_of=ride,
        )
        found = ask_quotes(services.on_demand, caller, ask)
        if not found.offers:
            raise fail("\n".join(_why(one) for one in found.declined))
        changed = changing.change(services.on_demand, caller, ride, found.offers[0].token)
        _print_rides(services, [changed], as_json)


def _only_held(services: Services, caller: Caller) -> str:
    """A ride of the one journey somebody holds; raises typer.Exit where there is none, or are several."""
    held = [one for one in list_my_rides(services.on_demand, caller) if one.status is RideStatus.HELD]
    if len({one.journey_id for one in held}) != 1:
        said = "nothing is held" if not held else "several journeys are held; name a ride of one"
        raise fail(f"{said}: mobility on-demand rides --as E-MAIL")
    return held[0].id


def _why(declined: Declined) -> str:
    zone = ZoneInfo(declined.service.zone_name)
    times = [
        dt.datetime.fromtimestamp(one.quote.pickup_open_s, zone).strftime("%a %d %b %H:%M")
        for one in declined.alternatives
    ]
    instead = f" Possible: leaving {', '.join(times)}." if times else ""
    phone = f" Telephone: {declined.service.phone}." if declined.service.phone else ""
    return f"{declined.service.name}: {declined.english}{instead}{phone}"


def _services(services: Services) -> dict[str, Service]:
    with services.unit_of_work(read_only=True) as work:
        return {service.id: service for service in work.on_demand.list_services()}


def _print_rides(services: Services, found: list[OnDemandRide], as_json: bool) -> None:
    if as_json:
        print_json([asdict(ride) for ride in found])
        return
    if not found:
        out.print("no rides to come: mobility on-demand quote FROM TO")
        return
    known = _services(services)
    for ride in found:
        service = known.get(ride.service_id)
        zone = ZoneInfo(service.zone_name if service is not None else "Europe/Paris")
        out.print(f"ride {ride.id}: {_status(ride, zone)}", style="bold", markup=False)
        for line in describe_ride(ride, service.name if service is not None else ride.service_id, zone):
            out.print(f"  {line}", markup=False)


def describe_ride(ride: OnDemandRide, service: str, zone: ZoneInfo) -> list[str]:
    """What was promised, on the service's clock."""
    opens, closes, arrives = (
        dt.datetime.fromtimestamp(at_s, zone)
        for at_s in (ride.pickup_open_s, ride.pickup_close_s, ride.drop_close_s)
    )
    fare = "price unknown" if ride.fare_cents is None else f"{ride.fare_cents / 100:.2f} €"
    lines = [
        f"{opens:%a %d %b}  {ride.origin.name} → {ride.destination.name}, {service}, {fare}",
        f"comes between {opens:%H:%M} and {closes:%H:%M}, there before {arrives:%H:%M}",
    ]
    connection = ride.connection
    if connection is not None:
        planned = dt.datetime.fromtimestamp(connection.scheduled_s, zone)
        way = (
            "in time for the departure" if connection.kind is ConnectionKind.ONTO else "waits for the arrival"
        )
        lines.append(f"{way} at {planned:%H:%M}: {_STANDINGS[connection.standing]}")
    if ride.cancel_free_until is not None and ride.status is RideStatus.CONFIRMED:
        until = ride.cancel_free_until.astimezone(zone)
        lines.append(f"cancelling is of no consequence until {until:%a %d %b %H:%M}")
    return lines


def _status(ride: OnDemandRide, zone: ZoneInfo) -> str:
    if ride.status is RideStatus.HELD and ride.expires_at is not None:
        return f"held until {ride.expires_at.astimezone(zone):%H:%M:%S}"
    return str(ride.status.value)
