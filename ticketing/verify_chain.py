"""Whether a chain is whole: every entry follows from the one before, and roots vouch for where months end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ticketing.canonical_json import CanonicalJsonError, from_canonical
from ticketing.entry import RegisterEntry
from ticketing.period import is_period, next_period
from ticketing.register import CLOSE, GENESIS, NO_HASH, RegisterError, chain_hash


@dataclass(frozen=True, slots=True)
class ChainStart:
    """Where a chain is taken up: what stands before its first entry. The default is the beginning of the register."""

    next_seq: int = 1
    previous_hash: bytes = NO_HASH
    period: str = ""
    """The month that goes on or begins; "": any."""


@dataclass(frozen=True, slots=True)
class ChainFinding:
    """What is wrong, at the entry of that seq (as it stands, or as it should)."""

    seq: int
    words: str


def after_root(document: Mapping[str, Any]) -> ChainStart:
    """Where the month after a root's begins."""
    head = bytes.fromhex(document["head_hash"])
    return ChainStart(document["last_seq"] + 1, head, next_period(document["period"]))


def verify_chain(
    entries: Iterable[RegisterEntry],
    start: ChainStart = ChainStart(),
    roots: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[ChainFinding]:
    """What is wrong with entries that should follow `start`, as a stream; nothing when all is well.

    `roots`: documents whose signatures were checked (`ticketing.root.read_root`), by month; every month that a root is
    given for must end in the chain as the root says. An entry that is changed shows at itself and at nothing after it:
    the walk goes on from the hash the entry claims.
    """
    seq, previous, opened = start.next_seq, start.previous_hash, start.period
    first_seq, first_hash = seq, previous
    missing = dict(roots or {})
    for entry in entries:
        for words in _wrong_with(entry, seq, previous, opened):
            yield ChainFinding(entry.seq, words)
        seq, previous, opened = entry.seq + 1, entry.hash, entry.period
        if entry.kind == CLOSE:
            if (root := missing.pop(entry.period, None)) is not None:
                for words in _wrong_with_end(root, first_seq, first_hash, entry):
                    yield ChainFinding(entry.seq, words)
            first_seq, first_hash = seq, previous
            opened = next_period(entry.period) if is_period(entry.period) else ""
    for period in sorted(missing):
        yield ChainFinding(seq, f"the chain does not reach the end of {period}, which has a root")


def _wrong_with(entry: RegisterEntry, seq: int, previous: bytes, opened: str) -> Iterator[str]:
    if entry.seq != seq:
        yield f"entry {seq} should stand here, not {entry.seq}"
    if (entry.kind == GENESIS) != (seq == 1):
        yield f"the first entry, and no other, is {GENESIS!r}"
    if not is_period(entry.period) or opened not in ("", entry.period):
        yield f"it is accounted in {entry.period}, where {opened or 'a month'} is open"
    try:
        from_canonical(entry.body)
        expected = chain_hash(previous, entry.seq, entry.period, entry.kind, entry.at, entry.body)
    except (CanonicalJsonError, RegisterError) as error:
        yield str(error)
        return
    except UnicodeEncodeError:
        yield "its period or kind is not ASCII"
        return
    if expected != entry.hash:
        yield "its hash is not that of its content after the entry before: one of the two was changed"


def _wrong_with_end(
    root: Mapping[str, Any], first_seq: int, first_hash: bytes, close: RegisterEntry
) -> Iterator[str]:
    said = {
        "first_seq": first_seq,
        "last_seq": close.seq,
        "previous_hash": first_hash.hex(),
        "head_hash": close.hash.hex(),
    }
    for name, value in said.items():
        if root[name] != value:
            yield f"the root of {close.period} says {name} {root[name]}, the chain {value}"
    body = from_canonical(close.body) if not list(_unreadable(close)) else {}
    for name in ("checkpoint", "totals"):
        if root[name] != body.get(name):
            yield f"the root of {close.period} and the entry that closes it differ in {name}"


def _unreadable(entry: RegisterEntry) -> Iterator[str]:
    try:
        from_canonical(entry.body)
    except CanonicalJsonError as error:
        yield str(error)
