"""What the worker does again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do every so often. `run` does what is due and says how much that was; it can be called at any time,
    by several processes at once, and begun again after a crash at any point."""

    name: str
    every_s: float
    run: Callable[[], int]
