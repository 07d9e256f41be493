"""Where trips stand, and how they came there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, union
from sqlalchemy.orm import Session

from carpool.checks.case import Finding
from carpool.checks.thresholds import Outcome
from carpool.trip import EvidenceClass, Fix, Passage, Trip, TripStatus
from mobility.acts.trips_ports import StatusChange, TripState
from mobility.storage.trip_tables import ChecksRow, TripDueRow, TripPersonRow, TripRow, TripStatusRow

_PLAIN = (
    *("id", "driver_id", "line_id", "ride_id", "made_at", "changed_at", "missing", "track_m"),
    *("checks", "claim", "decided_by", "judge_at"),
)


class SqlTrips:
    """Fills `mobility.acts.trips_ports.TripTable`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_trip(self, trip_id: str) -> TripState | None:
        row = self._session.get(TripRow, trip_id, populate_existing=True)
        return None if row is None else _state(row)

    def put_trip(self, state: TripState, change: StatusChange | None) -> None:
        start_at = None if state.trip is None else state.trip.start.at
        row = TripRow(
            **{name: getattr(state, name) for name in _PLAIN},
            status=state.status.value,
            start_at=start_at,
            body=None if state.trip is None else write_trip(state.trip),
            findings=[_write_finding(finding) for finding in state.findings],
        )
        self._session.merge(row)
        self._session.flush()
        self._session.execute(delete(TripPersonRow).where(TripPersonRow.trip_id == state.id))
        people = {state.driver_id} | {p.passenger_id for p in (state.trip.passages if state.trip else ())}
        rows = [
            {"trip_id": state.id, "person": person, "start_at": start_at} for person in sorted(people - {""})
        ]
        if rows:
            self._session.execute(insert(TripPersonRow), rows)
        if change is not None:
            self._session.add(
                TripStatusRow(
                    trip_id=change.trip_id,
                    status=change.status.value,
                    at=change.at,
                    by=change.by,
                    reason=change.reason,
                    findings=[_write_finding(finding) for finding in change.findings],
                    checks=change.checks,
                )
            )
        self._session.flush()

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

    def list_trips_of(
        self, people: Collection[str], from_at: dt.datetime, to_at: dt.datetime
    ) -> list[TripState]:
        within = (TripPersonRow.start_at >= from_at) & (TripPersonRow.start_at < to_at)
        ids = select(TripPersonRow.trip_id).where(TripPersonRow.person.in_(sorted(people)), within)
        return self._states(select(TripRow).where(TripRow.id.in_(ids)))

    def list_all_of(self, person: str) -> list[TripState]:
        ids = select(TripPersonRow.trip_id).where(TripPersonRow.person == person)
        return self._states(select(TripRow).where(TripRow.id.in_(ids)))

    def list_like(self, line_id: str, from_at: dt.datetime, to_at: dt.datetime) -> list[TripState]:
        within = (TripRow.start_at >= from_at) & (TripRow.start_at < to_at)
        return self._states(select(TripRow).where(TripRow.line_id == line_id, within))

    def list_rides(self, ride_id: str) -> list[TripState]:
        return self._states(select(TripRow).where(TripRow.ride_id == ride_id))

    def list_standing(self, statuses: Collection[TripStatus], limit: int) -> list[TripState]:
        names = sorted(status.value for status in statuses)
        query = select(TripRow).where(TripRow.status.in_(names))
        rows = self._session.scalars(query.order_by(TripRow.changed_at, TripRow.id).limit(limit))
        return [_state(row) for row in rows]

    def mark_due(self, trip_ids: Collection[str], at: dt.datetime) -> None:
        rows = [{"trip_id": trip_id, "at": at} for trip_id in sorted(trip_ids)]
        if rows:
            self._session.execute(insert(TripDueRow), rows)

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

    def read_due(self, trip_id: str) -> list[int]:
        return list(self._session.scalars(select(TripDueRow.id).where(TripDueRow.trip_id == trip_id)))

    def clear_due(self, marks: Collection[int]) -> None:
        for first in range(0, len(ordered := sorted(marks)), 500):
            part = ordered[first : first + 500]
            self._session.execute(delete(TripDueRow).where(TripDueRow.id.in_(part)))

    def is_recorded(self, checks: str) -> bool:
        return self._session.get(ChecksRow, checks) is not None

    def put_recorded(self, checks: str, at: dt.datetime) -> None:
        self._session.add(ChecksRow(hash=checks, at=at))
        self._session.flush()

    def _states(self, query: Select[TripRow]) -> list[TripState]:
        return [_state(row) for row in self._session.scalars(query.order_by(TripRow.start_at, TripRow.id))]


def _state(row: TripRow) -> TripState:
    return TripState(
        **{name: getattr(row, name) for name in _PLAIN},
        status=TripStatus(row.status),
        trip=None if row.body is None else replace(read_trip(row.body), status=TripStatus(row.status)),
        findings=tuple(_read_finding(finding) for finding in row.findings),
    )


def _write_finding(finding: Finding) -> dict[str, Any]:
    return asdict(finding) | {"outcome": finding.outcome.value, "facts": dict(finding.facts)}


def _read_finding(body: dict[str, Any]) -> Finding:
    return Finding(**body | {"outcome": Outcome(body["outcome"])})


def write_trip(trip: Trip) -> dict[str, Any]:
    """A trip as JSON."""
    body = asdict(trip)
    body["status"] = trip.status.value
    body["start"], body["end"] = _write_fix(trip.start), _write_fix(trip.end)
    body["passages"] = [
        asdict(passage)
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


def _write_fix(fix: Fix) -> list[Any]:
    return [fix.at.timestamp(), fix.lat, fix.lon, fix.stop_id]


def _read_fix(body: list[Any]) -> Fix:
    return Fix(dt.datetime.fromtimestamp(body[0], dt.UTC), body[1], body[2], body[3])
