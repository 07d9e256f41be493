"""Journeys sent to the national register, every status seen, and every exchange, as it was on the wire.

What was sent names people by hashes that can be guessed, so requests are sealed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from sqlalchemy import JSON, LargeBinary, String, Text, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.accounts.vault import Vault
from mobility.acts.national_register.ports import Exchange, SentJourney, State, StatusSeen
from mobility.storage.database import Base, Instant


class NationalJourneyRow(Base):
    """`SentJourney`."""

    __tablename__ = "national_journey"

    id: Mapped[str] = mapped_column(String(256), primary_key=True)
    journey_id: Mapped[str] = mapped_column(String(64))
    trip_id: Mapped[str] = mapped_column(String(64), index=True)
    driver_id: Mapped[str] = mapped_column(String(80), index=True)
    passenger_id: Mapped[str] = mapped_column(String(160), index=True)
    ended_at: Mapped[dt.datetime] = mapped_column(Instant)
    is_wanted: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(32))
    national_id: Mapped[str] = mapped_column(String(64))
    sent: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_granted: Mapped[bool]
    attempts: Mapped[int]
    due_at: Mapped[dt.datetime | None] = mapped_column(Instant, index=True)
    error: Mapped[str] = mapped_column(Text)


class NationalStatusRow(Base):
    """`StatusSeen`; rows are never changed."""

    __tablename__ = "national_status"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    journey_id: Mapped[str] = mapped_column(String(256), index=True)
    at: Mapped[dt.datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(32))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class NationalExchangeRow(Base):
    """`Exchange`; `request` is sealed."""

    __tablename__ = "national_exchange"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    journey_id: Mapped[str] = mapped_column(String(256), index=True)
    at: Mapped[dt.datetime] = mapped_column(Instant)
    method: Mapped[str] = mapped_column(String(8))
    path: Mapped[str] = mapped_column(Text)
    request: Mapped[bytes] = mapped_column(LargeBinary)
    answer_status: Mapped[int | None]
    answer: Mapped[str] = mapped_column(Text)


class SqlNationalJourneys:
    """Fills `mobility.acts.national_register.ports.NationalJourneys`."""

    def __init__(self, session: Session, vault: Vault | None) -> None:
        self._session, self._sealer = session, vault

    def find(self, journey_id: str) -> SentJourney | None:
        row = self._session.get(NationalJourneyRow, journey_id)
        return None if row is None else _journey(row)

    def lock(self, journey_id: str) -> SentJourney | None:
        row = self._session.get(NationalJourneyRow, journey_id, with_for_update=True, populate_existing=True)
        return None if row is None else _journey(row)

    def put(self, journey: SentJourney) -> None:
        values = {field.name: getattr(journey, field.name) for field in fields(journey)}
        self._session.merge(NationalJourneyRow(**values | {"state": journey.state.value}))
        self._session.flush()

    def list_of_trip(self, trip_id: str) -> list[SentJourney]:
        return self._list(NationalJourneyRow.trip_id == trip_id)

    def list_of_person(self, person_id: str) -> list[SentJourney]:
        return self._list(
            or_(NationalJourneyRow.driver_id == person_id, NationalJourneyRow.passenger_id == person_id)
        )

    def _list(self, which: Any) -> list[SentJourney]:
        rows = select(NationalJourneyRow).where(which).order_by(NationalJourneyRow.id)
        return [_journey(row) for row in self._session.scalars(rows)]

    def list_due(self, now: dt.datetime, limit: int) -> list[str]:
        return list(
            self._session.scalars(
                select(NationalJourneyRow.id)
                .where(NationalJourneyRow.due_at <= now)
                .order_by(NationalJourneyRow.due_at, NationalJourneyRow.id)
                .limit(limit)
            )
        )

    def list_journeys(self, state: State | None = None, limit: int = 100) -> list[SentJourney]:
        rows = select(NationalJourneyRow).order_by(NationalJourneyRow.ended_at.desc(), NationalJourneyRow.id)
        if state is not None:
            rows = rows.where(NationalJourneyRow.state == state.value)
        return [_journey(row) for row in self._session.scalars(rows.limit(limit))]

    def count(self) -> list[tuple[State, str, int]]:
        rows = self._session.execute(
            select(NationalJourneyRow.state, NationalJourneyRow.status, func.count())
            .group_by(NationalJourneyRow.state, NationalJourneyRow.status)
            .order_by(NationalJourneyRow.state, NationalJourneyRow.status)
        )
        return [(State(state), status, count) for state, status, count in rows]

    def add_status(self, journey_id: str, seen: StatusSeen) -> None:
        self._session.add(
            NationalStatusRow(journey_id=journey_id, at=seen.at, status=seen.status, details=seen.details)
        )
        self._session.flush()

    def list_statuses(self, journey_id: str) -> list[StatusSeen]:
        rows = select(NationalStatusRow).where(NationalStatusRow.journey_id == journey_id)
        found = self._session.scalars(rows.order_by(NationalStatusRow.id))
        return [StatusSeen(row.at, row.status, row.details) for row in found]

    def open_exchange(self, journey_id: str, at: dt.datetime, method: str, path: str, request: str) -> int:
        row = NationalExchangeRow(
            journey_id=journey_id,
            at=at,
            method=method,
            path=path,
            request=self._seal(journey_id, request),
            answer_status=None,
            answer="",
        )
        self._session.add(row)
        self._session.flush()
        return row.id

    def close_exchange(self, exchange_id: int, answer_status: int | None, answer: str) -> None:
        row = self._session.get_one(NationalExchangeRow, exchange_id)
        row.answer_status, row.answer = answer_status, answer.replace("\0", "")
        self._session.flush()

    def list_exchanges(self, journey_id: str) -> list[Exchange]:
        return [
            Exchange(
                row.id,
                row.journey_id,
                row.at,
                row.method,
                row.path,
                self._open(row),
                row.answer_status,
                row.answer,
            )
            for row in self._exchange_rows(journey_id)
        ]

    def rewrite_requests(self, journey_id: str, rewrite: Callable[[str], str]) -> None:
        for row in self._exchange_rows(journey_id):
            row.request = self._seal(journey_id, rewrite(self._open(row)))
        self._session.flush()

    def _exchange_rows(self, journey_id: str) -> list[NationalExchangeRow]:
        rows = select(NationalExchangeRow).where(NationalExchangeRow.journey_id == journey_id)
        return list(self._session.scalars(rows.order_by(NationalExchangeRow.id)))

    def _seal(self, journey_id: str, request: str) -> bytes:
        return self._vault.seal(request.encode(), f"national exchange {journey_id}")

    def _open(self, row: NationalExchangeRow) -> str:
        return self._vault.open(row.request, f"national exchange {row.journey_id}").decode()

    @property
    def _vault(self) -> Vault:
        if self._sealer is None:
            raise RuntimeError("begin units of work with units_of_work(engine, vault) to read what is sealed")
        return self._sealer


def _journey(row: NationalJourneyRow) -> SentJourney:
    values = {field.name: getattr(row, field.name) for field in fields(SentJourney)}
    return SentJourney(**values | {"state": State(row.state)})
