"""The codes of a ticket, made when they are asked for, and the telephone it is bound to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mobility.accounts.caller import Caller
from mobility.acts.sales.own_orders import get_ticket
from mobility.acts.sales.ticket_ports import TicketPorts
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.tickets import cose, qr, rotating
from ticketing.tickets.dosipas.code import code_to_show, show, static_code
from ticketing.tickets.dosipas.error import DosipasError
from ticketing.tickets.dosipas.signatures import p256_secret
from ticketing.tickets.keys import Algorithm, NoTicketKeyError, SecretTicketKey, key_for, public_half
from ticketing.tickets.paper import paper
from ticketing.tickets.ticket import Ticket

GENERATIONS_MAX = 10
"""So often a ticket is moved or issued anew: it is for one traveller, not for passing on."""

UIC_ENDS_S = 3_600
"""A live UIC code says by when it must have been made again; the server makes it each time."""

_Keys = dict[Algorithm, SecretTicketKey]


@dataclass(frozen=True, slots=True)
class ShownCode:
    """One code of a ticket. `good_until_s`: of a live one, when the next is due (epoch seconds); 0: it stays."""

    ticket: Ticket
    text: str
    good_until_s: int = 0


def paper_code(ports: TicketPorts, caller: Caller, ref: str) -> ShownCode:
    """What is printed: always the same. Raises OrderRefusedError: UNKNOWN, or STATE of a ticket that is revoked."""
    ticket, keys = _signable(ports, caller, ref)
    return ShownCode(ticket, qr.to_text(cose.encode(replace(ticket, device_key=""), keys[Algorithm.ED25519])))


def uic_code(ports: TicketPorts, caller: Caller, ref: str, live: bool = False) -> bytes:
    """What is printed for inspectors of railways (UIC DOSIPAS), always the same; or what a page shows now in place of
    an app. Raises OrderRefusedError, also STATE where the tariff says that nobody reads one, it cannot be written, or a
    telephone shows the ticket."""
    ticket, keys = _signable(ports, caller, ref)
    if Algorithm.P256 not in keys:
        raise _state(
            "Ce titre n’a pas de code UIC : aucun de ses réseaux n’en lit.",
            "This ticket has no UIC code: none of its networks reads one.",
        )
    key = keys[Algorithm.P256]
    try:
        if not live:
            return static_code(ticket, key)
        _refuse_bound(ticket)
        secret = p256_secret(_device_secret(ports, ticket))
        now_s = int(ports.acts.now().timestamp())
        shown_by = Algorithm.P256, public_half(Algorithm.P256, secret)
        return show(code_to_show(ticket, key, shown_by, now_s + UIC_ENDS_S), Algorithm.P256, secret, now_s)
    except DosipasError as error:
        raise _state(
            f"Ce titre ne s’écrit pas en code UIC ({error}) : montrez son code QR.",
            f"This ticket cannot be written as a UIC code ({error}): show its QR code.",
        ) from error


def find_uic_code(ports: TicketPorts, caller: Caller, ticket: Ticket) -> bytes:
    """What is printed for inspectors of railways; b"": the ticket has no such code, or none any more."""
    try:
        return uic_code(ports, caller, ticket.ref) if ticket.rics else b""
    except OrderRefusedError:
        return b""


def paper_sheet(ports: TicketPorts, caller: Caller, ref: str) -> bytes:
    """Both as a PDF that people can read. Raises OrderRefusedError."""
    shown = paper_code(ports, caller, ref)
    uic = find_uic_code(ports, caller, shown.ticket)
    with ports.acts.unit_of_work(read_only=True) as work:
        order = work.orders.find_order(shown.ticket.order_id)
    assert order is not None, "a ticket is of an order"
    item = next(one for one in order.items if one.id == shown.ticket.item_id)
    return paper(shown.ticket, item, shown.text, ports.operator, uic)


def live_code(ports: TicketPorts, caller: Caller, ref: str) -> ShownCode:
    """What a page shows now, in place of an app. Raises OrderRefusedError, also STATE where a telephone shows it."""
    ticket, keys = _signable(ports, caller, ref)
    _refuse_bound(ticket)
    secret = _device_secret(ports, ticket)
    level_1 = cose.encode(ticket, keys[Algorithm.ED25519], rotating.public_key(secret))
    now_s = int(ports.acts.now().timestamp())
    good_until_s = (now_s // rotating.STEP_S + 1) * rotating.STEP_S
    return ShownCode(ticket, qr.to_text(rotating.show(level_1, secret, now_s)), good_until_s)


def bind(ports: TicketPorts, caller: Caller, ref: str, device_key: str) -> ShownCode:
    """Bind a ticket to a telephone's key (Ed25519, 64 hexadecimal digits): level 1, which the telephone signs anew each
    time it shows it. Bound again to the same, nothing changes; to another, codes before are replaced.

    Raises OrderRefusedError: UNKNOWN, INVALID, STATE.
    """
    if len(device_key) != 64 or not set(device_key) <= set("0123456789abcdef"):
        raise OrderRefusedError(
            Reason.INVALID,
            "La clé du téléphone s’écrit en 64 chiffres hexadécimaux minuscules.",
            "The telephone's key is 64 hexadecimal digits, in small letters.",
            "deviceKey",
        )
    ticket, keys = _signable(ports, caller, ref)
    if ticket.device_key != device_key:
        ticket = _renew(ports, caller, ref, device_key)
        keys = _keys(ports, ticket)
    return ShownCode(ticket, qr.to_text(cose.encode(ticket, keys[Algorithm.ED25519])))


def _signable(ports: TicketPorts, caller: Caller, ref: str) -> tuple[Ticket, _Keys]:
    """A ticket with the keys that sign its codes; issued anew where one of them was withdrawn, so that all its codes
    are of one generation."""
    with ports.acts.unit_of_work(read_only=True) as work:
        _, ticket = get_ticket(work, caller, ref)
    _refuse_revoked(ticket)
    try:
        return ticket, _keys(ports, ticket)
    except NoTicketKeyError:
        ticket = _renew(ports, caller, ref, ticket.device_key)
        return ticket, _keys(ports, ticket)


def _renew(ports: TicketPorts, caller: Caller, ref: str, device_key: str) -> Ticket:
    """The next generation of a ticket."""
    with ports.acts.unit_of_work() as work:
        work.orders.lock_order(get_ticket(work, caller, ref)[0].id)
        _, ticket = get_ticket(work, caller, ref)
        _refuse_revoked(ticket)
        if ticket.generation >= GENERATIONS_MAX:
            raise _state(
                f"Ce titre a déjà été réédité {GENERATIONS_MAX} fois : adressez-vous au service clientèle.",
                f"This ticket was issued anew {GENERATIONS_MAX} times already: ask customer service.",
            )
        renewed = replace(
            ticket,
            generation=ticket.generation + 1,
            issued_s=int(ports.acts.now().timestamp()),
            device_key=device_key,
        )
        work.orders.put_ticket(renewed)
        work.commit()
    return renewed


def _keys(ports: TicketPorts, ticket: Ticket) -> _Keys:
    signs = (Algorithm.ED25519, Algorithm.P256) if ticket.rics else (Algorithm.ED25519,)
    return {one: key_for(ports.keys.load(), one, ticket.issued_s) for one in signs}


def _device_secret(ports: TicketPorts, ticket: Ticket) -> bytes:
    return rotating.device_secret(ports.device_key, ticket.issuer, ticket.ref, ticket.generation)


def _refuse_bound(ticket: Ticket) -> None:
    if ticket.device_key:
        raise _state(
            "Ce titre est lié à un téléphone, qui le montre lui-même.",
            "This ticket is bound to a telephone, which shows it itself.",
        )


def _refuse_revoked(ticket: Ticket) -> None:
    if ticket.revoked_s:
        raise _state(
            "Ce titre est annulé : il n’a plus de code.", "This ticket is cancelled: it has no code any more."
        )


def _state(french: str, english: str) -> OrderRefusedError:
    return OrderRefusedError(Reason.STATE, french, english, "ref")
