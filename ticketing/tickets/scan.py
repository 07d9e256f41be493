"""What an inspector's device noted of one ticket it looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scan:
    """One look at one ticket whose signature holds. `device` and `id` together are its name, given by the device."""

    device: str
    id: str
    issuer: str
    ref: str
    at_s: int
    """Epoch seconds, by the device's clock."""
    vehicle: str = ""
    """The trip or vehicle the inspector was in; "": not said."""
    network_id: str = ""
    generation: int = 1
    colour: str = ""
    """What was answered: green, orange, red."""
    reason: str = ""
    """Why (`ticketing.tickets.answer.Reason`)."""
