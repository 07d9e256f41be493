"""Tickets as CBOR Web Tokens (RFC 8392) in COSE_Sign1 (RFC 9052) with Ed25519: `docs/tickets.md` is the format.

There is exactly one way to write a ticket. What reads differently from how it would be written here is refused: longer
numbers, another order, a header more, bytes behind the end.
"""

from __future__ import annotations

from typing import Any

import cbor2

from ticketing.tickets.code import Code, CodeError
from ticketing.tickets.keys import Algorithm, SecretTicketKey
from ticketing.tickets.sign1 import (
    ALG,
    CNF,
    CTI,
    EDDSA,
    EXP,
    IAT,
    ISS,
    KID,
    NBF,
    key_id_of,
    load,
    open_sign1,
    sign,
    signed_by,
    typed,
    write_sign1,
)
from ticketing.tickets.ticket import Right, Ticket

CODE_BYTES_MAX = 1_500
"""What is longer is no ticket: as a QR code it could not be read from paper."""

PRODUCT, CENTS, RIGHTS, CATEGORY, COUNT, GENERATION = -70001, -70002, -70003, -70004, -70005, -70006
"""Claims of ours, in the range for private use."""

_REQUIRED = (ISS, CTI, IAT, EXP, NBF, PRODUCT)
_RIGHT: tuple[Any, ...] = ("", "", "", [], 0, 0)


def encode(ticket: Ticket, key: SecretTicketKey, device_key: bytes = b"") -> bytes:
    """A ticket as bytes, signed; always the same ones. `device_key`: the Ed25519 public key of the telephone without
    which it is no proof (`ticketing.tickets.rotating`); b"": paper."""
    device = device_key or bytes.fromhex(ticket.device_key)
    payload = cbor2.dumps(_claims(ticket, device))
    return sign(payload, key.public.public_key, key.secret, _protected(key.public.id))


def decode(raw: bytes) -> Code:
    """What a code says. Raises CodeError; never anything else, whatever the bytes."""
    protected, payload, signature = open_sign1(raw, CODE_BYTES_MAX)
    key_id = key_id_of(protected)
    ticket = _ticket(load(payload))
    if raw != write_sign1(
        _protected(key_id), cbor2.dumps(_claims(ticket, bytes.fromhex(ticket.device_key))), signature
    ):
        raise CodeError("it is not written in the one way tickets are")
    return Code(ticket, key_id, Algorithm.ED25519, signed_by(raw, key_id))


def _protected(key_id: str) -> dict[int, Any]:
    return {ALG: EDDSA, KID: key_id.encode("ascii")}


def _claims(ticket: Ticket, device: bytes) -> dict[int, Any]:
    claims: dict[int, Any] = {
        ISS: ticket.issuer,
        CTI: ticket.ref.encode("ascii"),
        IAT: ticket.issued_s,
        EXP: ticket.valid_until_s,
        NBF: ticket.valid_from_s,
    }
    if device:
        claims[CNF] = {1: {1: 1, -1: 6, -2: device}}
    claims[PRODUCT] = ticket.product_id
    if ticket.cents:
        claims[CENTS] = ticket.cents
    claims[RIGHTS] = _rights(ticket.rights)
    if ticket.category != "adult":
        claims[CATEGORY] = ticket.category
    if ticket.count != 1:
        claims[COUNT] = ticket.count
    if ticket.generation != 1:
        claims[GENERATION] = ticket.generation
    return claims


def _rights(rights: tuple[Right, ...]) -> str | list[list[Any]]:
    """All of one network: its name. Else one row a right, without what is at its end and says nothing."""
    if len(rights) == 1 and rights[0] == Right(rights[0].network_id):
        return rights[0].network_id
    rows = []
    for right in rights:
        ends = (right.from_stop, right.to_stop)
        row = [right.network_id, *ends, list(right.zones), right.valid_from_s, right.valid_until_s]
        while len(row) > 1 and row[-1] == _RIGHT[len(row) - 1]:
            row.pop()
        rows.append(row)
    return rows


def _ticket(claims: Any) -> Ticket:
    """Raises CodeError where a claim is missing or of another kind."""
    if not isinstance(claims, dict) or not all(label in claims for label in (*_REQUIRED, RIGHTS)):
        raise CodeError("it lacks claims that every ticket has")
    ref = typed(claims[CTI], bytes, "cti")
    if not ref.isascii():
        raise CodeError("its reference is not in ASCII")
    return Ticket(
        ref=ref.decode("ascii"),
        issuer=typed(claims[ISS], str, "iss"),
        order_id="",
        item_id="",
        product_id=typed(claims[PRODUCT], str, "product"),
        category=typed(claims.get(CATEGORY, "adult"), str, "category"),
        count=typed(claims.get(COUNT, 1), int, "count"),
        rights=_read_rights(claims[RIGHTS]),
        valid_from_s=typed(claims[NBF], int, "nbf"),
        valid_until_s=typed(claims[EXP], int, "exp"),
        issued_s=typed(claims[IAT], int, "iat"),
        generation=typed(claims.get(GENERATION, 1), int, "generation"),
        cents=typed(claims.get(CENTS, 0), int, "cents"),
        device_key=_device_key(claims[CNF]).hex() if CNF in claims else "",
    )


def _device_key(cnf: Any) -> bytes:
    try:
        key = typed(cnf[1][-2], bytes, "cnf")
    except (TypeError, KeyError, IndexError) as error:
        raise CodeError("it is bound to a key that cannot be read") from error
    if len(key) != 32:
        raise CodeError("it is bound to a key that is not of 32 bytes")
    return key


def _read_rights(value: Any) -> tuple[Right, ...]:
    if isinstance(value, str):
        return (Right(value),)
    rights = []
    for row in typed(value, list, "rights"):
        full = [*typed(row, list, "a right"), *_RIGHT[len(row) :]]
        if len(full) != len(_RIGHT):
            raise CodeError("a right says more than rights do")
        network, origin, destination = (typed(one, str, "a right") for one in full[:3])
        zones = tuple(typed(zone, str, "a zone") for zone in typed(full[3], list, "zones"))
        from_s, until_s = (typed(one, int, "a right") for one in full[4:])
        rights.append(Right(network, origin, destination, zones, from_s, until_s))
    return tuple(rights)
