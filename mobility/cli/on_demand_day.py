"""`mobility on-demand day|manifest|breakdown|repair|callers|book-for`: the operator's day, and the telephone."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ground.paris import PARIS
from mobility.accounts.caller import SYSTEM
from mobility.acts.on_demand import breakdown as breaking
from mobility.acts.on_demand import phone_desk
from mobility.acts.on_demand.day_plan import day_plan, manifest
from mobility.acts.on_demand.own_rides import Rider
from mobility.acts.on_demand.tour_view import StopView, TourView
from mobility.cli.carpool import KEY_HELP, caller_of
from mobility.cli.console import out, print_json, print_table
from mobility.cli.instants import WEEKDAYS, read_instant
from mobility.cli.last_quotes import read_quotes
from mobility.cli.on_demand_fleet import AsJson, refusing, tell_redispatched
from mobility.cli.services import open_services
from mobility.http.on_demand_day_schemas import caller_answer, day_answer, manifest_answer
from mobility.http.on_demand_fleet_schemas import redispatched_answer
from mobility.http.on_demand_ride_schemas import ride_answer
from on_demand.area import Point
from on_demand.tour import StopKind

DAY_HELP = "'today', 'tomorrow', 'monday' (the next one after today) or YYYY-MM-DD."
Day = Annotated[str, typer.Option("--day", metavar="DAY", help=DAY_HELP)]
Shift = Annotated[str, typer.Argument(metavar="SHIFT", help="See `mobility on-demand shifts`.")]
Where = Annotated[str, typer.Option("--where", metavar="LAT,LON", help="Where it stands.")]
Agent = Annotated[
    str, typer.Option("--as", metavar="E-MAIL", help="Whose account does it; else the operator's.")
]


def add_day_commands(app: typer.Typer) -> None:
    """Into the group."""
    app.command("day")(day)
    app.command("manifest")(show_manifest)
    app.command("breakdown")(report_breakdown)
    app.command("repair")(report_repair)
    app.command("callers")(callers)
    app.command("book-for")(book_for)


def day(
    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="One service; else all vehicles.")] = "",
    on: Day = "today",
    as_json: AsJson = False,
) -> None:
    """Show the operator's day: every vehicle with its tour, times, riders, free time, and whom to call.

    Times are those expected as things stand; `late` is said against what was promised.
    """
    with open_services() as services:
        plan = day_plan(services.on_demand, SYSTEM, service, _read_day(on))
    if as_json:
        print_json(day_answer(plan).model_dump(mode="json", by_alias=True))
        return
    zone = ZoneInfo(plan.zone_name)
    if not plan.tours:
        out.print(f"nothing runs on {plan.day}: mobility on-demand shifts")
    for tour in plan.tours:
        _print_tour(tour, zone)
    for ride, rider in plan.to_call:
        out.print(
            f"cancelled by you, to be called: {rider.name} {rider.phone}, "
            f"{_clock(ride.pickup_open_s, zone)} {ride.origin.name} → {ride.destination.name}",
            style="yellow",
            markup=False,
        )


def show_manifest(shift: Shift, on: Day = "today", as_json: AsJson = False) -> None:
    """Show what the driver of a shift does on a day: stop by stop, who gets on and off, with telephone numbers.

    Drivers have it on their telephones at /on-demand/driving, and print it from there.
    """
    with open_services() as services:
        known = manifest(services.on_demand, SYSTEM, shift, _read_day(on))
    if as_json:
        print_json(manifest_answer(known).model_dump(mode="json", by_alias=True))
        return
    zone = ZoneInfo(known.zone_name)
    _print_tour(known.tour, zone)
    rows = [_row(stop, zone) for stop in known.tour.stops]
    if rows:
        print_table(("time", "promised", "", "where", "who", "telephone", "party", "note"), rows)


def report_breakdown(
    shift: Shift,
    on: Day = "today",
    since: Annotated[str, typer.Option("--since", help="'HH:MM' or an instant; now.")] = "",
    where: Where = "",
    as_json: AsJson = False,
) -> None:
    """A vehicle goes no further: its riders go to other vehicles, in one step.

    Rides to come keep what was promised; whoever is aboard is fetched as soon as can be. Whoever no vehicle can take is
    cancelled, told, and listed with their telephone number. `mobility on-demand repair` brings the vehicle back.
    """
    since_at = read_instant(since, PARIS) if since else None
    with open_services() as services:
        done = refusing(
            lambda: breaking.break_down(
                services.on_demand, SYSTEM, shift, _read_day(on), since_at, _point(where)
            )
        )
    if as_json:
        print_json(redispatched_answer(done).model_dump(mode="json", by_alias=True))
        return
    out.print(f"{shift} is out of service", markup=False)
    tell_redispatched(done)


def report_repair(shift: Shift, on: Day = "today", where: Where = "", as_json: AsJson = False) -> None:
    """A vehicle that had broken down runs again, from now on, from its depot or --where."""
    with open_services() as services:
        tour = breaking.back_in_service(services.on_demand, SYSTEM, shift, _read_day(on), _point(where))
    if as_json:
        print_json({"shift": shift, "day": tour.day, "version": tour.version})
    else:
        out.print(f"{shift} is back in service", markup=False)


def callers(
    phone: Annotated[str, typer.Argument(metavar="PHONE", help="National or international.")],
    who: Agent = "",
    as_json: AsJson = False,
) -> None:
    """Find who may be calling from a telephone number, with their rides of the last two weeks and to come."""
    with open_services() as services:
        caller = caller_of(services, who) if who else SYSTEM
        found = phone_desk.find_callers(services.on_demand, caller, phone)
    if as_json:
        print_json([caller_answer(one).model_dump(mode="json", by_alias=True) for one in found])
        return
    if not found:
        out.print("nobody booked by this number yet: mobility on-demand book-for NUMBER --phone … --name …")
    for one in found:
        out.print(
            f"{one.name or '?'}  {one.phone}  {'account ' + one.person_id if one.person_id else 'no account'}",
            style="bold",
            markup=False,
        )
        for ride in one.rides:
            at = dt.datetime.fromtimestamp(ride.pickup_open_s, PARIS)
            out.print(
                f"  {at:%a %d %b %H:%M}  {ride.origin.name} → {ride.destination.name}  "
                f"{ride.status.value}  ride {ride.id}",
                markup=False,
            )


def book_for(
    quotes: Annotated[
        list[str],
        typer.Argument(metavar="QUOTE...", help="The number `quote` printed, or what its --json gives."),
    ],
    phone: Annotated[str, typer.Option("--phone", help="Who calls: their number.")] = "",
    name: Annotated[str, typer.Option("--name", help="And their name, for the driver.")] = "",
    person: Annotated[str, typer.Option("--person", help="Their account, where `callers` shows one.")] = "",
    note: Annotated[str, typer.Option("--note", help="For the driver.")] = "",
    who: Agent = "",
    key: Annotated[str, typer.Option("--key", help=KEY_HELP)] = "",
    as_json: AsJson = False,
) -> None:
    """Book quoted rides for somebody on the phone, by the rules that hold for everybody; confirmed at once.

    Whoever calls needs no account: their number stands for them. Cancel and change as for oneself, with --as AGENT.
    """
    with open_services() as services:
        caller = caller_of(services, who) if who else SYSTEM
        tokens = tuple(read_quotes(services.settings.data_dir, quotes))
        rides = phone_desk.book_for(services.on_demand, caller, Rider(person, name, phone), tokens, note, key)
    if as_json:
        print_json([ride_answer(ride).model_dump(mode="json", by_alias=True) for ride in rides])
        return
    for ride in rides:
        at = dt.datetime.fromtimestamp(ride.pickup_open_s, PARIS)
        out.print(
            f"ride {ride.id}: {at:%a %d %b %H:%M}  {ride.origin.name} → {ride.destination.name}  "
            f"{ride.status.value}",
            markup=False,
        )


def _print_tour(tour: TourView, zone: ZoneInfo) -> None:
    driver = tour.driver_name or "no driver is named"
    out.print(
        f"{tour.tour.shift_id}: {tour.vehicle_name}, {driver}, {tour.status.value}",
        style="bold",
        markup=False,
    )
    if tour.trouble:
        out.print(f"  cannot be kept as things stand: {tour.trouble}", style="yellow", markup=False)
    if tour.tour.requests:
        out.print(
            f"  leaves {_clock(tour.leave_s, zone)}, back {_clock(tour.back_s, zone)}; {tour.heads} riders, "
            f"{tour.drive_s // 60} min driving, {tour.crow_m / 1000:.0f} km as the crow flies",
            markup=False,
        )
    for gap in tour.gaps:
        out.print(f"  free {_clock(gap.from_s, zone)} to {_clock(gap.until_s, zone)}", markup=False)


def _row(stop: StopView, zone: ZoneInfo) -> tuple[str, ...]:
    promised = f"{_clock(stop.open_s, zone)}-{_clock(stop.close_s, zone)}"
    if stop.ride is None or stop.rider is None:
        return (_clock(stop.expected_s, zone), promised, stop.kind.value, "", "", "", "", "")
    party = stop.ride.party
    heads = [
        f"{count} {words}"
        for count, words in (
            (party.adults, "adults"),
            (party.children, "children"),
            (party.wheelchairs, "wheelchairs"),
            (party.companions, "companions"),
        )
        if count
    ]
    return (
        _clock(stop.expected_s, zone),
        promised,
        "on" if stop.kind is StopKind.PICKUP else "off",
        stop.place.name,
        stop.rider.name,
        stop.rider.phone,
        ", ".join(heads),
        stop.ride.note,
    )


def _read_day(words: str) -> dt.date:
    today = dt.datetime.now(PARIS).date()
    if words in ("", "today"):
        return today
    if words == "tomorrow":
        return today + dt.timedelta(days=1)
    if words in WEEKDAYS:
        return today + dt.timedelta(days=(WEEKDAYS.index(words) - today.weekday() - 1) % 7 + 1)
    try:
        return dt.date.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter(f"{words!r} is no day: {DAY_HELP}") from None


def _point(words: str) -> Point | None:
    if not words:
        return None
    try:
        lat, lon = (float(part) for part in words.split(","))
    except ValueError:
        raise typer.BadParameter(f"{words!r} is no place: LAT,LON, for example 47.24,6.02") from None
    return Point(lat, lon)


def _clock(instant_s: int, zone: ZoneInfo) -> str:
    return f"{dt.datetime.fromtimestamp(instant_s, zone):%H:%M}"
