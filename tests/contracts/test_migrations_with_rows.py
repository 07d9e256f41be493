"""The schema goes down and up step by step with rows in every table, and keeps those that it can."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import JSON, Column, Engine, Table, func, inspect, select, text

from mobility.storage import migrations
from mobility.storage.database import Instant
from mobility.storage.tables import METADATA
from tests.contracts.conftest import NOW

REVISIONS = [f"{number:04}" for number in range(int(migrations.head_revision() or 0), 0, -1)]
VALUES: dict[type, Any] = {
    str: "x",
    int: 1,
    float: 47.0,
    bool: True,
    bytes: b"x",
    dt.date: NOW.date(),
}


def _value(column: Column[Any]) -> Any:
    """The same for all columns of a type, so that every foreign key finds its row."""
    if isinstance(column.type, JSON):
        return {}
    if isinstance(column.type, Instant):
        return NOW
    if column.name == "point":
        return 47.0, 5.0
    return VALUES[column.type.python_type]


def _fill(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in METADATA.sorted_tables:
            if not connection.scalar(select(func.count()).select_from(table)):
                connection.execute(table.insert(), _row(table))


def _row(table: Table) -> dict[str, Any]:
    return {one.name: _value(one) for one in table.columns if one is not table.autoincrement_column}


def _count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_every_revision_goes_down_and_up_with_rows_in_all_tables(empty_database: Engine) -> None:
    migrations.upgrade(empty_database)
    _fill(empty_database)
    for below in [*REVISIONS[1:], "base"]:
        migrations.downgrade(empty_database, below)
        left = set(inspect(empty_database).get_table_names())
        assert {_count(empty_database, one) for one in METADATA.sorted_tables if one.name in left} <= {1}, (
            below
        )
    for revision in reversed(REVISIONS):
        migrations.upgrade(empty_database, revision)
    assert migrations.list_differences(empty_database) == []


def test_events_of_before_the_worker_are_due_since_they_were_written(empty_database: Engine) -> None:
    migrations.upgrade(empty_database)
    _fill(empty_database)
    migrations.downgrade(empty_database, "0009")
    migrations.upgrade(empty_database)
    assert migrations.list_differences(empty_database) == []
    outbox = METADATA.tables["outbox"]
    with empty_database.begin() as connection:
        row = connection.execute(select(outbox)).one()
        assert (row.kind, row.created_at, row.due_at) == ("x", NOW, NOW)
        assert (row.subject, row.attempts, row.is_dead, row.worker, row.error) == ("", 0, False, "", "")
        assert connection.scalar(outbox.insert().returning(outbox.c.id), _row(outbox)) == row.id + 1


def test_the_register_stays_append_only_after_going_down_and_up(empty_database: Engine) -> None:
    migrations.upgrade(empty_database)
    migrations.downgrade(empty_database, "0006")
    migrations.upgrade(empty_database)
    _fill(empty_database)
    for statement in ("DELETE FROM register_entry", "UPDATE ledger_posting SET amount_cents = 2"):
        with pytest.raises(Exception, match="never changed or deleted"), empty_database.begin() as connection:
            connection.execute(text(statement))
