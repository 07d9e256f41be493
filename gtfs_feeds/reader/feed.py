"""Reading a feed: from a zip or a folder to checked tables and what was noticed on the way."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from gtfs_feeds.checks.draft import Draft
from gtfs_feeds.checks.feed import check_feed
from gtfs_feeds.corrections import Corrections, correct, find_known_corrections
from gtfs_feeds.findings import FeedRefusedError, Finding, FindingLog, Severity
from gtfs_feeds.raw_table import RawTable
from gtfs_feeds.reader.archive import FILES, LOCATIONS, ArchiveLimits, unpack
from gtfs_feeds.reader.fares import read_fare_files
from gtfs_feeds.reader.flex import read_flex
from gtfs_feeds.reader.raw import read_raw
from gtfs_feeds.reader.values import convert
from gtfs_feeds.tables import FeedTables

_REQUIRED_FILES = ("agency", "stops", "routes", "trips", "stop_times")
_REQUIRED_COLUMNS = {
    "stops": ("stop_id",),
    "routes": ("route_id",),
    "trips": ("route_id", "service_id", "trip_id"),
    "stop_times": ("trip_id", "stop_id", "stop_sequence"),
}
"""Columns without which a table says nothing."""
_NO_STOPS = {"stops": (), "stop_times": ("trip_id", "stop_sequence")}
"""The same of feeds that may have zones only (locations.geojson)."""
_EXPECTED_COLUMNS = {
    "agency": ("agency_name", "agency_url", "agency_timezone"),
    "stops": ("stop_name", "stop_lat", "stop_lon"),
    "routes": ("route_type",),
    "stop_times": ("arrival_time", "departure_time"),
}
"""Columns GTFS requires, without which the feed can still be used."""


def read_feed(
    path: Path,
    feed_id: str,
    *,
    corrections: Corrections | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    today: dt.date | None = None,
    limits: ArchiveLimits | None = None,
) -> tuple[FeedTables, list[Finding]]:
    """Read, correct and check the feed at `path` (a zip or a folder).

    `corrections` are applied after those the project knows for feeds it recognises. `progress` is told what is being
    done, how many steps are done, and of how many. `today` (default: the day it is in UTC) is the day that calendars
    are judged by. Returns the tables and the findings, those that cost the feed something first.

    Raises FeedRefusedError when the archive cannot be read or trusted, a required file or column is missing, or nothing
    in the feed can be used.
    """
    log = FindingLog()
    steps = len(FILES) + 3
    tell = progress or (lambda what, done, total: None)
    tell("opening", 0, steps)
    with tempfile.TemporaryDirectory(prefix="gtfs-") as name:
        folder = Path(name)
        others = unpack(path, feed_id, folder, limits or ArchiveLimits(), log)
        _require_files(folder, feed_id, others)
        raw = {}
        for done, file in enumerate(FILES, start=1):
            tell(file, done, steps)
            raw[file.removesuffix(".txt")] = _read(folder, file, feed_id, log)
        _require_rows(raw, feed_id, log, has_zones=(folder / LOCATIONS).exists())
        tell("correcting", steps - 2, steps)
        for each in find_known_corrections(raw, corrections):
            correct(raw, each, log)
        flex = read_flex(folder, raw["stop_times"], raw["trips"], log)
        fares = read_fare_files(folder, raw["routes"], log, has_flex=flex is not None)
    tell("checking", steps - 1, steps)
    for name in others:
        log.add(Severity.INFO, "unknown_file", name, f"{name} is not read.", "file ignored")
    tables: dict[str, pd.DataFrame] = {}
    for stem in list(raw):
        tables[stem] = convert(raw.pop(stem), log)
    day = today or dt.datetime.now(dt.UTC).date()
    checked = check_feed(Draft(feed_id, tables, log, day, others, flex, fares))
    tell("checked", steps, steps)
    return checked, log.list_findings()


def _read(folder: Path, file: str, feed_id: str, log: FindingLog) -> RawTable:
    try:
        return read_raw(folder, file, log)
    except (pd.errors.ParserError, UnicodeError) as error:
        raise FeedRefusedError(
            "csv_parsing_failed",
            f"{feed_id}: {file} cannot be read as a table ({error}). Ask its publisher for a valid CSV file.",
        ) from error


def _require_files(folder: Path, feed_id: str, others: tuple[str, ...]) -> None:
    required = [stem for stem in _REQUIRED_FILES if stem != "stops" or not (folder / LOCATIONS).exists()]
    missing = [f"{stem}.txt" for stem in required if not (folder / f"{stem}.txt").exists()]
    if not (folder / "calendar.txt").exists() and not (folder / "calendar_dates.txt").exists():
        missing.append("calendar.txt or calendar_dates.txt")
    if missing:
        seen = f" Beside them it has {', '.join(others[:8])}." if others else ""
        raise FeedRefusedError(
            "missing_required_file",
            f"{feed_id}: the feed has no {', no '.join(missing)}.{seen} Check that this is a GTFS feed, and ask its "
            "publisher for a complete one.",
        )


def _require_rows(raw: dict[str, RawTable], feed_id: str, log: FindingLog, *, has_zones: bool) -> None:
    needed = _REQUIRED_COLUMNS | _NO_STOPS if has_zones else _REQUIRED_COLUMNS
    for stem, columns in needed.items():
        missing = [column for column in columns if column not in raw[stem].columns]
        if missing:
            raise FeedRefusedError(
                "missing_required_column",
                f"{feed_id}: {stem}.txt has no column {', no column '.join(missing)}, and says nothing without it. "
                "Ask the publisher for a complete file.",
            )
        if not len(raw[stem]) and columns:
            raise FeedRefusedError(
                "no_usable_row",
                f"{feed_id}: {stem}.txt has no row that can be read, so the feed says nothing. Ask its publisher for "
                "a complete one.",
            )
    for stem, columns in _EXPECTED_COLUMNS.items():
        for column in columns:
            if column not in raw[stem].columns and (len(raw[stem]) or not has_zones):
                log.add(
                    Severity.WARNING,
                    "missing_required_column",
                    f"{stem}.txt",
                    f"The file has no column {column}.",
                    "read without it",
                    line=1,
                    field=column,
                )
