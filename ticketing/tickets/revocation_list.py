"""The list of cancelled tickets, signed by their issuer: a COSE_Sign1 with a key that signs tickets, too.

It is always the whole list as of an instant: nobody can shorten it, or hand on a part of it as all. Its instant is its
number; `newest` refuses what is older than what one has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import cbor2

from ticketing.tickets.code import CodeError
from ticketing.tickets.keys import Algorithm, SecretTicketKey, TicketKey
from ticketing.tickets.sign1 import (
    ALG,
    EDDSA,
    IAT,
    ISS,
    KID,
    TYP,
    key_id_of,
    load,
    open_sign1,
    sign,
    signed_by,
    typed,
    write_sign1,
)

LIST_TYPE = "application/mobility-revocations"
"""What makes it no ticket (RFC 9596)."""
LINES = -70010
LIST_BYTES_MAX = 50_000_000
"""Of some million lines."""


class RevocationListError(ValueError):
    """A list is not believed; the message says why."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """One line of the list. By issuer and ref, never by the bytes of a code: a signature can be made again."""

    issuer: str
    ref: str
    at_s: int = 0
    """When it was revoked; 0: it was not."""
    generation: int = 1
    """Codes before this one are replaced."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """All cancelled tickets of an issuer as of an instant (epoch seconds)."""

    issuer: str
    as_of_s: int
    lines: Mapping[str, Cancelled]
    """By ref."""


def sign_list(lines: Iterable[Cancelled], as_of_s: int, key: SecretTicketKey) -> bytes:
    """The list of the key's issuer as of an instant; always the same bytes."""
    by_ref = {one.ref: one for one in lines}
    payload = _payload(RevocationList(key.public.issuer, as_of_s, by_ref))
    return sign(payload, key.public.public_key, key.secret, _protected(key.public.id))


def read_list(raw: bytes, keys: Mapping[tuple[str, str], TicketKey]) -> RevocationList:
    """What a list says, once its signature is found right. `keys`: by issuer and id. Raises RevocationListError."""
    try:
        protected, payload, signature = open_sign1(raw, LIST_BYTES_MAX)
        key_id = key_id_of(protected)
        found = _list(load(payload))
        is_canonical = raw == write_sign1(_protected(key_id), _payload(found), signature)
    except CodeError as error:
        raise RevocationListError(f"the list of cancelled tickets cannot be read: {error}") from error
    if not is_canonical:
        raise RevocationListError("the list of cancelled tickets is not written in the one way it is")
    key = keys.get((found.issuer, key_id))
    whose = f"key {key_id} of {found.issuer!r}, which the list of cancelled tickets names,"
    if key is None or key.algorithm is not Algorithm.ED25519:
        raise RevocationListError(f"{whose} is not known: fetch the keys anew")
    if not signed_by(raw, key_id)(key.public_key):
        raise RevocationListError(f"{whose} did not sign it: it was changed on its way")
    if key.withdrawn_s or not key.may_sign(found.as_of_s):
        raise RevocationListError(
            f"{whose} does not sign any more, or did not then: fetch keys and list anew"
        )
    return found


def check_newer(held: RevocationList, offered: RevocationList | None) -> None:
    """Whether a list may take the place of the one a device has. Raises RevocationListError where it is older, or of
    the same second and lacks lines. None: none is offered."""
    here = _told(held.as_of_s)
    if offered is None:
        raise RevocationListError(f"no list of {held.issuer!r} is offered; the one here is as of {here}")
    is_same = offered.as_of_s == held.as_of_s
    if offered.as_of_s < held.as_of_s or (is_same and not held.lines.items() <= offered.lines.items()):
        raise RevocationListError(
            f"the list of {held.issuer!r} that is offered is as of {_told(offered.as_of_s)}, "
            f"before the one here, as of {here}: somebody plays back an old one"
        )


def _told(at_s: int) -> str:
    return dt.datetime.fromtimestamp(at_s, dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _protected(key_id: str) -> dict[int, Any]:
    return {ALG: EDDSA, KID: key_id.encode("ascii"), TYP: LIST_TYPE}


def _payload(made: RevocationList) -> bytes:
    rows = [[ref, line.at_s, line.generation] for ref, line in sorted(made.lines.items())]
    return cbor2.dumps({ISS: made.issuer, IAT: made.as_of_s, LINES: rows})


def _list(claims: Any) -> RevocationList:
    if not isinstance(claims, dict) or not all(label in claims for label in (ISS, IAT, LINES)):
        raise CodeError("it lacks what every list has")
    issuer, as_of_s = typed(claims[ISS], str, "issuer"), typed(claims[IAT], int, "instant")
    lines = {}
    for row in typed(claims[LINES], list, "lines"):
        if len(typed(row, list, "line")) != 3:
            raise CodeError("a line has not three parts")
        at_s, generation = (typed(one, int, "a line") for one in row[1:])
        ref = typed(row[0], str, "a reference")
        lines[ref] = Cancelled(issuer, ref, at_s, generation)
    return RevocationList(issuer, as_of_s, lines)
