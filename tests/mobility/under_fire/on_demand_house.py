"""The small service in a database, with people who want to ride and a clock one can set."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from mobility.accounts.caller import Caller, Role
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.on_demand.quote import Ask, Offer, quote
from mobility.acts.ports import ActPorts
from mobility.journeys.on_demand.crow_drives import CrowDrives
from mobility.storage.unit_of_work import SqlUnitOfWork
from on_demand.booking import Connection, OnDemandRide, Party, Place
from tests.contracts.carpool_line import Clock
from tests.mobility.under_fire.on_demand_service import (
    SERVICE,
    any_place,
    make_service,
    make_shifts,
    make_vehicles,
)

MORNING = dt.datetime(2026, 3, 10, 5, 30, tzinfo=dt.UTC)
"""Half past six in Paris, a Tuesday."""


def traveller(name: str) -> Caller:
    return Caller(name, frozenset((Role.TRAVELLER,)))


@dataclass
class House:
    """Ports on a database that has the service, `vehicles` vehicles and their shifts."""

    begin: Callable[..., SqlUnitOfWork]
    vehicles: int = 2
    seats: int = 4
    clock: Clock = field(default_factory=Clock)
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex

    def __post_init__(self) -> None:
        if self.clock.now < MORNING:
            self.clock.now = MORNING
        acts = ActPorts(self.begin, self.clock, self.new_id)
        self.ports = OnDemandPorts(acts, CrowDrives, b"k" * 32, lambda _: False)
        first_day = MORNING.date() - dt.timedelta(days=2)
        vehicles = make_vehicles(self.vehicles, self.seats)
        with self.begin() as work:
            if work.on_demand.find_service(SERVICE) is None:
                work.on_demand.put_service(make_service(first_day))
                for vehicle in vehicles:
                    work.on_demand.put_vehicle(vehicle)
                for shift in make_shifts(vehicles, first_day):
                    work.on_demand.put_shift(shift)
                work.commit()

    @property
    def now_s(self) -> int:
        return int(self.clock.now.timestamp())

    def offers(
        self,
        origin: Place,
        destination: Place,
        leave_s: int,
        party: Party | None = None,
        connection: Connection | None = None,
        arrives: bool = False,
    ) -> tuple[Offer, ...]:
        """What is possible."""
        at = {"arrive_s" if arrives else "leave_s": leave_s}
        ask = Ask(origin, destination, party or Party(), service_id=SERVICE, connection=connection, **at)
        return quote(self.ports, None, ask).offers

    def hold(self, name: str, token: str, key: str = "") -> OnDemandRide:
        """Somebody holds one ride."""
        (ride,) = hold(self.ports, traveller(name), HoldWish((token,)), key)
        return ride

    def book(
        self, name: str, origin: Place, destination: Place, leave_s: int, **more: object
    ) -> OnDemandRide:
        """Somebody books what must be possible."""
        offers = self.offers(origin, destination, leave_s, **more)  # type: ignore[arg-type]
        assert offers, "nothing is offered"
        ride = self.hold(name, offers[0].token)
        (confirmed,) = confirm(self.ports, traveller(name), ride.id)
        return confirmed

    def any_places(self, lots: random.Random) -> tuple[Place, Place]:
        return any_place(lots), any_place(lots)

    def rides(self, *days: dt.date) -> list[OnDemandRide]:
        """All rides of service days."""
        with self.begin(read_only=True) as work:
            return [ride for day in days or (MORNING.date(),) for ride in work.on_demand.list_rides_on(day)]
