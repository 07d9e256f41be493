"""What is shown over HTTP is held, and what somebody holds is seen by every other process at once."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from mobility.accounts.caller import Caller, Role
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from tests.mobility.on_demand_journeys.on_demand_region import (
    FARM,
    PARIS,
    VILLAGE,
    make_service,
    make_shift,
    make_vehicle,
    write_feed,
)
from tests.mobility.seen import Seen, wait_until, was_prompt


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A server on the region, with one vehicle."""
    folder = tmp_path_factory.mktemp("booked")
    settings = Settings(
        data_dir=folder / "data", log_level="error", warm_up_days=1, watch_interval_s=0.1, worker="separate"
    )
    with build_services(settings) as built:
        import_feed(built.feeds, FeedSource(str(write_feed(folder / "r.zip")), feed_id="r"))
        with built.unit_of_work() as work:
            work.on_demand.put_service(make_service())
            work.on_demand.put_vehicle(make_vehicle())
            work.on_demand.put_shift(make_shift())
            work.commit()
        built.start()
        yield built


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services)) as opened:
        yield opened


def tomorrow(clock: str, days: int = 1) -> str:
    """An instant by the clock of Paris, as the API takes it."""
    hour, minute = map(int, clock.split(":"))
    day = dt.datetime.now(PARIS).date() + dt.timedelta(days=days)
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS).isoformat()


def ask(client: Any, origin: str, destination: str, time: str, **more: Any) -> dict[str, Any]:
    response = client.get(
        "/api/v6/plan", params={"fromPlace": origin, "toPlace": destination, "time": time, **more}
    )
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def rides_of(itinerary: dict[str, Any]) -> list[dict[str, Any]]:
    return [leg for leg in itinerary["legs"] if leg["mode"] == "FLEX"]


CALLERS = (Caller(f"person-{number}", frozenset({Role.TRAVELLER})) for number in range(10**6))


def hold_itinerary(services: Services, itinerary: dict[str, Any]) -> None:
    """As the one who was shown it does; raises when it cannot be had."""
    quotes = tuple(leg["booking"]["quote"] for leg in rides_of(itinerary))
    hold(services.on_demand, next(CALLERS), HoldWish(quotes), "")


def test_what_is_shown_is_held(services: Services, client: TestClient) -> None:
    """Every one of a day's journeys, one after the other, each held the moment it is shown."""
    held = 0
    for number, (origin, destination) in enumerate(
        [(VILLAGE, "r_EPI"), ("r_EPI", VILLAGE), ("r_ALI", "r_EPI"), (VILLAGE, FARM), (FARM, "r_EPI")]
    ):
        answer = ask(client, origin, destination, tomorrow(f"{9 + number}:00", 2), numItineraries=1)
        shown = [one for one in (*answer["itineraries"], *answer["direct"]) if rides_of(one)]
        if shown:
            hold_itinerary(services, shown[0])
            held += 1
            wait_until_seen(services)
    assert held >= 4


def wait_until_seen(services: Services) -> None:
    """What was booked last is known to the planner: it looks every half second, later on a busy machine."""
    with services.unit_of_work(read_only=True) as work:
        stamp = work.on_demand.stamp()
    planner: Any = services.live
    wait_until(lambda: planner._on_demand._stamp >= stamp)


def test_passengers_must_fit(client: TestClient) -> None:
    assert ask(client, VILLAGE, FARM, tomorrow("10:00", 3), passengers=4)["direct"]
    answer = ask(client, VILLAGE, FARM, tomorrow("10:00", 3), passengers=5, children=3)
    assert answer["direct"] == []
    assert [reason["code"] for reason in answer["reasons"] if "serviceId" in reason] == [
        "ON_DEMAND_PARTY_TOO_LARGE"
    ]
    (way,) = ask(client, VILLAGE, FARM, tomorrow("10:00", 3), passengers=3, children=2)["direct"]
    assert way["legs"][0]["booking"]["price"]["cents"] == 400
    (way,) = ask(
        client,
        VILLAGE,
        FARM,
        tomorrow("10:00", 3),
        passengers=2,
        companions=1,
        pedestrianProfile="WHEELCHAIR",
        directModes="WALK",
    )["direct"]
    assert way["legs"][0]["booking"]["party"] == {
        "adults": 0,
        "children": 0,
        "wheelchairs": 1,
        "companions": 1,
    }


