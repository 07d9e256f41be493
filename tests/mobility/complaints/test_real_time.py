"""Complaints of the users of other routers about real time, each as a test."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.mobility.http.asking import AVALLON, BEAUNE, CLUNY, MONDAY
from tests.mobility.live.live_server import LiveServer, run_live_server
from tests.mobility.live.messages import message, trip
from tests.mobility.seen import wait_until, was_prompt

SIX = f"{MONDAY}T05:55:00Z"
NIGHT = f"{MONDAY}T21:40:00Z"
"""Before the last train, R-LATE, which leaves Avallon at 23:50 in Paris and arrives after midnight."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with run_live_server(tmp_path_factory.mktemp("complaints")) as server:
        yield server


def every_call(live: LiveServer) -> list[dict[str, Any]]:
    return [*live.board(BEAUNE, SIX, window=7200), *live.board(AVALLON, SIX, window=7200)]


def test_live_shown_without_real_time(live: LiveServer) -> None:
    """`realTime` only of trips of which something is known: not because a source exists, nor of NO_DATA."""
    live.say()
    assert not any(one["realTime"] for one in every_call(live))
    live.say(trip("R-08", {"stop": "AVA1", "no_data": True}), trip("R-09", {"stop": "AVA1", "delay": 0}))
    known = {one["tripId"] for one in every_call(live) if one["realTime"]}
    assert known == {"20260615_09:00_r_R-09"}, "on time is known, nothing said is not"
    legs = [itinerary["legs"][0] for itinerary in live.plan(AVALLON, CLUNY, SIX, searchWindow=7200)]
    assert [leg["realTime"] for leg in legs] == [False, True]


def test_a_cancelled_departure_hidden_instead_of_shown_cancelled(live: LiveServer) -> None:
    live.say()
    before = [one["tripId"] for one in every_call(live)]
    live.say(trip("R-08", relationship="CANCELED"), trip("Q-08", relationship="CANCELED"))
    after = every_call(live)
    assert [one["tripId"] for one in after] == before
    gone = {one["tripId"] for one in after if one["cancelled"] and one["tripCancelled"]}
    assert gone == {"20260615_08:00_r_R-08", "20260615_08:10_r_Q-08"}


def test_cancelled_after_midnight_trips_still_routed(live: LiveServer) -> None:
    """The trip belongs to the service day before; its times after midnight are cancelled with it."""
    live.say()
    late, night = f"{MONDAY}T22:05:00Z", f"{MONDAY}T23:00:00Z"
    query = {"searchWindow": 900}
    assert [one["startTime"] for one in live.plan(BEAUNE, CLUNY, late, **query)] == [f"{MONDAY}T22:12:00Z"]
    assert [one["startTime"] for one in live.plan("r_N1", "r_N2", night, searchWindow=3600)][:1] == [
        f"{MONDAY}T23:30:00Z"
    ]
    live.say(trip("R-LATE", relationship="CANCELED"), trip("N-1", relationship="CANCELED"))
    assert not any(
        leg["tripId"].endswith("R-LATE")
        for one in live.plan(BEAUNE, CLUNY, late, **query)
        for leg in one["legs"]
        if "tripId" in leg
    )
    taken = {
        leg["tripId"]
        for one in live.plan("r_N1", "r_N2", night, searchWindow=3600)
        for leg in one["legs"]
        if "tripId" in leg
    }
    assert not any(name.endswith("N-1") for name in taken), taken
    (shown,) = [
        one for one in live.board(BEAUNE, late, **{"window": 900}) if one["tripId"].endswith("R-LATE")
    ]
    assert shown["cancelled"] is True
    assert shown["place"]["departure"] == f"{MONDAY}T22:12:00Z"
    tomorrow = live.plan(AVALLON, CLUNY, "2026-06-16T21:40:00Z", searchWindow=1200)
    assert [one["legs"][0]["tripId"] for one in tomorrow] == ["20260616_23:50_r_R-LATE"], "only that day's"


def test_real_time_lags_under_load(live: LiveServer) -> None:
    """Under more questions than there are cores, what is said is shown within two seconds, and nothing fails."""
    live.say()
    stop, statuses = threading.Event(), []

    def keep_asking() -> None:
        query = {"fromPlace": AVALLON, "toPlace": CLUNY, "time": SIX, "searchWindow": 14400}
        while not stop.is_set():
            statuses.append(live.client.get("/api/v6/plan", params=query).status_code)

    def shows(departure: str) -> bool:
        return bool(live.plan(AVALLON, CLUNY, SIX, searchWindow=1200)[0]["startTime"] == departure)

    asking = [threading.Thread(target=keep_asking) for _ in range(6)]
    for thread in asking:
        thread.start()
    try:
        waits = []
        for delay in range(60, 60 * 6, 60):
            live.now += dt.timedelta(seconds=1)
            live.write(message(live.now_s, trip("R-08", {"stop": "AVA1", "delay": delay})))
            waits.append(wait_until(partial(shows, f"{MONDAY}T06:{delay // 60:02}:00Z")))
    finally:
        stop.set()
        for thread in asking:
            thread.join()
    assert set(statuses) == {200}
    assert was_prompt(waits), waits


def test_all_stops_skipped_crashes(live: LiveServer) -> None:
    """A trip that stops nowhere is a trip that does not run."""
    everywhere = [{"stop": stop, "skipped": True} for stop in ("AVA1", "BEA1", "CLU1")]
    live.say(trip("R-08", *everywhere), trip("R-09", {"stop": "AVA1", "delay": 60}))
    assert live.status().state == "live"
    assert [one["startTime"][11:16] for one in live.plan(AVALLON, CLUNY, SIX, searchWindow=7200)] == ["07:01"]
    shown = next(one for one in live.board(BEAUNE, f"{MONDAY}T06:20:00Z") if one["tripId"].endswith("R-08"))
    assert shown["cancelled"] is True
    (leg,) = live.get("/api/v6/trip", tripId="20260615_08:00_r_R-08")["legs"]
    assert all(stop["cancelled"] for stop in (leg["from"], *leg["intermediateStops"], leg["to"]))


def test_two_hours_time_zone_shift(live: LiveServer) -> None:
    """Absolute times are instants, wherever the publisher or the server is; answers are UTC."""
    six_ten_utc = 1_781_503_800
    live.say(trip("R-08", {"stop": "AVA1", "departure": six_ten_utc}))
    (itinerary,) = live.plan(AVALLON, CLUNY, SIX, searchWindow=1200)
    (leg,) = itinerary["legs"]
    assert (leg["startTime"], leg["scheduledStartTime"]) == (f"{MONDAY}T06:10:00Z", f"{MONDAY}T06:00:00Z")
    assert leg["from"]["tz"] == "Europe/Paris"
    page = live.client.get(
        "/", params={"from": "Avallon", "to": "Cluny", "date": MONDAY, "time": "07:55"}
    ).text
    assert "08:10" in page
    assert "06:10" not in page
