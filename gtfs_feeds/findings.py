"""What an import noticed: every dropped row, every doubt, named by feed, file, line and field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Severity(StrEnum):
    """How bad: ERROR cost the feed a row or more, WARNING may mislead a traveller, INFO is good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed in a feed.

    `rule` is the notice code of the MobilityData GTFS validator where one exists (`foreign_key_violation`),
    else a name in the same style. `line` is the physical line in the file, the header being 1; None when the
    finding is about the file or the feed. Findings of one rule, file and field beyond a limit are counted in
    one finding (`count`), which keeps the first as its example.
    """

    severity: Severity
    rule: str
    file: str
    message: str
    """A sentence a publisher understands: what is wrong."""
    action: str
    """What was done about it: 'row dropped', 'kept as it is', ..."""
    line: int | None = None
    field: str | None = None
    value: str | None = None
    count: int = 1


class FeedRefusedError(Exception):
    """The whole feed cannot be used. `rule` as in Finding; the message names the feed, what is wrong and what to do."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class FindingLog:
    """Collects findings. The first `limit` of one rule, file and field are kept one by one; those beyond are
    counted in one more, so that the counts always add up to what was found."""

    def __init__(self, limit: int = 20) -> None:
        self._limit = limit
        self._kept: dict[tuple[str, str, str | None], list[Finding]] = {}

    def add(
        self,
        severity: Severity,
        rule: str,
        file: str,
        message: str,
        action: str,
        *,
        line: int | None = None,
        field: str | None = None,
        value: str | None = None,
        count: int = 1,
    ) -> None:
        """Note one thing. `value` is cut to what a person reads."""
        shown = None if value is None else shorten(value)
        finding = Finding(severity, rule, file, message, action, line, field, shown, count)
        kept = self._kept.setdefault((rule, file, field), [])
        if len(kept) <= self._limit:
            kept.append(finding)
        else:
            kept[-1] = replace(kept[-1], count=kept[-1].count + count)

    def add_rows(
        self,
        severity: Severity,
        rule: str,
        file: str,
        message: str,
        action: str,
        *,
        lines: NDArray[np.int32],
        field: str | None = None,
        values: Sequence[object] | None = None,
    ) -> None:
        """Note the same thing of many rows: those on `lines`, with their `values`; `{value}` in `message` is theirs.

        Only as many rows as are kept one by one are looked at: `values` may be as long as the table.
        """
        room = max(0, self._limit + 1 - len(self._kept.get((rule, file, field), ())))
        for row in range(min(len(lines), room)):
            value = None if values is None else str(values[row])
            told = message.replace("{value}", shorten(value or ""))
            self.add(severity, rule, file, told, action, line=int(lines[row]), field=field, value=value)
        rest = len(lines) - room
        if rest > 0:
            self.add(severity, rule, file, message, action, field=field, count=rest)

    def list_findings(self) -> list[Finding]:
        """Everything noticed: what cost the feed something first."""
        order = list(Severity)
        every = [finding for kept in self._kept.values() for finding in kept]
        return sorted(every, key=lambda finding: order.index(finding.severity))


def shorten(text: str, longest: int = 80) -> str:
    """The beginning of a text that may be as long as a file."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
