"""Corrections as data: a small TOML file a feed that fixes what its publisher gets wrong. See docs/corrections.md.

They are applied to what is written, before it is checked, and every one that changes something is reported.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.findings import FindingLog, Severity
from gtfs_feeds.raw_table import Column, RawTable
from gtfs_feeds.tables import COLUMNS

_KEYS = {
    "": {"name", "known", "match", "timezone", "change_time_s", "set", "drop", "mode"},
    "match": {"file", "where", "matching"},
    "set": {"file", "where", "matching", "field", "value"},
    "drop": {"file", "where", "matching"},
    "mode": {"stops", "route_type"},
}


class CorrectionsError(ValueError):
    """The corrections themselves are wrong; the message says where and how."""


@dataclass(frozen=True)
class Selection:
    """Rows of a file: those whose fields are exactly `where` and match the regular expressions of `matching`
    (found anywhere in the value, as re.search does). Without either, every row."""

    file: str
    where: Mapping[str, str] = field(default_factory=dict)
    matching: Mapping[str, re.Pattern[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class SetField:
    """Write `value` into `field` of the selected rows."""

    rows: Selection
    field: str
    value: str


@dataclass(frozen=True)
class TripMode:
    """Trips all of whose stops have ids that match `stops` are of `route_type`, whatever their route says."""

    stops: re.Pattern[str]
    route_type: int


@dataclass(frozen=True)
class Corrections:
    """What to correct in one feed."""

    name: str = "corrections"
    """Named in the findings."""
    known: bool = True
    """Whether the corrections the project knows for feeds it recognises are applied first."""
    match: Selection | None = None
    """For known corrections: the feed is recognised by having such a row."""
    timezone: str | None = None
    """Of all agencies."""
    change_time_s: int | None = None
    """To change vehicles at any one stop the feed itself says nothing about."""
    sets: tuple[SetField, ...] = ()
    drops: tuple[Selection, ...] = ()
    modes: tuple[TripMode, ...] = ()

    @staticmethod
    def read(path: Path) -> Corrections:
        """Read a TOML file. Raises CorrectionsError."""
        return Corrections.parse(path.read_text(encoding="utf-8"), path.stem)

    @staticmethod
    def parse(text: str, name: str = "corrections") -> Corrections:
        """Read TOML. Raises CorrectionsError."""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise CorrectionsError(f"{name}: this is not TOML: {error}") from error
        try:
            return _parse(data, name)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, CorrectionsError):
                raise
            raise CorrectionsError(f"{name}: {error!r}") from error


def _parse(data: dict[str, Any], name: str) -> Corrections:
    _refuse_unknown(data, "", name)
    match = data.get("match")
    seconds = data.get("change_time_s")
    if seconds is not None and (not isinstance(seconds, int) or seconds < 0):
        raise CorrectionsError(f"{name}: change_time_s is a whole number of seconds, not {seconds!r}")
    return Corrections(
        name=str(data.get("name", name)),
        known=bool(data.get("known", True)),
        match=None if match is None else _selection(match, "match", name),
        timezone=data.get("timezone"),
        change_time_s=seconds,
        sets=tuple(_parse_set(entry, name) for entry in data.get("set", ())),
        drops=tuple(_selection(entry, "drop", name) for entry in data.get("drop", ())),
        modes=tuple(_parse_mode(entry, name) for entry in data.get("mode", ())),
    )


def _refuse_unknown(entry: dict[str, Any], kind: str, name: str) -> None:
    unknown = set(entry) - _KEYS[kind]
    if unknown:
        where = f"[[{kind}]]" if kind else "the file"
        raise CorrectionsError(f"{name}: {where} has {sorted(unknown)}; it may have {sorted(_KEYS[kind])}")


def _parse_set(entry: dict[str, Any], name: str) -> SetField:
    rows = _selection(entry, "set", name)
    if entry["field"] not in COLUMNS[rows.file.removesuffix(".txt")]:
        raise CorrectionsError(f"{name}: {rows.file} has no field {entry['field']} that is read")
    return SetField(rows, entry["field"], str(entry["value"]))


def _parse_mode(entry: dict[str, Any], name: str) -> TripMode:
    _refuse_unknown(entry, "mode", name)
    return TripMode(_pattern(entry["stops"], name), int(entry["route_type"]))


def _selection(entry: dict[str, Any], kind: str, name: str) -> Selection:
    _refuse_unknown(entry, kind, name)
    file = entry["file"]
    stem = file.removesuffix(".txt")
    if stem not in COLUMNS:
        raise CorrectionsError(f"{name}: {file} is not a file that is read")
    where = {key: str(value) for key, value in entry.get("where", {}).items()}
    matching = {key: _pattern(value, name) for key, value in entry.get("matching", {}).items()}
    for key in (*where, *matching):
        if key not in COLUMNS[stem]:
            raise CorrectionsError(f"{name}: {file} has no field {key} that is read")
    return Selection(f"{stem}.txt", where, matching)


def _pattern(text: str, name: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise CorrectionsError(f"{name}: “{text}” is not a regular expression: {error}") from error


def list_known_corrections() -> Iterator[Corrections]:
    """The corrections that come with the project."""
    folder = resources.files("gtfs_feeds") / "known_corrections"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            yield Corrections.parse(file.read_text("utf-8"), file.name.removesuffix(".toml"))


def find_known_corrections(raw: dict[str, RawTable], own: Corrections | None) -> list[Corrections]:
    """What to apply to this feed: known corrections whose match it has, then its own."""
    known = [
        each
        for each in list_known_corrections()
        if each.match is not None and _select(raw, each.match).any() and (own is None or own.known)
    ]
    return known if own is None else [*known, own]


def correct(raw: dict[str, RawTable], corrections: Corrections, log: FindingLog) -> None:
    """Apply the corrections to the raw tables, noting those that changed something and those that found nothing."""
    for selection in corrections.drops:
        rows = _select(raw, selection)
        _note(raw[_stem(selection.file)], rows, corrections, "row dropped", None, log)
        raw[_stem(selection.file)].keep(~rows)
    if corrections.timezone is not None:
        _write(
            raw, SetField(Selection("agency.txt"), "agency_timezone", corrections.timezone), corrections, log
        )
    for change in corrections.sets:
        _write(raw, change, corrections, log)
    for mode in corrections.modes:
        _set_mode(raw, mode, corrections, log)
    if corrections.change_time_s is not None:
        _add_change_times(raw, corrections.change_time_s, corrections, log)


def _stem(file: str) -> str:
    return file.removesuffix(".txt")


def _column(table: RawTable, name: str) -> Column:
    return table.columns.get(name) or Column(np.zeros(len(table), np.int32), np.array([""], object))


def _select(raw: dict[str, RawTable], selection: Selection) -> NDArray[np.bool_]:
    table = raw[_stem(selection.file)]
    chosen = np.ones(len(table), np.bool_)
    for name, wanted in selection.where.items():
        column = _column(table, name)
        chosen &= (column.texts == wanted)[column.codes]
    for name, pattern in selection.matching.items():
        column = _column(table, name)
        hits = np.array([pattern.search(text) is not None for text in column.texts], np.bool_)
        chosen &= hits[column.codes] if len(hits) else chosen
    return chosen


def _write(raw: dict[str, RawTable], change: SetField, corrections: Corrections, log: FindingLog) -> None:
    table = raw[_stem(change.rows.file)]
    chosen = _select(raw, change.rows)
    column = _column(table, change.field)
    differs = chosen & ((column.texts != change.value)[column.codes] if len(column.texts) else chosen)
    _note(table, differs, corrections, f"{change.field} set to “{change.value}”", change.field, log, chosen)
    _put(table, change.field, differs, change.value)


def _put(table: RawTable, name: str, rows: NDArray[np.bool_], value: str) -> None:
    column = _column(table, name)
    known = np.flatnonzero(column.texts == value)
    texts = column.texts if len(known) else np.append(column.texts, np.array([value], object))
    place = int(known[0]) if len(known) else len(texts) - 1
    table.columns[name] = Column(np.where(rows, np.int32(place), column.codes).astype(np.int32), texts)


def _set_mode(raw: dict[str, RawTable], mode: TripMode, corrections: Corrections, log: FindingLog) -> None:
    calls, trips = raw["stop_times"], raw["trips"]
    trip, stop = _column(calls, "trip_id"), _column(calls, "stop_id")
    hits = np.array([mode.stops.search(text) is not None for text in stop.texts], np.bool_)
    called = np.bincount(trip.codes, minlength=len(trip.texts))
    matched = np.bincount(trip.codes, weights=hits[stop.codes], minlength=len(trip.texts))
    ids = set(trip.texts[(called > 0) & (matched == called)])
    own, route_type = _column(trips, "trip_id"), _column(trips, "route_type")
    chosen = np.array([text in ids for text in own.texts], np.bool_)[own.codes]
    differs = chosen & (route_type.texts != str(mode.route_type))[route_type.codes]
    action = f"the trip is of route_type {mode.route_type}, whatever its route's"
    _note(trips, differs, corrections, action, "route_type", log, chosen)
    _put(trips, "route_type", differs, str(mode.route_type))


def _add_change_times(
    raw: dict[str, RawTable], seconds: int, corrections: Corrections, log: FindingLog
) -> None:
    """As transfers of type 2 from every stop to itself, where the feed has no transfer from it to itself."""
    transfers = raw["transfers"]
    origin, target = (_column(transfers, f"{side}_stop_id") for side in ("from", "to"))
    pairs = zip(origin.texts[origin.codes], target.texts[target.codes], strict=True)
    told = {here for here, there in pairs if here == there}
    stop = _column(raw["stop_times"], "stop_id")
    stops = sorted(set(stop.texts[np.unique(stop.codes)]) - told - {""})
    texts = {
        "from_stop_id": stops,
        "to_stop_id": stops,
        "transfer_type": "2",
        "min_transfer_time": str(seconds),
    }
    for name in {*transfers.columns, *texts}:
        old, new = _column(transfers, name), texts.get(name, "")
        added = np.array(new if isinstance(new, list) else [new], object)
        codes = np.arange(len(stops)) if isinstance(new, list) else np.zeros(len(stops))
        all_texts, inverse = np.unique(np.concatenate((old.texts, added)).astype(str), return_inverse=True)
        place = np.concatenate((old.codes, codes + len(old.texts))).astype(np.int64)
        transfers.columns[name] = Column(inverse[place].astype(np.int32), all_texts.astype(object))
    transfers.line = np.concatenate((transfers.line, np.zeros(len(stops), np.int32)))
    log.add(
        Severity.INFO,
        "corrected",
        "transfers.txt",
        f"{corrections.name}: the feed has no time to change at these stops.",
        f"{seconds} s set",
        field="min_transfer_time",
        value=str(seconds),
        count=max(1, len(stops)),
    )


def _note(
    table: RawTable,
    rows: NDArray[np.bool_],
    corrections: Corrections,
    action: str,
    name: str | None,
    log: FindingLog,
    chosen: NDArray[np.bool_] | None = None,
) -> None:
    """One finding a correction, with the number of rows it changed; one too when a feed's own chose no row at all."""
    count = int(rows.sum())
    message = f"{corrections.name}: corrected."
    if not count:
        if corrections.match is not None or (chosen is not None and chosen.any()):
            return
        message, action = f"{corrections.name}: no row is as this correction describes.", "nothing corrected"
    first = int(rows.argmax()) if count else None
    value = None
    if first is not None and name is not None:
        column = _column(table, name)
        value = str(column.texts[column.codes[first]])
    log.add(
        Severity.INFO,
        "corrected" if count else "unused_correction",
        table.file,
        message,
        action,
        line=None if first is None else int(table.line[first]),
        field=name,
        value=value,
        count=max(1, count),
    )
