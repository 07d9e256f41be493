"""Carpool lines, fares, rides and bookings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, fields
from hashlib import blake2b
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, or_, select, text, update
from sqlalchemy.orm import Session

from carpool.booking import Booking, BookingStatus, Ending
from carpool.booking_rules import BookingRules, Step
from carpool.line import FareVersion, Line, LineStop, Stop
from carpool.ride import Call, RegularRide, Ride, RideStatus
from mobility.storage.rides_tables import (
    BookingRow,
    FareRow,
    LineRow,
    LineStopRow,
    RegularRideRow,
    RideRow,
    RulesRow,
    StampRow,
    StopRow,
)
from mobility.storage.stamp import Stamp

_IDS_A_STATEMENT = 500

_FARES = select(*(FareRow.__table__.c[field.name] for field in fields(FareVersion))).order_by(
    FareRow.__table__.c.valid_from, FareRow.__table__.c.line_id, FareRow.__table__.c.id
)
_LINE = (
    select(
        *(LineRow.__table__.c[name] for name in ("id", "name", "colour", "is_open")),
        *(LineStopRow.__table__.c[name] for name in ("distance_m", "drive_s")),
        *(StopRow.__table__.c[field.name] for field in fields(Stop)),
    )
    .join_from(
        LineRow.__table__,
        LineStopRow.__table__,
        LineStopRow.__table__.c.line_id == LineRow.__table__.c.id,
        isouter=True,
    )
    .outerjoin(StopRow.__table__, StopRow.__table__.c.id == LineStopRow.__table__.c.stop_id)
    .where(LineRow.__table__.c.id == bindparam("line"))
    .order_by(LineStopRow.__table__.c.position)
)
"""One line with its stops."""


class SqlRides:
    """Fills `mobility.acts.rides_ports.Rides`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stamp = Stamp(session, StampRow)

    def stamp(self) -> int:
        return self._stamp.value

    def list_stops(self) -> list[Stop]:
        return [_made(Stop, row) for row in self._session.scalars(select(StopRow).order_by(StopRow.id))]

    def find_stop(self, stop_id: str) -> Stop | None:
        row = self._session.get(StopRow, stop_id)
        return None if row is None else _made(Stop, row)

    def put_stop(self, stop: Stop) -> None:
        self._put(StopRow(**asdict(stop)))

    def remove_stop(self, stop_id: str) -> None:
        self._remove(StopRow, stop_id)

    def list_lines(self) -> list[Line]:
        stops = {stop.id: stop for stop in self.list_stops()}
        calls: dict[str, list[LineStop]] = {}
        for row in self._session.scalars(
            select(LineStopRow).order_by(LineStopRow.line_id, LineStopRow.position)
        ):
            calls.setdefault(row.line_id, []).append(
                LineStop(stops[row.stop_id], row.distance_m, row.drive_s)
            )
        rows = self._session.scalars(select(LineRow).order_by(LineRow.id))
        return [Line(row.id, row.name, tuple(calls.get(row.id, ())), row.colour, row.is_open) for row in rows]

    def find_line(self, line_id: str) -> Line | None:
        rows = self._session.execute(_LINE, {"line": line_id}).all()
        if not rows:
            return None
        stops = tuple(
            LineStop(Stop(*stop), distance_m, drive_s)
            for _, _, _, _, distance_m, drive_s, *stop in rows
            if distance_m is not None
        )
        identifier, name, colour, is_open = rows[0][:4]
        return Line(identifier, name, stops, colour, is_open)

    def put_line(self, line: Line) -> None:
        self._session.execute(delete(LineStopRow).where(LineStopRow.line_id == line.id))
        self._session.expire_all()
        self._put(LineRow(id=line.id, name=line.name, colour=line.colour, is_open=line.is_open))
        for position, on_line in enumerate(line.stops):
            self._session.add(
                LineStopRow(
                    line_id=line.id,
                    position=position,
                    stop_id=on_line.stop.id,
                    distance_m=on_line.distance_m,
                    drive_s=on_line.drive_s,
                )
            )
        self._session.flush()

    def remove_line(self, line_id: str) -> None:
        self._session.execute(delete(LineStopRow).where(LineStopRow.line_id == line_id))
        self._remove(LineRow, line_id)

    def has_rides(self, line_id: str) -> bool:
        single = exists().where(RideRow.line_id == line_id)
        regular = exists().where(RegularRideRow.line_id == line_id)
        return bool(self._session.scalar(select(single | regular)))

    def list_fares(self) -> list[FareVersion]:
        return [FareVersion(*row) for row in self._session.execute(_FARES)]

    def put_fare(self, fare: FareVersion) -> None:
        self._put(FareRow(**asdict(fare)))

    def remove_fare(self, fare_id: str) -> None:
        self._remove(FareRow, fare_id)

    def list_rules(self) -> list[BookingRules]:
        rows = self._session.scalars(select(RulesRow).order_by(RulesRow.valid_from))
        return [_rules(row) for row in rows]

    def put_rules(self, rules: BookingRules) -> None:
        body = asdict(rules)
        self._put(RulesRow(valid_from=body.pop("valid_from"), body=body))

    def find_ride(self, ride_id: str) -> Ride | None:
        row = self._session.get(RideRow, ride_id)
        return None if row is None else _ride(row)

    def lock_ride(self, ride_id: str) -> Ride | None:
        row = self._session.get(RideRow, ride_id, with_for_update=True, populate_existing=True)
        return None if row is None else _ride(row)

    def put_ride(self, ride: Ride) -> None:
        values = _values(ride) | {
            "calls": [[call.stop_id, int(call.at.timestamp())] for call in ride.calls],
            "starts_at": ride.starts_at,
            "ends_at": ride.ends_at,
        }
        self._put(RideRow(**values))

    def list_rides(
        self,
        from_at: dt.datetime,
        to_at: dt.datetime,
        line_id: str = "",
        driver_id: str = "",
        regular_id: str = "",
    ) -> list[Ride]:
        query = select(RideRow).where(RideRow.starts_at < to_at, RideRow.ends_at >= from_at)
        for column, value in (
            (RideRow.line_id, line_id),
            (RideRow.driver_id, driver_id),
            (RideRow.regular_id, regular_id),
        ):
            if value:
                query = query.where(column == value)
        return [_ride(row) for row in self._session.scalars(query.order_by(RideRow.starts_at, RideRow.id))]

    def find_regular(self, regular_id: str) -> RegularRide | None:
        row = self._session.get(RegularRideRow, regular_id)
        return None if row is None else _regular(row)

    def lock_regular(self, regular_id: str) -> RegularRide | None:
        row = self._session.get(RegularRideRow, regular_id, with_for_update=True, populate_existing=True)
        return None if row is None else _regular(row)

    def put_regular(self, regular: RegularRide) -> None:
        values = _values(regular) | {
            "stop_ids": list(regular.stop_ids),
            "leaves_at": regular.leaves_at.isoformat(),
            "weekdays": sorted(regular.weekdays),
            "valid_from": regular.valid_from.isoformat(),
            "valid_to": regular.valid_to.isoformat(),
            "except_days": sorted(day.isoformat() for day in regular.except_days),
        }
        self._put(RegularRideRow(**values))

    def list_regulars(self, driver_id: str = "", line_id: str = "", ended: bool = False) -> list[RegularRide]:
        query = select(RegularRideRow).order_by(RegularRideRow.id)
        if driver_id:
            query = query.where(RegularRideRow.driver_id == driver_id)
        if line_id:
            query = query.where(RegularRideRow.line_id == line_id)
        if not ended:
            query = query.where(RegularRideRow.is_ended.is_(False))
        return [_regular(row) for row in self._session.scalars(query)]

    def find_booking(self, booking_id: str) -> Booking | None:
        row = self._session.get(BookingRow, booking_id, populate_existing=True)
        return None if row is None else _booking(row)

    def find_booking_by_key(self, passenger_id: str, key: str) -> Booking | None:
        found = self._bookings(BookingRow.passenger_id == passenger_id, BookingRow.key == key)
        return found[0] if key and found else None

    def put_booking(self, booking: Booking) -> None:
        self._put(BookingRow(**_values(booking)))

    def list_bookings(self, ride_ids: Sequence[str]) -> list[Booking]:
        found: list[Booking] = []
        for start in range(0, len(ride_ids), _IDS_A_STATEMENT):
            found += self._bookings(BookingRow.ride_id.in_(ride_ids[start : start + _IDS_A_STATEMENT]))
        return sorted(found, key=lambda booking: (booking.made_at, booking.id))

    def list_bookings_of(self, passenger_id: str) -> list[Booking]:
        return self._bookings(BookingRow.passenger_id == passenger_id)

    def list_due_bookings(self, now: dt.datetime) -> list[Booking]:
        is_expired = and_(
            BookingRow.status == BookingStatus.WAITING_CONFIRMATION.value, BookingRow.expires_at <= now
        )
        over = select(RideRow.id).where(RideRow.ends_at <= now)
        is_over = and_(BookingRow.status == BookingStatus.CONFIRMED.value, BookingRow.ride_id.in_(over))
        return self._bookings(or_(is_expired, is_over))

    def list_bookings_with(self, driver_id: str) -> list[Booking]:
        rides = select(RideRow.id).where(RideRow.driver_id == driver_id)
        return self._bookings(BookingRow.ride_id.in_(rides))

    def _bookings(self, *wanted: Any) -> list[Booking]:
        query = select(BookingRow).where(*wanted).order_by(BookingRow.made_at, BookingRow.id)
        rows = self._session.scalars(query.execution_options(populate_existing=True))
        return [_booking(row) for row in rows]

    def lock_person(self, person_id: str) -> None:
        """PostgreSQL: an advisory lock. SQLite: every writing transaction is alone anyway."""
        if self._session.get_bind().dialect.name == "postgresql":
            digest = blake2b(f"rides of {person_id}".encode(), digest_size=8).digest()
            key = int.from_bytes(digest, "big", signed=True)
            self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})

    def rename_person(self, person_id: str, name: str) -> None:
        blank = {"vehicle": "", "note": "", "driver_id": name}
        for table in (RideRow, RegularRideRow):
            self._session.execute(update(table).where(table.driver_id == person_id).values(**blank))
        self._session.execute(
            update(BookingRow)
            .where(BookingRow.passenger_id == person_id)
            .values(passenger_id=name, reason="", key="")
        )
        self._session.expire_all()
        self._stamp.change()

    def _put(self, row: Any) -> None:
        self._session.merge(row)
        self._session.flush()
        self._stamp.change()

    def _remove(self, table: Any, identifier: str) -> None:
        self._session.execute(delete(table).where(table.id == identifier))
        self._session.expire_all()
        self._stamp.change()


