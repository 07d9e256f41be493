"""`mobility tariff …`: what rides, passes and carnets cost: versions that are never altered."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ground.paris import PARIS
from mobility.accounts.caller import SYSTEM
from mobility.acts.sales.tariffs import (
    TariffPublicationError,
    check_tariff,
    diff_tariffs,
    find_tariff,
    list_prices,
    list_tariffs,
    publish_tariff,
)
from mobility.cli import what_if
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.instants import read_instant
from mobility.cli.services import open_services
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.money import euros
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import Price, PriceUnknown
from ticketing.pricing.rider import Rider
from ticketing.tariff.read_tariff import TariffError, parse_tariff
from ticketing.tariff.tariff import Tariff

REFUSALS = (TariffError, TariffPublicationError)
"""Errors whose message is for the person who typed the command."""

app = typer.Typer(
    no_args_is_help=True,
    help="What rides, passes and carnets cost: versions of the region's tariff, which are never altered. "
    "docs/tariffs.md is the manual of the file.",
)

what_if.add_to(app)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A tariff, TOML or JSON: see docs/tariffs.md.")]
Version = Annotated[
    str, typer.Argument(metavar="[TARIFF]", help="The start of its hash, or its name; else the one in force.")
]
_LEG = re.compile(
    r"(?P<mode>[a-z-]+)(@(?P<feed>[^/,]+)/(?P<agency>[^,]+))?,(?P<km>\d{1,4})km(,(?P<cents>\d{1,6})c)?"
)


@app.command("import")
def import_(file: File, as_json: AsJson = False) -> None:
    """Publish a version.

    It begins tomorrow at the earliest, since what is in force never changes; the first of all may have begun.
    """
    written = _read(file)
    with open_services() as services:
        done = publish_tariff(services.acts, SYSTEM, written)
    if as_json:
        print_json(
            {"version": done.tariff.version, "hash": done.tariff.hash, "validFrom": done.tariff.valid_from}
        )
        return
    out.print(f"{done.tariff.version} is in force from {done.tariff.valid_from} on", markup=False)


@app.command("check")
def check(file: File, as_json: AsJson = False) -> None:
    """Say everything that is wrong with a file, or that it could be published."""
    written = _read(file)
    with open_services() as services:
        tariff = check_tariff(services.acts, SYSTEM, written)
    if as_json:
        print_json({"version": tariff.version, "hash": tariff.hash, "validFrom": tariff.valid_from})
        return
    out.print(
        f"{tariff.version} can be published: {len(tariff.networks)} networks, {len(tariff.products)} products, "
        f"from {tariff.valid_from} on",
        markup=False,
    )


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the versions in the order in which they come into force."""
    with open_services() as services:
        shown = list_tariffs(services.acts)
    if as_json:
        print_json(
            [
                {
                    "version": one.tariff.version,
                    "hash": one.tariff.hash,
                    "validFrom": one.tariff.valid_from,
                    "validUntil": one.tariff.valid_until,
                    "inForce": one.is_in_force,
                    "publishedAt": one.published_at.isoformat(),
                }
                for one in shown
            ]
        )
        return
    rows = [
        (
            one.tariff.version,
            one.tariff.valid_from,
            one.tariff.valid_until or "",
            "in force" if one.is_in_force else "",
            one.tariff.title_en,
        )
        for one in shown
    ]
    print_table(("tariff", "from", "until", "", "title"), rows)


@app.command("show")
def show(
    tariff: Version = "",
    against: Annotated[
        str, typer.Option("--diff", metavar="TARIFF", help="Show what differs from this one.")
    ] = "",
) -> None:
    """Show a version in full (JSON, with all defaults), or what it has otherwise than another."""
    with open_services() as services:
        found = find_tariff(services.acts, tariff).tariff
        if against:
            for line in diff_tariffs(find_tariff(services.acts, against).tariff, found):
                out.print(line, markup=False)
            return
    print_json({"hash": found.hash} | json.loads(found.canonical))


