"""What rides on demand say about a person: handed to them, or made nobody's."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ground.document import write_document
from mobility.acts.accounts.ports import Obstacle
from mobility.acts.on_demand.locked import swap_all
from mobility.acts.ports import UnitOfWork
from mobility.acts.ride_data import ERASED
from on_demand.area import Point
from on_demand.tour import Request, VehicleDay


class OnDemandData:
    """Fills `mobility.acts.accounts.ports.PersonalData`."""

    section = "onDemand"

    def export(self, work: UnitOfWork, person_id: str) -> Any:
        """Their rides with their histories, and where they waited."""
        rides = work.on_demand.list_rides_of(person_id)
        return {
            "rides": [
                json.loads(write_document(ride))
                | {
                    "history": [
                        {"at": at.isoformat(), "status": status.value}
                        for at, status, _ in work.on_demand.list_history(ride.id)
                    ]
                }
                for ride in rides
            ],
            "waiting": [json.loads(write_document(one)) for one in work.on_demand.list_waiting_of(person_id)],
        }

    def list_obstacles(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> Sequence[Obstacle]:
        """Rides to come: a vehicle would come for nobody."""
        coming = [
            ride
            for ride in work.on_demand.list_rides_of(person_id)
            if ride.holds_seats and ride.drop_close_s > at.timestamp()
        ]
        shifts = [shift.id for shift in work.on_demand.list_shifts() if shift.driver == person_id]
        found = []
        if coming:
            found.append(
                Obstacle(
                    f"{len(coming)} trajet(s) à la demande à venir : annulez-les d'abord.",
                    f"{len(coming)} on-demand ride(s) to come: cancel them first.",
                )
            )
        if shifts:
            found.append(
                Obstacle(
                    f"Des services vous sont confiés ({', '.join(shifts)}) : l'exploitant doit les réattribuer.",
                    f"You drive shifts ({', '.join(shifts)}): the operator must give them to somebody else.",
                )
            )
        return found

    def erase(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> None:
        """Rides stay as nobody's, from about where to about where; what was written is gone. The tours they were in,
        too, know addresses to about a kilometre from then on."""
        work.on_demand.lock_person(person_id)
        rides = work.on_demand.list_rides_of(person_id)
        ids = {ride.id for ride in rides if not (ride.origin.stop_id and ride.destination.stop_id)}
        keys = sorted({(ride.shift_id, ride.day) for ride in rides}, key=lambda key: (key[1], key[0]))
        days = work.on_demand.lock_days(keys) if keys else []
        swap_all(work, [day for day in (_coarsened(one, ids) for one in days) if day is not None])
        work.on_demand.rename_person(person_id, ERASED)


def _coarsened(day: VehicleDay, ids: set[str]) -> VehicleDay | None:
    if not any(request.id in ids for request in day.requests):
        return None
    requests = tuple(_rounded(one) if one.id in ids else one for one in day.requests)
    return replace(day, version=day.version + 1, requests=requests)


def _rounded(request: Request) -> Request:
    origin, destination = (
        Point(round(at.lat, 2), round(at.lon, 2)) for at in (request.origin, request.destination)
    )
    return replace(request, origin=origin, destination=destination)
