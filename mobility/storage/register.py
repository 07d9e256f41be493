"""The rows of the register. The database refuses to change or delete any (migration 0007)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from typing import Any, cast

from sqlalchemy import BigInteger, Index, LargeBinary, Row, String, Table, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.storage.bulk import insert_all
from mobility.storage.database import Base, Instant
from ticketing.entry import RegisterEntry
from ticketing.register import CLOSE
from ticketing.root import SignedRoot

ROWS_AT_ONCE = 2_000
"""How many rows a stream holds in memory."""


class RegisterEntryRow(Base):
    """One entry; the columns are the fields of `ticketing.entry.RegisterEntry`."""

    __tablename__ = "register_entry"
    __table_args__ = (Index("ix_register_entry_kind", "kind", "seq"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(String(7))
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[dt.datetime] = mapped_column(Instant)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class RegisterRootRow(Base):
    """The signed root of a month; the columns are the fields of `ticketing.root.SignedRoot`."""

    __tablename__ = "register_root"

    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)


_TABLE = cast(Table, RegisterEntryRow.__table__)
_COLUMNS = select(_TABLE)


class SqlRegister:
    """Fills `mobility.acts.register_ports.Register`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def head(self) -> RegisterEntry | None:
        return self._one(_COLUMNS.order_by(_TABLE.c.seq.desc()).limit(1))

    def find_entry(self, seq: int) -> RegisterEntry | None:
        return self._one(_COLUMNS.where(_TABLE.c.seq == seq))

    def add_all(self, entries: Sequence[RegisterEntry]) -> None:
        rows = [(one.seq, one.period, one.kind, one.at, one.body, one.hash) for one in entries]
        insert_all(self._session, _TABLE, rows)

    def list_entries(
        self, first_seq: int = 1, last_seq: int | None = None, kinds: Collection[str] = ()
    ) -> Iterator[RegisterEntry]:
        # By pages of the key, not by a cursor: it holds its place through commits and never reads ahead.
        chosen = _COLUMNS.order_by(_TABLE.c.seq).limit(ROWS_AT_ONCE)
        if last_seq is not None:
            chosen = chosen.where(_TABLE.c.seq <= last_seq)
        if kinds:
            chosen = chosen.where(_TABLE.c.kind.in_(sorted(kinds)))
        while True:
            rows = self._session.execute(chosen.where(_TABLE.c.seq >= first_seq)).all()
            yield from map(_entry, rows)
            if len(rows) < ROWS_AT_ONCE:
                return
            first_seq = rows[-1].seq + 1

    def find_period(self, period: str) -> tuple[int, int] | None:
        closes = select(_TABLE.c.seq).where(_TABLE.c.kind == CLOSE)
        before = select(func.max(_TABLE.c.seq)).where(_TABLE.c.kind == CLOSE, _TABLE.c.period < period)
        first = (self._session.scalar(before) or 0) + 1
        entry, head = self.find_entry(first), self.head()
        if entry is None or head is None or entry.period != period:
            return None
        return first, self._session.scalar(closes.where(_TABLE.c.period == period)) or head.seq

    def count_kinds(self, first_seq: int, last_seq: int) -> dict[str, int]:
        chosen = select(_TABLE.c.kind, func.count()).where(_TABLE.c.seq.between(first_seq, last_seq))
        return {row[0]: row[1] for row in self._session.execute(chosen.group_by(_TABLE.c.kind))}

    def add_root(self, root: SignedRoot) -> None:
        self._session.add(
            RegisterRootRow(period=root.period, document=root.document, signature=root.signature)
        )
        self._session.flush()

    def list_roots(self) -> list[SignedRoot]:
        rows = self._session.scalars(select(RegisterRootRow).order_by(RegisterRootRow.period))
        return [SignedRoot(row.period, bytes(row.document), bytes(row.signature)) for row in rows]

    def _one(self, chosen: Any) -> RegisterEntry | None:
        row = self._session.execute(chosen).first()
        return None if row is None else _entry(row)


def _entry(row: Row[Any]) -> RegisterEntry:
    return RegisterEntry(row.seq, row.period, row.kind, row.at, bytes(row.body), bytes(row.hash))
