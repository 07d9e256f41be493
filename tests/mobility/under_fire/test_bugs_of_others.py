"""What went wrong in other systems that pay for carpooling, one test each, from phones to money. README.md says which
other tests hold the same on their own level."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from carpool.refusal import CarpoolRefusedError
from carpool.ride import Call
from carpool.trip import TripStatus
from mobility.accounts.caller import SYSTEM
from mobility.acts.accounts.personal_data import StillNeededError, erase_person
from mobility.acts.grant_subsidy import close
from mobility.acts.policies import find_policy, publish_policy
from mobility.acts.publish_ride import RideChange, RideDraft, change_ride, publish_ride
from mobility.acts.simulate_subsidy import simulate
from mobility.acts.trips.decide import cancel_trip
from mobility.acts.trips.judge import judge_trip
from tests.contracts.carpool_line import OPERATOR
from tests.mobility.under_fire.test_everything import BFC
from tests.mobility.under_fire.world import World

MORNING = dt.datetime(2026, 3, 30, 6, 0, tzinfo=dt.UTC)
"""A Monday, 08:00 in Paris."""
ONE_A_DAY = [{"per": "driver", "during": "day", "trips_max": 1}]


@pytest.fixture
def world() -> Iterator[World]:
    made = World("spring")
    yield made
    made.close()


@pytest.fixture(params=["Pacific/Auckland", "America/Los_Angeles", "UTC"])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[None]:
    """The server's clock is somewhere else."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.__setitem__("TZ", before)
    time.tzset()


def rule_by(world: World, valid_from: str = "2026-03-01", **changes: Any) -> str:
    """A policy is published; its hash."""
    written = BFC | {"title": str(changes), "valid_from": valid_from} | changes
    return publish_policy(world.services.acts, SYSTEM, written).hash


def proven(world: World, at: dt.datetime, driver: str = "dora", rider: str = "theo", **more: Any) -> str:
    """Somebody drives, and all is sent and judged."""
    trip = world.drive(driver, [(rider, "alba", "dole", "")], ("alba", "dole"), at, **more)
    for name, data in world.pieces:
        world.send(name, [data], "no network")
    world.pieces.clear()
    world.judge()
    state = world.state(trip)
    assert state is not None
    assert state.status is TripStatus.PROVEN, state.findings
    return trip


def closed(world: World, until: dt.datetime) -> None:
    world.clock.now = max(world.clock.now, until)
    close(world.services.acts, world.services.register_keys, SYSTEM, until)


def cents(world: World, *trips: str) -> list[int | None]:
    """What each was granted."""
    with world.begin(read_only=True) as work:
        found = [work.subsidies.find_grant(trip) for trip in trips]
    return [None if line is None else line.amount_cents for line in found]


def test_day_caps_are_kept_a_day_not_a_processing_window(world: World) -> None:
    """Two closings over one day are one day; one closing over two days is two."""
    rule_by(world, caps=ONE_A_DAY)
    first = proven(world, MORNING)
    closed(world, MORNING + dt.timedelta(hours=1))
    second = proven(world, MORNING + dt.timedelta(hours=4))
    next_day = proven(world, MORNING + dt.timedelta(hours=24))
    closed(world, MORNING + dt.timedelta(hours=30))
    assert cents(world, first, second, next_day) == [300, 0, 300]


@pytest.mark.usefixtures("elsewhere")
def test_caps_count_by_the_day_in_paris_wherever_the_server_is(world: World) -> None:
    """00:30 in Paris is today, though it is yesterday in UTC and anything at the server's place."""
    rule_by(world, caps=ONE_A_DAY)
    midnight = dt.datetime(2026, 3, 30, 22, 0, tzinfo=dt.UTC)
    before, after, late = (
        proven(world, midnight + dt.timedelta(minutes=minutes), rider=rider)
        for minutes, rider in ((-90, "theo"), (30, "tina"), (23 * 60, "theo"))
    )
    closed(world, midnight + dt.timedelta(hours=30))
    assert cents(world, before, after, late) == [300, 300, 0]


def test_cancelled_trips_do_not_count(world: World) -> None:
    """`<> ANY` where `<> ALL` was meant counted them: what is cancelled frees its place."""
    rule_by(world, caps=ONE_A_DAY)
    first = proven(world, MORNING)
    closed(world, MORNING + dt.timedelta(hours=1))
    cancel_trip(world.judges, OPERATOR, first, "it was not so")
    second = proven(world, MORNING + dt.timedelta(hours=4))
    closed(world, MORNING + dt.timedelta(hours=5))
    assert cents(world, first, second) == [None, 300]


def test_a_late_job_does_not_overwrite_cancelled(world: World) -> None:
    trip = proven(world, MORNING)
    cancel_trip(world.judges, OPERATOR, trip, "it was not so")
    with world.begin() as work:
        work.trips.mark_due([trip], world.clock.now)
        work.commit()
    world.judge()
    judge_trip(world.judges, trip)
    closed(world, MORNING + dt.timedelta(hours=2))
    state = world.state(trip)
    assert state is not None
    assert (state.status, state.claim, cents(world, trip)) == (TripStatus.CANCELLED, "", [None])


