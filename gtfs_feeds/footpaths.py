"""Footpaths: what can be walked between boardable stops, each an edge of its own, never a chain.

What holds between two stops is what the most specific source says, in this order:

1. transfers.txt (types 0 to 3 that name no route or trip): stop to stop, then stop and station, then station
   to station; a rule that names a station holds for every boardable stop in it;
2. two stops of one station: `DEFAULT_CHANGE_TIME_S` and the walk; where pathways.txt leads, its time alone;
3. stops at most `walk_m_max` apart as the crow flies: the walk.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtfs_feeds.pathways import pathway_times
from gtfs_feeds.tables import FeedTables
from routing.timetable import DEFAULT_CHANGE_TIME_S, NO_CHANGE_S

WALK_M_PER_S = 1.2
"""4.3 km/h: an unhurried adult, as MOTIS has it."""

DETOUR_FACTOR = 1.35
"""How much longer streets are than the crow's way, on average in towns (1.2 to 1.4 is usually found)."""

WALK_S_MIN = 60
"""No walk between stops is shorter: finding one's way out, across and in takes as long as the way."""

EARTH_RADIUS_M = 6_371_008.8

_NO_PAIRS = np.empty(0, np.int64)

_PAIRS_AT_ONCE = 2_000_000
"""Candidates looked at in one piece: bounds memory to some 100 MB."""


class Footpaths(NamedTuple):
    """As in the timetable: CSR by origin, and the time to change at one stop."""

    first: NDArray[np.int32]
    to: NDArray[np.int32]
    duration_s: NDArray[np.int32]
    change_time_s: NDArray[np.int32]
    estimated: NDArray[np.uint8]
    """1: a walk between two places, its time guessed from the distance as the crow flies; 0: in one station, or
    said by the feed."""


class Pairs(NamedTuple):
    """Ordered pairs of stops."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]


def find_footpaths(
    tables: FeedTables,
    stop_index: pd.Index[str],
    parent: NDArray[np.int32],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    boardable_count: int,
    walk_m_max: float,
) -> Footpaths:
    """The footpaths of one feed. `stop_index` [A]: stop ids in the network's order, `parent` [A]: stations."""
    rules = _stop_rules(tables.transfers, stop_index, parent, boardable_count)
    inside = _station_pairs(parent, boardable_count)
    near = nearby_pairs(lat[:boardable_count], lon[:boardable_count], walk_m_max)
    start = np.concatenate([rules["start"].to_numpy(), inside.start, near.start])
    end = np.concatenate([rules["end"].to_numpy(), inside.end, near.end])
    _, source = np.unique(start * boardable_count + end, return_index=True)  # the first, most specific one
    start, end = start[source], end[source]
    unruled = len(inside.start) + len(near.start)
    station = np.where(parent >= 0, parent, np.arange(len(parent)))
    together = station[start] == station[end]
    pathway_s = _pathways_between(tables, stop_index, start, end, boardable_count)
    kind = np.pad(rules["kind"].to_numpy(), (0, unruled), constant_values=-1)[source]
    min_s = np.pad(rules["min_s"].to_numpy(), (0, unruled), constant_values=-1)[source]
    duration_s = _durations(
        same=start == end,
        together=together,
        walk_s=walk_duration_s(np.nan_to_num(crow_fly_m(lat[start], lon[start], lat[end], lon[end]))),
        pathway_s=pathway_s,
        kind=kind,
        min_s=min_s,
    )
    said = together | ~np.isnan(pathway_s) | (kind == 1) | ((kind == 2) & (min_s >= 0))
    return _assemble(start, end, duration_s, ~said, boardable_count)


def walk_duration_s(distance_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Walking so far as the crow flies, on streets."""
    return np.asarray(np.ceil(distance_m * DETOUR_FACTOR / WALK_M_PER_S))


def crow_fly_m(
    from_lat: NDArray[np.float64],
    from_lon: NDArray[np.float64],
    to_lat: NDArray[np.float64],
    to_lon: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Distances on the sphere (haversine), in metres."""
    from_lat, from_lon, to_lat, to_lon = (np.radians(angle) for angle in (from_lat, from_lon, to_lat, to_lon))
    half = (
        np.sin((to_lat - from_lat) / 2) ** 2
        + np.cos(from_lat) * np.cos(to_lat) * np.sin((to_lon - from_lon) / 2) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(half))))


def nearby_pairs(lat: NDArray[np.float64], lon: NDArray[np.float64], walk_m_max: float) -> Pairs:
    """All ordered pairs of different stops at most so far apart.

    Sorted by latitude, a stop's candidates are those that follow it within the distance's span of latitudes.
    """
    placed = np.flatnonzero(~(np.isnan(lat) | np.isnan(lon)))
    order = placed[np.argsort(lat[placed], kind="stable")]
    sorted_lat = lat[order]
    span = np.degrees(walk_m_max / EARTH_RADIUS_M) * (1 + 1e-9)
    following = np.searchsorted(sorted_lat, sorted_lat + span, "right") - np.arange(len(order)) - 1
    total = np.concatenate([[0], np.cumsum(following)])
    starts, ends = [_NO_PAIRS], [_NO_PAIRS]
    row = 0
    while row < len(order):
        last = max(row + 1, int(np.searchsorted(total, total[row] + _PAIRS_AT_ONCE, "right")) - 1)
        counts = following[row:last]
        lower = np.repeat(np.arange(row, last), counts)
        upper = lower + 1 + np.arange(len(lower)) - np.repeat(total[row:last] - total[row], counts)
        a, b = order[lower], order[upper]
        close = crow_fly_m(lat[a], lon[a], lat[b], lon[b]) <= walk_m_max
        starts += [a[close], b[close]]
        ends += [b[close], a[close]]
        row = last
    return Pairs(np.concatenate(starts), np.concatenate(ends))


