"""A month of demand-responsive transport at random: `python -m tests.benchmarks.on_demand_month`.

    --days N          (30)
    --requests N      people a day who would like to ride (60)
    --vehicles N      of four seats each (4)
    --seed N          (1)
    --deaths PERMILLE how many acts are killed at some write or commit, and tried again (20)
    --database URL    (a SQLite file of its own)

The acts of the application itself: people ask, hold, confirm, change, cancel, wait in line, let holds expire and stay
away; trains are late and cancelled; vehicles break down and come back; tours are re-optimised; drivers report as
planned. After every event everything that must be true is counted again: every ride that holds seats is in one tour,
every tour can be driven as it stands (`on_demand.schedule.check`), every promise is what was promised.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from mobility.acts.on_demand.quote import Ask
from mobility.storage import migrations
from mobility.storage.database import open_database
from on_demand.booking import OnDemandRide, Party, RideStatus
from on_demand.connection import Heard
from on_demand.tour import VehicleDay
from tests.mobility.under_fire.dying import Death
from tests.mobility.under_fire.on_demand_house import MORNING
from tests.mobility.under_fire.on_demand_service import SERVICE, STATION, any_place
from tests.mobility.under_fire.on_demand_world import OnDemandWorld

PARTIES = (Party(), Party(), Party(), Party(2), Party(1, 1), Party(1, 2), Party(0, 0, 1), Party(1, 0, 1, 1))
BOOKED = (RideStatus.HELD, RideStatus.CONFIRMED)
DAY_S, HOUR_S = 86_400, 3600


class Month:
    """Days one after the other; `world` remembers what happened."""

    def __init__(self, world: OnDemandWorld, seed: int, requests: int, deaths: int) -> None:
        self.world, self.lots = world, random.Random(seed)
        self.requests, self.deaths = requests, deaths
        self.events = self.names = 0
        self.broken: list[tuple[int, VehicleDay]] = []

    def run(self, days: int) -> None:
        """So many days. Raises AssertionError at the first thing that is not true."""
        for number in range(days):
            day = MORNING.date() + dt.timedelta(days=number)
            self.world.truths.look_at(*(day + dt.timedelta(days=near) for near in (-1, 0, 1)))
            begins_s = int(MORNING.timestamp()) + number * DAY_S
            span = 15 * HOUR_S
            times = sorted(begins_s + self.lots.randrange(span) for _ in range(self.requests * 3 // 2))
            for at_s in times:
                self._drive(at_s)
                self._act(at_s)
                self._check()
            self._drive(begins_s + DAY_S - 1)
            self.world.settle(self._death())
            self._check()
        self.world.clock.now += dt.timedelta(days=3)
        self.world.expire()
        self.world.settle()
        self.world.truths.look_at(*(MORNING.date() + dt.timedelta(days=one) for one in range(days + 2)))
        self._check()
        left = self.world.rides(RideStatus.ABOARD, *BOOKED)
        assert not left, f"{len(left)} rides never end"

    def _drive(self, until_s: int) -> None:
        while self.broken and self.broken[0][0] <= until_s:
            at_s, tour = self.broken.pop(0)
            self.world.drive(at_s, self._misses, self._death(), self._check)
            self.world.repair(tour)
            self._check()
        self.world.drive(until_s, self._misses, self._death(), self._check)

    def _misses(self, ride: OnDemandRide) -> bool:
        return int(ride.id[:4], 16) % 25 == 0

    def _check(self) -> None:
        self.events += 1
        self.world.check()

    def _death(self) -> Death | None:
        if self.lots.randrange(1000) >= self.deaths:
            return None
        if self.lots.random() < 0.6:
            return Death(self.lots.randint(1, 9), "write")
        return Death(1, self.lots.choice(("before commit", "after commit")))

    def _act(self, at_s: int) -> None:
        """One thing somebody does."""
        lot = self.lots.random()
        if lot < 0.66:
            self._book(at_s)
        elif lot < 0.76:
            self._cancel()
        elif lot < 0.82:
            self._change()
        elif lot < 0.9:
            self._train()
        elif lot < 0.905:
            self._break_down(at_s)
        elif lot < 0.95:
            self.world.reoptimise(self._death())
        else:
            self.world.serve_line(self._death())

    def _book(self, at_s: int) -> None:
        self.names += 1
        name = f"p{self.names}" if self.lots.random() < 0.8 else f"p{self.lots.randint(1, self.names)}"
        ends = [any_place(self.lots), STATION if self.lots.random() < 0.4 else any_place(self.lots)]
        self.lots.shuffle(ends)
        ahead_s = int(min(self.lots.expovariate(1 / (3 * HOUR_S)), 20 * HOUR_S))
        party, arrives = self.lots.choice(PARTIES), self.lots.random() < 0.3
        train = f"train {self.lots.randrange(1000)}" if STATION in ends and self.lots.random() < 0.7 else ""
        quotes = self.world.ask(*ends, at_s + ahead_s, party, arrives, train)
        if quotes is None:
            return
        if not quotes.offers:
            self.world.happened["nothing offered"] += 1
            if self.lots.random() < 0.3:
                ask = Ask(ends[0], ends[1], party, at_s + ahead_s, service_id=SERVICE)
                self.world.wait_in_line(name, ask, self._death())
            return
        for ride in self.world.hold(name, quotes.offers[:1], f"{name} {at_s}", self._death()):
            if self.lots.random() < 0.93:
                self.world.confirm(ride, self._death())

    def _cancel(self) -> None:
        rides = self.world.rides(*BOOKED)
        if rides:
            self.world.cancel(self.lots.choice(rides), self.lots.random() < 0.1, self._death())

    def _change(self) -> None:
        rides = self.world.rides(*BOOKED)
        if not rides:
            return
        ride = self.lots.choice(rides)
        at_s = ride.pickup_open_s + self.lots.randrange(-HOUR_S, HOUR_S)
        quotes = self.world.ask(
            ride.origin, ride.destination, at_s, ride.party, instead_of=ride.id, name=ride.person_id
        )
        if quotes is not None and quotes.offers:
            self.world.change(ride, quotes.offers[0], self._death())

    def _train(self) -> None:
        timed = [ride for ride in self.world.rides(RideStatus.CONFIRMED) if ride.connection]
        if timed:
            connection = self.lots.choice(timed).connection
            assert connection is not None
            late_s = int(self.lots.expovariate(1 / 900)) if self.lots.random() < 0.8 else 0
            is_cancelled = self.lots.random() < 0.1
            self.world.said.trains[connection.trip_id] = Heard(connection.scheduled_s + late_s, is_cancelled)
        self.world.keep_connections(self._death())

    def _break_down(self, at_s: int) -> None:
        running = [
            tour
            for tour in self.world.tours()
            if tour.open_s < at_s < tour.close_s and not tour.out_of_service_s
        ]
        if running:
            tour = self.lots.choice(running)
            self.world.break_down(tour, self._death())
            self.broken.append((at_s + 2 * HOUR_S, tour))


def run(days: int, requests: int, vehicles: int, seed: int, deaths: int, database: str) -> Month:
    """The whole simulation. Raises AssertionError at the first thing that is not true."""
    engine = open_database(database)
    try:
        migrations.upgrade(engine)
        month = Month(OnDemandWorld(engine, vehicles, 4, days), seed, requests, deaths)
        month.run(days)
    finally:
        engine.dispose()
    return month


def describe(month: Month, days: int) -> str:
    """What happened, in words."""
    happened = month.world.happened
    rides = month.world.rides()
    killed = sum(count for what, count in happened.items() if what.endswith("killed"))
    asked = happened["hold"] + happened["nothing offered"]
    counts = ", ".join(f"{what} {count:,}" for what, count in sorted(happened.items()))
    ends = ", ".join(
        f"{status} {count:,}"
        for status in RideStatus
        if (count := sum(ride.status is status for ride in rides))
    )
    return (
        f"{days} days, {month.events:,} events, each followed by all checks ({month.world.truths.tours_checked:,} "
        f"tours driven again), {killed:,} kills: 0 violations.\n"
        f"{happened['hold']:,} of {asked:,} who asked were held a ride at once ({happened['hold'] / asked:.0%}).\n"
        f"Rides: {ends}.\nActs: {counts}."
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("days", 30), ("requests", 60), ("vehicles", 4), ("seed", 1), ("deaths", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        database = asked.database or f"sqlite:///{Path(folder) / 'month.sqlite'}"
        try:
            month = run(asked.days, asked.requests, asked.vehicles, asked.seed, asked.deaths, database)
        except AssertionError as violation:
            Console(stderr=True).print(f"not true: {violation}", markup=False)
            sys.exit(1)
        Console().print(describe(month, asked.days), markup=False)
        Console().print(f"{time.process_time() - began:.0f} s of CPU")


if __name__ == "__main__":
    main()
