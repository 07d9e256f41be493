"""What real time costs a query, and how soon it is in place.

    python -m tests.benchmarks.overlay FEED.zip [--day 2025-03-11] [--changes 2000]

The same random questions with nothing laid over the timetable, and with trips of the day delayed, cancelled or skipping
stops, in blocks by turns; then the time to lay that over.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.reader import read_feed
from mobility.bench.measure import BLOCK, draw_queries
from mobility.bench.run import busiest_day
from mobility.bench.single_day import single_day
from routing.compile_overlay import compile_overlay
from routing.planner import Planner
from tests.benchmarks import soak


def measure(planner: Planner, live: Planner, window_s: int, questions: int) -> tuple[float, float]:
    """Median milliseconds without and with the overlay, in blocks by turns."""
    queries = draw_queries(planner, questions, 5, window_s)
    took: dict[str, list[float]] = {"plain": [], "live": []}
    for first in range(0, len(queries), BLOCK):
        for name, asked in (("plain", planner), ("live", live)):
            for query in queries[first : first + BLOCK]:
                began = time.thread_time()
                asked.plan(query)
                took[name].append((time.thread_time() - began) * 1e3)
    return float(np.median(took["plain"][BLOCK:])), float(np.median(took["live"][BLOCK:]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("feed", type=Path)
    parser.add_argument("--day", type=dt.date.fromisoformat)
    parser.add_argument("--changes", type=int, default=soak.CHANGED_TRIPS)
    parser.add_argument("--questions", type=int, default=400)
    wanted = parser.parse_args()
    network, _ = compile_feed(read_feed(wanted.feed, "feed")[0])
    day = wanted.day or busiest_day(network.timetable, network.info)
    planner = Planner(*single_day(network.timetable, network.info, day))
    planner.warm_up([day])
    changes = soak.draw_changes(planner, day, np.random.default_rng(1))[: wanted.changes]
    took_ms = []
    for _ in range(11):
        began = time.thread_time()
        overlay = compile_overlay(planner.timetable, planner.info, planner.days, changes)
        took_ms.append((time.thread_time() - began) * 1e3)
    live = planner.with_overlay(overlay)
    table = Table(title=f"{wanted.feed.stem}, {day}, {len(changes)} trips changed, one thread's own time")
    for column in ("", "plain", "with real time", "ratio"):
        table.add_column(column, justify="right")
    for name, window_s in (("one departure, p50", 0), ("2 h window, p50", 7200)):
        plain_ms, live_ms = measure(planner, live, window_s, wanted.questions)
        table.add_row(name, f"{plain_ms:.2f} ms", f"{live_ms:.2f} ms", f"{live_ms / plain_ms:.2f}")
    table.add_row("laying it over, p50", "", f"{np.median(took_ms[1:]):.1f} ms", "")
    Console().print(table)


if __name__ == "__main__":
    main()
