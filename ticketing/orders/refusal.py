"""What cannot be done with offers, orders and tickets."""

from __future__ import annotations

from ground.refusal import Reason, RefusedError

__all__ = ["OrderRefusedError", "Reason"]


class OrderRefusedError(RefusedError):
    """Refused by the rules of offers, orders and tickets."""
