"""Checking archives, without the database: the frame, the chain, the signatures, and every cent derived again.

One pass over the register; memory grows with drivers, days and lines, not with entries. All else in an archive follows
from the register and where it begins, so it is made again and compared byte for byte: nothing in an archive can be
changed that is not vouched for by the signed root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from ticketing.audit_archive.derived_files import derived_files
from ticketing.audit_archive.entry_lines import Linked
from ticketing.audit_archive.members import (
    CHECKPOINT,
    EARLIER,
    MANIFEST,
    README,
    REGISTER,
    ROOTS,
    read_root_line,
    readme,
    write_manifest,
)
from ticketing.audit_archive.month_fold import FoldError, GrantedTrips, MonthFold
from ticketing.audit_archive.policy_book import PolicyBook
from ticketing.audit_archive.reading import Comparison, EntryHashes, OpenArchive, parse
from ticketing.audit_archive.report import Report, WrongError
from ticketing.audit_archive.sales_check import check_sales
from ticketing.audit_archive.steps import Step
from ticketing.canonical_json import CanonicalJsonError, from_canonical
from ticketing.checkpoint import STANDING_KINDS, Checkpoint, CheckpointError, read_checkpoint
from ticketing.entry import RegisterEntry
from ticketing.register import CLOSE, GENESIS
from ticketing.root import RootError, SignedRoot, read_root
from ticketing.signing import why_not_announced
from ticketing.subsidy import NoPolicyError
from ticketing.verify_chain import ChainStart, after_root

FINGERPRINT_DIGITS_MIN = 16


@dataclass(slots=True)
class Known:
    """What is known from outside an archive, and from the archives before it."""

    fingerprint: str = ""
    """The first digits, 16 at least, of the SHA-256 of a public key that one trusts; "": none."""
    root: SignedRoot | None = None
    """The last root that was checked."""
    trips: GrantedTrips = field(default_factory=GrantedTrips)
    hashes: list[EntryHashes] = field(default_factory=list)
    """Of the entries of the archives before."""


def verify_archives(paths: Sequence[Path], fingerprint: str = "") -> list[Report]:
    """Check archives of months that follow each other, the earliest first; it ends with the first that does not hold.

    `fingerprint`: of the key one trusts. Raises OSError when a file cannot be read, ValueError for a fingerprint that
    is none.
    """
    if fingerprint and not (
        len(fingerprint) >= FINGERPRINT_DIGITS_MIN and set(fingerprint) <= set("0123456789abcdef")
    ):
        raise ValueError("a fingerprint is 16 to 64 hexadecimal digits, in small letters")
    known, reports = Known(fingerprint), list[Report]()
    for path in paths:
        report = Report(path.name)
        reports.append(report)
        try:
            with path.open("rb") as file:
                _ArchiveCheck(OpenArchive(file), known, report).run()
        except WrongError as error:
            report.wrong = error.wrong
            break
    return reports


class _ArchiveCheck:
    """The check of one archive, step by step."""

    def __init__(self, archive: OpenArchive, known: Known, report: Report) -> None:
        self.archive, self.known, self.report = archive, known, report
        self.earlier: dict[int, Linked] = {}
        self.policies = PolicyBook()
        self.keys: dict[str, bytes] = {}
        self.current_key: dict[str, Any] | None = None
        self.announced_by: dict[str, str] = {}
        self.sealed: dict[str, dict[str, Any]] = {}
        """What the month seals of days of sales, by day."""
        self.cleared: list[Mapping[str, Any]] = []
        """The months of sales it divides."""

    def run(self) -> None:
        """All of it. Raises WrongError at the first thing that is wrong."""
        self.report.checks.append(
            f"{len(self.archive.names)} files, framed as they are written here, nothing beside them"
        )
        if self.archive.read(README, 1 << 20) != readme():
            raise WrongError(README, "it is not the text of this format")
        roots = self._read_roots()
        self._read_earlier()
        begin = self._read_checkpoint()
        self._check_standing(begin)
        documents = self._check_previous(roots, begin)
        fold = MonthFold(roots[-1].period, begin, self.policies, self._find_grant, self.known.trips)
        last = self._walk(fold, roots, documents)
        self._check_root(roots[-1], last)
        self._check_earlier_grants(fold)
        self._check_twice(fold)
        check_sales(self.archive, self.sealed, self.cleared, self.report)
        self._check_manifest()
        self._sum_up(fold, roots[-1])
        self.known.root = roots[-1]
        self.known.hashes.append(self.archive.hashes)

    def _read_roots(self) -> list[SignedRoot]:
        roots = []
        for number, line in enumerate(self.archive.lines(ROOTS), 1):
            try:
                roots.append(read_root_line(line))
            except ValueError as error:
                raise WrongError(ROOTS, str(error), line=number) from error
        if not 1 <= len(roots) <= 2:
            raise WrongError(ROOTS, f"it holds {len(roots)} roots: that of the month, and of the one before")
        self.report.period = roots[-1].period
        return roots

    def _read_earlier(self) -> None:
        last = 0
        for number, line in enumerate(self.archive.lines(EARLIER), 1):
            linked = parse(EARLIER, number, line)
            entry = linked.entry
            if entry.seq <= last or entry.kind not in (*STANDING_KINDS, "grant"):
                raise WrongError(EARLIER, "it has no place here", seq=entry.seq, line=number)
            last = entry.seq
            self.earlier[entry.seq] = linked
            try:
                self._learn(entry)
            except (CanonicalJsonError, NoPolicyError, KeyError, ValueError, TypeError) as error:
                raise WrongError(EARLIER, str(error), seq=entry.seq, line=number) from error

    def _learn(self, entry: RegisterEntry) -> None:
        """Policies and keys of earlier months, and keys of this one."""
        body = from_canonical(entry.body)
        if entry.kind == "key":
            wrong = why_not_announced(body, self.current_key)
            if wrong:
                raise ValueError(wrong)
            self.current_key = body
            self.keys[body["key_id"]] = bytes.fromhex(body["public_key"])
            self.announced_by[body["key_id"]] = body["replaces"]
        elif entry.kind in ("policy", "scale"):
            self.policies.add(entry, body)

    def _read_checkpoint(self) -> Checkpoint:
        try:
            return read_checkpoint(self.archive.lines(CHECKPOINT))
        except CheckpointError as error:
            raise WrongError(CHECKPOINT, str(error)) from error

    def _check_previous(self, roots: list[SignedRoot], begin: Checkpoint) -> dict[str, Any] | None:
        """Where the month begins: at the root before it, or at the beginning of the register."""
        if self.known.root is not None and roots[0] != self.known.root:
            raise WrongError(
                ROOTS, f"it does not go on from the root of {self.known.root.period} in the archive before"
            )
        if len(roots) == 1:
            if begin != Checkpoint():
                raise WrongError(
                    CHECKPOINT, "the register begins in this month: everything begins with nothing"
                )
            return None
        document = self._document(roots[0])
        if document["checkpoint"] != begin.hash:
            raise WrongError(
                CHECKPOINT,
                f"the root of {roots[0].period} vouches for a checkpoint of hash {document['checkpoint'][:16]}…, "
                f"this one has {begin.hash[:16]}…",
            )
        self.report.checks.append(
            f"{len(begin.balances)} balances, {len(begin.counters)} counters and {len(begin.standing)} keys, policies "
            f"and scales begin as the signed root of {roots[0].period} says"
        )
        return document

    def _check_standing(self, begin: Checkpoint) -> None:
        """All keys, policies and scales of before are here, and no others."""
        held = {
            seq: linked.entry.hash.hex()
            for seq, linked in self.earlier.items()
            if linked.entry.kind != "grant"
        }
        if odd := sorted(held.items() ^ begin.standing.items()):
            words = "the keys, policies and scales of earlier months are not those the checkpoint names"
            raise WrongError(EARLIER, words, seq=odd[0][0])

    def _document(self, root: SignedRoot) -> dict[str, Any]:
        try:
            return read_root(root, self.keys)
        except RootError as error:
            raise WrongError(ROOTS, str(error)) from error

    def _walk(
        self, fold: MonthFold, roots: list[SignedRoot], before: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """The one pass over the register; the document of the month's root."""
        start = ChainStart() if before is None else after_root(before)
        derived = derived_files(fold.statement)
        files = [Comparison(self.archive, one.name) for one in derived]
        for file, one in zip(files, derived, strict=True):
            file.expect(one.begin())
        last: RegisterEntry | None = None
        for number, linked in self.archive.register_lines():
            entry = linked.entry
            if wrong := _why_not_next(linked, start, last):
                raise WrongError(REGISTER, wrong, seq=entry.seq, line=number)
            try:
                if entry.kind == "key":
                    self._learn(entry)
                step = fold.add(entry)
                self._note_sales(step)
                written = [one.add(step) for one in derived]
            except (FoldError, CanonicalJsonError, ValueError) as error:
                raise WrongError(REGISTER, str(error), seq=entry.seq, line=number) from error
            except (KeyError, TypeError, AttributeError) as error:
                words = f"the body of this {entry.kind} is not as it must be: {error!r}"
                raise WrongError(REGISTER, words, seq=entry.seq, line=number) from error
            for file, data in zip(files, written, strict=True):
                if data:
                    file.expect(data, entry.seq)
            start, last = ChainStart(entry.seq + 1, entry.hash, entry.period), entry
        if last is None or last.kind != CLOSE or last.period != roots[-1].period:
            raise WrongError(REGISTER, f"it does not end with the entry that closes {roots[-1].period}")
        for file, one in zip(files, derived, strict=True):
            file.expect(one.end())
            file.end()
        return {"last": last, "first": before}

    def _note_sales(self, step: Step) -> None:
        if step.entry.kind == "sales-day":
            if step.body["day"] in self.sealed:
                raise FoldError(f"{step.body['day']} was sealed already")
            self.sealed[step.body["day"]] = step.body
        elif step.entry.kind == "sales-clearing":
            self.cleared.append(step.body)

    def _check_root(self, root: SignedRoot, walked: dict[str, Any]) -> None:
        """The signed root is that of this chain, and somebody vouches for its key."""
        document, last, before = self._document(root), walked["last"], walked["first"]
        body = from_canonical(last.body)
        derived = {
            "first_seq": 1 if before is None else before["last_seq"] + 1,
            "last_seq": last.seq,
            "previous_hash": (ChainStart() if before is None else after_root(before)).previous_hash.hex(),
            "head_hash": last.hash.hex(),
            "checkpoint": body["checkpoint"],
            "totals": body["totals"],
        }
        for name, value in derived.items():
            if document[name] != value:
                raise WrongError(ROOTS, f"the signed root says {name} {document[name]}, the register {value}")
        self._check_trust(document["key_id"])

    def _check_trust(self, key_id: str) -> None:
        report, pinned = self.report, self.known.fingerprint
        report.fingerprint = sha256(self.keys[key_id]).hexdigest()
        line = [key_id]
        while self.announced_by.get(line[-1]):
            line.append(self.announced_by[line[-1]])
        trusted = [one for one in line if sha256(self.keys[one]).hexdigest().startswith(pinned or "-")]
        if pinned and not trusted:
            raise WrongError(
                ROOTS,
                f"the root is signed by key {report.fingerprint}, not by the one you trust ({pinned}), nor by one "
                "that was announced under its signature",
            )
        report.is_trusted = bool(trusted) or self.known.root is not None
        if trusted and trusted[0] == key_id:
            report.trust = "the root is signed by the key you trust"
        elif trusted:
            report.trust = (
                f"the root is signed by a key that the one you trust, {trusted[0]}, announced and signed"
            )
        elif self.known.root is not None:
            report.trust = "it goes on from the archive before it"
        else:
            report.trust = (
                "NOBODY VOUCHES FOR THE KEY: the archive agrees with itself, but whoever made it may have signed it. "
                f"Compare {report.fingerprint} with the fingerprint the Region publishes (--key)"
            )

    def _find_grant(self, seq: int) -> RegisterEntry | None:
        linked = self.archive.find_entry(seq) or self.earlier.get(seq)
        return linked.entry if linked else None

    def _check_earlier_grants(self, fold: MonthFold) -> None:
        """Of earlier grants, exactly those are here that are taken back; where their archives are known, they stand
        there."""
        grants = {seq: one.entry for seq, one in self.earlier.items() if one.entry.kind == "grant"}
        used = {seq for seq in grants if fold.trips.taken_back.get(seq, 0) >= self.archive.hashes.first_seq}
        if odd := sorted(grants.keys() - used):
            raise WrongError(EARLIER, "no withdrawal of this month takes it back", seq=odd[0])
        unknown = 0
        for seq, entry in grants.items():
            within = [one for one in self.known.hashes if one.covers(seq)]
            if within and not within[0].has(entry):
                raise WrongError(EARLIER, "it is not the entry that stands in its month's archive", seq=seq)
            unknown += not within
        if unknown:
            self.report.not_checked.append(
                f"{unknown} withdrawals take back grants of earlier months; these are in {EARLIER} as the withdrawals "
                "name them, and are checked against their own months when those archives are given too"
            )

    def _check_twice(self, fold: MonthFold) -> None:
        for one, two in fold.trips.find_twice():
            ids = []
            for seq in (one, two):
                found = self._find_grant(seq)
                ids.append(from_canonical(found.body)["facts"]["trip_id"] if found else None)
            if ids[0] == ids[1] or None in ids:
                raise WrongError(REGISTER, f"it grants a trip that entry {one} granted already", seq=two)

    def _check_manifest(self) -> None:
        written = self.archive.read(MANIFEST)
        marks = {name: self.archive.marks[name] for name in self.archive.names if name != MANIFEST}
        if written != write_manifest(self.report.period, marks):
            raise WrongError(MANIFEST, "it is not that of these files")
        self.report.checks.append(f"{len(marks)} files have the hashes the manifest says")

    def _sum_up(self, fold: MonthFold, root: SignedRoot) -> None:
        kinds, totals, checks = fold.kinds, fold.statement.totals(), self.report.checks
        entries = sum(kinds.values())
        unsound = [month.driver for month in fold.statement.drivers.values() if not month.holds]
        if unsound:
            raise WrongError(
                "statement-drivers.csv", f"the sums of driver {unsound[0]} do not give the balance"
            )
        cents = fold.cents_derived
        checks += [
            f"{entries} entries, each following the hash of the one before",
            f"the root of {root.period}, signed with Ed25519, is that of this chain",
            f"{kinds.get('grant', 0)} grants derived again from their policies and counters: {_euros(cents)}",
            f"{kinds.get('withdrawal', 0)} withdrawals, each the exact reversal of its grant",
            f"{kinds.get('payout', 0)} payouts, none above what was owed; {kinds.get('payout-return', 0)} came back",
            f"{len(fold.balances)} balances and {len(fold.counters.values())} counters end where the signed root says",
            f"the statement of {totals['drivers']} drivers: its sums are the ledger's balances",
            "ledger, journeys, decisions, evidence and statements are, byte for byte, what follows from the register",
        ]
        self.report.figures = {"entries": entries, "derived_cents": cents} | totals


def _why_not_next(linked: Linked, start: ChainStart, last: RegisterEntry | None) -> str:
    """What is wrong with an entry, whose hash is its own, as the next one; "": nothing."""
    entry = linked.entry
    if last is not None and last.kind == CLOSE:
        return "the month was closed by the entry before"
    if entry.seq != start.next_seq:
        return f"entry {start.next_seq} should stand here: something was left out, moved or put in"
    if linked.previous != start.previous_hash:
        return "it does not follow the entry before it: one of the two was changed"
    if start.period not in ("", entry.period):
        return f"it is accounted in {entry.period}, where {start.period} is open"
    if (entry.kind == GENESIS) != (entry.seq == 1):
        return f"the first entry, and no other, is {GENESIS!r}"
    return ""


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d} €"
