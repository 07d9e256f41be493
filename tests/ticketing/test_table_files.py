"""The three formats hold the same rows, and nothing in them is a formula."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from ticketing import table_files
from ticketing.table_files import Cell, Column, Format, Kind, safe_text, write_table

COLUMNS = (Column("name"), Column("count", Kind.INTEGER), Column("amount", Kind.CENTS))
ROWS = st.lists(
    st.tuples(
        st.text(max_size=20),
        st.none() | st.integers(-(10**9), 10**9),
        st.none() | st.integers(-(10**9), 10**9),
    ),
    max_size=8,
)


def _read(path: Path, form: Format) -> list[tuple[str, int | None, Decimal | None]]:
    """The rows of a file as its own reader reads them; an empty text and no text are one in a spreadsheet."""
    if form is Format.CSV:
        with path.open(encoding="utf-8", newline="") as file:
            raw = [tuple(row) for row in csv.reader(file)][1:]
        return [(n, int(c) if c else None, Decimal(a) if a else None) for n, c, a in raw]
    if form is Format.PARQUET:
        table = pyarrow.parquet.read_table(path).to_pylist()
        return [(row["name"], row["count"], row["amount"]) for row in table]
    found: list[tuple[str, int | None, Decimal | None]] = []
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    for sheet in book.worksheets:
        for name, count, amount in sheet.iter_rows(min_row=2, max_col=3, values_only=True):
            cents = None if amount is None else Decimal(str(amount)).quantize(Decimal("0.01"))
            found.append((unescape(name or ""), count, cents))
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    return found


@settings(max_examples=40)
@given(rows=ROWS)
@example(rows=[("=1+1", 0, 0), ("  @SUM(A1)", 1, -1), ('a,"b"\n\x00', None, None), ("_x0041_", 5, 330)])
def test_three_formats_hold_the_same_rows(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    folder = tmp_path_factory.mktemp("tables")
    read = {}
    for form in Format:
        assert write_table(folder / form, form, "Trajets", COLUMNS, rows) == len(rows)
        read[form] = _read(folder / form, form)
    expected = [
        (safe_text(name), count, None if cents is None else Decimal(cents) / 100)
        for name, count, cents in rows
    ]
    assert read[Format.CSV] == read[Format.PARQUET] == expected
    written = list(expected)
    while written and written[-1] == ("", None, None):
        written.pop()  # a spreadsheet does not know of empty lines at its end
    assert read[Format.XLSX][: len(written)] == written


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\x00=1", "＝1"])
def test_no_text_is_a_formula(text: str) -> None:
    assert safe_text(text).startswith("'")


def test_what_is_no_formula_stays_as_it_is() -> None:
    assert [safe_text(text) for text in ("a=b", "", "1-2", "Sens – Auxerre")] == [
        "a=b",
        "",
        "1-2",
        "Sens – Auxerre",
    ]


def test_more_rows_than_a_sheet_or_a_group_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "ROWS_A_SHEET", 10)
    monkeypatch.setattr(table_files, "ROWS_A_GROUP", 7)
    rows: list[tuple[Cell, ...]] = [(f"r{n}", n, n) for n in range(25)]
    for form in Format:
        write_table(tmp_path / form, form, "T", COLUMNS, rows)
        assert [row[1] for row in _read(tmp_path / form, form)] == list(range(25))


def test_a_row_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 cells in a table of 3"):
        write_table(tmp_path / "x", Format.CSV, "T", COLUMNS, [("a", 1)])
