"""All the acts on trips need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from carpool.checks.case import RoadTimes, VehicleTracks
from carpool.checks.thresholds import Thresholds
from mobility.acts.ports import UnitsOfWork


@dataclass(frozen=True)
class TripPorts:
    """Storage, the clock (aware UTC), and what the checks compare with."""

    unit_of_work: UnitsOfWork
    now: Callable[[], dt.datetime]
    roads: RoadTimes
    vehicles: VehicleTracks
    thresholds: Thresholds


class TripRefusedError(Exception):
    """What is asked of a trip cannot be done. `code` is for programs; words in both languages for people."""

    def __init__(self, code: str, french: str, english: str) -> None:
        super().__init__(english)
        self.code, self.french, self.english = code, french, english


def trip_lock(trip_id: str) -> str:
    """Held by whoever changes where a trip stands. Taken before people, rides and the register."""
    return f"trip {trip_id}"


def unknown_trip() -> TripRefusedError:
    """There is no such trip, for those who may know that."""
    return TripRefusedError("unknown-trip", "Ce trajet n'est pas connu.", "This trip is not known.")
