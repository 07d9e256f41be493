"""The tables of devices, evidence and trips."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.storage.database import Base, Instant


class DeviceRow(Base):
    """One phone's key: `carpool.device.Device`."""

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person: Mapped[str] = mapped_column(String(80), index=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    hardware: Mapped[str] = mapped_column(String(64))
    registered_at: Mapped[dt.datetime] = mapped_column(Instant)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class EvidenceKeyRow(Base):
    """The key of what a person sent, sealed by the vault. Destroyed when the person is erased."""

    __tablename__ = "evidence_key"

    person: Mapped[str] = mapped_column(String(80), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class EvidenceRow(Base):
    """Bytes as received, sealed under the key of who sent them. Rows are added, never changed or removed."""

    __tablename__ = "evidence"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(80), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[dt.datetime] = mapped_column(Instant)


class StatementRow(Base):
    """An accepted statement: `mobility.acts.trips_ports.Received` without its bytes. Added, never changed."""

    __tablename__ = "statement"
    __table_args__ = (Index("ix_statement_trip_id", "trip_id"), Index("ix_statement_person", "person"))

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    trip_id: Mapped[str] = mapped_column(String(32))
    device: Mapped[str] = mapped_column(ForeignKey("device.id"))
    person: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(16))
    seq: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(Instant)
    received_at: Mapped[dt.datetime] = mapped_column(Instant)
    skew_s: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text)


class RefusedRow(Base):
    """Bytes that were refused: `mobility.acts.trips_ports.Refused`. Added, never changed."""

    __tablename__ = "evidence_refused"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    hash: Mapped[str] = mapped_column(String(64))
    person: Mapped[str] = mapped_column(String(80), index=True)
    at: Mapped[dt.datetime] = mapped_column(Instant)
    code: Mapped[str] = mapped_column(String(32))
    words: Mapped[str] = mapped_column(Text)


class TripRow(Base):
    """Where a trip stands: `mobility.acts.trips_ports.TripState`."""

    __tablename__ = "trip"
    __table_args__ = (
        Index("ix_trip_status", "status", "changed_at"),
        Index("ix_trip_line_id", "line_id", "start_at"),
        Index("ix_trip_judge_at", "judge_at"),
        Index("ix_trip_ride_id", "ride_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    driver_id: Mapped[str] = mapped_column(String(80))
    line_id: Mapped[str] = mapped_column(String(64))
    ride_id: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[dt.datetime] = mapped_column(Instant)
    changed_at: Mapped[dt.datetime] = mapped_column(Instant)
    start_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    missing: Mapped[str] = mapped_column(Text)
    track_m: Mapped[int]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    checks: Mapped[str] = mapped_column(String(64))
    claim: Mapped[str] = mapped_column(String(64))
    decided_by: Mapped[str] = mapped_column(String(80))
    judge_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class TripPersonRow(Base):
    """Somebody in a trip, as driver or passenger. `start_at` is the trip's."""

    __tablename__ = "trip_person"
    __table_args__ = (Index("ix_trip_person_person", "person", "start_at"),)

    trip_id: Mapped[str] = mapped_column(ForeignKey("trip.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(80), primary_key=True)
    start_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class TripStatusRow(Base):
    """A line of a trip's history: `mobility.acts.trips_ports.StatusChange`. Added, never changed."""

    __tablename__ = "trip_status"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    trip_id: Mapped[str] = mapped_column(ForeignKey("trip.id"), index=True)
    status: Mapped[str] = mapped_column(String(16))
    at: Mapped[dt.datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    checks: Mapped[str] = mapped_column(String(64))


class TripDueRow(Base):
    """A trip is to be judged. Only added and removed, so that whoever marks a trip waits for nobody who judges it."""

    __tablename__ = "trip_due"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    trip_id: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[dt.datetime] = mapped_column(Instant)


class ChecksRow(Base):
    """A version of the thresholds the register has."""

    __tablename__ = "checks_recorded"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(Instant)
