"""Statements the driver runs by itself: the same rows, types and transactions as through SQLAlchemy."""

from __future__ import annotations

import datetime as dt
import random
from contextlib import suppress

import pytest
from sqlalchemy import Engine, bindparam, insert, select, update
from sqlalchemy.orm import Session

from mobility.storage.sales import SalesKeyRow
from mobility.storage.sales_journal import SalesChainRow, SalesEntryRow
from mobility.storage.statement import Driver, Statement, insert_rows, upsert

ENTRY, CHAIN, KEY = SalesEntryRow.__table__, SalesChainRow.__table__, SalesKeyRow.__table__
# Two o'clock in a zone east of Greenwich: an instant, not what a clock shows.
AT = dt.datetime(2026, 3, 10, 2, 0, 0, 250_000, tzinfo=dt.timezone(dt.timedelta(hours=5)))
OF_ORDER = Statement(select(ENTRY).where(ENTRY.c.order_id == bindparam("wanted")).order_by(ENTRY.c.n))


def entries(count: int) -> dict[str, object]:
    """Parameters of so many entries."""
    made: dict[str, object] = {}
    for n in range(count):
        one = ("o", n + 1, "sale", AT + dt.timedelta(hours=n), b"\0%(x)s\xff", b"h" * 32, "2026-03-10")
        made |= {f"{name}{n}": value for name, value in zip(ENTRY.columns.keys(), one, strict=True)}
    return made


@pytest.mark.parametrize("count", [1, 2, 5])
def test_rows_are_read_as_sqlalchemy_reads_them(engine: Engine, count: int) -> None:
    with Session(engine) as session:
        driver = Driver(session)
        driver.run(insert_rows(ENTRY, count), entries(count))
        found = driver.rows(OF_ORDER, {"wanted": "o"})
        through = session.execute(select(ENTRY).order_by(ENTRY.c.n)).all()
        assert [tuple(row) for row in found] == [tuple(row) for row in through]
        assert [row.at for row in found] == [AT + dt.timedelta(hours=n) for n in range(count)]
        assert {row.at.utcoffset() for row in found} == {dt.timedelta(0)}
        assert found[-1].body == b"\0%(x)s\xff"
        assert driver.rows(OF_ORDER, {"wanted": "other"}) == []
        assert driver.value(OF_ORDER, {"wanted": "other"}) is None


def test_it_is_the_sessions_own_transaction(engine: Engine) -> None:
    with Session(engine) as session:
        driver = Driver(session)
        driver.run(insert_rows(ENTRY, 1), entries(1))
        session.rollback()
        assert driver.rows(OF_ORDER, {"wanted": "o"}) == []
        driver.run(insert_rows(ENTRY, 1), entries(1))
        session.commit()
        assert len(driver.rows(OF_ORDER, {"wanted": "o"})) == 1
    with Session(engine) as session:
        assert len(Driver(session).rows(OF_ORDER, {"wanted": "o"})) == 1


def test_a_row_is_written_over(engine: Engine) -> None:
    chain = {"order_id": "o", "n": 1, "hash": b"1", "day": "2026-03-10", "states": b"{}"}
    with Session(engine) as session:
        driver = Driver(session)
        driver.run(upsert(CHAIN), chain)
        driver.run(upsert(CHAIN), chain | {"n": 2, "hash": b"2"})
        assert [tuple(row) for row in session.execute(select(CHAIN))] == [("o", 2, b"2", "2026-03-10", b"{}")]


def test_after_an_error_the_session_begins_anew(engine: Engine) -> None:
    with Session(engine) as session:
        driver = Driver(session)
        driver.run(insert_rows(ENTRY, 1), entries(1))
        with pytest.raises(engine.dialect.loaded_dbapi.IntegrityError):
            driver.run(insert_rows(ENTRY, 1), entries(1))
        session.rollback()
        assert driver.rows(OF_ORDER, {"wanted": "o"}) == []


PUT = {CHAIN: upsert(CHAIN), KEY: upsert(KEY)}
SEEN = {CHAIN: select(CHAIN.c.order_id, CHAIN.c.n), KEY: select(KEY.c.person_id, KEY.c.digest)}
READ = {table: Statement(seen) for table, seen in SEEN.items()}


