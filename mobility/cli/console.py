"""What commands print: words and tables for people on a terminal, JSON for programs, errors on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from mobility.acts.ports import Progress as Report

PIPE_WIDTH = 240
"""Columns where no terminal says how many it has: rows of tables stay on one line, for grep."""

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """One JSON document on stdout; dates and the like as their text."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def fail(message: str) -> typer.Exit:
    """Say on stderr why something was not done; raise what comes back, to end with code 1."""
    errors.print(f"[red]{_plain(message)}[/red]")
    return typer.Exit(1)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table; columns whose values are all numbers are aligned to the right. Cells are plain text."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings):
        is_number = bool(rows) and all(isinstance(row[number], int | float) for row in rows)
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_plain(f"{cell:,}" if isinstance(cell, int | float) else str(cell)) for cell in row))
    out.print(table)


@contextmanager
def progress_bars() -> Iterator[Report]:
    """Bars on stderr, one for each thing that is being done; nothing where no person looks."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True, disable=not sys.stderr.isatty()) as bars:
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: float) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=1.0)
            bars.update(tasks[step], completed=done)

        yield report


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
