"""`mobility tariff what-if`: a month's sales under a draft of the tariff."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import typer

from mobility.accounts.caller import SYSTEM
from mobility.acts.ports import NearbyPlaces
from mobility.acts.sales.close_day import DayError
from mobility.acts.sales.what_if import CommuneOf, WhatIf, what_if
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.services import open_services
from ticketing.money import euros
from ticketing.sales.what_if import Part
from ticketing.tariff.read_tariff import TariffError, read_tariff_text

AROUND_M = 15_000
"""How far a commune's centre may be."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("what-if")(what_if_)


def what_if_(
    period: Annotated[str, typer.Argument(metavar="MONTH", help="YYYY-MM: what was sold in it.")],
    tariff: Annotated[Path, typer.Option("--tariff", metavar="FILE", help="The draft, as TOML.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Replay a month's sales under a draft tariff: revenue, winners and losers by category and commune.

    Each buyer's orders are priced anew in the order they were made, with the passes, carnets and caps of the draft.
    Journeys stay what they were. A journey belongs to the commune whose centre is nearest to where it begins. Nothing
    is kept or changed.
    """
    try:
        draft = read_tariff_text(tariff.read_text(encoding="utf-8"))
        with open_services() as services:
            made = what_if(services.sales, SYSTEM, period, draft, nearest_commune(services.nearby_places))
    except (OSError, UnicodeDecodeError) as error:
        raise fail(f"{tariff} cannot be read: {error}") from error
    except (TariffError, DayError) as error:
        raise fail(str(error)) from error
    if as_json:
        comparison = asdict(made.comparison) | {"unpriced_cents": made.comparison.unpriced_cents}
        print_json(asdict(made) | {"comparison": comparison})
    else:
        _print(made)


def nearest_commune(places: NearbyPlaces) -> CommuneOf:
    """The commune whose centre is nearest, larger ones reaching farther; outlines are not known."""

    @lru_cache(maxsize=65536)
    def commune_of(lat: float, lon: float) -> str:
        communes = [one for one in places.near(lat, lon, AROUND_M, 200) if one[0].kind == "commune"]
        nearest = min(communes, key=lambda one: one[1] / (one[0].population + 100) ** 0.25, default=None)
        return "" if nearest is None else nearest[0].name

    return commune_of


def _print(made: WhatIf) -> None:
    total, comparison = made.comparison.total, made.comparison
    change = total.after_cents - total.before_cents
    out.print(
        f"{made.period} under {made.draft}, sold by {', '.join(made.tariffs) or 'no tariff'}", markup=False
    )
    out.print(
        f"{made.orders:,} orders, {total.travellers:,} travellers: {euros(total.before_cents)} before, "
        f"{euros(total.after_cents)} after, {'+' if change > 0 else ''}{euros(change)}"
    )
    for name, parts in (("CATEGORY", comparison.by_category), ("COMMUNE", comparison.by_commune)):
        print_table(
            (name, "TRAVELLERS", "BEFORE", "AFTER", "WINNERS", "BY", "LOSERS", "BY"),
            [_row(part) for part in parts],
        )
    if comparison.unpriced:
        reasons = sorted({one.reason for one in comparison.unpriced})
        out.print(f"no price in the draft: {len(comparison.unpriced):,}, {euros(comparison.unpriced_cents)}")
        for reason in reasons[:5]:
            out.print(f"  {reason}", markup=False)
    if made.left_out_items:
        out.print(f"left out, given back since: {made.left_out_items:,}, {euros(made.left_out_cents)}")


def _row(part: Part) -> tuple[object, ...]:
    return (
        part.name or "–",
        part.travellers,
        euros(part.before_cents),
        euros(part.after_cents),
        part.winners,
        euros(-part.won_cents),
        part.losers,
        euros(part.lost_cents),
    )
