"""What the acts on tariffs need of storage."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PublishedTariff:
    """A version of the tariff as it was published; never altered."""

    hash: str
    number: int
    """From 1, in the order of publication."""
    valid_from: str
    """YYYY-MM-DD."""
    content: bytes
    """Its canonical form."""
    published_at: dt.datetime


class Tariffs(Protocol):
    """The memory of tariffs. Who adds holds the lock "tariffs"."""

    def add(self, version: PublishedTariff) -> None:
        """Remember a version."""
        ...

    def list_versions(self) -> list[PublishedTariff]:
        """All by `valid_from`; of those that begin on the same day the one published last comes last, and is the one in
        force."""
        ...

    def count(self) -> int:
        """How many there are: changes with every change."""
        ...
