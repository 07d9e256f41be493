"""Many updates under traffic: seen in time, no request dropped, nothing that grows."""

from __future__ import annotations

import datetime as dt
import gc
import multiprocessing
import os
import statistics
import threading
import weakref
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.live_sources import add_source, remove_source
from mobility.acts.remove_feed import remove_feed
from tests.mobility.http.asking import AVALLON, CLUNY, MONDAY
from tests.mobility.live.live_server import SOURCE, LiveServer, run_live_server
from tests.mobility.live.messages import message, trip
from tests.mobility.region_feed import FEED, write_feed
from tests.mobility.seen import was_prompt

_STATM = Path("/proc/self/statm")

SIX = f"{MONDAY}T05:55:00Z"


def first_departure(live: LiveServer) -> str:
    found = live.plan(AVALLON, CLUNY, SIX, searchWindow=1200)
    return str(found[0]["startTime"][11:16]) if found else ""


def test_seen_within_two_seconds_of_arrival(live: LiveServer) -> None:
    """From the moment the file is in its place to the first answer that has it, over HTTP."""
    live.say()
    waits = []
    for minutes in range(1, 6):
        live.now += dt.timedelta(seconds=1)
        content = message(live.now_s, trip("R-08", {"stop": "AVA1", "delay": 60 * minutes}))
        live.write(content)
        waits.append(live.wait_for(lambda shown=f"06:0{minutes}": first_departure(live) == shown))
    assert was_prompt(waits), waits


def test_swaps_under_load_drop_no_request(live: LiveServer) -> None:
    """Messages and a new timetable come in while six clients ask: every answer is whole and is one of the states."""
    live.say()
    stop, seen = threading.Event(), []

    def keep_asking() -> None:
        query = {
            "fromPlace": AVALLON,
            "toPlace": CLUNY,
            "time": SIX,
            "searchWindow": 1200,
            "numItineraries": 1,
        }
        while not stop.is_set():
            response = live.client.get("/api/v6/plan", params=query)
            leg = response.json()["itineraries"][0]["legs"][0]
            seen.append((response.status_code, leg["startTime"][11:16], leg["realTime"]))

    asking = [threading.Thread(target=keep_asking) for _ in range(6)]
    for thread in asking:
        thread.start()
    try:
        for minutes in range(1, 10):
            live.say(trip("R-08", {"stop": "AVA1", "delay": 60 * minutes}))
        later = FEED["stop_times.txt"].replace("R-08,08:00:00,08:00:00", "R-08,07:59:00,07:59:00")
        before = live.services.current().network
        archive = write_feed(live.path.parent / "after.zip", {"stop_times.txt": later})
        import_feed(live.services.feeds, FeedSource(str(archive), feed_id="r"))
        live.wait_for(lambda: live.services.current().network is not before)
    finally:
        stop.set()
        for thread in asking:
            thread.join()
    assert {status for status, _, _ in seen} == {200}
    states = {(shown, real) for _, shown, real in seen}
    assert states <= {("06:00", False)} | {(f"06:0{minutes}", True) for minutes in range(1, 10)} | {
        ("06:08", True)
    }
    assert first_departure(live) == "06:08", "the delay of nine minutes, on the new timetable"


def test_a_network_that_is_gone_is_let_go_of(tmp_path: Path) -> None:
    """Live states keep what they share, and nothing of an old network stays."""
    with run_live_server(tmp_path) as live:
        live.say(trip("R-08", {"stop": "AVA1", "delay": 60}))
        first = live.services.current()
        live.plan(AVALLON, CLUNY, SIX)
        live.say(trip("R-08", {"stop": "AVA1", "delay": 120}))
        second = live.services.current()
        assert second is not first
        assert second.view.lookups is first.view.lookups
        assert second.view.words() is first.view.words()
        assert second.planner.days is first.planner.days
        old = weakref.ref(second.network)
        del first, second
        import_feed(live.services.feeds, FeedSource(str(write_feed(tmp_path / "b.zip")), feed_id="other"))
        live.wait_for(lambda: live.services.current().network is not old())
        live.plan(AVALLON, CLUNY, SIX)

        def is_gone() -> bool:
            gc.collect()
            return old() is None

        live.wait_for(is_gone)


def test_sources_and_feeds_come_and_go(tmp_path: Path) -> None:
    with run_live_server(tmp_path) as live:

        def leaves() -> str:
            (leg,) = live.get("/api/v6/trip", tripId="20260615_08:00_r_R-08")["legs"]
            return str(leg["startTime"][11:16])

        feeds = live.services.feeds
        live.say(trip("R-08", {"stop": "AVA1", "delay": 240}))
        assert leaves() == "06:04"
        remove_source(feeds, SOURCE)
        live.wait_for(lambda: live.services.current().live.state == "none")
        assert leaves() == "06:00"
        add_source(feeds, "again", str(live.path), "r", 0.2)
        live.wait_for(lambda: live.services.current().live.state == "live")
        assert leaves() == "06:04"
        other = write_feed(tmp_path / "other.zip")
        import_feed(feeds, FeedSource(str(other), feed_id="other"))
        live.wait_for(lambda: len(live.services.current().network.catalogue.feed_id_text) == 2)
        assert leaves() == "06:04"
        remove_feed(feeds, "r")
        live.wait_for(lambda: live.services.current().live.state == "idle")
        assert live.get("/api/v1/health")["liveData"]["sources"][0]["state"] == "idle"


@pytest.mark.skipif(not _STATM.exists(), reason="no /proc to read the process's size from")
def test_a_thousand_updates_do_not_grow_the_process(tmp_path: Path) -> None:
    """Each dresses the network anew, and questions are asked in between. In a process of its own, in which nothing else
    comes and goes; its size wavers by some MB, so the middle of the last sizes is held against that of earlier ones."""
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned) as alone:
        sizes = alone.submit(sizes_under_updates, tmp_path, 1000).result()
    assert statistics.median(sizes[-10:]) - statistics.median(sizes[5:15]) < 6e6, [
        size >> 20 for size in sizes
    ]


def sizes_under_updates(folder: Path, count: int) -> list[int]:
    """The bytes of this process, forty times on the way."""
    with run_live_server(folder) as live:
        live.say()
        live.services.live.close()  # the test takes the poller's part, to be as fast as it goes
        serving = live.services.current().as_planned
        poll: Any = live.services.live
        one = next(iter(poll._polled.values()))
        sizes = []
        for number in range(count):
            live.now += dt.timedelta(seconds=1)
            delays = [
                trip(f"R-{hour:02}", {"stop": "AVA1", "delay": 60 + number % 50}) for hour in range(6, 21)
            ]
            one.tag = ""
            one.fetching = _Done(message(live.now_s, *delays))
            assert poll._take(one, 0.0)
            dressed = poll.dress(serving)
            if number % (count // 40) == 0:
                assert dressed.live.trips
                assert first_departure(live)
                gc.collect()
                sizes.append(int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
        return sizes


class _Done:
    """A fetch that is done."""

    def __init__(self, content: bytes) -> None:
        from mobility.acts.ports import Message

        self._message = Message(content, "")

    def result(self) -> Any:
        return self._message