@app.command("price")
def price(
    legs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LEG]…",
            help="Rides one after another, MODE@FEED/AGENCY,KMkm: rail@demo/TER,45km city@demo/BUS-DIJON,5km; with "
            "what the service asks for: on-demand,9km,300c. Without any: what passes, carnets and cards cost.",
        ),
    ] = None,
    rider: Annotated[
        list[str] | None,
        typer.Option("--rider", metavar="CATEGORY", help="Who travels, each. [default: adult]"),
    ] = None,
    card: Annotated[list[str] | None, typer.Option("--card", help="Cards that all of them have.")] = None,
    time: Annotated[
        str, typer.Option("--time", help="When the first ride leaves, 'HH:MM' or more. [default: now]")
    ] = "",
    tariff: Annotated[
        str, typer.Option("--tariff", metavar="TARIFF", help="[default: the one in force]")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Say the least that rides cost, with everything that was not taken and why; or what products cost.

    Rides take two minutes a kilometre, and the next one leaves ten minutes after.
    """
    riders = tuple(Rider(one, tuple(card or ())) for one in rider or ["adult"])
    with open_services() as services:
        found = find_tariff(services.acts, tariff).tariff
        _check_riders(found, riders)
        if not legs:
            _print_products(services.acts, found, riders[0].category, as_json)
            return
        now = services.acts.now()
    start = read_instant(time, PARIS) if time else now
    price_ = cheapest(_read_legs(legs, start), riders, found, {}, int(now.timestamp()))
    if as_json:
        print_json(asdict(price_))
    elif isinstance(price_, PriceUnknown):
        raise fail(price_.reason_en)
    else:
        _print_price(price_)


def _check_riders(tariff: Tariff, riders: tuple[Rider, ...]) -> None:
    for one in riders:
        if tariff.find_category(one.category) is None:
            raise fail(
                f"there is no category {one.category!r}; there is: {', '.join(c.id for c in tariff.categories)}"
            )


def _print_price(price_: Price) -> None:
    rows = [
        (line.name_en, line.kind, _legs(line.legs), _legs(line.riders), euros(line.cents), line.rule)
        for line in price_.lines
    ]
    print_table(("product", "", "legs", "travellers", "", "rule"), rows)
    out.print(f"\n{euros(price_.cents)} by {price_.tariff_version}; not taken:\n", markup=False)
    for one in price_.rejected:
        out.print(f"  {one.reason_en}", markup=False)


def _legs(numbers: tuple[int, ...]) -> str:
    return ", ".join(str(n + 1) for n in numbers)


def _print_products(ports: Any, tariff: Tariff, category: str, as_json: bool) -> None:
    prices = [one.line for one in list_prices(ports, tariff, category)]
    if as_json:
        print_json(
            [
                {"product": line.product_id, "kind": line.kind, "cents": line.cents, "rule": line.rule}
                for line in prices
            ]
        )
        return
    print_table(
        ("product", "kind", "", "name", "rule"),
        [(line.product_id, line.kind, euros(line.cents), line.name_en, line.rule) for line in prices],
    )


def _read_legs(written: list[str], start: dt.datetime) -> list[FareLeg]:
    """Legs from words. Fails with what is wrong."""
    legs: list[FareLeg] = []
    time_s = int(start.timestamp())
    for n, one in enumerate(written):
        match = _LEG.fullmatch(one)
        if match is None or match["mode"] not in list(FareMode):
            raise fail(
                f"{one!r} is no ride: {'|'.join(FareMode)}, then @FEED/AGENCY, then ,KMkm: rail@demo/TER,45km"
            )
        km = int(match["km"])
        arrival_s = time_s + 120 * km
        legs.append(
            FareLeg(
                FareMode(match["mode"]),
                FareStop(f"place {n}"),
                FareStop(f"place {n + 1}"),
                time_s,
                arrival_s,
                1000 * km,
                match["feed"] or "",
                match["agency"] or "",
                fixed_cents=None if match["cents"] is None else int(match["cents"]),
            )
        )
        time_s = arrival_s + 600
    return legs


def _read(file: Path) -> Any:
    try:
        content = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TariffError([f"{file} cannot be read: {error}"]) from error
    return parse_tariff(content, file.suffix.lower() == ".json")
