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
from textwrap import dedent

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
        feed_id=feed_id, **{stem: typed(stem, found.get(stem, pd.DataFrame())) for stem in COLUMNS}
    )


def typed(stem: str, table: pd.DataFrame) -> pd.DataFrame:
    """A table of strings, "" being absent, with the columns and types `gtfs_feeds.tables` promises."""
    columns = list(COLUMNS[stem])
    table = pd.DataFrame(
        {name: table[name] if name in table else "" for name in columns}, index=table.index
    ).astype("str")
    out = {name: _typed_column(name, table[name]) for name in columns}
    if stem == "trips":  # not GTFS's: -1 means the route's own
        out["route_type"] = table["route_type"].replace("", "-1").astype(np.int32)
    frame = pd.DataFrame(out)
    for name in [name for file, name in _CATEGORICALS if file == stem]:
        frame[name] = frame[name].astype("category")
    if stem == "stop_times" and len(frame):
        frame = frame.sort_values(["trip_id", "stop_sequence"], kind="stable").reset_index(drop=True)
    return frame.assign(line=np.arange(2, len(frame) + 2, dtype=np.int32))


def seconds(text: str) -> int:
    hours, minutes, *rest = (int(part) for part in text.split(":"))
    return hours * 3600 + minutes * 60 + (rest[0] if rest else 0)


def _typed_column(name: str, column: pd.Series) -> pd.Series:
    if name in _INTEGERS:
        return column.replace("", str(_INTEGERS[name])).astype(np.int32)
    if name in _FLOATS:
        return column.replace("", "nan").astype(np.float64)
    if name in _TIMES:
        return column.map({text: seconds(text) if text else 0 for text in column.unique()}).astype(np.int32)
    if name in _DATES:
        days = {text: _day(text) for text in column.unique()}
        return column.map(days).astype(np.int32)
    return column


def _day(text: str) -> int:
    if not text:
        return 0
    return dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC).date().toordinal() - 719163


def _parse(text: str) -> dict[str, pd.DataFrame]:
    columns: dict[str, list[str]] = {}
    rows: dict[str, list[list[str]]] = {}
    stem = ""
    for line in dedent(text).split("\n"):
        words = line.split()
        if words and words[0].endswith(":") and words[0][:-1] in COLUMNS:
            stem = words[0][:-1]
            columns[stem], rows[stem] = words[1:], []
        elif words:
            values = ["" if word == "-" else word.replace("~", " ") for word in words]
            rows[stem].append(values + [""] * (len(columns[stem]) - len(values)))
    return {stem: pd.DataFrame(rows[stem], columns=columns[stem], dtype="str") for stem in columns}
