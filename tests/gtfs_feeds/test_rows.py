"""Rows found in bytes: whole ones only, each with its physical line."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gtfs_feeds.findings import FindingLog
from gtfs_feeds.reader.raw import read_raw
from gtfs_feeds.reader.rows import ROW_BYTES_MAX, clean_file

HEADER = "level_id,level_index,level_name\n"


def _clean(folder: Path, content: bytes) -> tuple[list[list[str]], list[int], FindingLog]:
    file = folder / "levels.txt"
    file.write_bytes(content)
    log = FindingLog()
    rows = clean_file(file, log)
    text = file.read_bytes().decode()
    cells = list(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True))[1:]
    return cells, rows.line.tolist(), log


def test_a_quoted_newline_counts_as_a_line(tmp_path: Path) -> None:
    cells, lines, log = _clean(tmp_path, HEADER.encode() + b'a,1,"two\nlines"\nb,2,x\n')
    assert cells == [["a", "1", "two\nlines"], ["b", "2", "x"]]
    assert lines == [2, 4]
    assert log.list_findings() == []


def test_crlf_and_no_newline_at_the_end(tmp_path: Path) -> None:
    _, lines, _ = _clean(tmp_path, HEADER.replace("\n", "\r\n").encode() + b"a,1,x\r\nb,2,y")
    assert lines == [2, 3]


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    cells, lines, log = _clean(tmp_path, b"\n" + HEADER.encode() + b"\na,1,x\n  \n\nb,2,y\n\n")
    assert cells == [["a", "1", "x"], ["b", "2", "y"]]
    assert lines == [4, 7]
    assert [(found.rule, found.line) for found in log.list_findings()] == [
        ("empty_row", n) for n in (3, 5, 6, 8)
    ]


def test_ragged_rows_are_dropped_and_empty_surplus_ignored(tmp_path: Path) -> None:
    cells, lines, log = _clean(tmp_path, HEADER.encode() + b"a,1\nb,2,y,z\nc,3,x,,\nd,4,w\n")
    assert cells == [["c", "3", "x"], ["d", "4", "w"]]
    assert lines == [4, 5]
    assert [(found.rule, found.line, found.value) for found in log.list_findings()] == [
        ("invalid_row_length", 2, "2"),
        ("invalid_row_length", 3, "4"),
        ("invalid_row_length", 4, None),
    ]


def test_a_quote_left_open_costs_its_own_row_only(tmp_path: Path) -> None:
    cells, lines, log = _clean(tmp_path, HEADER.encode() + b'a,1,"open\nb,2,y\nc,3,z\n')
    assert cells == [["b", "2", "y"], ["c", "3", "z"]]
    assert lines == [3, 4]
    assert [(found.rule, found.line) for found in log.list_findings()] == [("csv_parsing_failed", 2)]


def test_a_quote_left_open_before_another_quoted_row(tmp_path: Path) -> None:
    _, lines, log = _clean(tmp_path, HEADER.encode() + b'a,1,"open\nb,2,y\nc,3,"z, z"\nd,4,v\n')
    assert lines == [3, 4, 5]
    assert [found.line for found in log.list_findings()] == [2]


def test_a_torn_row_that_ends_in_commas_is_dropped(tmp_path: Path) -> None:
    cells, lines, log = _clean(tmp_path, HEADER.encode() + b'a,1,,",,,\nb,2,y\nc,3,z"\n')
    assert cells == [["b", "2", "y"], ["c", "3", 'z"']]
    assert lines == [3, 4]
    assert [(found.rule, found.line) for found in log.list_findings()] == [("invalid_row_length", 2)]


def test_a_row_of_a_hundred_megabytes_costs_itself_only(tmp_path: Path) -> None:
    giant = b"a,1," + b"x" * 100_000_000 + b"\n"
    cells, lines, log = _clean(tmp_path, HEADER.encode() + giant + b"b,2,y\n")
    assert cells == [["b", "2", "y"]]
    assert lines == [3]
    (finding,) = log.list_findings()
    assert (finding.rule, finding.line) == ("csv_parsing_failed", 2)


def test_a_giant_quoted_field_costs_its_lines_only(tmp_path: Path) -> None:
    giant = b'a,1,"' + b"x\n" * ROW_BYTES_MAX + b'"\n'
    cells, lines, log = _clean(tmp_path, HEADER.encode() + giant + b"b,2,y\n")
    assert cells == [["b", "2", "y"]]
    assert lines == [ROW_BYTES_MAX + 3]
    assert sum(found.count for found in log.list_findings()) == ROW_BYTES_MAX + 1


def test_latin_1_is_read_line_by_line(tmp_path: Path) -> None:
    content = HEADER.encode() + "a,1,é\n".encode() + "b,2,où est l’œuvre\n".encode("cp1252")
    cells, _, log = _clean(tmp_path, content)
    assert [row[2] for row in cells] == ["é", "où est l’œuvre"]
    (finding,) = log.list_findings()
    assert (finding.rule, finding.line, finding.count) == ("invalid_character", 3, 1)


def test_utf_16_and_nul_bytes(tmp_path: Path) -> None:
    assert _clean(tmp_path, (HEADER + "a,1,é\n").encode("utf-16"))[0] == [["a", "1", "é"]]
    assert _clean(tmp_path, HEADER.encode() + b"a,1,x\0y\n")[0] == [["a", "1", "x y"]]


@settings(max_examples=250)
@given(st.text(alphabet="ab\", \t\n\ré'", max_size=60))
@example('"')
@example('a,b," \n"",c\r"d')
@example(' "a",1,2\n')
@example("\ta,b,c\n")
@example('"\ra",,')
@example('a,b,,",,\nb,c,d,"\n')
def test_the_parser_sees_the_rows_that_were_found(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "levels.txt").write_bytes((HEADER + text).encode())
        table = read_raw(Path(name), "levels.txt", FindingLog())
    lines = (HEADER + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert len(table.columns) == 3
    for column in table.columns.values():
        assert len(column.codes) == len(table.line)
    assert (np.diff(table.line) > 0).all()
    first = table.columns["level_id"]
    for row, (line, code) in enumerate(zip(table.line, first.codes, strict=True)):
        following = table.line[row + 1] if row + 1 < len(table.line) else None
        written = "".join(lines[line - 1 : following and following - 1])
        assert _bare(written).startswith(_bare(first.texts[code]))


def _bare(text: str) -> str:
    """Without quotes and blanks."""
    return re.sub(r'["\s]', "", text)
