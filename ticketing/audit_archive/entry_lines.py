"""Entries of the register as lines of text: JSON for any reader, with the body's bytes exactly as they were hashed."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from ticketing.entry import RegisterEntry
from ticketing.period import is_period
from ticketing.register import chain_hash, instant_text

LINE_BYTES_MAX = 64 << 20
"""Longer lines are refused before they are held in memory."""

_LINE = re.compile(
    rb'\{"seq":([1-9][0-9]{0,15}),"period":"([0-9-]{7})","kind":"([a-z][a-z0-9-]{0,31})",'
    rb'"at":"([0-9TZ:-]{20})","previous":"([0-9a-f]{64})","hash":"([0-9a-f]{64})","body":(\{.*\})\}',
    re.DOTALL,
)


class LineError(ValueError):
    """A line is not that of an entry, or its hash is not its own; the message says why."""


@dataclass(frozen=True, slots=True)
class Linked:
    """An entry, and the hash of the one before it."""

    entry: RegisterEntry
    previous: bytes


def write_line(entry: RegisterEntry, previous: bytes) -> bytes:
    """The line of an entry, without its end."""
    head = (
        f'{{"seq":{entry.seq},"period":"{entry.period}","kind":"{entry.kind}","at":"{instant_text(entry.at)}",'
        f'"previous":"{previous.hex()}","hash":"{entry.hash.hex()}","body":'
    )
    return head.encode("ascii") + entry.body + b"}"


def read_line(line: bytes) -> Linked:
    """The entry of a line, whose hash is its own. Raises LineError."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise LineError("this is not a line of the register")
    seq, period, kind = int(match[1]), match[2].decode(), match[3].decode()
    previous, said = bytes.fromhex(match[5].decode()), bytes.fromhex(match[6].decode())
    try:
        at = dt.datetime.fromisoformat(match[4].decode())
        if instant_text(at).encode() != match[4] or not is_period(period):
            raise ValueError
    except ValueError:
        raise LineError(f"entry {seq}: its instant or its month cannot be read") from None
    if chain_hash(previous, seq, period, kind, at, match[7]) != said:
        raise LineError(f"entry {seq} ({kind}): its content is not what its hash was made of")
    return Linked(RegisterEntry(seq, period, kind, at, match[7], said), previous)
