"""The streets as the application asks them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from routing.street.graph import StreetGraph
from routing.street.paths import NoPath, Reached, ReachedNodes, StreetPath, Transfers, TravelTimes

SNAP_M_MAX = 250.0
"""A point farther than this from every street of its mode is off the streets."""


class Streets:
    """A street graph and the stops linked to it. Thread-safe: searches hold no lock and release the GIL.

    Modes are WALK, WHEELCHAIR, BIKE and CAR; `speed_m_s` None is the usual speed (`USUAL_SPEED_M_S`); of a CAR it must
    be None: the streets say how fast (ValueError). The fastest way does not depend on the speed: a slower person is
    slower everywhere alike. Durations are whole seconds, rounded up. Off the street one walks straight to it.
    """

    graph: StreetGraph
    unlinked_stops: NDArray[np.int32]
    """Stops with no walkable street near: reached as the crow flies times a detour factor, and `Reached.estimated`."""

    def __init__(
        self, graph: StreetGraph, stop_lat: ArrayLike, stop_lon: ArrayLike, snap_m_max: float = SNAP_M_MAX
    ) -> None:
        """Link the stops (float degrees, shape [S]; nan = no position, never reached) to the graph, for every mode."""
        raise NotImplementedError

    def warm_up(self) -> None:
        """Compile (or load from the cache) every kernel that a question can need."""
        raise NotImplementedError

    def reach(
        self,
        mode: str,
        lat: float,
        lon: float,
        max_duration_s: int,
        speed_m_s: float | None = None,
        egress: bool = False,
    ) -> list[Reached] | NoPath:
        """The stops within `max_duration_s` of a point, nearest in time first; `egress`: from the stops to the point.

        NoPath when the point itself is on no street (`end` is 'from', or 'to' with `egress`).
        """
        raise NotImplementedError

    def path(
        self, mode: str, lat: float, lon: float, to_lat: float, to_lon: float, speed_m_s: float | None = None
    ) -> StreetPath | NoPath:
        """The fastest way between two points, with its steps; or why there is none."""
        raise NotImplementedError

    def travel_times(
        self, mode: str, origins: ArrayLike, destinations: ArrayLike, speed_m_s: float | None = None
    ) -> TravelTimes:
        """Fastest travel between all pairs of `origins` [O, 2] and `destinations` [D, 2] (lat, lon in degrees)."""
        raise NotImplementedError

    def transfers(self, max_duration_s: int, mode: str = "WALK", speed_m_s: float | None = None) -> Transfers:
        """All pairs of stops within `max_duration_s` of each other; unlinked stops have none."""
        raise NotImplementedError

    def spread(
        self,
        mode: str,
        lat: ArrayLike,
        lon: ArrayLike,
        offset_s: ArrayLike,
        max_duration_s: int,
        speed_m_s: float | None = None,
        egress: bool = False,
    ) -> ReachedNodes:
        """The street nodes reached within `max_duration_s`, where one sets out from seed i at `offset_s[i]` seconds.

        Each node has its earliest time over all seeds. Seeds off the streets reach nothing.
        """
        raise NotImplementedError

    def locate(self, mode: str, lat: float, lon: float) -> tuple[float, float] | NoPath:
        """Where a point meets the streets, in degrees; or why it does not."""
        raise NotImplementedError
