"""Many questions while real time changes and the network is replaced: does memory grow, does anything fail?

    python -m tests.benchmarks.soak FEED.zip --questions 1000000

Two threads ask random questions between served stops; beside them 2,000 trips are delayed, cancelled or cut anew every
half second, and twice the whole network is opened again from its files, as a new snapshot is.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.network import Network
from gtfs_feeds.reader import read_feed
from mobility.bench.run import busiest_day
from routing.clock import day_start_s
from routing.compile_overlay import compile_overlay
from routing.layer import COLUMN_STOP
from routing.overlay import TripChange
from routing.planner import Planner
from routing.query import Offset, Query

CHANGED_TRIPS = 2000
UPDATE_EVERY_S = 0.5
RELOADS = 2
THREADS = 2


def draw_changes(planner: Planner, day: dt.date, random: np.random.Generator) -> list[TripChange]:
    """Delays that grow and shrink along the way, some trips cancelled, some stops skipped."""
    timetable, info = planner.timetable, planner.info
    running = planner.days.get(day).trips
    changes = []
    chosen = random.choice(len(running.trip), min(CHANGED_TRIPS, len(running.trip)), replace=False)
    for number in chosen.tolist():
        trip, shift_s = int(running.trip[number]), int(running.shift_s[number])
        start_s = day_start_s(day, info.zones[timetable.trip_zone[trip]]) + shift_s
        first, pattern = int(timetable.trip_first_event[trip]), int(timetable.trip_pattern[trip])
        count = int(timetable.pattern_first[pattern + 1] - timetable.pattern_first[pattern])
        times = np.empty(2 * count, np.int64)
        times[0::2] = timetable.event_arrival_s[first : first + count] + start_s
        times[1::2] = timetable.event_departure_s[first : first + count] + start_s
        late = np.maximum.accumulate(times + random.integers(0, 900) + random.integers(-60, 61, 2 * count))
        skipped = random.random(count) < 0.1 if random.random() < 0.1 else None
        cancelled = bool(random.random() < 0.05)
        changes.append(TripChange(trip, day, late[0::2], late[1::2], shift_s, cancelled, skipped))
    return changes


class Soak:
    """The planner that is asked, and those who ask."""

    def __init__(self, folder: Path, day: dt.date, questions: int) -> None:
        self.folder, self.day, self.questions = folder, day, questions
        self.planner = self.open()
        self.asked = [0] * THREADS
        self.found = [0] * THREADS
        self.errors: list[BaseException] = []
        self.updates = 0

    def open(self) -> Planner:
        network = Network.open(self.folder)
        planner = Planner(network.timetable, network.info, self.folder / "days")
        planner.warm_up([self.day])
        return planner

    @property
    def done(self) -> bool:
        return sum(self.asked) >= self.questions or bool(self.errors)

    def ask(self, thread: int) -> None:
        random = np.random.default_rng(thread)
        served = np.unique(self.planner.days.get(self.day).layer.columns[:, COLUMN_STOP])
        start_s = day_start_s(self.day, self.planner.info.zones[0])
        try:
            while not self.done:
                a, b = random.choice(served, 2, replace=False).tolist()
                window_s = 3600 if random.random() < 0.02 else 0
                query = Query(
                    (Offset(a, 0),),
                    (Offset(b, 0),),
                    start_s + int(random.integers(5, 22)) * 3600,
                    arrive_by=bool(random.random() < 0.1),
                    window_s=window_s,
                )
                self.found[thread] += len(self.planner.plan(query).journeys)
                self.asked[thread] += 1
        except BaseException as error:
            self.errors.append(error)
            raise

    def update(self) -> None:
        random = np.random.default_rng(99)
        reloads = [self.questions * (n + 1) // (RELOADS + 1) for n in range(RELOADS)]
        try:
            while not self.done:
                if reloads and sum(self.asked) >= reloads[0]:
                    reloads.pop(0)
                    self.planner = self.open()
                planner = self.planner
                changes = draw_changes(planner, self.day, random)
                self.planner = planner.with_overlay(
                    compile_overlay(planner.timetable, planner.info, planner.days, changes)
                )
                self.updates += 1
                time.sleep(UPDATE_EVERY_S)
        except BaseException as error:
            self.errors.append(error)
            raise


def resident_mb() -> float:
    """Memory of this process that is its own: mapped files, which all processes share, do not count."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    raise OSError("/proc/self/status has no RssAnon: this measurement needs Linux")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("feed", type=Path)
    parser.add_argument("--questions", type=int, default=1_000_000)
    wanted = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "network"
        network, _ = compile_feed(read_feed(wanted.feed, "soak")[0])
        network.write(folder)
        day = busiest_day(network.timetable, network.info)
        del network
        soak = Soak(folder, day, wanted.questions)
        threads = [threading.Thread(target=soak.ask, args=(n,)) for n in range(THREADS)]
        threads.append(threading.Thread(target=soak.update))
        began = time.monotonic()
        for thread in threads:
            thread.start()
        memory: list[tuple[int, float]] = []
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("asking", total=wanted.questions)
            while any(thread.is_alive() for thread in threads):
                time.sleep(1)
                progress.update(task, completed=sum(soak.asked))
                if not memory or sum(soak.asked) >= memory[-1][0] + wanted.questions // 20:
                    gc.collect()
                    memory.append((sum(soak.asked), resident_mb()))
        seconds = time.monotonic() - began
    asked = sum(soak.asked)
    console.print(
        f"{asked:,} questions, {sum(soak.found):,} journeys, {soak.updates:,} updates, {RELOADS} reloads, "
        f"{len(soak.errors)} errors in {seconds:.0f} s ({asked / seconds:.0f}/s)"
    )
    for count, megabytes in memory:
        console.print(f"  after {count:>9,} questions  {megabytes:6.1f} MB")


if __name__ == "__main__":
    main()
