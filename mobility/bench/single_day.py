"""One service day of a network as a timetable of its own, and as GTFS, so that two engines plan on the very same trips.

Times are whole minutes (what the peer counts in), in UTC, and every stop takes the same time to change at. The peer
walks on from where a walk ended as far as its longest footpath goes, we never do: so both are given short footpaths
and all that chains of them reach. Nor does a walk of the peer's take less time than changing at one stop.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from routing.compile_day import list_running
from routing.snapshot import read_only
from routing.timetable import DEFAULT_CHANGE_TIME_S, Mode, Timetable, TimetableInfo

WALK_S_MAX = 3 * 60
"""Longer footpaths are left out, so that chains of them stay few even in a dense city."""

CHAIN_S_MAX = 15 * 60
"""The peer's longest footpath, and so the longest chain."""


def single_day(timetable: Timetable, info: TimetableInfo, day: dt.date) -> tuple[Timetable, TimetableInfo]:
    """The trips of `day` alone, repeated ones spelled out, in whole minutes rounded down; no staying seated."""
    trip, shift_s = list_running(timetable, info, day)
    pattern = timetable.trip_pattern[trip]
    length = np.diff(timetable.pattern_first)[pattern].astype(np.int64)
    first = np.concatenate([[0], np.cumsum(length)])
    source = np.repeat(timetable.trip_first_event[trip] - first[:-1], length) + np.arange(first[-1])
    shift_of_event_s = np.repeat(shift_s, length)
    count = len(trip)
    empty = np.zeros(0, np.int32)
    footpaths = _closed_footpaths(timetable)
    return read_only(
        timetable._replace(
            change_time_s=np.full(len(timetable.change_time_s), DEFAULT_CHANGE_TIME_S, np.int32),
            footpath_first=footpaths[0],
            footpath_to=footpaths[1],
            footpath_duration_s=footpaths[2],
            footpath_wheelchair_s=footpaths[2],
            trip_pattern=pattern.astype(np.int32),
            trip_first_event=first[:-1].astype(np.int64),
            trip_service=np.zeros(count, np.int32),
            trip_mode=timetable.trip_mode[trip],
            trip_wheelchair=timetable.trip_wheelchair[trip],
            trip_bikes=timetable.trip_bikes[trip],
            trip_zone=np.zeros(count, np.uint8),
            trip_block=np.full(count, -1, np.int32),
            event_arrival_s=_minutes(timetable.event_arrival_s[source] + shift_of_event_s),
            event_departure_s=_minutes(timetable.event_departure_s[source] + shift_of_event_s),
            frequency_trip=empty,
            frequency_start_s=empty,
            frequency_end_s=empty,
            frequency_headway_s=empty,
            frequency_exact=empty.astype(np.uint8),
            seated_from_trip=empty,
            seated_to_trip=empty,
            seated_allowed=empty.astype(np.uint8),
            service_active=np.ones((1, 1), np.uint8),
        )
    ), TimetableInfo(("Etc/UTC",), day, info.boardable_count)


def write_single_day(timetable: Timetable, info: TimetableInfo, folder: Path) -> None:
    """The timetable of one day as GTFS in `folder`; stops are named by their index."""
    folder.mkdir(parents=True, exist_ok=True)
    served = np.unique(timetable.pattern_stop[_positions(timetable)])
    _write(
        folder,
        "agency",
        ("agency_id", "agency_name", "agency_url", "agency_timezone"),
        [("a", "a", "http://a", "Etc/UTC")],
    )
    _write(
        folder,
        "calendar_dates",
        ("service_id", "date", "exception_type"),
        [("s", f"{info.first_day:%Y%m%d}", 1)],
    )
    modes = sorted(set(timetable.trip_mode.tolist()))
    _write(
        folder,
        "routes",
        ("route_id", "agency_id", "route_short_name", "route_type"),
        [(mode, "a", mode, 2 if mode == Mode.REGIONAL_RAIL else 3) for mode in modes],
    )
    _write(
        folder,
        "stops",
        ("stop_id", "stop_name", "stop_lat", "stop_lon"),
        [
            (s, s, float(np.nan_to_num(timetable.stop_lat[s])), float(np.nan_to_num(timetable.stop_lon[s])))
            for s in served.tolist()
        ],
    )
    _write(
        folder,
        "trips",
        ("trip_id", "route_id", "service_id"),
        [(i, mode, "s") for i, mode in enumerate(timetable.trip_mode.tolist())],
    )
    known = set(served.tolist())
    origin = np.repeat(np.arange(len(timetable.footpath_first) - 1), np.diff(timetable.footpath_first))
    _write(
        folder,
        "transfers",
        ("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time"),
        [
            (a, b, 2, s)
            for a, b, s in zip(
                origin.tolist(),
                timetable.footpath_to.tolist(),
                timetable.footpath_duration_s.tolist(),
                strict=True,
            )
            if a in known and b in known
        ],
    )
    _write(
        folder,
        "stop_times",
        (
            "trip_id",
            "arrival_time",
            "departure_time",
            "stop_id",
            "stop_sequence",
            "pickup_type",
            "drop_off_type",
        ),
        _stop_times(timetable),
    )


def _closed_footpaths(timetable: Timetable) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    count = len(timetable.footpath_first) - 1
    origin = np.repeat(np.arange(count), np.diff(timetable.footpath_first))
    minutes_s = np.maximum(-(-timetable.footpath_duration_s // 60) * 60, DEFAULT_CHANGE_TIME_S)
    short = minutes_s <= WALK_S_MAX
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_weighted_edges_from(
        zip(
            origin[short].tolist(),
            timetable.footpath_to[short].tolist(),
            minutes_s[short].tolist(),
            strict=True,
        )
    )
    reached = nx.all_pairs_dijkstra_path_length(graph, cutoff=CHAIN_S_MAX)
    paths = sorted((a, b, int(s)) for a, ends in reached for b, s in ends.items() if a != b)
    rows = np.array(paths, np.int32).reshape(-1, 3)
    first = np.searchsorted(rows[:, 0], np.arange(count + 1)).astype(np.int32)
    return first, rows[:, 1], rows[:, 2]


def _minutes(seconds: NDArray[np.int32]) -> NDArray[np.int32]:
    return (seconds // 60 * 60).astype(np.int32)


def _positions(timetable: Timetable) -> NDArray[np.int64]:
    """Flat pattern positions that some trip uses."""
    used = np.unique(timetable.trip_pattern)
    return np.concatenate(
        [np.arange(timetable.pattern_first[p], timetable.pattern_first[p + 1]) for p in used]
    )


def _stop_times(timetable: Timetable) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for trip, (pattern, event) in enumerate(
        zip(timetable.trip_pattern.tolist(), timetable.trip_first_event.tolist(), strict=True)
    ):
        first = int(timetable.pattern_first[pattern])
        for p in range(int(timetable.pattern_first[pattern + 1]) - first):
            rows.append(
                (
                    trip,
                    _clock(int(timetable.event_arrival_s[event + p])),
                    _clock(int(timetable.event_departure_s[event + p])),
                    int(timetable.pattern_stop[first + p]),
                    p,
                    int(timetable.pattern_pickup[first + p]),
                    int(timetable.pattern_dropoff[first + p]),
                )
            )
    return rows


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:00"


def _write(folder: Path, table: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with (folder / f"{table}.txt").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
