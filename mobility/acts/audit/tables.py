"""Tables to take along: journeys, open data and statements, each as CSV, XLSX or Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from mobility.accounts.caller import Caller
from mobility.acts.audit.months import statement_of
from mobility.acts.audit.ports import AuditPorts, note_read, span_of
from ticketing.journey_rows import JOURNEY_COLUMNS, OPEN_COLUMNS, journey_rows, open_rows
from ticketing.statement import DRIVER_COLUMNS, LINE_COLUMNS
from ticketing.table_files import Column, Format, Row, write_table

JOURNEY_KINDS = ("grant", "refusal", "decision", "withdrawal")


class Table(StrEnum):
    """What can be taken along."""

    JOURNEYS = "journeys"
    """Under the national column names, with what was refused and taken back; pseudonymous."""
    OPEN_DATA = "open-data"
    """For everybody: nobody in it, rare places left out."""
    DRIVERS = "drivers"
    """The statement for each driver."""
    LINES = "lines"
    """The statement for each line."""


SHEETS = {
    Table.JOURNEYS: "Trajets",
    Table.OPEN_DATA: "Trajets",
    Table.DRIVERS: "Conducteurs",
    Table.LINES: "Lignes",
}


def write_audit_table(
    ports: AuditPorts, caller: Caller, period: str, table: Table, form: Format, path: Path
) -> int:
    """Write a table of a month to a file; how many rows it has. Raises ForbiddenError and UnknownAuditError."""
    note_read(ports, caller, f"table {table.value} of {period} as {form.value}")
    with ports.acts.unit_of_work(read_only=True) as work:
        columns: Sequence[Column]
        rows: Iterable[Row]
        if table in (Table.DRIVERS, Table.LINES):
            statement = statement_of(work, period)
            by_driver = table is Table.DRIVERS
            columns = DRIVER_COLUMNS if by_driver else LINE_COLUMNS
            rows = statement.driver_rows() if by_driver else statement.line_rows()
        else:
            first_seq, last_seq, _ = span_of(work, period)
            entries = work.register.list_entries(first_seq, last_seq, JOURNEY_KINDS)
            is_open = table is Table.OPEN_DATA
            columns = OPEN_COLUMNS if is_open else JOURNEY_COLUMNS
            context = ports.context()
            rows = open_rows(entries, context) if is_open else journey_rows(entries, context)
        return write_table(path, form, SHEETS[table], columns, rows)
