"""When each job of the worker ran, and when it is due."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields

from sqlalchemy import CursorResult, String, Text, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.acts.delivery_ports import JobRun
from mobility.storage.database import Base, Instant


class JobRunRow(Base):
    """One job; the columns are the fields of `mobility.acts.delivery_ports.JobRun`."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    due_at: Mapped[dt.datetime] = mapped_column(Instant)
    worker: Mapped[str] = mapped_column(String(80))
    began_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    done: Mapped[int]
    error: Mapped[str] = mapped_column(Text)
    runs: Mapped[int]
    failures: Mapped[int]


class SqlJobTable:
    """Fills `mobility.acts.delivery_ports.JobTable`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_run(self, name: str) -> JobRun | None:
        row = self._session.get(JobRunRow, name)
        return None if row is None else _run(row)

    def list_runs(self) -> list[JobRun]:
        return [_run(row) for row in self._session.scalars(select(JobRunRow).order_by(JobRunRow.name))]

    def claim(self, name: str, worker: str, now: dt.datetime, until: dt.datetime) -> bool:
        is_postgresql = self._session.get_bind().dialect.name == "postgresql"
        insert = postgresql_insert if is_postgresql else sqlite_insert
        unknown = insert(JobRunRow).values(
            name=name, due_at=now, worker="", done=0, error="", runs=0, failures=0
        )
        self._session.execute(unknown.on_conflict_do_nothing())
        # Of several that try at once the second waits for the first, and finds it is not due any more.
        taken = self._session.execute(
            update(JobRunRow)
            .where(JobRunRow.name == name, JobRunRow.due_at <= now)
            .values(worker=worker, due_at=until, began_at=now, runs=JobRunRow.runs + 1)
        )
        assert isinstance(taken, CursorResult)
        return taken.rowcount == 1

    def finish(
        self, name: str, worker: str, at: dt.datetime, due_at: dt.datetime, done: int, error: str
    ) -> None:
        self._session.execute(
            update(JobRunRow)
            .where(JobRunRow.name == name, JobRunRow.worker == worker)
            .values(
                worker="",
                due_at=due_at,
                ended_at=at,
                done=done,
                error=error,
                failures=JobRunRow.failures + (1 if error else 0),
            )
        )


def _run(row: JobRunRow) -> JobRun:
    return JobRun(**{field.name: getattr(row, field.name) for field in fields(JobRun)})
