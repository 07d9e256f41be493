"""What cannot be done with rides and bookings."""

from __future__ import annotations

from ground.refusal import Reason, RefusedError

__all__ = ["CarpoolRefusedError", "Reason"]


class CarpoolRefusedError(RefusedError):
    """Refused by the rules of rides and bookings."""
