"""Services, vehicles, shifts, tours and rides of demand-responsive transport."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeVar

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from ground.document import read_document, write_document
from mobility.acts.idempotency import UsedKey
from mobility.storage.on_demand_tables import (
    DayRow,
    OnDemandStampRow,
    RideChangeRow,
    RideRow,
    RideRulesRow,
    ServiceRow,
    ShiftRow,
    UsedKeyRow,
    VehicleRow,
    WaitingRow,
)
from mobility.storage.stamp import Stamp
from on_demand.area import Point
from on_demand.booking import OnDemandRide, Place, RideStatus
from on_demand.fleet import Shift, Vehicle
from on_demand.ride_rules import RideRules
from on_demand.service import Service
from on_demand.tour import VehicleDay
from on_demand.waiting_list import Waiting, WaitingStatus

T = TypeVar("T")

_IDS_A_STATEMENT = 500
_OPEN = (WaitingStatus.WAITING.value, WaitingStatus.OFFERED.value)


@lru_cache(maxsize=256)
def _read_kept(kind: type[T], body: str) -> T:
    """What seldom changes is read once: services have thousands of points."""
    return read_document(kind, body)


class SqlOnDemand:
    """Fills `mobility.acts.on_demand.ports.OnDemandBook`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stamp = Stamp(session, OnDemandStampRow)
        self.swapped: list[VehicleDay] = []
        """The tours it has changed, in order."""

    def stamp(self) -> int:
        return self._stamp.value

    def list_services(self) -> list[Service]:
        return [_read_kept(Service, body) for body in self._bodies(ServiceRow)]

    def find_service(self, service_id: str) -> Service | None:
        body = self._session.scalar(select(ServiceRow.body).where(ServiceRow.id == service_id))
        return None if body is None else _read_kept(Service, body)

    def put_service(self, service: Service) -> None:
        self._put(ServiceRow(id=service.id, body=write_document(service).decode()))

    def remove_service(self, service_id: str) -> None:
        self._remove(ServiceRow, service_id)

    def list_vehicles(self, service_id: str = "") -> list[Vehicle]:
        vehicles = [_read_kept(Vehicle, body) for body in self._bodies(VehicleRow)]
        return [one for one in vehicles if not service_id or service_id in one.service_ids]

    def find_vehicle(self, vehicle_id: str) -> Vehicle | None:
        body = self._session.scalar(select(VehicleRow.body).where(VehicleRow.id == vehicle_id))
        return None if body is None else _read_kept(Vehicle, body)

    def put_vehicle(self, vehicle: Vehicle) -> None:
        self._put(VehicleRow(id=vehicle.id, body=write_document(vehicle).decode()))

    def remove_vehicle(self, vehicle_id: str) -> None:
        self._remove(VehicleRow, vehicle_id)

    def list_shifts(self, vehicle_id: str = "") -> list[Shift]:
        wanted = [ShiftRow.vehicle_id == vehicle_id] if vehicle_id else []
        return [_read_kept(Shift, body) for body in self._bodies(ShiftRow, *wanted)]

    def find_shift(self, shift_id: str) -> Shift | None:
        body = self._session.scalar(select(ShiftRow.body).where(ShiftRow.id == shift_id))
        return None if body is None else _read_kept(Shift, body)

    def put_shift(self, shift: Shift) -> None:
        self._put(ShiftRow(id=shift.id, vehicle_id=shift.vehicle_id, body=write_document(shift).decode()))

    def remove_shift(self, shift_id: str) -> None:
        self._remove(ShiftRow, shift_id)

    def list_days(self, day: dt.date, service_id: str = "") -> list[VehicleDay]:
        days = self._days(DayRow.day == day)
        if not service_id:
            return days
        vehicle_ids = {vehicle.id for vehicle in self.list_vehicles(service_id)}
        return [one for one in days if one.vehicle_id in vehicle_ids]

    def list_days_of(self, shift_id: str, from_day: dt.date) -> list[VehicleDay]:
        return self._days(DayRow.shift_id == shift_id, DayRow.day >= from_day)

    def find_day(self, shift_id: str, day: dt.date) -> VehicleDay | None:
        found = self._days(DayRow.shift_id == shift_id, DayRow.day == day)
        return found[0] if found else None

    def lock_days(self, keys: Sequence[tuple[str, dt.date]]) -> list[VehicleDay]:
        """PostgreSQL: advisory locks, as tours nobody changed yet have no row, in the order of what is locked. SQLite:
        every writing transaction is alone anyway."""
        if self._is_postgresql:
            for number in sorted({_lock_number(f"on-demand day {day} {shift}") for shift, day in keys}):
                self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": number})
        found = (self.find_day(shift_id, day) for day, shift_id in sorted({(day, one) for one, day in keys}))
        return [day for day in found if day is not None]

    def swap_day(self, day: VehicleDay) -> bool:
        body = write_document(day).decode()
        statement: Any
        if day.version == 1:
            insert = postgresql_insert if self._is_postgresql else sqlite_insert
            values = {"shift_id": day.shift_id, "day": day.day, "vehicle_id": day.vehicle_id, "version": 1}
            made = insert(DayRow).values(**values, body=body).on_conflict_do_nothing()
            statement = made.returning(DayRow.version)
        else:
            statement = (
                update(DayRow)
                .where(
                    DayRow.shift_id == day.shift_id, DayRow.day == day.day, DayRow.version == day.version - 1
                )
                .values(version=day.version, vehicle_id=day.vehicle_id, body=body)
                .returning(DayRow.version)
                .execution_options(synchronize_session=False)
            )
        # Not `rowcount`: psycopg does not know it of an insert that may do nothing.
        is_done = self._session.scalar(statement) is not None
        if is_done:
            self._stamp.change()
            self.swapped.append(day)
        return is_done

    def has_rides(self, service_id: str) -> bool:
        found = select(RideRow.id).where(RideRow.service_id == service_id).limit(1)
        return self._session.scalar(found) is not None

    def find_ride(self, ride_id: str) -> OnDemandRide | None:
        found = self._rides(RideRow.id == ride_id)
        return found[0] if found else None

    def find_key(self, person_id: str, key: str) -> UsedKey | None:
        row = self._session.get(UsedKeyRow, (person_id, key)) if key else None
        if row is None:
            return None
        return UsedKey(row.person_id, row.key, row.digest, tuple(row.subject_ids), row.at)

    def put_key(self, used: UsedKey) -> None:
        if used.key:
            self._session.add(
                UsedKeyRow(
                    person_id=used.person_id,
                    key=used.key,
                    digest=used.digest,
                    subject_ids=list(used.subject_ids),
                    at=used.at,
                )
            )
            self._session.flush()

    def put_ride(self, ride: OnDemandRide, by: str = "") -> None:
        before = self._session.scalar(select(RideRow.status).where(RideRow.id == ride.id))
        self._put(_ride_row(ride))
        if before != ride.status.value:
            self._session.add(
                RideChangeRow(ride_id=ride.id, at=ride.changed_at, status=ride.status.value, by=by)
            )
            self._session.flush()

    def list_rides(self, ids: Sequence[str]) -> list[OnDemandRide]:
        found: list[OnDemandRide] = []
        for start in range(0, len(ids), _IDS_A_STATEMENT):
            found += self._rides(RideRow.id.in_(ids[start : start + _IDS_A_STATEMENT]))
        return sorted(found, key=lambda ride: ride.id)

    def list_rides_on(self, day: dt.date, service_id: str = "") -> list[OnDemandRide]:
        of_service = [RideRow.service_id == service_id] if service_id else []
        return self._rides(RideRow.day == day, *of_service)

    def list_rides_of(self, person_id: str) -> list[OnDemandRide]:
        found = self._rides(RideRow.person_id == person_id)
        return sorted(found, key=lambda ride: (ride.made_at, ride.id))

    def list_journey(self, journey_id: str) -> list[OnDemandRide]:
        return self._rides(RideRow.journey_id == journey_id) if journey_id else []

    def list_expired(self, now: dt.datetime) -> list[OnDemandRide]:
        return self._rides(RideRow.status == RideStatus.HELD.value, RideRow.expires_at <= now)

    def list_connected(self, statuses: Sequence[RideStatus], after_s: int) -> list[OnDemandRide]:
        return self._rides(
            RideRow.status.in_([status.value for status in statuses]),
            RideRow.is_connected.is_(True),
            RideRow.drop_close_s > after_s,
        )

    def list_history(self, ride_id: str) -> list[tuple[dt.datetime, RideStatus, str]]:
        query = select(RideChangeRow.at, RideChangeRow.status, RideChangeRow.by)
        rows = self._session.execute(query.where(RideChangeRow.ride_id == ride_id).order_by(RideChangeRow.id))
        return [(at, RideStatus(status), by) for at, status, by in rows]

    def list_rules(self) -> list[RideRules]:
        bodies = self._session.scalars(select(RideRulesRow.body).order_by(RideRulesRow.valid_from))
        return [_read_kept(RideRules, body) for body in bodies]

    def put_rules(self, rules: RideRules) -> None:
        self._put(RideRulesRow(valid_from=rules.valid_from, body=write_document(rules).decode()))

    def find_waiting(self, waiting_id: str) -> Waiting | None:
        found = self._waiting(WaitingRow.id == waiting_id)
        return found[0] if found else None

    def put_waiting(self, waiting: Waiting) -> None:
        self._session.merge(
            WaitingRow(
                id=waiting.id,
                service_id=waiting.service_id,
                person_id=waiting.person_id,
                status=waiting.status.value,
                made_at=waiting.made_at,
                body=write_document(waiting).decode(),
            )
        )
        self._session.flush()

    def list_waiting(self) -> list[Waiting]:
        return self._waiting(WaitingRow.status.in_(_OPEN))

    def list_waiting_of(self, person_id: str) -> list[Waiting]:
        return self._waiting(WaitingRow.person_id == person_id)

    def lock_person(self, person_id: str) -> None:
        """PostgreSQL: an advisory lock. SQLite: every writing transaction is alone anyway."""
        if self._is_postgresql:
            number = _lock_number(f"on-demand rides of {person_id}")
            self._session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": number})

    def rename_person(self, person_id: str, name: str) -> None:
        for ride in self.list_rides_of(person_id):
            place, to = _nowhere_exact(ride.origin), _nowhere_exact(ride.destination)
            anonymous = replace(ride, person_id=name, rider_name="", rider_phone="", note="")
            self._put(_ride_row(replace(anonymous, origin=place, destination=to)))
        for waiting in self.list_waiting_of(person_id):
            place, to = _nowhere_exact(waiting.origin), _nowhere_exact(waiting.destination)
            self.put_waiting(replace(waiting, person_id=name, origin=place, destination=to))
        by = f'"booked_by":{json.dumps(person_id, ensure_ascii=False)}'
        for ride in self._rides(RideRow.body.contains(by, autoescape=True)):
            self._put(_ride_row(replace(ride, booked_by=name)))
        self._session.execute(update(RideChangeRow).where(RideChangeRow.by == person_id).values(by=name))
        self._session.execute(delete(UsedKeyRow).where(UsedKeyRow.person_id == person_id))
        self._session.expire_all()
        self._stamp.change()

    @property
    def _is_postgresql(self) -> bool:
        return self._session.get_bind().dialect.name == "postgresql"

    def _bodies(self, table: Any, *wanted: Any) -> Sequence[str]:
        return self._session.scalars(select(table.body).where(*wanted).order_by(table.id)).all()

    def _days(self, *wanted: Any) -> list[VehicleDay]:
        query = select(DayRow.body).where(*wanted).order_by(DayRow.day, DayRow.shift_id)
        return [read_document(VehicleDay, body) for body in self._session.scalars(query)]

    def _rides(self, *wanted: Any) -> list[OnDemandRide]:
        query = select(RideRow.body).where(*wanted).order_by(RideRow.pickup_open_s, RideRow.id)
        return [read_document(OnDemandRide, body) for body in self._session.scalars(query)]

    def _waiting(self, *wanted: Any) -> list[Waiting]:
        query = select(WaitingRow.body).where(*wanted).order_by(WaitingRow.made_at, WaitingRow.id)
        return [read_document(Waiting, body) for body in self._session.scalars(query)]

    def _put(self, row: Any) -> None:
        self._session.merge(row)
        self._session.flush()
        self._stamp.change()

    def _remove(self, table: Any, identifier: str) -> None:
        self._session.execute(delete(table).where(table.id == identifier))
        self._session.expire_all()
        self._stamp.change()


def _ride_row(ride: OnDemandRide) -> RideRow:
    return RideRow(
        id=ride.id,
        service_id=ride.service_id,
        person_id=ride.person_id,
        journey_id=ride.journey_id,
        shift_id=ride.shift_id,
        day=ride.day,
        status=ride.status.value,
        pickup_open_s=ride.pickup_open_s,
        drop_close_s=ride.drop_close_s,
        made_at=ride.made_at,
        expires_at=ride.expires_at,
        is_connected=ride.connection is not None,
        body=write_document(ride).decode(),
    )


def _nowhere_exact(place: Place) -> Place:
    """An address to about a kilometre, without its words; a stop is nobody's home."""
    if place.stop_id:
        return place
    return Place("", Point(round(place.at.lat, 2), round(place.at.lon, 2)))


def _lock_number(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
