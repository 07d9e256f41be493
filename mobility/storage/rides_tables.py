"""The tables of carpool lines, fares, rides and bookings; columns are the fields of the classes in `carpool`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.storage.database import Base, Instant


class StopRow(Base):
    """One stop: `carpool.line.Stop`."""

    __tablename__ = "carpool_stop"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    lat: Mapped[float]
    lon: Mapped[float]
    commune: Mapped[str] = mapped_column(String(5))
    place: Mapped[str] = mapped_column(Text)


class LineRow(Base):
    """One line: `carpool.line.Line`."""

    __tablename__ = "carpool_line"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    colour: Mapped[str] = mapped_column(String(6))
    is_open: Mapped[bool]


class LineStopRow(Base):
    """A stop on a line: `carpool.line.LineStop`."""

    __tablename__ = "carpool_line_stop"

    line_id: Mapped[str] = mapped_column(ForeignKey("carpool_line.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stop_id: Mapped[str] = mapped_column(ForeignKey("carpool_stop.id"), index=True)
    distance_m: Mapped[int]
    drive_s: Mapped[int]


class FareRow(Base):
    """A fare version: `carpool.line.FareVersion`. `line_id` may be "", so it is no key of another table."""

    __tablename__ = "carpool_fare"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    valid_from: Mapped[str] = mapped_column(String(10))
    fare_cents: Mapped[int]
    line_id: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))


class RulesRow(Base):
    """A version of the booking rules: `carpool.booking_rules.BookingRules`."""

    __tablename__ = "carpool_rules"

    valid_from: Mapped[str] = mapped_column(String(10), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class RideRow(Base):
    """One ride: `carpool.ride.Ride`. `calls` are pairs of stop id and Unix time."""

    __tablename__ = "carpool_ride"
    __table_args__ = (
        Index("ix_carpool_ride_starts_at", "starts_at"),
        Index("ix_carpool_ride_driver_id", "driver_id", "starts_at"),
        Index("ix_carpool_ride_regular_id", "regular_id", "starts_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    line_id: Mapped[str] = mapped_column(ForeignKey("carpool_line.id"))
    driver_id: Mapped[str] = mapped_column(String(80))
    calls: Mapped[list[list[Any]]] = mapped_column(JSON)
    starts_at: Mapped[dt.datetime] = mapped_column(Instant)
    ends_at: Mapped[dt.datetime] = mapped_column(Instant)
    seats: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    published_at: Mapped[dt.datetime] = mapped_column(Instant)
    notice_s: Mapped[int]
    regular_id: Mapped[str] = mapped_column(String(64))
    vehicle: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    needs_confirmation: Mapped[bool]


class RegularRideRow(Base):
    """A regular ride: `carpool.ride.RegularRide`; days and times of day as ISO 8601."""

    __tablename__ = "carpool_regular_ride"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    line_id: Mapped[str] = mapped_column(ForeignKey("carpool_line.id"))
    driver_id: Mapped[str] = mapped_column(String(80), index=True)
    stop_ids: Mapped[list[str]] = mapped_column(JSON)
    leaves_at: Mapped[str] = mapped_column(String(15))
    weekdays: Mapped[list[int]] = mapped_column(JSON)
    valid_from: Mapped[str] = mapped_column(String(10))
    valid_to: Mapped[str] = mapped_column(String(10))
    seats: Mapped[int]
    published_at: Mapped[dt.datetime] = mapped_column(Instant)
    except_days: Mapped[list[str]] = mapped_column(JSON)
    on_public_holidays: Mapped[bool]
    notice_s: Mapped[int]
    vehicle: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    needs_confirmation: Mapped[bool]
    is_ended: Mapped[bool]


class BookingRow(Base):
    """A booking: `carpool.booking.Booking`."""

    __tablename__ = "carpool_booking"
    __table_args__ = (
        CheckConstraint("seats > 0", name="seats"),
        # One booking a key, whatever two requests do at once.
        Index(
            "uq_carpool_booking_key",
            "passenger_id",
            "key",
            unique=True,
            sqlite_where=text("key <> ''"),
            postgresql_where=text("key <> ''"),
        ),
        Index("ix_carpool_booking_passenger_id", "passenger_id", "made_at"),
        Index("ix_carpool_booking_status", "status"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    ride_id: Mapped[str] = mapped_column(ForeignKey("carpool_ride.id"), index=True)
    passenger_id: Mapped[str] = mapped_column(String(160))
    from_stop: Mapped[str] = mapped_column(String(64))
    to_stop: Mapped[str] = mapped_column(String(64))
    seats: Mapped[int]
    fare_cents: Mapped[int]
    status: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[dt.datetime] = mapped_column(Instant)
    changed_at: Mapped[dt.datetime] = mapped_column(Instant)
    ending: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    is_late: Mapped[bool]
    is_spontaneous: Mapped[bool]
    is_excused: Mapped[bool]
    awaits_payment: Mapped[bool]


class StampRow(Base):
    """One row: how often any of these tables was changed."""

    __tablename__ = "carpool_stamp"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]
