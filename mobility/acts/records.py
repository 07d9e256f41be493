"""What is remembered of feeds, their versions and the snapshots made of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gtfs_feeds.findings import Finding

Members = tuple[tuple[str, str], ...]
"""The feeds of a snapshot: (feed id, version), sorted."""


@dataclass(frozen=True, slots=True)
class FeedVersion:
    """One imported state of a feed.

    `version` is the content hash of its source, its corrections and the network format; `serial` counts the
    imports of the feed, so that "the version before" has a meaning. Days are None when no service ever runs.
    """

    feed_id: str
    version: str
    serial: int
    source: str
    source_bytes: int
    publisher_version: str
    network_format: str
    imported_at: dt.datetime
    first_day: dt.date | None
    last_day: dt.date | None
    stop_count: int
    route_count: int
    trip_count: int
    error_count: int
    warning_count: int
    info_count: int
    is_active: bool = False


@dataclass(frozen=True, slots=True)
class FeedImport:
    """One try to import a feed. `outcome`: 'imported', 'unchanged' or 'failed'; `rule` and `message` say why."""

    feed_id: str
    source: str
    started_at: dt.datetime
    ended_at: dt.datetime
    outcome: str
    version: str | None = None
    rule: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class FeedSummary:
    """A feed as a list shows it: its versions, the newest import first, and how the last import went.

    A feed that was never imported but in vain has no version.
    """

    feed_id: str
    versions: tuple[FeedVersion, ...]
    last_import: FeedImport | None

    @property
    def active(self) -> FeedVersion | None:
        """The version that is served."""
        return next((version for version in self.versions if version.is_active), None)


@dataclass(frozen=True, slots=True)
class NumberedFinding:
    """A finding of a version of a feed."""

    feed_id: str
    version: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class LiveSource:
    """Where the real time of a feed comes from: a file or an http(s) address of GTFS-RT messages."""

    name: str
    feed_id: str
    address: str
    interval_s: float
    added_at: dt.datetime


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """How a source was when a server looked at it last; the counts are of the last message that could be used."""

    source: str
    polled_at: dt.datetime
    state: str
    """'live', 'stale' (older than may be shown), 'waiting' (nothing usable came yet) or 'idle' (its feed is not
    served)."""
    arrived_at: dt.datetime | None = None
    """When the message that is used came."""
    stamped_at: dt.datetime | None = None
    """The instant the publisher gives it."""
    error: str = ""
    """Why the last poll brought nothing that can be used; "" when it did."""
    trips_matched: int = 0
    trips_unmatched: int = 0
    alerts: int = 0
    vehicles: int = 0
    findings: tuple[Finding, ...] = ()
