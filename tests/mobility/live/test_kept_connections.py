"""A server whose train is late: the ride that waits for it is moved, by itself."""

from __future__ import annotations

import datetime as dt

import pytest

from mobility.acts.on_demand.own_rides import list_my_rides
from on_demand.booking import Connection, ConnectionKind, ConnectionStanding, OnDemandRide, RideStatus
from tests.mobility.live.live_server import LiveServer
from tests.mobility.live.messages import trip
from tests.mobility.under_fire.on_demand_house import House, traveller
from tests.mobility.under_fire.on_demand_service import STATION, VILLAGE

DAY = "20260615"
ARRIVES_S = int(dt.datetime.fromisoformat("2026-06-15T11:45:00+02:00").timestamp())


@pytest.fixture
def ride(live: LiveServer) -> OnDemandRide:
    """From the train that arrives at 11:45, booked by Theo in a small service of the server's database."""
    live.say()
    house = House(live.services.unit_of_work, vehicles=1)
    live.services.on_demand = house.ports
    house.clock.now = live.now
    train = Connection(ConnectionKind.FROM, f"{DAY}_11:00_r_R-11", "r_CLU", ARRIVES_S, ARRIVES_S)
    return house.book("theo", STATION, VILLAGE, ARRIVES_S + 300, connection=train)


def test_the_ride_follows_its_train(live: LiveServer, ride: OnDemandRide) -> None:
    def now() -> OnDemandRide:
        (found,) = list_my_rides(live.services.on_demand, traveller("theo"))
        return found

    live.say(trip("R-11", {"stop": "AVA1", "delay": 1200}, day=DAY))
    live.now += dt.timedelta(seconds=11)
    live.wait_for(lambda: now().pickup_open_s == ride.pickup_open_s + 1200)
    moved = now().connection
    assert moved is not None
    assert (moved.expected_s, moved.moved_s) == (ARRIVES_S + 1200, 1200)
    live.say(trip("R-11", relationship="CANCELED", day=DAY))
    live.now += dt.timedelta(seconds=11)
    live.wait_for(lambda: _standing(now()) is ConnectionStanding.CANCELLED)
    assert now().status is RideStatus.CONFIRMED, "what becomes of it is for its traveller to say"


def _standing(ride: OnDemandRide) -> ConnectionStanding | None:
    return None if ride.connection is None else ride.connection.standing
