"""A process that opens a network, answers one question and says so: what a new worker does before it can serve."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from gtfs_feeds.network import Network
from routing.clock import day_start_s
from routing.planner import Planner
from routing.query import Offset, Query


def main(folder: Path, day: dt.date) -> None:
    network = Network.open(folder)
    planner = Planner(network.timetable, network.info, folder / "days")
    start_s = day_start_s(day, network.info.zones[0])
    answer = planner.plan(Query((Offset(0, 60),), (Offset(1, 60),), start_s + 8 * 3600, window_s=3600))
    sys.stdout.write(f"{len(answer.journeys)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), dt.date.fromisoformat(sys.argv[2]))
