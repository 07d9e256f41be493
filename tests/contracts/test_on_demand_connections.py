"""Guaranteed connections, on both databases: rides follow their trains, and what cannot be kept is told."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.keep_connections import keep_connections
from mobility.acts.on_demand.vehicle_days import list_vehicle_days
from mobility.acts.ports import ActPorts
from mobility.journeys.on_demand.connected_trains import NextTrain
from mobility.journeys.on_demand.crow_drives import CrowDrives
from mobility.storage.unit_of_work import SqlUnitOfWork
from on_demand.area import Point
from on_demand.booking import (
    Connection,
    ConnectionKind,
    ConnectionStanding,
    OnDemandRide,
    Party,
    Place,
    RideStatus,
)
from on_demand.calendar import Calendar
from on_demand.connection import Heard
from on_demand.fleet import Seats, Shift, Vehicle
from on_demand.insertion import FleetPlan, Placement
from on_demand.promise import make_request
from on_demand.service import Service
from on_demand.tour import StopKind
from tests.contracts.at_once import at_once
from tests.contracts.carpool_line import Clock
from tests.mobility.under_fire.on_demand_truths import Truths

DAY = dt.date(2026, 3, 10)
STATION, NORTH, SOUTH = Point(47.25, 6.02), Point(47.33, 6.05), Point(47.17, 6.0)
ARRIVES = dt.datetime(2026, 3, 10, 9, 0, tzinfo=dt.UTC)
ARRIVES_S = int(ARRIVES.timestamp())
TRAIN = "20260310_09:00_r_T1"
ALWAYS = Calendar("always", frozenset(range(7)), dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@dataclass
class Said:
    """What trains are said to do: fills `keep_connections.Trains`."""

    trains: dict[str, Heard] = field(default_factory=dict)

    def hear(self, connection: Connection) -> Heard | None:
        return self.trains.get(connection.trip_id)

    def find_next(self, connection: Connection) -> NextTrain | None:
        return NextTrain("next", connection.stop_id, connection.scheduled_s + 3600)

    def late(self, minutes: float, train: str = TRAIN) -> None:
        self.trains[train] = Heard(ARRIVES_S + round(minutes * 60))


class House:
    """A service with vehicles at the station, rides of people, and what trains do."""

    def __init__(self, begin: Callable[..., SqlUnitOfWork], vehicles: int, seats: int) -> None:
        self.begin, self.clock, self.said = begin, Clock(), Said()
        self.clock.now = ARRIVES - dt.timedelta(hours=2)
        numbers = itertools.count(1)
        acts = ActPorts(begin, self.clock, lambda: f"{next(numbers):032x}")
        self.ports = OnDemandPorts(acts, CrowDrives, b"key", lambda _: False)
        self.truths = Truths((DAY,))
        with begin() as work:
            work.on_demand.put_service(Service("tad", "TAD", is_dispatched=True))
            for number in range(vehicles):
                work.on_demand.put_vehicle(
                    Vehicle(f"v{number}", f"Bus {number}", ("tad",), (Seats(seats, 0),), STATION)
                )
                work.on_demand.put_shift(Shift(f"s{number}", f"v{number}", ALWAYS, 6 * 3600, 14 * 3600))
            work.commit()

    def ride(
        self,
        name: str,
        leave_s: int = ARRIVES_S + 300,
        to: Point = NORTH,
        train: str = TRAIN,
        kind: ConnectionKind | None = ConnectionKind.FROM,
        origin: Point = STATION,
    ) -> OnDemandRide:
        """Somebody is promised a ride for an instant."""
        with self.begin() as work:
            service = work.on_demand.find_service("tad")
            assert service is not None
            days = list_vehicle_days(work, "tad", DAY, self.ports.is_holiday)
            drives = CrowDrives()
            direct_s = int(drives.times_s([origin], [to])[0, 0])
            places = Place("", origin), Place("", to)
            request = make_request(service, *places, Party(), direct_s, leave_s=leave_s, request_id=name)
            placed = FleetPlan.of(days, drives).find(request, int(self.clock.now.timestamp()))
            assert isinstance(placed, Placement), placed
            timed_to = None if kind is None else Connection(kind, train, "r_S", ARRIVES_S, ARRIVES_S)
            ride = OnDemandRide(
                name, "tad", f"person of {name}", Party(), *places,
                request.pickup_open_s, request.pickup_close_s, request.drop_open_s, request.drop_close_s,
                request.ride_s_max, RideStatus.CONFIRMED, placed.day.shift_id, DAY, 300, self.clock.now,
                self.clock.now, connection=timed_to,
            )  # fmt: skip
            assert work.on_demand.swap_day(placed.day)
            work.on_demand.put_ride(ride)
            work.commit()
        return ride

    def keep(self) -> int:
        """One round; everything must be true after it."""
        done = keep_connections(self.ports, lambda: self.said)
        with self.begin(read_only=True) as work:
            moved = [ride.id for ride in work.on_demand.list_rides_on(DAY) if ride.connection]
            self.truths.check(work, moved)
        return done

    def now(self, ride: OnDemandRide) -> OnDemandRide:
        with self.begin(read_only=True) as work:
            found = work.on_demand.find_ride(ride.id)
        assert found is not None
        return found

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """What was told of connections: kind and payload, in order."""
        query = text("SELECT kind, payload FROM outbox WHERE kind LIKE 'on-demand.%' ORDER BY id")
        with self.begin(read_only=True) as work:
            found = work.session.execute(query).all()
        return [(kind, _read(payload)) for kind, payload in found]


def _read(payload: Any) -> dict[str, Any]:
    import json

    read: dict[str, Any] = json.loads(payload) if isinstance(payload, str) else payload
    return read


@pytest.fixture
def house(begin: Callable[..., SqlUnitOfWork]) -> House:
    return House(begin, vehicles=1, seats=4)


def kinds(house: House) -> list[str]:
    return [kind.removeprefix("on-demand.") for kind, _ in house.told()]


def test_the_ride_of_a_late_train_is_moved_once_and_told(house: House) -> None:
    ride = house.ride("theo")
    house.said.late(20)
    assert [house.keep(), house.keep(), house.keep()] == [1, 0, 0]
    moved = house.now(ride)
    assert moved.pickup_open_s == ride.pickup_open_s + 1200
    assert moved.drop_close_s == ride.drop_close_s + 1200
    assert moved.connection is not None
    assert (moved.connection.expected_s, moved.connection.moved_s) == (ARRIVES_S + 1200, 1200)
    assert moved.cancel_free_until == dt.datetime.fromtimestamp(moved.pickup_close_s, dt.UTC)
    ((kind, payload),) = house.told()
    assert (kind, payload["ride_id"], payload["shift_s"]) == ("on-demand.moved", "theo", 1200)
    assert "person of theo" not in str(payload)


def test_it_goes_back_when_the_train_has_made_up_time(house: House) -> None:
    ride = house.ride("theo")
    for minutes in (30, 0):
        house.said.late(minutes)
        assert house.keep() == 1
    assert replace(house.now(ride), changed_at=ride.changed_at, cancel_free_until=None) == ride
    assert kinds(house) == ["moved", "moved"]


def test_who_waits_for_one_train_in_one_vehicle_waits_together(house: House) -> None:
    rides = [house.ride(name, to=to) for name, to in (("tina", NORTH), ("theo", Point(47.28, 6.03)))]
    house.said.late(40)
    assert house.keep() == 2
    assert {house.now(ride).pickup_open_s - ride.pickup_open_s for ride in rides} == {2400}


def test_somebody_elses_promise_stays_and_another_vehicle_comes(begin: Callable[..., SqlUnitOfWork]) -> None:
    house = House(begin, vehicles=2, seats=4)
    ride = house.ride("theo")
    other = house.ride("olga", ARRIVES_S + 1500, to=SOUTH, kind=None, origin=NORTH)
    assert other.shift_id == ride.shift_id, "one vehicle does both"
    house.said.late(20)
    assert house.keep() == 1
    assert house.now(ride).shift_id != ride.shift_id
    assert house.now(other) == other
    assert house.told()[0][1]["from_shift_id"] == ride.shift_id


def test_what_does_not_fit_is_told_once_with_reason_and_what_is_next(house: House) -> None:
    ride = house.ride("theo")
    house.ride("olga", ARRIVES_S + 1500, to=SOUTH, kind=None, origin=NORTH)
    house.said.late(20)
    assert [house.keep(), house.keep()] == [1, 0]
    missed = house.now(ride)
    assert missed.connection is not None
    assert missed.connection.standing is ConnectionStanding.AT_RISK
    assert missed.pickup_open_s == ride.pickup_open_s
    ((kind, payload),) = house.told()
    assert (kind, payload["reason"]) == ("on-demand.connection-at-risk", "no-time")
    assert payload["fr"]
    assert payload["en"]
    assert payload["next"] == {
        "trip_id": "next",
        "stop_id": "r_S",
        "at_s": ARRIVES_S + 3600,
        "ride_fits": True,
    }


def test_what_did_not_fit_is_moved_as_soon_as_it_does(house: House) -> None:
    ride = house.ride("theo")
    other = house.ride("olga", ARRIVES_S + 1500, to=SOUTH, kind=None, origin=NORTH)
    house.said.late(20)
    house.keep()
    with house.begin() as work:
        plan = FleetPlan.of(work.on_demand.list_days(DAY), CrowDrives()).without(other.id)
        assert work.on_demand.swap_day(plan.days[0])
        work.on_demand.put_ride(replace(other, status=RideStatus.CANCELLED))
        work.commit()
    assert house.keep() == 1
    assert house.now(ride).pickup_open_s == ride.pickup_open_s + 1200
    assert kinds(house) == ["connection-at-risk", "moved"]


def test_after_the_last_shift_nobody_waits(house: House) -> None:
    ride = house.ride("theo", train="late")
    house.said.trains["late"] = Heard(int(dt.datetime(2026, 3, 10, 13, 0, tzinfo=dt.UTC).timestamp()))
    assert house.keep() == 1
    assert house.told()[0][1]["reason"] == "missed", "three hours are the most anybody waits"
    assert house.now(ride).pickup_open_s == ride.pickup_open_s


@pytest.mark.parametrize("kind", list(ConnectionKind))
def test_a_cancelled_train_is_told_with_the_next_and_nothing_is_moved(
    house: House, kind: ConnectionKind
) -> None:
    leave_s = ARRIVES_S + 300 if kind is ConnectionKind.FROM else ARRIVES_S - 3600
    ride = house.ride("theo", leave_s, kind=kind)
    house.said.trains[TRAIN] = Heard(ARRIVES_S, is_cancelled=True)
    assert [house.keep(), house.keep()] == [1, 0]
    now = house.now(ride)
    assert now.connection is not None
    assert now.connection.standing is ConnectionStanding.CANCELLED
    assert now.pickup_open_s == ride.pickup_open_s
    ((_, payload),) = house.told()
    assert payload["reason"] == "cancelled"
    assert payload["next"]["trip_id"] == "next"
    house.said.late(0)
    assert house.keep() == 1
    assert kinds(house) == ["connection-at-risk", "connection-kept"]


def test_a_late_train_leaves_the_ride_onto_it_alone(house: House) -> None:
    ride = house.ride("theo", ARRIVES_S - 3600, kind=ConnectionKind.ONTO)
    house.said.late(50)
    assert house.keep() == 0
    now = house.now(ride)
    assert now.connection is not None
    assert now.connection.expected_s == ARRIVES_S + 3000
    assert replace(now, connection=ride.connection) == ride
    assert house.told() == []


@pytest.mark.parametrize("status", [RideStatus.ABOARD, RideStatus.DONE])
def test_whoever_is_aboard_is_not_moved(house: House, status: RideStatus) -> None:
    ride = house.ride("theo")
    with house.begin() as work:
        (day,) = work.on_demand.list_days(DAY)
        served = 1 if status is RideStatus.ABOARD else 2
        stops = [
            replace(stop, served_at_s=ride.pickup_open_s + 900 * at) if at < served else stop
            for at, stop in enumerate(day.stops)
        ]
        assert stops[0].kind is StopKind.PICKUP
        assert work.on_demand.swap_day(replace(day, version=day.version + 1, stops=tuple(stops)))
        for now in (RideStatus.ABOARD, status):
            work.on_demand.put_ride(replace(ride, status=now))
        work.commit()
    house.said.late(20)
    assert house.keep() == 0


def test_a_vehicle_that_is_on_its_way_waits_where_it_is(house: House) -> None:
    """What is being driven to is not taken out of its tour: the vehicle comes, and waits."""
    ride = house.ride("theo", to=SOUTH)
    house.clock.now = ARRIVES + dt.timedelta(seconds=290)
    house.said.late(20)
    assert house.keep() == 1
    assert house.now(ride).shift_id == ride.shift_id
    assert house.now(ride).pickup_open_s == ride.pickup_open_s + 1200


def test_where_nothing_is_served_or_said_nothing_is_done(house: House) -> None:
    house.ride("theo")
    assert keep_connections(house.ports, lambda: None) == 0
    assert house.keep() == 0
    assert house.told() == []


def test_two_processes_at_once_move_it_once(house: House) -> None:
    rides = [house.ride(name) for name in ("theo", "tina")]
    house.said.late(20)
    answers = at_once(*(partial(keep_connections, house.ports, lambda: house.said) for _ in range(4)))
    assert not [one for one in answers if isinstance(one, Exception)], answers
    assert sum(answers) == 2
    assert house.keep() == 0
    assert [house.now(ride).pickup_open_s - ride.pickup_open_s for ride in rides] == [1200, 1200]
    assert kinds(house) == ["moved", "moved"]


def test_a_booking_that_comes_between_is_computed_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody books while it is computed where the ride fits: the tour is not overwritten."""
    ride = house.ride("theo")
    house.said.late(20)
    begin, others = house.ports.acts.unit_of_work, iter(("tina",))

    def book_between(*, read_only: bool = False) -> Any:
        if not read_only:
            for name in others:
                house.ride(name, ARRIVES_S + 7200)
        return begin(read_only=read_only)

    acts = replace(house.ports.acts, unit_of_work=book_between)
    assert keep_connections(replace(house.ports, acts=acts), lambda: house.said) == 1
    assert house.keep() == 0
    with house.begin(read_only=True) as work:
        (day,) = work.on_demand.list_days(DAY)
    assert {request.id for request in day.requests} == {"theo", "tina"}
    assert house.now(ride).pickup_open_s == ride.pickup_open_s + 1200


def test_one_odd_tour_keeps_no_other_waiting(house: House, caplog: pytest.LogCaptureFixture) -> None:
    lost = house.ride("lost", ARRIVES_S + 7200, train="other")
    house.ride("theo")
    with house.begin() as work:
        work.session.execute(text("UPDATE on_demand_ride SET shift_id = 'gone' WHERE id = 'lost'"))
        work.commit()
    house.said.late(20)
    house.said.late(150, "other")
    assert keep_connections(house.ports, lambda: house.said) >= 1
    assert "moved" in kinds(house)
    assert house.now(lost).status is RideStatus.CONFIRMED
