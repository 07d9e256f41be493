"""Policies, claims, counters and grants."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, String, Table, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.acts.subsidy_ports import Claim, Closing, GrantLine, PublishedVersion
from mobility.storage.bulk import insert_all
from mobility.storage.database import Base, Instant
from ticketing.cap_counters import CounterKey

CODE_POINTS = String(64).with_variant(String(64, collation="C"), "postgresql")
"""Sorted as Python sorts: a database's own order may be that of a language."""

VALUES_AT_ONCE = 5_000
"""How many values one statement names: both databases take 32 766."""


class SubsidyVersionRow(Base):
    """A published policy or scale; the columns are the fields of `mobility.acts.subsidy_ports.PublishedVersion`."""

    __tablename__ = "subsidy_version"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    valid_from: Mapped[str] = mapped_column(String(10))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[dt.datetime] = mapped_column(Instant)
    seq: Mapped[int] = mapped_column(BigInteger)


class SubsidyClaimRow(Base):
    """A proven trip that waits for a closing; the columns are the fields of `mobility.acts.subsidy_ports.Claim`."""

    __tablename__ = "subsidy_claim"
    __table_args__ = (Index("ix_subsidy_claim_order", "started_at", "trip_id"),)

    trip_id: Mapped[str] = mapped_column(CODE_POINTS, primary_key=True)
    started_at: Mapped[dt.datetime] = mapped_column(Instant)
    driver: Mapped[str] = mapped_column(String(64), index=True)
    facts: Mapped[bytes] = mapped_column(LargeBinary)


