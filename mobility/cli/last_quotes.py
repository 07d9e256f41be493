"""The quotes that were printed last, so that one can hold number 1 instead of pasting what is signed."""

from __future__ import annotations

from pathlib import Path

from mobility.cli.console import fail
from mobility.cli.last_printed import keep_last, read_last

FILE = "on-demand-quotes.json"


def keep_quotes(data_dir: Path, journeys: list[list[str]]) -> None:
    """Remember the quotes of each journey that was printed, in their order."""
    keep_last(data_dir / FILE, journeys)


def read_quotes(data_dir: Path, typed: list[str]) -> list[str]:
    """The quotes meant by what was typed: the number of a journey, or quotes as `--json` prints them."""
    if len(typed) != 1 or not typed[0].isdigit():
        return typed
    known = read_last(data_dir / FILE, int(typed[0]))
    if known is None:
        raise fail(
            f"there is no quote {int(typed[0])}: ask for quotes first (mobility on-demand quote FROM TO), or paste one"
        )
    return list(known)
