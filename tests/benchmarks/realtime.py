"""How long a full update of real time takes: from the bytes of a message to what the planner searches.

    python tests/benchmarks/realtime.py NETWORK 2026-06-09T07:30 [--trips 2000] [--feed ID]

NETWORK is a folder that `Network.write` wrote (a snapshot of a running server is one). The message is invented from it
(`gtfs_feeds.realtime.generate`); every update in it is new. CPU time of the one thread is shown beside the clock's:
on a machine that does other things the former says more.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from google.transit import gtfs_realtime_pb2 as rt

from gtfs_feeds.catalogue import text
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.generate import generate_message
from gtfs_feeds.realtime.state import LiveFeed, live_at, receive
from routing.compile_overlay import compile_overlay
from routing.planner import Planner


def measure(name: str, action: Callable[[], object], times: int = 15) -> None:
    """Run once to warm up, then print the median and the best of some runs."""
    action()
    clocks, cpus = [], []
    for _ in range(times):
        clock, cpu = time.perf_counter(), time.thread_time()
        action()
        clocks.append(1000 * (time.perf_counter() - clock))
        cpus.append(1000 * (time.thread_time() - cpu))
    sys.stdout.write(
        f"{name:44} clock p50 {statistics.median(clocks):7.1f} ms, best {min(clocks):7.1f} ms;"
        f" CPU p50 {statistics.median(cpus):7.1f} ms, best {min(cpus):7.1f} ms\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("instant", help="UTC, as 2026-06-09T07:30: a busy one")
    parser.add_argument("--trips", type=int, default=2000, help="runs the message speaks of, at most")
    parser.add_argument("--feed", help="of several feeds, the one to invent for")
    asked = parser.parse_args()
    network = Network.open(asked.network)
    now_s = int(dt.datetime.fromisoformat(asked.instant).replace(tzinfo=dt.UTC).timestamp())
    feed_id = asked.feed or text(network.catalogue, int(network.catalogue.feed_id_text[0]))

    def invent(at_s: int, runs: int) -> bytes:
        return generate_message(
            network, at_s, seed=1, feed_id=feed_id, vehicles=False, alerts=False, runs_max=runs
        )

    data = invent(now_s, round(asked.trips * 1.15))  # of some nothing is said (yet, or any more)
    index, empty = FeedIndex(network, feed_id), LiveFeed.empty(feed_id)
    live = receive(empty, index, data, now_s)
    message = rt.FeedMessage.FromString(data)
    updates = sum(len(entity.trip_update.stop_time_update) for entity in message.entity)
    sys.stdout.write(
        f"{len(message.entity)} trip updates, {updates} stop time updates, {len(data)} bytes:"
        f" {len(live.trips)} runs changed, {len(live.extra_trips)} added, {len(live.findings)} findings\n"
    )
    planner = Planner(network.timetable, network.info)

    def lay_over(live: LiveFeed) -> object:
        overlay = compile_overlay(network.timetable, network.info, planner.days, live.changes, live.extras)
        return planner.with_overlay(overlay)

    measure("bytes to changes", lambda: receive(empty, index, data, now_s))
    measure("changes to a planner", lambda: lay_over(live))
    measure("bytes to a planner", lambda: lay_over(receive(empty, index, data, now_s)))
    half = rt.FeedMessage.FromString(data)
    half.header.timestamp += 20
    for entity in half.entity[::10]:
        entity.trip_update.timestamp += 20
    next_data = half.SerializeToString()
    measure("bytes to changes, one in ten new", lambda: receive(live, index, next_data, now_s + 20))
    measure("looking for what is stale", lambda: live_at(live, now_s + 20))


if __name__ == "__main__":
    main()
