"""The whole way of a question: places, streets, planner, and the answer as `/api/v6/plan` shows it."""

from __future__ import annotations

import math
import time
from dataclasses import replace

from mobility.journeys.cheaper import ExactPrices
from mobility.journeys.criteria import find_cost, make_query
from mobility.journeys.emissions import describe_method, mark_lowest
from mobility.journeys.ends import Approach, End, get_end, ways_of
from mobility.journeys.fare_legs import LegReader
from mobility.journeys.filters import Filters
from mobility.journeys.flexible import FlexOffers, as_offsets, find_offers
from mobility.journeys.found import Found
from mobility.journeys.itineraries import present_direct, present_direct_offer, present_itinerary
from mobility.journeys.on_demand.door_to_door import promise_doors
from mobility.journeys.on_demand.promised_page import PromisedPage, Searched, promise_page
from mobility.journeys.on_demand.promises import open_desk
from mobility.journeys.on_demand.why_not import explain_on_demand
from mobility.journeys.pages_of_time import Page
from mobility.journeys.price_bounds import find_price_estimate
from mobility.journeys.price_tags import PriceTags
from mobility.journeys.prices import Prices
from mobility.journeys.question import Optimize, Question
from mobility.journeys.reasons import cut_off, explain
from mobility.journeys.runs import get_run
from mobility.journeys.serving import Serving
from mobility.journeys.showing import Showing
from mobility.journeys.tags import add_tags
from mobility.journeys.unbooked import add_unbooked
from mobility.journeys.view import View
from mobility.journeys.words import Json
from routing.journey import Journey, Ride

MAX_DIRECT_S = {"WALK": 7200, "BIKE": 10800, "CAR": 28800}
"""Nobody walks 60 km instead of taking a train, whatever was asked for."""


def plan(serving: Serving, question: Question) -> Json:
    """Answer a question from one snapshot. Raises PlaceNotFoundError, CoordinatesError and UnknownRiderError."""
    found = search(serving, question)
    began = time.perf_counter_ns()
    answer = present(found, question)
    answer["debugOutput"]["presentMicroseconds"] = (time.perf_counter_ns() - began) // 1000
    return answer


def search(serving: Serving, question: Question) -> Found:
    """Find the journeys a question asks for."""
    if question.riders:
        serving.prices.check_riders(question.riders, question.time_s)
    serving = serving.booked_at(question.booked_s, question.spontaneous).in_mode(question.realtime)
    view = serving.view
    origin = get_end(view, question.origin, "from", question.origin_name, ways_of(question, access=True))
    destination = get_end(
        view, question.destination, "to", question.destination_name, ways_of(question, access=False)
    )
    direct = _direct_ways(view, question, origin, destination)
    legs, desk = open_desk(serving, question)
    flexible = find_offers(legs, question, origin, destination, view.network.info.boardable_count)
    cost = find_cost(view, serving.prices, question)
    query = make_query(
        view,
        question,
        origin.offsets() + as_offsets(flexible.access, cost),
        destination.offsets() + as_offsets(flexible.egress, cost),
        _longest_s(question, direct),
        cost,
    )
    exact = None
    if question.optimize is Optimize.PRICE:
        tags = _make_price_tags(serving.prices, view, (origin, destination), flexible, question)
        estimate = find_price_estimate(view, serving.prices, question.travellers, question.time_s)
        exact = ExactPrices(serving.planner, tags.cents_of, estimate)
    filters = Filters(view, question, query, (origin, destination), direct, exact)
    searched = Searched(query, flexible, (origin, destination), cost)
    same = origin.stop is not None and origin.stop == destination.stop and not query.via
    unserved = any(not via.stops for via in query.via)
    if not query.origins or not query.destinations or not question.modes or same or unserved:
        found = PromisedPage(Page((), question.time_s, question.time_s, False, 0, 0), searched)
    else:
        found = promise_page(desk, exact or serving.planner, searched, question, filters)
    page = add_unbooked(serving.planner, view, found.searched.query, question, filters, found.page)
    doors = promise_doors(desk, flexible.direct, question, direct)
    return Found(
        view,
        origin,
        destination,
        found.searched.query,
        direct,
        found.searched.offers,
        filters,
        page,
        found.promised,
        doors.promised,
        (*found.refused, *doors.refused),
        desk,
        serving.prices,
    )


def _longest_s(question: Question, direct: tuple[Approach, ...]) -> int:
    """How long a journey may last, beside the way along the streets alone."""
    if not direct:
        return question.max_travel_time_s
    fastest_s = min(way.duration_s for way in direct)
    return min(question.max_travel_time_s, max(int(fastest_s * question.fastest_direct_factor), 60))


