"""What is kept of people in what the national register was told: exported to them, and erased with them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from mobility.acts.accounts.ports import Obstacle
from mobility.acts.national_register.journey import without_identity
from mobility.acts.national_register.ports import SentJourney
from mobility.acts.ports import UnitOfWork


class NationalRegisterData:
    """Fills `PersonalData`. Journeys stay, as the register has them; who it was goes out of all that was sent."""

    @property
    def section(self) -> str:
        return "national_register"

    def export(self, work: UnitOfWork, person_id: str) -> Any:
        return [
            {
                "journey": journey.id,
                "role": _role(journey, person_id),
                "state": journey.state.value,
                "statuses": [
                    {"at": seen.at.isoformat(), "status": seen.status}
                    for seen in work.national_journeys.list_statuses(journey.id)
                ],
            }
            for journey in work.national_journeys.list_of_person(person_id)
        ]

    def list_obstacles(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> Sequence[Obstacle]:
        return ()

    def erase(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> None:
        for found in work.national_journeys.list_of_person(person_id):
            journey = work.national_journeys.lock(found.id)
            assert journey is not None
            role = _role(journey, person_id)
            work.national_journeys.rewrite_requests(journey.id, _without(role))
            emptied = (
                replace(journey, driver_id="") if role == "driver" else replace(journey, passenger_id="")
            )
            work.national_journeys.put(emptied)


def _role(journey: SentJourney, person_id: str) -> str:
    return "driver" if journey.driver_id == person_id else "passenger"


def _without(role: str) -> Callable[[str], str]:
    def rewrite(request: str) -> str:
        return json.dumps(without_identity(json.loads(request), role)) if request else request

    return rewrite
