"""Where accounts, caps and rules stand between two months: what a signed root commits to, and the next begins from.

A checkpoint is a text of lines, one canonical JSON object each, in the order of their bytes; its hash is that of the
text. So an archive of one month can be checked without those before it, whose roots vouch for where it begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ticketing.canonical_json import CanonicalJsonError, from_canonical, to_canonical
from ticketing.cap_counters import CounterKey
from ticketing.entry import RegisterEntry

STANDING_KINDS = ("key", "policy", "scale")
"""Entries that every later month depends on. A checkpoint names them all, so that none can be kept from an auditor."""


class CheckpointError(ValueError):
    """Lines are not those of a checkpoint; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Balances in cents (debits positive) by account, and counters, none of zero; and the hash (hex) of each standing
    entry by its seq."""

    balances: Mapping[str, int] = field(default_factory=dict)
    counters: Mapping[CounterKey, int] = field(default_factory=dict)
    standing: Mapping[int, str] = field(default_factory=dict)

    def lines(self) -> Iterator[bytes]:
        """The lines, without their ends."""
        return checkpoint_lines(self.balances.items(), self.counters.items(), self.standing.items())

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the text."""
        return hash_lines(self.lines())


def standing_hashes(entries: Iterable[RegisterEntry]) -> dict[int, str]:
    """What a checkpoint says of entries, of STANDING_KINDS."""
    return {entry.seq: entry.hash.hex() for entry in entries}


def checkpoint_lines(
    balances: Iterable[tuple[str, int]],
    counters: Iterable[tuple[CounterKey, int]],
    standing: Iterable[tuple[int, str]],
) -> Iterator[bytes]:
    """The lines of balances, counters and standing entries that come in any order; those of zero are left out."""
    found = [_line({"account": account, "cents": cents}) for account, cents in balances if cents]
    found += [
        _line({"counter": counter, "key": key, "value": value}) for (counter, key), value in counters if value
    ]
    found += [_line({"entry": seq, "hash": entry_hash}) for seq, entry_hash in standing]
    yield from sorted(found)


def _line(value: dict[str, Any]) -> bytes:
    # Copied: what orjson gives keeps hold of a kilobyte, however short it is.
    return bytes(memoryview(to_canonical(value)))


def hash_lines(lines: Iterable[bytes]) -> str:
    """SHA-256 (hex) of a text of lines, each ended by a line feed."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line + b"\n")
    return digest.hexdigest()


def read_checkpoint(lines: Iterable[bytes]) -> Checkpoint:
    """The checkpoint of lines. Raises CheckpointError unless they are exactly what `Checkpoint.lines` gives."""
    balances: dict[str, int] = {}
    counters: dict[CounterKey, int] = {}
    standing: dict[int, str] = {}
    last = b""
    for number, line in enumerate(lines, 1):
        try:
            value = from_canonical(line)
            if value.keys() == {"account", "cents"}:
                balances[str(value["account"])] = cents = value["cents"]
                is_number = type(cents) is int and cents != 0
            elif value.keys() == {"entry", "hash"}:
                standing[value["entry"]] = str(value["hash"])
                is_number = type(value["entry"]) is int
            else:
                counters[str(value["counter"]), str(value["key"])] = count = value["value"]
                is_number = type(count) is int and count != 0 and len(value) == 3
        except (CanonicalJsonError, KeyError) as error:
            raise CheckpointError(f"line {number}: {error}") from error
        if not is_number or line <= last:
            raise CheckpointError(f"line {number} is not as it is written here, or not in its place")
        last = line
    return Checkpoint(balances, counters, standing)
