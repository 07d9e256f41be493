"""The tables of demand-responsive transport. `body` is the whole thing (`ground.document`); the columns beside it
are what is asked for."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.storage.database import Base, Instant


class ServiceRow(Base):
    """`on_demand.service.Service`."""

    __tablename__ = "on_demand_service"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class VehicleRow(Base):
    """`on_demand.fleet.Vehicle`."""

    __tablename__ = "on_demand_vehicle"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class ShiftRow(Base):
    """`on_demand.fleet.Shift`."""

    __tablename__ = "on_demand_shift"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    vehicle_id: Mapped[str] = mapped_column(ForeignKey("on_demand_vehicle.id"), index=True)
    body: Mapped[str] = mapped_column(Text)


class DayRow(Base):
    """`on_demand.tour.VehicleDay`: the truth about capacity. Tours stay when their shift goes."""

    __tablename__ = "on_demand_day"
    __table_args__ = (Index("ix_on_demand_day_day", "day"),)

    shift_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    vehicle_id: Mapped[str] = mapped_column(String(120))
    version: Mapped[int]
    body: Mapped[str] = mapped_column(Text)


class RideRow(Base):
    """`on_demand.booking.OnDemandRide`."""

    __tablename__ = "on_demand_ride"
    __table_args__ = (
        Index("ix_on_demand_ride_day", "day", "pickup_open_s"),
        Index("ix_on_demand_ride_person_id", "person_id", "made_at"),
        Index("ix_on_demand_ride_journey_id", "journey_id"),
        Index("ix_on_demand_ride_status", "status", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("on_demand_service.id"), index=True)
    person_id: Mapped[str] = mapped_column(String(160))
    journey_id: Mapped[str] = mapped_column(String(64))
    shift_id: Mapped[str] = mapped_column(String(120))
    day: Mapped[dt.date]
    status: Mapped[str] = mapped_column(String(16))
    pickup_open_s: Mapped[int] = mapped_column(BigInteger)
    drop_close_s: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[dt.datetime] = mapped_column(Instant)
    expires_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    is_connected: Mapped[bool]
    body: Mapped[str] = mapped_column(Text)


class RideChangeRow(Base):
    """What became of a ride, and by whom. Only ever added to, until its person is erased."""

    __tablename__ = "on_demand_ride_change"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ride_id: Mapped[str] = mapped_column(ForeignKey("on_demand_ride.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(160))


class UsedKeyRow(Base):
    """`mobility.acts.idempotency.UsedKey`."""

    __tablename__ = "on_demand_key"

    person_id: Mapped[str] = mapped_column(String(160), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    subject_ids: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[dt.datetime] = mapped_column(Instant)


class WaitingRow(Base):
    """`on_demand.waiting_list.Waiting`."""

    __tablename__ = "on_demand_waiting"
    __table_args__ = (
        Index("ix_on_demand_waiting_status", "status", "made_at"),
        Index("ix_on_demand_waiting_person_id", "person_id", "made_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("on_demand_service.id"), index=True)
    person_id: Mapped[str] = mapped_column(String(160))
    status: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[dt.datetime] = mapped_column(Instant)
    body: Mapped[str] = mapped_column(Text)


class RideRulesRow(Base):
    """`on_demand.ride_rules.RideRules`."""

    __tablename__ = "on_demand_rules"

    valid_from: Mapped[str] = mapped_column(String(10), primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class OnDemandStampRow(Base):
    """One row: how often services, vehicles, shifts, tours or rides were changed."""

    __tablename__ = "on_demand_stamp"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(BigInteger)
