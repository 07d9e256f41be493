"""Questions a second of one planner, asked by one thread and by two.

    python -m tests.benchmarks.threads FEED.zip|FOLDER [--day 2025-03-11] [--questions 1000]

Both ask the same random questions, in turns of a block each; kernels hold no lock, what is left to Python does.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from mobility.bench.measure import draw_queries
from mobility.bench.run import busiest_day, import_network
from mobility.bench.single_day import single_day
from routing.planner import Planner
from routing.query import Query

BLOCKS = 20


def measure(planner: Planner, queries: list[Query], pool: ThreadPoolExecutor) -> tuple[float, float]:
    """Questions a second by one thread and by two, as the medians of blocks asked by turns."""
    rates: tuple[list[float], list[float]] = ([], [])
    for block in track(np.array_split(np.arange(len(queries)), BLOCKS), transient=True):
        asked = [queries[i] for i in block]
        for threads, found in ((1, rates[0]), (2, rates[1])):
            parts = [asked[nth::threads] for nth in range(threads)]
            began = time.perf_counter()
            list(pool.map(lambda part: [planner.plan(query) for query in part], parts))
            found.append(len(asked) / (time.perf_counter() - began))
    return float(np.median(rates[0])), float(np.median(rates[1]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("feed", type=Path)
    parser.add_argument("--day", type=dt.date.fromisoformat)
    parser.add_argument("--questions", type=int, default=1000)
    options = parser.parse_args()
    network, _ = import_network(options.feed)
    day = options.day or busiest_day(network.timetable, network.info)
    planner = Planner(*single_day(network.timetable, network.info, day))
    planner.warm_up([day])
    table = Table(title=f"{options.feed.stem}, {day}: questions a second")
    for column in ("", "one thread", "two threads", "ratio"):
        table.add_column(column, justify="right")
    with ThreadPoolExecutor(2) as pool:
        for kind, window_s, count in (
            ("one departure", 0, options.questions),
            ("2 h window", 7200, options.questions // 4),
        ):
            queries = draw_queries(planner, count, 5, window_s)
            list(pool.map(planner.plan, queries[:50]))  # both threads have their working memory
            one, two = measure(planner, queries, pool)
            table.add_row(kind, f"{one:,.0f}", f"{two:,.0f}", f"{two / one:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
