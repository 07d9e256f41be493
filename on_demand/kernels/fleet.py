"""What the kernels of insertion read and write: tours beside each other, a ride, and the state of things at an instant.

Few arrays of many columns: each array costs when a kernel is called. int64 unless said; instants and durations in
seconds; NONE: there is none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LO, HI, STAND, DRIVE, LEAVE, PICK, LIMIT, ABOARD, SEATS, WHEELCHAIRS, IS_BREAK = range(11)
"""Columns of a node, as `on_demand.schedule.Node` has them. PICK is counted within the tour; a break is at the place of
the node before it."""

BEGIN, EARLY, LAST, NEXT_HI = range(11, 15)
"""Columns that follow from these: when it begins, whatever the time is now; the same as far as the way there says; when
it has to begin, or a window after it is missed; the least HI of itself and what follows."""

FIRST, COUNT, FIXED, AHEAD, ROUTE_MAX, WAITS, OPENS, CLOSES = range(8)
"""Columns of a vehicle: its first node and how many there are; so many are facts; the first ride's node nobody reported
served, within the tour; the longest route (FAR: any); how long riders aboard wait, whatever the time is now (NONE: the
tour breaks a rule and takes nobody); working hours."""

(
    PICKUP_OPEN, PICKUP_CLOSE, DROP_OPEN, DROP_CLOSE, RIDE_MAX, PICKUP_STAND, DROP_STAND, TAKES_SEATS,
    TAKES_WHEELCHAIRS, NOW, SET_OUT, DIRECT,
) = range(12)  # fmt: skip
"""Cells of a ride: its windows, the longest time on board, standing at its ends, what it takes; then the instant, when
what is new is set out for at the earliest, and driving from end to end (NONE: no way)."""

KEPT, WAITS_NOW, IS_LATE, FROM = range(4)
"""Columns of a vehicle at an instant: its last node that stays as it is (NONE: it is not asked); how long riders aboard
wait; whether what is ahead is late; the first node after which the ride might be picked up."""

BEGIN_NOW, EARLY_NOW = range(2)
"""Columns of a node at an instant, where IS_LATE."""

TO_PICKUP, FROM_PICKUP, TO_DROP, FROM_DROP = range(4)
"""Rows of the ways between the nodes and the ends of a ride, int32[4,N] (NONE: no way, or not asked for)."""

ADDED, PICKUP_AT, DROP_AT, VEHICLE, AFTER, DROP_AFTER = range(6)
"""Cells of the best place: driving added, when service begins, the vehicle (NONE: there is no place), and the nodes of
its tour after which the ride is picked up and set down."""


class Fleet(NamedTuple):
    """Tours of V vehicles, N nodes. A tour's nodes: leaving the start, its stops, back at the end."""

    node: np.ndarray  # [N,15]
    vehicle: np.ndarray  # [V,8]
    room: np.ndarray  # [V,W] seats beside so many wheelchairs; NONE: these do not fit


class Standing(NamedTuple):
    """Tours at an instant: what `look_for_pickups` finds for the others."""

    node: np.ndarray  # [N,2]
    vehicle: np.ndarray  # [V,4]


class Needed(NamedTuple):
    """Which ways are needed, by their rows."""

    node: np.ndarray  # [4,N] these nodes', each once
    many: np.ndarray  # [4] so many
    flag: np.ndarray  # uint8[N] bits of those a node is among
