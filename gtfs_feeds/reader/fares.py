"""Reading what a feed says about its prices (GTFS-Fares). Nothing in it can cost the feed anything else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gtfs_feeds.fares.files import FareFiles
from gtfs_feeds.findings import FindingLog, Severity
from gtfs_feeds.raw_table import RawTable
from gtfs_feeds.reader.raw import read_raw
from gtfs_feeds.reader.values import convert
from gtfs_feeds.tables import FARE_COLUMNS, FLEX_COLUMNS

_CARRYING = ("fare_leg_rules", "fare_attributes")
"""The files without which the others say nothing."""


def read_fare_files(folder: Path, routes: RawTable, log: FindingLog, *, has_flex: bool) -> FareFiles | None:
    """The tables; None where there is neither a leg rule (v2) nor a fare (v1). `has_flex`: areas were read before."""
    present = [stem for stem in FARE_COLUMNS if (folder / f"{stem}.txt").exists()]
    if not any(stem in present for stem in _CARRYING):
        for stem in present:
            if stem not in FLEX_COLUMNS:
                message = f"The feed has no fare_leg_rules.txt, so {stem}.txt is not needed."
                log.add(Severity.INFO, "unknown_file", f"{stem}.txt", message, "file ignored")
        return None
    tables, unreadable, has_priority = {}, set(), False
    for stem in FARE_COLUMNS:
        told = FindingLog() if has_flex and stem in FLEX_COLUMNS else log
        raw = _read(folder, stem, told)
        if raw is None:
            unreadable.add(f"{stem}.txt")
            raw = RawTable(stem, {}, np.empty(0, np.int32))
        has_priority |= "rule_priority" in raw.columns
        tables[stem] = convert(raw, told)
    return FareFiles(tables, has_priority, _networks(routes), frozenset(unreadable))


def _read(folder: Path, stem: str, log: FindingLog) -> RawTable | None:
    try:
        return read_raw(folder, f"{stem}.txt", log)
    except (pd.errors.ParserError, UnicodeError) as error:
        message = f"The file cannot be read as a table ({error})."
        log.add(Severity.ERROR, "csv_parsing_failed", f"{stem}.txt", message, "no prices read")
        return None


def _networks(routes: RawTable) -> dict[str, str]:
    """`routes.network_id` of the routes that have one."""
    network, route = routes.columns.get("network_id"), routes.columns.get("route_id")
    if network is None or route is None:
        return {}
    pairs = zip(route.texts[route.codes], network.texts[network.codes], strict=True)
    found: dict[str, str] = {}
    for id_, of in pairs:
        found.setdefault(str(id_), str(of))
    return {id_: of for id_, of in found.items() if of}
