"""Values: from what is written to numbers, times, dates and texts. A bad value costs itself, or its row at most."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtfs_feeds.findings import FindingLog, Severity
from gtfs_feeds.raw_table import NO_DATE, NO_TIME, Column, RawTable
from gtfs_feeds.service_days import WEEKDAYS
from gtfs_feeds.tables import COLUMNS, FARE_COLUMNS, FLEX_CALL_COLUMNS, FLEX_COLUMNS, FLEX_TRIP_COLUMNS

_TIME = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)", re.ASCII)
_TIME_MAX_S = 7 * 86400
_DATE = re.compile(r"\d{8}", re.ASCII)
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Kind:
    """How a column is read. `parse` takes the distinct texts and returns values and which of them are bad."""

    parse: Callable[[NDArray[np.object_]], tuple[NDArray[Any], NDArray[np.bool_]]]
    dtype: type[np.generic]
    absent: float
    rule: str
    low: float = -np.inf
    high: float = np.inf
    range_rule: str = "number_out_of_range"


def parse_time(text: str) -> int | None:
    """Seconds of a GTFS time (H:MM:SS, HH:MM:SS, beyond 24 h allowed), None when it is not one."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    time_s = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return time_s if time_s < _TIME_MAX_S else None


def parse_date(text: str) -> int | None:
    """Days since 1970-01-01 of a GTFS date (YYYYMMDD), None when it is not one."""
    if not _DATE.fullmatch(text):
        return None
    try:
        day = dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
    return (day - _EPOCH).days


