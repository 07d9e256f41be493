"""A small town with rides on demand, people and a clock one can set: what the contracts of these rides play with."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from ground.refusal import RefusedError
from mobility.accounts.caller import Caller, Role
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.on_demand.own_rides import Rider
from mobility.acts.on_demand.quote import Ask, Offer, Quotes, quote
from mobility.acts.ports import ActPorts
from mobility.journeys.on_demand.crow_drives import CrowDrives
from mobility.storage.unit_of_work import SqlUnitOfWork
from on_demand.area import Point, Stop, StopGroup, Zone
from on_demand.booking import OnDemandRide, Party, Place
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.fleet import Seats, Shift, Vehicle
from on_demand.refusal import Reason
from on_demand.schedule import check
from on_demand.service import Fare, FlexRow, FlexTrip, Service
from on_demand.tour import VehicleDay
from tests.contracts.carpool_line import Clock

Begin = Callable[..., SqlUnitOfWork]

TUESDAY = dt.date(2026, 3, 10)
"""The clock stands at 06:00 in Paris."""
HOUR_S, MINUTE_S = 3600, 60
MIDNIGHT_S = int(dt.datetime(2026, 3, 9, 23, tzinfo=dt.UTC).timestamp())
"""Of Tuesday, in Paris."""

WEST, EAST = Place("Ouest", Point(47.20, 5.96)), Place("Est", Point(47.20, 6.08))
NORTH, SOUTH = Place("Nord", Point(47.25, 6.02)), Place("Sud", Point(47.15, 6.02))
ABROAD = Place("Ailleurs", Point(46.0, 5.0))
DEPOT = Point(47.20, 6.02)
_RING = (Point(47.1, 5.9), Point(47.1, 6.2), Point(47.3, 6.2), Point(47.3, 5.9), Point(47.1, 5.9))
_ALWAYS = Calendar("always", frozenset(range(7)), dt.date(2026, 1, 1), dt.date(2027, 12, 31))

TOWN = Service(
    "town",
    "Allô la ville",
    phone="+33381000000",
    zones=(Zone("square", "La ville", ((_RING,),)),),
    calendars=(_ALWAYS,),
    rules=(BookingRule("notice", BookingType.SAME_DAY, duration_s_min=30 * MINUTE_S),),
    trips=(
        FlexTrip(
            "day",
            "always",
            (FlexRow("square", 6 * HOUR_S, 20 * HOUR_S, True, True, "notice", "notice"),) * 2,
        ),
    ),
    fare=Fare(300, 150),
    is_dispatched=True,
)
"""From door to door, 6:00 to 20:00, booked half an hour before."""

LINE = replace(
    TOWN,
    id="line",
    name="Arrêts à la demande",
    zones=(),
    stops=tuple(Stop(f"stop-{place.name.lower()}", place.name, place.at) for place in (WEST, EAST, NORTH)),
    groups=(StopGroup("all", "Tous", ("stop-ouest", "stop-est", "stop-nord")),),
    rules=(BookingRule("notice", BookingType.PRIOR_DAYS, last_day=1, last_s=17 * HOUR_S),),
    trips=(
        FlexTrip(
            "day", "always", (FlexRow("all", 6 * HOUR_S, 20 * HOUR_S, True, True, "notice", "notice"),) * 2
        ),
    ),
    fare=None,
)
"""From stop to stop, booked the day before until 17:00; nobody says what it costs."""

AGENT = Caller("agnes", frozenset((Role.AGENT,)))
OPERATOR = Caller("olga", frozenset((Role.OPERATOR,)))
DRIVER = Caller("dan", frozenset((Role.VEHICLE_DRIVER,)))


def traveller(name: str = "theo") -> Caller:
    return Caller(name, frozenset((Role.TRAVELLER,)))


def at(hours: float) -> int:
    """An instant of Tuesday by the clock in Paris."""
    return MIDNIGHT_S + round(hours * HOUR_S)


class Ids:
    """Identifiers in order; any thread may ask."""

    def __init__(self) -> None:
        self._count, self._lock = 0, threading.Lock()

    def __call__(self) -> str:
        with self._lock:
            self._count += 1
            return f"{self._count:032x}"


@dataclass
class Town:
    """Both services and some vehicles, in a database."""

    begin: Begin
    vehicles: int = 1
    seats: tuple[Seats, ...] = (Seats(4, 0), Seats(2, 1))
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        acts = ActPorts(self.begin, self.clock, Ids())
        self.ports = OnDemandPorts(acts, CrowDrives, b"k" * 32, lambda _: False)
        with self.begin() as work:
            work.on_demand.put_service(TOWN)
            work.on_demand.put_service(LINE)
            for number in range(1, self.vehicles + 1):
                work.on_demand.put_vehicle(
                    Vehicle(f"v{number}", f"Minibus {number}", (TOWN.id, LINE.id), self.seats, DEPOT)
                )
                work.on_demand.put_shift(
                    Shift(f"s{number}", f"v{number}", _ALWAYS, 6 * HOUR_S, 20 * HOUR_S, driver=DRIVER.person)
                )
            work.commit()

    def quotes(
        self,
        origin: Place = WEST,
        destination: Place = EAST,
        leave: float | None = 9,
        party: Party | None = None,
        caller: Caller | None = None,
        **more: object,
    ) -> Quotes:
        times = {} if leave is None else {"leave_s": at(leave)}
        ask = Ask(origin, destination, party or Party(), **{"service_id": TOWN.id, **times, **more})  # type: ignore[arg-type]
        return quote(self.ports, caller, ask)

    def offer(self, *args: object, **more: object) -> Offer:
        (offer,) = self.quotes(*args, **more).offers  # type: ignore[arg-type]
        return offer

    def hold(self, name: str, *offers: Offer, key: str = "") -> list[OnDemandRide]:
        return hold(self.ports, traveller(name), HoldWish(tuple(one.token for one in offers)), key)

    def book(self, name: str, *args: object, **more: object) -> OnDemandRide:
        """Quoted, held and confirmed."""
        (held,) = self.hold(name, self.offer(*args, **more))
        (booked,) = confirm(self.ports, traveller(name), held.id)
        return booked

    def call(self, phone: str, *offers: Offer) -> list[OnDemandRide]:
        """Held by the agent for somebody on the phone."""
        wish = HoldWish(tuple(one.token for one in offers), Rider(name="Mme Martin", phone=phone))
        return hold(self.ports, AGENT, wish)

    def cancel(self, name: str, ride_id: str, **more: object) -> list[OnDemandRide]:
        return cancel(self.ports, traveller(name), ride_id, **more)  # type: ignore[arg-type]

    def find(self, ride_id: str) -> OnDemandRide:
        with self.begin(read_only=True) as work:
            ride = work.on_demand.find_ride(ride_id)
        assert ride is not None
        return ride

    def tours(self) -> list[VehicleDay]:
        """All that were ever changed around Tuesday, each of which can be driven."""
        with self.begin(read_only=True) as work:
            days = [
                tour
                for ahead in range(-1, 3)
                for tour in work.on_demand.list_days(TUESDAY + dt.timedelta(ahead))
            ]
        for tour in days:
            assert check(tour) is None
        return days

    def riding(self) -> list[str]:
        """The rides in all tours, by id."""
        return sorted(request.id for tour in self.tours() for request in tour.requests)

    @contextmanager
    def refused(self, reason: Reason) -> Iterator[pytest.ExceptionInfo[RefusedError]]:
        """The refusal has words in both languages, and nothing was changed."""
        with self.begin(read_only=True) as work:
            before = work.on_demand.stamp()
        with pytest.raises(RefusedError) as refusal:
            yield refusal
        assert refusal.value.reason is reason, refusal.value.english
        assert len(refusal.value.french) > 10
        assert len(refusal.value.english) > 10
        with self.begin(read_only=True) as work:
            assert work.on_demand.stamp() == before


def ids_of(rides: Iterable[OnDemandRide]) -> list[str]:
    return sorted(ride.id for ride in rides)
