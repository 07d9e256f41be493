"""A process that dies at any write, or just before or after any commit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

from sqlalchemy import Engine, event

from mobility.storage.statement import Driver, Statement
from mobility.storage.unit_of_work import SqlUnitOfWork


class Killed(BaseException):
    """The process dies here."""


@dataclass(frozen=True)
class Death:
    """When to die: at the `nth` write, or just before or after the `nth` commit."""

    nth: int
    place: str
    """write, before commit, after commit."""


@contextlib.contextmanager
def dying(engine: Engine, death: Death) -> Iterator[None]:
    """Whoever writes to this database dies as told."""
    left, commit, execute = [death.nth], SqlUnitOfWork.commit, Driver._execute

    def write(text: str) -> None:
        if text.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            left[0] -= 1
            if left[0] == 0:
                raise Killed

    def through_sqlalchemy(*arguments: Any) -> None:
        write(arguments[2])

    def through_driver(driver: Driver, statement: Statement, values: Any) -> Any:
        if driver._session.get_bind() is engine:
            write(statement.write(engine.dialect).text)
        return execute(driver, statement, values)

    def commit_and_die(work: SqlUnitOfWork) -> None:
        if work.session.get_bind() is not engine:
            return commit(work)
        left[0] -= 1
        if left[0] != 0 or death.place == "after commit":
            commit(work)
        if left[0] == 0:
            raise Killed

    if death.place == "write":
        event.listen(engine, "before_cursor_execute", through_sqlalchemy)
        try:
            with mock.patch.object(Driver, "_execute", through_driver):
                yield
        finally:
            event.remove(engine, "before_cursor_execute", through_sqlalchemy)
    else:
        with mock.patch.object(SqlUnitOfWork, "commit", commit_and_die):
            yield
