"""Trips, their patterns and times, what repeats them and what links them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtfs_feeds.compile.modes import modes_of
from gtfs_feeds.compile.patterns import find_patterns
from gtfs_feeds.compile.stops import Stops
from gtfs_feeds.compile.texts import TextPool, VisibleTexts
from gtfs_feeds.tables import FeedTables

_SEATED_ALLOWED = 4
_SEATED_FORBIDDEN = 5
"""transfers.txt, transfer_type: in-seat transfer, and none although the block says so."""


@dataclass(frozen=True, slots=True)
class Trips:
    """The feed's trips in the network's order: the one in which stop_times names them."""

    table: pd.DataFrame
    """`trips`, reordered, so that row and index agree; trips without calls are left out."""
    first_event: NDArray[np.int64]
    """[T+1] into stop_times."""
    index: pd.Index[str]
    route: NDArray[np.int32]
    """Row in `routes`."""


@dataclass(frozen=True, slots=True)
class Calls:
    """stop_times as the router sees them."""

    stop: NDArray[np.int32]  # [E]
    pattern: NDArray[np.int32]  # [T]
    pattern_first: NDArray[np.int32]  # [P+1]
    pattern_event: NDArray[np.int64]  # [Q] the event a position was taken from


def order_trips(tables: FeedTables) -> Trips:
    """Number the trips that stop_times names, in its order."""
    calls = tables.stop_times["trip_id"].cat
    codes = calls.codes.to_numpy()
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    ids = calls.categories[codes[starts]]
    rows = pd.Index(tables.trips["trip_id"]).get_indexer(ids)
    table = tables.trips.iloc[rows].reset_index(drop=True)
    route = pd.Index(tables.routes["route_id"]).get_indexer(pd.Index(table["route_id"]))
    first_event = np.append(starts, len(codes)).astype(np.int64)
    return Trips(table, first_event, pd.Index(table["trip_id"]), route.astype(np.int32))


def find_calls(tables: FeedTables, trips: Trips, stops: Stops, headsign_text: NDArray[np.int32]) -> Calls:
    """Patterns are unique in stops, in what may be done there and in the headsign shown there."""
    stop_column = tables.stop_times["stop_id"].cat
    stop = stops.find(stop_column.categories)[stop_column.codes.to_numpy()].astype(np.int32)
    pickup, dropoff = (
        tables.stop_times[name].to_numpy(np.int64) for name in ("pickup_type", "drop_off_type")
    )
    codes = ((headsign_text.astype(np.int64) * (len(stops.index) + 1) + stop) * 4 + pickup) * 4 + dropoff
    pattern, model_trip = find_patterns(trips.first_event, codes)
    lengths = np.diff(trips.first_event)[model_trip]
    pattern_first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    within = np.arange(pattern_first[-1]) - np.repeat(pattern_first[:-1], lengths)
    return Calls(stop, pattern, pattern_first, np.repeat(trips.first_event[model_trip], lengths) + within)


def timetable_arrays(
    tables: FeedTables, trips: Trips, calls: Calls, zone: NDArray[np.uint8], service: NDArray[np.int32]
) -> dict[str, NDArray[Any]]:
    """`pattern_*`, `trip_*`, `event_*` of the timetable. `zone` is per route, `service` per trip."""
    events, table = tables.stop_times, trips.table
    route_type = tables.routes["route_type"].to_numpy(np.int32)[trips.route]
    corrected = table["route_type"].to_numpy(np.int32)  # of this trip alone
    return {
        "pattern_first": calls.pattern_first,
        "pattern_stop": calls.stop[calls.pattern_event],
        "pattern_pickup": events["pickup_type"].to_numpy(np.uint8)[calls.pattern_event],
        "pattern_dropoff": events["drop_off_type"].to_numpy(np.uint8)[calls.pattern_event],
        "trip_pattern": calls.pattern,
        "trip_first_event": trips.first_event[:-1],
        "trip_service": service,
        "trip_mode": modes_of(np.where(corrected >= 0, corrected, route_type)),
        "trip_wheelchair": table["wheelchair_accessible"].to_numpy(np.uint8),
        "trip_bikes": table["bikes_allowed"].to_numpy(np.uint8),
        "trip_zone": zone[trips.route],
        "trip_block": _blocks(table["block_id"]),
        "event_arrival_s": events["arrival_time"].to_numpy(np.int32),
        "event_departure_s": events["departure_time"].to_numpy(np.int32),
    }


def _blocks(block_ids: pd.Series[str]) -> NDArray[np.int32]:
    """Blocks that link trips, numbered by first appearance; a block of one trip links nothing."""
    linking = (block_ids != "") & block_ids.duplicated(keep=False)
    blocks = np.full(len(block_ids), -1, np.int32)
    blocks[linking] = pd.factorize(block_ids[linking])[0]
    return blocks


def frequency_arrays(tables: FeedTables, trips: Trips) -> dict[str, NDArray[Any]]:
    """`frequency_*` of the timetable."""
    table = tables.frequencies.assign(trip=trips.index.get_indexer(pd.Index(tables.frequencies["trip_id"])))
    table = table[table["trip"] >= 0].sort_values(["trip", "start_time"], kind="stable")
    return {
        "frequency_trip": table["trip"].to_numpy(np.int32),
        "frequency_start_s": table["start_time"].to_numpy(np.int32),
        "frequency_end_s": table["end_time"].to_numpy(np.int32),
        "frequency_headway_s": table["headway_secs"].to_numpy(np.int32),
        "frequency_exact": table["exact_times"].to_numpy(np.uint8),
    }


def seated_arrays(tables: FeedTables, trips: Trips) -> dict[str, NDArray[Any]]:
    """`seated_*` of the timetable: transfers.txt types 4 and 5, by trips."""
    linked = tables.transfers["transfer_type"].isin([_SEATED_ALLOWED, _SEATED_FORBIDDEN])
    table = tables.transfers[linked]
    table = table.assign(
        start=trips.index.get_indexer(pd.Index(table["from_trip_id"])),
        end=trips.index.get_indexer(pd.Index(table["to_trip_id"])),
    )
    table = table[(table["start"] >= 0) & (table["end"] >= 0)].drop_duplicates(["start", "end"])
    table = table.sort_values(["start", "end"])
    return {
        "seated_from_trip": table["start"].to_numpy(np.int32),
        "seated_to_trip": table["end"].to_numpy(np.int32),
        "seated_allowed": (table["transfer_type"] == _SEATED_ALLOWED).to_numpy(np.uint8),
    }


def catalogue_arrays(
    tables: FeedTables,
    trips: Trips,
    calls: Calls,
    pool: TextPool,
    visible: VisibleTexts,
    headsign_text: NDArray[np.int32],
) -> dict[str, NDArray[Any]]:
    """`trip_*` of the catalogue but for shapes, and `position_headsign_text`."""
    table = trips.table
    return {
        "trip_id_text": pool.add_column(tables.feed_id + "_" + table["trip_id"]),
        "trip_route": trips.route,
        "trip_headsign_text": visible.column(table, "trips", "trip_headsign", "trip_id"),
        "trip_short_name_text": visible.column(table, "trips", "trip_short_name", "trip_id"),
        "trip_direction": table["direction_id"].to_numpy(np.int8),
        "position_headsign_text": headsign_text[calls.pattern_event],
        **_numberings(tables, trips),
    }


def _numberings(tables: FeedTables, trips: Trips) -> dict[str, NDArray[Any]]:
    """`trip_numbering` and `numbering_*`: the distinct sequences of stop_sequence, each kept once."""
    sequence = tables.stop_times["stop_sequence"].to_numpy(np.int32)
    numbering, model_trip = find_patterns(trips.first_event, sequence.astype(np.int64))
    lengths = np.diff(trips.first_event)[model_trip]
    first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    within = np.arange(first[-1]) - np.repeat(first[:-1], lengths)
    events = np.repeat(trips.first_event[model_trip], lengths) + within
    return {
        "trip_numbering": numbering,
        "numbering_first": first,
        "numbering_sequence": sequence[events],
    }


def mean_departures(
    stops: Stops, timetable: dict[str, NDArray[Any]], service_active: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Departures one may board per active day of the feed, by stop; a station sums its stops."""
    service_days = service_active.sum(axis=1, dtype=np.int64)
    runs = service_days[timetable["trip_service"]].astype(np.float64)
    span = timetable["frequency_end_s"] - timetable["frequency_start_s"]
    repeats = np.bincount(
        timetable["frequency_trip"], np.maximum(0, -(-span // timetable["frequency_headway_s"])), len(runs)
    )
    repeated = np.isin(np.arange(len(runs)), timetable["frequency_trip"])
    weight = np.bincount(
        timetable["trip_pattern"],
        np.where(repeated, runs * repeats, runs),
        len(timetable["pattern_first"]) - 1,
    )
    boarding = timetable["pattern_pickup"] != 1
    boarding[timetable["pattern_first"][1:] - 1] = False  # nobody boards at the last call
    per_position = np.repeat(weight, np.diff(timetable["pattern_first"])) * boarding
    total = np.bincount(timetable["pattern_stop"], per_position, len(stops.index)).astype(np.float64)
    inside = stops.parent >= 0
    total += np.bincount(stops.parent[inside], total[inside], len(total))
    active_days = int(service_active.any(axis=0).sum())
    return (total / max(active_days, 1)).astype(np.float32)
