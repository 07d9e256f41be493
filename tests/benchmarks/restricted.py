"""What a third criterion costs beside the two-criteria answer.

    python -m tests.benchmarks.restricted FEED.zip [--day 2025-03-11] [--questions 200]

The same random questions for the best journeys, for least walking beside them and for lowest emissions, as `/plan` asks
for these, in blocks by turns.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.reader import read_feed
from mobility.bench.measure import BLOCK, draw_queries
from mobility.bench.run import busiest_day
from mobility.bench.single_day import single_day
from mobility.journeys.criteria import emissions_mg_per_km
from routing.planner import Planner
from routing.query import Cost
from routing.timetable import Timetable, TimetableInfo


def measure(planner: Planner, window_s: int, questions: int) -> dict[str, tuple[list[float], list[int]]]:
    """By criterion, the milliseconds and the number of journeys of each question; the first block warms up."""
    criteria = {
        "best journeys": None,
        "least walking": Cost(per_walked_s=1),
        "lowest emissions": Cost(per_km_by_mode=emissions_mg_per_km()),
    }
    queries = draw_queries(planner, questions + BLOCK, 5, window_s)
    took: dict[str, tuple[list[float], list[int]]] = {name: ([], []) for name in criteria}
    for first in range(0, len(queries), BLOCK):
        for name, cost in criteria.items():
            for query in queries[first : first + BLOCK]:
                began = time.thread_time()
                answer = planner.plan(replace(query, cost=cost))
                took[name][0].append((time.thread_time() - began) * 1e3)
                took[name][1].append(len(answer.journeys))
    return {name: (ms[BLOCK:], found[BLOCK:]) for name, (ms, found) in took.items()}


def tell(name: str, timetable: Timetable, info: TimetableInfo, day: dt.date, questions: int) -> None:
    planner = Planner(*single_day(timetable, info, day))
    planner.warm_up([day])
    table = Table(title=f"{name}, {day}, one thread's own time")
    for column in ("", "journeys", "p50, ms", "p95, ms", "ratio p50", "ratio p95", "ratio of sums"):
        table.add_column(column, justify="right")
    for kind, window_s, count in (("one departure", 0, questions), ("2 h window", 7200, questions // 4)):
        measured = measure(planner, window_s, count)
        plain = np.array(measured["best journeys"][0])
        for criterion, (ms, found) in measured.items():
            halves = [(np.quantile(ms, q), np.quantile(plain, q)) for q in (0.5, 0.95)]
            table.add_row(
                f"{kind}, {criterion}",
                f"{np.mean(found):.1f}",
                *[f"{own:.2f}" for own, _ in halves],
                *[f"{own / other:.2f}" for own, other in halves],
                f"{sum(ms) / plain.sum():.2f}",
            )
    Console(width=120).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("feed", type=Path)
    parser.add_argument("--day", type=dt.date.fromisoformat)
    parser.add_argument("--questions", type=int, default=200)
    wanted = parser.parse_args()
    network, _ = compile_feed(read_feed(wanted.feed, "feed")[0])
    day = wanted.day or busiest_day(network.timetable, network.info)
    tell(wanted.feed.stem, network.timetable, network.info, day, wanted.questions)


if __name__ == "__main__":
    main()
