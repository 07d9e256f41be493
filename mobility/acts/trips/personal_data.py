"""What trips keep about a person: their phones, what these signed, and the trips they were in."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from carpool.checks.thresholds import default_thresholds
from carpool.trip import TripStatus
from mobility.acts.accounts.ports import Obstacle
from mobility.acts.ports import UnitOfWork
from mobility.acts.trips.ports import trip_lock
from mobility.acts.trips.settle import settle
from mobility.acts.trips_ports import StatusChange

UNSETTLED = (TripStatus.OPEN, TripStatus.WAITING, TripStatus.HELD)

UNSETTLED_DAYS = 30
"""So long a trip that is not decided keeps somebody in it from being erased."""


class TripData:
    """Fills `mobility.acts.accounts.ports.PersonalData`."""

    @property
    def section(self) -> str:
        return "trips"

    def export(self, work: UnitOfWork, person_id: str) -> Any:
        """Phones, every statement as it was received (base64), what was refused, and each trip with its history."""
        return {
            "devices": [
                {
                    "id": device.id,
                    "registeredAt": _text(device.registered_at),
                    "withdrawnAt": _text(device.revoked_at),
                    "hardware": device.hardware,
                }
                for device in work.evidence.list_devices_of(person_id)
            ],
            "statements": [
                {
                    "sha256": one.hash,
                    "trip": one.trip_id,
                    "kind": one.kind,
                    "receivedAt": _text(one.received_at),
                    "lateBecause": one.reason,
                    "bytes": None if one.data is None else base64.b64encode(one.data).decode(),
                }
                for one in work.evidence.list_of_person(person_id)
            ],
            "refused": [
                {"sha256": one.hash, "at": _text(one.at), "code": one.code, "words": one.words}
                for one in work.evidence.list_refused(person_id)
            ],
            "trips": [
                {
                    "id": state.id,
                    "role": "driver" if state.driver_id == person_id else "passenger",
                    "line": state.line_id,
                    "start": None if state.trip is None else _text(state.trip.start.at),
                    "history": [
                        {"status": change.status.value, "at": _text(change.at), "reason": change.reason}
                        for change in work.trips.list_history(state.id)
                    ],
                }
                for state in work.trips.list_all_of(person_id)
            ],
        }

    def list_obstacles(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> Sequence[Obstacle]:
        """Trips somebody's money depends on: proven ones that are not granted yet, and recent ones not decided yet."""
        trips = work.trips.list_all_of(person_id)
        claimed = [
            state
            for state in trips
            if state.status is TripStatus.PROVEN and work.subsidies.find_claim(state.id) is not None
        ]
        # Trips they sent something of, in which nobody has seen them yet: without it they could never be judged.
        sent = {one.trip_id: one.received_at for one in work.evidence.list_of_person(person_id)}
        unseen = {trip: work.trips.find_trip(trip) for trip in sent.keys() - {state.id for state in trips}}
        begun = [state.made_at for state in trips if state.status in UNSETTLED]
        begun += [sent[trip] for trip, state in unseen.items() if state is None or state.status in UNSETTLED]
        recent = [made_at for made_at in begun if (at - made_at).days < UNSETTLED_DAYS]
        found = []
        if claimed:
            found.append(
                Obstacle(
                    f"{len(claimed)} trajets prouvés attendent leur subvention : leur clôture vient sous peu.",
                    f"{len(claimed)} proven trips wait for their subsidy: their closing comes soon.",
                )
            )
        if recent:
            found.append(
                Obstacle(
                    f"{len(recent)} trajets récents ne sont pas encore décidés : au plus {UNSETTLED_DAYS} jours.",
                    f"{len(recent)} recent trips are not decided yet: {UNSETTLED_DAYS} days at most.",
                )
            )
        return found

    def erase(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> None:
        """Withdraw the phones, cancel what was driven and never settled, and destroy the key of everything sent."""
        for device in work.evidence.list_devices_of(person_id):
            work.evidence.put_device(replace(device, hardware="", revoked_at=device.revoked_at or at))
        for state in work.trips.list_all_of(person_id):
            if state.status not in UNSETTLED or state.driver_id != person_id:
                continue
            work.lock(trip_lock(state.id))
            known = work.trips.find_trip(state.id)
            if known is not None and known.status in UNSETTLED:
                change = StatusChange(known.id, TripStatus.CANCELLED, at, "system", "an account was erased")
                after = replace(known, status=TripStatus.CANCELLED, judge_at=None)
                settle(work, known, after, change, default_thresholds())
        work.evidence.forget_person(person_id)


def _text(instant: dt.datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