def test_a_change_is_checked_as_a_publication_is(world: World) -> None:
    """PATCH did not look again at what POST had looked at."""
    driver, acts = world.caller("dora"), world.services.acts
    leaves_at = world.clock.now + dt.timedelta(hours=2)
    ride = publish_ride(acts, driver, RideDraft("alba-dole", ("alba", "dole"), leaves_at, 2))
    other = RideDraft("alba-dole", ("alba", "dole"), leaves_at + dt.timedelta(hours=3), 2)
    publish_ride(acts, driver, other)
    begin, end = ride.calls
    for change in (
        RideChange(seats=0),
        RideChange(seats=9),
        RideChange(notice_s=-1),
        RideChange(vehicle="x" * 81),
        RideChange(calls=(end, begin)),
        RideChange(calls=(begin, Call("elsewhere", end.at))),
        RideChange(calls=(begin, Call("dole", begin.at + dt.timedelta(minutes=1)))),
        RideChange(calls=tuple(Call(call.stop_id, call.at + dt.timedelta(hours=3)) for call in ride.calls)),
        RideChange(calls=tuple(Call(call.stop_id, call.at - dt.timedelta(hours=3)) for call in ride.calls)),
    ):
        with pytest.raises(CarpoolRefusedError):
            change_ride(acts, driver, ride.id, change)
    with world.begin(read_only=True) as work:
        assert work.rides.find_ride(ride.id) == ride


@pytest.mark.parametrize("first", ["dora", "dirk"])
def test_amounts_are_in_one_order_whoever_came_first(world: World, first: str) -> None:
    """Of two trips that start at one moment the smaller identifier is granted first; ordered by time alone, it was
    whichever the database gave first."""
    rule_by(world, caps=[{"per": "campaign", "during": "day", "trips_max": 1}])
    riders = {"dora": "theo", "dirk": "tina"}
    trips = [
        world.drive(driver, [(riders[driver], "alba", "dole", "")], ("alba", "dole"), MORNING)
        for driver in ("dora", "dirk")
    ]
    for driver in sorted(riders, key=lambda name: name != first):
        for name, data in world.pieces:
            if name in (driver, riders[driver]):
                world.send(name, [data], "no network")
        world.judge()
    closed(world, MORNING + dt.timedelta(hours=1))
    assert cents(world, *sorted(trips)) == [300, 0]


def test_a_simulation_is_of_the_policy_that_was_asked_for(world: World) -> None:
    """It was cached without the policy in its key."""
    acts = world.services.acts
    hashes = [rule_by(world, rules=[{"rule": "per_km", "amount_cents": amount}]) for amount in (5, 7)]
    said = [
        simulate(acts, find_policy(acts, asked), 30_000, 1, MORNING, "alba-dole").amount_cents
        for asked in (*hashes, *hashes)
    ]
    assert said == [150, 210, 150, 210]


def test_the_end_is_where_evidence_ends_not_computed_from_the_start(world: World) -> None:
    trip = proven(world, MORNING, pace_permille=1400)
    closed(world, MORNING + dt.timedelta(hours=2))
    with world.begin(read_only=True) as work:
        line = work.subsidies.find_grant(trip)
        state = work.trips.find_trip(trip)
    assert line is not None
    assert state is not None
    assert state.trip is not None
    assert state.trip.end.at - state.trip.start.at == dt.timedelta(minutes=42)


def test_unknown_age_is_not_adult(world: World) -> None:
    """Nobody knows how old tina is: what is paid for adults is not paid for her; theo is known to be one."""
    rule_by(world, rules=[{"rule": "adult_only"}, {"rule": "per_km", "amount_cents": 10}])
    unknown = proven(world, MORNING, rider="tina")
    adult = proven(world, MORNING + dt.timedelta(hours=4), rider="theo")
    closed(world, MORNING + dt.timedelta(hours=6))
    assert cents(world, unknown, adult) == [0, 300]


def test_who_sent_something_that_nobody_looked_at_yet_is_not_erased(world: World) -> None:
    """Found under fire: a passenger was erased between sending and judging, and the driver's trip could never be
    judged any more."""
    trip = world.drive("dirk", [("dora", "alba", "dole", "")], ("alba", "dole"), MORNING)
    for name, data in world.pieces:
        world.send(name, [data], "no network")
    dora = world.caller("dora")
    with pytest.raises(StillNeededError):
        erase_person(world.services.accounts, dora, dora.person)
    world.judge()
    state = world.state(trip)
    assert state is not None
    assert state.status is TripStatus.PROVEN
    closed(world, MORNING + dt.timedelta(hours=2))
    erase_person(world.services.accounts, dora, dora.person)
    assert cents(world, trip) == [300]
