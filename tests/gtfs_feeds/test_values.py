"""Times and dates as they are written, and numbers nobody can read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtfs_feeds.reader.values import parse_date, parse_time
from tests.gtfs_feeds.feed_texts import GOOD, get_finding, read


@given(st.integers(0, 7 * 86400 - 1), st.booleans())
def test_every_time_is_read_back(time_s: int, padded: bool) -> None:
    hours = time_s // 3600
    text = f"{hours:02}" if padded else str(hours)
    assert parse_time(f"{text}:{time_s // 60 % 60:02}:{time_s % 60:02}") == time_s


@given(st.text(alphabet="0123456789: -+.x", max_size=10))
def test_what_is_read_is_a_time(text: str) -> None:
    time_s = parse_time(text)
    if time_s is not None:
        hours, minutes, seconds = text.split(":")
        assert time_s == int(hours) * 3600 + int(minutes) * 60 + int(seconds)
        assert len(minutes) == len(seconds) == 2


@pytest.mark.parametrize(
    "text", ["", "8:00", "08:60:00", "08:00:60", "-1:00:00", "８:00:00", "168:00:00", "8h00"]
)
def test_these_are_no_times(text: str) -> None:
    assert parse_time(text) is None


@given(st.dates(dt.date(1971, 1, 1), dt.date(2199, 12, 31)))
def test_every_date_is_read_back(day: dt.date) -> None:
    days = parse_date(day.strftime("%Y%m%d"))
    assert days is not None
    assert dt.date(1970, 1, 1) + dt.timedelta(days) == day


@pytest.mark.parametrize("text", ["", "2026-01-01", "20260230", "20261301", "00000101", "202601011"])
def test_these_are_no_dates(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("file", "old", "new", "rule", "field"),
    [
        ("stops.txt", "47.3910", "near", "invalid_float", "stop_lat"),
        ("stops.txt", "47.3910", "nan", "invalid_float", "stop_lat"),
        ("stops.txt", "47.3910", "1e400", "invalid_float", "stop_lat"),
        ("stops.txt", "47.3910", "147.3910", "number_out_of_range", "stop_lat"),
        ("stops.txt", "6.4990,0", "6.4990,9", "unexpected_enum_value", "location_type"),
        ("trips.txt", "T1,Clerval,0", "T1,Clerval,north", "invalid_integer", "direction_id"),
        ("stop_times.txt", "V1,1,0", "V1,first,0", "invalid_integer", "stop_sequence"),
        ("stop_times.txt", "V1,1,0", "V1,1.5,0", "invalid_integer", "stop_sequence"),
        ("stop_times.txt", "V1,1,0", "V1,99999999999,0", "invalid_integer", "stop_sequence"),
        ("stop_times.txt", "V1,1,0", "V1,-1,0", "number_out_of_range", "stop_sequence"),
        ("stop_times.txt", "08:30:00", "8h30", "invalid_time", "arrival_time"),
        ("calendar.txt", "20260101", "2026-01-01", "invalid_date", "start_date"),
        ("calendar_dates.txt", "20260314,1", "20260314,3", "unexpected_enum_value", "exception_type"),
        ("frequencies.txt", ",1800,", ",0,", "number_out_of_range", "headway_secs"),
        ("frequencies.txt", ",1800,", ",-5,", "number_out_of_range", "headway_secs"),
    ],
)  # fmt: skip
def test_a_bad_value_never_costs_more_than_its_row(
    tmp_path: Path, file: str, old: str, new: str, rule: str, field: str
) -> None:
    assert old in GOOD[file]
    tables, findings = read(tmp_path, {file: GOOD[file].replace(old, new, 1)})
    finding = get_finding(findings, rule, field)
    assert finding.file == file
    assert finding.value
    stem = file.removesuffix(".txt")
    assert len(getattr(tables, stem)) >= GOOD[file].count("\n") - 2
