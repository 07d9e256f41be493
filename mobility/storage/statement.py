"""Statements that run often: made once, and handed to the database's driver as they are.

SQLAlchemy builds them and knows the types of their columns. But a transaction of them costs a third to a half less when
run by the driver (`python -m tests.benchmarks.statements`), and a purchase is some two dozen of them.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from psycopg import RawCursor, pq
from sqlalchemy import Dialect, Select, Table, bindparam, insert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, SessionTransaction

_INSERTS: dict[str, Callable[[Any], Any]] = {"postgresql": postgresql_insert, "sqlite": sqlite_insert}
_NUMBERED: Dialect = psycopg.PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
"""PostgreSQL's own way to name parameters ($1), which its driver need not translate."""

Convert = Callable[[Any], Any]


class Statement:
    """A SELECT, INSERT, UPDATE or DELETE with named parameters; an INSERT says what happens to a row that is there
    already, which each database has words of its own for: it is made of the database's `insert`."""

    def __init__(self, made: Any | Callable[[Callable[[Any], Any]], Any]) -> None:
        self._made = made
        self._written: dict[str, Written] = {}

    def write(self, dialect: Dialect) -> Written:
        """It, as the driver takes it."""
        written = self._written.get(dialect.name)
        if written is None:
            is_plain = hasattr(self._made, "compile")
            written = Written(self._made if is_plain else self._made(_INSERTS[dialect.name]), dialect)
            self._written[dialect.name] = written
        return written


def upsert(table: Table) -> Statement:
    """Insert a row, or write over the one of its primary key."""
    keys = [column.name for column in table.primary_key.columns]
    others = [column.name for column in table.columns if column.name not in keys]

    def make(insert_into: Any) -> Any:
        made = insert_into(table)
        return made.on_conflict_do_update(
            index_elements=keys, set_={name: made.excluded[name] for name in others}
        )

    return Statement(make)


@cache
def insert_rows(table: Table, rows: int) -> Statement:
    """Insert so many rows at once; the parameters of a row are its columns, with the number of the row behind."""
    columns = list(table.columns)
    return Statement(
        insert(table).values(
            [{one.name: bindparam(f"{one.name}{n}", type_=one.type) for one in columns} for n in range(rows)]
        )
    )


class Written:
    """A statement in the words of one database and its driver."""

    def __init__(self, made: Any, dialect: Dialect) -> None:
        compiled = made.compile(dialect=_NUMBERED if dialect.name == "postgresql" else dialect)
        self.text = str(compiled)
        self._places: list[str] = compiled.positiontup
        binds = {name: _of(one.type, dialect).bind_processor(dialect) for name, one in compiled.binds.items()}
        self._binds: list[tuple[str, Convert]] = [
            (name, one) for name, one in binds.items() if one is not None
        ]
        columns = list(made.selected_columns) if isinstance(made, Select) else []
        named: Any = namedtuple("Row", [one.name for one in columns]) if columns else None
        self._named: Callable[[Any], Any] | None = None if named is None else named._make
        results = [_of(one.type, dialect).result_processor(dialect, None) for one in columns]
        self._results = results if any(results) else None

    def values(self, values: Mapping[str, Any]) -> list[Any]:
        """Parameters as the driver takes them."""
        if self._binds:
            values = {**values, **{name: bind(values[name]) for name, bind in self._binds}}
        return [values[name] for name in self._places]

    def row(self, found: tuple[Any, ...]) -> Any:
        """A row of the driver's, as the types of its columns read it; of a SELECT its columns have names."""
        if self._results is not None:
            pairs = zip(self._results, found, strict=True)
            found = tuple([one if read is None else read(one) for read, one in pairs])
        return found if self._named is None else self._named(found)


class Driver:
    """The transaction of a session, as the driver sees it. What it raises are the driver's own errors."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._in: SessionTransaction | None = None
        self._cursor: Any = None
        self._dialect: Dialect | None = None

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> list[Any]:
        """All rows a statement gives."""
        written = self._execute(statement, values)
        return [written.row(one) for one in self._cursor.fetchall()]

    def value(self, statement: Statement, values: Mapping[str, Any]) -> Any:
        """The first column of its first row; None: there is none."""
        found = self.rows(statement, values)
        return found[0][0] if found else None

    def run(self, statement: Statement, values: Mapping[str, Any], refused: Exception | None = None) -> None:
        """A statement that gives nothing. Or one with a RETURNING: `refused` is raised where it wrote nothing."""
        self._execute(statement, values)
        if refused is not None and not self._cursor.fetchall():
            raise refused

    @property
    def is_postgresql(self) -> bool:
        """Whether it is PostgreSQL; else SQLite."""
        return self._session.get_bind().dialect.name == "postgresql"

    def _execute(self, statement: Statement, values: Mapping[str, Any]) -> Written:
        if self._in is None or self._session.get_transaction() is not self._in:
            self._begin()
        assert self._dialect is not None
        written = statement.write(self._dialect)
        self._cursor.execute(written.text, written.values(values))
        return written

    def _begin(self) -> None:
        connection = self._session.connection()
        self._in, self._dialect = self._session.get_transaction(), connection.dialect
        driver: Any = connection.connection.driver_connection
        if self._dialect.name == "postgresql":
            self._cursor = RawCursor(driver)
            self._cursor.format = pq.Format.BINARY  # bytes as text are twice as long
        else:
            self._cursor = driver.cursor()


def _of(column_type: Any, dialect: Dialect) -> Any:
    return column_type.dialect_impl(dialect)
