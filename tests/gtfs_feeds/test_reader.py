"""Reading what publishers really give: archives of every kind, files of every kind."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from gtfs_feeds.findings import FeedRefusedError, Severity
from gtfs_feeds.reader import ArchiveLimits, read_feed
from tests.gtfs_feeds.feed_texts import (
    GOOD,
    TODAY,
    assert_consistent,
    feed_of,
    get_finding,
    of_rule,
    read,
)


def test_a_good_feed_is_read_whole_and_nothing_is_noted(tmp_path: Path) -> None:
    tables, findings = read(tmp_path)
    assert findings == []
    for name, text in GOOD.items():
        assert len(getattr(tables, name.removesuffix(".txt"))) == text.count("\n") - 1, name
    assert tables.stops["stop_id"].tolist() == ["GARE", "V1", "V2", "ENTREE", "BAUME", "CLERVAL"]
    last = tables.stop_times.iloc[-1]
    assert (last["trip_id"], last["arrival_time"], last["line"]) == ("T3", 30 * 3600, 8)
    assert tables.trips["route_type"].tolist() == [-1, -1, -1]
    assert tables.calendar_dates["date"].tolist() == [20574, 20526]
    assert tables.feed_info["feed_version"].tolist() == ["1"]


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    read_feed(feed_of(tmp_path), "test", today=TODAY, progress=lambda *step: told.append(step))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1][1] == told[-1][2]
    assert "stop_times.txt" in [what for what, _, _ in told]


def test_a_folder_is_read_like_a_zip_and_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    with zipfile.ZipFile(feed_of(tmp_path, {"stops.txt": "\n" + GOOD["stops.txt"]})) as archive:
        archive.extractall(folder)
    tables, findings = read_feed(folder, "test", today=TODAY)
    assert_consistent(tables)
    assert len(tables.stops) == 6
    assert findings == []
    assert (folder / "stops.txt").read_text(encoding="utf-8").startswith("\n")


def test_one_nested_folder_and_litter(tmp_path: Path) -> None:
    path = feed_of(tmp_path, inside="gtfs/Export 2026/")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/gtfs/Export 2026/._stops.txt", b"\x00\x05\x16\x07")
        archive.writestr("gtfs/Export 2026/.DS_Store", b"")
        archive.writestr("gtfs/Export 2026/fares.pdf", b"%PDF")
    tables, findings = read_feed(path, "test", today=TODAY)
    assert_consistent(tables)
    assert get_finding(findings, "invalid_input_files_in_subfolder").value == "gtfs/Export 2026"
    assert tables.extra_files == ("fares.pdf",)


def test_upper_case_names_boms_and_crlf(tmp_path: Path) -> None:
    changes: dict[str, str | bytes | None] = dict.fromkeys(GOOD)
    for name, text in GOOD.items():
        changes[name.upper()] = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    path = feed_of(tmp_path, changes)
    tables, findings = read_feed(path, "test", today=TODAY)
    assert_consistent(tables)
    assert len(tables.stop_times) == 7
    assert findings == []


def test_latin_1_names(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, {"stops.txt": GOOD["stops.txt"].encode("latin-1")})
    assert tables.stops["stop_name"].tolist()[0] == "Besançon Viotte"
    assert get_finding(findings, "invalid_character").action == "read as Latin-1 (Windows-1252)"


def test_quoted_newlines_keep_the_lines_right(tmp_path: Path) -> None:
    text = GOOD["stops.txt"].replace("GARE,Besançon Viotte,", 'GARE,"Besançon\nViotte",', 1).replace(
        "CLERVAL,Clerval,47.3910", "CLERVAL,Clerval,abc"
    )  # fmt: skip
    tables, findings = read(tmp_path, {"stops.txt": text})
    assert tables.stops["stop_name"].iloc[0] == "Besançon\nViotte"
    assert tables.stops["line"].tolist() == [2, 4, 5, 6, 7, 8]
    assert get_finding(findings, "invalid_float").line == 8


def test_names_that_look_like_nothing_stay(tmp_path: Path) -> None:
    changes = {name: text.replace("CLERVAL", "NA").replace("Clerval", "null") for name, text in GOOD.items()}
    tables, findings = read(tmp_path, changes)
    assert tables.stops.iloc[-1][["stop_id", "stop_name"]].tolist() == ["NA", "null"]
    assert findings == []


def test_ids_that_look_like_numbers_stay_apart(tmp_path: Path) -> None:
    changes = {name: text.replace("V1", "01").replace("V2", "1") for name, text in GOOD.items()}
    tables, findings = read(tmp_path, changes)
    assert tables.stops["stop_id"].tolist()[1:3] == ["01", "1"]
    assert findings == []


def test_missing_optional_files_and_columns(tmp_path: Path) -> None:
    optional = ("calendar_dates", "frequencies", "transfers", "pathways", "levels", "shapes", "translations",
                "attributions", "feed_info")  # fmt: skip
    tables, _ = read(tmp_path, {f"{stem}.txt": None for stem in optional})
    assert len(tables.trips) == 2
    assert tables.stop_times["pickup_type"].tolist() == [0] * 5
    assert tables.trips["wheelchair_accessible"].tolist() == [0, 0]
    for stem in optional:
        assert getattr(tables, stem).empty


def test_headers_of_every_kind(tmp_path: Path) -> None:
    text = (
        '"stop_id", stop_name ,stop_lat,stop_lon,stop_name,colour,\n'
        "V1,A,47,6,X,red,\nV2,B,47,6,X,red,\nBAUME,C,47,6,X,red,\nCLERVAL,D,47,6,X,red,\n"
    )
    tables, findings = read(tmp_path, {"stops.txt": text, "pathways.txt": None, "translations.txt": None})
    assert tables.stops["stop_name"].tolist() == ["A", "B", "C", "D"]
    assert get_finding(findings, "duplicated_column").field == "stop_name"
    assert get_finding(findings, "unknown_column").field == "colour"
    assert len(of_rule(findings, "empty_column_name")) == 1


def test_blanks_around_values_are_removed_and_told(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, {"trips.txt": GOOD["trips.txt"].replace("R,WEEK", "R , WEEK")})
    assert tables.trips["route_id"].tolist() == ["R", "R", "C"]
    assert len(of_rule(findings, "leading_or_trailing_whitespaces")) == 2


def test_a_giant_row_costs_itself_only(tmp_path: Path) -> None:
    giant = "GIANT," + "x" * 100_000_000 + ",47,6,0,,\n"
    tables, findings = read(tmp_path, {"stops.txt": GOOD["stops.txt"] + giant})
    assert len(tables.stops) == 6
    finding = get_finding(findings, "csv_parsing_failed")
    assert (finding.severity, finding.file, finding.line) == (Severity.ERROR, "stops.txt", 8)


def test_findings_beyond_twenty_are_counted(tmp_path: Path) -> None:
    bad = "".join(f"T1,x,x,V1,{row + 10},\n" for row in range(50))
    _, findings = read(tmp_path, {"stop_times.txt": GOOD["stop_times.txt"] + bad.replace("T1", "NOTRIP")})
    orphans = of_rule(findings, "foreign_key_violation")
    assert [finding.line for finding in orphans[:20]] == list(range(9, 29))
    assert sum(finding.count for finding in orphans) == 50
    assert len(orphans) == 21


def _refused(path: Path, **options: ArchiveLimits) -> FeedRefusedError:
    with pytest.raises(FeedRefusedError) as caught:
        read_feed(path, "bfc", today=TODAY, **options)
    assert str(caught.value).startswith("bfc: ")
    return caught.value


@pytest.mark.parametrize("missing", ["agency", "stops", "routes", "trips", "stop_times"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    error = _refused(feed_of(tmp_path, {f"{missing}.txt": None}))
    assert error.rule == "missing_required_file"
    assert f"{missing}.txt" in str(error)


def test_a_feed_without_calendars_is_refused(tmp_path: Path) -> None:
    error = _refused(feed_of(tmp_path, {"calendar.txt": None, "calendar_dates.txt": None}))
    assert "calendar.txt or calendar_dates.txt" in str(error)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_archive_is_refused(tmp_path: Path, kept: float) -> None:
    path = feed_of(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert _refused(path).rule == "unreadable_archive"


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = feed_of(tmp_path)
    content = bytearray(path.read_bytes())
    start = content.index(b"stop_times.txt") + len("stop_times.txt")
    content[start + 20 : start + 60] = bytes(40)
    path.write_bytes(content)
    assert _refused(path).rule == "unreadable_archive"


@pytest.mark.parametrize("damage", [{28: 0, 29: 0}, {46: 0xFF, 9: 0x08}, {10: 99}, {8: 1}])
def test_an_archive_with_a_damaged_directory_is_refused(tmp_path: Path, damage: dict[int, int]) -> None:
    """Entries without a name, with a name that is not UTF-8, packed in an unknown way, encrypted."""
    path = feed_of(tmp_path)
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    for offset, byte in damage.items():
        content[entry + offset] = byte
    path.write_bytes(content)
    assert _refused(path).rule == "unreadable_archive"


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "feed.zip"
    page.write_text("<html>404</html>")
    assert _refused(page).rule == "unreadable_archive"
    page.write_bytes(b"")
    assert _refused(page).rule == "unreadable_archive"
    assert _refused(tmp_path / "nowhere.zip").rule == "unreadable_archive"


def test_an_archive_of_archives_is_refused(tmp_path: Path) -> None:
    inner = feed_of(tmp_path)
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "ter.zip")
    error = _refused(outer)
    assert error.rule == "nested_archive"
    assert "ter.zip" in str(error)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = feed_of(tmp_path, {"stop_times.txt": None})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("stop_times.txt", "w") as file,
    ):
        for _ in range(600):
            file.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    assert _refused(path).rule == "zip_bomb"


def test_the_limits_can_be_set(tmp_path: Path) -> None:
    path = feed_of(tmp_path)
    assert _refused(path, limits=ArchiveLimits(entries=5)).rule == "zip_bomb"
    assert _refused(path, limits=ArchiveLimits(total_bytes=1000)).rule == "zip_bomb"


def test_an_entry_longer_than_it_says_is_refused(tmp_path: Path) -> None:
    path = feed_of(tmp_path)
    content = bytearray(path.read_bytes())
    size = len(GOOD["stop_times.txt"].encode())
    for at in range(len(content) - 4):
        if content[at : at + 4] == size.to_bytes(4, "little"):
            content[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(content)
    assert _refused(path).rule == "unreadable_archive"


def test_files_outside_of_the_archive_are_never_written(tmp_path: Path) -> None:
    path = feed_of(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../stops.txt", "evil")
        archive.writestr("/etc/trips.txt", "evil")
    before = sorted(tmp_path.rglob("*"))
    tables, findings = read_feed(path, "test", today=TODAY)
    assert len(tables.stops) == 6
    assert len(of_rule(findings, "unsafe_path")) == 2
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("file", "text", "rule"),
    [
        ("stop_times.txt", "trip_id,arrival_time\nT1,08:00:00\n", "missing_required_column"),
        ("stops.txt", "", "missing_required_column"),
        ("trips.txt", "route_id,service_id,trip_id\n", "no_usable_row"),
        ("trips.txt", "route_id,service_id,trip_id\nNO,NO,T9\n", "no_usable_trip"),
    ],
)
def test_a_feed_that_says_nothing_is_refused(tmp_path: Path, file: str, text: str, rule: str) -> None:
    assert _refused(feed_of(tmp_path, {file: text})).rule == rule


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    read_feed(feed_of(tmp_path), "test", today=TODAY)
    _refused(feed_of(tmp_path, {"stops.txt": None}))
    assert list(scratch.iterdir()) == []
    shutil.rmtree(scratch)
