"""What a barcode says, in whatever form it came, and why one cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from ticketing.tickets.keys import Algorithm
from ticketing.tickets.ticket import Ticket


class Flaw(StrEnum):
    """What is wrong with a code that cannot be read."""

    FORM = "form"
    KEY = "key"
    """It names one that is not known, and cannot be read without."""
    SIGNATURE = "signature"


class CodeError(ValueError):
    """What was given is no code of a ticket, or not exactly one: the message says where it departs."""

    def __init__(self, message: str, flaw: Flaw = Flaw.FORM) -> None:
        super().__init__(message)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was read: its form is right to the last bit, its signature has not been looked at."""

    ticket: Ticket
    """As far as codes say it: without order and item."""
    key_id: str
    """Which key of the issuer it names."""
    algorithm: Algorithm
    is_signed_by: Callable[[bytes], bool] = field(repr=False, compare=False)
    """Whether the key with this public half signed it."""
    shown_from_s: int = 0
    shown_until_s: int = 0
    """When the telephone it is bound to showed it (its signature holds), epoch seconds, until exclusive; 0: it is not
    live: paper, or what was copied out of a telephone."""
