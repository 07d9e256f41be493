"""Server, worker, closings and payouts are killed for real while phones send: a small round of the benchmark
`python -m tests.benchmarks.kills`, which fails where anything is lost, doubled, or otherwise than without kills."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.benchmarks import kills
from tests.contracts.conftest import POSTGIS, empty_database, engine, template

__all__ = ["empty_database", "engine", "template"]


def test_nothing_is_lost_or_paid_twice(tmp_path: Path) -> None:
    said = kills.run(tmp_path, uploads=120, kills=2)
    assert "120 pieces of 20 trips" in said
    assert "nothing lost, 20 trips proven" in said


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_nor_on_a_server(engine: Engine, tmp_path: Path) -> None:
    """The same, on a PostgreSQL of several writers at once."""
    said = kills.run(tmp_path, 120, 2, database=engine.url.render_as_string(hide_password=False))
    assert "nothing lost, 20 trips proven" in said
