"""Where real time comes from, and how the last look at it went."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gtfs_feeds.findings import Finding, Severity
from mobility.acts.records import LiveSource, LiveStatus
from mobility.storage.database import Base, Instant


class LiveSourceRow(Base):
    """One source; the columns are the fields of `mobility.acts.records.LiveSource`. Its feed may come and go."""

    __tablename__ = "live_source"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    feed_id: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(Text)
    interval_s: Mapped[float]
    added_at: Mapped[dt.datetime] = mapped_column(Instant)


class LiveStatusRow(Base):
    """The last status of a source; the columns are the fields of `mobility.acts.records.LiveStatus`."""

    __tablename__ = "live_status"

    source: Mapped[str] = mapped_column(ForeignKey("live_source.name", ondelete="CASCADE"), primary_key=True)
    polled_at: Mapped[dt.datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(16))
    arrived_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    stamped_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(Text)
    trips_matched: Mapped[int]
    trips_unmatched: Mapped[int]
    alerts: Mapped[int]
    vehicles: Mapped[int]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class SqlLiveSources:
    """Fills `mobility.acts.ports.LiveSources`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list_sources(self) -> list[LiveSource]:
        rows = self._session.scalars(select(LiveSourceRow).order_by(LiveSourceRow.name))
        return [_source(row) for row in rows]

    def list_statuses(self) -> list[LiveStatus]:
        rows = self._session.scalars(select(LiveStatusRow).order_by(LiveStatusRow.source))
        return [_status(row) for row in rows]

    def find_source(self, name: str) -> LiveSource | None:
        row = self._session.get(LiveSourceRow, name)
        return None if row is None else _source(row)

    def put_source(self, source: LiveSource) -> None:
        self.remove_source(source.name)
        self._session.add(
            LiveSourceRow(**{field.name: getattr(source, field.name) for field in fields(source)})
        )
        self._session.flush()

    def remove_source(self, name: str) -> None:
        self._session.execute(delete(LiveStatusRow).where(LiveStatusRow.source == name))
        self._session.execute(delete(LiveSourceRow).where(LiveSourceRow.name == name))
        self._session.expire_all()

    def put_status(self, status: LiveStatus) -> None:
        if self._session.get(LiveSourceRow, status.source) is None:
            return
        values = {field.name: getattr(status, field.name) for field in fields(status)}
        values["findings"] = [asdict(finding) for finding in status.findings]
        self._session.merge(LiveStatusRow(**values))
        self._session.flush()


def _source(row: LiveSourceRow) -> LiveSource:
    return LiveSource(**{field.name: getattr(row, field.name) for field in fields(LiveSource)})


def _status(row: LiveStatusRow) -> LiveStatus:
    values = {field.name: getattr(row, field.name) for field in fields(LiveStatus)}
    values["findings"] = tuple(
        Finding(**finding | {"severity": Severity(finding["severity"])}) for finding in row.findings
    )
    return LiveStatus(**values)
