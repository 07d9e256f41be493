"""Tickets on telephones: bound to a key that never leaves the telephone, which signs what it shows anew every 30
seconds. What was photographed or passed on is stale before long.

Level 1 is the issuer's: a ticket with the telephone's public key in it. Level 2 is the telephone's: a COSE_Sign1 over
level 1 and the number of the time step.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ticketing.tickets import cose
from ticketing.tickets.code import Code, CodeError, Flaw
from ticketing.tickets.sign1 import ALG, EDDSA, KID, open_sign1, sign, signed_by, write_sign1

STEP_S = 30
"""How long one picture is shown."""


def show(level_1: bytes, device_secret: bytes, now_s: int) -> bytes:
    """What the telephone shows now. `device_secret`: the seed of the key that level 1 is bound to."""
    payload = cbor2.dumps([level_1, now_s // STEP_S])
    return sign(payload, public_key(device_secret), device_secret, {ALG: EDDSA})


def read(raw: bytes) -> Code:
    """A ticket of either level. Raises CodeError, also where level 2 is not the signature of the telephone that level 1
    names."""
    protected, payload, signature = open_sign1(raw, cose.CODE_BYTES_MAX)
    if KID in protected:
        return cose.decode(raw)
    level_1, step = _read_payload(payload)
    if raw != _written(protected, level_1, step, signature):
        raise CodeError("it is not written in the one way tickets are")
    code = cose.decode(level_1)
    if not code.ticket.device_key:
        raise CodeError("it is shown by a telephone, but bound to none")
    if not signed_by(raw)(bytes.fromhex(code.ticket.device_key)):
        raise CodeError("it is not signed by the telephone it is bound to", Flaw.SIGNATURE)
    return replace(code, shown_from_s=step * STEP_S, shown_until_s=(step + 1) * STEP_S)


def device_secret(ticket_secret: bytes, issuer: str, ref: str, generation: int) -> bytes:
    """The key of a ticket that the server shows in place of a telephone: derived, so that nobody keeps it."""
    return hmac.digest(ticket_secret, f"{issuer}|{ref}|{generation}".encode(), "sha256")


def public_key(secret: bytes) -> bytes:
    """The public half of a telephone's key, 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _read_payload(payload: bytes) -> tuple[bytes, int]:
    try:
        level_1, step = cbor2.loads(payload)
    except Exception as error:  # as in cose: hostile CBOR raises what it likes
        raise CodeError("its second level is not that of a ticket") from error
    if type(level_1) is not bytes or type(step) is not int or not 0 <= step < 2**40:
        raise CodeError("its second level is not that of a ticket")
    return level_1, step


def _written(protected: dict[Any, Any], level_1: bytes, step: int, signature: bytes) -> bytes:
    if protected != {ALG: EDDSA}:
        raise CodeError("its second level is not that of a ticket")
    return write_sign1({ALG: EDDSA}, cbor2.dumps([level_1, step]), signature)
