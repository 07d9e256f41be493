"""A vehicle breaks down: everybody rides with others or is told, nothing is lost, and it comes back."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from mobility.accounts.caller import Caller, ForbiddenError, Role
from mobility.acts.on_demand import riding
from mobility.acts.on_demand.breakdown import back_in_service, break_down
from mobility.acts.on_demand.day_plan import day_plan
from mobility.acts.on_demand.tour_view import TourStatus
from mobility.storage.outbox import OutboxRow
from on_demand.area import Point
from on_demand.booking import Ending, RideStatus
from on_demand.refusal import OnDemandRefusedError, Reason
from tests.contracts.on_demand_town import (
    AGENT,
    DRIVER,
    EAST,
    NORTH,
    OPERATOR,
    TUESDAY,
    WEST,
    Begin,
    Town,
    at,
)

BY_THE_ROAD = Point(47.2, 6.0)


def it_is(town: Town, hours: float) -> None:
    town.clock.now = dt.datetime.fromtimestamp(at(hours), dt.UTC)


def events(engine: Engine, kind: str) -> list[dict[str, object]]:
    with Session(engine) as session:
        return list(session.scalars(select(OutboxRow.payload).where(OutboxRow.kind == kind)))


def test_riders_to_come_ride_with_another_vehicle_as_promised(begin: Begin, engine: Engine) -> None:
    town = Town(begin, vehicles=2)
    rides = [town.book(f"rider{hour}", leave=hour) for hour in (9, 10, 11, 12)]
    broken = rides[0].shift_id
    done = break_down(town.ports, OPERATOR, broken, TUESDAY)
    assert done.lost == ()
    assert town.riding() == sorted(ride.id for ride in rides)
    for ride in rides:
        now = town.find(ride.id)
        assert now.shift_id != broken
        assert replace(now, shift_id=ride.shift_id, changed_at=ride.changed_at) == ride
    assert len(events(engine, "on-demand.moved")) == len(done.moved)
    (told,) = events(engine, "on-demand.broken-down")
    assert told["shift_id"] == broken


def test_whoever_no_vehicle_can_take_is_cancelled_and_to_be_called(begin: Begin, engine: Engine) -> None:
    town = Town(begin)
    (held,) = town.call("03 81 00 00 00", town.offer(leave=9))
    booked = town.book("lea", leave=10)
    done = break_down(town.ports, OPERATOR, "s1", TUESDAY)
    assert {ride.id for ride, _ in done.lost} == {held.id, booked.id}
    assert {rider.phone for _, rider in done.lost} == {"03 81 00 00 00", ""}
    for ride_id in (held.id, booked.id):
        gone = town.find(ride_id)
        assert (gone.status, gone.ending) == (RideStatus.CANCELLED, Ending.OPERATOR)
    assert town.riding() == []
    assert len(events(engine, "on-demand.cancelled")) == 2
    plan = day_plan(town.ports, OPERATOR, "", TUESDAY)
    assert [view.status for view in plan.tours] == [TourStatus.OUT_OF_SERVICE]
    assert len(plan.to_call) == 2
    assert not town.quotes(leave=15).offers


def test_whoever_is_aboard_is_fetched_from_where_the_vehicle_stands(begin: Begin) -> None:
    town = Town(begin, vehicles=2)
    ride = town.book("theo", WEST, EAST, leave=9)
    later = town.book("lea", NORTH, EAST, leave=9.5)
    it_is(town, 9.05)
    riding.board(town.ports, OPERATOR, ride.id)
    it_is(town, 9.1)
    done = break_down(town.ports, OPERATOR, ride.shift_id, TUESDAY, where=BY_THE_ROAD)
    assert done.lost == ()
    now = town.find(ride.id)
    assert now.status is RideStatus.CONFIRMED
    assert now.origin.at == BY_THE_ROAD
    assert now.shift_id != ride.shift_id
    assert now.pickup_open_s == at(9.1)
    assert town.find(later.id).pickup_open_s == later.pickup_open_s
    assert town.riding() == sorted((ride.id, later.id))
    it_is(town, 9.5)
    riding.board(town.ports, OPERATOR, ride.id)
    it_is(town, 9.8)
    assert riding.done(town.ports, OPERATOR, ride.id).status is RideStatus.DONE


def test_silence_before_a_breakdown_is_a_promise_kept(begin: Begin) -> None:
    """Nobody reported the ride of nine o'clock; at noon it is over, broken vehicle or not."""
    town = Town(begin)
    ride = town.book("theo", leave=9)
    it_is(town, 12)
    break_down(town.ports, OPERATOR, "s1", TUESDAY)
    assert town.find(ride.id).status is RideStatus.DONE
    assert town.riding() == [ride.id]


