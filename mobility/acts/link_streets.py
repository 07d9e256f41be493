"""Put a network on the streets: what is walked between its stops follows them, and its folder holds their graph."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.footpaths import WALK_M_PER_S
from gtfs_feeds.network import Network
from gtfs_feeds.street_walks import NO_WAY_S, UNKNOWN_S, walk_by_streets
from mobility.acts.ports import Progress
from routing.snapshot import map_arrays
from routing.street import StreetGraph, Streets, Transfers

GRAPH_FOLDER = "graph"
"""Of the streets' folder."""

STREETS_FOLDER = "streets"
"""Of the snapshot's: the same files, by hard links, so that a snapshot has all it needs."""

WALK_S_MAX = 900
"""Stops that are near as the crow flies and farther than this on the streets are not linked."""

WHEELCHAIR_S_MAX = 1350
"""The same distance in a wheelchair."""


def link_streets(network: Network, streets: Path, made: Path, progress: Progress) -> Network:
    """The network with walks as the streets in the folder `streets` have them; their graph goes to `made`."""
    progress("walking between stops", 0.0)
    _share(streets / GRAPH_FOLDER, made / STREETS_FOLDER)
    linked = open_streets(network, made)
    assert linked is not None
    stop_count = network.info.boardable_count
    walked = walk_by_streets(
        network,
        _WalkTimes(linked.transfers(WALK_S_MAX, "WALK", WALK_M_PER_S), linked, stop_count),
        _WalkTimes(linked.transfers(WHEELCHAIR_S_MAX, "WHEELCHAIR"), linked, stop_count),
    )
    progress("walking between stops", 1.0)
    return walked


def open_streets(network: Network, folder: Path) -> Streets | None:
    """The streets of the snapshot in `folder`, with its boardable stops on them; None: it was made without."""
    graph = folder / STREETS_FOLDER
    if not graph.is_dir():
        return None
    timetable, count = network.timetable, network.info.boardable_count
    return Streets(map_arrays(StreetGraph, graph), timetable.stop_lat[:count], timetable.stop_lon[:count])


def _share(source: Path, target: Path) -> None:
    target.mkdir()
    for file in source.iterdir():
        try:
            os.link(file, target / file.name)
        except OSError:  # a file system without hard links
            shutil.copyfile(file, target / file.name)


class _WalkTimes:
    """Fills `gtfs_feeds.street_walks.WalkTimes`."""

    def __init__(self, ways: Transfers, streets: Streets, stop_count: int) -> None:
        key = ways.from_stop.astype(np.int64) * stop_count + ways.to_stop
        order = np.argsort(key)
        self._key, self._duration_s = key[order], ways.duration_s[order]
        self._stop_count = stop_count
        self._is_linked = np.ones(stop_count, bool)
        self._is_linked[streets.unlinked_stops] = False

    def __call__(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int32]:
        wanted = start * self._stop_count + end
        at = np.searchsorted(self._key, wanted)
        duration_s = np.full(len(wanted), NO_WAY_S, np.int32)
        inside = np.flatnonzero(at < len(self._key))
        found = inside[self._key[at[inside]] == wanted[inside]]
        duration_s[found] = self._duration_s[at[found]]
        duration_s[~(self._is_linked[start] & self._is_linked[end])] = UNKNOWN_S
        return duration_s