def _values(thing: Any) -> dict[str, Any]:
    return {field.name: getattr(thing, field.name) for field in fields(thing)}


def _made(kind: Any, row: Any) -> Any:
    return kind(**{field.name: getattr(row, field.name) for field in fields(kind)})


def _rules(row: RulesRow) -> BookingRules:
    ladder = tuple(Step(**step) for step in row.body["ladder"])
    return BookingRules(valid_from=row.valid_from, **(row.body | {"ladder": ladder}))


def _ride(row: RideRow) -> Ride:
    calls = tuple(Call(stop_id, dt.datetime.fromtimestamp(at, dt.UTC)) for stop_id, at in row.calls)
    values = {field.name: getattr(row, field.name) for field in fields(Ride)}
    return Ride(**(values | {"calls": calls, "status": RideStatus(row.status)}))


def _regular(row: RegularRideRow) -> RegularRide:
    values = {field.name: getattr(row, field.name) for field in fields(RegularRide)}
    return RegularRide(
        **values
        | {
            "stop_ids": tuple(row.stop_ids),
            "leaves_at": dt.time.fromisoformat(row.leaves_at),
            "weekdays": frozenset(row.weekdays),
            "valid_from": dt.date.fromisoformat(row.valid_from),
            "valid_to": dt.date.fromisoformat(row.valid_to),
            "except_days": frozenset(dt.date.fromisoformat(day) for day in row.except_days),
        }
    )


def _booking(row: BookingRow) -> Booking:
    values = {field.name: getattr(row, field.name) for field in fields(Booking)}
    values["status"] = BookingStatus(row.status)
    values["ending"] = None if row.ending is None else Ending(row.ending)
    return Booking(**values)