def test_a_repaired_vehicle_takes_riders_again_from_where_it_stands(begin: Begin) -> None:
    town = Town(begin)
    ride = town.book("theo", leave=9)
    it_is(town, 12)
    break_down(town.ports, OPERATOR, "s1", TUESDAY)
    assert not town.quotes(leave=15).offers
    it_is(town, 13)
    tour = back_in_service(town.ports, OPERATOR, "s1", TUESDAY, BY_THE_ROAD)
    assert (tour.start, tour.open_s, tour.out_of_service_s) == (BY_THE_ROAD, at(13), None)
    new = town.book("lea", leave=15)
    assert town.riding() == [new.id]
    assert town.find(ride.id).status is RideStatus.DONE
    with pytest.raises(OnDemandRefusedError) as refusal:
        back_in_service(town.ports, OPERATOR, "s1", TUESDAY)
    assert refusal.value.reason is Reason.STATE


def test_what_cannot_be_is_refused(begin: Begin) -> None:
    town = Town(begin)
    town.book("theo", leave=9)
    soon = town.clock() + dt.timedelta(hours=1)
    with town.refused(Reason.TOO_EARLY):
        break_down(town.ports, OPERATOR, "s1", TUESDAY, soon)
    with town.refused(Reason.INVALID):
        break_down(town.ports, OPERATOR, "s1", TUESDAY, where=Point(99, 0))
    with town.refused(Reason.UNKNOWN):
        break_down(town.ports, OPERATOR, "s9", TUESDAY)
    with town.refused(Reason.TOO_LATE):
        break_down(town.ports, OPERATOR, "s1", TUESDAY - dt.timedelta(days=7))
    break_down(town.ports, OPERATOR, "s1", TUESDAY)
    with town.refused(Reason.STATE):
        break_down(town.ports, OPERATOR, "s1", TUESDAY)


def test_the_driver_may_report_a_breakdown_and_learns_of_nobody(begin: Begin) -> None:
    town = Town(begin)
    town.book("theo", leave=9)
    for caller in (AGENT, Caller("other", frozenset((Role.VEHICLE_DRIVER,)))):
        with pytest.raises(ForbiddenError):
            break_down(town.ports, caller, "s1", TUESDAY)
    assert break_down(town.ports, DRIVER, "s1", TUESDAY).lost == ()
    assert town.riding() == []


def test_who_books_and_who_breaks_down_at_once_lose_nobody(begin: Begin) -> None:
    """Ten hold while two vehicles break down: every ride is in exactly one tour that runs, or its rider was told."""
    town = Town(begin, vehicles=3)
    offers = [town.offer(leave=8 + number / 2) for number in range(10)]
    outcomes: list[str] = []
    start = threading.Barrier(12)

    def holding(number: int) -> None:
        start.wait()
        try:
            town.hold(f"rider{number}", offers[number])
            outcomes.append("held")
        except OnDemandRefusedError as refusal:
            outcomes.append(refusal.reason.value)

    def breaking(shift_id: str) -> None:
        start.wait()
        break_down(town.ports, OPERATOR, shift_id, TUESDAY)
        outcomes.append("broken")

    threads = [threading.Thread(target=holding, args=(number,)) for number in range(10)]
    threads += [threading.Thread(target=breaking, args=(shift_id,)) for shift_id in ("s1", "s2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 12, outcomes
    assert outcomes.count("broken") == 2
    with town.begin(read_only=True) as work:
        rides = work.on_demand.list_rides_on(TUESDAY)
    holding_seats = sorted(ride.id for ride in rides if ride.holds_seats)
    assert town.riding() == holding_seats
    assert {ride.shift_id for ride in rides if ride.holds_seats} <= {"s3"}
    assert all(
        ride.holds_seats or (ride.status, ride.ending) == (RideStatus.CANCELLED, Ending.OPERATOR)
        for ride in rides
    )


def test_no_seat_of_a_hold_that_is_over_is_moved(begin: Begin) -> None:
    town = Town(begin, vehicles=2)
    (held,) = town.hold("theo", town.offer(leave=9))
    town.clock.wait(minutes=30)
    done = break_down(town.ports, OPERATOR, held.shift_id, TUESDAY)
    assert (done.moved, done.lost) == ((), ())
    assert town.find(held.id).status is RideStatus.EXPIRED
