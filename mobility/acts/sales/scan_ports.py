"""What the acts on scans need to remember. `mobility.storage.scans` fills it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ticketing.tickets.scan import Scan


class Scans(Protocol):
    """What inspectors' devices scanned: only ever added to."""

    def add(self, scan: Scan, uploaded_s: int, by: str) -> Scan:
        """Remember a scan; the one that is remembered of its device and id, which may be another."""
        ...

    def list_of(self, issuer: str, ref: str) -> list[Scan]:
        """All scans of a ticket, by instant, device and id."""
        ...

    def list_refs(self, from_s: int, until_s: int) -> list[tuple[str, str]]:
        """Issuer and ref of the tickets that were scanned more than once and at least once in that time."""
        ...

    def list_span(self, from_s: int, until_s: int) -> Iterator[Scan]:
        """All scans of that time, by instant, device and id."""
        ...
