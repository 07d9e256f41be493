"""The engine, the sessions and the column types shared by all tables."""

from __future__ import annotations

import datetime as dt
import struct
import time
from pathlib import Path
from typing import Any

from geoalchemy2 import Geography, WKBElement
from sqlalchemy import Connection, Dialect, Engine, LargeBinary, MetaData, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import DateTime, TypeDecorator, TypeEngine

BUSY_TIMEOUT_MS = 30_000
"""How long a SQLite writer waits for another one."""


RESTED_S = 1.0
"""A connection to PostgreSQL that was used so lately is there still."""


class Base(DeclarativeBase):
    """All tables; the names of constraints follow one rule, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Instant(TypeDecorator[dt.datetime]):
    """An aware UTC instant, on databases that forget the zone too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


_WKB_POINT = struct.Struct("<BIdd")


class Point(TypeDecorator[tuple[float, float]]):
    """A point on the Earth as (lat, lon): WKB (OGC 06-103r4) on SQLite, geography on PostGIS."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Geography("POINT", srid=4326, spatial_index=False))
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, value: tuple[float, float] | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        lat, lon = float(value[0]), float(value[1])
        if dialect.name == "postgresql":
            return f"SRID=4326;POINT({lon!r} {lat!r})"
        return _WKB_POINT.pack(1, 1, lon, lat)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[float, float] | None:
        if value is None:
            return None
        wkb = bytes.fromhex(value.desc) if isinstance(value, WKBElement) else bytes(value)
        # PostGIS answers EWKB, with the reference system between the type and the coordinates.
        lon, lat = struct.unpack_from("<dd", wkb, len(wkb) - 16)
        return lat, lon


def open_database(url: str) -> Engine:
    """The engine for a database address. SQLite: WAL, foreign keys, explicit transactions."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        engine = create_engine(address, pool_size=10, max_overflow=20)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", _ping_rested)
        return engine
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _note_rest(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["rests_since_s"] = time.monotonic()


def _ping_rested(connection: Any, record: ConnectionPoolEntry, _used: Any) -> None:
    """A connection that rested may have been cut off meanwhile; one that was just used is taken as it is, since asking
    costs as much as a statement. Raises InvalidatePoolError: the pool opens others."""
    rests_since_s = record.info.get("rests_since_s")
    if rests_since_s is None or time.monotonic() - rests_since_s < RESTED_S:
        return
    try:
        connection.autocommit = True
        connection.execute("SELECT 1")
        connection.autocommit = False
    except connection.Error as error:
        raise InvalidatePoolError from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transactions begin late and read outside them: we begin ours (see _begin_sqlite).
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "secure_delete=ON",  # who is erased is not in the file's free pages either
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads before it writes takes the write lock at once: a later upgrade fails as busy.
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
