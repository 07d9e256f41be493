"""Calls of trips at stops: who calls where, in which order, and how far along."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtfs_feeds.checks.draft import Draft
from gtfs_feeds.checks.stops import STATION, STOP
from gtfs_feeds.findings import Severity


def check_calls(draft: Draft, dropped_trips: set[str], on_demand_stops: Collection[str] = ()) -> set[str]:
    """References, keys and order of stop_times, which gains `trip` and `stop`: rows of those tables.

    `on_demand_stops` are served, though no trip may call there. Returns the ids of trips with calls that are set
    aside because they are flexible (zones, or windows of time).
    """
    flexible = _set_flexible_aside(draft)
    calls = draft.tables["stop_times"]
    calls["trip"] = _rows_of(calls["trip_id"], draft.tables["trips"]["trip_id"])
    calls["stop"] = _rows_of(calls["stop_id"], draft.tables["stops"]["stop_id"])
    orphan = calls["trip"].to_numpy() < 0
    silent = draft.is_among("stop_times", "trip_id", dropped_trips) if orphan.any() else orphan
    draft.note(
        "stop_times",
        orphan & ~silent,
        "foreign_key_violation",
        "There is no trip “{value}”.",
        severity=Severity.ERROR,
        action="row dropped",
        field="trip_id",
    )
    draft.keep("stop_times", ~orphan)
    lost = draft.array("stop_times", "stop") < 0
    draft.drop("stop_times", lost, "foreign_key_violation", "There is no stop “{value}”.", field="stop_id")
    _sort(draft)
    calls = draft.tables["stop_times"]
    trip, sequence = calls["trip"].to_numpy(), calls["stop_sequence"].to_numpy()
    again = np.zeros(len(calls), np.bool_)
    again[1:] = (trip[1:] == trip[:-1]) & (sequence[1:] == sequence[:-1])
    draft.drop(
        "stop_times",
        again,
        "duplicate_key",
        "The trip has a call with stop_sequence “{value}” already.",
        field="stop_sequence",
        action="row dropped, the first one kept",
    )
    _check_places(draft, on_demand_stops)
    return flexible


def _set_flexible_aside(draft: Draft) -> set[str]:
    calls = draft.tables["stop_times"]
    rows = calls["flexible"].to_numpy()
    draft.tables["stop_times"] = calls.drop(columns="flexible")
    flexible = set(calls["trip_id"][rows])
    draft.keep("stop_times", ~rows)
    nowhere = (draft.tables["stop_times"]["stop_id"] == "").to_numpy(np.bool_)
    draft.drop("stop_times", nowhere, "missing_required_field", "The call names no stop.", field="stop_id")
    return flexible


def _rows_of(column: pd.Series[str], ids: pd.Series[str]) -> NDArray[np.int32]:
    """The row among `ids` of each value of a categorical column, -1 where there is none."""
    rows = pd.Index(ids).get_indexer(pd.Index(column.cat.categories)).astype(np.int32)
    return rows[column.cat.codes.to_numpy()] if len(rows) else np.empty(0, np.int32)


def _sort(draft: Draft) -> None:
    """By trip, then by stop_sequence; rows of a trip that are out of order in the file are noted."""
    calls = draft.tables["stop_times"]
    trip, sequence = calls["trip"].to_numpy(), calls["stop_sequence"].to_numpy()
    backwards = np.zeros(len(calls), np.bool_)
    backwards[1:] = (trip[1:] == trip[:-1]) & (sequence[1:] < sequence[:-1])
    draft.note(
        "stop_times",
        backwards,
        "unsorted_stop_times",
        "The call with stop_sequence “{value}” comes after a later one of its trip.",
        severity=Severity.INFO,
        action="sorted",
        field="stop_sequence",
    )
    if backwards.any() or (np.diff(trip) < 0).any():
        order = np.lexsort((sequence, trip))
        draft.tables["stop_times"] = calls.iloc[order].reset_index(drop=True)


def _check_places(draft: Draft, on_demand_stops: Collection[str]) -> None:
    calls = draft.tables["stop_times"]
    kind = draft.array("stops", "location_type")[calls["stop"].to_numpy()]
    draft.note(
        "stop_times",
        kind >= STATION,
        "location_with_unexpected_stop_time",
        "The trip calls at “{value}”, which is a station or an entrance, not a stop.",
        severity=Severity.WARNING,
        action="kept: it can be boarded there",
        field="stop_id",
    )
    called = np.zeros(len(draft.tables["stops"]), np.bool_)
    called[calls["stop"].to_numpy()] = True
    served = draft.is_among("stops", "stop_id", set(on_demand_stops))
    draft.note(
        "stops",
        ~called & (draft.array("stops", "location_type") == STOP) & ~served,
        "stop_without_stop_time",
        "No trip calls at the stop “{value}”.",
        severity=Severity.INFO,
        action="kept as it is",
        field="stop_id",
    )


def check_distances(draft: Draft) -> None:
    """Distances along the shape never decrease; those of a trip where they do are worth nothing."""
    calls = draft.tables["stop_times"]
    trip, distance = calls["trip"].to_numpy(), calls["shape_dist_traveled"].to_numpy()
    if np.isnan(distance).all():
        return
    backwards = np.zeros(len(calls), np.bool_)
    backwards[1:] = (trip[1:] == trip[:-1]) & (distance[1:] < distance[:-1])
    draft.note(
        "stop_times",
        backwards,
        "decreasing_or_equal_stop_time_distance",
        "shape_dist_traveled “{value}” is less than that of the call before.",
        severity=Severity.WARNING,
        action="the distances of the trip are ignored",
        field="shape_dist_traveled",
    )
    draft.assign("stop_times", "shape_dist_traveled", np.isin(trip, trip[backwards]), np.nan)
