"""What an inspector's device knows: the issuers' public keys, and which tickets are cancelled. One file, JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ticketing.tickets.keys import Algorithm, TicketKey
from ticketing.tickets.revocation_list import (
    Cancelled,
    RevocationList,
    RevocationListError,
    check_newer,
    read_list,
)
from ticketing.tickets.ticket import Ticket

FORMAT = "mobility inspection 2"
AHEAD_S_MAX = 300
"""So far a list may be ahead of the device's clock when it is taken. One from the future would keep all others out."""


class KnownError(ValueError):
    """A file of keys and cancelled tickets cannot be read or believed; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Known:
    """Keys by issuer and id, lists of cancelled tickets by issuer. Instants are epoch seconds; 0: never fetched."""

    keys: Mapping[tuple[str, str], TicketKey] = field(default_factory=dict)
    keys_as_of_s: int = 0
    lists: Mapping[str, RevocationList] = field(default_factory=dict)

    def list_as_of_s(self, issuer: str) -> int:
        """As of when the list of an issuer is; 0: there is none."""
        found = self.lists.get(issuer)
        return 0 if found is None else found.as_of_s

    def find_cancelled(self, issuer: str, ref: str) -> Cancelled | None:
        """The line of a ticket."""
        found = self.lists.get(issuer)
        return None if found is None else found.lines.get(ref)


def known(keys: Iterable[TicketKey], cancelled: Iterable[Cancelled], as_of_s: int) -> Known:
    """What the issuer of some keys itself knows as of an instant."""
    of_issuer = {(key.issuer, key.id): key for key in keys}
    lines = {(one.issuer, one.ref): one for one in cancelled}
    lists = {
        issuer: RevocationList(
            issuer, as_of_s, {ref: one for (of, ref), one in lines.items() if of == issuer}
        )
        for issuer, _ in of_issuer
    }
    return Known(of_issuer, as_of_s, lists)


def cancelled(ticket: Ticket) -> Cancelled:
    """The line of a ticket that is revoked or replaced."""
    return Cancelled(ticket.issuer, ticket.ref, ticket.revoked_s, ticket.generation)


def keys_document(keys: Iterable[TicketKey], as_of_s: int) -> dict[str, Any]:
    """Keys as JSON."""
    rows = [
        {
            "issuer": key.issuer,
            "id": key.id,
            "algorithm": key.algorithm.value,
            "publicKey": key.public_key.hex(),
            "validFrom": key.valid_from_s,
            "validUntil": key.valid_until_s,
            "withdrawn": key.withdrawn_s,
        }
        for key in keys
    ]
    return {"format": FORMAT, "keysAsOf": as_of_s, "keys": rows}


def list_document(signed: bytes) -> dict[str, Any]:
    """A signed list (`revocation_list.sign_list`) as JSON."""
    return {"format": FORMAT, "signedList": base64.b64encode(signed).decode()}


def read_known(*documents: str | bytes) -> Known:
    """What one or several files say together: keys, lists that these keys signed, or both. Of several lists of an
    issuer the newest. Raises KnownError."""
    keys: dict[tuple[str, str], TicketKey] = {}
    signed: list[bytes] = []
    keys_as_of_s = 0
    for document in documents:
        try:
            read = json.loads(document)
            if not isinstance(read, dict) or read.get("format") != FORMAT:
                raise KnownError(
                    f"this is no file of keys or cancelled tickets: its format is not {FORMAT!r}"
                )
            keys |= {(key.issuer, key.id): key for key in map(_key, read.get("keys", ()))}
            keys_as_of_s = max(keys_as_of_s, int(read.get("keysAsOf", 0)))
            if "signedList" in read:
                signed.append(_signed_list(read["signedList"]))
        except KnownError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise KnownError(f"this file of keys or cancelled tickets cannot be read: {error!r}") from error
    try:
        lists = sorted((read_list(raw, keys) for raw in signed), key=lambda one: one.as_of_s)
    except RevocationListError as error:
        raise KnownError(str(error)) from error
    return Known(keys, keys_as_of_s, {one.issuer: one for one in lists})


def check_follows(held: Known, offered: Known, now_s: int) -> None:
    """Whether what a device fetched may take the place of what it knows. Raises KnownError where a list is missing,
    older than the one here or ahead of the clock, or a key is believed again that was withdrawn."""
    try:
        for issuer, one in held.lists.items():
            check_newer(one, offered.lists.get(issuer))
    except RevocationListError as error:
        raise KnownError(str(error)) from error
    ahead = [one.issuer for one in offered.lists.values() if one.as_of_s > now_s + AHEAD_S_MAX]
    if ahead:
        raise KnownError(f"the list of {ahead[0]!r} is ahead of the clock of this device: set the clock")
    for name, key in held.keys.items():
        if key.withdrawn_s and name in offered.keys and not offered.keys[name].withdrawn_s:
            raise KnownError(f"key {key.id} of {key.issuer!r} was withdrawn: somebody plays back old keys")


def _signed_list(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:  # the last letter has free bits
        raise ValueError("its list is no Base64")
    return raw


def _key(row: Mapping[str, Any]) -> TicketKey:
    algorithm, public_key = Algorithm(row["algorithm"]), bytes.fromhex(row["publicKey"])
    times = (int(row.get(name, 0)) for name in ("validFrom", "validUntil", "withdrawn"))
    return TicketKey(str(row["issuer"]), str(row["id"]), algorithm, public_key, *times)
