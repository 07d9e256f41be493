"""People with phones on a short line: what the contracts of trips play with."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from carpool.checks.case import Followed
from carpool.checks.thresholds import default_thresholds
from carpool.phone import Phone
from carpool.rehearsal import Drive, PhonePassenger, rehearse
from carpool.trip import Fix
from mobility.accounts.caller import Caller, Role
from mobility.accounts.person import Person
from mobility.accounts.vault import Vault
from mobility.acts.trips.judge import judge_due
from mobility.acts.trips.log_evidence import Receipt, Upload, log_evidence, register_device
from mobility.acts.trips.ports import TripPorts
from mobility.acts.trips.road_times import StreetRoads
from mobility.acts.trips_ports import TripState
from mobility.journeys.serving import NothingToServeError, Serving
from mobility.storage.unit_of_work import SqlUnitOfWork, units_of_work
from tests.contracts.carpool_line import LINE, NOW, Clock, carpool_ports

VAULT = Vault(b"a vault that only tests ever open"[:32])
DRIVER, PASSENGER = frozenset((Role.DRIVER, Role.TRAVELLER)), frozenset((Role.TRAVELLER,))
START = NOW + dt.timedelta(hours=1)
FAR_FUTURE = dt.datetime.max.replace(tzinfo=dt.UTC)


class NothingRuns:
    """Coaches and trains of a region that has none."""

    followed: tuple[Followed, ...] | None = ()

    def list_followed(
        self, track: Sequence[Fix], thresholds: Mapping[str, int]
    ) -> tuple[Followed, ...] | None:
        return self.followed


def nothing_served() -> Serving:
    raise NothingToServeError("no network")


@dataclass
class Scene:
    """A line, a clock, people with accounts, and their phones."""

    ports: TripPorts
    clock: Clock
    vehicles: NothingRuns
    phones: dict[str, Phone] = field(default_factory=dict)
    begin: Callable[..., SqlUnitOfWork] = field(default=lambda **_: None)  # type: ignore[assignment]

    def caller(self, name: str) -> Caller:
        return Caller(name, DRIVER)

    def phone(self, name: str, hardware: str = "") -> Phone:
        """The registered phone of somebody, who gets an account with it."""
        if name not in self.phones:
            with self.begin() as work:
                pseudonym = hashlib.sha256(name.encode()).hexdigest()[:32]
                work.accounts.put_person(
                    Person(
                        name, pseudonym, DRIVER, NOW, display_name=name.title(), email=f"{name}@example.org"
                    )
                )
                work.commit()
            phone = Phone(hashlib.sha256(f"key of {name}".encode()).digest(), self.clock, hardware or name)
            register_device(self.ports, self.caller(name), phone.registration())
            self.phones[name] = phone
        return self.phones[name]

    def drive(
        self,
        driver: str = "dora",
        riders: Sequence[str] = ("theo",),
        starts_at: dt.datetime = START,
        stops: tuple[str, str] = ("alba", "dole"),
        ride: str = "",
        nonce: str = "",
        pace_permille: int = 1000,
    ) -> str:
        """Somebody drives with others; their phones remember it. The trip's identifier."""
        nonce = nonce or hashlib.sha256(f"{driver} {starts_at}".encode()).hexdigest()[:32]
        drive = Drive(LINE, *stops, starts_at, pace_permille)
        passengers = [PhonePassenger(self.phone(rider), *stops) for rider in riders]
        trip = rehearse(drive, self.phone(driver), passengers, nonce, ride)
        self.clock.now = max(self.clock.now, drive.ends_at + dt.timedelta(seconds=30))
        return trip

    def send(self, *names: str, reason: str = "") -> list[Receipt]:
        """Phones send what they remember; all of them when none is named."""
        receipts = []
        for name in names or tuple(self.phones):
            uploads = [Upload(data, reason) for data in self.phones[name].outbox]
            receipts += log_evidence(self.ports, self.caller(name), uploads, self.clock.now)
        return receipts

    def judge(self) -> int:
        """Judge until nothing is due."""
        judged = 0
        while found := judge_due(self.ports):
            judged += found
        return judged

    def state(self, trip: str) -> TripState:
        """Where a trip stands, which there is."""
        with self.begin(read_only=True) as work:
            state = work.trips.find_trip(trip)
        assert state is not None
        return state

    def statuses(self, trip: str) -> list[str]:
        """Every status it had."""
        with self.begin(read_only=True) as work:
            return [change.status.value for change in work.trips.list_history(trip)]

    def claimed(self) -> list[str]:
        """The trips that wait for the next closing."""
        with self.begin(read_only=True) as work:
            return [claim.trip_id for claim in work.subsidies.next_claims(FAR_FUTURE, 100)]

    def kinds(self) -> list[str]:
        """What is in the register, entry by entry."""
        with self.begin(read_only=True) as work:
            return [entry.kind for entry in work.register.list_entries()]


def scene_on(engine: object, clock: Clock | None = None) -> Scene:
    """A scene on a database."""
    clock = clock or Clock()
    begin = units_of_work(engine, VAULT)  # type: ignore[arg-type]
    carpool_ports(begin, clock)
    vehicles = NothingRuns()
    ports = TripPorts(begin, clock, StreetRoads(nothing_served), vehicles, default_thresholds())
    return Scene(ports, clock, vehicles, begin=begin)
