"""The rows of a CSV file: found in its bytes, with their lines, and cleaned of those nobody can read.

A published table may have blank lines, rows of the wrong length, a quote that is never closed, one row of 100 MB,
bytes of another encoding. All of that is settled here, in one pass over the bytes, so that the parser after it
meets only rows that are whole, and every row's physical line is known.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.findings import FindingLog, Severity

ROW_BYTES_MAX = 1 << 20
"""A longer row is not a row: a quote was left open, or the file is not a table."""

_TOO_LONG = -1
_UNCLOSED = -2
_TORN = -3
_CHUNK = 1 << 22
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Rows:
    """A cleaned file: its column names and the physical line each remaining row starts at."""

    header: tuple[str, ...]
    line: NDArray[np.int32]


@numba.njit(cache=True, nogil=True)
def scan_rows(data, begin, begin_line, expected, longest, out_start, out_line, out_fields):  # type: ignore[no-untyped-def]
    """Find the rows of `data` (uint8) from byte `begin`, which is on line `begin_line`; returns how many.

    Fills per row the first byte (int64), the physical line (int32) and the number of fields (int32): 0 is a blank
    line, -1 a row beyond `longest` bytes, -2 a quote open until the end, -3 a row of several lines that has not
    `expected` fields (0: any). Of the last three only the first line counts, and reading resumes on the second.
    Stops when the out arrays are full. Quoting as in RFC 4180: a quote opens only at the start of a field (blanks
    before it are skipped), and two make one.
    """
    size = len(data)
    at = begin
    line = begin_line
    row = 0
    while at < size and row < len(out_start):
        start = at
        start_line = line
        second = -1  # where the second physical line of this row starts
        fields, blank, quoted, ended = 1, True, False, False
        at_start = True  # of a field
        while at < size and at - start <= longest:
            byte = data[at]
            at += 1
            if byte == 10 or byte == 13:
                if byte == 13 and at < size and data[at] == 10:
                    at += 1
                line += 1
                if not quoted:
                    ended = True
                    break
                if second < 0:
                    second = at
            elif quoted:
                if byte == 34:
                    if at < size and data[at] == 34:
                        at += 1
                    else:
                        quoted = False
            elif byte == 44:
                fields += 1
                at_start = True
                blank = False
            elif byte == 34 and at_start:
                quoted = True
                at_start = False
                blank = False
            elif byte != 32:
                at_start = False
                if byte != 9:
                    blank = False
        if not ended and at < size:
            fields = _TOO_LONG
            if second < 0:
                while at < size and data[at] != 10:
                    at += 1
                at = min(at + 1, size)
                line = start_line + 1
        elif quoted:
            fields = _UNCLOSED
        elif blank:
            fields = 0
        elif second >= 0 and expected > 0 and fields != expected:
            fields = _TORN
        out_start[row] = start
        out_line[row] = start_line
        out_fields[row] = fields
        row += 1
        if second >= 0 and fields < 0:
            at = second
            line = start_line + 1
    return row


def clean_file(path: Path, log: FindingLog) -> Rows:
    """Make `path` readable: UTF-8, every row whole, no blank ones; rewritten only where that is not so already."""
    data = _in_utf8(path, log)
    begin = 3 if data[:3].tobytes() == _BYTE_ORDER_MARK else 0
    header, first, first_line = _read_header(data, begin)
    if not header:
        log.add(Severity.WARNING, "empty_file", path.name, "The file is empty.", "treated as absent")
        return Rows((), np.empty(0, np.int32))
    capacity = 2 + int(np.count_nonzero(data == 10)) + int(np.count_nonzero(data == 13))
    start, line, fields = (
        np.empty(capacity, np.int64),
        np.empty(capacity, np.int32),
        np.empty(capacity, np.int32),
    )
    count = scan_rows(data, first, first_line, len(header), ROW_BYTES_MAX, start, line, fields)
    start, line, fields = start[:count], line[:count], fields[:count]
    good = fields == len(header)
    if good.all() and first_line == 2:
        return Rows(header, line.copy())
    end = np.append(start[1:], len(data))
    trimmed = {}
    for row in np.flatnonzero(fields > len(header)):
        kept = _trim_surplus(data[start[row] : end[row]].tobytes(), int(fields[row]) - len(header))
        if kept is not None:
            trimmed[int(row)] = kept
    _report_bad_rows(path.name, len(header), line, fields, set(trimmed), log)
    good[list(trimmed)] = True
    _rewrite(path, data, header, start, end, good, trimmed)
    return Rows(header, line[good])


def _read_header(data: NDArray[np.uint8], begin: int) -> tuple[tuple[str, ...], int, int]:
    """Names of the columns, the byte after the header, and its line. Blank lines before it are passed over."""
    head = data[: begin + ROW_BYTES_MAX]
    start, line, fields = np.empty(1000, np.int64), np.empty(1000, np.int32), np.empty(1000, np.int32)
    count = scan_rows(head, begin, 1, 0, ROW_BYTES_MAX, start, line, fields)
    for row in range(count):
        if fields[row] > 0:
            after = int(start[row + 1]) if row + 1 < count else len(head)
            text = head[start[row] : after].tobytes().decode("utf-8", "replace")
            names = next(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True))
            following = int(line[row + 1]) if row + 1 < count else int(line[row]) + 1
            return tuple(name.strip().strip("\ufeff") for name in names), after, following
    return (), len(data), 1


def _in_utf8(path: Path, log: FindingLog) -> NDArray[np.uint8]:
    """The bytes of the file, which is rewritten first if it is not UTF-8 or has NUL bytes."""
    data = _map(path)
    if data[:2].tobytes() in (b"\xff\xfe", b"\xfe\xff"):
        _report_encoding(path.name, "UTF-16", 1, 1, log)
        _replace(path, data.tobytes().decode("utf-16", "replace").replace("\0", " ").encode())
    elif not _is_utf8(data):
        _from_mixed(path, data, log)
    data = _map(path)
    if any((part == 0).any() for part in _parts(data)):
        log.add(
            Severity.WARNING, "invalid_character", path.name, "The file has NUL bytes.", "replaced by blanks"
        )
        _replace(path, data.tobytes().replace(b"\0", b" "))
    return _map(path)


def _map(path: Path) -> NDArray[np.uint8]:
    return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)


def _replace(path: Path, content: bytes) -> None:
    """Put a new file in the place of one that may still be mapped, which truncating it would break."""
    clean = path.with_suffix(".clean")
    clean.write_bytes(content)
    clean.replace(path)


def _parts(data: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    return (data[first : first + _CHUNK] for first in range(0, len(data), _CHUNK))


def _is_utf8(data: NDArray[np.uint8]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for part in _parts(data):
            decoder.decode(part.tobytes())
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _from_mixed(path: Path, data: NDArray[np.uint8], log: FindingLog) -> None:
    """Rewrite a file of Windows's encoding, or with lines of it: those that are UTF-8 stay as they are."""
    first, count = 0, 0
    clean = path.with_suffix(".clean")
    with clean.open("wb") as out:
        for number, line in enumerate(io.BytesIO(data.tobytes()), start=1):
            try:
                line.decode()
                out.write(line)
            except UnicodeDecodeError:
                first, count = first or number, count + 1
                out.write(_from_windows(line).encode())
    clean.replace(path)
    _report_encoding(path.name, "Latin-1 (Windows-1252)", first, count, log)