class RefusedError(Exception):
    """A write found nothing to change."""


def row(table: object, key: str, number: int) -> dict[str, object]:
    """Values of a row."""
    if table is KEY:
        return {"person_id": key, "key": "k", "digest": str(number), "subject_id": "", "at": AT}
    return {"order_id": key, "n": number, "hash": b"h", "day": "2026-03-10", "states": b"{}"}


@pytest.mark.parametrize("seed", range(6))
def test_what_is_written_is_read_kept_and_forgotten(engine: Engine, seed: int) -> None:
    """Writes, reads by the driver and by SQLAlchemy, commits and rollbacks in any order, beside two dictionaries."""
    chance = random.Random(seed)
    kept: dict[object, dict[str, int]] = {CHAIN: {}, KEY: {}}
    with Session(engine) as session:
        driver = Driver(session)
        now = {table: dict(rows) for table, rows in kept.items()}
        for number in range(60):
            table, key = chance.choice([CHAIN, KEY]), chance.choice("abc")
            what = chance.choice(["put", "put", "put", "put", "read", "ask", "commit", "rollback"])
            if what == "put":
                driver.run(PUT[table], row(table, key, number))
                now[table][key] = number
            elif what == "read":
                assert {name: int(value) for name, value in driver.rows(READ[table], {})} == now[table]
            elif what == "ask":
                assert {name: int(value) for name, value in session.execute(SEEN[table])} == now[table]
            elif what == "commit":
                session.commit()
                kept = {table: dict(rows) for table, rows in now.items()}
            else:
                session.rollback()
                now = {table: dict(rows) for table, rows in kept.items()}
    with Session(engine) as session:
        for table, seen in SEEN.items():
            assert {name: int(value) for name, value in session.execute(seen)} == kept[table]


def test_what_is_refused_is_refused_before_the_commit(engine: Engine) -> None:
    step = Statement(
        update(CHAIN)
        .where(CHAIN.c.order_id == bindparam("wanted"), CHAIN.c.n == bindparam("before"))
        .values(n=bindparam("after"))
        .returning(CHAIN.c.n)
    )
    with Session(engine) as session:
        driver = Driver(session)
        driver.run(PUT[CHAIN], row(CHAIN, "o", 1))
        driver.run(step, {"wanted": "o", "before": 1, "after": 2}, RefusedError())
        session.commit()
        driver.run(PUT[KEY], row(KEY, "o", 1))
        with pytest.raises(RefusedError):  # noqa: PT012 - at the commit at the latest
            driver.run(step, {"wanted": "o", "before": 1, "after": 3}, RefusedError())
            session.commit()
        session.rollback()
        assert [one.n for one in driver.rows(READ[CHAIN], {})] == [2]
        assert driver.rows(READ[KEY], {}) == []


def test_a_row_that_is_there_already_fails_at_the_commit_at_the_latest(engine: Engine) -> None:
    add = Statement(insert(KEY))
    with Session(engine) as session:
        driver = Driver(session)
        driver.run(add, row(KEY, "o", 1))
        session.commit()
        driver.run(PUT[CHAIN], row(CHAIN, "o", 1))
        with pytest.raises(engine.dialect.loaded_dbapi.IntegrityError):  # noqa: PT012 - at the commit at the latest
            driver.run(add, row(KEY, "o", 2))
            session.commit()
        session.rollback()
        assert driver.rows(READ[CHAIN], {}) == []
        assert [one.digest for one in driver.rows(READ[KEY], {})] == ["1"]


def test_a_commit_that_fails_leaves_no_connection_in_its_transaction(engine: Engine) -> None:
    add = Statement(insert(KEY))
    for _ in range(2):
        with Session(engine) as session, suppress(engine.dialect.loaded_dbapi.IntegrityError):
            Driver(session).run(add, row(KEY, "o", 1))
            session.commit()
    with Session(engine.execution_options(read_only=True, postgresql_readonly=True)) as session:
        assert len(Driver(session).rows(READ[KEY], {})) == 1
