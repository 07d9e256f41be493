"""Archives of long ago hold for ever: these two are checked by a process that has the code and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ticketing.archives import three_months

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
MONTHS = ("2026-09", "2026-10")
FINGERPRINT = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"


def _verify(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`mobility audit verify` in an empty folder, with an empty environment but for where the code is."""
    environment = {
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
        "MOBILITY_DATA_DIR": str(folder / "data"),
    }
    return subprocess.run(
        [sys.executable, "-m", "mobility", "audit", "verify", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_golden_archives_hold_without_a_database(tmp_path: Path) -> None:
    archives = [str(GOLDEN / f"{month}.zip") for month in MONTHS]
    ended = _verify(tmp_path, *archives, "--key", FINGERPRINT)
    assert ended.returncode == 0, ended.stderr
    assert "grants derived again from their policies and counters" in ended.stdout
    assert "trusted the root is signed by the key you trust" in ended.stdout
    assert list(tmp_path.iterdir()) == [], "it wrote nothing, and opened no database"


def test_a_changed_archive_ends_with_code_1_and_says_where(tmp_path: Path) -> None:
    content = (GOLDEN / "2026-10.zip").read_bytes()
    at = content.index(b'"amount_cents":')
    changed = content[:at] + b'"amount_cents":9' + content[at + 16 :]
    (tmp_path / "changed.zip").write_bytes(changed)
    ended = _verify(tmp_path, "changed.zip", "--json")
    assert ended.returncode == 1
    (report,) = json.loads(ended.stdout)
    assert not report["holds"]
    assert report["wrong"]["words"]
    lost = _verify(tmp_path, "nothing.zip")
    assert lost.returncode == 1
    assert "nothing.zip" in lost.stderr


@pytest.mark.parametrize("month", MONTHS)
def test_the_same_register_still_gives_the_same_archive(tmp_path: Path, month: str) -> None:
    """When this fails on purpose, the format has another version, and the old one must still be read."""
    made = three_months(trips=3).export(month, tmp_path / "made.zip")
    assert made.read_bytes() == (GOLDEN / f"{month}.zip").read_bytes()
