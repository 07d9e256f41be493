"""A feed while it is checked: tables that rows are taken out of, and the log of what was noticed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtfs_feeds.fares.files import FareFiles
from gtfs_feeds.findings import FindingLog, Severity
from gtfs_feeds.flex.files import FlexFiles

Rows = NDArray[np.bool_]
"""One flag a row."""


@dataclass
class Draft:
    """`tables` by file stem, typed as `values.convert` leaves them; `today` is the day the import counts from."""

    feed_id: str
    tables: dict[str, pd.DataFrame]
    log: FindingLog
    today: dt.date
    other_files: tuple[str, ...] = ()
    flex: FlexFiles | None = None
    """What it says about on-demand services; None: nothing."""
    fares: FareFiles | None = None
    """What it says about prices; None: nothing."""

    def array(self, stem: str, column: str) -> NDArray[Any]:
        """A column as a numpy array: numbers as they are, texts as objects."""
        values = self.tables[stem][column]
        return values.to_numpy(object) if values.dtype.kind not in "biuf" else values.to_numpy()

    def note(
        self,
        stem: str,
        rows: Rows,
        rule: str,
        message: str,
        *,
        severity: Severity,
        action: str,
        field: str | None = None,
        values: Sequence[object] | None = None,
    ) -> None:
        """Note what is wrong with `rows`; their `field` is shown, or else `values` (one a bad row)."""
        if not rows.any():
            return
        table = self.tables[stem]
        where = np.flatnonzero(rows)
        if values is None and field is not None:
            values = table[field].iloc[where[:100]].to_list()
        lines = table["line"].to_numpy()[where]
        self.log.add_rows(
            severity, rule, f"{stem}.txt", message, action, lines=lines, field=field, values=values
        )

    def drop(
        self,
        stem: str,
        rows: Rows,
        rule: str,
        message: str,
        *,
        field: str | None = None,
        severity: Severity = Severity.ERROR,
        action: str = "row dropped",
    ) -> None:
        """Note what is wrong with `rows` and take them out."""
        self.note(stem, rows, rule, message, severity=severity, action=action, field=field)
        self.keep(stem, ~rows)

    def keep(self, stem: str, rows: Rows) -> None:
        """Take out all but `rows`, silently: what depends on something already noted."""
        if not rows.all():
            self.tables[stem] = self.tables[stem][rows].reset_index(drop=True)

    def assign(self, stem: str, column: str, rows: Rows, value: Any) -> None:
        """Give `rows` another value."""
        if rows.any():
            self.tables[stem].loc[rows, column] = value

    def drop_duplicates(self, stem: str, columns: list[str], rule: str = "duplicate_key") -> None:
        """Keep the first row of each key."""
        again = self.tables[stem].duplicated(columns).to_numpy(np.bool_)
        what = " and ".join(columns)
        self.drop(
            stem, again, rule, f"{what} was given before in the file: “{{value}}”.", field=columns[-1],
            action="row dropped, the first one kept",
        )  # fmt: skip

    def is_known(self, stem: str, column: str, among: str, key: str) -> Rows:
        """Rows whose `column` is a `key` of the table `among`."""
        return self.is_among(stem, column, set(self.tables[among][key]))

    def is_among(self, stem: str, column: str, texts: Collection[str]) -> Rows:
        """Rows whose `column` is one of `texts`."""
        return np.fromiter(
            (text in texts for text in self.array(stem, column)), np.bool_, len(self.tables[stem])
        )
