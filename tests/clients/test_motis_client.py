"""The npm package `@motis-project/motis-client`, unchanged, against a running server."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(shutil.which("npm") is None, reason="Node and npm are not installed"),
]


@pytest.fixture(scope="module")
def answers(server_url: str) -> dict[str, Any]:
    """What the client got; it is installed beside this file at the first run."""
    if not (HERE / "node_modules" / "@motis-project" / "motis-client").exists():
        install = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(install, cwd=HERE, check=True, timeout=600)
    ran = subprocess.run(
        ["node", "motis_client.mjs", server_url], cwd=HERE, capture_output=True, text=True, timeout=600
    )
    assert ran.returncode == 0, ran.stderr
    read: dict[str, Any] = json.loads(ran.stdout)
    return read


def test_it_geocodes(answers: dict[str, Any]) -> None:
    assert answers["geocoded"][0].startswith("Cluny")
    assert "Avallon" in answers["around"]


def test_it_plans(answers: dict[str, Any]) -> None:
    assert answers["planned"] == [[f"2026-06-15T{hour:02}:00:00Z", ["REGIONAL_RAIL"]] for hour in (6, 7, 8)]
    assert answers["next"] == [f"2026-06-15T{hour:02}:00:00Z" for hour in (9, 10, 11)]
    assert answers["byModes"] == answers["asItComes"] == 3
    assert answers["posted"] == "BIKE"


def test_it_reads_departures_and_follows_a_trip(answers: dict[str, Any]) -> None:
    assert answers["departures"][0] == ["2026-06-15T06:22:00Z", "Cluny"]
    assert answers["trip"] == ["Beaune"]


def test_it_shows_stops(answers: dict[str, Any]) -> None:
    assert set(answers["onMap"]) == {"r_AVA1", "r_AVA2", "r_BEA1"}
    assert answers["stop"] == ["TER 1"]
    assert answers["health"] == "ok"


def test_it_reads_our_errors(answers: dict[str, Any]) -> None:
    assert answers["refused"]["status"] == 404
    assert "nowhere" in answers["refused"]["error"]
