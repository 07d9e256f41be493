"""From files to raw tables, by partridge."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from partridge.gtfs import Feed

from gtfs_feeds.findings import FindingLog, Severity
from gtfs_feeds.raw_table import Column, RawTable
from gtfs_feeds.reader.rows import Rows, clean_file
from gtfs_feeds.tables import COLUMNS, FARE_COLUMNS, FLEX_CALL_COLUMNS, FLEX_COLUMNS, FLEX_TRIP_COLUMNS

_UNUSED_COLUMNS = {
    "agency": ("cemv_support",),
    "stops": ("tts_stop_name", "stop_url", "stop_access"),
    "routes": ("route_sort_order", "continuous_pickup", "continuous_drop_off", "cemv_support"),
    "trips": ("cars_allowed",),
    "stop_times": ("continuous_pickup", "continuous_drop_off"),
    "pathways": ("max_slope", "min_width", "signposted_as", "reversed_signposted_as"),
}
"""Columns of GTFS that change no journey here: ignored without a word."""

_FLEX_CALLS = {name for spelling, others in FLEX_CALL_COLUMNS.items() for name in (spelling, *others)}

_READ_COLUMNS = {
    stem: frozenset(columns) for stem, columns in (COLUMNS | FLEX_COLUMNS | FARE_COLUMNS).items()
} | {
    "routes": frozenset(COLUMNS["routes"]) | {"network_id"},  # of fares
    "trips": (frozenset(COLUMNS["trips"]) - {"route_type"}).union(FLEX_TRIP_COLUMNS),
    "stop_times": frozenset(COLUMNS["stop_times"]) | _FLEX_CALLS,
}


class _WrittenFeed(Feed):  # type: ignore[misc]
    """partridge's feed, reading just the known columns, and each cell as it is written.

    partridge itself reads "NA" and "null" as nothing, which a stop may well be called. What it reads it filters along
    the edges of its configuration; with none, nothing is pruned and stations that no trip calls at survive.
    """

    def __init__(self, folder: Path, rows: dict[str, Rows]) -> None:
        nodes: nx.DiGraph[str] = nx.DiGraph()
        nodes.add_nodes_from(rows)
        self._rows = rows
        super().__init__(str(folder), config=nodes)

    def _read_csv(self, filename: str) -> pd.DataFrame:
        header = self._rows[filename].header
        stem = filename.removesuffix(".txt")
        known = _READ_COLUMNS[stem]
        names = [f"{name}\0{place}" if name in header[:place] else name for place, name in enumerate(header)]
        return pd.read_csv(
            self._pathmap[filename],
            header=0,
            names=names,
            usecols=[name for name in names if name in known],
            dtype=object,
            encoding="utf-8",
            index_col=False,
            na_filter=False,
            skipinitialspace=True,
            skip_blank_lines=False,
            low_memory=False,
        )


def read_raw(folder: Path, file: str, log: FindingLog) -> RawTable:
    """Read one file of `folder`, noting what its header and its rows are wrong about."""
    stem = file.removesuffix(".txt")
    if not (folder / file).exists():
        return RawTable(stem, {}, np.empty(0, np.int32))
    rows = clean_file(folder / file, log)
    _check_header(stem, rows.header, log)
    frame = _WrittenFeed(folder, {file: rows}).get(file) if rows.header else pd.DataFrame()
    columns = {name: _column(frame[name], stem, rows.line, log) for name in frame.columns}
    return RawTable(stem, columns, rows.line)


def _check_header(stem: str, header: tuple[str, ...], log: FindingLog) -> None:
    file = f"{stem}.txt"
    known = _READ_COLUMNS[stem].union(_UNUSED_COLUMNS.get(stem, ()))
    for name, count in Counter(header).items():
        if count > 1:
            message = f"The column {name} is there {count} times."
            log.add(
                Severity.ERROR, "duplicated_column", file, message, "the first one read", line=1, field=name
            )
        if name == "":
            message = "A column has no name."
            log.add(Severity.WARNING, "empty_column_name", file, message, "column ignored", line=1)
        elif name not in known:
            message = f"GTFS knows no column {name}."
            log.add(Severity.INFO, "unknown_column", file, message, "column ignored", line=1, field=name)


def _column(written: pd.Series[str], stem: str, line: NDArray[np.int32], log: FindingLog) -> Column:
    """The column, its texts stripped of the blanks around them."""
    found, texts = pd.factorize(written.to_numpy(object))
    codes = found.astype(np.int32)
    stripped = np.array([text.strip() for text in texts], object)
    if len(texts) == 0:
        return Column(codes, texts)
    blank = np.array([left != right for left, right in zip(texts, stripped, strict=True)], np.bool_)
    if blank.any():
        rows = np.flatnonzero(blank[codes])
        log.add_rows(
            Severity.INFO,
            "leading_or_trailing_whitespaces",
            f"{stem}.txt",
            "The value has blanks around it.",
            "blanks removed",
            lines=line[rows],
            field=str(written.name),
            values=texts[codes[rows[:100]]].tolist(),
        )
        into, stripped = pd.factorize(stripped)
        codes = into.astype(np.int32)[codes]
    return Column(codes, stripped)
