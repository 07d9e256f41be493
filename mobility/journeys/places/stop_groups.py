"""Which stops are one place to a traveller: a station with its platforms, stops of one name side by side."""

from __future__ import annotations

import math
from collections import Counter
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.catalogue import text
from gtfs_feeds.network import Network
from mobility.journeys.places.nearest import EARTH_RADIUS_M
from mobility.journeys.places.normalise import list_words
from routing.timetable import Mode, Timetable

MERGED_WITHIN_M = 300.0
"""Stops of one name this near to the busiest of them are one place."""

RAIL = sum(
    1 << mode
    for mode in (
        Mode.HIGHSPEED_RAIL,
        Mode.LONG_DISTANCE,
        Mode.NIGHT_RAIL,
        Mode.REGIONAL_RAIL,
        Mode.SUBURBAN,
    )
)

_CELL_DEGREES = 0.005
_AROUND = tuple((up, aside) for up in (0, -1, 1) for aside in (0, -1, 1))
_PARENTS_DEEP = 4


class StopGroups(NamedTuple):
    """`G` groups in no order that means anything, over `A` stops, `S` of them boardable."""

    names: list[str]  # [G] as the feed writes them
    words: list[list[str]]  # [G] the same, folded
    leader: NDArray[np.int32]  # [G] the stop that stands for the group: a station or its busiest stop
    departures: NDArray[np.float32]  # [G] per day
    modes: NDArray[np.int32]  # [G] bit set of `Mode`
    group_of: NDArray[np.int32]  # [A] or -1: entrances and other nodes outside stations
    member_first: NDArray[np.int32]  # [G+1] into member
    member: NDArray[np.int32]  # boardable stops by group

    def members(self, group: int) -> list[int]:
        """The boardable stops of a group."""
        return [int(stop) for stop in self.member[self.member_first[group] : self.member_first[group + 1]]]


def build_stop_groups(network: Network) -> StopGroups:
    """Group the stops of a network."""
    timetable, catalogue = network.timetable, network.catalogue
    root = _roots(timetable.stop_parent)
    is_root = (root == np.arange(len(root))) & (np.asarray(catalogue.stop_location_type) <= 1)
    roots = np.flatnonzero(is_root)
    busiest_first = roots[
        np.lexsort(
            (
                roots,
                -catalogue.stop_location_type[roots].astype(np.int8),
                -catalogue.stop_departures_per_day[roots],
            )
        )
    ]
    texts, position = np.unique(catalogue.stop_name_text[busiest_first], return_inverse=True)
    names = [text(catalogue, int(number)) for number in texts]
    words = [list_words(name) for name in names]
    leaders, group_of_root = _merge(
        timetable, busiest_first.tolist(), [" ".join(words[at]) for at in position]
    )

    root_group = np.full(len(root), -1, np.int32)
    root_group[busiest_first] = group_of_root
    group_of = root_group[root]
    departures = np.bincount(
        group_of_root, weights=catalogue.stop_departures_per_day[busiest_first], minlength=len(leaders)
    )
    boardable = network.info.boardable_count
    served = np.flatnonzero(group_of[:boardable] >= 0)
    order = np.argsort(group_of[served], kind="stable")
    counts = np.bincount(group_of[served], minlength=len(leaders))
    modes = np.zeros(len(leaders), np.int32)
    np.bitwise_or.at(modes, group_of[served], stop_modes(timetable, boardable)[served])
    named = position[leaders]
    return StopGroups(
        names=[names[at] for at in named],
        words=[words[at] for at in named],
        leader=busiest_first[leaders].astype(np.int32),
        departures=departures.astype(np.float32),
        modes=modes,
        group_of=group_of,
        member_first=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        member=served[order].astype(np.int32),
    )


def stop_modes(timetable: Timetable, boardable: int) -> NDArray[np.int32]:
    """The modes that call at each boardable stop, as bit sets of `Mode`."""
    pattern_modes = np.zeros(len(timetable.pattern_first) - 1, np.int32)
    np.bitwise_or.at(
        pattern_modes, timetable.trip_pattern, np.int32(1) << timetable.trip_mode.astype(np.int32)
    )
    modes = np.zeros(boardable, np.int32)
    of_position = np.repeat(pattern_modes, np.diff(timetable.pattern_first))
    np.bitwise_or.at(modes, timetable.pattern_stop, of_position)
    return modes


def _roots(parent: NDArray[np.int32]) -> NDArray[np.int32]:
    own = np.arange(len(parent), dtype=np.int32)
    root = own
    for _ in range(_PARENTS_DEEP):
        above = parent[root]
        root = np.where(above >= 0, above, root).astype(np.int32)
    return root


def _merge(timetable: Timetable, roots: list[int], keys: list[str]) -> tuple[list[int], NDArray[np.int64]]:
    """Each root joins the first before it that has its name and stands near, else leads a group of its own.

    Returns the leaders (positions in `roots`) and the group of each root.
    """
    lat, lon = timetable.stop_lat[roots].tolist(), timetable.stop_lon[roots].tolist()
    uses = Counter(keys)
    leaders: list[int] = []
    group = np.empty(len(roots), np.int64)
    leading: dict[tuple[str, int, int], list[int]] = {}
    for place, key in enumerate(keys):
        y, x = lat[place], lon[place]
        found = None
        if uses[key] > 1 and key and math.isfinite(y) and math.isfinite(x):
            row, column = round(y / _CELL_DEGREES), round(x / _CELL_DEGREES)
            around = (leading.get((key, row + up, column + aside), ()) for up, aside in _AROUND)
            for number in chain.from_iterable(around):
                other = leaders[number]
                if flat_distance_m(y, x, lat[other], lon[other]) <= MERGED_WITHIN_M:
                    found = number
                    break
            else:
                leading.setdefault((key, row, column), []).append(len(leaders))
        if found is None:
            found = len(leaders)
            leaders.append(place)
        group[place] = found
    return leaders, group


def flat_distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Distance in metres on a plane that touches the Earth there: for kilometres, not for countries."""
    up = math.radians(other_lat - lat)
    aside = math.radians(other_lon - lon) * math.cos(math.radians((lat + other_lat) / 2))
    return EARTH_RADIUS_M * math.hypot(up, aside)
