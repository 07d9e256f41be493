"""What a thing is like, in one word: two who change it at once notice (RFC 9110, 13.1.1)."""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

ANY = "*"
"""Whatever it is like, but there must be one."""


class ChangedMeanwhileError(Exception):
    """Somebody else changed a thing since it was read; `french` says it, and the message, in English."""

    french = "Quelqu'un d'autre l'a changé entre-temps : relisez, puis recommencez."

    def __init__(self) -> None:
        super().__init__("Somebody else changed it meanwhile: read it again, then try again.")


def tag_of(thing: Any) -> str:
    """The tag of a dataclass: of all its fields."""
    content = json.dumps(asdict(thing), default=_plain, sort_keys=True, ensure_ascii=False)
    return blake2b(content.encode(), digest_size=12).hexdigest()


def check_tag(thing: Any | None, tag: str) -> None:
    """Raises ChangedMeanwhileError unless a thing is like its tag says; "" says nothing."""
    if tag and (thing is None or tag not in (ANY, tag_of(thing))):
        raise ChangedMeanwhileError


def _plain(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, frozenset) else str(value)
