"""What was printed last, so that one can take number 1 instead of pasting what is signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def keep_last(path: Path, things: list[Any]) -> None:
    """Remember what was printed, in its order; nobody else reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(things), encoding="utf-8")
    unfinished.chmod(0o600)
    unfinished.replace(path)


def read_last(path: Path, number: int) -> Any | None:
    """The thing of that number, from 1; None: there is none."""
    try:
        things = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return things[number - 1] if 1 <= number <= len(things) else None
