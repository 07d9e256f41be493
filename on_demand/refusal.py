"""What cannot be done with services, fleets, tours and rides."""

from __future__ import annotations

from ground.refusal import Reason, RefusedError

__all__ = ["OnDemandRefusedError", "Reason"]


class OnDemandRefusedError(RefusedError):
    """Refused by the rules of services, fleets, tours and rides."""