def showing_of(found: Found, question: Question) -> Showing:
    """How the journeys found are shown."""
    return Showing(
        found.view,
        found.view.words(question.languages),
        found.origin,
        found.destination,
        details=question.details,
        transfer_details=question.transfer_details,
        join_interlined=question.join_interlined,
        skipped_stops=question.skipped_stops,
        languages=question.languages,
        wheelchair=question.wheelchair,
        flexible=found.flexible,
        promised=found.promised,
    )


def present(found: Found, question: Question) -> Json:
    """What was found, as `/api/v6/plan` answers it, with what that API lacks beside its fields."""
    view, page = found.view, found.page
    showing = showing_of(found, question)
    words = showing.words
    itineraries = [present_itinerary(showing, journey) for journey in page.journeys]
    direct = _present_direct(showing, found, question) if question.cursor is None else []
    _add_prices(found, question, itineraries, direct)
    mark_lowest([*itineraries, *direct])
    add_tags([*itineraries, *direct], question.arrive_by)
    attributions = words.list_attributions(_feeds(view, page.journeys))
    answer: Json = {
        "requestParameters": question.words,
        "debugOutput": {"searches": page.searches, "searchMicroseconds": page.search_us},
        "from": found.origin.place(words),
        "to": found.destination.place(words),
        "direct": direct,
        "itineraries": itineraries,
        "previousPageCursor": str(page.previous_cursor()),
        "nextPageCursor": str(page.next_cursor()),
        "cutOff": page.cut_off,
        "liveData": view.live.describe(),
        "streets": view.streets.describe(_estimated([*itineraries, *direct])),
        "emissionsMethod": describe_method(),
        "attributions": attributions,
        "synthetic": any(attribution["synthetic"] for attribution in attributions),
    }
    reasons: list[Json] = []
    if itineraries and page.cut_off:
        reasons = [cut_off()]
    elif not itineraries:
        reasons = explain(found, question)
    reasons += explain_on_demand(found, question)
    if reasons:
        answer["reasons"] = reasons
    return answer


def _direct_ways(view: View, question: Question, origin: End, destination: End) -> tuple[Approach, ...]:
    """The ways along the streets that are short enough; none when there is something to pass."""
    if question.via:
        return ()
    ways = replace(ways_of(question, access=True), given=(), radius_m=None)
    most_m = math.inf if question.walked_m_max is None else question.walked_m_max
    found = []
    for mode in question.direct_modes:
        going = ways.going(mode)
        way = view.street_path(going, origin.lat, origin.lon, destination.lat, destination.lon)
        if way is None:
            continue
        short = way.duration_s <= min(question.max_direct_s, MAX_DIRECT_S[mode])
        if short and (mode != "WALK" or way.distance_m <= most_m):
            found.append(Approach(mode, way.duration_s, way.distance_m, way.estimated, going))
    return tuple(found)


def _present_direct(showing: Showing, found: Found, question: Question) -> list[Json]:
    """With the first page only: ways along the streets depend on no time."""
    ways = [present_direct(showing, way, question.time_s, question.arrive_by) for way in found.direct]
    return ways + [present_direct_offer(showing, door) for door in found.doors]


def _add_prices(found: Found, question: Question, itineraries: list[Json], direct: list[Json]) -> None:
    ends = found.origin, found.destination
    tags = _make_price_tags(found.prices, found.view, ends, found.flexible, question)
    for journey, itinerary in zip(found.page.journeys, itineraries, strict=True):
        tags.add(itinerary, journey.legs, found.promised.get(journey.legs, {}))
    for itinerary in direct[: len(found.direct)]:
        tags.add_to_way(itinerary)
    for door, itinerary in zip(found.doors, direct[len(found.direct) :], strict=False):
        tags.add_to_door(itinerary, door)


def _make_price_tags(
    prices: Prices, view: View, ends: tuple[End, End], flexible: FlexOffers, question: Question
) -> PriceTags:
    reader = LegReader(view, ends, prices.zone_of, flexible)
    booked_s = int(time.time()) if question.booked_s is None else question.booked_s
    return PriceTags(prices, reader, question.travellers, booked_s, question.with_fares)


def _estimated(itineraries: list[Json]) -> bool | None:
    """Whether the ways along the streets are estimated as the crow flies; None: some are."""
    said = {leg["estimated"] for itinerary in itineraries for leg in itinerary["legs"] if "estimated" in leg}
    return None if len(said) == 2 else said == {True}


def _feeds(view: View, journeys: tuple[Journey, ...]) -> set[int]:
    rides = (leg for journey in journeys for leg in journey.legs if isinstance(leg, Ride))
    return {get_run(view, ride.trip, ride.service_day, ride.shift_s).feed for ride in rides}
