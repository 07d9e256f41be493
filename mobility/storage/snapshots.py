"""Which snapshots were served, of which feeds, and since when. The last activation is the active one."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.acts.records import Members
from mobility.storage.database import Base, Instant


class SnapshotRow(Base):
    """A merged network, by the content hash of its members and of the streets between them."""

    __tablename__ = "snapshot"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[dt.datetime] = mapped_column(Instant)


class SnapshotMemberRow(Base):
    """One feed of a snapshot; it outlives the feed, as history."""

    __tablename__ = "snapshot_member"

    snapshot_hash: Mapped[str] = mapped_column(
        ForeignKey("snapshot.hash", ondelete="CASCADE"), primary_key=True
    )
    feed_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[str] = mapped_column(String(64))


class SnapshotActivationRow(Base):
    """A snapshot became the active one; without a hash: nothing was left to serve."""

    __tablename__ = "snapshot_activation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    snapshot_hash: Mapped[str | None] = mapped_column(ForeignKey("snapshot.hash"))
    activated_at: Mapped[dt.datetime] = mapped_column(Instant)


class SqlSnapshots:
    """Fills `mobility.acts.ports.Snapshots`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_active(self) -> str | None:
        newest = select(SnapshotActivationRow.snapshot_hash).order_by(SnapshotActivationRow.id.desc())
        return self._session.scalar(newest.limit(1))

    def activate(self, snapshot: str | None, members: Members, at: dt.datetime) -> None:
        if snapshot is not None and self._session.get(SnapshotRow, snapshot) is None:
            self._session.add(SnapshotRow(hash=snapshot, created_at=at))
            self._session.flush()
            rows = [SnapshotMemberRow(snapshot_hash=snapshot, feed_id=f, version=v) for f, v in members]
            self._session.add_all(rows)
        self._session.add(SnapshotActivationRow(snapshot_hash=snapshot, activated_at=at))
        self._session.flush()
