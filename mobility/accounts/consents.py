"""The texts people agree to, and what counts of what they said."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from mobility.accounts.person import Consent


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One text, in both languages; `hash` (SHA-256, hex) covers both."""

    purpose: str
    version: str
    french: str
    english: str

    @property
    def hash(self) -> str:
        words = "\n".join((self.purpose, self.version, self.french, self.english))
        return hashlib.sha256(words.encode()).hexdigest()


@cache
def consent_texts() -> dict[str, ConsentText]:
    """The texts that are asked now, by purpose."""
    read = tomllib.loads(
        files("mobility.accounts").joinpath("consent_texts.toml").read_text(encoding="utf-8")
    )
    return {text["purpose"]: ConsentText(**text) for text in read["text"]}


def has_consented(consents: Iterable[Consent], purpose: str) -> bool:
    """Whether somebody agrees to the text of a purpose as it reads now. `consents`: theirs, the oldest first."""
    newest = None
    for consent in consents:
        if consent.purpose == purpose:
            newest = consent
    text = consent_texts().get(purpose)
    return newest is not None and text is not None and newest.given and newest.text_hash == text.hash
