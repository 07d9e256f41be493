"""Walks between stops by the streets, instead of times guessed as the crow flies."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.footpaths import WALK_S_MIN, to_csr
from gtfs_feeds.network import Network
from routing.snapshot import read_only
from routing.timetable import NO_CHANGE_S

UNKNOWN_S = -1
"""The streets around one of the stops are not known: what was guessed stays."""

NO_WAY_S = -2
"""The streets are known and none leads there within a sensible time: there is no walk."""


class WalkTimes(Protocol):
    """Asks the streets."""

    def __call__(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int32]:
        """Seconds on foot from each stop of `start` to the stop beside it in `end`, or UNKNOWN_S, or NO_WAY_S."""
        ...


def walk_by_streets(network: Network, walk_times: WalkTimes, wheelchair_times: WalkTimes) -> Network:
    """The network with its estimated footpaths as the streets have them, on foot and in a wheelchair.

    What the feeds say (transfers.txt, pathways.txt) and ways inside a station stay as they are: no map knows a
    station as well as its own feed. No walk is shorter than `WALK_S_MIN`.
    """
    timetable, catalogue = network.timetable, network.catalogue
    start = np.repeat(np.arange(network.info.boardable_count), np.diff(timetable.footpath_first))
    end = timetable.footpath_to.astype(np.int64)
    duration_s = timetable.footpath_duration_s.copy()
    estimated = catalogue.footpath_estimated.copy()
    asked = np.flatnonzero(estimated)
    walked_s = walk_times(start[asked], end[asked])
    known = walked_s >= 0
    duration_s[asked[known]] = np.maximum(walked_s[known], WALK_S_MIN)
    estimated[asked[known]] = 0
    wheelchair_s = timetable.footpath_wheelchair_s.copy()
    rolled_s = wheelchair_times(start[asked], end[asked])
    known = rolled_s >= 0
    wheelchair_s[asked[known]] = np.maximum(rolled_s[known], WALK_S_MIN)
    wheelchair_s[asked[rolled_s == NO_WAY_S]] = NO_CHANGE_S
    kept = np.ones(len(end), bool)
    kept[asked[walked_s == NO_WAY_S]] = False
    first, _ = to_csr(start[kept], end[kept], network.info.boardable_count)  # they are in order already
    walked = timetable._replace(
        footpath_first=first,
        footpath_to=timetable.footpath_to[kept],
        footpath_duration_s=duration_s[kept],
        footpath_wheelchair_s=wheelchair_s[kept],
    )
    described = catalogue._replace(footpath_estimated=estimated[kept])
    return Network(read_only(walked), network.info, read_only(described), network.flex, network.fares)
