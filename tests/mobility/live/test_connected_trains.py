"""What is heard of the trains that rides are timed to."""

from __future__ import annotations

import datetime as dt

from mobility.journeys.on_demand.connected_trains import ConnectedTrains
from on_demand.booking import Connection, ConnectionKind
from on_demand.connection import Heard
from tests.mobility.live.live_server import LiveServer
from tests.mobility.live.messages import trip

DAY = "20260617"
FROM, ONTO = ConnectionKind.FROM, ConnectionKind.ONTO


def at(clock: str) -> int:
    """An instant of that Wednesday in Paris."""
    return int(dt.datetime.fromisoformat(f"2026-06-17T{clock}:00+02:00").timestamp())


def connection(kind: ConnectionKind = FROM, trip_id: str = "r_R-11", stop_id: str = "r_CLU") -> Connection:
    planned_s = at("11:45" if kind is FROM else "11:00")
    return Connection(kind, f"{DAY}_11:00_{trip_id}", stop_id, planned_s, planned_s)


def hear(live: LiveServer, asked: Connection) -> Heard | None:
    return ConnectedTrains(live.services.current()).hear(asked)


def test_a_late_train_is_heard_at_its_station_by_any_of_its_stops(live: LiveServer) -> None:
    live.say(trip("R-11", {"stop": "AVA1", "delay": 600}, day=DAY))
    for stop_id in ("r_CLU", "r_CLU1"):
        assert hear(live, connection(stop_id=stop_id)) == Heard(at("11:55"))
    assert hear(live, connection(ONTO, stop_id="r_AVA")) == Heard(at("11:10"))


def test_where_nothing_is_said_nothing_is_heard(live: LiveServer) -> None:
    live.say(trip("R-12", {"stop": "AVA1", "delay": 600}, day=DAY))
    assert hear(live, connection()) is None, "no word of this one"
    live.say(trip("R-11", {"stop": "AVA1", "delay": 600}, day="20260618"))
    assert hear(live, connection()) is None, "nor of this day"
    assert hear(live, connection(trip_id="r_GONE")) is None
    assert hear(live, connection(stop_id="r_GONE")) is None
    assert hear(live, connection(stop_id="r_HAM")) is None, "it does not call there"


def test_cancelled_or_skipped_is_cancelled(live: LiveServer) -> None:
    live.say(trip("R-11", relationship="CANCELED", day=DAY))
    assert hear(live, connection()) == Heard(at("11:45"), is_cancelled=True)
    live.say(trip("R-11", {"stop": "AVA1", "delay": 0}, {"stop": "CLU1", "skipped": True}, day=DAY))
    assert hear(live, connection()) == Heard(at("11:45"), is_cancelled=True)
    assert hear(live, connection(ONTO, stop_id="r_AVA")) == Heard(at("11:00"))


def test_the_next_one_goes_the_same_way_and_runs(live: LiveServer) -> None:
    live.say(
        trip("R-11", relationship="CANCELED", day=DAY),
        trip("R-12", relationship="CANCELED", day=DAY),
        trip("R-13", {"stop": "AVA1", "delay": 300}, day=DAY),
    )
    trains = ConnectedTrains(live.services.current())
    arrives = trains.find_next(connection())
    leaves = trains.find_next(connection(ONTO, stop_id="r_AVA"))
    assert arrives is not None
    assert leaves is not None
    assert arrives.trip_id == leaves.trip_id == f"{DAY}_13:00_r_R-13"
    assert (arrives.at_s, leaves.at_s) == (at("13:50"), at("13:05"))
    assert (arrives.stop_id, leaves.stop_id) == ("r_CLU1", "r_AVA1")


def test_after_the_last_one_there_is_none_for_a_day(live: LiveServer) -> None:
    live.say()
    trains = ConnectedTrains(live.services.current())
    market = Connection(ONTO, f"{DAY}_12:00_r_B-1", "r_CLUB", at("12:00"), at("12:00"))
    assert trains.find_next(market) is None, "the next one goes on Saturday"
    assert trains.find_next(connection(trip_id="r_GONE")) is None
