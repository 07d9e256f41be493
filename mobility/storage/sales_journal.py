"""The rows of the book of sales. The database refuses to change or delete any of its entries (migration 0012)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    bindparam,
    func,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.storage.bulk import insert_all
from mobility.storage.database import Base, Instant
from mobility.storage.statement import Driver, Statement, insert_rows, upsert
from ticketing.canonical_json import from_stored, to_canonical
from ticketing.sales.chain import Chain
from ticketing.sales.entry import SalesEntry

ROWS_AT_ONCE = 2_000
"""How many rows a stream holds in memory."""

ORDER_ID = String(64).with_variant(String(64, collation="C"), "postgresql")
"""Sorted by code points everywhere."""


class SalesEntryRow(Base):
    """One entry; the columns are the fields of `ticketing.sales.entry.SalesEntry`."""

    __tablename__ = "sales_entry"
    __table_args__ = (Index("ix_sales_entry_day", "day", "order_id", "n"),)

    order_id: Mapped[str] = mapped_column(ORDER_ID, primary_key=True)
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[dt.datetime] = mapped_column(Instant)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    day: Mapped[str] = mapped_column(String(10))


class SalesChainRow(Base):
    """Where the book of an order stands (`ticketing.sales.chain.Chain`); it follows from its entries."""

    __tablename__ = "sales_chain"

    order_id: Mapped[str] = mapped_column(ORDER_ID, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    day: Mapped[str] = mapped_column(String(10))
    states: Mapped[bytes] = mapped_column(LargeBinary)


class SalesDayRow(Base):
    """A day that is closed, and which entry of the register seals it."""

    __tablename__ = "sales_day"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)


_ENTRY = cast(Table, SalesEntryRow.__table__)
_CHAIN = cast(Table, SalesChainRow.__table__)
_DAY = cast(Table, SalesDayRow.__table__)

_OF_ORDER = select(_CHAIN).where(_CHAIN.c.order_id == bindparam("wanted"))
_FIND_CHAIN, _LOAD_CHAIN = Statement(_OF_ORDER), Statement(_OF_ORDER.with_for_update())
_PUT_CHAIN = upsert(_CHAIN)
_HOLD_DAY = Statement(text("SELECT pg_advisory_xact_lock(:key)"))
_SHARE_DAY = Statement(text("SELECT pg_advisory_xact_lock_shared(:key)"))
_LAST_CLOSED = select(func.max(_DAY.c.day).label("closed"))
_CLOSED, _BOOK = _LAST_CLOSED.subquery(), _OF_ORDER.with_for_update().subquery()
_OPEN_BOOK = Statement(select(_CLOSED.c.closed, *_BOOK.c).select_from(_CLOSED.outerjoin(_BOOK, true())))


class SqlSalesJournal:
    """Fills `mobility.acts.sales.ports.SalesJournal`."""

    def __init__(self, session: Session, driver: Driver) -> None:
        self._session, self._driver = session, driver

    def load(self, order_id: str) -> Chain:
        return self._chain(order_id, _LOAD_CHAIN)

    def find(self, order_id: str) -> Chain:
        return self._chain(order_id, _FIND_CHAIN)

    def _chain(self, order_id: str, chosen: Statement) -> Chain:
        for row in self._driver.rows(chosen, {"wanted": order_id}):
            return _as_chain(row)
        return Chain(order_id)

    def append(self, entries: Sequence[SalesEntry], chain: Chain) -> None:
        names = _ENTRY.columns.keys()
        rows = {f"{name}{n}": getattr(one, name) for n, one in enumerate(entries) for name in names}
        self._driver.run(insert_rows(_ENTRY, len(entries)), rows)
        values = {"order_id": chain.order_id, "n": chain.n, "hash": chain.hash, "day": chain.day}
        self._driver.run(_PUT_CHAIN, values | {"states": to_canonical(dict(chain.states))})

    def list_entries(self, order_id: str) -> list[SalesEntry]:
        chosen = select(_ENTRY).where(_ENTRY.c.order_id == order_id).order_by(_ENTRY.c.n)
        return [_entry(row) for row in self._session.execute(chosen)]

    def list_span(self, first_day: str, last_day: str) -> Iterator[SalesEntry]:
        # By pages of the key, not by a cursor: it holds its place through commits and never reads ahead.
        key = (_ENTRY.c.order_id, _ENTRY.c.n)
        chosen = select(_ENTRY).where(_ENTRY.c.day.between(first_day, last_day))
        chosen = chosen.order_by(*key).limit(ROWS_AT_ONCE)
        rows = self._session.execute(chosen).all()
        while rows:
            yield from map(_entry, rows)
            if len(rows) < ROWS_AT_ONCE:
                return
            after = tuple_(rows[-1].order_id, rows[-1].n)
            rows = self._session.execute(chosen.where(tuple_(*key) > after)).all()

    def open_book(self, order_id: str, day: str) -> tuple[str, Chain]:
        while True:
            self._lock(day, _SHARE_DAY)
            (row,) = self._driver.rows(_OPEN_BOOK, {"wanted": order_id})
            closed = row.closed or ""
            if day > closed:
                return day, Chain(order_id) if row.order_id is None else _as_chain(row)
            day = (dt.date.fromisoformat(closed) + dt.timedelta(days=1)).isoformat()

    def close_day(self, day: str, seq: int) -> None:
        insert_all(self._session, _DAY, [(day, seq)])

    def hold_day(self, day: str) -> None:
        self._lock(day, _HOLD_DAY)

    def find_days(self) -> tuple[str, str]:
        return self._session.scalar(select(func.min(_ENTRY.c.day))) or "", self._last_closed()

    def list_closed(self) -> list[tuple[str, int]]:
        return [(row.day, row.seq) for row in self._session.execute(select(_DAY).order_by(_DAY.c.day))]

    def _last_closed(self) -> str:
        return self._session.scalar(_LAST_CLOSED) or ""

    def _lock(self, day: str, statement: Statement) -> None:
        """PostgreSQL: an advisory lock. SQLite: every writing transaction is alone anyway."""
        if self._driver.is_postgresql:
            name = f"sales day {day}".encode()
            key = int.from_bytes(blake2b(name, digest_size=8).digest(), "big", signed=True)
            self._driver.run(statement, {"key": key})


def _as_chain(row: Any) -> Chain:
    return Chain(row.order_id, row.n, row.hash, row.day, from_stored(row.states))


def _entry(row: Row[Any]) -> SalesEntry:
    return SalesEntry(row.order_id, row.n, row.kind, row.at, bytes(row.body), bytes(row.hash), row.day)
