"""Entries of the register as auditors read them: all, grants with their derivation, decisions, keys and roots."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mobility.accounts.caller import Caller
from mobility.acts.audit.ports import AuditPorts, UnknownAuditError, note_read, span_of
from mobility.acts.ports import UnitOfWork
from ticketing.audit_archive.entry_lines import write_line
from ticketing.canonical_json import from_stored
from ticketing.entry import RegisterEntry
from ticketing.register import NO_HASH
from ticketing.root import SignedRoot

DECIDED = ("decision", "refusal", "withdrawal")
LINES_AT_ONCE = 2_000
"""Entries a stream reads in one transaction."""


@dataclass(frozen=True, slots=True)
class EntryShown:
    """An entry with its body as an object."""

    entry: RegisterEntry
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A public key that signs, or signed, roots: with the fingerprint one compares."""

    key_id: str
    public_key: str
    fingerprint: str
    announced_by: int
    replaces: str


def list_grants(
    ports: AuditPorts,
    caller: Caller,
    period: str,
    driver: str = "",
    line_id: str = "",
    after_seq: int = 0,
    limit: int = 100,
) -> list[EntryShown]:
    """Grants of a month with all that led to them, by seq, after one of them. Raises ForbiddenError and
    UnknownAuditError."""
    note_read(ports, caller, f"grants of {period} {driver} {line_id}".strip())
    found: list[EntryShown] = []
    with ports.acts.unit_of_work(read_only=True) as work:
        if driver:
            lines = [one.seq for one in work.subsidies.list_grants(driver, period) if one.seq > after_seq]
            entries: Iterator[RegisterEntry] = _entries(work, sorted(lines))
        else:
            first_seq, last_seq, _ = span_of(work, period)
            entries = work.register.list_entries(max(first_seq, after_seq + 1), last_seq, ("grant",))
        for entry in entries:
            body = from_stored(entry.body)
            if line_id in ("", body["facts"]["line_id"]):
                found.append(EntryShown(entry, body))
            if len(found) >= limit:
                break
    return found


def _entries(work: UnitOfWork, seqs: list[int]) -> Iterator[RegisterEntry]:
    for seq in seqs:
        entry = work.register.find_entry(seq)
        if entry is not None:
            yield entry


def find_trip_entries(ports: AuditPorts, caller: Caller, trip_id: str) -> list[EntryShown]:
    """All the register says of the grant of a trip: its grant, and what took it back. Raises ForbiddenError and
    UnknownAuditError."""
    note_read(ports, caller, f"grant of trip {trip_id}")
    with ports.acts.unit_of_work(read_only=True) as work:
        line = work.subsidies.find_grant(trip_id)
        if line is None:
            raise UnknownAuditError(f"trip {trip_id} is not granted, or was taken back")
        return [EntryShown(one, from_stored(one.body)) for one in _entries(work, [line.seq])]


def list_decided(
    ports: AuditPorts, caller: Caller, period: str, after_seq: int = 0, limit: int = 100
) -> list[EntryShown]:
    """What was refused, decided by people and taken back in a month, with the facts and reasons."""
    note_read(ports, caller, f"decisions of {period}")
    return _page(ports, period, DECIDED, after_seq, limit)


def list_entries(
    ports: AuditPorts, caller: Caller, period: str, after_seq: int = 0, limit: int = 100
) -> list[EntryShown]:
    """A page of the register of a month."""
    note_read(ports, caller, f"register of {period} after entry {after_seq}")
    return _page(ports, period, (), after_seq, limit)


def _page(
    ports: AuditPorts, period: str, kinds: Collection[str], after_seq: int, limit: int
) -> list[EntryShown]:
    found: list[EntryShown] = []
    with ports.acts.unit_of_work(read_only=True) as work:
        first_seq, last_seq, _ = span_of(work, period)
        for entry in work.register.list_entries(max(first_seq, after_seq + 1), last_seq, kinds):
            found.append(EntryShown(entry, from_stored(entry.body)))
            if len(found) >= limit:
                break
    return found


def stream_register(ports: AuditPorts, caller: Caller, period: str) -> Iterator[bytes]:
    """The register of a month as lines (JSON, as in archives), in pieces of some thousand entries, each read in a
    transaction of its own: who reads slowly keeps nobody waiting. Raises ForbiddenError and UnknownAuditError."""
    note_read(ports, caller, f"register of {period}, as a stream")
    with ports.acts.unit_of_work(read_only=True) as work:
        first_seq, last_seq, _ = span_of(work, period)
        before = work.register.find_entry(first_seq - 1) if first_seq > 1 else None
    return _pieces(ports, first_seq, last_seq, before.hash if before else NO_HASH)


def _pieces(ports: AuditPorts, seq: int, last_seq: int, previous: bytes) -> Iterator[bytes]:
    while seq <= last_seq:
        lines: list[bytes] = []
        with ports.acts.unit_of_work(read_only=True) as work:
            for entry in work.register.list_entries(seq, min(last_seq, seq + LINES_AT_ONCE - 1)):
                lines.append(write_line(entry, previous) + b"\n")
                previous, seq = entry.hash, entry.seq + 1
        if not lines:
            return
        yield b"".join(lines)


def list_keys(ports: AuditPorts) -> list[KeyShown]:
    """The keys that sign roots, the first one first. Anybody may ask: they are public."""
    with ports.acts.unit_of_work(read_only=True) as work:
        return [_key(entry) for entry in work.register.list_entries(kinds=("key",))]


def list_roots(ports: AuditPorts) -> list[SignedRoot]:
    """The signed roots of all closed months. Anybody may ask: they name nobody, and the more keep them, the better."""
    with ports.acts.unit_of_work(read_only=True) as work:
        return work.register.list_roots()


def _key(entry: RegisterEntry) -> KeyShown:
    body = from_stored(entry.body)
    fingerprint = sha256(bytes.fromhex(body["public_key"])).hexdigest()
    return KeyShown(body["key_id"], body["public_key"], fingerprint, entry.seq, body["replaces"])