def _station_pairs(parent: NDArray[np.int32], boardable_count: int) -> Pairs:
    """All ordered pairs of different boardable stops of one station; one that is itself called at is in it."""
    members = _members(parent, boardable_count)
    pairs = members.merge(members, on="station", suffixes=("", "_end"))
    pairs = pairs[pairs["stop"] != pairs["stop_end"]]
    return Pairs(pairs["stop"].to_numpy(), pairs["stop_end"].to_numpy())


def _members(parent: NDArray[np.int32], boardable_count: int) -> pd.DataFrame:
    """The boardable stops in each station or stop, itself included."""
    stops = np.arange(boardable_count)
    inside = np.flatnonzero(parent[:boardable_count] >= 0)
    return pd.DataFrame(
        {"station": np.concatenate([stops, parent[inside]]), "stop": np.concatenate([stops, inside])}
    ).astype(np.int64)


def _stop_rules(
    transfers: pd.DataFrame, stop_index: pd.Index[str], parent: NDArray[np.int32], boardable_count: int
) -> pd.DataFrame:
    """The rule of transfers.txt for each ordered pair of boardable stops that has one: start, end, kind, min_s."""
    general = transfers["transfer_type"] <= 3
    for column in ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id"):
        general &= transfers[column] == ""
    table = transfers[general]
    rules = pd.DataFrame(
        {
            "station": stop_index.get_indexer(pd.Index(table["from_stop_id"])),
            "to_station": stop_index.get_indexer(pd.Index(table["to_stop_id"])),
            "kind": table["transfer_type"].to_numpy(np.int64),
            "min_s": table["min_transfer_time"].to_numpy(np.int64),
        }
    )
    members = _members(parent, boardable_count)
    rules = rules.merge(members, on="station").merge(
        members.rename(columns={"station": "to_station", "stop": "to_stop"}), on="to_station"
    )
    rules["breadth"] = (rules["station"] != rules["stop"]).astype(int) + (
        rules["to_station"] != rules["to_stop"]
    )
    rules = rules.rename(columns={"stop": "start", "to_stop": "end"})
    # Of equals the one that forbids comes last, then the quickest first: the order of rows must not matter.
    rules = rules.assign(forbids=rules["kind"] == 3)
    rules = rules.sort_values(["start", "end", "breadth", "forbids", "min_s", "kind"], kind="stable")
    return rules.drop_duplicates(["start", "end"])[["start", "end", "kind", "min_s"]]


def _pathways_between(
    tables: FeedTables,
    stop_index: pd.Index[str],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    boardable_count: int,
) -> NDArray[np.float64]:
    """Seconds along pathways for each pair, NaN where there is no such way."""
    if tables.pathways.empty:
        return np.full(len(start), np.nan)
    ways = pathway_times(tables.pathways, tables.stops, stop_index, boardable_count)
    pairs = pd.DataFrame({"start": start, "end": end})
    return pairs.merge(ways, how="left", on=["start", "end"])["pathway_s"].to_numpy(np.float64)


def _durations(
    *,
    same: NDArray[np.bool_],
    together: NDArray[np.bool_],
    walk_s: NDArray[np.float64],
    pathway_s: NDArray[np.float64],
    kind: NDArray[np.int64],
    min_s: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Seconds from stop to stop, -1 where the feed forbids it. `same`: from a stop to itself; `together`: in one
    station; `kind` and `min_s`: transfer_type and min_transfer_time, -1 where there is no rule."""
    charted = ~np.isnan(pathway_s)
    walk_s = np.where(charted, pathway_s, walk_s)
    change = DEFAULT_CHANGE_TIME_S + walk_s * ~same
    duration = np.select([charted, together], [walk_s, change], np.maximum(walk_s, WALK_S_MIN))
    duration = np.where((kind == 2) & (min_s >= 0), min_s, duration)
    duration = np.where(kind == 1, walk_s * ~same, duration)  # the vehicle waits: no buffer
    return np.where(kind == 3, -1, duration).astype(np.int64)


def _assemble(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    duration_s: NDArray[np.int64],
    estimated: NDArray[np.bool_],
    boardable_count: int,
) -> Footpaths:
    same = start == end
    change = np.full(boardable_count, DEFAULT_CHANGE_TIME_S, np.int32)
    change[start[same]] = np.where(duration_s[same] < 0, NO_CHANGE_S, duration_s[same])
    kept = ~same & (duration_s >= 0)
    first, order = to_csr(start[kept], end[kept], boardable_count)
    kept = np.flatnonzero(kept)[order]
    return Footpaths(
        first,
        end[kept].astype(np.int32),
        duration_s[kept].astype(np.int32),
        change,
        estimated[kept].astype(np.uint8),
    )


def to_csr(
    start: NDArray[np.int64], end: NDArray[np.int64], boardable_count: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """`footpath_first` of these edges, and their order in the arrays beside it: by start, then end."""
    first = np.concatenate([[0], np.cumsum(np.bincount(start, minlength=boardable_count))])
    return first.astype(np.int32), np.lexsort((end, start))
