"""What the streets answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from numpy.typing import NDArray

from routing.street.steps import Step


class Reason(StrEnum):
    """Why there is no path."""

    OUTSIDE = "OUTSIDE"
    """The point lies outside the extract."""
    OFF_STREETS = "OFF_STREETS"
    """No street that the mode may use is near: a lake, a forest, the middle of an airport."""
    NOT_CONNECTED = "NOT_CONNECTED"
    """Both points are on streets, and no way leads from one to the other in this mode."""


@dataclass(frozen=True, slots=True)
class NoPath:
    """Why not. `end` says which point is to blame: 'from' or 'to'; None for NOT_CONNECTED."""

    reason: Reason
    mode: str
    end: str | None = None


class Reached(NamedTuple):
    """A stop within reach. `estimated`: it has no street near, so this is the crow's way times a detour factor."""

    stop: int
    duration_s: int
    distance_m: float
    estimated: bool = False


class ReachedNodes(NamedTuple):
    """Street nodes within reach, R of them, for isochrones."""

    lat: NDArray[Any]  # float64[R] degrees
    lon: NDArray[Any]  # float64[R]
    duration_s: NDArray[Any]  # int32[R] offset of the seed included


class Transfers(NamedTuple):
    """Ways between stops by the streets, sorted by `from_stop` then `duration_s`; no stop to itself."""

    from_stop: NDArray[Any]  # int32
    to_stop: NDArray[Any]  # int32
    duration_s: NDArray[Any]  # int32
    distance_m: NDArray[Any]  # float64


class TravelTimes(NamedTuple):
    """Between O origins and D destinations; -1 and nan where there is no path."""

    duration_s: NDArray[Any]  # int32[O, D]
    distance_m: NDArray[Any]  # float64[O, D] along the fastest path


@dataclass(frozen=True, slots=True)
class StreetPath:
    """The fastest way along the streets. `lat`, `lon` float64: from point to point, bits beside the street included."""

    duration_s: int
    distance_m: float
    lat: NDArray[Any]
    lon: NDArray[Any]
    steps: tuple[Step, ...]
