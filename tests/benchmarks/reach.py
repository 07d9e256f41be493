"""How long it takes to say how far one gets: one to all, and areas for three bands of time.

    python -m tests.benchmarks.reach NETWORK 2026-06-09T07:30 [--places 20]

NETWORK is a folder that `Network.write` wrote (a snapshot of a running server is one).
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import sys
import time
from pathlib import Path
from random import Random

import orjson

from gtfs_feeds.network import Network
from mobility.journeys.isochrones import present_isochrones
from mobility.journeys.places import Places
from mobility.journeys.question import Question
from mobility.journeys.reachable import find_reachable, present_reachable
from mobility.journeys.serving import Serving
from mobility.journeys.street_times import CrowFlyStreets
from routing.planner import Planner

BANDS_S = (1800, 3600, 5400)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("instant", help="UTC, as 2026-06-09T07:30: a busy one")
    parser.add_argument("--places", type=int, default=20)
    asked = parser.parse_args()
    network, draw = Network.open(asked.network), Random(1)
    time_s = int(dt.datetime.fromisoformat(asked.instant).replace(tzinfo=dt.UTC).timestamp())
    places = Places(network)
    serving = Serving("b", network, Planner(network.timetable, network.info), places, CrowFlyStreets(places))
    rows: dict[str, list[float]] = {"search": [], "one to all": [], "isochrones": []}
    stops, sizes = [], []
    for number in range(asked.places + 1):
        stop = draw.randrange(network.info.boardable_count)
        place = f"{network.timetable.stop_lat[stop]:.5f},{network.timetable.stop_lon[stop]:.5f}"
        question = Question(place, place, time_s, max_travel_time_s=max(BANDS_S))
        began = time.perf_counter()
        found = find_reachable(serving, question)
        searched = time.perf_counter()
        orjson.dumps(present_reachable(found, question))
        listed = time.perf_counter()
        answer = orjson.dumps(present_isochrones(found, question, BANDS_S))
        drawn = time.perf_counter()
        if number:  # the first warms up
            for name, took_s in zip(rows, (searched - began, listed - searched, drawn - listed), strict=True):
                rows[name].append(1000 * took_s)
            stops.append(len(found.stops))
            sizes.append(len(answer))
    for name, took_ms in rows.items():
        sys.stdout.write(f"{name:12} p50 {statistics.median(took_ms):7.1f} ms, most {max(took_ms):7.1f} ms\n")
    sys.stdout.write(
        f"{statistics.median(stops):.0f} stops, areas of {statistics.median(sizes) / 1000:.0f} kB\n"
    )


if __name__ == "__main__":
    main()
