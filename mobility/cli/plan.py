"""`mobility plan`: journeys between two places, as a person reads them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from mobility.cli.console import fail, out, print_json
from mobility.cli.instants import read_instant
from mobility.cli.services import open_services, open_serving
from mobility.journeys.places import Ambiguous, Places, Resolved, Unknown
from mobility.journeys.plan import plan as plan_journeys
from mobility.journeys.question import Question

Time = Annotated[
    str,
    typer.Option(
        "--time", help="When: 'HH:MM', 'YYYY-MM-DD HH:MM' (where the network is) or ISO 8601. [default: now]"
    ),
]


def plan(
    origin: Annotated[
        str, typer.Argument(metavar="FROM", help="A name, a stop's or place's id, or lat,lon.")
    ],
    destination: Annotated[str, typer.Argument(metavar="TO", help="Likewise.")],
    time: Time = "",
    arrive_by: Annotated[
        bool, typer.Option("--arrive-by", help="Be there by then, instead of leaving then.")
    ] = False,
    itineraries: Annotated[
        int, typer.Option("--itineraries", min=1, max=50, help="Find at least so many.")
    ] = 5,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer of /api/v6/plan, for programs.")
    ] = False,
) -> None:
    """Plan journeys on the network that is served.

    Coordinates that begin with a minus sign come after `--`: mobility plan -- 48.38,-4.49 Dijon.
    Ends with code 1 when a place is not known or there is no journey; the reasons are said.
    """
    with open_services() as services:
        serving = open_serving(services)
        zone = ZoneInfo(serving.network.info.zones[0])
        start = _resolve(serving.places, origin)
        end = _resolve(serving.places, destination)
        question = Question(
            origin=start.word,
            destination=end.word,
            origin_name=start.name,
            destination_name=end.name,
            time_s=int(read_instant(time, zone).timestamp()),
            arrive_by=arrive_by,
            itineraries=itineraries,
            time_limit_s=services.settings.query_time_limit_s,
        )
        answer = plan_journeys(serving, question)
    if as_json:
        print_json(answer)
    else:
        _print_answer(start, end, answer, zone)
    if not answer["itineraries"] and not answer["direct"]:
        raise typer.Exit(1)


def _resolve(places: Places, words: str) -> Resolved:
    found = places.resolve(words)
    if isinstance(found, Resolved):
        return found
    if isinstance(found, Unknown):
        raise fail(f"no stop or place is called {words!r}")
    assert isinstance(found, Ambiguous)
    choices = "\n".join(
        f"  {match.id}  {match.name} ({match.lat:.5f},{match.lon:.5f})" for match in found.choices
    )
    raise fail(f"{words!r} may be several places; give the id of one:\n{choices}")


def _print_answer(start: Resolved, end: Resolved, answer: dict[str, Any], zone: ZoneInfo) -> None:
    out.print(f"{start.name} → {end.name}", style="bold", markup=False)
    for number, itinerary in enumerate([*answer["direct"], *answer["itineraries"]], start=1):
        _print_itinerary(number, itinerary, zone)
    for reason in answer.get("reasons", ()):
        out.print(f"  {reason['en']}", markup=False)
    streets = answer["streets"]
    if any("estimated" in leg for one in answer["direct"] + answer["itineraries"] for leg in one["legs"]):
        credit = f" {streets['attribution']}." if "attribution" in streets else ""
        out.print(f"\n{streets['en']}{credit}", markup=False)
    if answer["synthetic"]:
        out.print("\nSynthetic timetables: nobody can travel by them.", style="yellow")


def _print_itinerary(number: int, itinerary: dict[str, Any], zone: ZoneInfo) -> None:
    begin, end = _local(itinerary["startTime"], zone), _local(itinerary["endTime"], zone)
    changes = ("no change", "1 change")[itinerary["transfers"]] if itinerary["transfers"] < 2 else None
    words = changes or f"{itinerary['transfers']} changes"
    head = f"{number:2}  {begin:%a %d %b  %H:%M} → {end:%H:%M}   {_duration(itinerary['duration'])}, {words}"
    out.print(f"\n{head}{_emissions(itinerary)}", style="bold", markup=False)
    for leg in itinerary["legs"]:
        _print_leg(leg, zone)


def _print_leg(leg: dict[str, Any], zone: ZoneInfo) -> None:
    begin, end = _local(leg["startTime"], zone), _local(leg["endTime"], zone)
    if "tripId" not in leg:
        way = {"WALK": "walk", "BIKE": "cycle", "CAR": "drive"}.get(leg["mode"], leg["mode"].lower())
        metres = f"{leg['distance']:.0f} m" if leg["distance"] < 1000 else f"{leg['distance'] / 1000:.1f} km"
        out.print(
            f"    {begin:%H:%M}  {way} {_duration(leg['duration'])} ({metres}) to {leg['to']['name']}",
            markup=False,
        )
        return
    between = len(leg["intermediateStops"])
    stops = f", {between} {'stop' if between == 1 else 'stops'} between" if between else ""
    line = f"{leg['displayName']} to {leg['headsign']}"
    out.print(
        f"    {begin:%H:%M}  {_stop(leg['from'])}  —  {line} ({leg['mode'].lower()}{stops})", markup=False
    )
    out.print(f"    {end:%H:%M}  {_stop(leg['to'])}", markup=False)


def _stop(place: dict[str, Any]) -> str:
    track = place.get("track")
    return f"{place['name']}, platform {track}" if track else str(place["name"])


def _emissions(itinerary: dict[str, Any]) -> str:
    grams = (itinerary.get("emissions") or {}).get("co2e_g")
    return f", {grams / 1000:.1f} kg CO₂e" if isinstance(grams, int | float) else ""


def _duration(seconds: int) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"


def _local(instant: str, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.fromisoformat(instant).astimezone(zone)
