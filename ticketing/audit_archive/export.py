"""Writing an archive: the register's month as it is, and what follows from it, made while the entries go by."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from ticketing.audit_archive.derived_files import derived_files
from ticketing.audit_archive.entry_lines import Linked, write_line
from ticketing.audit_archive.members import (
    CHECKPOINT,
    EARLIER,
    MANIFEST,
    MEMBERS,
    README,
    REGISTER,
    ROOTS,
    FileMark,
    readme,
    write_manifest,
    write_root,
)
from ticketing.audit_archive.month_fold import MonthFold
from ticketing.audit_archive.policy_book import PolicyBook
from ticketing.canonical_json import from_canonical
from ticketing.checkpoint import Checkpoint
from ticketing.entry import RegisterEntry
from ticketing.plain_zip import write_archive
from ticketing.root import SignedRoot


class ExportError(Exception):
    """An archive cannot be written; the message says why."""


@dataclass(frozen=True, slots=True)
class Month:
    """A closed month, read from wherever it is kept.

    `previous` is the hash before the first of `entries`; `earlier`: the keys, policies and scales of earlier months,
    by seq. `find_earlier` gives any other entry of them, linked.
    """

    period: str
    roots: tuple[SignedRoot, ...]
    """The one of the month before, unless there is none, and this month's."""
    begin: Checkpoint
    previous: bytes
    earlier: tuple[Linked, ...]
    entries: Iterable[RegisterEntry]
    find_earlier: Callable[[int], Linked | None]
    find_entry: Callable[[int], RegisterEntry | None]


def export_month(month: Month, path: Path, work_folder: Path | None = None) -> None:
    """Write the archive of a month. The same register gives the same bytes.

    Raises FoldError, with the entry's number, when the register does not follow from itself.
    """
    policies = PolicyBook()
    for linked in month.earlier:
        if linked.entry.kind in ("policy", "scale"):
            policies.add(linked.entry, from_canonical(linked.entry.body))
    fold = MonthFold(month.period, month.begin, policies, month.find_entry)
    with TemporaryDirectory(dir=work_folder) as folder:
        files = {name: Path(folder) / name for name in MEMBERS}
        files[README].write_bytes(readme())
        files[ROOTS].write_bytes(b"".join(write_root(root) + b"\n" for root in month.roots))
        with files[CHECKPOINT].open("wb") as file:
            file.writelines(line + b"\n" for line in month.begin.lines())
        taken_back = _write_entries(month, fold, files)
        earlier = {linked.entry.seq: linked for linked in month.earlier}
        for seq in taken_back:
            granted = month.find_earlier(seq)
            if granted is None:
                raise ExportError(f"entry {seq}, which is taken back in {month.period}, is not there")
            earlier[seq] = granted
        with files[EARLIER].open("wb") as file:
            file.writelines(
                write_line(earlier[seq].entry, earlier[seq].previous) + b"\n" for seq in sorted(earlier)
            )
        marks = {name: _mark(files[name]) for name in MEMBERS if name != MANIFEST}
        files[MANIFEST].write_bytes(write_manifest(month.period, marks))
        write_archive(path, files)


def _write_entries(month: Month, fold: MonthFold, files: dict[str, Path]) -> set[int]:
    """The register and all that follows from it; the earlier entries that are taken back."""
    derived = derived_files(fold.statement)
    out: list[BinaryIO] = [files[one.name].open("wb") for one in derived]
    taken_back: set[int] = set()
    previous, first_seq = month.previous, 0
    try:
        with files[REGISTER].open("wb") as register:
            for file, one in zip(out, derived, strict=True):
                file.write(one.begin())
            for entry in month.entries:
                first_seq = first_seq or entry.seq
                register.write(write_line(entry, previous) + b"\n")
                previous = entry.hash
                try:
                    step = fold.add(entry)
                except ValueError as error:
                    raise ExportError(f"entry {entry.seq} ({entry.kind}): {error}") from error
                if entry.kind == "withdrawal" and step.body["grant_seq"] < first_seq:
                    taken_back.add(step.body["grant_seq"])
                for file, one in zip(out, derived, strict=True):
                    file.write(one.add(step))
            for file, one in zip(out, derived, strict=True):
                file.write(one.end())
    finally:
        for file in out:
            file.close()
    return taken_back


def _mark(path: Path) -> FileMark:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileMark(digest, path.stat().st_size)
