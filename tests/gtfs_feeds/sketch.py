"""Checked tables sketched as text: what the compiler is given, without an archive and a reader between.

    tables = sketch('''
        stops: stop_id stop_name stop_lat stop_lon parent_station location_type
        A Alpha 47.0 5.0
        trips: route_id service_id trip_id
        R weekday t1
    ''')

A line `file: column ...` opens a table, the lines that follow are its rows; `-` is an absent value, absent values
at a line's end may be left out, `~` in a value is a blank. Columns not named are absent. What every feed needs and
the sketch leaves out (one agency, one route, a service every day) is added.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd

from gtfs_feeds.tables import COLUMNS, FeedTables

_INTEGERS = {
    "location_type": 0,
    "wheelchair_boarding": 0,
    "route_type": 3,
    "direction_id": -1,
    "wheelchair_accessible": 0,
    "bikes_allowed": 0,
    "stop_sequence": 0,
    "pickup_type": 0,
    "drop_off_type": 0,
    "timepoint": 1,
    "exception_type": 1,
    "headway_secs": 0,
    "exact_times": 0,
    "transfer_type": 0,
    "min_transfer_time": -1,
    "pathway_mode": 1,
    "is_bidirectional": 0,
    "traversal_time": -1,
    "stair_count": -1,
    "shape_pt_sequence": 0,
    "is_producer": 0,
    "is_operator": 0,
    "is_authority": 0,
} | dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 1)
_FLOATS = {
    "stop_lat",
    "stop_lon",
    "shape_pt_lat",
    "shape_pt_lon",
    "shape_dist_traveled",
    "length",
    "level_index",
}
_TIMES = {"arrival_time", "departure_time", "start_time", "end_time"}
_DATES = {"start_date", "end_date", "date", "feed_start_date", "feed_end_date"}
_CATEGORICALS = {("stop_times", "trip_id"), ("stop_times", "stop_id"), ("shapes", "shape_id")}

_NEEDED = """
    agency: agency_id agency_name agency_timezone
    G Gondola Europe/Paris
    routes: route_id agency_id route_short_name route_type
    R G 1 3
    calendar: service_id start_date end_date
    daily 20260601 20260630
"""


def sketch(text: str, feed_id: str = "f") -> FeedTables:
    """The tables a text describes."""
    found = _parse(_NEEDED) | _parse(text)
    return FeedTables(
        feed_id=feed_id,
        **{stem: _typed(stem, found[stem]) if stem in found else _absent(stem) for stem in COLUMNS},
    )


@cache
def _absent(stem: str) -> pd.DataFrame:
    return _typed(stem, {})


def _typed(stem: str, columns: dict[str, list[str]]) -> pd.DataFrame:
    """A table of texts, "" being absent, with the columns and types `gtfs_feeds.tables` promises."""
    length = len(next(iter(columns.values()), []))
    frame = pd.DataFrame(
        {name: _typed_column(stem, name, columns.get(name, [""] * length)) for name in COLUMNS[stem]},
        index=pd.RangeIndex(length),
    )
    if stem == "stop_times":
        frame = frame.sort_values(["trip_id", "stop_sequence"], kind="stable").reset_index(drop=True)
    return frame.assign(line=np.arange(2, length + 2, dtype=np.int32))


def _typed_column(stem: str, name: str, values: list[str]) -> pd.Series:
    if stem == "trips" and name == "route_type":  # not GTFS's: -1 means the route's own
        return pd.Series([int(value or -1) for value in values], dtype=np.int32)
    if name in _INTEGERS:
        return pd.Series([int(value or _INTEGERS[name]) for value in values], dtype=np.int32)
    if name in _FLOATS:
        return pd.Series([float(value or "nan") for value in values], dtype=np.float64)
    if name in _TIMES:
        return pd.Series([_seconds(value) for value in values], dtype=np.int32)
    if name in _DATES:
        return pd.Series([_day(value) for value in values], dtype=np.int32)
    return pd.Series(values, dtype="category" if (stem, name) in _CATEGORICALS else "str")


def _seconds(text: str) -> int:
    hours, minutes, *rest = (int(part) for part in text.split(":"))
    return hours * 3600 + minutes * 60 + sum(rest)


def _day(text: str) -> int:
    if not text:
        return 0
    return dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC).date().toordinal() - 719163


def _parse(text: str) -> dict[str, dict[str, list[str]]]:
    names: dict[str, list[str]] = {}
    rows: dict[str, list[list[str]]] = {}
    stem = ""
    for line in text.split("\n"):
        words = line.split()
        if words and words[0].endswith(":") and words[0][:-1] in COLUMNS:
            stem = words[0][:-1]
            names[stem], rows[stem] = words[1:], []
        elif words:
            values = ["" if word == "-" else word.replace("~", " ") for word in words]
            rows[stem].append(values + [""] * (len(names[stem]) - len(values)))
    return {
        stem: {name: [row[i] for row in rows[stem]] for i, name in enumerate(names[stem])} for stem in names
    }
