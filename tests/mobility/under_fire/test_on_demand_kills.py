"""Processes that die between any two steps of a ride's life: at each write and each commit in turn, and with SIGKILL at
random. Nothing is lost, nothing is double, no seat leaks, and what was begun can be done again."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import Engine

from mobility.acts.on_demand import (
    breakdown,
    cancel,
    change,
    confirm,
    expire,
    hold,
    keep_connections,
    riding,
    waiting_list,
)
from mobility.acts.on_demand.quote import Ask
from mobility.storage.database import open_database
from on_demand.booking import OnDemandRide, Party, RideStatus
from on_demand.connection import Heard
from tests.benchmarks.on_demand_month import Month
from tests.contracts.conftest import empty_database, engine, template
from tests.mobility.under_fire.dying import Death, Killed, dying
from tests.mobility.under_fire.on_demand_house import MORNING
from tests.mobility.under_fire.on_demand_service import SERVICE, STATION, VILLAGE
from tests.mobility.under_fire.on_demand_world import OPERATOR, REFUSALS, OnDemandWorld, traveller

__all__ = ["empty_database", "engine", "template"]

LEAVE_S = int(MORNING.timestamp()) + 3 * 3600
Act = Callable[[], object]


class Life:
    """One ride there and one back, at the moment before each step of their lives."""

    def __init__(self, engine: Engine) -> None:
        self.world = OnDemandWorld(engine, vehicles=2, seats=4)
        self.ports, self.theo = self.world.ports, traveller("theo")
        there = self.world.ask(VILLAGE, STATION, LEAVE_S, Party(), train="T1")
        back = self.world.ask(STATION, VILLAGE, LEAVE_S + 4 * 3600, Party(2), train="T2")
        assert there is not None
        assert back is not None
        self.tokens = there.offers[0].token, back.offers[0].token

    def held(self) -> list[OnDemandRide]:
        return hold.hold(self.ports, self.theo, hold.HoldWish(self.tokens), "key")

    def confirmed(self) -> list[OnDemandRide]:
        return confirm.confirm(self.ports, self.theo, self.held()[0].id)

    def aboard(self) -> OnDemandRide:
        ride = self.confirmed()[0]
        self.world.clock.now = dt.datetime.fromtimestamp(ride.pickup_open_s + 200, dt.UTC)
        return riding.board(self.ports, OPERATOR, ride.id)

    # ── the steps: each gives the act that is to die ───────────────────────────────────────────────────────

    def hold(self) -> Act:
        return self.held

    def confirm(self) -> Act:
        ride = self.held()[0]
        return lambda: confirm.confirm(self.ports, self.theo, ride.id, "confirm")

    def cancel(self) -> Act:
        ride = self.confirmed()[0]
        return lambda: cancel.cancel(self.ports, self.theo, ride.id, whole_journey=True, key="cancel")

    def change(self) -> Act:
        ride = self.confirmed()[0]
        quotes = self.world.ask(
            VILLAGE, STATION, LEAVE_S + 3600, Party(3), instead_of=ride.id, name=ride.person_id
        )
        assert quotes is not None
        self.world.renewed.add(ride.id)
        return lambda: change.change(self.ports, self.theo, ride.id, quotes.offers[0].token, "change")

    def expire(self) -> Act:
        ride = self.held()[0]
        self.world.clock.now = ride.expires_at
        return lambda: expire.expire(self.ports)

    def board(self) -> Act:
        ride = self.confirmed()[0]
        self.world.clock.now = dt.datetime.fromtimestamp(ride.pickup_open_s + 100, dt.UTC)
        return lambda: riding.board(self.ports, OPERATOR, ride.id, key="board")

    def done(self) -> Act:
        ride = self.aboard()
        self.world.clock.wait(minutes=15)
        return lambda: riding.done(self.ports, OPERATOR, ride.id, key="done")

    def no_show(self) -> Act:
        ride = self.confirmed()[0]
        self.world.clock.now = dt.datetime.fromtimestamp(ride.pickup_open_s + 200, dt.UTC)
        return lambda: riding.no_show(self.ports, OPERATOR, ride.id, key="no-show")

    def settle(self) -> Act:
        self.confirmed()
        self.world.clock.wait(hours=40)
        return lambda: riding.settle_rides(self.ports)

    def break_down(self) -> Act:
        ride = self.aboard()
        self.world.renewed |= {one.id for one in self.world.rides()}
        return lambda: breakdown.break_down(self.ports, OPERATOR, ride.shift_id, ride.day)

    def keep_connections(self) -> Act:
        for ride in self.confirmed():
            assert ride.connection is not None
            late = Heard(ride.connection.scheduled_s + 1500)
            self.world.said.trains[ride.connection.trip_id] = late
        self.world.renewed |= {one.id for one in self.world.rides()}
        return lambda: keep_connections.keep_connections(self.ports, lambda: self.world.said)

    def serve_the_waiting_list(self) -> Act:
        ride = self.confirmed()[1]
        ask = Ask(STATION, VILLAGE, Party(6), ride.pickup_open_s, service_id=SERVICE)
        with suppress(*REFUSALS):
            waiting_list.join_waiting_list(self.ports, traveller("tina"), ask, key="wait")
        smaller = Ask(STATION, VILLAGE, Party(4), ride.pickup_open_s, service_id=SERVICE)
        for name in ("tess", "tim", "tom"):
            with suppress(*REFUSALS):
                waiting_list.join_waiting_list(self.ports, traveller(name), smaller, key="wait")
            with suppress(AssertionError):
                self.world.house.book(name, STATION, VILLAGE, ride.pickup_open_s, party=Party(4))
        cancel.cancel(self.ports, self.theo, ride.id)
        return lambda: waiting_list.serve_waiting_list(self.ports)


STEPS = (
    *("hold", "confirm", "cancel", "change", "expire", "board", "done", "no_show", "settle", "break_down"),
    *("keep_connections", "serve_the_waiting_list"),
)
PLACES = ("write", "before commit", "after commit")


@pytest.mark.parametrize("engine", ["embedded"], indirect=True, ids=["sqlite"])
@pytest.mark.parametrize("step", STEPS)
def test_a_death_at_any_write_or_commit_leaves_it_done_or_not_begun(engine: Engine, step: str) -> None:
    """Every write and every commit of the step in turn; after each death what must be true is, and the same step again
    comes to its end."""
    deaths = 0
    for place in PLACES:
        for nth in range(1, 60):
            clear(engine)
            life = Life(engine)
            act = getattr(life, step)()
            life.world.check()
            try:
                with dying(engine, Death(nth, place)):
                    act()
            except Killed:
                deaths += 1
            else:
                break
            life.world.renewed |= {one.id for one in life.world.rides()}
            life.world.check()
            with suppress(*REFUSALS):  # it had come to its end before it died
                act()
            life.world.renewed |= {one.id for one in life.world.rides()}
            life.world.check()
            check_ended(life, step)
    assert deaths >= (1 if step == "serve_the_waiting_list" else 4), "nothing was written"


def clear(engine: Engine) -> None:
    """Forget all rides and tours."""
    tables = ("day", "ride_change", "ride", "key", "waiting")
    with engine.begin() as connection:
        for name in tables:
            connection.exec_driver_sql(f"DELETE FROM on_demand_{name}")


def check_ended(life: Life, step: str) -> None:
    """The step has had its effect once, whatever died on the way."""
    rides = [ride for ride in life.world.rides() if ride.person_id == "theo"]
    statuses = [ride.status for ride in rides]
    expected = {
        "hold": [RideStatus.HELD] * 2,
        "confirm": [RideStatus.CONFIRMED] * 2,
        "cancel": [RideStatus.CANCELLED] * 2,
        "change": [RideStatus.CONFIRMED] * 2,
        "expire": [RideStatus.EXPIRED] * 2,
        "board": [RideStatus.ABOARD, RideStatus.CONFIRMED],
        "done": [RideStatus.DONE, RideStatus.CONFIRMED],
        "no_show": [RideStatus.NO_SHOW, RideStatus.CONFIRMED],
        "settle": [RideStatus.DONE] * 2,
        "keep_connections": [RideStatus.CONFIRMED] * 2,
    }
    if step in expected:
        assert statuses == expected[step], (step, statuses)
    if step == "keep_connections":
        assert [ride.connection.moved_s for ride in rides if ride.connection] == [1500, 1500]


def test_sigkill_at_any_moment_loses_nothing(engine: Engine) -> None:
    """Real processes on one database, killed for real while they book, drive and cancel at random; and again."""
    url = engine.url.render_as_string(hide_password=False)
    lots, statuses = random.Random(1), set()
    world = OnDemandWorld(engine, vehicles=3, seats=4)
    for number in range(6):
        engine.dispose()
        hears, says = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                _victim(url, number, says)
            finally:
                os._exit(1)
        os.close(says)
        for _ in range(lots.randint(1, 6)):
            assert os.read(hears, 1), "a victim ended by itself: it failed"
        time.sleep(lots.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(hears)
        statuses.add(os.waitstatus_to_exitcode(status))
        world.renewed |= {ride.id for ride in world.rides()}
        world.check()
    assert statuses == {-signal.SIGKILL}, "a victim ended by itself: it failed"
    assert len(world.rides()) > 2, "nothing happened"


def _victim(url: str, number: int, says: int) -> None:
    """Acts at random, for ever, and says so after each."""
    world = OnDemandWorld(open_database(url), vehicles=3, seats=4)
    world.clock.now = MORNING + dt.timedelta(minutes=30 * number)
    month = Month(world, number, requests=0, deaths=0)
    month.names = 1000 * number
    while True:
        month._act(world.now_s)
        world.drive(world.now_s + 60)
        os.write(says, b".")
