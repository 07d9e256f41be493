"""What a check of an archive says: what was checked, in words and numbers, and the first thing that is wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


class WrongError(Exception):
    """Something in an archive is wrong: where (a file, and of the register an entry), and what."""

    def __init__(self, file: str, words: str, *, seq: int | None = None, line: int | None = None) -> None:
        super().__init__(words)
        self.wrong = Wrong(file, words, seq, line)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong. `seq`: the entry of the register; `line`: of the file, from 1."""

    file: str
    words: str
    seq: int | None = None
    line: int | None = None

    @property
    def shown(self) -> str:
        """In one sentence."""
        entry = f", entry {self.seq}" if self.seq is not None else ""
        line = f", line {self.line}" if self.line is not None else ""
        return f"{self.file}{line}{entry}: {self.words}"


@dataclass(slots=True)
class Report:
    """The check of one archive."""

    archive: str
    period: str = ""
    checks: list[str] = field(default_factory=list)
    """What was checked and holds."""
    trust: str = ""
    """Why the signature is to be believed, or that nobody says so."""
    is_trusted: bool = False
    """Whether a key or a root that was given vouches for it."""
    fingerprint: str = ""
    """SHA-256 (hex) of the public key that signs the month's root."""
    figures: dict[str, int] = field(default_factory=dict)
    not_checked: list[str] = field(default_factory=list)
    wrong: Wrong | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return self.wrong is None

    def plain(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self) | {"holds": self.holds}
