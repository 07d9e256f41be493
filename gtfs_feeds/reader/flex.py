"""Reading what a feed says about on-demand services (GTFS-Flex). Nothing in it can cost the feed anything else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gtfs_feeds.findings import FindingLog, Severity
from gtfs_feeds.flex.files import FlexFiles
from gtfs_feeds.raw_table import Column, RawTable
from gtfs_feeds.reader.archive import FARE_FILES, FLEX_FILES, LOCATIONS
from gtfs_feeds.reader.raw import read_raw
from gtfs_feeds.reader.values import convert, convert_calls, convert_durations, find_flexible
from gtfs_feeds.tables import FLEX_CALL_COLUMNS, FLEX_COLUMNS

LOCATIONS_BYTES_MAX = 64 << 20


def read_flex(folder: Path, calls: RawTable, trips: RawTable, log: FindingLog) -> FlexFiles | None:
    """The calls of trips with a flexible one and all that belongs to them; None when the feed has none."""
    flexible = find_flexible(calls)
    if not flexible.any():
        has_fares = (folder / "fare_leg_rules.txt").exists()
        for name in FLEX_FILES:
            if (folder / name).exists() and not (has_fares and name in FARE_FILES):
                message = f"No call is a zone or a window of time, so {name} is not needed."
                log.add(Severity.INFO, "unknown_file", name, message, "file ignored")
        return None
    return FlexFiles(
        calls=_find_calls(calls, flexible, log),
        durations=convert_durations(trips, log),
        tables={stem: _read_table(folder, stem, log) for stem in FLEX_COLUMNS},
        locations=_read_locations(folder / LOCATIONS, log),
    )


def _find_calls(raw: RawTable, flexible: np.ndarray, log: FindingLog) -> pd.DataFrame:
    trip = raw.columns["trip_id"]
    named = np.zeros(len(trip.texts), np.bool_)
    named[trip.codes[flexible]] = True
    rows = named[trip.codes]
    part = RawTable(
        raw.stem, {name: column.of_rows(rows) for name, column in raw.columns.items()}, raw.line[rows]
    )
    for name, others in FLEX_CALL_COLUMNS.items():
        for other in others:
            _take_spelling(part, name, other, log)
    calls = convert_calls(part, log)
    calls["flexible"] = np.isin(calls["line"], raw.line[flexible])
    return calls


def _take_spelling(raw: RawTable, name: str, other: str, log: FindingLog) -> None:
    """What `other`, an older spelling of `name`, says where `name` says nothing."""
    if other not in raw.columns:
        return
    old = raw.columns.pop(other)
    used = (old.texts != "")[old.codes]
    if name in raw.columns:
        own = raw.columns[name]
        used &= (own.texts == "")[own.codes]
        codes, texts = pd.factorize(np.where(used, old.texts[old.codes], own.texts[own.codes]))
        raw.columns[name] = Column(codes.astype(np.int32), np.asarray(texts, object))
    else:
        raw.columns[name] = old
    if used.any():
        log.add(
            Severity.INFO,
            "older_flex_spelling",
            raw.file,
            f"The column {other} is called {name} since GTFS-Flex was adopted.",
            f"read as {name}",
            line=1,
            field=other,
            count=int(used.sum()),
        )


def _read_table(folder: Path, stem: str, log: FindingLog) -> pd.DataFrame:
    file = f"{stem}.txt"
    try:
        return convert(read_raw(folder, file, log), log)
    except (pd.errors.ParserError, UnicodeError) as error:
        message = f"The file cannot be read as a table ({error})."
        log.add(Severity.ERROR, "csv_parsing_failed", file, message, "treated as absent")
        return convert(RawTable(stem, {}, np.empty(0, np.int32)), log)


def _read_locations(path: Path, log: FindingLog) -> bytes | None:
    if not path.exists():
        return None
    if path.stat().st_size > LOCATIONS_BYTES_MAX:
        message = f"The file has {path.stat().st_size:,} bytes; at most {LOCATIONS_BYTES_MAX:,} are read."
        log.add(Severity.ERROR, "locations_too_large", LOCATIONS, message, "treated as absent")
        return None
    return path.read_bytes()
