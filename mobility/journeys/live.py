"""What is known of a network at this moment: delays, cancellations, alerts, vehicles, and how fresh that is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Live:
    """One state of real time. Never changed: a newer one takes its place."""


NO_LIVE = Live()
"""The timetable as it was planned."""