def _one_by_one(parse: Callable[[str], int | None]) -> Callable[[NDArray[np.object_]], Any]:
    def parse_all(texts: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        values = np.array([parse(text) for text in texts], np.float64)
        return values, np.isnan(values)

    return parse_all


def _numbers(texts: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    values = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(
        np.float64, na_value=np.nan
    )
    return values, ~np.isfinite(values)


def _integers(texts: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    values, bad = _numbers(texts)
    values = np.where(bad, 0, values)
    return values, bad | (values != np.floor(values)) | (np.abs(values) > 2**31 - 2)


def _enum(low: int, high: int, absent: int = 0) -> Kind:
    return Kind(_integers, np.int8, absent, "invalid_integer", low, high, "unexpected_enum_value")


_DEGREES_LAT = Kind(_numbers, np.float64, np.nan, "invalid_float", -90, 90)
_DEGREES_LON = Kind(_numbers, np.float64, np.nan, "invalid_float", -180, 180)
_LENGTH = Kind(_numbers, np.float64, np.nan, "invalid_float", 0)
_TIMES = Kind(_one_by_one(parse_time), np.int32, NO_TIME, "invalid_time")
_DATES = Kind(_one_by_one(parse_date), np.int32, NO_DATE, "invalid_date")
_COUNT = Kind(_integers, np.int32, -1, "invalid_integer", 0)
_DAYS = Kind(_integers, np.int32, -1, "invalid_integer", 0, 3660)
_MINUTES = Kind(_integers, np.int32, -1, "invalid_integer", 0, 3660 * 1440)
_FACTOR = Kind(_numbers, np.float64, np.nan, "invalid_float", 0, 1000)
_OFFSET = Kind(_numbers, np.float64, np.nan, "invalid_float", -86400, 86400)
_FLAG = _enum(0, 1)
_THREE = _enum(0, 2)

KINDS: dict[str, dict[str, Kind]] = {
    "agency": {},
    "stops": {
        "stop_lat": _DEGREES_LAT,
        "stop_lon": _DEGREES_LON,
        "location_type": _enum(0, 4),
        "wheelchair_boarding": _THREE,
    },
    "routes": {"route_type": _COUNT},
    "trips": {
        "direction_id": _enum(0, 1, -1),
        "wheelchair_accessible": _THREE,
        "bikes_allowed": _THREE,
        "route_type": Kind(_integers, np.int32, -1, "invalid_integer"),
    },
    "stop_times": {
        "arrival_time": _TIMES,
        "departure_time": _TIMES,
        "stop_sequence": _COUNT,
        "pickup_type": _enum(0, 3),
        "drop_off_type": _enum(0, 3),
        "shape_dist_traveled": _LENGTH,
        "timepoint": _enum(0, 1, 1),
    },
    "calendar": {
        **dict.fromkeys(WEEKDAYS, _FLAG),
        "start_date": _DATES,
        "end_date": _DATES,
    },
    "calendar_dates": {"date": _DATES, "exception_type": _enum(1, 2, -1)},
    "frequencies": {
        "start_time": _TIMES,
        "end_time": _TIMES,
        "headway_secs": Kind(_integers, np.int32, -1, "invalid_integer", 1),
        "exact_times": _FLAG,
    },
    "transfers": {"transfer_type": _enum(0, 5), "min_transfer_time": _COUNT},
    "pathways": {
        "pathway_mode": _enum(1, 7, -1),
        "is_bidirectional": _enum(0, 1, -1),
        "length": _LENGTH,
        "traversal_time": _COUNT,
        "stair_count": Kind(_integers, np.int32, 0, "invalid_integer"),
    },
    "levels": {"level_index": Kind(_numbers, np.float64, np.nan, "invalid_float")},
    "shapes": {
        "shape_pt_lat": _DEGREES_LAT,
        "shape_pt_lon": _DEGREES_LON,
        "shape_pt_sequence": _COUNT,
        "shape_dist_traveled": _LENGTH,
    },
    "translations": {},
    "attributions": {"is_producer": _FLAG, "is_operator": _FLAG, "is_authority": _FLAG},
    "feed_info": {"feed_start_date": _DATES, "feed_end_date": _DATES},
    "booking_rules": {
        "booking_type": _enum(0, 2, -1),
        "prior_notice_duration_min": _MINUTES,
        "prior_notice_duration_max": _MINUTES,
        "prior_notice_last_day": _DAYS,
        "prior_notice_last_time": _TIMES,
        "prior_notice_start_day": _DAYS,
        "prior_notice_start_time": _TIMES,
    },
    "location_groups": {},
    "location_group_stops": {},
    "areas": {},
    "stop_areas": {},
    **{
        stem: {} for stem in FARE_COLUMNS
    },  # a bad value there never counts as absent: their rows are read one by one
}
"""How each column is read that is not a text."""

FLEX_KINDS: dict[str, Kind] = {
    "start_pickup_drop_off_window": _TIMES,
    "end_pickup_drop_off_window": _TIMES,
    "mean_duration_factor": _FACTOR,
    "mean_duration_offset": _OFFSET,
    "safe_duration_factor": _FACTOR,
    "safe_duration_offset": _OFFSET,
}
"""The same, of the columns flexible calls and trips have."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "agency": (),
    "stops": ("stop_id",),
    "routes": ("route_id",),
    "trips": ("route_id", "service_id", "trip_id"),
    "stop_times": ("trip_id", "stop_sequence"),
    "calendar": ("service_id", "start_date", "end_date"),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs"),
    "transfers": (),
    "pathways": ("pathway_id", "from_stop_id", "to_stop_id", "pathway_mode", "is_bidirectional"),
    "levels": ("level_id",),
    "shapes": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
    "translations": ("table_name", "field_name", "language", "translation"),
    "attributions": ("organization_name",),
    "feed_info": (),
    "booking_rules": ("booking_rule_id", "booking_type"),
    "location_groups": ("location_group_id",),
    "location_group_stops": ("location_group_id", "stop_id"),
    "areas": ("area_id",),
    "stop_areas": ("area_id", "stop_id"),
    "fare_attributes": ("fare_id", "price", "currency_type"),
    "fare_rules": ("fare_id",),
    "timeframes": ("timeframe_group_id", "service_id"),
    "rider_categories": ("rider_category_id",),
    "fare_media": ("fare_media_id",),
    "fare_products": ("fare_product_id", "amount", "currency"),
    "fare_leg_rules": (),
    "fare_leg_join_rules": ("from_network_id", "to_network_id"),
    "fare_transfer_rules": (),
    "networks": ("network_id",),
    "route_networks": ("network_id", "route_id"),
}
"""Fields without which a row says nothing: the row is dropped."""

_FLEXIBLE = (
    "location_id",
    "location_group_id",
    "start_pickup_drop_off_window",
    "end_pickup_drop_off_window",
)
"""What makes a call a flexible one."""

CATEGORICAL = {("stop_times", "trip_id"), ("stop_times", "stop_id"), ("shapes", "shape_id")}


def convert(raw: RawTable, log: FindingLog) -> pd.DataFrame:
    """The table as tables.py describes it, except that times may still be NO_TIME. Rows without a required field,
    or with a bad value in one, are dropped; other bad values count as absent. Both are noted."""
    kinds, required = KINDS[raw.stem], REQUIRED[raw.stem]
    names = (COLUMNS | FLEX_COLUMNS | FARE_COLUMNS)[raw.stem]
    columns, good = _convert_columns(raw, names, kinds, required, log)
    if raw.stem == "stop_times":
        columns["flexible"] = find_flexible(raw)
    columns["line"] = raw.line
    table = pd.DataFrame(columns)
    return table if good.all() else table[good].reset_index(drop=True)


def convert_calls(raw: RawTable, log: FindingLog) -> pd.DataFrame:
    """Calls with the columns of flexible ones, none dropped. What `convert` notes of them is not noted again."""
    own, _ = _convert_columns(raw, FLEX_CALL_COLUMNS, FLEX_KINDS, (), log)
    others, good = _convert_columns(
        raw, COLUMNS["stop_times"], KINDS["stop_times"], REQUIRED["stop_times"], FindingLog()
    )
    table = pd.DataFrame(others | own | {"line": raw.line})[good].reset_index(drop=True)
    return table.astype({"trip_id": "str", "stop_id": "str"})


def convert_durations(raw: RawTable, log: FindingLog) -> pd.DataFrame:
    """What trips say about how long rides take, by trip_id."""
    columns, _ = _convert_columns(raw, ("trip_id", *FLEX_TRIP_COLUMNS), FLEX_KINDS, (), log)
    return pd.DataFrame(columns).drop_duplicates("trip_id").set_index("trip_id")


def _convert_columns(
    raw: RawTable, names: Iterable[str], kinds: Mapping[str, Kind], required: Collection[str], log: FindingLog
) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """The columns, and the rows in which all that is required is given and good."""
    columns: dict[str, Any] = {}
    good = np.ones(len(raw), np.bool_)
    for name in names:
        column = raw.columns.get(name) or _empty_column(len(raw))
        if name in kinds:
            columns[name], bad = _convert_numbers(raw, name, column, kinds[name], name in required, log)
            if name in required:
                good &= ~bad
        elif (raw.stem, name) in CATEGORICAL:
            columns[name] = pd.Categorical.from_codes(column.codes, pd.Index(column.texts, dtype="str"))
        else:
            columns[name] = pd.Series(column.texts, dtype="str").take(column.codes).array
        if name in required:
            good &= ~_note_missing(raw, name, column, log)
    return columns, good


def _empty_column(rows: int) -> Column:
    return Column(np.zeros(rows, np.int32), np.array([""], object))


def _convert_numbers(
    raw: RawTable, name: str, column: Column, kind: Kind, required: bool, log: FindingLog
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    texts = column.texts
    given = texts != ""
    values = np.full(len(texts), kind.absent, np.float64)
    bad = np.zeros(len(texts), np.bool_)
    outside = np.zeros(len(texts), np.bool_)
    if given.any():
        values[given], bad[given] = kind.parse(texts[given])
        outside = given & ~bad & ((values < kind.low) | (values > kind.high))
        values[bad | outside] = kind.absent
    action = "row dropped" if required else "treated as absent"
    severity = Severity.ERROR if required else Severity.WARNING
    for wrong, rule, message in (
        (bad, kind.rule, f"{name} cannot be “{{value}}”."),
        (outside, kind.range_rule, f"{name} is out of its range: “{{value}}”."),
    ):
        if wrong.any():
            rows = np.flatnonzero(wrong[column.codes])
            log.add_rows(
                severity, rule, raw.file, message, action,
                lines=raw.line[rows], field=name, values=texts[column.codes[rows[:100]]].tolist(),
            )  # fmt: skip
    return values.astype(kind.dtype)[column.codes], (bad | outside)[column.codes]


def _note_missing(raw: RawTable, name: str, column: Column, log: FindingLog) -> NDArray[np.bool_]:
    """Rows where a required field is empty."""
    empty = column.texts == ""
    if not empty.any():
        return np.zeros(len(raw), np.bool_)
    missing: NDArray[np.bool_] = empty[column.codes]
    log.add_rows(
        Severity.ERROR,
        "missing_required_field",
        raw.file,
        f"{name} is empty, and the row says nothing without it.",
        "row dropped",
        lines=raw.line[missing],
        field=name,
    )
    return missing


def find_flexible(raw: RawTable) -> NDArray[np.bool_]:
    """Calls that are zones or windows of time: GTFS-Flex."""
    flexible = np.zeros(len(raw), np.bool_)
    for spelling in _FLEXIBLE:
        for name in (spelling, *FLEX_CALL_COLUMNS[spelling]):
            if name in raw.columns:
                column = raw.columns[name]
                flexible |= (column.texts != "")[column.codes]
    return flexible
