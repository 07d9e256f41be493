"""A whole application on SQLite with a clock one can set, people with phones, and a way to die at any write."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text

from carpool.phone import Phone
from carpool.rehearsal import Drive, PhonePassenger, rehearse
from carpool.trip import TripStatus
from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.acts.accounts.bank_account import put_bank_account
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.trips.judge import judge_due, judge_trip
from mobility.acts.trips.log_evidence import Upload, log_evidence, register_device
from mobility.acts.trips.ports import TripPorts
from mobility.acts.trips_ports import TripState
from mobility.bootstrap import Services, build_services, open_vault
from mobility.settings import Settings
from mobility.storage.database import open_database
from mobility.storage.key_files import KeyFolder
from mobility.storage.unit_of_work import SqlUnitOfWork, units_of_work
from tests.contracts.carpool_line import LINE, Clock, carpool_ports
from tests.contracts.trip_scene import NothingRuns
from tests.mobility.under_fire.dying import Death, Killed, dying

SEASONS = {
    "spring": dt.datetime(2026, 3, 27, 7, 0, tzinfo=dt.UTC),
    "autumn": dt.datetime(2026, 10, 23, 7, 0, tzinfo=dt.UTC),
}
"""A few days before clocks change, and before a month ends."""

DRIVERS, RIDERS = ("dora", "dirk"), ("theo", "tina", "dora")
IBANS = ("FR1420041010050500013M02606", "DE89370400440532013000", "BE71096123456769")
DRIVER = frozenset((Role.DRIVER, Role.TRAVELLER))
TRIP_TABLES = ("trip_person", "trip_status", "trip_due", "trip", "subsidy_claim", "subsidy_grant")


@dataclass(frozen=True)
class Member:
    """Somebody with an account and a phone."""

    caller: Caller
    seed: bytes


@cache
def _template(season: str) -> tuple[Path, dict[str, Member]]:
    """An application with a line and its people, made once; who they are."""
    folder, clock = Path(tempfile.mkdtemp()), Clock()
    clock.now = SEASONS[season]
    members: dict[str, Member] = {}
    with build_services(_settings(folder), clock) as services:
        carpool_ports(services.unit_of_work, clock)
        for number, name in enumerate(sorted({*DRIVERS, *RIDERS})):
            born = None if name == "tina" else dt.date(1980, 1, 1)
            details = Details(
                f"{name}@example.org", name, name.title(), "Essai", f"+3335301002{number}", born
            )
            caller = Caller(add_person(services.accounts, SYSTEM, details, DRIVER).id, DRIVER)
            seed = hashlib.sha256(f"key of {name}".encode()).digest()
            register_device(services.trips, caller, Phone(seed, clock, name).registration())
            if name in DRIVERS:
                put_bank_account(services.accounts, caller, name.title(), IBANS[0])
            members[name] = Member(caller, seed)
        with services.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder, members


def _settings(folder: Path) -> Settings:
    return Settings(
        data_dir=folder,
        worker="separate",
        log_level="error",
        payer_name="Région",
        payer_iban=SecretStr("FR7630006000011234567890189"),
        payout_cents_min=1,
    )


@dataclass
class World:
    """One of its own, to be closed."""

    season: str
    clock: Clock = field(default_factory=Clock)
    trips: list[str] = field(default_factory=list)
    pieces: list[tuple[str, bytes]] = field(default_factory=list)
    """(name, statement) of all that phones ever signed."""

    def __post_init__(self) -> None:
        template, self.members = _template(self.season)
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name) / "data"
        shutil.copytree(template, self.folder)
        self.clock.now = SEASONS[self.season] + dt.timedelta(hours=1)
        self.services: Services = build_services(_settings(self.folder), self.clock)
        self.begin = self.services.unit_of_work
        self.judges: TripPorts = replace(self.services.trips, vehicles=NothingRuns())
        self.phones = {name: Phone(member.seed, self.clock, name) for name, member in self.members.items()}

    def close(self) -> None:
        """Let go of it."""
        self.services.close()
        self._folder.cleanup()

    def caller(self, name: str) -> Caller:
        return self.members[name].caller

    def name_of(self, person: str) -> str:
        return next(name for name, member in self.members.items() if member.caller.person == person)

    # ── dying ──────────────────────────────────────────────────────────────────────────────────────────────

    def attempt(
        self, act: Callable[[], Any], death: Death | None, refusals: tuple[type[Exception], ...]
    ) -> Any:
        """What an act gives, None when it is refused. With a death it dies first, unless it ends before, and is tried
        again as clients do."""
        if death is not None:
            with contextlib.suppress(Killed, *refusals), dying(self.services.engine, death):
                act()
        try:
            return act()
        except refusals:
            return None

    # ── phones ─────────────────────────────────────────────────────────────────────────────────────────────

    def drive(
        self,
        driver: str,
        riders: Sequence[tuple[str, str, str, str]],
        ends: tuple[str, str],
        starts_at: dt.datetime,
        ride: str = "",
        pace_permille: int = 1000,
    ) -> str:
        """Somebody drives with riders (name, from, to, booking); phones remember it; the trip's identifier."""
        drive = Drive(LINE, *ends, starts_at, pace_permille)
        nonce = hashlib.sha256(f"{len(self.trips)}".encode()).hexdigest()[:32]
        aboard = [PhonePassenger(self.phones[name], *rest) for name, *rest in riders]
        trip = rehearse(drive, self.phones[driver], aboard, nonce, ride, every_s=300)
        self.clock.now = max(self.clock.now, drive.ends_at + dt.timedelta(seconds=30))
        self.trips.append(trip)
        for name, phone in self.phones.items():
            self.pieces += [(name, data) for data in phone.outbox]
            phone.outbox.clear()
        return trip

    def send(self, name: str, pieces: Sequence[bytes], reason: str) -> list[str]:
        """Send some pieces; the hashes of those that were taken."""
        uploads = [Upload(data, reason) for data in pieces]
        receipts = log_evidence(self.judges, self.caller(name), uploads)
        assert all(receipt.outcome != "refused" for receipt in receipts), receipts
        return [receipt.hash for receipt in receipts]

    def judge(self) -> None:
        """Judge until nothing is due."""
        while judge_due(self.judges):
            pass

    def state(self, trip: str) -> TripState | None:
        with self.begin(read_only=True) as work:
            return work.trips.find_trip(trip)

    def judged_afresh(self, trips: Sequence[str]) -> dict[str, TripState]:
        """Where trips would stand had all that is here been judged once, now, in peace: in a copy of the database that
        knows the evidence and nothing of trips."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "copy.sqlite"
            source = sqlite3.connect(str(self.services.engine.url.database))
            copy = sqlite3.connect(path)
            source.backup(copy)
            source.close()
            copy.close()
            engine = open_database(f"sqlite:///{path}")
            begin = units_of_work(engine, open_vault(KeyFolder(self.services.settings.keys_dir)))
            with begin() as work:
                for table in TRIP_TABLES:
                    work.session.execute(text(f"DELETE FROM {table}"))
                work.commit()
            ports = replace(self.judges, unit_of_work=begin)
            states = {trip: judge_trip(ports, trip) for trip in trips}
            engine.dispose()
        return {trip: state for trip, state in states.items() if state is not None}


def is_final(work: SqlUnitOfWork, state: TripState) -> bool:
    """Whether checks leave a trip as it is: what the twin of the rule says, in other words than the rule."""
    if state.status is TripStatus.PROVEN and work.subsidies.find_grant(state.id):
        return True
    return bool(state.decided_by) or state.status is TripStatus.CANCELLED
