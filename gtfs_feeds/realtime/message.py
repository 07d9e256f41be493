"""Bytes as they come from a source, into a message that can be used, or a clear refusal."""

from __future__ import annotations


class MessageRefusedError(Exception):
    """The whole message cannot be used, and nothing changes. `rule` as in `Finding`; the message says what is wrong."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
