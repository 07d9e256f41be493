"""`mobility on-demand services|vehicles|shifts|import|export`: what an operator describes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from mobility.accounts.caller import SYSTEM
from mobility.acts.on_demand import fleet, flex_feed
from mobility.acts.on_demand.redispatch import Redispatched
from mobility.acts.on_demand.services import get_service, put_service, remove_service
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.services import open_services
from mobility.http.on_demand_fleet_schemas import (
    ShiftAnswered,
    VehicleAnswered,
    redispatched_answer,
    shift_answer,
    shift_of,
    vehicle_answer,
    vehicle_of,
)
from mobility.http.on_demand_service_schemas import ServiceAnswered, service_answer, service_of
from on_demand.refusal import OnDemandRefusedError
from on_demand.service_checks import clock

T = TypeVar("T", bound=BaseModel)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
From = Annotated[
    str,
    typer.Option(
        "--set",
        metavar="FILE",
        help="Make or change what this JSON file describes (one, or a list); -: stdin.",
    ),
]
Remove = Annotated[bool, typer.Option("--remove", help="Forget the one that is named.")]
REDISPATCH_HELP = (
    "Rides a change breaks go to other vehicles, or are cancelled and listed: call their riders."
)
Redispatch = Annotated[bool, typer.Option("--redispatch", help=REDISPATCH_HELP)]


def add_fleet_commands(app: typer.Typer) -> None:
    """Into the group."""
    for command in (services, vehicles, shifts):
        app.command(command.__name__)(command)
    app.command("export")(export_feed)
    app.command("import")(import_feed)


def services(
    service_id: Annotated[str, typer.Argument(metavar="[SERVICE]", help="One, whole, as JSON.")] = "",
    file: From = "",
    remove: Remove = False,
    as_json: AsJson = False,
) -> None:
    """List the services of demand-responsive transport, show one, make, change or forget one.

    `mobility on-demand services tadou > tadou.json`, edit it, `mobility on-demand services --set tadou.json`: all that
    is wrong is said at once, and nothing is half done. The file is what `PUT /v1/on-demand/services/ID` takes, with
    the id in it; its fields are described in /docs and docs/on-demand.md. Rides that are booked keep what was promised.
    """
    with open_services() as known:
        if file:
            for asked in _read(file, ServiceAnswered):
                refusing(partial(put_service, known.acts, SYSTEM, service_of(asked.id, asked)))
        if service_id and remove:
            remove_service(known.acts, SYSTEM, service_id)
            out.print(f"{service_id} is forgotten", markup=False)
            return
        with known.unit_of_work(read_only=True) as work:
            if service_id:
                print_json(_plain(service_answer(get_service(work, service_id))))
                return
            found = work.on_demand.list_services()
    if as_json:
        print_json([_plain(service_answer(one)) for one in found])
        return
    if not found:
        out.print("no services: mobility on-demand services --set FILE, or mobility on-demand import FEED")
        return
    print_table(
        ("service", "name", "operator", "phone", "stops", "zones", "trips", ""),
        [
            (
                one.id,
                one.name,
                one.operator,
                one.phone,
                len(one.stops),
                len(one.zones),
                len(one.trips),
                "" if one.is_dispatched else "booked with its operator",
            )
            for one in found
        ],
    )


def vehicles(
    vehicle_id: Annotated[str, typer.Argument(metavar="[VEHICLE]", help="One, whole, as JSON.")] = "",
    service: Annotated[str, typer.Option("--service", help="Of this service alone.")] = "",
    file: From = "",
    redispatch: Redispatch = False,
    remove: Remove = False,
    as_json: AsJson = False,
) -> None:
    """List the vehicles with their seats, show one, make, change or forget one.

    A configuration is a way to arrange the inside: 8 seats, or 6 and a wheelchair. A change that rides to come would
    not survive is refused with these rides, or done with --redispatch.
    """
    with open_services() as known:
        ports = known.on_demand
        for asked in _read(file, VehicleAnswered) if file else ():
            wanted = vehicle_of(asked.id, asked)
            change = refusing(partial(fleet.put_vehicle, ports, SYSTEM, wanted, redispatch=redispatch))
            tell_redispatched(change.redispatched)
        if vehicle_id and remove:
            fleet.remove_vehicle(known.acts, SYSTEM, vehicle_id)
            out.print(f"{vehicle_id} is forgotten", markup=False)
            return
        if vehicle_id:
            print_json(_plain(vehicle_answer(fleet.show_vehicle(known.acts, SYSTEM, vehicle_id))))
            return
        found = fleet.list_vehicles(known.acts, SYSTEM, service)
    if as_json:
        print_json([_plain(vehicle_answer(one)) for one in found])
        return
    print_table(
        ("vehicle", "name", "plate", "seats or wheelchairs", "rides for", "depot"),
        [
            (
                one.id,
                one.name,
                one.plate,
                " or ".join(f"{seats}+{wheelchairs}" for seats, wheelchairs in one.configurations),
                ", ".join(one.service_ids),
                one.depot_name,
            )
            for one in found
        ],
    )


def shifts(
    shift_id: Annotated[str, typer.Argument(metavar="[SHIFT]", help="One, whole, as JSON.")] = "",
    vehicle: Annotated[str, typer.Option("--vehicle", help="Of this vehicle alone.")] = "",
    file: From = "",
    redispatch: Redispatch = False,
    remove: Remove = False,
    as_json: AsJson = False,
) -> None:
    """List the shifts: when vehicles are driven, by whom and with which breaks; show one, make, change or forget one.

    A shift that becomes shorter is refused where rides to come would not fit any more, with these rides, or done with
    --redispatch. What is on the road stays as it is: `mobility on-demand breakdown` ends it.
    """
    with open_services() as known:
        ports = known.on_demand
        for asked in _read(file, ShiftAnswered) if file else ():
            wanted = shift_of(asked.id, asked)
            change = refusing(partial(fleet.put_shift, ports, SYSTEM, wanted, redispatch=redispatch))
            tell_redispatched(change.redispatched)
        if shift_id and remove:
            tell_redispatched(refusing(lambda: fleet.remove_shift(ports, SYSTEM, shift_id, redispatch)))
            out.print(f"{shift_id} is forgotten", markup=False)
            return
        if shift_id:
            print_json(_plain(shift_answer(fleet.show_shift(known.acts, SYSTEM, shift_id))))
            return
        found = fleet.list_shifts(known.acts, SYSTEM, vehicle)
    if as_json:
        print_json([_plain(shift_answer(one)) for one in found])
        return
    days = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    print_table(
        ("shift", "vehicle", "from", "until", "days", "first day", "last day", "breaks"),
        [
            (
                one.id,
                one.vehicle_id,
                clock(one.start_s),
                clock(one.end_s),
                " ".join(days[day] for day in sorted(one.calendar.weekdays)),
                one.calendar.from_day,
                one.calendar.until_day,
                len(one.breaks),
            )
            for one in found
        ],
    )


def export_feed(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="See `mobility on-demand services`.")],
    file: Annotated[Path, typer.Argument(metavar="OUT.zip", help="The archive to write.")],
    as_json: AsJson = False,
) -> None:
    """Write a service as GTFS-Flex: stops, zones, hours and booking rules, for any planner that reads it.

    The same is public at /v1/on-demand/gtfs-flex.zip. Vehicles, shifts and rides are not in it.
    """
    with open_services() as known:
        content = flex_feed.export_flex(known.on_demand, known.on_demand_publisher, [service])
    file.write_bytes(content)
    if as_json:
        print_json({"service": service, "file": str(file), "bytes": len(content)})
    else:
        out.print(f"{service} is in {file}", markup=False)


def import_feed(
    feed: Annotated[Path, typer.Argument(metavar="FEED", help="A zip or folder of GTFS-Flex.")],
    service_id: Annotated[str, typer.Option("--id", help="Its id here, where it has one service.")] = "",
    booked_elsewhere: Annotated[
        bool, typer.Option("--booked-elsewhere", help="Without vehicles here: booked with its operator.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--replace", help="Instead of services of the same id.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make services of ours of an operator's GTFS-Flex: its stops, zones, hours and booking rules.

    What is odd in the feed is said, and costs no more than its row. Then give it a promise and a fare (`services`),
    vehicles and shifts. A feed that is only to be planned with is imported by `mobility feed import`.
    """
    with open_services() as known:
        made = refusing(
            lambda: flex_feed.import_flex(
                known.on_demand,
                SYSTEM,
                feed,
                service_id,
                is_dispatched=not booked_elsewhere,
                overwrite=overwrite,
            )
        )
    if as_json:
        print_json(
            {
                "services": [one.id for one in made.services],
                "findings": [
                    {
                        "rule": one.rule,
                        "severity": one.severity.value,
                        "message": one.message,
                        "action": one.action,
                    }
                    for one in made.findings
                ],
            }
        )
        return
    for one in made.services:
        out.print(
            f"{one.id}: {one.name}, {len(one.stops)} stops, {len(one.zones)} zones, {len(one.trips)} trips",
            markup=False,
        )
    for finding in made.findings:
        out.print(f"  {finding.severity.value}: {finding.message} {finding.action}", markup=False)


