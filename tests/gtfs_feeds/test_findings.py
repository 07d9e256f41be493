"""The log of findings, and the page that explains them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from gtfs_feeds.findings import FindingLog, Severity
from tests.gtfs_feeds.feed_texts import explained_rules

ROOT = Path(__file__).parents[2]


def test_every_rule_that_is_explained_exists() -> None:
    files = (ROOT / "gtfs_feeds").rglob("*.py")
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    literals = set(re.findall(r'"([a-z0-9_]+)"', source))
    assert len(explained_rules()) > 50
    assert explained_rules() - literals == set()


def test_counts_add_up() -> None:
    log = FindingLog(limit=3)
    for start in (0, 4):
        lines = np.arange(start, start + 4, dtype=np.int32)
        log.add_rows(
            Severity.ERROR, "rule", "a.txt", "It is {value}.", "dropped", lines=lines, values=lines.tolist()
        )
    log.add(Severity.INFO, "other", "b.txt", "It is.", "kept")
    findings = log.list_findings()
    assert [(found.line, found.count) for found in findings[:4]] == [(0, 1), (1, 1), (2, 1), (3, 5)]
    assert findings[0].message == "It is 0."
    assert sum(found.count for found in findings) == 9


def test_findings_that_cost_something_come_first() -> None:
    log = FindingLog()
    for severity in (Severity.INFO, Severity.ERROR, Severity.WARNING):
        log.add(severity, str(severity), "a.txt", "x", "x", value="v" * 1000)
    assert [found.severity for found in log.list_findings()] == [
        Severity.ERROR,
        Severity.WARNING,
        Severity.INFO,
    ]
    assert len(log.list_findings()[0].value or "") == 80
