"""The signed root of a month: one small document that vouches for every entry up to the one that closed the month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ticketing.canonical_json import CanonicalJsonError, from_canonical, from_stored, to_canonical
from ticketing.entry import RegisterEntry
from ticketing.register import CLOSE, instant_text
from ticketing.signing import SigningKey, is_signed

ROOT_FORMAT = "mobility register root 1"

_FIELDS = {"format", "period", "first_seq", "last_seq", "previous_hash", "head_hash"}
_FIELDS |= {"checkpoint", "totals", "key_id", "signed_at"}


class RootError(ValueError):
    """A root cannot be trusted; the message says why."""


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """`document` is canonical JSON (docs/register.md), `signature` 64 bytes of Ed25519 over it."""

    period: str
    document: bytes
    signature: bytes


def sign_root(previous_hash: bytes, close: RegisterEntry, key: SigningKey, at: dt.datetime) -> SignedRoot:
    """The root of the month that `close` closed; `previous_hash`: of the entry before the month's first."""
    if close.kind != CLOSE:
        raise RootError(f"entry {close.seq} closes no month")
    body = from_stored(close.body)
    document = {
        "format": ROOT_FORMAT,
        "period": close.period,
        "first_seq": body["first_seq"],
        "last_seq": close.seq,
        "previous_hash": previous_hash.hex(),
        "head_hash": close.hash.hex(),
        "checkpoint": body["checkpoint"],
        "totals": body["totals"],
        "key_id": key.id,
        "signed_at": instant_text(at),
    }
    data = to_canonical(document)
    return SignedRoot(close.period, data, key.sign(data))


def read_root(root: SignedRoot, public_keys: Mapping[str, bytes]) -> dict[str, Any]:
    """The document of a root whose signature is good. `public_keys`: those one trusts, by id. Raises RootError."""
    try:
        document = from_canonical(root.document)
    except CanonicalJsonError as error:
        raise RootError(f"the root of {root.period}: {error}") from error
    if document.keys() != _FIELDS or document["format"] != ROOT_FORMAT or document["period"] != root.period:
        raise RootError(f"the root of {root.period} has not the fields of one")
    public_key = public_keys.get(document["key_id"])
    if public_key is None:
        raise RootError(
            f"the root of {root.period} is signed by key {document['key_id']}, which is not known"
        )
    if not is_signed(public_key, root.document, root.signature):
        raise RootError(f"the root of {root.period} is not signed by key {document['key_id']}")
    return document
