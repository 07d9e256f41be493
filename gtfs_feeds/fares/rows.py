"""The rows of a table one by one, and what is noted of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from gtfs_feeds.findings import FindingLog, Severity

_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Row:
    """A row of a fare file: its texts by column."""

    file: str
    line: int
    texts: Mapping[str, str]
    log: FindingLog

    @property
    def name(self) -> str:
        """Where it is, as prices name it."""
        return f"{self.file}:{self.line}"

    def __getitem__(self, field: str) -> str:
        return self.texts[field]

    def note(
        self, rule: str, field: str, message: str, action: str, severity: Severity = Severity.ERROR
    ) -> None:
        """Note what is wrong with a field."""
        self.log.add(
            severity, rule, self.file, message, action,
            line=self.line, field=field, value=self.texts.get(field, ""),
        )  # fmt: skip

    def drop(self, rule: str, field: str, message: str) -> None:
        """Note why the row is not used."""
        self.note(rule, field, message, "row dropped")

    def read_integer(self, field: str, low: int) -> int | None:
        """A whole number from `low`; None (noted): it is none."""
        text = self.texts[field]
        if not _INTEGER.fullmatch(text):
            self.drop("invalid_integer", field, f"{field} cannot be “{text[:80]}”.")
            return None
        if int(text) < low:
            self.drop("number_out_of_range", field, f"{field} is out of its range: “{text}”.")
            return None
        return int(text)


def rows_of(stem: str, table: pd.DataFrame, log: FindingLog) -> Iterator[Row]:
    """All rows, in their order."""
    for texts in table.to_dict("records"):
        yield Row(
            f"{stem}.txt", int(texts["line"]), {str(name): str(text) for name, text in texts.items()}, log
        )


def first_of_each(rows: Iterator[Row], key: tuple[str, ...]) -> Iterator[Row]:
    """The rows, the first of each key only; the others are noted."""
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        values = tuple(row[field] for field in key)
        if values in seen:
            row.note(
                "duplicate_key",
                key[-1],
                f"{', '.join(key)} was given before in the file.",
                "row dropped, the first one kept",
            )
        else:
            seen.add(values)
            yield row
