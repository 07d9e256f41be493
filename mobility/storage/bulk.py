"""Many rows at once, the quickest way each database knows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Insert, Table, insert
from sqlalchemy.orm import Session

FEW = 20
"""Up to here what a quicker way costs to set up is more than it saves."""


def insert_all(session: Session, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, each with a value for every column of the table: COPY on PostgreSQL, elsewhere one prepared
    statement of the driver's own."""
    connection = session.connection()
    dialect = connection.dialect
    names = [column.name for column in table.columns]
    if len(rows) <= FEW:
        if rows:
            connection.execute(_insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    columns = ", ".join(f'"{name}"' for name in names)
    if dialect.name == "postgresql":
        raw: Any = connection.connection
        with (
            raw.cursor() as cursor,
            cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(names))
    binds = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    if any(binds):
        places = [(place, bind) for place, bind in enumerate(binds) if bind is not None]
        rows = [_bound(row, places) for row in rows]
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', rows)


def upsert_all(session: Session, table: Table, update: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows as `insert_all` does; where the primary key is known, SET `update` (`excluded` is the new row)."""
    if not rows:
        return
    connection = session.connection()
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    conflict = f"ON CONFLICT ({keys}) DO UPDATE SET {update}"
    if connection.dialect.name == "postgresql":
        statement = f"{_from_arrays(table, connection.dialect)} {conflict}"
        connection.exec_driver_sql(statement, tuple(list(values) for values in zip(*rows, strict=True)))
        return
    marks = ", ".join("?" * len(table.columns))
    connection.exec_driver_sql(
        f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks}) {conflict}', list(rows)
    )


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


@cache
def _from_arrays(table: Table, dialect: Dialect) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    # An array of a type has no collation; the column it goes into does.
    types = [column.type.compile(dialect).split(" COLLATE ")[0] for column in table.columns]
    arrays = ", ".join(f"CAST(%s AS {kind}[])" for kind in types)
    return f'INSERT INTO "{table.name}" ({columns}) SELECT * FROM unnest({arrays})'


def _bound(row: tuple[Any, ...], places: list[tuple[int, Any]]) -> tuple[Any, ...]:
    values = list(row)
    for place, bind in places:
        values[place] = bind(values[place])
    return tuple(values)
