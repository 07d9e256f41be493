"""What the planner is asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.timetable import ALL_MODES


@dataclass(frozen=True, slots=True)
class Offset:
    """A boardable stop and how long it takes to walk between it and the place asked for.

    0 s: one is at the stop, so its footpaths may be walked as well. What was walked to is not walked on from.

    With `open_s` and `close_s` it is a flexible leg (on-demand transport, a ride from door to door): it sets out at
    an instant from `open_s` to `close_s` (seconds since the epoch, UTC) and takes `duration_s`. A stop may have
    several.
    """

    stop: int
    duration_s: int
    open_s: int | None = None
    close_s: int | None = None
    cost: int = 0
    """What taking a flexible leg costs, in the units of the query's `cost`; what is walked has its price there."""


@dataclass(frozen=True, slots=True)
class Via:
    """A place to pass: getting off at one of `stops` and staying there; with `stay_s` 0 riding through is enough."""

    stops: tuple[int, ...]
    stay_s: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class PatternCost:
    """What the trips of each pattern of the timetable cost beside what their mode does; two are equal only when they
    are the same one."""

    per_ride: NDArray[np.int64]
    """[P] boarding one, not staying seated."""
    per_km: NDArray[np.int64]
    """[P]"""


@dataclass(frozen=True, slots=True)
class Cost:
    """A third thing to keep low beside arrival and transfers, in whole units of the caller's choosing.

    Journeys are kept that some journey of the Pareto set by arrival and transfers beats by no more than `slack_s` and
    `slack_transfers` (restricted Pareto set: Delling, Dibbelt, Pajor, "Fast and Exact Public Transit Routing with
    Restricted Pareto Sets", ALENEX 2019).
    """

    per_walked_s: int = 0
    per_ride: int = 0
    """Every vehicle boarded."""
    per_km_by_mode: tuple[int, ...] = ()
    """By `Mode`; a ride's length is as the crow flies from stop to stop. Empty: nothing."""
    per_ride_by_extra_mode: tuple[int, ...] = ()
    """By `Mode`: boarding a trip that is not in the timetable (`routing.overlay.ExtraTrip`). Empty: nothing."""
    by_pattern: PatternCost | None = None
    """And of those in the timetable; None: nothing."""
    slack_s: int = 1800
    slack_transfers: int = 1


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the planner. Instants are whole seconds since the epoch, UTC.

    `window_s == 0`: the best journeys that leave at `time_s` or later (`arrive_by`: that arrive at it or
    before): the Pareto set of arrival (departure) and transfers.
    `window_s > 0`: every journey that leaves in `[time_s, time_s + window_s]` (`arrive_by`: that arrives
    in it) that no other, even one that leaves later (arrives earlier), beats in departure, arrival and transfers:
    windows that follow each other neither repeat nor lose a journey.
    """

    origins: tuple[Offset, ...]
    destinations: tuple[Offset, ...]
    time_s: int
    arrive_by: bool = False
    window_s: int = 0
    max_transfers: int = 7
    max_travel_time_s: int = 86400
    """Inclusive, from leaving the origin to reaching the destination; without a window, from (to) `time_s`."""
    min_transfer_time_s: int = 0
    """Lower bound on every change between vehicles, on foot or at one stop."""
    additional_transfer_time_s: int = 0
    transfer_time_factor: float = 1.0
    modes: int = ALL_MODES
    """Bit set of `Mode`s that may be ridden."""
    wheelchair: bool = False
    """Only trips known to take wheelchairs, and no stop known not to."""
    bikes: bool = False
    """Only trips known to take bicycles."""
    via: tuple[Via, ...] = ()
    """To be passed in this order."""
    cost: Cost | None = None
    time_limit_s: float = 0.0
    """Stop searching after so long and say so (`Answer.cut_off`); 0: no limit."""
