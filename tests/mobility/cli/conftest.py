"""`mobility …` run here, as people and programs run it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog

from mobility.cli import main


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs `mobility …` here, on a data folder of its own."""
    monkeypatch.setenv("MOBILITY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MOBILITY_WARM_UP_DAYS", "0")
    monkeypatch.setenv("MOBILITY_WORKERS", "1")  # `serve` sets it; so it is put back afterwards

    def run(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["mobility", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        code = end.value.code
        return Ended(code if isinstance(code, int) else int(code is not None), *capsys.readouterr())

    yield run
    structlog.reset_defaults()  # it logs to the stderr of this test
