"""What the acts need from outside, as small protocols. `mobility.bootstrap` chooses what fills them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gtfs_feeds.findings import Finding
from mobility.acts.account_ports import Accounts
from mobility.acts.delivery_ports import Deliveries, JobTable
from mobility.acts.national_register.ports import NationalJourneys
from mobility.acts.on_demand.ports import OnDemandBook
from mobility.acts.payout_ports import AccessLog, Payouts
from mobility.acts.records import FeedImport, FeedSummary, FeedVersion, LiveSource, LiveStatus, Members
from mobility.acts.register_ports import LedgerTable, Register
from mobility.acts.rides_ports import Rides
from mobility.acts.sales.ports import Orders, SalesJournal
from mobility.acts.sales.scan_ports import Scans
from mobility.acts.sales.tariff_ports import Tariffs
from mobility.acts.standard_covoiturage.ports import Standard
from mobility.acts.street_records import StreetsImport, StreetsVersion
from mobility.acts.subsidy_ports import Subsidies
from mobility.acts.trips_ports import EvidenceTable, TripTable
from mobility.journeys.place import Place


class Feeds(Protocol):
    """The memory of feeds and their versions."""

    def list_feeds(self) -> list[FeedSummary]:
        """All feeds, by id."""
        ...

    def find_feed(self, feed_id: str) -> FeedSummary | None:
        """One feed."""
        ...

    def find_corrections(self, feed_id: str) -> str:
        """The corrections kept for a feed (TOML); "" when there are none."""
        ...

    def keep_corrections(self, feed_id: str, corrections: str) -> None:
        """Keep the corrections of a feed that is known."""
        ...

    def add_version(self, version: FeedVersion, findings: Iterable[Finding]) -> None:
        """Remember a version, as the newest of its feed (its `serial` is given here), with its findings."""
        ...

    def renew_version(self, feed_id: str, version: str) -> None:
        """A known version was imported again: it becomes the newest."""
        ...

    def activate_version(self, feed_id: str, version: str) -> None:
        """Make it the active version of its feed."""
        ...

    def remove_version(self, feed_id: str, version: str) -> None:
        """Forget a version that is not active, with its findings."""
        ...

    def remove_feed(self, feed_id: str) -> None:
        """Forget a feed with its versions, findings and imports."""
        ...

    def active_members(self) -> Members:
        """The active versions of all feeds."""
        ...

    def list_findings(self, feed_id: str, version: str) -> list[Finding]:
        """The findings of a version, the worst first."""
        ...

    def add_import(self, record: FeedImport) -> None:
        """Remember how an import went."""
        ...


class Snapshots(Protocol):
    """The memory of the snapshots that were served; the last one activated is the active one."""

    def find_active(self) -> str | None:
        """The content hash of the active snapshot; None when nothing is to be served."""
        ...

    def activate(self, snapshot: str | None, members: Members, at: dt.datetime) -> None:
        """Make a snapshot the active one; None: serve nothing."""
        ...


class StreetsTable(Protocol):
    """The memory of the streets: of those that are served, and of imports."""

    def find_active(self) -> StreetsVersion | None:
        """The streets that are served; None: times are estimated as the crow flies."""
        ...

    def activate(self, version: StreetsVersion | None) -> None:
        """Serve these instead of those before; None: none."""
        ...

    def add_import(self, record: StreetsImport) -> None:
        """Remember how an import went."""
        ...

    def find_last_import(self) -> StreetsImport | None:
        """How the last import went."""
        ...


class PlaceTable(Protocol):
    """The places people go to."""

    def list_places(self) -> list[Place]:
        """All places, by id."""
        ...

    def count(self) -> int:
        """How many there are."""
        ...

    def stamp(self) -> int:
        """Grows with every change of the places."""
        ...

    def replace(self, source: str, places: Sequence[Place], at: dt.datetime) -> None:
        """All the places that come from a source, instead of those that came from it before."""
        ...

    def remove(self, ids: Sequence[str], at: dt.datetime) -> None:
        """Remove places."""
        ...


class LiveSources(Protocol):
    """Where real time comes from, and how that went last."""

    def list_sources(self) -> list[LiveSource]:
        """All sources, by name."""
        ...

    def list_statuses(self) -> list[LiveStatus]:
        """The last status of each source that was looked at, by name."""
        ...

    def find_source(self, name: str) -> LiveSource | None:
        """One source."""
        ...

    def put_source(self, source: LiveSource) -> None:
        """Remember a source, instead of the one of its name."""
        ...

    def remove_source(self, name: str) -> None:
        """Forget a source and its status."""
        ...

    def put_status(self, status: LiveStatus) -> None:
        """Remember how a source is; of a source that was removed meanwhile, nothing."""
        ...


class NearbyPlaces(Protocol):
    """The places around a point."""

    def near(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[Place, float]]:
        """The places within `radius_m` metres as the crow flies, the nearest first, with their distances in metres."""
        ...


class Outbox(Protocol):
    """Events that leave with the transaction they are written in."""

    def add(self, kind: str, payload: dict[str, Any], at: dt.datetime, subject: str = "") -> None:
        """Write an event. `subject`: what it is about ("trip:…"); events of one are delivered in order, one at a
        time. ("": of none. Whoever writes holds the lock or row of the subject, so that their order means
        something.)"""
        ...


class UnitOfWork(Protocol):
    """One transaction: entered, worked in, committed at most once; what is not committed never happened."""

    @property
    def feeds(self) -> Feeds: ...
    @property
    def snapshots(self) -> Snapshots: ...
    @property
    def streets(self) -> StreetsTable: ...
    @property
    def places(self) -> PlaceTable: ...
    @property
    def live(self) -> LiveSources: ...
    @property
    def rides(self) -> Rides: ...
    @property
    def on_demand(self) -> OnDemandBook: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def evidence(self) -> EvidenceTable: ...
    @property
    def trips(self) -> TripTable: ...
    @property
    def register(self) -> Register: ...
    @property
    def ledger(self) -> LedgerTable: ...
    @property
    def subsidies(self) -> Subsidies: ...
    @property
    def payouts(self) -> Payouts: ...
    @property
    def access_log(self) -> AccessLog: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def scans(self) -> Scans: ...
    @property
    def tariffs(self) -> Tariffs: ...
    @property
    def sales_journal(self) -> SalesJournal: ...
    @property
    def events(self) -> Outbox: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def jobs(self) -> JobTable: ...
    @property
    def standard(self) -> Standard: ...
    @property
    def national_journeys(self) -> NationalJourneys: ...

    def __enter__(self) -> UnitOfWork: ...
    def __exit__(self, *exc: object) -> None: ...

    def lock(self, name: str) -> None:
        """Wait until no other transaction holds this lock, and hold it until the end of this one.

        Who holds it already goes on at once. Where several are taken: rides and trips first, "register" last.
        """
        ...

    def commit(self) -> None:
        """Make it so."""
        ...


class UnitsOfWork(Protocol):
    """Begins units of work."""

    def __call__(self, *, read_only: bool = False) -> UnitOfWork:
        """A new unit of work; a read-only one never waits for a writer and cannot be committed."""
        ...


class NetworkFolders(Protocol):
    """The compiled networks and streets, as folders: written aside, put in place by one rename, held while used."""

    def new_folder(self) -> AbstractContextManager[Path]:
        """An empty temporary folder; what is left of it at the end is removed."""
        ...

    def version_folder(self, feed_id: str, version: str) -> Path:
        """Where the network and the source of a version of a feed are, or will be."""
        ...

    def snapshot_folder(self, snapshot: str) -> Path:
        """Where a merged network is, or will be."""
        ...

    def streets_folder(self, version: str) -> Path:
        """Where the graph and the extract of a version of the streets are, or will be."""
        ...

    def put(self, made: Path, target: Path) -> None:
        """Put a finished folder in its place.

        When another process was faster, its folder stays: the content is the same.
        """
        ...

    def hold(self, folder: Path) -> AbstractContextManager[None]:
        """Keep a folder from being removed. Raises FileNotFoundError when it is not there."""
        ...

    def remove(self, folder: Path) -> bool:
        """Remove a folder unless somebody holds it; whether it was removed."""
        ...

    def list_versions(self) -> list[tuple[str, str, Path]]:
        """All version folders: feed id, version, folder."""
        ...

    def list_snapshots(self) -> list[tuple[str, Path]]:
        """All snapshot folders: content hash, folder."""
        ...

    def list_streets(self) -> list[tuple[str, Path]]:
        """All folders of streets: version, folder."""
        ...

    def sweep(self) -> int:
        """Remove what killed processes left behind; how many folders it was."""
        ...


class FetchFeed(Protocol):
    """Brings the archive of a feed here."""

    def __call__(self, source: str, target: Path, progress: Progress) -> None:
        """Write the archive at `source` (a path or an http(s) address) to the file `target`.

        Raises gtfs_feeds.findings.FeedRefusedError with words for people when it cannot be had.
        """
        ...


class SourceError(Exception):
    """A source cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a source says. `tag` tells the next look whether it is still the same."""

    content: bytes
    tag: str


class FetchMessage(Protocol):
    """Brings what a source of real time says."""

    def __call__(self, address: str, tag: str) -> Message | None:
        """The message at a path or an http(s) address; None when it is still the one of `tag` ("": of none).

        Raises SourceError.
        """
        ...


Progress = Callable[[str, float], None]
"""Called with what is being done (a short present-tense phrase) and how much of it is done, 0 to 1."""


def no_progress(step: str, done: float) -> None:
    """For those who do not watch."""


@dataclass(frozen=True)
class FeedPorts:
    """All an act on feeds needs.

    `now` gives aware UTC instants. `versions_kept`: of each feed. `warm_up_days`: service days made ready before a
    network is published or served.
    """

    unit_of_work: UnitsOfWork
    folders: NetworkFolders
    fetch: FetchFeed
    now: Callable[[], dt.datetime]
    versions_kept: int = 3
    warm_up_days: int = 0


@dataclass(frozen=True)
class ActPorts:
    """What acts on people's things need: storage, the clock (aware UTC) and new identifiers (32 hex digits)."""

    unit_of_work: UnitsOfWork
    now: Callable[[], dt.datetime]
    new_id: Callable[[], str]
