"""Write GTFS: a zip of CSV tables whose bytes depend on nothing but the tables.

Files in the order of their names, one fixed timestamp, columns in the order of the GTFS reference, CRLF line
ends and minimal quoting (RFC 4180), numbers in their shortest exact form. Rows are streamed: a table may be a
generator that never fits in memory.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from gtfs_feeds.tables import COLUMNS, FLEX_COLUMNS, FeedTables

Cell = str | int | float | dt.date | None
"""None, NaN and "" are written as nothing. Times are seconds, dates are `date` or days since 1970-01-01."""

REQUIRED_TABLES = ("agency", "stops", "routes", "trips", "stop_times")
"""Written even when empty, so that a reader complains about the rows and not about the file."""

TIME_COLUMNS = {
    *("arrival_time", "departure_time", "start_time", "end_time"),
    *("start_pickup_drop_off_window", "end_pickup_drop_off_window"),
    *("prior_notice_last_time", "prior_notice_start_time"),
}
DATE_COLUMNS = {"date", "start_date", "end_date", "feed_start_date", "feed_end_date"}

_EPOCH = dt.date(1970, 1, 1)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Table:
    """Named columns and an iterable of rows, each as long as `columns`; read once, while writing."""

    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def write_gtfs(
    tables: Mapping[str, Table], path: Path, others: Mapping[str, bytes] = MappingProxyType({})
) -> None:
    """Write `tables` (by file stem: "stops", ...) and `others` (by file name: what is no table) to the zip `path`,
    which appears whole or not at all.

    Raises ValueError when a table has no columns, names one twice, or a row is of another length.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            for name in sorted(others):
                archive.writestr(_entry(name), others[name])
            for stem in sorted(tables):
                with archive.open(_entry(f"{stem}.txt"), "w", force_zip64=True) as raw:
                    text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
                    _write_table(stem, tables[stem], text)
                    text.close()
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, whatever the system, or the bytes would differ
    entry.external_attr = 0o644 << 16
    return entry


def write_feed_tables(tables: FeedTables, path: Path) -> None:
    """Write a checked feed as GTFS; reading it again gives the same tables (but for `line`).

    What is absent becomes an empty field again. Columns without a value in any row are left out, and so are tables
    without a row unless GTFS requires them.
    """
    write_gtfs({stem: table for stem in COLUMNS if (table := _from_frame(tables, stem)) is not None}, path)


def _from_frame(tables: FeedTables, stem: str) -> Table | None:
    frame = getattr(tables, stem)
    if not len(frame):
        return Table(COLUMNS[stem], ()) if stem in REQUIRED_TABLES else None
    columns = {name: _list_cells(stem, frame[name]) for name in COLUMNS[stem]}
    given = {name: cells for name, cells in columns.items() if any(map(_is_given, cells))}
    return Table(tuple(given), zip(*given.values(), strict=True))


def _list_cells(stem: str, column: pd.Series[Any]) -> list[Cell]:
    """The column's values, None where the tables write -1 for "not given" (see `gtfs_feeds.tables`)."""
    cells: list[Cell] = column.tolist()
    counted = column.dtype.kind == "i" and column.name not in TIME_COLUMNS | DATE_COLUMNS | {"stair_count"}
    if counted or (stem == "feed_info" and column.name in DATE_COLUMNS):
        return [None if cell == -1 else cell for cell in cells]
    return cells


def _is_given(cell: Cell) -> bool:
    return cell is not None and cell != "" and cell == cell


def _write_table(stem: str, table: Table, file: io.TextIOWrapper) -> None:
    if not table.columns or len(set(table.columns)) != len(table.columns):
        raise ValueError(f"{stem}.txt: needs columns, each once, not {list(table.columns)}")
    reference = {name: position for position, name in enumerate((COLUMNS | FLEX_COLUMNS).get(stem, ()))}
    order = sorted(
        range(len(table.columns)),
        key=lambda i: (reference.get(table.columns[i], len(reference)), table.columns[i]),
    )
    writers = [(i, _cell_writer(table.columns[i])) for i in order]
    width = len(order)
    # CRLF, because csv quotes the characters of its line end: a lone CR inside a field would stay bare otherwise.
    out = csv.writer(file, lineterminator="\r\n")
    out.writerow([table.columns[i] for i in order])
    for number, row in enumerate(table.rows, start=1):
        if len(row) != width:
            raise ValueError(f"{stem}.txt, row {number}: {len(row)} values for {width} columns")
        out.writerow([write(row[i]) for i, write in writers])


def _cell_writer(column: str) -> Callable[[Cell], Cell]:
    if column in TIME_COLUMNS:
        return _time_text
    if column in DATE_COLUMNS:
        return _date_text
    return _plain_text


def _plain_text(value: Cell) -> Cell:
    """Floats in their shortest form that reads back equal; never 1e-05, which GTFS does not know."""
    if isinstance(value, float):
        return _float_text(value)
    return value


@lru_cache(maxsize=1 << 16)
def _float_text(value: float) -> str:
    if math.isnan(value):
        return ""
    if math.isinf(value):
        raise ValueError("an infinite number cannot be written as GTFS")
    shortest = repr(value)
    if "e" in shortest:
        return f"{Decimal(shortest):f}"
    return shortest.removesuffix(".0")


@lru_cache(maxsize=1 << 18)
def _time_text(value: Cell) -> str:
    """Seconds since noon - 12 h as HH:MM:SS; hours may pass 24 (GTFS reference, "Time")."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    seconds = int(value)  # type: ignore[arg-type]
    if seconds < 0:
        raise ValueError(f"{seconds} s: GTFS cannot write a time before the service day")
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


@lru_cache(maxsize=1 << 12)
def _date_text(value: Cell) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    day = value if isinstance(value, dt.date) else _EPOCH + dt.timedelta(days=int(value))
    return day.strftime("%Y%m%d") if day.year >= 1000 else f"{day.year:04d}{day.month:02d}{day.day:02d}"
