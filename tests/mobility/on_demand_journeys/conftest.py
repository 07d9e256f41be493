"""The region with its service on demand, imported for real; services, vehicles and tours are in a database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from ground.signed import read, sign
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.on_demand.vehicle_days import list_vehicle_days
from mobility.acts.open_snapshot import open_snapshot
from mobility.bootstrap import Services, build_services
from mobility.jobs.watch_on_demand import OnDemandWatch
from mobility.journeys.lay_over import Heard, lay_over
from mobility.journeys.on_demand.drives import StreetDrives
from mobility.journeys.on_demand.laid_services import lay_services
from mobility.journeys.plan import plan
from mobility.journeys.public_holidays import is_holiday
from mobility.journeys.question import Question
from mobility.journeys.serving import Serving
from mobility.settings import Settings
from on_demand.fleet import Shift, Vehicle
from on_demand.insertion import FleetPlan, Placement
from on_demand.quote import Quote
from on_demand.service import Service
from tests.mobility.on_demand_journeys.on_demand_region import (
    make_service,
    make_shift,
    make_vehicle,
    paris,
    write_feed,
)

KEY = b"k" * 32
DAY = dt.date(2026, 6, 16)


@pytest.fixture(scope="session")
def region_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("on-demand")


@pytest.fixture(scope="session")
def services(region_folder: Any) -> Iterator[Services]:
    """Coach and train as feed `r`."""
    settings = Settings(data_dir=region_folder / "data", log_level="error", warm_up_days=1, worker="separate")
    with build_services(settings) as built:
        import_feed(built.feeds, FeedSource(str(write_feed(region_folder / "r.zip")), feed_id="r"))
        yield built


@pytest.fixture(scope="session")
def base(services: Services) -> Serving:
    """The network as planned."""
    with services.unit_of_work(read_only=True) as work:
        snapshot = work.snapshots.find_active()
    assert snapshot is not None
    return open_snapshot(services.feeds, snapshot)


class Fleet:
    """Services, vehicles and shifts in the database, and the network served with them."""

    def __init__(self, services: Services, base: Serving) -> None:
        self.services, self.base = services, base
        self.booked_s = paris(DAY, "04:00")

    def put(
        self,
        services: list[Service],
        vehicles: list[Vehicle] | None = None,
        shifts: list[Shift] | None = None,
    ) -> None:
        """Instead of all there was."""
        vehicles = [make_vehicle()] if vehicles is None else vehicles
        shifts = [make_shift(vehicle.id) for vehicle in vehicles] if shifts is None else shifts
        clear_tours(self.services)
        with self.services.unit_of_work() as work:
            book = work.on_demand
            for shift in book.list_shifts():
                book.remove_shift(shift.id)
            for vehicle in book.list_vehicles():
                book.remove_vehicle(vehicle.id)
            for service in book.list_services():
                book.remove_service(service.id)
            for service in services:
                book.put_service(service)
            for vehicle in vehicles:
                book.put_vehicle(vehicle)
            for shift in shifts:
                book.put_shift(shift)
            work.commit()

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.booked_s, dt.UTC)

    def serve(self, heard: tuple[Heard, ...] = ()) -> Serving:
        """What is served after the database was read."""
        self.watch = OnDemandWatch(
            self.services.unit_of_work, self.now, is_holiday, lambda quote: sign(quote, KEY)
        )
        self.watch.look(0.0)
        laid = lay_services(None, self.base, self.watch, is_holiday)
        return lay_over(self.base, heard, booked_s=self.booked_s, services=laid)

    def book(self, *quotes: str) -> None:
        """Put what was quoted into its tours, as it was promised."""
        for token in quotes:
            quote = read(Quote, token, KEY)
            with self.services.unit_of_work() as work:
                days = list_vehicle_days(work, quote.service_id, quote.day, is_holiday)
                request = replace(quote.request("r"), id=f"ride-{token[:16]}")
                plan = FleetPlan.of(days, StreetDrives(self.base.streets))
                placed = plan.find(request, self.booked_s)
                assert isinstance(placed, Placement), placed
                assert work.on_demand.swap_day(placed.day)
                work.commit()


@pytest.fixture
def fleet(services: Services, base: Serving) -> Iterator[Fleet]:
    """One vehicle, whose tours are empty."""
    made = Fleet(services, base)
    made.put([make_service()])
    yield made
    made.put([], [], [])


def clear_tours(services: Services) -> None:
    """Forget all tours."""
    with services.engine.begin() as connection:
        connection.execute(text("DELETE FROM on_demand_day"))


Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(fleet: Fleet) -> Ask:
    """Asks at what is in the database now: `ask(origin, destination, "08:30", day=…, …)`."""

    def asked(origin: str, destination: str, clock: str, day: dt.date = DAY, **more: Any) -> dict[str, Any]:
        question = Question(
            origin, destination, paris(day, clock), **{"booked_s": fleet.booked_s, "itineraries": 3, **more}
        )
        return plan(fleet.serve(), question)

    return asked


def modes_of(answer: dict[str, Any]) -> list[list[str]]:
    """How one goes, leg by leg."""
    return [[leg["mode"] for leg in itinerary["legs"]] for itinerary in answer["itineraries"]]


def flex_of(itinerary: dict[str, Any]) -> list[dict[str, Any]]:
    """The legs on demand."""
    return [leg for leg in itinerary["legs"] if leg["mode"] == "FLEX"]


def quote_of(leg: dict[str, Any]) -> Quote:
    """What is promised, read from its token."""
    return read(Quote, leg["booking"]["quote"], KEY)