class SubsidyCounterRow(Base):
    """How far a cap's counter has got: "trips/driver/day" of "driver:9f3a…" in "2026-10-03". By window first, so that a
    day's counters lie side by side."""

    __tablename__ = "subsidy_counter"
    __table_args__ = ({"sqlite_with_rowid": False},)

    window: Mapped[str] = mapped_column(String(64), primary_key=True)
    who: Mapped[str] = mapped_column(String(120), primary_key=True)
    counter: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class SubsidyGrantRow(Base):
    """A grant in short; the columns are the fields of `mobility.acts.subsidy_ports.GrantLine`."""

    __tablename__ = "subsidy_grant"
    __table_args__ = (Index("ix_subsidy_grant_driver", "driver", "period"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    trip_id: Mapped[str] = mapped_column(String(64), index=True)
    closing: Mapped[int]
    driver: Mapped[str] = mapped_column(String(64))
    line_id: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[dt.datetime] = mapped_column(Instant)
    period: Mapped[str] = mapped_column(String(7))
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    withdrawn_seq: Mapped[int | None] = mapped_column(BigInteger)


class SubsidyClosingRow(Base):
    """A closing; the columns are the fields of `mobility.acts.subsidy_ports.Closing`."""

    __tablename__ = "subsidy_closing"

    number: Mapped[int] = mapped_column(primary_key=True)
    until: Mapped[dt.datetime] = mapped_column(Instant)
    begun_at: Mapped[dt.datetime] = mapped_column(Instant)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Instant)


def _table(row: type[Base]) -> Table:
    table = row.__table__
    assert isinstance(table, Table)
    return table


_VERSION, _CLAIM, _COUNTER, _GRANT, _CLOSING = map(
    _table, (SubsidyVersionRow, SubsidyClaimRow, SubsidyCounterRow, SubsidyGrantRow, SubsidyClosingRow)
)
_CLAIM_ORDER = (_CLAIM.c.started_at, _CLAIM.c.trip_id)


class SqlSubsidies:
    """Fills `mobility.acts.subsidy_ports.Subsidies`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_version(self, version: PublishedVersion) -> None:
        insert_all(self._session, _VERSION, [_VERSION_VALUES(version)])

    def list_versions(self, kind: str) -> list[PublishedVersion]:
        chosen = select(_VERSION).where(_VERSION.c.kind == kind)
        chosen = chosen.order_by(_VERSION.c.valid_from, _VERSION.c.seq)
        return [_record(PublishedVersion, row) for row in self._session.execute(chosen)]

    def find_claim(self, trip_id: str) -> Claim | None:
        found = self._claims(select(_CLAIM).where(_CLAIM.c.trip_id == trip_id))
        return found[0] if found else None

    def put_claims(self, claims: Sequence[Claim]) -> None:
        self.remove_claims([claim.trip_id for claim in claims])
        insert_all(self._session, _CLAIM, [_CLAIM_VALUES(claim) for claim in claims])

    def remove_claims(self, trip_ids: Collection[str]) -> None:
        for some in _portions(sorted(trip_ids)):
            self._session.execute(delete(_CLAIM).where(_CLAIM.c.trip_id.in_(some)))

    def next_claims(self, before: dt.datetime, limit: int) -> list[Claim]:
        chosen = select(_CLAIM).where(_CLAIM.c.started_at < before).order_by(*_CLAIM_ORDER).limit(limit)
        return self._claims(chosen)

    def list_claims(self, driver: str) -> list[Claim]:
        return self._claims(select(_CLAIM).where(_CLAIM.c.driver == driver).order_by(*_CLAIM_ORDER))

    def count_claims(self, before: dt.datetime) -> int:
        chosen = select(func.count()).select_from(_CLAIM).where(_CLAIM.c.started_at < before)
        return self._session.scalar(chosen) or 0

    def _claims(self, chosen: Any) -> list[Claim]:
        return [_record(Claim, row) for row in self._session.execute(chosen)]

    def read_counters(self, keys: Collection[CounterKey]) -> dict[CounterKey, int]:
        people: dict[str, set[str]] = defaultdict(set)
        for _, key in keys:
            who, _, window = key.rpartition("/")
            people[window].add(who)
        found: dict[CounterKey, int] = {}
        for window, all_who in people.items():
            for some in _portions(sorted(all_who)):
                chosen = select(_COUNTER).where(_COUNTER.c.window == window, _COUNTER.c.who.in_(some))
                for _, who, counter, value in self._session.execute(chosen):
                    found[counter, f"{who}/{window}"] = value
        return {key: found[key] for key in keys if key in found}

    def write_counters(self, values: Mapping[CounterKey, int]) -> None:
        rows = []
        for (counter, key), value in values.items():
            who, _, window = key.rpartition("/")
            rows.append({"window": window, "who": who, "counter": counter, "value": value})
        rows.sort(key=lambda row: (row["window"], row["who"]))  # neighbours in the index, side by side
        connection = self._session.connection()
        insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(_COUNTER)
        put = insert.on_conflict_do_update(
            index_elements=["window", "who", "counter"], set_={"value": insert.excluded.value}
        )
        if rows:
            connection.execute(put, rows)

    def list_counters(self) -> Iterator[tuple[CounterKey, int]]:
        chosen = select(_COUNTER).where(_COUNTER.c.value != 0).execution_options(yield_per=VALUES_AT_ONCE)
        for window, who, counter, value in self._session.execute(chosen):
            yield (counter, f"{who}/{window}"), value

    def add_grants(self, lines: Sequence[GrantLine]) -> None:
        insert_all(self._session, _GRANT, [_GRANT_VALUES(line) for line in lines])

    def find_grant(self, trip_id: str) -> GrantLine | None:
        found = self.find_grants([trip_id])
        return found[0] if found else None

    def find_grants(self, trip_ids: Collection[str]) -> list[GrantLine]:
        found: list[GrantLine] = []
        for some in _portions(sorted(trip_ids)):
            chosen = select(_GRANT).where(_GRANT.c.trip_id.in_(some), _GRANT.c.withdrawn_seq.is_(None))
            found += [_record(GrantLine, row) for row in self._session.execute(chosen)]
        return found

    def withdraw_grant(self, seq: int, withdrawn_seq: int) -> None:
        self._session.execute(update(_GRANT).where(_GRANT.c.seq == seq).values(withdrawn_seq=withdrawn_seq))

    def list_grants(self, driver: str, period: str = "") -> list[GrantLine]:
        chosen = select(_GRANT).where(_GRANT.c.driver == driver)
        if period:
            chosen = chosen.where(_GRANT.c.period == period)
        found = [_record(GrantLine, row) for row in self._session.execute(chosen)]
        return sorted(found, key=lambda line: (line.started_at, line.trip_id, line.seq))

    def stream_granted(self) -> Iterator[int]:
        chosen = select(_GRANT.c.seq).where(_GRANT.c.withdrawn_seq.is_(None), _GRANT.c.amount_cents > 0)
        yield from self._session.scalars(
            chosen.order_by(_GRANT.c.seq).execution_options(yield_per=VALUES_AT_ONCE)
        )

    def add_closing(self, until: dt.datetime, at: dt.datetime) -> Closing:
        number = (self._session.scalar(select(func.max(_CLOSING.c.number))) or 0) + 1
        insert_all(self._session, _CLOSING, [(number, until, at, None)])
        return Closing(number, until, at)

    def find_closing(self, number: int) -> Closing | None:
        return self._closing(select(_CLOSING).where(_CLOSING.c.number == number))

    def find_open_closing(self) -> Closing | None:
        return self._closing(select(_CLOSING).where(_CLOSING.c.ended_at.is_(None)))

    def end_closing(self, number: int, at: dt.datetime) -> None:
        self._session.execute(update(_CLOSING).where(_CLOSING.c.number == number).values(ended_at=at))

    def closed_until(self) -> dt.datetime | None:
        last = select(_CLOSING).order_by(_CLOSING.c.until.desc()).limit(1)
        found = self._closing(last)
        return None if found is None else found.until

    def _closing(self, chosen: Any) -> Closing | None:
        row = self._session.execute(chosen).one_or_none()
        return None if row is None else _record(Closing, row)


def _record(kind: type[Any], row: Any) -> Any:
    """A row as the record whose fields its columns are, in the same order."""
    return kind(*row)


def _portions(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(values), VALUES_AT_ONCE):
        yield values[first : first + VALUES_AT_ONCE]


def _values(kind: type[Any], table: Table) -> Any:
    """What gives the values of a record, in the order of the columns, which are its fields."""
    names = [one.name for one in fields(kind)]
    assert names == [column.name for column in table.columns]
    return attrgetter(*names)


_VERSION_VALUES = _values(PublishedVersion, _VERSION)
_CLAIM_VALUES = _values(Claim, _CLAIM)
_GRANT_VALUES = _values(GrantLine, _GRANT)
