"""The chain of one order's entries, and where its money stands after them.

The hash of an entry is SHA-256 over eight lines, each but the last ended by a line feed: `mobility sales 1`, the hash
of the entry before in its order (64 hexadecimal digits; zeros before the first), the order, `n`, the day, the kind, the
instant, and the bytes of the body.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ticketing.canonical_json import from_canonical, to_canonical
from ticketing.ledger import KEY, KeyReusedError
from ticketing.postings import LedgerError
from ticketing.register import NO_HASH, instant_text
from ticketing.sales.entry import SalesEntry
from ticketing.sales.postings import postings_of_body
from ticketing.sales.rules import Body, States, completed, states_after

FORMAT = "mobility sales 1"

_NAME = re.compile(r"[0-9A-Za-z:._-]{1,64}", re.ASCII)
_ACCOUNT = re.compile(r"[a-z][a-z-]{0,31}:[!-~]{1,80}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Chain:
    """An order's book: how many entries it has, the hash of the last, its day, and the states after it."""

    order_id: str
    n: int = 0
    hash: bytes = NO_HASH
    day: str = ""
    states: Mapping[str, Any] = field(default_factory=dict)


def chain_hash(
    previous: bytes, order_id: str, n: int, day: str, kind: str, at: dt.datetime, body: bytes
) -> bytes:
    """See above: none of the first seven lines can hold a line feed."""
    lines = f"{FORMAT}\n{previous.hex()}\n{order_id}\n{n}\n{day}\n{kind}\n{instant_text(at)}\n"
    return sha256(lines.encode("ascii") + body).digest()


def enter(
    chain: Chain, items: Iterable[tuple[str, Body]], at: dt.datetime, day: str
) -> tuple[Chain, list[SalesEntry | int]]:
    """The entries that follow, and the chain after them; of a known idempotency key the number (`n`) of its entry.

    Raises LedgerError, KeyReusedError and CanonicalJsonError; then nothing of it may be kept.
    """
    if not _NAME.fullmatch(chain.order_id):
        raise LedgerError(f"{chain.order_id!r} names no order")
    states: States = dict(chain.states)
    n, last, day = chain.n, chain.hash, max(day, chain.day)
    entered: list[SalesEntry | int] = []
    for kind, given in items:
        key = f"key:{given[KEY]}" if KEY in given else ""
        content = _content(kind, given) if key else ""
        if key and key in states:
            if states[key]["content"] != content:
                raise KeyReusedError(f"the idempotency key {given[KEY]!r} was used for something else before")
            entered.append(states[key]["n"])
            continue
        body = completed(kind, given, states, day)
        data = to_canonical(body)
        states |= _followed(kind, body, states, day)
        n += 1
        if key:
            states[key] = {"content": content, "n": n}
        last = chain_hash(last, chain.order_id, n, day, kind, at, data)
        entered.append(SalesEntry(chain.order_id, n, kind, at, data, last, day))
    return Chain(chain.order_id, n, last, day, states), entered


def replay(chain: Chain, entry: SalesEntry) -> Chain:
    """The chain after an entry that stands in a book. Raises LedgerError and CanonicalJsonError when it should never
    have been made."""
    if (entry.order_id, entry.n) != (chain.order_id, chain.n + 1):
        raise LedgerError(f"entry {chain.n + 1} of order {chain.order_id} should stand here")
    if entry.day < chain.day:
        raise LedgerError(f"it is accounted on {entry.day}, the entry before it on {chain.day}")
    if entry.hash != chain_hash(
        chain.hash, entry.order_id, entry.n, entry.day, entry.kind, entry.at, entry.body
    ):
        raise LedgerError("its content, or what stands before it, is not what its hash was made of")
    body = from_canonical(entry.body)
    states = dict(chain.states) | _followed(entry.kind, body, dict(chain.states), entry.day)
    if KEY in body:
        if f"key:{body[KEY]}" in states:
            raise LedgerError(f"the idempotency key {body[KEY]!r} was used before")
        states[f"key:{body[KEY]}"] = {"content": _content(entry.kind, body), "n": entry.n}
    return Chain(entry.order_id, entry.n, entry.hash, entry.day, states)


def _followed(kind: str, body: Body, states: States, day: str) -> States:
    for posting in postings_of_body(kind, body):
        if not _ACCOUNT.fullmatch(posting.account):
            raise LedgerError(f"{posting.account!r} names no account")
    return states_after(kind, body, states, day)


def _content(kind: str, body: Body) -> str:
    """What an idempotency key stands for: what the caller gave, without what was made of it."""
    if kind == "sale":
        lines = sorted(body["lines"], key=lambda line: str(line["line"]))
        body = _without(body, "month") | {"lines": [_without(line, "vat_cents") for line in lines]}
    return sha256(kind.encode() + b"\n" + to_canonical(_without(body, "changed"))).hexdigest()


def _without(body: Body, name: str) -> Body:
    return {key: value for key, value in body.items() if key != name}