def test_a_party_that_makes_no_sense(client: TestClient) -> None:
    for more in ({"passengers": 1, "children": 2}, {"passengers": 2, "companions": 1}):
        response = client.get("/api/v6/plan", params={"fromPlace": VILLAGE, "toPlace": FARM, **more})
        assert (response.status_code, response.json()["field"]) == (422, "passengers")


def test_modes_in_and_out(client: TestClient) -> None:
    def modes(**more: str) -> list[str]:
        answer = ask(client, VILLAGE, FARM, tomorrow("10:00", 4), **more)
        return [leg["mode"] for one in answer["direct"] for leg in one["legs"]]

    assert modes() == ["FLEX"]
    assert modes(transitModes="RAIL") == []
    assert modes(transitModes="RAIL", directModes="WALK,FLEX") == ["FLEX"]
    assert modes(transitModes="RAIL", preTransitModes="WALK,FLEX") == [], "to the train, not instead of it"
    assert modes(noCompulsoryReservation="true") == []
    assert modes(excludedTransitModes="FLEX") == []


def test_between_stations_only_where_it_is_wanted(client: TestClient) -> None:
    def modes(**more: str) -> set[str]:
        answer = ask(client, "r_ALI", "r_EPI", tomorrow("08:00", 4), **more)
        return {leg["mode"] for one in answer["itineraries"] for leg in one["legs"]}

    assert "FLEX" in modes()
    assert modes(noCompulsoryReservation="true") == set()
    assert "FLEX" not in modes(transitModes="RAIL,COACH")
    board = client.get("/api/v6/stoptimes", params={"stopId": "r_BEL", "time": tomorrow("08:00", 4), "n": 50})
    assert {one["mode"] for one in board.json()["stopTimes"]} == {"COACH"}


def test_another_process_sees_it_within_two_seconds(services: Services, client: TestClient) -> None:
    """Four seats are held here; a server beside shows them no longer."""
    took: list[Seen] = []
    party = {"passengers": 4, "numItineraries": 0}
    with serve(services) as other:
        for day in (5, 6, 7):
            at = tomorrow("10:00", day)
            (way,) = ask(other, VILLAGE, FARM, at, **party)["direct"]
            assert way["startTime"] == ask(client, VILLAGE, FARM, at, **party)["direct"][0]["startTime"]
            hold_itinerary(services, way)

            def shows_another(at: str = at, shown: str = way["startTime"]) -> bool:
                return bool(ask(other, VILLAGE, FARM, at, **party)["direct"][0]["startTime"] != shown)

            took.append(wait_until(shows_another))
            if was_prompt(took):
                break
    assert was_prompt(took), took


@contextmanager
def serve(services: Services) -> Iterator[httpx.Client]:
    """Another server on the same database, in a process of its own."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "MOBILITY_DATA_DIR": str(services.settings.data_dir),
        "MOBILITY_DATABASE_URL": services.settings.database_url,
        "MOBILITY_WARM_UP_DAYS": "1",
        "MOBILITY_LOG_LEVEL": "error",
        "MOBILITY_WORKER": "separate",
    }
    command = [sys.executable, "-m", "mobility", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[3])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            wait_until(lambda: process.poll() is not None or _answers(client), 0.1, seconds=300)
            assert process.poll() is None
            yield client
    finally:
        process.terminate()
        process.wait(120)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/api/v6/plan", params={"fromPlace": VILLAGE, "toPlace": FARM}).status_code == 200
    except httpx.TransportError:
        return False