def _read(file: str, kind: type[T]) -> list[T]:
    """What a JSON file describes: one thing, or a list of them."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        found = json.loads(text)
    except OSError as error:
        raise fail(f"{file}: {error.strerror or error}") from None
    except ValueError as error:
        raise fail(f"{file} is no JSON: {error}") from None
    things: Sequence[Any] = found if isinstance(found, list) else [found]
    try:
        return [kind.model_validate(one) for one in things]
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors()
        ]
        raise fail("\n".join([f"{file} describes nothing of this kind:", *lines[:20]])) from None


R = TypeVar("R")


def refusing(act: Callable[[], R]) -> R:
    """What an act gives; where it is refused, all that is said beside, too."""
    try:
        return act()
    except OnDemandRefusedError as refusal:
        lines = [str(refusal)]
        lines += [f"  {one['field']}: {one['en']}" for one in _rows(refusal, "problems")[1:]]
        lines += [
            f"  {one['day']} {one['pickupFrom'][11:16]} UTC  {one['name']}  {one['phone']}  ride {one['ride']}"
            for one in _rows(refusal, "rides")
        ]
        raise fail("\n".join(lines)) from None


def _rows(refusal: OnDemandRefusedError, name: str) -> list[dict[str, Any]]:
    found = refusal.more.get(name, [])
    return [dict(one) for one in found] if isinstance(found, list) else []


def tell_redispatched(done: Redispatched) -> None:
    """What became of riders who lost their vehicle."""
    answer = redispatched_answer(done)
    if answer.moved:
        out.print(f"{len(answer.moved)} rides go with other vehicles, as promised", markup=False)
    for lost in answer.lost:
        out.print(
            f"cancelled, to be called: {lost.name} {lost.phone}, {lost.pickup_from:%Y-%m-%d %H:%M} UTC, "
            f"{lost.origin} → {lost.destination}",
            markup=False,
        )


def _plain(answer: BaseModel) -> Any:
    return answer.model_dump(mode="json", by_alias=True)
