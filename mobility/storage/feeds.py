"""Feeds, their versions, what was noticed in them, and how their imports went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import fields

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    case,
    delete,
    func,
    select,
    text,
    union,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from gtfs_feeds.findings import Finding, Severity
from mobility.acts.records import FeedImport, FeedSummary, FeedVersion, Members
from mobility.storage.database import Base, Instant


class FeedRow(Base):
    """A feed that was imported at least once."""

    __tablename__ = "feed"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    corrections: Mapped[str] = mapped_column(Text, default="")


class FeedVersionRow(Base):
    """One imported state of a feed; the columns are the fields of `mobility.acts.records.FeedVersion`."""

    __tablename__ = "feed_version"
    __table_args__ = (
        UniqueConstraint("feed_id", "version"),
        Index(
            "ix_feed_version_active",
            "feed_id",
            unique=True,
            sqlite_where=text("is_active"),
            postgresql_where=text("is_active"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    feed_id: Mapped[str] = mapped_column(ForeignKey("feed.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(64))
    serial: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    source_bytes: Mapped[int] = mapped_column(BigInteger)
    publisher_version: Mapped[str] = mapped_column(Text)
    network_format: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[dt.datetime] = mapped_column(Instant)
    first_day: Mapped[dt.date | None]
    last_day: Mapped[dt.date | None]
    stop_count: Mapped[int]
    route_count: Mapped[int]
    trip_count: Mapped[int]
    error_count: Mapped[int]
    warning_count: Mapped[int]
    info_count: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=False)


class FindingRow(Base):
    """One finding of a version; the columns are the fields of `gtfs_feeds.findings.Finding`."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    feed_version_id: Mapped[int] = mapped_column(
        ForeignKey("feed_version.id", ondelete="CASCADE"), index=True
    )
    severity: Mapped[str] = mapped_column(String(16))
    rule: Mapped[str] = mapped_column(String(120))
    file: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    line: Mapped[int | None]
    field: Mapped[str | None] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    count: Mapped[int]


class FeedImportRow(Base):
    """One try to import a feed, be it the first and in vain. The columns are the fields of `FeedImport`."""

    __tablename__ = "feed_import"
    __table_args__ = (Index("ix_feed_import_feed_id", "feed_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    feed_id: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(Text)
    started_at: Mapped[dt.datetime] = mapped_column(Instant)
    ended_at: Mapped[dt.datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(16))
    version: Mapped[str | None] = mapped_column(String(64))
    rule: Mapped[str | None] = mapped_column(String(120))
    message: Mapped[str | None] = mapped_column(Text)


_WORST_FIRST = case({Severity.ERROR: 0, Severity.WARNING: 1}, value=FindingRow.severity, else_=2)


class SqlFeeds:
    """Fills `mobility.acts.ports.Feeds`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list_feeds(self) -> list[FeedSummary]:
        known = union(select(FeedRow.id), select(FeedImportRow.feed_id))
        return [self._summary(feed_id) for feed_id in sorted(self._session.scalars(known))]

    def find_feed(self, feed_id: str) -> FeedSummary | None:
        found = self._summary(feed_id)
        return found if found.versions or found.last_import else None

    def find_corrections(self, feed_id: str) -> str:
        return self._session.scalar(select(FeedRow.corrections).where(FeedRow.id == feed_id)) or ""

    def keep_corrections(self, feed_id: str, corrections: str) -> None:
        self._session.execute(update(FeedRow).where(FeedRow.id == feed_id).values(corrections=corrections))

    def add_version(self, version: FeedVersion, findings: Iterable[Finding]) -> None:
        if self._session.get(FeedRow, version.feed_id) is None:
            self._session.add(FeedRow(id=version.feed_id))
            self._session.flush()
        values = _values(version) | {"serial": self._next_serial(version.feed_id), "is_active": False}
        row = FeedVersionRow(**values)
        self._session.add(row)
        self._session.flush()
        self._session.add_all(FindingRow(feed_version_id=row.id, **_values(finding)) for finding in findings)
        self._session.flush()

    def renew_version(self, feed_id: str, version: str) -> None:
        change = self._version(feed_id, version).serial
        if change != self._next_serial(feed_id) - 1:
            self._version(feed_id, version).serial = self._next_serial(feed_id)
            self._session.flush()

    def activate_version(self, feed_id: str, version: str) -> None:
        wanted = self._version(feed_id, version)
        # Two steps, because at most one version of a feed may be active at any moment.
        others = update(FeedVersionRow).where(
            FeedVersionRow.feed_id == feed_id, FeedVersionRow.id != wanted.id
        )
        self._session.execute(others.values(is_active=False))
        wanted.is_active = True
        self._session.flush()

    def remove_version(self, feed_id: str, version: str) -> None:
        chosen = (FeedVersionRow.feed_id == feed_id, FeedVersionRow.version == version)
        self._session.execute(delete(FeedVersionRow).where(*chosen, FeedVersionRow.is_active.is_(False)))

    def remove_feed(self, feed_id: str) -> None:
        self._session.execute(delete(FeedRow).where(FeedRow.id == feed_id))
        self._session.execute(delete(FeedImportRow).where(FeedImportRow.feed_id == feed_id))

    def active_members(self) -> Members:
        rows = select(FeedVersionRow.feed_id, FeedVersionRow.version).where(FeedVersionRow.is_active)
        return tuple(sorted((feed_id, version) for feed_id, version in self._session.execute(rows)))

    def list_findings(self, feed_id: str, version: str) -> list[Finding]:
        wanted = (FeedVersionRow.feed_id == feed_id, FeedVersionRow.version == version)
        rows = select(FindingRow).join(FeedVersionRow).where(*wanted).order_by(_WORST_FIRST, FindingRow.id)
        return [_finding(row) for row in self._session.scalars(rows)]

    def add_import(self, record: FeedImport) -> None:
        self._session.add(FeedImportRow(**_values(record)))
        self._session.flush()

    def _summary(self, feed_id: str) -> FeedSummary:
        of_feed = FeedVersionRow.feed_id == feed_id
        versions = self._session.scalars(
            select(FeedVersionRow).where(of_feed).order_by(FeedVersionRow.serial.desc())
        )
        tries = (
            select(FeedImportRow).where(FeedImportRow.feed_id == feed_id).order_by(FeedImportRow.id.desc())
        )
        last = self._session.scalar(tries.limit(1))
        return FeedSummary(
            feed_id,
            tuple(
                FeedVersion(**{f.name: getattr(row, f.name) for f in fields(FeedVersion)}) for row in versions
            ),
            None
            if last is None
            else FeedImport(**{f.name: getattr(last, f.name) for f in fields(FeedImport)}),
        )

    def _version(self, feed_id: str, version: str) -> FeedVersionRow:
        chosen = (FeedVersionRow.feed_id == feed_id, FeedVersionRow.version == version)
        row = self._session.scalar(select(FeedVersionRow).where(*chosen))
        if row is None:
            raise LookupError(f"feed {feed_id!r} has no version {version!r}")
        return row

    def _next_serial(self, feed_id: str) -> int:
        newest = select(func.max(FeedVersionRow.serial)).where(FeedVersionRow.feed_id == feed_id)
        return (self._session.scalar(newest) or 0) + 1


def _values(record: FeedVersion | FeedImport | Finding) -> dict[str, object]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _finding(row: FindingRow) -> Finding:
    values = {field.name: getattr(row, field.name) for field in fields(Finding)}
    return Finding(**values | {"severity": Severity(row.severity)})