def _from_windows(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _report_encoding(file: str, encoding: str, line: int, count: int, log: FindingLog) -> None:
    log.add(
        Severity.WARNING,
        "invalid_character",
        file,
        f"The file is not in UTF-8, as GTFS asks: it looks like {encoding}.",
        f"read as {encoding}",
        line=line,
        count=count,
    )


def _trim_surplus(row: bytes, surplus: int) -> bytes | None:
    """The row without its last `surplus` fields if those are all empty."""
    body = row.rstrip(b"\r\n")
    for _ in range(surplus):
        body = body.rstrip(b" \t")
        if not body.endswith(b","):
            return None
        body = body[:-1]
    return body + b"\n"


def _report_bad_rows(
    file: str,
    width: int,
    line: NDArray[np.int32],
    fields: NDArray[np.int32],
    trimmed: set[int],
    log: FindingLog,
) -> None:
    surplus = np.zeros(len(fields), np.bool_)
    surplus[list(trimmed)] = True
    dropped = "row dropped"
    kinds = (
        (
            surplus,
            Severity.INFO,
            "invalid_row_length",
            "The row has empty fields too many.",
            "surplus ignored",
        ),
        (fields == 0, Severity.INFO, "empty_row", "The row is blank.", "passed over"),
        (
            fields == _TOO_LONG,
            Severity.ERROR,
            "csv_parsing_failed",
            f"The row is longer than {ROW_BYTES_MAX:,} bytes: a quote may have been left open.",
            dropped,
        ),
        (
            fields == _TORN,
            Severity.ERROR,
            "invalid_row_length",
            "With the line breaks in its quotes, the row has another number of fields than the header.",
            "row dropped, reading resumed on its second line",
        ),
        (
            fields == _UNCLOSED,
            Severity.ERROR,
            "csv_parsing_failed",
            "A quote is opened and never closed.",
            dropped,
        ),
    )
    for bad, severity, rule, message, action in kinds:
        log.add_rows(severity, rule, file, message, action, lines=line[bad])
    ragged = (fields > 0) & (fields != width) & ~surplus
    log.add_rows(
        Severity.ERROR,
        "invalid_row_length",
        file,
        f"The row has {{value}} fields, the header {width}.",
        dropped,
        lines=line[ragged],
        values=fields[ragged].tolist(),
    )


def _rewrite(
    path: Path,
    data: NDArray[np.uint8],
    header: tuple[str, ...],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    good: NDArray[np.bool_],
    trimmed: dict[int, bytes],
) -> None:
    """Write the good rows to a new file in the place of the old one, run of rows by run of rows."""
    as_found = good.copy()
    as_found[list(trimmed)] = False
    edges = np.flatnonzero(np.diff(np.concatenate(([False], as_found, [False])).astype(np.int8)))
    runs = [
        (int(first), start[first], end[after - 1])
        for first, after in zip(edges[::2], edges[1::2], strict=True)
    ]
    pieces = sorted(runs + [(row, -1, -1) for row in trimmed])
    clean = path.with_suffix(".clean")
    with clean.open("wb") as out:
        names = io.StringIO()
        csv.writer(names, lineterminator="\n").writerow(header)
        out.write(names.getvalue().encode())
        for row, first, after in pieces:
            if first < 0:
                out.write(trimmed[row])
                continue
            out.write(data[first:after].data)
            if data[after - 1] not in (10, 13):
                out.write(b"\n")
    clean.replace(path)
