"""Where prices hold: areas of stops, networks of routes."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from gtfs_feeds.fares.files import FareFiles
from gtfs_feeds.fares.rows import first_of_each, rows_of
from gtfs_feeds.findings import FindingLog, Severity
from ticketing.fares.tables import Pair


def read_areas(table: pd.DataFrame, log: FindingLog) -> frozenset[str]:
    """The ids of areas.txt."""
    return frozenset(row["area_id"] for row in first_of_each(rows_of("areas", table, log), ("area_id",)))


def read_stop_areas(
    table: pd.DataFrame, areas: Collection[str], stop_ids: Collection[str], log: FindingLog
) -> tuple[Pair, ...]:
    """Which stops and stations are in which areas."""
    found = []
    for row in first_of_each(rows_of("stop_areas", table, log), ("area_id", "stop_id")):
        if row["area_id"] not in areas:
            row.drop("foreign_key_violation", "area_id", f"There is no area “{row['area_id'][:80]}”.")
        elif row["stop_id"] not in stop_ids:
            row.drop("foreign_key_violation", "stop_id", f"There is no stop “{row['stop_id'][:80]}”.")
        else:
            found.append(Pair(row["stop_id"], row["area_id"]))
    return tuple(found)


def read_networks(
    files: FareFiles, route_ids: Collection[str], log: FindingLog
) -> tuple[frozenset[str], tuple[Pair, ...]]:
    """All networks there are, and that of each route. route_networks.txt counts before `routes.network_id`."""
    rows = rows_of("networks", files.tables["networks"], log)
    known = {row["network_id"] for row in first_of_each(rows, ("network_id",))}
    if files.tables["route_networks"].empty:
        own = {route: network for route, network in files.network_by_route.items() if route in route_ids}
        pairs = tuple(Pair(route, network) for route, network in own.items())
        return frozenset(known | {pair.of for pair in pairs}), pairs
    if files.network_by_route:
        log.add(
            Severity.ERROR,
            "route_networks_specified_in_more_than_one_file",
            "routes.txt",
            "The networks of routes are in routes.txt and in route_networks.txt.",
            "those of route_networks.txt read",
            field="network_id",
        )
    found = []
    for row in first_of_each(rows_of("route_networks", files.tables["route_networks"], log), ("route_id",)):
        if row["network_id"] not in known:
            row.drop(
                "foreign_key_violation", "network_id", f"There is no network “{row['network_id'][:80]}”."
            )
        elif row["route_id"] not in route_ids:
            row.drop("foreign_key_violation", "route_id", f"There is no route “{row['route_id'][:80]}”.")
        else:
            found.append(Pair(row["route_id"], row["network_id"]))
    return frozenset(known), tuple(found)
