"""What is laid over the timetable: trips that run otherwise than planned, and trips that are not in it.

The overlay is the router's second input contract. Whoever knows of delays (GTFS-RT) or of one-off trips (published
rides of a carpool line) fills `TripChange` and `ExtraTrip`; `compile_overlay` turns them into one more layer for the
kernels, and into the marks by which they pass over the planned trips it replaces. Nothing is copied for a query.

Instants are whole seconds since the epoch, UTC: real time knows no service days.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.layer import Layer, ServiceDay


@dataclass(frozen=True, slots=True, eq=False)
class TripChange:
    """How one planned trip runs on one service day. `n` is the length of its pattern; positions stay the plan's."""

    trip: int
    """Of the timetable."""
    service_day: dt.date
    arrival_s: NDArray[np.int64]
    """[n] instants, each not before the departure before it; of skipped positions, whatever keeps that order."""
    departure_s: NDArray[np.int64]
    """[n] instants, each not before the arrival at its position."""
    shift_s: int = 0
    """Which repetition, of a trip repeated by frequencies."""
    cancelled: bool = False
    """It does not run at all; the times are the planned ones."""
    skipped: NDArray[np.bool_] | None = None
    """[n] where it does not stop."""
    stop: NDArray[np.int32] | None = None
    """[n] where it calls instead (another platform), boardable stops; None: where it is planned to."""


@dataclass(frozen=True, slots=True, eq=False)
class ExtraTrip:
    """A trip the timetable does not have: added or duplicated by real time, or a published ride."""

    key: str
    """Names it to whoever laid it over; unique in one overlay."""
    service_day: dt.date
    """The day people count it to."""
    stop: NDArray[np.int32]
    """[n] boardable stops."""
    arrival_s: NDArray[np.int64]
    """[n] instants, in order as in `TripChange`."""
    departure_s: NDArray[np.int64]
    pickup: NDArray[np.uint8]
    """[n] GTFS pickup_type: 0 regular, 1 none, 2 phone, 3 ask the driver."""
    dropoff: NDArray[np.uint8]
    """[n] GTFS drop_off_type, likewise."""
    mode: int
    """A `Mode`."""
    wheelchair: int = 0
    """0 unknown, 1 yes, 2 no."""
    bikes: int = 0


class OverlayTrips(NamedTuple):
    """Which trip each trip of the overlay is, in the numbering of its layer."""

    trip: NDArray[np.int32]  # [N] of the timetable; from its number of trips on: of the extra trips
    service_day: tuple[dt.date, ...]  # [N]
    shift_s: NDArray[np.int32]  # [N]


@dataclass(frozen=True, eq=False)
class Overlay:
    """What is laid over the timetable, ready to be searched (made by `routing.compile_overlay`)."""

    base_s: int
    """The instant its layer's times count from."""
    layer: Layer
    mirror: Layer
    trips: OverlayTrips
    days: dict[dt.date, ServiceDay]
    """Service days of which some trips are closed, with the marks that say so."""
    changes: dict[tuple[int, dt.date, int], TripChange]
    """By trip, service day and shift."""
    extras: tuple[ExtraTrip, ...]

    def find_change(self, trip: int, service_day: dt.date, shift_s: int = 0) -> TripChange | None:
        """How a trip runs that day, if that is known to be otherwise than planned."""
        return self.changes.get((trip, service_day, shift_s))
