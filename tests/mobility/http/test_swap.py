"""A new timetable is published while the server answers: nobody notices but by the new departures."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from starlette.testclient import TestClient

from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.remove_feed import remove_feed
from mobility.api import create_app
from mobility.bootstrap import build_services
from mobility.journeys.plan import plan
from mobility.journeys.question import Question
from mobility.settings import Settings
from tests.mobility.http.asking import AVALLON, CLUNY, MONDAY, ask, departures
from tests.mobility.region_feed import FEED, write_feed
from tests.mobility.seen import wait_until


def test_a_swap_under_way(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path / "data",
        log_level="error",
        warm_up_days=0,
        watch_interval_s=0.05,
    )
    before = write_feed(tmp_path / "before.zip")
    later = FEED["stop_times.txt"].replace("R-08,08:00:00,08:00:00", "R-08,07:55:00,07:55:00")
    after = write_feed(tmp_path / "after.zip", {"stop_times.txt": later})
    seen: list[tuple[int, str]] = []
    with build_services(settings) as services, TestClient(create_app(services)) as client:
        empty = client.get("/api/v6/plan", params={"fromPlace": AVALLON, "toPlace": CLUNY})
        assert (empty.status_code, empty.json()["type"]) == (503, "urn:mobility:problem:nothing-to-serve")
        assert client.get("/api/v1/health").status_code == 400

        import_feed(services.feeds, FeedSource(str(before), feed_id="r"))
        services.start()
        old = services.current()
        ask(client, AVALLON, CLUNY, f"{MONDAY}T05:50:00Z", numItineraries=1)
        stop = threading.Event()

        def keep_asking() -> None:
            query = {
                "fromPlace": AVALLON,
                "toPlace": CLUNY,
                "time": f"{MONDAY}T05:50:00Z",
                "numItineraries": "1",
            }
            while not stop.is_set():
                response = client.get("/api/v6/plan", params=query)
                seen.append((response.status_code, departures(response.json())[0]))

        def until_heard(answers: int) -> None:
            while len(seen) < answers:
                assert all(thread.is_alive() for thread in asking), "a request failed"
                time.sleep(0.01)

        asking = [threading.Thread(target=keep_asking) for _ in range(2)]
        for thread in asking:
            thread.start()
        until_heard(1)
        import_feed(services.feeds, FeedSource(str(after), feed_id="r"))
        wait_until(lambda: services.current() is not old)
        until_heard(len(seen) + 4)  # what was under way may have been asked of the old one
        stop.set()
        for thread in asking:
            thread.join()
        assert {status for status, _ in seen} == {200}, "no request was dropped"
        assert {first for _, first in seen} == {"06:00", "05:55"}
        assert departures(ask(client, AVALLON, CLUNY, f"{MONDAY}T05:50:00Z", numItineraries=1)) == ["05:55"]

        remove_feed(services.feeds, "r")
        services.watch.look()
        gone = client.get("/api/v6/plan", params={"fromPlace": AVALLON, "toPlace": CLUNY})
        assert gone.status_code == 503


def test_a_request_keeps_the_snapshot_it_began_with(tmp_path: Path) -> None:
    """What was taken before a swap goes on answering after it."""
    settings = Settings(
        data_dir=tmp_path / "data",
        log_level="error",
        warm_up_days=0,
        watch_interval_s=0.05,
    )
    with build_services(settings) as services:
        import_feed(services.feeds, FeedSource(str(write_feed(tmp_path / "a.zip")), feed_id="r"))
        services.start()
        old = services.current()
        import_feed(services.feeds, FeedSource(str(write_feed(tmp_path / "b.zip")), feed_id="other"))
        services.watch.look()
        assert services.current() is not old
        answer = plan(old, Question(AVALLON, CLUNY, 1781503200))
        assert answer["itineraries"], "the old network still answers whole"
