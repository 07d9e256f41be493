"""Journeys of which something can be held or bought, numbered for the command that does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import typer

from mobility.bootstrap import Services
from mobility.cli.console import fail, out
from mobility.cli.instants import read_instant
from mobility.cli.plan import print_itinerary, resolve_place
from mobility.cli.services import open_serving
from mobility.journeys.plan import plan
from mobility.journeys.prices import UnknownRiderError
from mobility.journeys.question import Question

TIME_HELP = "'HH:MM', 'tomorrow HH:MM', 'monday HH:MM', 'YYYY-MM-DD HH:MM' or ISO 8601."


@dataclass(frozen=True)
class Found:
    """What was asked for and found. `journeys`: those that are wanted, the first one first; `others`: what else goes,
    likewise."""

    title: str
    zone: ZoneInfo
    answer: dict[str, Any]
    journeys: list[dict[str, Any]]
    others: list[dict[str, Any]]


def ask_journeys(
    services: Services,
    ends: tuple[str, str],
    leave: str,
    arrive: str,
    is_wanted: Callable[[dict[str, Any]], bool],
    **wishes: Any,
) -> Found:
    """Journeys that leave then or arrive by then (at most one is said; neither: now). `wishes`: of `Question`."""
    if leave and arrive:
        raise typer.BadParameter("give --leave or --arrive, not both")
    serving = open_serving(services)
    zone = ZoneInfo(serving.network.info.zones[0])
    start, end = (resolve_place(serving.places, words) for words in ends)
    question = Question(
        origin=start.word,
        destination=end.word,
        origin_name=start.name,
        destination_name=end.name,
        time_s=int(read_instant(arrive or leave, zone).timestamp()),
        arrive_by=bool(arrive),
        time_limit_s=services.settings.query_time_limit_s,
        **wishes,
    )
    try:
        answer = plan(serving, question)
    except UnknownRiderError as error:
        raise fail(f"{error}; known: {', '.join(error.known) or 'none'}") from error
    listed = [*answer["direct"], *answer["itineraries"]]
    # The first is what one mostly wants: there soonest, or gone from home as late as can be.
    listed.sort(key=lambda one: one["startTime" if arrive else "endTime"], reverse=bool(arrive))
    journeys = [one for one in listed if is_wanted(one)]
    others = [one for one in listed if one not in journeys]
    return Found(f"{start.name} → {end.name}", zone, answer, journeys, others)


def print_found(found: Found, nothing: str, then: str, unpriced: str = "") -> None:
    """All of them by number, why there are no others, and what to type `then`; or that there is `nothing`. `unpriced`:
    heads what else goes whose price nobody knows; "": that is left out."""
    out.print(found.title, style="bold", markup=False)
    for number, itinerary in enumerate(found.journeys, start=1):
        print_itinerary(number, itinerary, found.zone)
    for reason in found.answer.get("reasons", ()):
        out.print(f"  {reason['en']}", markup=False)
    if unpriced:
        _print_unpriced(unpriced, found)
    if not found.journeys:
        fail(nothing)
        return
    if found.answer["synthetic"]:
        out.print("\nSynthetic timetables: nobody can travel by them.", style="yellow")
    out.print(f"\n{then}", markup=False)


def _print_unpriced(head: str, found: Found) -> None:
    """So that nobody looks among what is offered for what other commands show."""
    for number, one in enumerate(one for one in found.others if "priceUnknown" in one):
        if not number:
            out.print(f"\n{head}", markup=False)
        begin, end = (
            dt.datetime.fromisoformat(one[name]).astimezone(found.zone) for name in ("startTime", "endTime")
        )
        out.print(f"    {begin:%a %d %b  %H:%M} → {end:%H:%M}   {one['priceUnknown']['en']}", markup=False)
