"""How far the journeys that are found by price are from the cheapest there are.

    python -m tests.benchmarks.price_gaps [--cases 300]

Small timetables by chance (seven lines of buses, coaches and trains, 21 vehicles, three changes), tariffs of five
kinds, one traveller. All journeys within the slack are priced exactly. Of each that no other beats in arrival, changes
and price: how much dearer is the cheapest one found that is as early and changes as little? With the bound alone, and
with the estimate beside it (`mobility.journeys.cheaper`).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple

import numpy as np

from mobility.journeys.cheaper import ExactPrices
from routing.clock import day_start_s
from routing.journey import Answer
from routing.planner import Planner
from routing.query import Offset, Query
from routing.timetable import TimetableInfo
from tests.mobility.prices.small_tariff import by_distance, flat, make_tariff
from tests.mobility.prices.test_cheaper import FARE_MODES, MODES, Priced, front, list_all, within_slack
from tests.routing.sketch import MONDAY, Sketch, SketchedTrip
from tests.routing.test_bags import build
from ticketing.pricing.rider import Rider

TARIFFS = {
    "flat": "flat prices, each ride paid",
    "distance": "prices by distance, each ride paid",
    "hour": "flat prices to ride on for an hour",
    "joined": "buses for an hour, trains joined by distance, transfers",
    "cap": "flat prices, capped by the day",
}
STOPS = 7
CENTS = (100, 130, 150, 300, 700)
RATES = ("0", "0.2"), ("0.7", "0.17"), ("2", "0.05")

Told = set[tuple[int, int, int]]
"""(arrival, transfers, cents)."""


class Gaps(NamedTuple):
    """Of one question, in cents; 0: exact."""

    by_bound: int
    by_both: int


def list_gaps(tariff: str, cases: int) -> list[Gaps]:
    """Of the questions that have an answer."""
    return [gaps for seed in range(cases) if (gaps := _gaps_of(tariff, seed)) is not None]


def _gaps_of(tariff: str, seed: int) -> Gaps | None:
    priced, info, query = draw_case(tariff, seed)
    cost = priced.bound()
    every = list(list_all(priced, info, query, cost))
    if not every:
        return None
    query = replace(query, cost=cost)
    best = front({(j.arrival_s, j.transfers, priced.cents(j.legs)) for j in within_slack(every, cost)})
    planner = Planner(priced.timetable, info)
    by_bound = ExactPrices(planner, priced.cents_of).plan(query)
    by_both = ExactPrices(planner, priced.cents_of, priced.estimate()).plan(query)
    return Gaps(_gap(_told(by_bound), best), _gap(_told(by_both), best))


def _told(answer: Answer) -> Told:
    return {(one.arrival_s, one.transfers, one.cost) for one in answer.journeys}


def _gap(told: Told, best: Told) -> int:
    return max(
        min(cost for at_s, changes, cost in told if at_s <= arrival_s and changes <= transfers) - cents
        for arrival_s, transfers, cents in best
    )


def draw_case(tariff: str, seed: int) -> tuple[Priced, TimetableInfo, Query]:
    """A timetable, a tariff of a kind and a question."""
    draw, kinds = Random(seed), list(MODES.values())
    trips = []
    for line in range(7):
        stops = draw.sample(range(STOPS), draw.randint(2, 4))
        for first_s in sorted(draw.randrange(8 * 3600, 10 * 3600) for _ in range(3)):
            calls, at_s = [], first_s
            for stop in stops:
                calls.append((stop, at_s, at_s + 60))
                at_s += 60 + draw.randrange(300, 1500)
            trips.append(SketchedTrip(calls, mode=kinds[line % len(kinds)]))
    timetable, info = build(Sketch(STOPS, trips, days=1, first_day=MONDAY), seed)
    timetable = timetable._replace(stop_lat=np.nan_to_num(timetable.stop_lat, nan=47.1))
    here, there = draw.sample(range(STOPS), 2)
    start_s = day_start_s(MONDAY, "Europe/Paris") + 8 * 3600
    query = Query(
        (Offset(here, 0),), (Offset(there, 0),), start_s, max_transfers=3, max_travel_time_s=5 * 3600
    )
    networks = {name: {"mode": FARE_MODES[mode].value} for name, mode in MODES.items()}
    products = [product for name in MODES for product in _draw_products(tariff, name, draw)]
    return Priced(timetable, make_tariff(networks, products), (Rider(),), start_s), info, query


def _draw_products(tariff: str, network: str, draw: Random) -> list[dict[str, Any]]:
    cents = draw.choice(CENTS)
    bands = [(0, *draw.choice(RATES)), (10, *draw.choice(RATES))]
    match tariff, network:
        case "flat", _:
            return [flat(network, cents)]
        case "distance", _:
            return [by_distance(network, bands)]
        case ("hour", _) | ("joined", "city"):
            return [flat(network, cents, within_min=60)]
        case "joined", "rail":
            transfer = {"id": "both", "kind": "transfer", "base": "rail-single", "free_networks": ["city"]}
            joined = by_distance(network, bands, is_joined=True, within_min=60)
            return [joined, transfer | {"within_min": 90, "surcharge_cents": 20}]
        case "cap", _:
            fare = {"kind": "flat", "cents": cents * 3 // 2}
            cap = {"id": f"{network}-cap", "kind": "cap", "networks": [network], "period": "day"}
            return [flat(network, cents), cap | {"fare": fare}]
        case _:
            return [flat(network, cents)]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=300)
    asked = parser.parse_args()
    for tariff, words in TARIFFS.items():
        found = list_gaps(tariff, asked.cases)
        told = [f"{words}: {len(found)} questions"]
        for name, gaps in zip(Gaps._fields, zip(*found, strict=True), strict=True):
            missed = [gap for gap in gaps if gap]
            told.append(f"{name} {len(missed)} not exact, {sum(gaps) / len(gaps):.1f} cents in the mean")
        sys.stdout.write("; ".join(told) + "\n")


if __name__ == "__main__":
    main()
