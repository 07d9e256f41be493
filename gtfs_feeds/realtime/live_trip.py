"""What real time says of trips: of planned ones, and of those it adds."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.realtime.match import TripRun
from routing.overlay import ExtraTrip, TripChange


class Standing(StrEnum):
    """What became of a planned trip."""

    RUNNING = "running"
    """It runs, with other times, stops or platforms, or exactly as planned."""
    CANCELLED = "cancelled"
    """It does not run, and people are told so (also: it stops nowhere)."""
    DELETED = "deleted"
    """It does not run, and is not to be shown at all."""
    REPLACED = "replaced"
    """Another trip runs in its place: `LiveTrip.replaced_by`. It is not shown beside it."""


class LiveTrip(NamedTuple):
    """What real time says of one run of a planned trip. `n` is the length of its pattern."""

    run: TripRun
    standing: Standing
    change: TripChange
    """What the router is told. Cancelled, deleted and replaced trips are all `cancelled` there."""
    known: NDArray[np.bool_]
    """[n] where real time says something; elsewhere (NO_DATA, before the first update) the plan is all there is."""
    assigned_stop: NDArray[np.int32] | None
    """[n] the platform it calls at now, any stop, -1 as planned; None: all as planned. `change.stop` has only those
    the router can use: where some planned trip stops too."""
    replaced_by: str = ""
    """`LiveExtraTrip.key`."""
    timestamp_s: int = 0
    """When this was known: the update's own timestamp, else that of the message that said it first."""
    vehicle_id: str = ""
    vehicle_label: str = ""
    entity_id: str = ""


class LiveExtraTrip(NamedTuple):
    """A trip real time adds. `n` is the number of its calls."""

    key: str
    """`{feed}_{trip_id}|{YYYYMMDD}`: unique in one source, the same from message to message; `extra.key`."""
    trip_id: str
    """As the message has it, without the feed."""
    extra: ExtraTrip
    planned_s: NDArray[np.int64]
    """[2, n] scheduled arrivals and departures (instants) where there is a plan for them, else as `extra`'s."""
    known: NDArray[np.bool_]
    """[n] where times are real-time ones."""
    assigned_stop: NDArray[np.int32] | None
    """As in `LiveTrip`."""
    model: int
    """The planned trip it duplicates or replaces, -1 for none."""
    replaces: bool
    """It runs in `model`'s place; else beside it."""
    route: int
    """Of the catalogue, -1 unknown."""
    direction: int = -1
    headsign: str = ""
    """"" when the model's, or else the last stop's name, holds."""
    short_name: str = ""
    timestamp_s: int = 0
    vehicle_id: str = ""
    vehicle_label: str = ""
    entity_id: str = ""
