"""The region with its carpool line, imported and published for real; rides are laid over it by the tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from carpool.line import FareVersion
from carpool.ride import Ride
from mobility.acts.carpool_gtfs import Operator
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.open_snapshot import open_snapshot
from mobility.acts.publish_lines import publish_lines
from mobility.bootstrap import Services, build_services
from mobility.journeys.carpool_rides import Carpool, OfferedRide
from mobility.journeys.lay_over import Heard, lay_over
from mobility.journeys.plan import plan
from mobility.journeys.question import Question
from mobility.journeys.serving import Serving
from mobility.settings import Settings
from tests.mobility.carpool_journeys.carpool_region import FARE, LINE, STOPS, write_feed

OPERATOR = Operator("Covoiturage d’essai", "https://example.org/covoiturage", "03 80 11 11 11")


def remember_line(services: Services) -> None:
    """The line, its stops and its fare."""
    with services.unit_of_work() as work:
        for on_line in STOPS:
            work.rides.put_stop(on_line.stop)
        work.rides.put_line(LINE)
        work.rides.put_fare(FARE)
        work.commit()


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Coach and train as feed `r`, the line as feed `carpool`."""
    folder = tmp_path_factory.mktemp("carpool")
    settings = Settings(data_dir=folder / "data", log_level="error", warm_up_days=1, worker="separate")
    with build_services(settings) as built:
        import_feed(built.feeds, FeedSource(str(write_feed(folder / "r.zip")), feed_id="r"))
        remember_line(built)
        publish_lines(built.feeds, OPERATOR)
        yield built


@pytest.fixture(scope="session")
def base(services: Services) -> Serving:
    """The network as planned."""
    with services.unit_of_work(read_only=True) as work:
        snapshot = work.snapshots.find_active()
    assert snapshot is not None
    return open_snapshot(services.feeds, snapshot)


class Rides:
    """Rides laid over the network: `rides(one, (other, (0, 2, 2)))`, with the seats free on each section."""

    def __init__(self, base: Serving) -> None:
        self.base = base

    def offered(
        self, rides: Iterable[Ride | tuple[Ride, tuple[int, ...]]], fares: tuple[FareVersion, ...] = (FARE,)
    ) -> Carpool:
        """As they would be read from the database."""
        pairs = [
            (one, (one.seats,) * (len(one.calls) - 1)) if isinstance(one, Ride) else one for one in rides
        ]
        return Carpool((LINE,), tuple(OfferedRide(ride, LINE, free, fares) for ride, free in pairs))

    def __call__(
        self,
        *rides: Ride | tuple[Ride, tuple[int, ...]],
        booked: dt.datetime,
        heard: tuple[Heard, ...] = (),
        fares: tuple[FareVersion, ...] = (FARE,),
    ) -> Serving:
        return lay_over(self.base, heard, self.offered(rides, fares), int(booked.timestamp()))


@pytest.fixture(scope="session")
def rides(base: Serving) -> Rides:
    return Rides(base)


Ask = Callable[..., dict[str, Any]]


def ask(
    serving: Serving, origin: str, destination: str, time: dt.datetime, booked: dt.datetime, **more: Any
) -> dict[str, Any]:
    """The answer to a traveller who leaves at `time` and books at `booked`."""
    question = Question(origin, destination, int(time.timestamp()), booked_s=int(booked.timestamp()), **more)
    return plan(serving, question)


def legs_of(answer: dict[str, Any]) -> list[list[tuple[str, str, str]]]:
    """What is ridden: mode, departure, arrival."""
    return [
        [
            (leg["mode"], leg["startTime"], leg["endTime"])
            for leg in itinerary["legs"]
            if leg["mode"] != "WALK"
        ]
        for itinerary in answer["itineraries"]
    ]


def rides_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The legs in drivers' cars."""
    return [leg for one in answer["itineraries"] for leg in one["legs"] if leg["mode"] == "RIDE_SHARING"]
