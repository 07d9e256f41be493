"""Events that leave with the transaction they were written in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.storage.database import Base, Instant


class OutboxRow(Base):
    """One event. `delivered_at` is empty until the worker has handed it on."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_delivered_at", "delivered_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[dt.datetime] = mapped_column(Instant)
    delivered_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class SqlOutbox:
    """Fills `mobility.acts.ports.Outbox`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, kind: str, payload: dict[str, Any], at: dt.datetime) -> None:
        self._session.add(OutboxRow(kind=kind, payload=payload, created_at=at))
