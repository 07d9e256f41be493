"""Where trips stand, and how they came there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, delete, func, insert, select, union
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from carpool.checks.case import Finding, OtherTrip, Ridden
from carpool.checks.thresholds import Outcome
from carpool.trip import EvidenceClass, Fix, Passage, Trip, TripStatus
from mobility.acts.trips_ports import StatusChange, TripState, people_in
from mobility.storage.trip_tables import ChecksRow, TripDueRow, TripPersonRow, TripRow, TripStatusRow

_PLAIN = (
    *("id", "driver_id", "line_id", "ride_id", "made_at", "changed_at", "missing", "track_m"),
    *("checks", "claim", "decided_by", "judge_at"),
)


# Judging asks and writes the same few things thousands of times: the statements are built once, and rows stay rows.
_TRIP, _PERSON, _DUE, _STATUS = (
    cast(Table, row.__table__) for row in (TripRow, TripPersonRow, TripDueRow, TripStatusRow)
)
_FIND = select(_TRIP).where(_TRIP.c.id == bindparam("id"))
_PEOPLE = select(_PERSON.c.person, _PERSON.c.start_at).where(_PERSON.c.trip_id == bindparam("trip"))
_NOBODY = delete(_PERSON).where(_PERSON.c.trip_id == bindparam("trip"))
_TAKE_DUE = delete(_DUE).where(_DUE.c.trip_id == bindparam("trip"))
_ADD_CHANGE = insert(_STATUS)


class SqlTrips:
    """Fills `mobility.acts.trips_ports.TripTable`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_trip(self, trip_id: str) -> TripState | None:
        row = self._session.execute(_FIND, {"id": trip_id}).first()
        return None if row is None else _state(row)

    def put_trip(self, state: TripState, *changes: StatusChange) -> None:
        start_at = None if state.trip is None else state.trip.start.at
        values = {name: getattr(state, name) for name in _PLAIN} | {
            "status": state.status.value,
            "start_at": start_at,
            "body": None if state.trip is None else write_trip(state.trip),
            "findings": [_write_finding(finding) for finding in state.findings],
        }
        self._session.execute(_upsert(self._session.get_bind().dialect.name), [values])
        people = {(person, start_at) for person in people_in(state)}
        if people != {tuple(row) for row in self._session.execute(_PEOPLE, {"trip": state.id})}:
            self._session.execute(_NOBODY, {"trip": state.id})
            rows = [{"trip_id": state.id, "person": person, "start_at": at} for person, at in sorted(people)]
            if rows:
                self._session.execute(insert(_PERSON), rows)
        if changes:
            self._session.execute(_ADD_CHANGE, [_write_change(change) for change in changes])

    def list_history(self, trip_id: str) -> list[StatusChange]:
        query = select(TripStatusRow).where(TripStatusRow.trip_id == trip_id).order_by(TripStatusRow.id)
        return [
            StatusChange(
                trip_id=row.trip_id,
                status=TripStatus(row.status),
                at=row.at,
                by=row.by,
                reason=row.reason,
                findings=tuple(_read_finding(finding) for finding in row.findings),
                checks=row.checks,
            )
            for row in self._session.scalars(query)
        ]

    def list_beside(self, trip: Trip) -> list[OtherTrip]:
        query = _beside(bool(trip.ride_id), is_whole=True)
        return [_other(row) for row in self._session.execute(query, _beside_values(trip))]

    def list_ids_beside(self, trip: Trip) -> set[str]:
        query = _beside(bool(trip.ride_id), is_whole=False)
        return set(self._session.scalars(query, _beside_values(trip)))

    def list_all_of(self, person: str) -> list[TripState]:
        ids = select(TripPersonRow.trip_id).where(TripPersonRow.person == person)
        return self._states(select(_TRIP).where(TripRow.id.in_(ids)))

    def list_like(self, line_id: str, from_at: dt.datetime, to_at: dt.datetime) -> list[TripState]:
        within = (TripRow.start_at >= from_at) & (TripRow.start_at < to_at)
        return self._states(select(_TRIP).where(TripRow.line_id == line_id, within))

    def list_standing(self, statuses: Collection[TripStatus], limit: int) -> list[TripState]:
        names = sorted(status.value for status in statuses)
        query = select(_TRIP).where(TripRow.status.in_(names))
        rows = self._session.execute(query.order_by(TripRow.changed_at, TripRow.id).limit(limit))
        return [_state(row) for row in rows]

    def mark_due(self, trip_ids: Collection[str], at: dt.datetime) -> None:
        rows = [{"trip_id": trip_id, "at": at} for trip_id in sorted(trip_ids)]
        if rows:
            self._session.execute(insert(_DUE), rows)

    def list_due(self, now: dt.datetime, limit: int) -> list[str]:
        marked = select(TripDueRow.trip_id.label("trip_id"), func.min(TripDueRow.at).label("at")).group_by(
            TripDueRow.trip_id
        )
        late = select(TripRow.id.label("trip_id"), TripRow.judge_at.label("at")).where(
            TripRow.judge_at <= now
        )
        due = union(marked, late).subquery()
        first = func.min(due.c.at)
        query = select(due.c.trip_id).group_by(due.c.trip_id).order_by(first, due.c.trip_id).limit(limit)
        return list(self._session.scalars(query))

    def take_due(self, trip_id: str) -> None:
        self._session.execute(_TAKE_DUE, {"trip": trip_id})

    def is_recorded(self, checks: str) -> bool:
        return self._session.get(ChecksRow, checks) is not None

    def put_recorded(self, checks: str, at: dt.datetime) -> None:
        self._session.add(ChecksRow(hash=checks, at=at))
        self._session.flush()

    def _states(self, query: Select[Any]) -> list[TripState]:
        return [_state(row) for row in self._session.execute(query.order_by(TripRow.start_at, TripRow.id))]


