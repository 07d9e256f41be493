"""What flexible legs cost: 500 published rides and 50 zones of on-demand transport beside the plain query.

    python -m tests.benchmarks.flexible NETWORK 2026-06-09T07:30 [--rides 500] [--zones 50] [--queries 200]

NETWORK is a folder that `Network.write` wrote (a snapshot of a running server is one). Rides and zones are made up
from its stops with a seed. Queries go from place to place, as travellers ask; each is asked plain and with flexible
legs in turn, in one run, so that what else the machine does weighs on both. CPU time of the one thread is shown beside
the clock's.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np

from gtfs_feeds.network import Network
from mobility.journeys.places import Places
from mobility.journeys.plan import plan, search
from mobility.journeys.question import Question
from mobility.journeys.serving import Serving
from mobility.journeys.street_times import CrowFlyStreets, distance_between_m
from routing.clock import service_day_of
from routing.compile_overlay import compile_overlay
from routing.overlay import ExtraTrip
from routing.planner import Planner
from routing.timetable import Mode
from tests.mobility.journeys.synthetic_flex import Rule, SyntheticLegs, Zone, square

DRIVE_M_S = 16.0


def make_rides(network: Network, time_s: int, count: int, draw: Random) -> list[ExtraTrip]:
    """Rides over up to five stops, setting out within two hours; each stop a little nearer to the last."""
    stops = network.info.boardable_count
    day = service_day_of(time_s, network.info.zones[0])
    rides = []
    for number in range(count):
        stop = draw.sample(range(stops), min(draw.randint(2, 5), stops))
        stop.sort(key=lambda s, last=stop[-1]: -_metres(network, s, last))
        hops = [int(_metres(network, a, b) / DRIVE_M_S) + 60 for a, b in pairwise(stop)]
        at_s = np.cumsum([time_s + draw.randint(0, 7200), *hops]).astype(np.int64)
        kind = np.full(len(stop), 3, np.uint8)
        rides.append(
            ExtraTrip(
                f"ride-{number}",
                day,
                np.array(stop, np.int32),
                at_s,
                at_s,
                kind,
                kind,
                int(Mode.RIDE_SHARING),
            )
        )
    return rides


def make_zones(network: Network, count: int, draw: Random) -> tuple[Zone, ...]:
    """Squares of about 12 km around stops, open all day, with an hour's notice."""
    timetable, stops = network.timetable, network.info.boardable_count
    return tuple(
        Zone(
            f"zone-{number}",
            f"Zone {number}",
            square(float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop]), 0.055),
            rule=Rule(notice_s=3600),
        )
        for number in range(count)
        for stop in [draw.randrange(stops)]
    )


def _metres(network: Network, stop: int, other: int) -> float:
    timetable = network.timetable
    return distance_between_m(
        float(timetable.stop_lat[stop]),
        float(timetable.stop_lon[stop]),
        float(timetable.stop_lat[other]),
        float(timetable.stop_lon[other]),
    )


def make_questions(
    network: Network, zones: tuple[Zone, ...], time_s: int, count: int, draw: Random
) -> list[Question]:
    """From near a stop to near another; every other one begins within a zone."""
    timetable, stops = network.timetable, network.info.boardable_count

    def near(stop: int) -> str:
        lat, lon = float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop])
        return f"{lat + draw.uniform(-0.003, 0.003):.5f},{lon + draw.uniform(-0.003, 0.003):.5f}"

    questions = []
    for number in range(count):
        origin = near(draw.randrange(stops))
        if number % 2:
            corners = draw.choice(zones).corners
            (south, west), (north, east) = corners[0], corners[2]
            origin = f"{draw.uniform(south, north):.5f},{draw.uniform(west, east):.5f}"
        questions.append(
            Question(
                origin, near(draw.randrange(stops)), time_s + draw.randint(0, 3600), booked_s=time_s - 7200
            )
        )
    return questions


def compare(name: str, plain: list[Callable[[], object]], flexible: list[Callable[[], object]]) -> None:
    """Each pair in turn, after a warm-up; medians and their ratio."""
    for action in (*plain[:10], *flexible[:10]):
        action()
    times: dict[str, list[tuple[float, float]]] = {"plain": [], "flexible": []}
    for one, other in zip(plain, flexible, strict=True):
        for kind, action in (("plain", one), ("flexible", other)):
            clock, cpu = time.perf_counter(), time.thread_time()
            action()
            times[kind].append((1000 * (time.perf_counter() - clock), 1000 * (time.thread_time() - cpu)))
    for what, column in (("clock", 0), ("CPU", 1)):
        p50 = {kind: statistics.median(row[column] for row in rows) for kind, rows in times.items()}
        mean = {kind: statistics.fmean(row[column] for row in rows) for kind, rows in times.items()}
        sys.stdout.write(
            f"{name:24} {what:5} plain p50 {p50['plain']:7.2f} ms, flexible p50 {p50['flexible']:7.2f} ms,"
            f" ratio {p50['flexible'] / p50['plain']:.2f}; ratio of means {mean['flexible'] / mean['plain']:.2f}\n"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("instant", help="UTC, as 2026-06-09T07:30: a busy one")
    parser.add_argument("--rides", type=int, default=500)
    parser.add_argument("--zones", type=int, default=50)
    parser.add_argument("--queries", type=int, default=200)
    asked = parser.parse_args()
    draw, network = Random(1), Network.open(asked.network)
    time_s = int(dt.datetime.fromisoformat(asked.instant).replace(tzinfo=dt.UTC).timestamp())
    places = Places(network)
    plain = Serving(
        "plain", network, Planner(network.timetable, network.info), places, CrowFlyStreets(places)
    )
    rides = make_rides(network, time_s, asked.rides, draw)
    compile_overlay(network.timetable, network.info, plain.planner.days, extras=rides)
    began = time.perf_counter()
    overlay = compile_overlay(network.timetable, network.info, plain.planner.days, extras=rides)
    sys.stdout.write(f"{len(rides)} rides laid over in {1000 * (time.perf_counter() - began):.0f} ms\n")
    zones = make_zones(network, asked.zones, draw)
    legs = SyntheticLegs(zones, network.timetable, places, ZoneInfo(network.info.zones[0]))
    with_rides = plain.with_live(plain.planner.with_overlay(overlay), plain.live)
    flexible = replace(with_rides, flexible=legs)
    questions = [
        question
        for question in make_questions(network, zones, time_s, asked.queries, draw)
        if search(plain, question).page.journeys  # what finds nothing is quick, and no measure
    ]
    asks = [(search(plain, question).query, search(flexible, question).query) for question in questions]
    offers = sum(
        offset.open_s is not None for _, query in asks for offset in query.origins + query.destinations
    )
    sys.stdout.write(f"{len(asks)} queries, with {offers / len(asks):.1f} offers each\n")
    for name, window_s in (("one departure", 0), ("two hours", 7200)):
        compare(
            f"planner, {name}",
            [partial(plain.planner.plan, replace(query, window_s=window_s)) for query, _ in asks],
            [partial(flexible.planner.plan, replace(query, window_s=window_s)) for _, query in asks],
        )
    zoned = replace(plain, flexible=legs)  # rides are shown by whoever publishes them: here zones alone
    compare(
        "whole answers, zones",
        [partial(plan, plain, question) for question in questions],
        [partial(plan, zoned, question) for question in questions],
    )


if __name__ == "__main__":
    main()
