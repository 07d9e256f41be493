"""Writing an archive: the register's month as it is, and what follows from it, made while the entries go by."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from ticketing.audit_archive.derived_files import derived_files
from ticketing.audit_archive.entry_lines import Linked, write_line
from ticketing.audit_archive.members import (
    CHECKPOINT,
    EARLIER,
    MANIFEST,
    MEMBERS,
    MEMBERS_WITH_SALES,
    README,
    REGISTER,
    ROOTS,
    SALES,
    SALES_EARLIER,
    SALES_README,
    SALES_VAT,
    FileMark,
    readme,
    sales_readme,
    write_manifest,
    write_root,
)
from ticketing.audit_archive.month_fold import MonthFold
from ticketing.audit_archive.policy_book import PolicyBook
from ticketing.audit_archive.sales_check import SalesFold, write_sales_line
from ticketing.canonical_json import from_canonical
from ticketing.checkpoint import Checkpoint
from ticketing.entry import RegisterEntry
from ticketing.plain_zip import write_archive
from ticketing.register import NO_HASH
from ticketing.root import SignedRoot
from ticketing.sales.check_book import BookError
from ticketing.sales.entry import SalesEntry


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
    list_sales: Callable[[str, str], Iterable[SalesEntry]] = lambda first, last: ()
    """Entries of sales accounted in these days, both included, by order (by code points) and number."""
    list_order: Callable[[str], Iterable[SalesEntry]] = lambda order: ()
    """All entries of an order."""


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
        taken_back, sealed = _write_entries(month, fold, files)
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
        if sealed:
            files |= _write_sales(month, sealed, Path(folder))
        names = MEMBERS_WITH_SALES if sealed else MEMBERS
        marks = {name: _mark(files[name]) for name in names if name != MANIFEST}
        files[MANIFEST].write_bytes(write_manifest(month.period, marks))
        write_archive(path, {name: files[name] for name in names})


def _write_entries(
    month: Month, fold: MonthFold, files: dict[str, Path]
) -> tuple[set[int], dict[str, dict[str, Any]]]:
    """The register and all that follows from it; the earlier entries that are taken back, and what is said of the days
    of sales that are sealed."""
    derived = derived_files(fold.statement)
    out: list[BinaryIO] = [files[one.name].open("wb") for one in derived]
    taken_back: set[int] = set()
    sealed: dict[str, dict[str, Any]] = {}
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
                if entry.kind == "sales-day":
                    sealed[step.body["day"]] = step.body
                for file, one in zip(out, derived, strict=True):
                    file.write(one.add(step))
            for file, one in zip(out, derived, strict=True):
                file.write(one.end())
    finally:
        for file in out:
            file.close()
    return taken_back, sealed


def _write_sales(month: Month, sealed: dict[str, dict[str, Any]], folder: Path) -> dict[str, Path]:
    """The entries of the days that are sealed, and of earlier days of the same orders; the tax that follows."""
    files = {name: folder / name for name in (SALES_README, SALES_EARLIER, SALES, SALES_VAT)}
    files[SALES_README].write_bytes(sales_readme())
    fold, first, order, previous = SalesFold(sealed), min(sealed), "", NO_HASH
    with files[SALES].open("wb") as now, files[SALES_EARLIER].open("wb") as before:
        try:
            for entry in month.list_sales(first, max(sealed)):
                if entry.order_id != order:
                    order, previous = entry.order_id, NO_HASH
                    for one in month.list_order(order) if entry.n > 1 else ():
                        if one.day < first:
                            before.write(write_sales_line(one, previous) + b"\n")
                            previous = one.hash
                            fold.add(one)
                now.write(write_sales_line(entry, previous) + b"\n")
                previous = entry.hash
                fold.add(entry)
            fold.end()
        except BookError as error:
            raise ExportError(f"the book of sales: {error}") from error
    files[SALES_VAT].write_bytes(fold.vat_file())
    return files


def _mark(path: Path) -> FileMark:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileMark(digest, path.stat().st_size)
