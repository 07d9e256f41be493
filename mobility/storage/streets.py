"""The streets that are served, and how their imports went."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields

from sqlalchemy import BigInteger, String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.acts.street_records import StreetsImport, StreetsVersion
from mobility.storage.database import Base, Instant


class StreetsRow(Base):
    """The streets that are served: one row or none; the columns are the fields of `StreetsVersion`."""

    __tablename__ = "streets"

    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    source_bytes: Mapped[int] = mapped_column(BigInteger)
    graph_format: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[dt.datetime] = mapped_column(Instant)
    data_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    node_count: Mapped[int] = mapped_column(BigInteger)
    edge_count: Mapped[int] = mapped_column(BigInteger)
    south: Mapped[float]
    west: Mapped[float]
    north: Mapped[float]
    east: Mapped[float]


class StreetsImportRow(Base):
    """One try to import an extract; the columns are the fields of `StreetsImport`."""

    __tablename__ = "streets_import"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(Text)
    started_at: Mapped[dt.datetime] = mapped_column(Instant)
    ended_at: Mapped[dt.datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(16))
    version: Mapped[str | None] = mapped_column(String(64))
    message: Mapped[str | None] = mapped_column(Text)


class SqlStreets:
    """Fills `mobility.acts.ports.StreetsTable`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_active(self) -> StreetsVersion | None:
        row = self._session.scalar(select(StreetsRow))
        if row is None:
            return None
        return StreetsVersion(**{field.name: getattr(row, field.name) for field in fields(StreetsVersion)})

    def activate(self, version: StreetsVersion | None) -> None:
        self._session.execute(delete(StreetsRow))
        self._session.expire_all()
        if version is not None:
            values = {field.name: getattr(version, field.name) for field in fields(version)}
            self._session.add(StreetsRow(**values))
        self._session.flush()

    def add_import(self, record: StreetsImport) -> None:
        values = {field.name: getattr(record, field.name) for field in fields(record)}
        self._session.add(StreetsImportRow(**values))
        self._session.flush()

    def find_last_import(self) -> StreetsImport | None:
        row = self._session.scalar(select(StreetsImportRow).order_by(StreetsImportRow.id.desc()).limit(1))
        if row is None:
            return None
        return StreetsImport(**{field.name: getattr(row, field.name) for field in fields(StreetsImport)})
