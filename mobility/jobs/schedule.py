"""What the worker does: things again and again, and things when something has happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mobility.acts.delivery_ports import Event


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do every so often. `run` does what is due and says how much that was; it can be called at any time,
    by several processes at once, and begun again after a crash at any point."""

    name: str
    every_s: float
    run: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Handler:
    """One thing to do when something of a kind has happened. It may be called again with an event it has handled
    before (a crash between doing it and noting that), and then changes nothing more. What it raises has the event
    tried again later. A kind may have several handlers: they are called in turn, and all again when one fails."""

    kind: str
    run: Callable[[Event], None]
