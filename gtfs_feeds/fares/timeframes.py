"""When prices hold: timeframes.txt and the calendars it refers to."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gtfs_feeds.fares.rows import Row, first_of_each, rows_of
from gtfs_feeds.findings import FindingLog
from gtfs_feeds.flex.read import read_calendars
from gtfs_feeds.reader.values import parse_time
from ticketing.fares.tables import FareCalendar, Timeframe

_DAY_S = 86400
_KEY = ("timeframe_group_id", "start_time", "end_time", "service_id")


def read_timeframes(
    table: pd.DataFrame, tables: Mapping[str, pd.DataFrame], log: FindingLog
) -> tuple[tuple[Timeframe, ...], tuple[FareCalendar, ...]]:
    """The timeframes, and the calendars of their services. A row that is dropped holds at no time."""
    calendars = read_calendars(tables["calendar"], tables["calendar_dates"])
    found: list[Timeframe] = []
    for row in first_of_each(rows_of("timeframes", table, log), _KEY):
        interval = _read_interval(row)
        if interval is None:
            continue
        if row["service_id"] not in calendars:
            row.drop(
                "foreign_key_violation", "service_id", f"There is no service “{row['service_id'][:80]}”."
            )
            continue
        made = Timeframe(row.name, row["timeframe_group_id"], *interval, row["service_id"])
        overlapped = next((other for other in found if _overlap(made, other)), None)
        if overlapped is not None:
            message = f"It overlaps with {overlapped.row}, of the same group and service."
            row.note("timeframe_overlap", "start_time", message, "kept: it holds in both")
        found.append(made)
    used = {timeframe.service_id for timeframe in found}
    return tuple(found), tuple(
        FareCalendar(one.id, one.weekdays, one.from_day, one.until_day, one.added, one.removed)
        for one in calendars.values()
        if one.id in used
    )


def _read_interval(row: Row) -> tuple[int, int] | None:
    """From when until before when in seconds; None (noted): it says neither."""
    start, end = row["start_time"], row["end_time"]
    if bool(start) != bool(end):
        field = "end_time" if start else "start_time"
        row.drop(
            "timeframe_only_start_or_end_time_specified", field, "start_time and end_time belong together."
        )
        return None
    if not start:
        return 0, _DAY_S
    times = parse_time(start), parse_time(end)
    for field, time in zip(("start_time", "end_time"), times, strict=True):
        if time is None:
            row.drop("invalid_time", field, f"{field} cannot be “{row[field][:80]}”.")
            return None
        if time > _DAY_S:
            rule = "timeframe_start_or_end_time_greater_than_twenty_four_hours"
            row.drop(rule, field, f"{field} is {row[field]}: a timeframe is one of a day, until 24:00:00.")
            return None
    first, last = times
    assert first is not None
    assert last is not None
    if first >= last:
        row.drop(
            "start_and_end_range_out_of_order", "end_time", "The timeframe ends when it begins, or before."
        )
        return None
    return first, last


def _overlap(one: Timeframe, other: Timeframe) -> bool:
    same = (one.group_id, one.service_id) == (other.group_id, other.service_id)
    return same and one.start_s < other.end_s and other.start_s < one.end_s
