"""One request, one unit of work, at most one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from mobility.accounts.vault import Vault
from mobility.storage.accounts import SqlAccounts
from mobility.storage.evidence import SqlEvidence
from mobility.storage.feeds import SqlFeeds
from mobility.storage.job_runs import SqlJobTable
from mobility.storage.ledger import SqlLedger
from mobility.storage.live_sources import SqlLiveSources
from mobility.storage.national_register import SqlNationalJourneys
from mobility.storage.on_demand import SqlOnDemand
from mobility.storage.outbox import SqlOutbox
from mobility.storage.payouts import SqlAccessLog, SqlPayouts
from mobility.storage.places import SqlPlaces
from mobility.storage.register import SqlRegister
from mobility.storage.rides import SqlRides
from mobility.storage.sales import SqlOrders
from mobility.storage.sales_journal import SqlSalesJournal
from mobility.storage.scans import SqlScans
from mobility.storage.snapshots import SqlSnapshots
from mobility.storage.standard_covoiturage import SqlStandard
from mobility.storage.statement import Driver
from mobility.storage.streets import SqlStreets
from mobility.storage.subsidies import SqlSubsidies
from mobility.storage.tariffs import SqlTariffs
from mobility.storage.trips import SqlTrips
from on_demand.tour import VehicleDay

TellTours = Callable[[Sequence[VehicleDay]], None]
"""Told of the tours a unit of work has changed, once it is committed."""


class SqlUnitOfWork:
    """Fills `mobility.acts.ports.UnitOfWork`."""

    def __init__(
        self,
        engine: Engine,
        read_only: bool,
        vault: Vault | None = None,
        tell_tours: TellTours | None = None,
    ) -> None:
        self._read_only, self._tell_tours = read_only, tell_tours
        self._committed = False
        self._is_postgresql = engine.dialect.name == "postgresql"
        self.session = Session(engine)
        driver = Driver(self.session)
        self.feeds = SqlFeeds(self.session)
        self.snapshots = SqlSnapshots(self.session)
        self.streets = SqlStreets(self.session)
        self.places = SqlPlaces(self.session)
        self.live = SqlLiveSources(self.session)
        self.accounts = SqlAccounts(self.session, driver, vault)
        self.rides = SqlRides(self.session)
        self.on_demand = SqlOnDemand(self.session)
        self.evidence = SqlEvidence(self.session, vault)
        self.trips = SqlTrips(self.session)
        self.register = SqlRegister(self.session)
        self.ledger = SqlLedger(self.session, self.register)
        self.subsidies = SqlSubsidies(self.session)
        self.payouts = SqlPayouts(self.session, vault)
        self.access_log = SqlAccessLog(self.session)
        self.orders = SqlOrders(self.session, driver)
        self.scans = SqlScans(self.session)
        self.tariffs = SqlTariffs(self.session, driver)
        self.sales_journal = SqlSalesJournal(self.session, driver)
        self.events = self.deliveries = SqlOutbox(self.session, driver)
        self.jobs = SqlJobTable(self.session)
        self.standard = SqlStandard(self.session)
        self.national_journeys = SqlNationalJourneys(self.session, vault)

    def __enter__(self) -> SqlUnitOfWork:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._read_only and self._is_postgresql and exc[0] is None:
            # There is nothing to keep. But a rollback has psycopg forget every statement it has prepared on this
            # connection, and PostgreSQL then parses and plans all of them anew.
            self.session.commit()
        self.session.close()

    def lock(self, name: str) -> None:
        """PostgreSQL: an advisory lock. SQLite: every writing transaction is alone anyway."""
        if self._is_postgresql:
            key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
            self.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})

    def commit(self) -> None:
        """Commit. Raises RuntimeError on the second time, or when the unit of work is read-only."""
        if self._read_only or self._committed:
            raise RuntimeError("a unit of work is committed at most once, and a read-only one never")
        self._committed = True
        self.session.commit()
        if self._tell_tours is not None and self.on_demand.swapped:
            self._tell_tours(self.on_demand.swapped)


def units_of_work(
    engine: Engine, vault: Vault | None = None, tell_tours: TellTours | None = None
) -> Callable[..., SqlUnitOfWork]:
    """Begins units of work on a database: fills `mobility.acts.ports.UnitsOfWork`. Without a vault nothing that is
    sealed (bank details, identity keys) can be read or written."""

    # To PostgreSQL it says so, which then refuses to write; SQLite reads without the lock of its one writer.
    reading = engine.execution_options(read_only=True, postgresql_readonly=True)

    def begin(*, read_only: bool = False) -> SqlUnitOfWork:
        return SqlUnitOfWork(reading if read_only else engine, read_only, vault, tell_tours)

    return begin
