"""One table in three formats: CSV (RFC 4180), XLSX and Parquet, written row by row in memory that does not grow.

The three hold the same rows. A cell that a spreadsheet would take for a formula begins with an apostrophe, in all of
them (OWASP, CSV injection), and characters that XML forbids are spaces.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow
import pyarrow.parquet
import xlsxwriter

Cell = str | int | None
Row = Sequence[Cell]

ROWS_A_SHEET = 1_048_575
"""What an XLSX sheet holds below its headings."""
ROWS_A_GROUP = 20_000
"""Rows of Parquet that are held in memory."""
TEXT_CHARACTERS_MAX = 32_000
"""An XLSX cell holds 32,767; a longer text ends with an ellipsis in all formats."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z :+._-]{0,200}", re.ASCII)
"""Most cells: neither a formula nor anything that must be replaced."""
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
"""What Excel, LibreOffice and Google Sheets read as the beginning of a formula, full-width signs included."""
_MADE = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a spreadsheet's date has no zone; fixed, so that bytes repeat


class Kind(StrEnum):
    """What a column holds. Cents are shown as euros with two decimals."""

    TEXT = "text"
    INTEGER = "integer"
    CENTS = "cents"


class Format(StrEnum):
    """How a table is written; the value is the file's ending."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading and what is in it."""

    name: str
    kind: Kind = Kind.TEXT


def write_table(path: Path, form: Format, title: str, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    """Write a table to a file; how many rows it has. `title` names the sheet of an XLSX file."""
    writers: dict[Format, type[_Csv] | type[_Xlsx] | type[_Parquet]] = {
        Format.CSV: _Csv,
        Format.XLSX: _Xlsx,
        Format.PARQUET: _Parquet,
    }
    count = 0
    with writers[form](path, title, columns) as writer:
        for row in rows:
            writer.write(_safe(row, columns))
            count += 1
    return count


def safe_text(text: str) -> str:
    """A text that no spreadsheet computes and every format can hold."""
    if _PLAIN.fullmatch(text):
        return text
    clean = _CONTROL.sub(" ", text)
    if len(clean) > TEXT_CHARACTERS_MAX:
        clean = clean[: TEXT_CHARACTERS_MAX - 1] + "…"
    return f"'{clean}" if _FORMULA.match(clean) else clean


def _safe(row: Row, columns: Sequence[Column]) -> list[Cell]:
    if len(row) != len(columns):
        raise ValueError(f"a row of {len(row)} cells in a table of {len(columns)} columns")
    return [safe_text(cell) if isinstance(cell, str) else cell for cell in row]


def euros(cents: int) -> Decimal:
    """Cents as exact euros."""
    return Decimal(cents).scaleb(-2)


class _Csv:
    def __init__(self, path: Path, _title: str, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._file = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(column.name for column in columns)

    def write(self, row: list[Cell]) -> None:
        self._rows.writerow(
            euros(cell) if column.kind is Kind.CENTS and isinstance(cell, int) else cell
            for cell, column in zip(row, self._columns, strict=True)
        )

    def __enter__(self) -> _Csv:
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()


class _Xlsx:
    def __init__(self, path: Path, title: str, columns: Sequence[Column]) -> None:
        self._columns, self._title = columns, title
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties({"created": _MADE})
        self._bold = self._book.add_format({"bold": True})
        self._money = self._book.add_format({"num_format": "0.00"})
        self._sheets = 0
        self._next_sheet()

    def _next_sheet(self) -> None:
        self._sheets += 1
        name = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        self._sheet, self._line = self._book.add_worksheet(name), 1
        for number, column in enumerate(self._columns):
            self._sheet.write_string(0, number, column.name, self._bold)

    def write(self, row: list[Cell]) -> None:
        if self._line > ROWS_A_SHEET:
            self._next_sheet()
        for number, (cell, column) in enumerate(zip(row, self._columns, strict=True)):
            if isinstance(cell, str):
                self._sheet.write_string(self._line, number, cell)
            elif cell is not None and column.kind is Kind.CENTS:
                self._sheet.write_number(self._line, number, euros(cell), self._money)
            elif cell is not None:
                self._sheet.write_number(self._line, number, cell)
        self._line += 1

    def __enter__(self) -> _Xlsx:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._book.close()


class _Parquet:
    def __init__(self, path: Path, _title: str, columns: Sequence[Column]) -> None:
        self._columns = columns
        types = {
            Kind.TEXT: pyarrow.string(),
            Kind.INTEGER: pyarrow.int64(),
            Kind.CENTS: pyarrow.decimal128(18, 2),
        }
        self._schema = pyarrow.schema([(column.name, types[column.kind]) for column in columns])
        self._file = pyarrow.parquet.ParquetWriter(str(path), self._schema, compression="zstd")
        self._group: list[list[Cell]] = []

    def write(self, row: list[Cell]) -> None:
        self._group.append(row)
        if len(self._group) >= ROWS_A_GROUP:
            self._flush()

    def _flush(self) -> None:
        arrays: list[Any] = []
        for number, column in enumerate(self._columns):
            cells = [row[number] for row in self._group]
            values: list[Any] = list(cells)
            if column.kind is Kind.CENTS:
                values = [euros(cell) if isinstance(cell, int) else None for cell in cells]
            arrays.append(pyarrow.array(values, self._schema.field(number).type))
        self._file.write_batch(pyarrow.record_batch(arrays, schema=self._schema))
        self._group.clear()

    def __enter__(self) -> _Parquet:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._group and kind is None:
            self._flush()
        self._file.close()


def text_rows(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[list[str]]:
    """The rows as the texts CSV has: what is shown on a terminal or hashed."""
    for row in rows:
        yield [
            ""
            if cell is None
            else str(euros(cell))
            if column.kind is Kind.CENTS and isinstance(cell, int)
            else str(cell)
            for cell, column in zip(_safe(row, columns), columns, strict=True)
        ]
