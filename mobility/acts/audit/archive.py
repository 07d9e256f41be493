"""A closed month as one archive, written from the register."""

from __future__ import annotations

from pathlib import Path

from mobility.accounts.caller import Caller
from mobility.acts.audit.ports import AuditError, AuditPorts, note_read, span_of
from mobility.acts.ports import UnitOfWork
from ticketing.audit_archive.beginning import checkpoint_after
from ticketing.audit_archive.entry_lines import Linked
from ticketing.audit_archive.export import Month, export_month
from ticketing.register import NO_HASH


def export_archive(ports: AuditPorts, caller: Caller, period: str, path: Path) -> None:
    """Write the archive of a closed month (YYYY-MM) to a file, in place of what is there, or not at all.

    Raises ForbiddenError, AuditError, and ExportError when the register does not follow from itself.
    """
    note_read(ports, caller, f"archive of {period}")
    aside = path.with_name(f".{path.name}.{ports.acts.new_id()}")
    try:
        with ports.acts.unit_of_work(read_only=True) as work:
            export_month(month_of(work, period), aside, path.parent)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def month_of(work: UnitOfWork, period: str) -> Month:
    """A closed month, as archives are written from. Raises AuditError and ExportError."""
    first_seq, last_seq, is_closed = span_of(work, period)
    if not is_closed:
        raise AuditError(
            f"{period} is still open: it is closed by the first closing of grants beyond its end, "
            "and can be exported then"
        )
    before = work.register.find_entry(first_seq - 1) if first_seq > 1 else None
    begin = checkpoint_after(
        work.register.list_entries(1, first_seq - 1) if first_seq > 1 else (), work.register.find_entry
    )
    roots = [root for root in work.register.list_roots() if root.period <= period][-2:]

    def find_linked(seq: int) -> Linked | None:
        entry = work.register.find_entry(seq)
        previous = work.register.find_entry(seq - 1) if seq > 1 else None
        return None if entry is None else Linked(entry, previous.hash if previous else NO_HASH)

    earlier = (find_linked(seq) for seq in sorted(begin.standing))
    return Month(
        period=period,
        roots=tuple(roots),
        begin=begin,
        previous=before.hash if before else NO_HASH,
        earlier=tuple(linked for linked in earlier if linked is not None),
        entries=work.register.list_entries(first_seq, last_seq),
        find_earlier=find_linked,
        find_entry=work.register.find_entry,
        list_sales=work.sales_journal.list_span,
        list_order=work.sales_journal.list_entries,
    )
