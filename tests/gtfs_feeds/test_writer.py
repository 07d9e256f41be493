"""Writing GTFS: right bytes, always the same ones, and reading them again gives what was written."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtfs_feeds.reader import read_feed
from gtfs_feeds.service_days import WEEKDAYS
from gtfs_feeds.tables import COLUMNS, FeedTables
from gtfs_feeds.writer import Table, write_feed_tables, write_gtfs

DAY = dt.date(2026, 3, 10)
SLOW_DISK = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def _read(path: Path, stem: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"{stem}.txt").decode()


def test_columns_follow_the_reference_and_unknown_ones_come_last(tmp_path: Path) -> None:
    table = Table(
        ("zz_ours", "departure_time", "aa_ours", "trip_id", "arrival_time"),
        [("z", 3600, "a", "t1", 86400 + 61)],
    )
    write_gtfs({"stop_times": table}, tmp_path / "feed.zip")
    assert _read(tmp_path / "feed.zip", "stop_times") == (
        "trip_id,arrival_time,departure_time,aa_ours,zz_ours\r\nt1,24:01:01,01:00:00,a,z\r\n"
    )


@pytest.mark.parametrize(
    ("column", "value", "written"),
    [
        ("arrival_time", 0, "00:00:00"),
        ("arrival_time", 30 * 3600 + 59, "30:00:59"),
        ("arrival_time", 100 * 3600, "100:00:00"),
        ("arrival_time", None, '""'),
        ("start_date", dt.date(2026, 3, 1), "20260301"),
        ("start_date", 20513, "20260301"),
        ("stop_lat", 47.3233, "47.3233"),
        ("stop_lat", 47.0, "47"),
        ("stop_lat", 1e-7, "0.0000001"),
        ("stop_lat", float("nan"), '""'),
        ("stop_name", 'Gare "SNCF", quai 1', '"Gare ""SNCF"", quai 1"'),
        ("stop_name", "two\nlines", '"two\nlines"'),
        ("stop_name", "old\rMac", '"old\rMac"'),
        ("stop_sequence", 7, "7"),
    ],
)
def test_a_value_is_written_as_gtfs_has_it(tmp_path: Path, column: str, value: object, written: str) -> None:
    write_gtfs({"anything": Table((column,), [(value,)])}, tmp_path / "feed.zip")
    assert _read(tmp_path / "feed.zip", "anything") == f"{column}\r\n{written}\r\n"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (Table(("a", "b"), [("1", "2"), ("3",)]), "stops.txt, row 2: 1 values for 2 columns"),
        (Table(("a", "a"), []), "each once"),
        (Table((), []), "needs columns"),
        (Table(("arrival_time",), [(-1,)]), "before the service day"),
        (Table(("stop_lat",), [(float("inf"),)]), "infinite"),
    ],
)
def test_what_cannot_be_written_is_refused_and_leaves_no_file(
    tmp_path: Path, table: Table, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        write_gtfs({"stops": table}, tmp_path / "feed.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    write_gtfs({"stops": Table(("stop_id",), [("A",)])}, path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="values for"):
        write_gtfs({"stops": Table(("stop_id",), [("A", "B")])}, path)
    assert path.read_bytes() == before


def test_the_bytes_depend_on_nothing_but_the_tables(tmp_path: Path) -> None:
    rows = [(f"S{i}", f"Stop {i}") for i in range(500)]
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    write_gtfs(
        {"stops": Table(("stop_id", "stop_name"), rows), "agency": Table(("agency_id",), [("A",)])}, one
    )
    streamed = ((name, stop_id) for stop_id, name in rows)
    write_gtfs(
        {"agency": Table(("agency_id",), [("A",)]), "stops": Table(("stop_name", "stop_id"), streamed)}, other
    )
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert archive.namelist() == ["agency.txt", "stops.txt"]


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@SLOW_DISK
@given(rows=st.lists(st.tuples(_TEXT, _TEXT, _TEXT), max_size=20))
def test_any_text_survives(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    write_gtfs({"stops": Table(("stop_id", "stop_code", "stop_name"), rows)}, tmp_path / "feed.zip")
    read = csv.reader(io.StringIO(_read(tmp_path / "feed.zip", "stops"), newline=""))
    assert [tuple(row) for row in read] == [("stop_id", "stop_code", "stop_name"), *rows]


@given(value=st.floats(allow_nan=False, allow_infinity=False))
@SLOW_DISK
def test_any_number_is_written_exactly_and_without_exponent(tmp_path: Path, value: float) -> None:
    write_gtfs({"stops": Table(("stop_lat",), [(value,)])}, tmp_path / "feed.zip")
    text = _read(tmp_path / "feed.zip", "stops").splitlines()[1]
    assert float(text) == value
    assert "e" not in text.lower()


# ── read, write, read ────────────────────────────────────────────────────────────────────────────────────

_NAME = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=15
).map(lambda text: text.strip() or "x")


@st.composite
def _feeds(draw: st.DrawFn) -> dict[str, Table]:
    """A small valid feed with odd names, absent values, late times, both kinds of calendar."""
    stops = [
        (
            f"S{i}",
            draw(_NAME),
            draw(st.floats(46, 48)),
            draw(st.floats(3, 7)),
            draw(st.sampled_from(["", 0, 1, 2])),
        )
        for i in range(draw(st.integers(2, 5)))
    ]
    trips, calls = [], []
    for t in range(draw(st.integers(1, 4))):
        trips.append(
            (
                "R",
                "daily",
                f"T{t}",
                draw(_NAME),
                draw(st.sampled_from(["", 0, 1])),
                draw(st.sampled_from(["", "b"])),
            )
        )
        clock_s = draw(st.integers(0, 60)) * 3600
        for sequence, (stop_id, *_) in enumerate(stops):
            arrival_s = clock_s + draw(st.integers(60, 900))
            clock_s = arrival_s + draw(st.integers(0, 120))
            calls.append(
                (f"T{t}", arrival_s, clock_s, stop_id, sequence * 10, draw(st.sampled_from(["", 0, 1, 2, 3])))
            )
    return {
        "agency": Table(
            ("agency_id", "agency_name", "agency_url", "agency_timezone"),
            [("A", draw(_NAME), "https://a.example.org/", "Europe/Paris")],
        ),
        "stops": Table(("stop_id", "stop_name", "stop_lat", "stop_lon", "wheelchair_boarding"), stops),
        "routes": Table(("route_id", "agency_id", "route_short_name", "route_type"), [("R", "A", draw(_NAME), 3)]),
        "trips": Table(
            ("route_id", "service_id", "trip_id", "trip_headsign", "direction_id", "block_id"), trips
        ),
        "stop_times": Table(
            ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "pickup_type"), calls
        ),
        "calendar": Table(
            ("service_id", *WEEKDAYS, "start_date", "end_date"),
            [("daily", *[1] * 7, DAY, DAY + dt.timedelta(days=draw(st.integers(0, 30))))],
        ),
        "calendar_dates": Table(("service_id", "date", "exception_type"), [("daily", DAY, draw(st.integers(1, 2)))]),
        "levels": Table(("level_id", "level_index"), [("below", -1.0), ("street", 0.0)]),
        "feed_info": Table(
            ("feed_publisher_name", "feed_publisher_url", "feed_lang", "feed_start_date"),
            [(draw(_NAME), "https://a.example.org/", "fr", draw(st.sampled_from([None, DAY])))],
        ),
    }  # fmt: skip


def assert_same_tables(one: FeedTables, other: FeedTables) -> None:
    for stem in COLUMNS:
        a, b = (getattr(tables, stem)[list(COLUMNS[stem])] for tables in (one, other))
        pd.testing.assert_frame_equal(a.reset_index(drop=True), b.reset_index(drop=True), obj=stem)


@settings(SLOW_DISK, max_examples=15)
@given(feed=_feeds())
def test_read_write_read_is_the_identity(tmp_path: Path, feed: dict[str, Table]) -> None:
    write_gtfs(feed, tmp_path / "first.zip")
    first, _ = read_feed(tmp_path / "first.zip", "f", today=DAY)
    write_feed_tables(first, tmp_path / "second.zip")
    second, _ = read_feed(tmp_path / "second.zip", "f", today=DAY)
    assert len(first.stop_times) > 0
    assert_same_tables(first, second)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ter-bfc-2025.zip", "transcollines-fares-v2-2026.zip"])
def test_real_feeds_survive(tmp_path: Path, name: str) -> None:
    path = Path(__file__).parents[3] / "shared" / "data" / "feeds" / name
    if not path.exists():
        pytest.skip(f"the real feed {name} is not beside the project")
    first, _ = read_feed(path, "f")
    write_feed_tables(first, tmp_path / "again.zip")
    second, _ = read_feed(tmp_path / "again.zip", "f")
    assert_same_tables(first, second)
