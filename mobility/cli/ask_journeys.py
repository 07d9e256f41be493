"""Journeys of which something can be held or bought, numbered for the command that does."""

from __future__ import annotations

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
    """What was asked for and found. `journeys`: those that are wanted, the first one first."""

    title: str
    zone: ZoneInfo
    answer: dict[str, Any]
    journeys: list[dict[str, Any]]


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
    journeys = [one for one in (*answer["direct"], *answer["itineraries"]) if is_wanted(one)]
    # The first is what one mostly wants: there soonest, or gone from home as late as can be.
    journeys.sort(key=lambda one: one["startTime" if arrive else "endTime"], reverse=bool(arrive))
    return Found(f"{start.name} → {end.name}", zone, answer, journeys)


def print_found(found: Found, nothing: str, then: str) -> None:
    """All of them by number, why there are no others, and what to type `then`; or that there is `nothing`."""
    out.print(found.title, style="bold", markup=False)
    for number, itinerary in enumerate(found.journeys, start=1):
        print_itinerary(number, itinerary, found.zone)
    for reason in found.answer.get("reasons", ()):
        out.print(f"  {reason['en']}", markup=False)
    if not found.journeys:
        fail(nothing)
        return
    if found.answer["synthetic"]:
        out.print("\nSynthetic timetables: nobody can travel by them.", style="yellow")
    out.print(f"\n{then}", markup=False)
