"""What cannot be done with rides and bookings, in words for people."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The kinds of refusals, for programs."""

    UNKNOWN = "unknown"
    """No such line, stop, ride or booking."""
    INVALID = "invalid"
    """What was asked for makes no sense: `field` says where."""
    OVERLAP = "overlap"
    """The person is already on the road at that time."""
    FULL = "full"
    TOO_LATE = "too-late"
    TOO_EARLY = "too-early"
    STATE = "state"
    """It is in a state from which this is not possible."""
    CHANGED = "changed"
    """Somebody else changed it meanwhile."""
    SUSPENDED = "suspended"
    KEY_REUSED = "key-reused"
    """The idempotency key was used for something else."""
    IN_USE = "in-use"


class CarpoolRefusedError(Exception):
    """Refused; nothing has changed. `french` and `english` say why and what to do."""

    def __init__(self, reason: Reason, french: str, english: str, field: str = "") -> None:
        super().__init__(english)
        self.reason, self.french, self.english, self.field = reason, french, english, field
