"""Raw tables: what is written in a file, column by column, each distinct text held once.

Nearly every column of GTFS has few distinct texts beside its rows (a day has 86 400 seconds, a feed a few hundred
routes), so everything after this (stripping, parsing, comparing, correcting) is done once a text, not once a row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_TIME = int(np.iinfo(np.int32).min)
"""A time that is not given. Only until the checks are done: the tables they hand on have none."""

NO_DATE = NO_TIME
"""A date that is not given, likewise."""


@dataclass(frozen=True)
class Column:
    """`texts[codes[row]]` is what row `row` says; texts are stripped and distinct, absent is ""."""

    codes: NDArray[np.int32]
    texts: NDArray[np.object_]

    def of_rows(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Column:
        return Column(self.codes[rows], self.texts)


@dataclass
class RawTable:
    """A file as it is written. `columns` has the known ones that are there; `line` the physical line of each row."""

    stem: str
    columns: dict[str, Column]
    line: NDArray[np.int32]

    @property
    def file(self) -> str:
        return f"{self.stem}.txt"

    def __len__(self) -> int:
        return len(self.line)

    def keep(self, rows: NDArray[np.bool_]) -> None:
        self.columns = {name: column.of_rows(rows) for name, column in self.columns.items()}
        self.line = self.line[rows]
