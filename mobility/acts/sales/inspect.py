"""Inspection with a network: the same rules as without, over what is known this moment on all devices."""

from __future__ import annotations

from collections.abc import Sequence

from mobility.accounts.caller import Caller, Permission
from mobility.acts.sales.revocations import known_in
from mobility.acts.sales.ticket_ports import TicketPorts
from ticketing.tickets.answer import Answer
from ticketing.tickets.code import CodeError
from ticketing.tickets.inspection import Here, inspect_all, scan_of
from ticketing.tickets.known import Known
from ticketing.tickets.read_code import read_code


def inspect_online(
    ports: TicketPorts, caller: Caller, codes: Sequence[bytes], here: Here, scan_id: str = ""
) -> list[Answer]:
    """The answers for the codes in one picture, one a ticket. Where the scan has a name (`here.device`, `scan_id`),
    they are noted, the second as `{scan_id}-1`. Raises ForbiddenError."""
    caller.require(Permission.INSPECT_TICKETS)
    names = [f"{scan_id}-{number}" if number else scan_id for number in range(len(codes))]
    with ports.acts.unit_of_work(read_only=not scan_id) as work:
        known = known_in(work, ports)
        before = [
            scan for issuer, ref in _named(codes, known, here) for scan in work.scans.list_of(issuer, ref)
        ]
        earlier = [one for one in before if one.device != here.device or one.id not in names]
        answers = inspect_all(codes, known, here, earlier)
        if scan_id:
            for name, answer in zip(names, answers, strict=False):
                scan = scan_of(answer, here, name)
                if scan is not None:
                    work.scans.add(scan, int(ports.acts.now().timestamp()), caller.person)
            work.commit()
    return answers


def _named(codes: Sequence[bytes], known: Known, here: Here) -> list[tuple[str, str]]:
    """Issuer and reference of the tickets that can be read."""
    found = {}
    for raw in codes:
        try:
            ticket = read_code(raw, known.keys.values(), here.at_s).ticket
        except CodeError:
            continue
        found[ticket.issuer, ticket.ref] = ticket
    return list(found)
