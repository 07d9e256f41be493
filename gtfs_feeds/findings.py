"""What an import noticed: every dropped row, every doubt, named by feed, file, line and field."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