@cache
def _upsert(dialect: str) -> Any:
    """A trip's row as it is now."""
    put = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(_TRIP)
    values = {column.name: put.excluded[column.name] for column in _TRIP.c if column.name != "id"}
    return put.on_conflict_do_update(index_elements=["id"], set_=values)


@cache
def _beside(is_of_ride: bool, is_whole: bool) -> Select[Any]:
    """The other trips that start within a day and a half with anybody of these in them, that start on the line in the
    same minute, or that say they are the same ride."""

    def within(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        return (column >= bindparam(f"{name}_from")) & (column < bindparam(f"{name}_to"))

    of_people = select(_PERSON.c.trip_id).where(
        _PERSON.c.person.in_(bindparam("people", expanding=True)), within(_PERSON.c.start_at, "day")
    )
    like = select(_TRIP.c.id).where(_TRIP.c.line_id == bindparam("line"), within(_TRIP.c.start_at, "minute"))
    of_ride = [select(_TRIP.c.id).where(_TRIP.c.ride_id == bindparam("ride"))] if is_of_ride else []
    columns = (_TRIP.c.id, _TRIP.c.status, _TRIP.c.body, _TRIP.c.track_m) if is_whole else (_TRIP.c.id,)
    return (
        select(*columns)
        .where(_TRIP.c.id.in_(union(of_people, like, *of_ride)), _TRIP.c.id != bindparam("trip"))
        .where(_TRIP.c.start_at.is_not(None))
        .order_by(_TRIP.c.start_at, _TRIP.c.id)
    )


def _beside_values(trip: Trip) -> dict[str, Any]:
    start, day = trip.start.at, dt.timedelta(hours=36)
    minute = start.replace(second=0, microsecond=0)
    return {
        "trip": trip.id,
        "people": sorted({trip.driver_id, *(passage.passenger_id for passage in trip.passages)}),
        "day_from": start - day,
        "day_to": start + day,
        "line": trip.line_id,
        "minute_from": minute,
        "minute_to": minute + dt.timedelta(minutes=1),
    } | ({"ride": trip.ride_id} if trip.ride_id else {})


def _other(row: Row[Any]) -> OtherTrip:
    body = row.body
    (start_s, _, _, start_stop), (end_s, _, _, end_stop) = body["start"], body["end"]
    return OtherTrip(
        id=row.id,
        status=TripStatus(row.status),
        driver_id=body["driver_id"],
        line_id=body["line_id"],
        ride_id=body["ride_id"],
        start_at=dt.datetime.fromtimestamp(start_s, dt.UTC),
        end_at=dt.datetime.fromtimestamp(end_s, dt.UTC),
        start_stop=start_stop,
        end_stop=end_stop,
        track_m=row.track_m,
        passengers=tuple(
            Ridden(
                one["passenger_id"],
                dt.datetime.fromtimestamp(one["board"][0], dt.UTC),
                dt.datetime.fromtimestamp(one["alight"][0], dt.UTC),
            )
            for one in body["passages"]
        ),
    )


def _state(row: Row[Any]) -> TripState:
    return TripState(
        **{name: getattr(row, name) for name in _PLAIN},
        status=TripStatus(row.status),
        trip=None if row.body is None else replace(read_trip(row.body), status=TripStatus(row.status)),
        findings=tuple(_read_finding(finding) for finding in row.findings),
    )


def _write_change(change: StatusChange) -> dict[str, Any]:
    return {
        "trip_id": change.trip_id,
        "status": change.status.value,
        "at": change.at,
        "by": change.by,
        "reason": change.reason,
        "findings": [_write_finding(finding) for finding in change.findings],
        "checks": change.checks,
    }


def _write_finding(finding: Finding) -> dict[str, Any]:
    return _plain(finding) | {"outcome": finding.outcome.value, "facts": dict(finding.facts)}


def _read_finding(body: dict[str, Any]) -> Finding:
    return Finding(**body | {"outcome": Outcome(body["outcome"])})


def write_trip(trip: Trip) -> dict[str, Any]:
    """A trip as JSON."""
    body = _plain(trip)
    body["status"] = trip.status.value
    body["start"], body["end"] = _write_fix(trip.start), _write_fix(trip.end)
    body["passages"] = [
        _plain(passage)
        | {
            "board": _write_fix(passage.board),
            "alight": _write_fix(passage.alight),
            "evidence_class": passage.evidence_class.value,
        }
        for passage in trip.passages
    ]
    return body


def read_trip(body: dict[str, Any]) -> Trip:
    """What `write_trip` wrote."""
    passages = tuple(
        Passage(
            **passage
            | {
                "board": _read_fix(passage["board"]),
                "alight": _read_fix(passage["alight"]),
                "evidence_class": EvidenceClass(passage["evidence_class"]),
                "evidence": tuple(passage["evidence"]),
            }
        )
        for passage in body["passages"]
    )
    return Trip(
        **body
        | {
            "start": _read_fix(body["start"]),
            "end": _read_fix(body["end"]),
            "passages": passages,
            "evidence": tuple(body["evidence"]),
            "status": TripStatus(body["status"]),
        }
    )


def _plain(thing: Any) -> dict[str, Any]:
    """Its fields by name, as they are: `asdict` copies whatever is in them."""
    return {name: getattr(thing, name) for name in thing.__slots__}


def _write_fix(fix: Fix) -> list[Any]:
    return [fix.at.timestamp(), fix.lat, fix.lon, fix.stop_id]


def _read_fix(body: list[Any]) -> Fix:
    return Fix(dt.datetime.fromtimestamp(body[0], dt.UTC), body[1], body[2], body[3])
