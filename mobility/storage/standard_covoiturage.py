"""What other platforms left here by standard covoiturage, and the test data it may be tried with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import JSON, String, Text, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.acts.standard_covoiturage.ports import Collection, PartnerBooking, PartnerMessage
from mobility.storage.database import Base, Instant


class PartnerBookingRow(Base):
    """`PartnerBooking`; `booking_id` is that of a row of carpool_booking, or ""."""

    __tablename__ = "partner_booking"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    operator: Mapped[str] = mapped_column(String(255))
    booking_id: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class PartnerMessageRow(Base):
    """`PartnerMessage`."""

    __tablename__ = "partner_message"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(Instant)
    operator: Mapped[str] = mapped_column(String(255))
    sender: Mapped[str] = mapped_column(Text)
    person: Mapped[str] = mapped_column(String(80), index=True)
    ride_id: Mapped[str] = mapped_column(String(64))
    booking_id: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)


class PartnerEventRow(Base):
    """What a partner said last of a booking that was made with it."""

    __tablename__ = "partner_event"

    operator: Mapped[str] = mapped_column(String(255), primary_key=True)
    booking_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(Instant)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class StandardTestDataRow(Base):
    """One thing of the test data; bookings are known by their id."""

    __tablename__ = "standard_test_data"

    collection: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    booking_id: Mapped[str] = mapped_column(String(36), index=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class SqlStandard:
    """Fills `mobility.acts.standard_covoiturage.ports.Standard`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_booking(self, booking_id: str) -> PartnerBooking | None:
        return _booking(self._session.get(PartnerBookingRow, booking_id))

    def put_booking(self, booking: PartnerBooking) -> None:
        self._session.merge(
            PartnerBookingRow(**{field.name: getattr(booking, field.name) for field in fields(booking)})
        )
        self._session.flush()

    def add_message(self, message: PartnerMessage) -> None:
        self._session.add(
            PartnerMessageRow(**{field.name: getattr(message, field.name) for field in fields(message)})
        )

    def list_messages(self, person: str) -> list[PartnerMessage]:
        rows = self._session.scalars(
            select(PartnerMessageRow)
            .where(PartnerMessageRow.person == person)
            .order_by(PartnerMessageRow.at.desc(), PartnerMessageRow.id)
        )
        return [
            PartnerMessage(**{field.name: getattr(row, field.name) for field in fields(PartnerMessage)})
            for row in rows
        ]

    def put_event(self, operator: str, event: dict[str, Any], at: dt.datetime) -> None:
        row = PartnerEventRow(operator=operator, booking_id=event["data"]["id"], at=at, body=event)
        self._session.merge(row)
        self._session.flush()

    def find_event(self, operator: str, booking_id: str) -> dict[str, Any] | None:
        row = self._session.get(PartnerEventRow, (operator, booking_id))
        return None if row is None else row.body

    def list_events(self, limit: int = 100) -> list[tuple[str, dt.datetime, dict[str, Any]]]:
        rows = self._session.scalars(
            select(PartnerEventRow)
            .order_by(PartnerEventRow.at.desc(), PartnerEventRow.booking_id)
            .limit(limit)
        )
        return [(row.operator, row.at, row.body) for row in rows]

    def replace_test_data(self, data: Mapping[Collection, Sequence[dict[str, Any]]]) -> None:
        self._session.execute(delete(StandardTestDataRow))
        for collection, things in data.items():
            for position, body in enumerate(things):
                self._add(collection, position, body)
        self._session.flush()

    def list_test_data(self, collection: Collection) -> list[dict[str, Any]]:
        rows = self._session.scalars(
            select(StandardTestDataRow)
            .where(StandardTestDataRow.collection == collection.value)
            .order_by(StandardTestDataRow.position)
        )
        return [row.body for row in rows]

    def find_test_booking(self, booking_id: str) -> dict[str, Any] | None:
        row = self._find_test_row(booking_id)
        return None if row is None else row.body

    def put_test_booking(self, booking: dict[str, Any]) -> None:
        row = self._find_test_row(booking["id"])
        if row is None:
            last = self._session.scalar(
                select(func.max(StandardTestDataRow.position)).where(
                    StandardTestDataRow.collection == Collection.BOOKINGS.value
                )
            )
            self._add(Collection.BOOKINGS, 0 if last is None else last + 1, booking)
        else:
            row.body = booking
        self._session.flush()

    def erase_person(self, person: str) -> None:
        self._session.execute(delete(PartnerMessageRow).where(PartnerMessageRow.person == person))

    def _add(self, collection: Collection, position: int, body: dict[str, Any]) -> None:
        booking_id = body["id"] if collection is Collection.BOOKINGS else ""
        self._session.add(
            StandardTestDataRow(
                collection=collection.value, position=position, booking_id=booking_id, body=body
            )
        )

    def _find_test_row(self, booking_id: str) -> StandardTestDataRow | None:
        return self._session.scalar(
            select(StandardTestDataRow).where(
                StandardTestDataRow.collection == Collection.BOOKINGS.value,
                StandardTestDataRow.booking_id == booking_id,
            )
        )


def _booking(row: PartnerBookingRow | None) -> PartnerBooking | None:
    if row is None:
        return None
    return PartnerBooking(**{field.name: getattr(row, field.name) for field in fields(PartnerBooking)})
