"""The slow, obvious twin of `gtfs_feeds.footpaths`: one pair of stops after the other."""

from __future__ import annotations

import math

from gtfs_feeds.footpaths import DETOUR_FACTOR, EARTH_RADIUS_M, WALK_M_PER_S, WALK_S_MIN
from gtfs_feeds.tables import FeedTables

CHANGE_S = 120


def naive_footpaths(
    tables: FeedTables, boardable: list[str], walk_m_max: float
) -> dict[tuple[str, str], int | None]:
    """Seconds between every ordered pair of boardable stops that is linked; None where a rule forbids it.

    A stop with itself is there when a rule says so.
    """
    stops = {row["stop_id"]: row for row in tables.stops.to_dict("records")}
    ways = _pathways(tables)
    found: dict[tuple[str, str], int | None] = {}
    for start in boardable:
        for end in boardable:
            seconds = _seconds(tables, stops, ways, start, end, walk_m_max)
            if seconds != "nothing":
                found[start, end] = seconds
    return found


def _seconds(tables, stops, ways, start, end, walk_m_max):
    together = (stops[start]["parent_station"] or start) == (stops[end]["parent_station"] or end)
    metres = _metres(stops[start], stops[end])
    on_foot = math.ceil(metres * DETOUR_FACTOR / WALK_M_PER_S)
    on_foot = ways.get((start, end), on_foot)
    rule = _rule(tables, stops, start, end)
    if rule is None and start == end:
        return "nothing"
    if rule is None and not together and metres > walk_m_max:
        return "nothing"
    if rule is not None and rule["transfer_type"] == 3:
        return None
    if rule is not None and rule["transfer_type"] == 1:
        return 0 if start == end else on_foot
    if rule is not None and rule["transfer_type"] == 2 and rule["min_transfer_time"] >= 0:
        return rule["min_transfer_time"]
    if start == end:
        return CHANGE_S
    if (start, end) in ways:
        return ways[start, end]
    return CHANGE_S + on_foot if together else max(WALK_S_MIN, on_foot)


def _rule(tables, stops, start, end):
    """The narrowest rule; of equals one that allows, then the quickest, then the lowest type."""
    best = None
    for row in tables.transfers.to_dict("records"):
        if any(row[name] for name in ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id")):
            continue
        if row["from_stop_id"] not in (start, stops[start]["parent_station"]):
            continue
        if row["to_stop_id"] not in (end, stops[end]["parent_station"]):
            continue
        breadth = (row["from_stop_id"] != start) + (row["to_stop_id"] != end)
        key = (breadth, row["transfer_type"] == 3, row["min_transfer_time"], row["transfer_type"])
        if best is None or key < best[0]:
            best = (key, row)
    return best and best[1]


def _metres(a, b):
    lat1, lon1, lat2, lon2 = (
        math.radians(v) for v in (a["stop_lat"], a["stop_lon"], b["stop_lat"], b["stop_lon"])
    )
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def _pathways(tables):
    """Floyd and Warshall's shortest paths over traversal times."""
    nodes = list(tables.stops["stop_id"])
    time: dict[tuple[str, str], int] = {}
    for row in tables.pathways.to_dict("records"):
        ends = [(row["from_stop_id"], row["to_stop_id"])]
        if row["is_bidirectional"]:
            ends.append((row["to_stop_id"], row["from_stop_id"]))
        for pair in ends:
            time[pair] = min(time.get(pair, row["traversal_time"]), row["traversal_time"])
    for middle in nodes:
        for start in nodes:
            for end in nodes:
                if (start, middle) in time and (middle, end) in time:
                    through = time[start, middle] + time[middle, end]
                    time[start, end] = min(time.get((start, end), through), through)
    return time
