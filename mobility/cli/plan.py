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
from mobility.journeys.prices import UnknownRiderError
from mobility.journeys.question import Optimize, Question
from on_demand.booking import Party
from ticketing.pricing.rider import Rider

RIDERS_MAX = 20

Time = Annotated[
    str,
    typer.Option(
        "--time", help="When: 'HH:MM', 'YYYY-MM-DD HH:MM' (where the network is) or ISO 8601. [default: now]"
    ),
]

Riders = Annotated[
    str,
    typer.Option(
        "--riders",
        metavar="CATEGORY,…",
        help="Who travels, by the tariff's categories: adult,youth,child. A reduction card follows a plus: "
        "adult+card.",
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
    riders: Riders = "adult",
    wish: Annotated[
        Optimize, typer.Option("--wish", help="Also keep this low: journeys a little later than the best.")
    ] = Optimize.ARRIVAL,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say how prices come about, and what else there would be.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer of /api/v6/plan, for programs.")
    ] = False,
) -> None:
    """Plan journeys on the network that is served.

    Coordinates that begin with a minus sign come after `--`: mobility plan -- 48.38,-4.49 Dijon.
    Ends with code 1 when a place is not known or there is no journey; the reasons are said.
    """
    travellers = read_riders(riders)
    with open_services() as services:
        serving = open_serving(services)
        zone = ZoneInfo(serving.network.info.zones[0])
        start = resolve_place(serving.places, origin)
        end = resolve_place(serving.places, destination)
        question = Question(
            origin=start.word,
            destination=end.word,
            origin_name=start.name,
            destination_name=end.name,
            time_s=int(read_instant(time, zone).timestamp()),
            arrive_by=arrive_by,
            itineraries=itineraries,
            party=party_of(travellers),
            riders=travellers,
            optimize=wish,
            with_fares=explain,
            time_limit_s=services.settings.query_time_limit_s,
        )
        try:
            answer = plan_journeys(serving, question)
        except UnknownRiderError as error:
            raise fail(f"{error}; known: {', '.join(error.known) or 'none'}") from error
    if as_json:
        print_json(answer)
    else:
        _print_answer(start, end, answer, zone)
    if not answer["itineraries"] and not answer["direct"]:
        raise typer.Exit(1)


def read_riders(words: str) -> tuple[Rider, ...]:
    """`adult,youth+card`: the travellers; raises typer.Exit, having said what is wrong."""
    listed = [word.split("+") for word in words.split(",")]
    if not all(all(part.strip() for part in parts) for parts in listed) or len(listed) > RIDERS_MAX:
        raise fail(f"--riders takes 1 to {RIDERS_MAX} categories, as in adult,youth+card; it was {words!r}")
    return tuple(
        Rider(parts[0].strip(), tuple(sorted(card.strip() for card in parts[1:]))) for parts in listed
    )


def party_of(riders: tuple[Rider, ...]) -> Party:
    """The seats they take."""
    children = sum(rider.category == "child" for rider in riders)
    return Party(adults=len(riders) - children, children=children)


def resolve_place(places: Places, words: str) -> Resolved:
    """The one place somebody means; raises typer.Exit, having said why there is none."""
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
        print_itinerary(number, itinerary, zone)
    for reason in answer.get("reasons", ()):
        out.print(f"  {reason['en']}", markup=False)
    streets = answer["streets"]
    if any("estimated" in leg for one in answer["direct"] + answer["itineraries"] for leg in one["legs"]):
        credit = f" {streets['attribution']}." if "attribution" in streets else ""
        out.print(f"\n{streets['en']}{credit}", markup=False)
    if answer["synthetic"]:
        out.print("\nSynthetic timetables: nobody can travel by them.", style="yellow")


def print_itinerary(number: int, itinerary: dict[str, Any], zone: ZoneInfo) -> None:
    """A journey, leg by leg."""
    begin, end = _local(itinerary["startTime"], zone), _local(itinerary["endTime"], zone)
    changes = ("no change", "1 change")[itinerary["transfers"]] if itinerary["transfers"] < 2 else None
    words = changes or f"{itinerary['transfers']} changes"
    head = f"{number:2}  {begin:%a %d %b  %H:%M} → {end:%H:%M}   {_duration(itinerary['duration'])}, {words}"
    out.print(f"\n{head}{_price(itinerary)}{_emissions(itinerary)}", style="bold", markup=False)
    for leg in itinerary["legs"]:
        _print_leg(leg, zone)
    _print_price(itinerary)


def _print_leg(leg: dict[str, Any], zone: ZoneInfo) -> None:
    begin, end = _local(leg["startTime"], zone), _local(leg["endTime"], zone)
    if "pickupFrom" in leg.get("booking", {}):
        _print_on_demand(leg, zone)
        return
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


def _print_on_demand(leg: dict[str, Any], zone: ZoneInfo) -> None:
    booking = leg["booking"]
    comes, until, arrives, deadline = (
        _local(booking[name], zone) for name in ("pickupFrom", "pickupUntil", "arrivalUntil", "deadline")
    )
    price = booking["price"]
    fare = "price unknown"
    if price != "unknown":
        fare = _money(price["cents"], price["currency"])
    phone = f" or {booking['phone']}" if booking.get("phone") else ""
    out.print(
        f"    {comes:%H:%M}  {_stop(leg['from'])}  —  {booking['service']}, on demand: comes {comes:%H:%M} to "
        f"{until:%H:%M}, {fare}, book before {deadline:%a %d %b %H:%M}{phone}",
        markup=False,
    )
    out.print(f"    {arrives:%H:%M}  {_stop(leg['to'])}, at the latest", markup=False)


def _stop(place: dict[str, Any]) -> str:
    track = place.get("track")
    return f"{place['name']}, platform {track}" if track else str(place["name"])


def _price(itinerary: dict[str, Any]) -> str:
    price = itinerary.get("price")
    if price is None or price == {"cents": 0, "currency": "EUR", "lines": []}:
        return ""
    return ", price unknown" if price == "unknown" else f", {_money(price['cents'], price['currency'])}"


def _print_price(itinerary: dict[str, Any]) -> None:
    """What is bought, where that is explained."""
    price = itinerary.get("price")
    if "priceUnknown" in itinerary:
        out.print(f"    {itinerary['priceUnknown']['en']}", markup=False)
    if not isinstance(price, dict) or "alternatives" not in price:
        return
    for line in price["lines"]:
        legs = ", ".join(str(number + 1) for number in line["legs"])
        of = f" (legs {legs})" if legs else ""
        out.print(
            f"    {_money(line['cents'], price['currency'])}  {line['en']}{of}: {line['rule']}", markup=False
        )
    for other in price["alternatives"]:
        cents = "" if other["cents"] is None else f"{_money(other['cents'], price['currency'])}  "
        out.print(
            f"      not {cents}{', '.join(other['products'])}: {other['en']}", markup=False, style="dim"
        )


def _money(cents: int, currency: str) -> str:
    return f"{cents / 100:.2f} {'€' if currency == 'EUR' else currency}"


def _emissions(itinerary: dict[str, Any]) -> str:
    grams = (itinerary.get("emissions") or {}).get("co2e_g")
    return f", {grams / 1000:.1f} kg CO₂e" if isinstance(grams, int | float) else ""


def _duration(seconds: int) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"


def _local(instant: str, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.fromisoformat(instant).astimezone(zone)
