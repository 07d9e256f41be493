"""Which run of which trip a message speaks of: TripDescriptors against a network.

GTFS-RT reference, message TripDescriptor. A run is one trip on one service day and, where frequencies repeat it, one
of its repetitions.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class TripRun(NamedTuple):
    """One run of a planned trip: how an overlay, a board and a journey name it."""

    trip: int
    service_day: dt.date
    shift_s: int = 0
