"""How often an offer that is shown and held at once is gone: `python -m tests.benchmarks.on_demand_offers`.

    --offers N        at least so many offers are held (5000)
    --vehicles N      of four seats each, on the road all day (6)
    --seed N          (1)

Travellers ask the planner for journeys at random, by train and from door to door, in a region with a live fleet: one of
the itineraries with rides on demand that are shown is held one to five seconds later, all its rides together, as its
quotes say. Meanwhile others book and cancel (one a minute), vehicles drive, holds expire, and what the planner knows is
up to 0.4 s old. A quarter is confirmed, the rest given back. An offer fails if it cannot be held.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console

from ground.signed import sign
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.on_demand.quote import Ask, quote
from mobility.bootstrap import Services, build_services
from mobility.jobs import watch_on_demand
from mobility.jobs.watch_on_demand import OnDemandWatch
from mobility.journeys.lay_over import lay_over
from mobility.journeys.on_demand.laid_services import lay_services
from mobility.journeys.plan import plan
from mobility.journeys.public_holidays import is_holiday
from mobility.journeys.question import Question
from mobility.journeys.serving import Serving
from mobility.settings import Settings
from on_demand.area import Point
from on_demand.booking import OnDemandRide, Party, Place
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.refusal import OnDemandRefusedError
from tests.contracts.carpool_line import Clock
from tests.mobility.on_demand_journeys.on_demand_region import (
    BELIN_ZONE,
    DAMPIERRE_ZONE,
    make_service,
    make_shift,
    make_vehicle,
    paris,
    write_feed,
)
from tests.mobility.under_fire.on_demand_house import traveller
from tests.mobility.under_fire.on_demand_truths import Truths
from tests.mobility.under_fire.on_demand_world import OnDemandWorld, Said

DAY = dt.date(2026, 6, 16)
HALF_AN_HOUR = BookingRule("30min", BookingType.SAME_DAY, duration_s_min=1800)
log = structlog.get_logger(__name__)
STATIONS = ("r_ALI", "r_BEL", "r_DAM", "r_EPI")
OTHERS_EVERY_S, ASKED_EVERY_S, STALE_S = 60.0, 20.0, 0.4
LAID_EVERY_S = 600


@dataclass
class Region:
    """What `OnDemandWorld` needs of a house: the services of a region."""

    services: Services
    clock: Clock
    days: tuple[dt.date, ...]

    @property
    def ports(self) -> Any:
        return self.services.on_demand

    @property
    def begin(self) -> Any:
        return self.services.unit_of_work

    @property
    def now_s(self) -> int:
        return int(self.clock.now.timestamp())

    def rides(self, *days: dt.date) -> list[OnDemandRide]:
        with self.begin(read_only=True) as work:
            return [ride for day in days for ride in work.on_demand.list_rides_on(day)]


@dataclass
class Outcome:
    """How it went."""

    asked: int = 0
    held: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    legs: int = 0
    others: int = 0
    """What others booked meanwhile."""

    @property
    def offers(self) -> int:
        return self.held + self.failed.total()

    def describe(self) -> str:
        """In words."""
        rate = self.failed.total() / self.offers
        why = f" ({', '.join(f'{reason} {count}' for reason, count in self.failed.items())})" if rate else ""
        return (
            f"{self.offers:,} offers shown to {self.asked:,} questions and held at once ({self.legs:,} rides), while "
            f"others booked {self.others:,} rides: {self.failed.total()} failed, {rate:.3%}{why}"
        )


class Offers(OnDemandWorld):
    """Travellers who ask and hold, in a region where time passes and others do the same."""

    def __init__(self, services: Services, clock: Clock, seed: int) -> None:
        # not the small service of its parent's own
        days = (DAY - dt.timedelta(days=1), DAY, DAY + dt.timedelta(days=1))
        self.house = Region(services, clock, days)  # type: ignore[assignment]
        self.engine, self.truths = services.engine, Truths(days)
        self.said, self.happened, self.renewed = Said(), Counter(), set()
        self.services, self.lots = services, random.Random(seed)
        self.outcome = Outcome()
        key = services.on_demand.key
        watch_on_demand.AHEAD = 1  # nobody here asks for more, and reading a month of tours takes its time
        self.watch = OnDemandWatch(services.unit_of_work, clock, is_holiday, lambda one: sign(one, key))
        self.others_at = float(self.now_s)
        self.laid_at = 0
        self.serving: Serving | None = None
        self.names = 0

    def run(self, offers: int) -> Outcome:
        """Until so many offers were held. Raises AssertionError when a tour is not as it must be."""
        told = 0
        while self.outcome.offers < offers:
            if self.outcome.offers >= told + 100:
                told = self.outcome.offers
                log.info(self.outcome.describe())
            self._pass(self.lots.expovariate(1 / ASKED_EVERY_S))
            if self.clock.now.hour >= 20:  # the night is quiet
                self._next_day()
            self._look()
            self._pass(self.lots.uniform(0, STALE_S))
            shown, before = self._ask(), self.outcome.others
            self._pass(self.lots.uniform(1, 5))
            if shown:  # one of them, as travellers do
                self._hold(self.lots.choice(shown), before)
            if self.outcome.asked % 50 == 0:
                self.check()
        self.check()
        return self.outcome

    def _next_day(self) -> None:
        """Everything is over, and the same day begins again: its tours are as long as they were in the morning."""
        self.drive(self.now_s + 10 * 3600)
        self.check()
        day = self.truths.days[-1]
        self.clock.now = dt.datetime.fromtimestamp(paris(day, "05:30"), dt.UTC)
        self.truths.look_at(*(day + dt.timedelta(days=near) for near in (-1, 0, 1)))
        self.others_at = float(self.now_s)

    def _pass(self, seconds: float) -> None:
        """Time passes, vehicles drive, others book."""
        until = self.clock.now.timestamp() + seconds
        while self.others_at <= until:
            self.drive(int(self.others_at))
            self._someone_else()
            self.others_at += self.lots.expovariate(1 / OTHERS_EVERY_S)
        if int(until) > self.now_s:
            self.drive(int(until))
        self.clock.now = dt.datetime.fromtimestamp(until, dt.UTC)

    def _look(self) -> None:
        self.watch._looked_at = float("-inf")
        self.watch.look(self.clock.now.timestamp())
        if self.serving is None or self.now_s - self.laid_at >= LAID_EVERY_S:
            base = self.services.current()
            laid = lay_services(None, base, self.watch, is_holiday)
            self.serving, self.laid_at = lay_over(base, (), booked_s=self.now_s, services=laid), self.now_s

    def _place(self) -> Point:
        zone = self.lots.choice((BELIN_ZONE, DAMPIERRE_ZONE))
        ring = zone.polygons[0][0]
        return Point(self.lots.uniform(ring[0].lat, ring[2].lat), self.lots.uniform(ring[0].lon, ring[2].lon))

    def _end(self) -> str:
        if self.lots.random() < 0.4:
            return self.lots.choice(STATIONS)
        at = self._place()
        return f"{at.lat:.5f},{at.lon:.5f}"

    def _ask(self) -> list[tuple[str, ...]]:
        """The quotes of each itinerary that is shown."""
        assert self.serving is not None
        at = self._place()
        ends = [f"{at.lat:.5f},{at.lon:.5f}", self._end()]
        self.lots.shuffle(ends)
        ahead_s = int(min(self.lots.expovariate(1 / 7200), 8 * 3600))
        question = Question(
            ends[0],
            ends[1],
            self.now_s + ahead_s,
            booked_s=self.now_s,
            itineraries=3,
            arrive_by=self.lots.random() < 0.3,
            party=Party(self.lots.choice((1, 1, 1, 2, 3))),
        )
        self.outcome.asked += 1
        answer = plan(self.serving, question)
        shown = []
        for itinerary in (*answer["itineraries"], *answer["direct"]):
            legs = (leg for leg in itinerary["legs"] if leg["mode"] == "FLEX")
            tokens = tuple(leg["booking"]["quote"] for leg in legs if leg["booking"].get("quote"))
            if tokens:
                shown.append(tokens)
        return shown

    def _hold(self, tokens: tuple[str, ...], others_before: int) -> None:
        self.names += 1
        caller = traveller(f"p{self.names}")
        try:
            rides = hold(self.ports, caller, HoldWish(tokens))
        except OnDemandRefusedError as refusal:
            meanwhile = "somebody booked" if self.outcome.others > others_before else "nobody booked"
            why = refusal.more.get("why", refusal.english)
            self.outcome.failed[f"{refusal.reason}: {why}, {meanwhile} meanwhile"] += 1
            return
        self.outcome.held += 1
        self.outcome.legs += len(rides)
        if self.lots.random() < 0.25:
            confirm(self.ports, caller, rides[0].id)
        else:
            cancel(self.ports, caller, rides[0].id, whole_journey=True)

    def _someone_else(self) -> None:
        self.names += 1
        caller = traveller(f"o{self.names}")
        ends = Place("", self._place()), Place("", self._place())
        at_s = self.now_s + int(min(self.lots.expovariate(1 / 5400), 8 * 3600))
        offers = quote(self.ports, None, Ask(*ends, Party(), at_s)).offers
        if not offers:
            return
        try:
            (ride,) = hold(self.ports, caller, HoldWish((offers[0].token,)))
            confirm(self.ports, caller, ride.id)
        except OnDemandRefusedError:
            return
        self.outcome.others += 1
        if self.lots.random() < 0.3:
            cancel(self.ports, caller, ride.id)


@contextmanager
def region(folder: Path, vehicles: int) -> Iterator[tuple[Services, Clock]]:
    """The region with its fleet, early in the morning."""
    clock = Clock()
    clock.now = dt.datetime.fromtimestamp(paris(DAY, "05:30"), dt.UTC)
    settings = Settings(data_dir=folder / "data", log_level="error", warm_up_days=1, worker="separate")
    with build_services(settings, clock) as services:
        import_feed(services.feeds, FeedSource(str(write_feed(folder / "r.zip")), feed_id="r"))
        services.watch.look()
        with services.unit_of_work() as work:
            work.on_demand.put_service(make_service(rule=HALF_AN_HOUR))
            for number in range(vehicles):
                vehicle = make_vehicle(f"bus-{number}")
                work.on_demand.put_vehicle(vehicle)
                work.on_demand.put_shift(make_shift(vehicle.id))
            work.commit()
        yield services, clock


def run(offers: int, vehicles: int = 6, seed: int = 1) -> Outcome:
    """The whole trial."""
    with tempfile.TemporaryDirectory() as folder, region(Path(folder), vehicles) as (services, clock):
        return Offers(services, clock, seed).run(offers)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("offers", 5000), ("vehicles", 6), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    began = time.process_time()
    outcome = run(asked.offers, asked.vehicles, asked.seed)
    Console().print(f"{outcome.describe()}; {time.process_time() - began:.0f} s of CPU", markup=False)


if __name__ == "__main__":
    main()
