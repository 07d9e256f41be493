"""Events that leave with the transaction they were written in, and how they are delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import (
    JSON,
    ColumnElement,
    CursorResult,
    Index,
    String,
    Table,
    Text,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from mobility.acts.delivery_ports import Event, EventCount, EventState
from mobility.storage.database import Base, Instant
from mobility.storage.job_runs import JobRunRow
from mobility.storage.statement import Driver, Statement

_LATER = ("id", "delivered_at")
"""What is not known of an event when it is added."""


class OutboxRow(Base):
    """One event. `delivered_at` is empty until the worker has handed it on; `worker` has it until `due_at`."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_delivered_at", "delivered_at", "due_at", "id"),
        Index("ix_outbox_subject", "subject", "delivered_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[dt.datetime] = mapped_column(Instant)
    delivered_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    due_at: Mapped[dt.datetime] = mapped_column(Instant)
    attempts: Mapped[int]
    worker: Mapped[str] = mapped_column(String(80))
    is_dead: Mapped[bool]
    error: Mapped[str] = mapped_column(Text)


_OUTBOX = cast(Table, OutboxRow.__table__)
_ADD = Statement(
    insert(_OUTBOX)
    .values({column.name: bindparam(column.name) for column in _OUTBOX.columns if column.name not in _LATER})
    .inline()
)


class SqlOutbox:
    """Fills `mobility.acts.ports.Outbox` and `mobility.acts.delivery_ports.Deliveries`."""

    def __init__(self, session: Session, driver: Driver) -> None:
        self._session, self._driver = session, driver

    def add(self, kind: str, payload: dict[str, Any], at: dt.datetime, subject: str = "") -> None:
        values = {
            "kind": kind,
            "subject": subject,
            "payload": payload,
            "created_at": at,
            "due_at": at,
            "attempts": 0,
            "worker": "",
            "is_dead": False,
            "error": "",
        }
        self._driver.run(_ADD, values)

    # ── what the worker does ───────────────────────────────────────────────────────────────────────────

    def is_due(self, kinds: Collection[str], now: dt.datetime) -> bool:
        due = select(OutboxRow.id).where(_is_waiting(), OutboxRow.due_at <= now, OutboxRow.kind.in_(kinds))
        return self._session.scalar(due.limit(1)) is not None

    def claim(
        self, kinds: Collection[str], worker: str, now: dt.datetime, until: dt.datetime
    ) -> Event | None:
        earlier = aliased(OutboxRow)
        is_blocked = (
            select(earlier.id)
            .where(
                earlier.subject == OutboxRow.subject,
                earlier.delivered_at.is_(None),
                earlier.id < OutboxRow.id,
            )
            .exists()
        )
        # What another worker is just claiming is passed over; on SQLite writers are alone and nothing is locked.
        row = self._session.scalar(
            select(OutboxRow)
            .where(
                _is_waiting(),
                OutboxRow.due_at <= now,
                OutboxRow.kind.in_(kinds),
                or_(OutboxRow.subject == "", ~is_blocked),
            )
            .order_by(OutboxRow.due_at, OutboxRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        row.worker, row.due_at, row.attempts = worker, until, row.attempts + 1
        self._session.flush()
        return _event(row)

    def settle(self, event_id: int, worker: str, at: dt.datetime) -> None:
        self._change(
            OutboxRow.id == event_id, OutboxRow.worker == worker, delivered_at=at, worker="", error=""
        )

    def postpone(self, event_id: int, worker: str, due_at: dt.datetime, error: str, is_dead: bool) -> None:
        self._change(
            OutboxRow.id == event_id,
            OutboxRow.worker == worker,
            due_at=due_at,
            worker="",
            error=error,
            is_dead=is_dead,
        )

    def renew(self, worker: str, until: dt.datetime) -> None:
        self._change(OutboxRow.worker == worker, OutboxRow.delivered_at.is_(None), due_at=until)
        self._session.execute(update(JobRunRow).where(JobRunRow.worker == worker).values(due_at=until))

    def skip(self, kinds: Collection[str], before: dt.datetime, at: dt.datetime) -> int:
        return self._change(
            _is_waiting(),
            OutboxRow.kind.not_in(kinds),
            OutboxRow.created_at < before,
            delivered_at=at,
            error="nobody handles events of this kind",
        )

    def forget(self, before: dt.datetime) -> int:
        removed = self._session.execute(delete(OutboxRow).where(OutboxRow.delivered_at < before))
        assert isinstance(removed, CursorResult)
        return int(removed.rowcount)

    # ── what people see and decide ─────────────────────────────────────────────────────────────────────

    def list_events(self, state: EventState | None = None, limit: int = 100) -> list[Event]:
        rows = select(OutboxRow).order_by(OutboxRow.id.desc()).limit(limit)
        if state is not None:
            rows = rows.where(_state() == state)
        return [_event(row) for row in self._session.scalars(rows)]

    def count(self, delivered: bool = True) -> list[EventCount]:
        state = _state()
        counted = select(OutboxRow.kind, state, func.count(), func.min(OutboxRow.created_at))
        if not delivered:
            counted = counted.where(OutboxRow.delivered_at.is_(None))
        rows = self._session.execute(counted.group_by(OutboxRow.kind, state).order_by(OutboxRow.kind, state))
        return [EventCount(kind, EventState(found), count, oldest) for kind, found, count, oldest in rows]

    def revive(self, event_id: int, at: dt.datetime) -> bool:
        return bool(
            self._change(
                OutboxRow.id == event_id,
                OutboxRow.is_dead.is_(True),
                is_dead=False,
                due_at=at,
                attempts=0,
                worker="",
            )
        )

    def drop(self, event_id: int, reason: str, at: dt.datetime) -> bool:
        return bool(
            self._change(
                OutboxRow.id == event_id,
                OutboxRow.is_dead.is_(True),
                is_dead=False,
                delivered_at=at,
                error=f"dropped: {reason}",
            )
        )

    def _change(self, *which: ColumnElement[bool], **values: Any) -> int:
        changed = self._session.execute(update(OutboxRow).where(*which).values(**values))
        assert isinstance(changed, CursorResult)
        return int(changed.rowcount)


def _is_waiting() -> ColumnElement[bool]:
    return OutboxRow.delivered_at.is_(None) & OutboxRow.is_dead.is_(False)


def _state() -> ColumnElement[str]:
    return case(
        (OutboxRow.delivered_at.is_not(None), EventState.DELIVERED.value),
        (OutboxRow.is_dead, EventState.DEAD.value),
        else_=EventState.WAITING.value,
    )


def _event(row: OutboxRow) -> Event:
    state = EventState.DEAD if row.is_dead else EventState.WAITING
    return Event(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        payload=row.payload,
        created_at=row.created_at,
        state=state if row.delivered_at is None else EventState.DELIVERED,
        attempts=row.attempts,
        due_at=row.due_at,
        error=row.error,
    )
