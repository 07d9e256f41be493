"""Why octets are refused."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """What is wrong with a code."""

    FORMAT = "format"
    """It is no such thing, or not written the one way it must be."""
    KEY = "key"
    """Nobody we know, or a key that signed nothing then, or is withdrawn."""
    SIGNATURE = "signature"
    """Changed, or never signed by whom it names."""


class DosipasError(ValueError):
    """Octets that are not believed, or values that cannot be written; the message says which and why."""

    def __init__(self, message: str, why: Why = Why.FORMAT) -> None:
        super().__init__(message)
        self.why = why
