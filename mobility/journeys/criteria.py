"""Wishes as the planner takes them: places to pass, and what to keep low beside time and changes."""

from __future__ import annotations

from functools import cache

from gtfs_feeds.catalogue import find_stop
from mobility.journeys.emissions import load_factors
from mobility.journeys.ends import PlaceNotFoundError
from mobility.journeys.price_bounds import find_price_cost
from mobility.journeys.prices import Prices
from mobility.journeys.question import Optimize, Question
from mobility.journeys.view import View
from routing.query import Cost, Offset, Query, Via
from routing.timetable import Mode


def make_query(
    view: View,
    question: Question,
    origins: tuple[Offset, ...],
    destinations: tuple[Offset, ...],
    max_travel_time_s: int,
    cost: Cost | None = None,
) -> Query:
    """A question as the planner takes it. Raises PlaceNotFoundError when a place to pass is not known."""
    return Query(
        origins=origins,
        destinations=destinations,
        time_s=question.time_s,
        arrive_by=question.arrive_by,
        max_transfers=question.max_transfers,
        max_travel_time_s=max_travel_time_s,
        min_transfer_time_s=question.min_transfer_time_s,
        additional_transfer_time_s=question.additional_transfer_time_s,
        transfer_time_factor=question.transfer_time_factor,
        modes=question.modes,
        wheelchair=question.wheelchair,
        bikes=question.bikes,
        via=list_vias(view, question),
        cost=cost,
    )


def list_vias(view: View, question: Question) -> tuple[Via, ...]:
    """The places to pass, each with all platforms of its station. Raises PlaceNotFoundError."""
    vias = []
    for given in question.via:
        stop = find_stop(view.catalogue, given.stop_id)
        if stop is None:
            raise PlaceNotFoundError(given.stop_id, "via")
        vias.append(Via(tuple(view.list_platforms(stop)), given.stay_s))
    return tuple(vias)


def find_cost(view: View, prices: Prices, question: Question) -> Cost | None:
    """What to keep low; a bound on walking needs journeys that walk less than the quickest ones do."""
    if question.optimize is Optimize.PRICE:
        return find_price_cost(view, prices, question.travellers, question.time_s)
    if question.optimize is Optimize.EMISSIONS:
        return Cost(per_km_by_mode=emissions_mg_per_km())
    if question.optimize is Optimize.WALKING or question.walked_m_max is not None:
        return Cost(per_walked_s=1)
    return None


@cache
def emissions_mg_per_km() -> tuple[int, ...]:
    """By `Mode`: milligrams of CO2e a passenger-kilometre. A mode without a factor counts as the worst that has one,
    so that what is not known is never taken for clean."""
    by_mode = load_factors().by_mode
    known = {mode: round(1000 * (use_g + made_g)) for mode, (_, use_g, made_g) in by_mode.items()}
    return tuple(known.get(mode.name, max(known.values())) for mode in Mode)
