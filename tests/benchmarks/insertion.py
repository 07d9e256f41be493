"""How long it takes to find a place for one more ride among the tours of a fleet.

    python -m tests.benchmarks.insertion

Tours of rides between random addresses of a town, as full as asked; then rides nobody takes, asked one after the other,
warm, in the time of the thread. "Scan" is the kernels, over all vehicles and positions; "places" is all but the driving
times, with the tour that is made of it (both the best of five: others use the machine, too); "driving" is what driving
times take the first time: every ride is between two points never seen before. Along the streets of Porto
Alegre (OpenStreetMap) where they are at hand.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobility.journeys.map_streets import MapStreets
from mobility.journeys.on_demand.crow_drives import CrowDrives
from mobility.journeys.on_demand.drives import StreetDrives
from mobility.journeys.street_times import CrowFlyStreets
from on_demand import insertion
from on_demand.area import Point
from on_demand.booking import Party, Place
from on_demand.fleet import Seats
from on_demand.insertion import FleetPlan, Placement
from on_demand.ports import Drives
from on_demand.promise import make_request
from on_demand.service import Promise, Service
from on_demand.tour import Request, VehicleDay
from routing.street import Streets, build_graph
from tests.benchmarks.streets import SHARED, say

OPEN_S, CLOSE_S = 6 * 3600, 21 * 3600
WARM_UP, REPEATS = 20, 5
SERVICE = Service("bench", "Bench", promise=Promise(window_s=900))


class NoStops:
    """Nobody asks for stops here."""

    def nearest_stops(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[int, float]]:
        return []


@dataclass
class Clocked:
    """Driving times, and how long they took to get."""

    drives: Drives
    spent_s: float = 0.0
    pairs: int = 0

    def times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        began = time.thread_time()
        found = self.drives.times_s(origins, destinations)
        self.spent_s += time.thread_time() - began
        self.pairs += found.size
        return found


class Scan:
    """The kernels of an insertion, and how long they took."""

    def __init__(self) -> None:
        self.spent_s = 0.0
        for name in ("look_for_pickups", "look_for_drops", "scan"):
            setattr(insertion, name, self._clocked(getattr(insertion, name)))

    def _clocked(self, kernel: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            began = time.thread_time()
            found = kernel(*arguments)
            self.spent_s += time.thread_time() - began
            return found

        return run


@dataclass(frozen=True)
class Town:
    """Where people ride."""

    south: float
    west: float
    north: float
    east: float

    def point(self, rng: random.Random) -> Point:
        return Point(rng.uniform(self.south, self.north), rng.uniform(self.west, self.east))

    def request(self, rng: random.Random, name: str, drives: Drives) -> Request:
        while True:
            ends = [Place("", self.point(rng)) for _ in range(2)]
            direct_s = int(drives.times_s([ends[0].at], [ends[1].at])[0, 0])
            if direct_s >= 0:
                leave_s = rng.randint(OPEN_S, CLOSE_S - 3600)
                party = Party(adults=rng.choice((1, 1, 2)), wheelchairs=int(rng.random() < 0.05))
                return make_request(
                    SERVICE, ends[0], ends[1], party, direct_s, leave_s=leave_s, request_id=name
                )


def fill(rng: random.Random, town: Town, drives: Drives, vehicles: int, stops: int) -> list[VehicleDay]:
    """Tours of so many stops each."""
    days = []
    for number in range(vehicles):
        depot = town.request(rng, "", drives).origin
        seats = (Seats(8, 0), Seats(6, 1), Seats(4, 2))
        day = VehicleDay(
            f"s{number:03}", dt.date(2026, 5, 4), f"v{number:03}", 0, OPEN_S, CLOSE_S, depot, depot, seats
        )
        tries = 0
        while len(day.stops) < stops and tries < 60 * stops:
            tries += 1
            found = FleetPlan.of([day], drives).find(town.request(rng, f"{number}-{tries}", drives), 0)
            day = found.day if isinstance(found, Placement) else day
        days.append(day)
    return days


def measure(town: Town, drives: Drives, scan: Scan, vehicles: int, stops: int, asks: int) -> str:
    """One line: scan, places and driving, ms."""
    rng = random.Random(vehicles)
    days = fill(rng, town, drives, vehicles, stops)
    clocked = Clocked(drives)
    plan = FleetPlan.of(days, clocked)
    scans, places, driving, both, placed, pairs = [], [], [], [], 0, 0
    for number in range(-WARM_UP, asks):
        request = town.request(rng, f"new{number}", drives)
        clocked.pairs = 0
        took = [_ask(plan, request, clocked, scan) for _ in range(REPEATS)]
        if number >= 0:
            pairs += clocked.pairs
            scans.append(min(scan_s for _, _, scan_s, _ in took))
            places.append(min(all_s - drive_s for all_s, drive_s, _, _ in took))
            both.append(took[0][0])
            driving.append(took[0][1])
            placed += took[0][3]

    def share(times: list[float]) -> str:
        return " / ".join(f"{np.percentile(times, q) * 1e3:.3f}" for q in (50, 95))

    mean = sum(len(day.stops) for day in days) / vehicles
    return (
        f"{vehicles:4} x {mean:.0f} stops: scan {share(scans)}, places {share(places)}, "
        f"driving {share(driving)}, both {share(both)}; "
        f"{placed} of {asks} placed, {pairs / REPEATS / asks:.0f} pairs each"
    )


def _ask(plan: FleetPlan, request: Request, clocked: Clocked, scan: Scan) -> tuple[float, float, float, bool]:
    """How long it takes, how much of this the driving times and the kernels, and whether there is a place."""
    clocked.spent_s = scan.spent_s = 0.0
    began = time.thread_time()
    found = plan.find(request, OPEN_S)
    return time.thread_time() - began, clocked.spent_s, scan.spent_s, isinstance(found, Placement)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--asks", type=int, default=500)
    given = parser.parse_args()
    say("p50 / p95, ms\n")
    sizes, scan = ((50, 40), (200, 27)), Scan()
    say("as the crow flies, 22 km by 26 km\n")
    for vehicles, stops in sizes:
        say(measure(Town(47.15, 5.85, 47.35, 6.2), CrowDrives(), scan, vehicles, stops, given.asks) + "\n")
    extract = SHARED / "osm" / "porto-alegre.osm.pbf"
    if extract.exists():
        graph = build_graph(extract)[0]
        streets = MapStreets(Streets(graph, [], []), CrowFlyStreets(NoStops()))
        say(f"along the streets of {extract.name}, {len(graph.car_order)} nodes for cars\n")
        say(measure(Town(*graph.bounds()), StreetDrives(streets), scan, *sizes[0], given.asks) + "\n")


if __name__ == "__main__":
    main()
