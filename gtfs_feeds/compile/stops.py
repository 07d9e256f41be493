"""Stops: boardable ones first, what they inherit from their stations, and what people read about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtfs_feeds.compile.texts import TextPool, VisibleTexts
from gtfs_feeds.tables import FeedTables

_NESTING_MAX = 3
"""Boarding area, platform, station: a parent chain is never longer."""


@dataclass(frozen=True, slots=True)
class Stops:
    """The feed's stops in the network's order."""

    table: pd.DataFrame
    """`stops`, reordered, so that row and index agree."""
    boardable_count: int
    parent: NDArray[np.int32]
    """The station above each stop, through platforms of boarding areas; -1: none."""
    index: pd.Index[str]
    """`stop_id`, to look indices up."""

    def find(self, stop_ids: pd.Series[str] | pd.Index[str]) -> NDArray[np.int64]:
        """The index of each stop id; -1 where there is none."""
        return self.index.get_indexer(pd.Index(stop_ids))


def order_stops(tables: FeedTables) -> Stops:
    """Put the stops that some trip calls at first, each half in the file's order."""
    calls = tables.stop_times["stop_id"].cat
    called = calls.categories[np.unique(calls.codes.to_numpy())]
    boardable = tables.stops["stop_id"].isin(called).to_numpy()
    order = np.concatenate([np.flatnonzero(boardable), np.flatnonzero(~boardable)])
    table = tables.stops.iloc[order].reset_index(drop=True)
    index = pd.Index(table["stop_id"])
    return Stops(table, int(boardable.sum()), _stations(table, index), index)


def _stations(table: pd.DataFrame, index: pd.Index[str]) -> NDArray[np.int32]:
    direct = index.get_indexer(pd.Index(table["parent_station"])).astype(np.int32)
    direct[table["parent_station"].to_numpy() == ""] = -1
    top = direct.copy()
    for _ in range(_NESTING_MAX):
        above = np.where(top >= 0, direct[top], -1)
        top = np.where(above >= 0, above, top)
    top[top == np.arange(len(top))] = -1  # a stop that names itself
    return top


def inherited(values: NDArray[Any], parent: NDArray[np.int32], absent: NDArray[np.bool_]) -> NDArray[Any]:
    """`values`, a stop's absent one being its station's."""
    return np.where(absent & (parent >= 0), values[parent], values) if len(values) else values


def timetable_arrays(stops: Stops) -> dict[str, NDArray[Any]]:
    """`stop_*` of the timetable."""
    lat, lon = (stops.table[name].to_numpy(np.float64) for name in ("stop_lat", "stop_lon"))
    unplaced = np.isnan(lat) | np.isnan(lon)  # nodes and boarding areas need no place of their own
    wheelchair = stops.table["wheelchair_boarding"].to_numpy(np.uint8)
    return {
        "stop_lat": inherited(lat, stops.parent, unplaced),
        "stop_lon": inherited(lon, stops.parent, unplaced),
        "stop_parent": stops.parent,
        "stop_wheelchair": inherited(wheelchair, stops.parent, wheelchair == 0),
    }


def catalogue_arrays(
    tables: FeedTables, stops: Stops, pool: TextPool, visible: VisibleTexts, called_zone: NDArray[np.int32]
) -> dict[str, NDArray[Any]]:
    """`stop_*` of the catalogue but for departures. `called_zone` [A]: text of the zone of an agency calling there."""
    table = stops.table
    name = visible.column(table, "stops", "stop_name", "stop_id")
    levels = tables.levels.drop_duplicates("level_id").set_index("level_id")["level_index"]
    return {
        "stop_id_text": pool.add_column(tables.feed_id + "_" + table["stop_id"]),
        "stop_name_text": inherited(name, stops.parent, name == 0),
        "stop_code_text": visible.column(table, "stops", "stop_code", "stop_id"),
        "stop_desc_text": visible.column(table, "stops", "stop_desc", "stop_id"),
        "stop_platform_text": visible.column(table, "stops", "platform_code", "stop_id"),
        "stop_zone_text": _zones(stops, pool, called_zone),
        "stop_location_type": table["location_type"].to_numpy(np.uint8),
        "stop_feed": np.zeros(len(table), np.int32),
        "stop_level": levels.reindex(table["level_id"]).to_numpy(np.float64),
    }


def _zones(stops: Stops, pool: TextPool, called_zone: NDArray[np.int32]) -> NDArray[np.int32]:
    """GTFS reference, `stop_timezone`: the station's holds for all in it, then the stop's, then the agency's."""
    own = pool.add_column(stops.table["stop_timezone"])
    if not len(own):
        return own
    station = np.where(stops.parent >= 0, own[stops.parent], 0)
    return np.where(station != 0, station, np.where(own != 0, own, called_zone)).astype(np.int32)
