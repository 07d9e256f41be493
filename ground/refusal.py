"""What cannot be done, in words for people and in one for programs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """The kinds of refusals, for programs."""

    UNKNOWN = "unknown"
    """There is no such thing; or it is somebody else's."""
    INVALID = "invalid"
    """What was asked for makes no sense: `field` says where."""
    OVERLAP = "overlap"
    """The person is already on the road at that time."""
    FULL = "full"
    """No vehicle can take the party."""
    NO_SEAT = "no-seat"
    """A seat of an order cannot be held any more: `more` says which and why."""
    TOO_LATE = "too-late"
    TOO_EARLY = "too-early"
    EXPIRED = "expired"
    """A quote, a hold, an offer or an order whose time is over."""
    PRICE_UNKNOWN = "price-unknown"
    PRICE_CHANGED = "price-changed"
    """It would cost more now than what was offered."""
    NOT_REFUNDABLE = "not-refundable"
    STATE = "state"
    """It is in a state from which this is not possible."""
    CHANGED = "changed"
    """Somebody else changed it meanwhile."""
    SUSPENDED = "suspended"
    KEY_REUSED = "key-reused"
    """The idempotency key was used for something else."""
    IN_USE = "in-use"


class RefusedError(Exception):
    """Refused; nothing has changed. `french` and `english` say why and what to do; `more` is shown beside them to
    programs (alternatives, what is in the way): plain data."""

    def __init__(
        self,
        reason: Reason,
        french: str,
        english: str,
        field: str = "",
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(english)
        self.reason, self.french, self.english, self.field = reason, french, english, field
        self.more = dict(more or {})
