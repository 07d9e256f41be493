"""Frequencies: trips that repeat."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gtfs_feeds.checks.draft import Draft
from gtfs_feeds.findings import Severity


def check_frequencies(draft: Draft, known_trips: set[str]) -> None:
    """References, ranges, overlaps. Rows of trips dropped before go silently. Sorted by trip and start at the end."""
    if draft.tables["frequencies"].empty:
        return
    draft.drop(
        "frequencies",
        ~draft.is_among("frequencies", "trip_id", known_trips),
        "foreign_key_violation",
        "There is no trip “{value}”.",
        field="trip_id",
    )
    draft.keep("frequencies", draft.is_known("frequencies", "trip_id", "trips", "trip_id"))
    start, end = draft.array("frequencies", "start_time"), draft.array("frequencies", "end_time")
    draft.note(
        "frequencies",
        start == end,
        "start_and_end_range_equal",
        "The period ends when it starts.",
        severity=Severity.ERROR,
        action="row dropped",
        field="trip_id",
    )
    draft.note(
        "frequencies",
        start > end,
        "start_and_end_range_out_of_order",
        "The period ends before it starts.",
        severity=Severity.ERROR,
        action="row dropped",
        field="trip_id",
    )
    draft.keep("frequencies", start < end)
    draft.drop_duplicates("frequencies", ["trip_id", "start_time"])
    _sort_and_part(draft)


def _sort_and_part(draft: Draft) -> None:
    """Periods of a trip follow each other: one ends where the next begins (end_time is when another headway starts)."""
    rows = draft.tables["frequencies"]
    trip = pd.Index(draft.tables["trips"]["trip_id"]).get_indexer(pd.Index(rows["trip_id"]))
    order = np.lexsort((rows["start_time"].to_numpy(), trip))
    rows = draft.tables["frequencies"] = rows.iloc[order].reset_index(drop=True)
    trip = trip[order]
    start, end = rows["start_time"].to_numpy(), rows["end_time"].to_numpy().copy()
    overlap = np.zeros(len(rows), np.bool_)
    overlap[:-1] = (trip[1:] == trip[:-1]) & (end[:-1] > start[1:])
    draft.note(
        "frequencies",
        overlap,
        "overlapping_frequency",
        "The period of the trip “{value}” overlaps its next one.",
        severity=Severity.WARNING,
        action="ended where the next begins",
        field="trip_id",
    )
    end[:-1][overlap[:-1]] = start[1:][overlap[:-1]]
    rows["end_time"] = end
