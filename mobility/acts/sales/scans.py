"""Scans come in when devices have a network: in any order, late, twice. Nothing of them is ever changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.ticket_ports import TicketPorts
from ticketing.tickets.double_use import DoubleUse, find_double_use
from ticketing.tickets.scan import Scan

SCANS_MAX = 500
"""In one upload."""
LATE_S = 90 * 86_400
EARLY_S = 86_400
"""So old a scan may be, and so far a device's clock may be ahead."""


class ScanError(Exception):
    """An upload makes no sense as a whole; in French and English."""

    def __init__(self, french: str, english: str) -> None:
        super().__init__(english)
        self.french, self.english = french, english


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of an upload, by the scans' ids."""

    added: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    """Uploaded before, the same."""
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Why not, in French and English: what is refused now is refused again."""
    double_uses: list[DoubleUse] = field(default_factory=list)
    """Of the tickets in it, over all devices."""


def upload_scans(ports: TicketPorts, caller: Caller, scans: Sequence[Scan]) -> Upload:
    """Add what a device scanned. Uploaded again, nothing is added twice. Raises ForbiddenError and ScanError."""
    caller.require(Permission.INSPECT_TICKETS)
    if len(scans) > SCANS_MAX:
        raise ScanError(
            f"Au plus {SCANS_MAX} scans à la fois, pas {len(scans)}.",
            f"At most {SCANS_MAX} scans at a time, not {len(scans)}.",
        )
    made = Upload()
    with ports.acts.unit_of_work() as work:
        now_s = int(ports.acts.now().timestamp())
        before = {key: work.scans.list_of(*key) for key in {(one.issuer, one.ref) for one in scans}}
        for scan in sorted(scans, key=lambda one: (one.device, one.id)):  # one order of locks for all
            if not now_s - LATE_S <= scan.at_s <= now_s + EARLY_S:
                made.refused[scan.id] = (
                    "L’heure de l’appareil est fausse, ou le scan est trop ancien.",
                    "The device's clock is wrong, or the scan is too old.",
                )
                continue
            is_known = scan in before[scan.issuer, scan.ref]
            kept = work.scans.add(scan, now_s, caller.person)
            if kept != scan:
                made.refused[scan.id] = (
                    "Un autre scan de cet appareil porte déjà ce nom.",
                    "Another scan of this device is called so already.",
                )
            elif is_known:
                made.known.append(scan.id)
            else:
                made.added.append(scan.id)
        for issuer, ref in sorted(before):
            made.double_uses.extend(double_uses_of(work, issuer, ref))
        work.commit()
    return made


def list_double_uses(ports: TicketPorts, caller: Caller, from_s: int, until_s: int) -> list[DoubleUse]:
    """All double use of tickets that were scanned in a time, by ticket. Raises ForbiddenError."""
    caller.require(Permission.MANAGE_SALES)
    with ports.acts.unit_of_work(read_only=True) as work:
        refs = work.scans.list_refs(from_s, until_s)
        return [use for issuer, ref in refs for use in double_uses_of(work, issuer, ref)]


def double_uses_of(work: UnitOfWork, issuer: str, ref: str) -> list[DoubleUse]:
    """Of one ticket, over all devices."""
    ticket = work.orders.find_ticket(ref)
    rights = ticket.rights if ticket is not None and ticket.issuer == issuer else ()
    return find_double_use(work.scans.list_of(issuer, ref), rights)
