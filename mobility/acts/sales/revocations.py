"""What inspectors' devices fetch: the public keys, and the list of tickets that are revoked or replaced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.ticket_ports import TicketPorts
from ticketing.tickets.keys import ANNOUNCED_S, Algorithm, SecretTicketKey, TicketKey, key_for
from ticketing.tickets.known import Known, cancelled, known
from ticketing.tickets.revocation_list import Cancelled, sign_list

KEPT_S = 7 * 86_400
"""How long after its end a ticket stays on the list: by then clocks and late scans are through."""


def list_keys(ports: TicketPorts) -> tuple[list[TicketKey], int]:
    """All public keys, also those that sign no more, and as of when (epoch seconds). Everybody may know them."""
    return [key.public for key in ports.keys.load()], _now_s(ports)


def sign_revocations(ports: TicketPorts, caller: Caller) -> bytes:
    """The signed list of all tickets that were revoked, or issued anew (`ticketing.tickets.revocation_list`). Raises
    ForbiddenError."""
    caller.require(Permission.INSPECT_TICKETS)
    at_s = _now_s(ports)  # taken before it is read: what is cancelled meanwhile is on the next list
    with ports.acts.unit_of_work(read_only=True) as work:
        lines = cancelled_in(work, at_s)
    return sign_list(lines, at_s, key_for(ports.keys.load(), Algorithm.ED25519, at_s))


def cancelled_in(work: UnitOfWork, at_s: int) -> list[Cancelled]:
    """The lines of the list as of an instant."""
    found = [*work.orders.list_revoked(), *work.orders.list_replaced()]
    kept = {ticket.ref: ticket for ticket in found if ticket.valid_until_s + KEPT_S > at_s}
    return [cancelled(ticket) for ticket in kept.values()]


def known_in(work: UnitOfWork, ports: TicketPorts) -> Known:
    """All that inspection needs, as of now."""
    at_s = _now_s(ports)
    return known((key.public for key in ports.keys.load()), cancelled_in(work, at_s), at_s)


def revoke_in(work: UnitOfWork, refs: Iterable[str], at_s: int) -> None:
    """Revoke tickets of an order that is locked; of those that are revoked already the instant stays. The caller
    commits, and posts what follows."""
    for ref in refs:
        ticket = work.orders.find_ticket(ref)
        if ticket is not None and not ticket.revoked_s:
            work.orders.put_ticket(replace(ticket, revoked_s=at_s))


def rotate_key(
    ports: TicketPorts, caller: Caller, algorithm: Algorithm, in_s: int = ANNOUNCED_S
) -> SecretTicketKey:
    """A new key signs in so many seconds; until then devices can learn of it. Raises ForbiddenError."""
    caller.require(Permission.MANAGE_TARIFFS)
    return ports.keys.rotate(algorithm, _now_s(ports) + max(in_s, 0) + 1)


def withdraw_key(ports: TicketPorts, caller: Caller, key_id: str) -> SecretTicketKey:
    """A key got into wrong hands: nothing it signed is believed any more, and tickets it signed are issued anew when
    their owners look at them. Raises ForbiddenError, and ValueError where there is no such key."""
    caller.require(Permission.MANAGE_TARIFFS)
    return ports.keys.withdraw(key_id, _now_s(ports))


def _now_s(ports: TicketPorts) -> int:
    return int(ports.acts.now().timestamp())
