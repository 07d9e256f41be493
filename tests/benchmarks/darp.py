"""Re-optimisation on the dial-a-ride instances of Cordeau and Laporte: `python -m tests.benchmarks.darp`.

    --data FOLDER     with the instances and BEST_KNOWN.csv (../shared/data/darp)
    --seconds N       CPU seconds for each (10)
    --seed N          of the random numbers (1)
    NAME…             which instances (all that start with a or b)

From nothing: all requests are put into empty tours, then driving is lessened. Times are in units of 1e-5 minutes, ways
rounded up, so that what keeps every promise in whole units keeps it in floating point; the total is that of the ways in
double precision. Every tour is checked by `on_demand.schedule.check`, and once more by its distances.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import itertools
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from on_demand.area import Point
from on_demand.fleet import Seats
from on_demand.reoptimise import Spent, by_clock, by_iterations, search
from on_demand.schedule import FROZEN_S, check
from on_demand.tour import Request, StopKind, VehicleDay

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "darp"
UNIT = 100_000
"""So many units are a minute."""

MIDNIGHT = 10 * FROZEN_S
"""The instances' time 0, in units: their day begins some time from now."""

out = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance. Points are the plane's coordinates."""

    name: str
    days: tuple[VehicleDay, ...]
    requests: tuple[Request, ...]


class PlaneDrives:
    """Straight ways at speed one, rounded up to whole units."""

    def times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        """Units."""
        found = [[math.ceil(distance(a, b) * UNIT) for b in destinations] for a in origins]
        return np.array(found, np.int32).reshape(len(origins), len(destinations))


def distance(a: Point, b: Point) -> float:
    """In minutes, double precision."""
    return math.hypot(a.lat - b.lat, a.lon - b.lon)


def read_instance(path: Path) -> Instance:
    """An instance. The second number of its header is n or 2n, and the end's row may be missing (it is the depot's):
    the rows say how many requests there are."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    vehicles, route_max, capacity, ride_max = (int(lines[0][i]) for i in (0, 2, 3, 4))
    rows = [tuple(float(field) for field in line[1:]) for line in lines[1:]]
    n = (len(rows) - 1) // 2
    depot, end = rows[0], (rows[2 * n + 1] if len(rows) == 2 * n + 2 else rows[0])

    def at(minutes: float) -> int:
        return MIDNIGHT + round(minutes * UNIT)

    requests = []
    for i in range(1, n + 1):
        pickup, drop = rows[i], rows[n + i]
        requests.append(
            Request(
                id=str(i),
                origin=Point(pickup[0], pickup[1]),
                destination=Point(drop[0], drop[1]),
                pickup_open_s=at(pickup[4]),
                pickup_close_s=at(pickup[5]),
                drop_open_s=at(drop[4]),
                drop_close_s=at(drop[5]),
                ride_s_max=ride_max * UNIT,
                seats=int(pickup[3]),
                pickup_stop_s=round(pickup[2] * UNIT),
                drop_stop_s=round(drop[2] * UNIT),
            )
        )
    days = [
        VehicleDay(
            shift_id=f"vehicle {v}",
            day=dt.date(2000, 1, 1),
            vehicle_id=str(v),
            version=0,
            open_s=at(max(depot[4], end[4])),
            close_s=at(min(depot[5], end[5])),
            start=Point(depot[0], depot[1]),
            end=Point(end[0], end[1]),
            configurations=(Seats(capacity, 0),),
            route_s_max=route_max * UNIT,
        )
        for v in range(vehicles)
    ]
    return Instance(path.stem, tuple(days), tuple(requests))


def read_best_known(folder: Path) -> dict[str, float]:
    """The best totals known of, by instance."""
    with (folder / "BEST_KNOWN.csv").open(encoding="utf-8") as file:
        return {row["instance"]: float(row["best_known"]) for row in csv.DictReader(file)}


def length(day: VehicleDay) -> float:
    """What a tour drives, in double precision."""
    requests = {request.id: request for request in day.requests}
    way = [day.start]
    for stop in day.stops:
        request = requests[stop.request_id]
        way.append(request.origin if stop.kind is StopKind.PICKUP else request.destination)
    way.append(day.end)
    return sum(distance(a, b) for a, b in itertools.pairwise(way))


@dataclass(frozen=True, slots=True)
class Solved:
    """What came out; `wrong` is empty unless a tour breaks a promise or a request is not in exactly one."""

    total: float
    iterations: int
    wrong: str


def solve(instance: Instance, spent: Spent, seed: int) -> Solved:
    """Put all requests of an instance into its vehicles."""
    outcome = search(
        instance.days, PlaneDrives(), 0, spent, seed, more=instance.requests, may_wait_aboard=True
    )
    wrong = [f"{day.shift_id}: {violation}" for day in outcome.days if (violation := check(day)) is not None]
    served = sorted(request.id for day in outcome.days for request in day.requests)
    if served != sorted(request.id for request in instance.requests):
        wrong.append(f"{len(served)} of {len(instance.requests)} requests are served")
    return Solved(sum(length(day) for day in outcome.days), outcome.iterations, "; ".join(wrong))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=FOLDER)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    best_known = read_best_known(args.data)
    solve(read_instance(args.data / "a2-16.txt"), by_iterations(100), 1)  # compiled before the clock runs
    out.print("instance  best known      ours    gap %  iterations  CPU s")
    gaps: dict[str, list[float]] = {}
    for name in args.names or [name for name in best_known if name[0] in "ab"]:
        instance = read_instance(args.data / f"{name}.txt")
        began = time.process_time()
        solved = solve(instance, by_clock(args.seconds, time.process_time), args.seed)
        took_s = time.process_time() - began
        gap = 100.0 * (solved.total / best_known[name] - 1.0)
        if solved.total < best_known[name] - 0.0051:
            solved = replace(solved, wrong=f"{solved.wrong} better than the best known")
        gaps.setdefault(name[0], []).append(gap)
        out.print(
            f"{name:8}  {best_known[name]:10.2f}  {solved.total:8.2f}  {gap:7.3f}  {solved.iterations:10,}"
            f"  {took_s:5.1f}  {solved.wrong}"
        )
    for letter, some in gaps.items():
        out.print(
            f"{letter}: {len(some)} instances, {sum(some) / len(some):.3f} % on average, {max(some):.3f} % at worst"
        )


if __name__ == "__main__":
    main()
