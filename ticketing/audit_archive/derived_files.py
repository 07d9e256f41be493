"""The files of an archive that follow from its register: written at export, made again and compared when checked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from ticketing.audit_archive.steps import Step
from ticketing.canonical_json import to_canonical
from ticketing.journey_rows import JOURNEY_COLUMNS, NO_CONTEXT, reasons_of, rows_of
from ticketing.register import instant_text
from ticketing.statement import DRIVER_COLUMNS, LINE_COLUMNS, Statement
from ticketing.table_files import Cell, Column, Kind, text_rows


class DerivedFile(Protocol):
    """A file made while entries go by."""

    name: str

    def begin(self) -> bytes:
        """What it begins with."""
        ...

    def add(self, step: Step) -> bytes:
        """What an entry adds to it."""
        ...

    def end(self) -> bytes:
        """What it ends with."""
        ...


class CsvLines:
    """Rows as CSV (RFC 4180), as bytes."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._text = io.StringIO()
        self._writer = csv.writer(self._text)

    def headings(self) -> bytes:
        """The first line."""
        self._writer.writerow(column.name for column in self._columns)
        return self._take()

    def rows(self, rows: Sequence[Sequence[Cell]] | Iterator[list[Cell]]) -> bytes:
        """Some lines."""
        self._writer.writerows(text_rows(self._columns, rows))
        return self._take()

    def _take(self) -> bytes:
        written = self._text.getvalue().encode()
        self._text.seek(0)
        self._text.truncate()
        return written


class LedgerFile:
    """Transactions, one canonical JSON object a line."""

    name = "ledger.jsonl"

    def begin(self) -> bytes:
        return b""

    def add(self, step: Step) -> bytes:
        one = step.transaction
        if one is None:
            return b""
        plain: dict[str, Any] = {
            "id": one.id,
            "kind": one.kind,
            "at": instant_text(one.at),
            "currency": one.currency,
            "postings": [[posting.account, posting.amount_cents] for posting in one.postings],
        }
        return to_canonical(plain | ({"reverses": one.reverses} if one.reverses else {})) + b"\n"

    def end(self) -> bytes:
        return b""


class JourneysFile:
    """Journeys granted, refused and taken back, under the national column names."""

    name = "journeys.csv"

    def __init__(self) -> None:
        self._csv = CsvLines(JOURNEY_COLUMNS)

    def begin(self) -> bytes:
        return self._csv.headings()

    def add(self, step: Step) -> bytes:
        rows = list(rows_of(step.entry, step.body, NO_CONTEXT))
        return self._csv.rows(rows) if rows else b""

    def end(self) -> bytes:
        return b""


DECISION_COLUMNS = (
    Column("register_seq", Kind.INTEGER),
    Column("at"),
    Column("kind"),
    Column("trip_id"),
    Column("decision"),
    Column("reason"),
    Column("by"),
)


class DecisionsFile:
    """What people decided about suspicions, what was refused and what was taken back, with the reasons."""

    name = "decisions.csv"

    def __init__(self) -> None:
        self._csv = CsvLines(DECISION_COLUMNS)

    def begin(self) -> bytes:
        return self._csv.headings()

    def add(self, step: Step) -> bytes:
        row = decision_row(step)
        return self._csv.rows([row]) if row else b""

    def end(self) -> bytes:
        return b""


def decision_row(step: Step) -> list[Cell] | None:
    """The row of an entry that decides about a trip; None for others."""
    entry, body = step.entry, step.body
    if entry.kind not in ("decision", "refusal", "withdrawal"):
        return None
    return [
        entry.seq,
        instant_text(entry.at),
        entry.kind,
        body["trip_id"],
        body.get("decision", ""),
        reasons_of(body),
        body.get("by", ""),
    ]


EVIDENCE_COLUMNS = (Column("register_seq", Kind.INTEGER), Column("trip_id"), Column("sha256"))


class EvidenceFile:
    """The hashes of what proves each trip: whoever is shown the evidence can tell that it is the one."""

    name = "evidence.csv"

    def __init__(self) -> None:
        self._csv = CsvLines(EVIDENCE_COLUMNS)

    def begin(self) -> bytes:
        return self._csv.headings()

    def add(self, step: Step) -> bytes:
        facts = step.body.get("facts")
        if not isinstance(facts, dict):
            return b""
        return self._csv.rows([[step.entry.seq, facts["trip_id"], one] for one in facts["evidence"]])

    def end(self) -> bytes:
        return b""


class DriversFile:
    """The month's statement for each driver."""

    name = "statement-drivers.csv"

    def __init__(self, statement: Statement) -> None:
        self._statement, self._csv = statement, CsvLines(DRIVER_COLUMNS)

    def begin(self) -> bytes:
        return self._csv.headings()

    def add(self, step: Step) -> bytes:
        return b""

    def end(self) -> bytes:
        return self._csv.rows(self._statement.driver_rows())


class LinesFile:
    """The month's statement for each line."""

    name = "statement-lines.csv"

    def __init__(self, statement: Statement) -> None:
        self._statement, self._csv = statement, CsvLines(LINE_COLUMNS)

    def begin(self) -> bytes:
        return self._csv.headings()

    def add(self, step: Step) -> bytes:
        return b""

    def end(self) -> bytes:
        return self._csv.rows(self._statement.line_rows())


def derived_files(statement: Statement) -> tuple[DerivedFile, ...]:
    """All of them, in the order of the archive. `statement` is folded by the caller, before `end` is called."""
    return (
        LedgerFile(),
        JourneysFile(),
        DecisionsFile(),
        EvidenceFile(),
        DriversFile(statement),
        LinesFile(statement),
    )
