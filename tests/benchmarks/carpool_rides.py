"""What published rides cost: reading and laying them over a network, and planning with them against without.

    python -m tests.benchmarks.carpool_rides NETWORK 2026-06-09T07:30 [--rides 500] [--queries 200]

NETWORK is a folder that `Network.write` wrote (a snapshot of a running server is one). Lines are made up along its
stops with a seed and merged with it as a feed of theirs, as the application does; rides on them leave within a day.
Queries go from place to place; every other one begins near a stop of a line. Each is asked without and with the rides
in turn, in one run, so that what else the machine does weighs on both; CPU time is shown beside the clock's.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from carpool.line import FareVersion, Line, LineStop, Stop
from carpool.ride import Call, Ride, RideStatus
from gtfs_feeds.compile import compile_feed
from gtfs_feeds.merge import merge
from gtfs_feeds.network import Network
from gtfs_feeds.reader import read_feed
from mobility.acts.carpool_gtfs import Operator, write_carpool_gtfs
from mobility.journeys.carpool_rides import Carpool, OfferedRide, PlacedRides
from mobility.journeys.lay_over import lay_over
from mobility.journeys.places import Places
from mobility.journeys.plan import plan, search
from mobility.journeys.question import Question
from mobility.journeys.serving import Serving
from mobility.journeys.street_times import CrowFlyStreets, distance_between_m
from routing.planner import Planner
from tests.benchmarks.flexible import compare

DRIVE_M_S = 16.0


def make_lines(network: Network, count: int, draw: Random) -> list[Line]:
    """Lines of five stops, each beside a stop of the network, the next one farther from the first."""
    timetable, lines = network.timetable, []
    for number in range(count):
        chosen = draw.sample(range(network.info.boardable_count), min(5, network.info.boardable_count))
        points = [(float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop])) for stop in chosen]
        points.sort(key=lambda point, first=points[0]: distance_between_m(*first, *point))  # type: ignore[misc]
        stops, metres = [], 0
        for at, (lat, lon) in enumerate(points):
            metres += int(1.3 * distance_between_m(*points[at - 1], lat, lon)) + 1 if at else 0
            stop = Stop(f"l{number}-{at}", f"Stop {number}-{at}", lat + 0.0005, lon, "21000")
            stops.append(LineStop(stop, metres, int(metres / DRIVE_M_S)))
        lines.append(Line(f"line-{number}", f"Line {number}", tuple(stops)))
    return lines


def make_rides(lines: list[Line], from_s: int, count: int, draw: Random) -> tuple[OfferedRide, ...]:
    """Rides either way, within a day; of every fourth a section is full."""
    fares = (FareVersion("one", "2020-01-01", 150),)
    rides = []
    for number in range(count):
        line = draw.choice(lines)
        stops = line.stops if number % 2 else line.stops[::-1]
        leaves = dt.datetime.fromtimestamp(from_s + draw.randint(0, 86400), dt.UTC)
        calls = tuple(
            Call(at.stop.id, leaves + dt.timedelta(seconds=abs(at.drive_s - stops[0].drive_s)))
            for at in stops
        )
        ride = Ride(f"{number:032x}", line.id, "driver", calls, 3, RideStatus.PUBLISHED, leaves)
        free = [3] * (len(calls) - 1)
        if number % 4 == 0:
            free[draw.randrange(len(free))] = 0
        rides.append(OfferedRide(ride, line, tuple(free), fares))
    return tuple(rides)


def with_lines(network: Network, lines: list[Line]) -> Network:
    """The network with the lines as one more feed."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "carpool.zip"
        write_carpool_gtfs(Operator("Lines", "https://example.org"), lines, (), "1", archive)
        tables, _ = read_feed(archive, "carpool", today=network.info.first_day)
    return merge([network, compile_feed(tables)[0]])


def make_questions(
    network: Network, lines: list[Line], time_s: int, count: int, draw: Random
) -> list[Question]:
    """From near a stop to near another; every other one from near a line's."""
    timetable, stops = network.timetable, network.info.boardable_count

    def near(lat: float, lon: float) -> str:
        return f"{lat + draw.uniform(-0.003, 0.003):.5f},{lon + draw.uniform(-0.003, 0.003):.5f}"

    questions = []
    for number in range(count):
        ends = []
        for end in range(2):
            stop = draw.randrange(stops)
            point = float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop])
            if number % 2 and end == 0:
                at = draw.choice(draw.choice(lines).stops).stop
                point = at.lat, at.lon
            ends.append(near(*point))
        questions.append(Question(ends[0], ends[1], time_s + draw.randint(0, 3600), booked_s=time_s - 7200))
    return questions


def measure(name: str, action: Callable[[], object], times: int = 21) -> None:
    """The median of several times, in milliseconds, by the clock and of the CPU."""
    action()
    clock, cpu = [], []
    for _ in range(times):
        began, worked = time.perf_counter(), time.thread_time()
        action()
        clock.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.thread_time() - worked))
    sys.stdout.write(
        f"{name:40} p50 {statistics.median(clock):6.1f} ms by the clock, {statistics.median(cpu):6.1f} ms of CPU\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("instant", help="UTC, as 2026-06-09T07:30: a busy one")
    parser.add_argument("--lines", type=int, default=6)
    parser.add_argument("--rides", type=int, default=500)
    parser.add_argument("--queries", type=int, default=200)
    asked = parser.parse_args()
    draw = Random(1)
    time_s = int(dt.datetime.fromisoformat(asked.instant).replace(tzinfo=dt.UTC).timestamp())
    plain = Network.open(asked.network)
    lines = make_lines(plain, asked.lines, draw)
    network = with_lines(plain, lines)
    places = Places(network)
    without = Serving("1", network, Planner(network.timetable, network.info), places, CrowFlyStreets(places))
    rides = make_rides(lines, time_s - 3600, asked.rides, draw)
    carpool = Carpool(tuple(lines), rides)
    booked_s = time_s - 7200
    serving = lay_over(without, (), carpool, booked_s)
    with_rides = serving.booked_at(booked_s)
    assert with_rides.planner.overlay.extras, "no ride was laid over"
    sys.stdout.write(f"{len(rides)} rides as {len(with_rides.planner.overlay.extras)} trips\n")
    measure("rides placed on the network", lambda: PlacedRides(network, Carpool(tuple(lines), rides)))
    measure(
        "placed and laid over, from a new state",
        lambda: lay_over(without, (), Carpool(tuple(lines), rides), booked_s),
    )
    measure("laid over again, as for real time", lambda: lay_over(without, (), carpool, booked_s))
    questions = [
        question
        for question in make_questions(plain, lines, time_s, asked.queries, draw)
        if search(without, question).page.journeys  # what finds nothing is quick, and no measure
    ]
    used = sum(
        leg["mode"] == "RIDE_SHARING"
        for question in questions
        for itinerary in plan(serving, question)["itineraries"]
        for leg in itinerary["legs"]
    )
    sys.stdout.write(f"{len(questions)} questions, {used} legs in drivers' cars\n")
    compare(
        "planner alone",
        [partial(without.planner.plan, search(without, question).query) for question in questions],
        [partial(with_rides.planner.plan, search(without, question).query) for question in questions],
    )
    compare(
        "whole answers",
        [partial(plan, without, question) for question in questions],
        [partial(plan, serving, question) for question in questions],
    )


if __name__ == "__main__":
    main()
