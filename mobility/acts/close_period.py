"""Close a month of the register, and vouch for it with a signature."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import UnitOfWork, UnitsOfWork
from mobility.acts.record import LOCK, record
from mobility.acts.register_ports import SigningKeys
from ticketing.cap_counters import CounterKey
from ticketing.checkpoint import STANDING_KINDS, checkpoint_lines, hash_lines, standing_hashes
from ticketing.entry import RegisterEntry
from ticketing.period import period_end
from ticketing.register import CLOSE, NO_HASH, PeriodClosedError, instant_text, open_period
from ticketing.root import SignedRoot, sign_root
from ticketing.signing import CURRENT_KEY, SigningKey, key_body


class SigningKeyError(Exception):
    """The secret key that the register names is not where keys are; the message says what to do."""


def close_period(
    work: UnitOfWork,
    keys: SigningKeys,
    period: str,
    at: dt.datetime,
    counters: Iterable[tuple[CounterKey, int]],
) -> SignedRoot:
    """Close the open month, once it is over: an entry with its counts, totals and where accounts and caps stand, and
    the signed root of everything up to that entry. The caller commits.

    `counters`: the cap counters, after the last grant of the month. Raises PeriodClosedError, also for a month that is
    not over, and SigningKeyError.
    """
    at = at.astimezone(dt.UTC).replace(microsecond=0)
    if at < period_end(period):
        raise PeriodClosedError(f"{period} is not over before {instant_text(period_end(period))}")
    work.lock(LOCK)
    opened = open_period(work.register.head(), at)
    if period != opened:
        raise PeriodClosedError(f"{period} cannot be closed: entries go to {opened}")
    key = signing_key(work, keys, at)
    head, span = work.register.head(), work.register.find_period(period)
    if head is None:
        raise SigningKeyError("the register has no entry, although its key was just announced")
    first_seq = head.seq + 1 if span is None else span[0]
    body = {
        "period": period,
        "first_seq": first_seq,
        "entries": work.register.count_kinds(first_seq, head.seq),
        "totals": _totals(work, first_seq, head.seq),
        "checkpoint": hash_lines(
            checkpoint_lines(
                work.ledger.list_balances(),
                counters,
                standing_hashes(work.register.list_entries(kinds=STANDING_KINDS)).items(),
            )
        ),
    }
    before = work.register.find_entry(first_seq - 1)
    close = record(work, CLOSE, body, at, period)
    root = sign_root(NO_HASH if before is None else before.hash, close, key, at)
    work.register.add_root(root)
    return root


def _totals(work: UnitOfWork, first_seq: int, last_seq: int) -> dict[str, dict[str, int]]:
    """What was debited and credited, by kind of account, in cents."""
    totals: dict[str, dict[str, int]] = {}
    for account, debit_cents, credit_cents in work.ledger.list_movements(first_seq, last_seq):
        total = totals.setdefault(account.partition(":")[0], {"debit_cents": 0, "credit_cents": 0})
        total["debit_cents"] += debit_cents
        total["credit_cents"] += credit_cents
    return totals


def signing_key(work: UnitOfWork, keys: SigningKeys, at: dt.datetime) -> SigningKey:
    """The key that signs now; the first is announced here. Raises SigningKeyError."""
    work.lock(LOCK)
    known = keys.load()
    current = work.ledger.find_state(CURRENT_KEY)
    if current is None:
        record(work, "key", key_body(known[0], None), at)
        return known[0]
    for key in known:
        if key.id == current["key_id"]:
            return key
    raise SigningKeyError(
        f"the register is signed by key {current['key_id']}, which is not in the folder of keys: "
        "set MOBILITY_KEYS_DIR to where it is, or bring it back from its backup"
    )


def rotate_key(
    unit_of_work: UnitsOfWork, keys: SigningKeys, caller: Caller, at: dt.datetime
) -> RegisterEntry:
    """Sign with a new key from now on, announced by an entry that the old one signs. Raises ForbiddenError and
    SigningKeyError."""
    caller.require(Permission.MANAGE_POLICIES)
    with unit_of_work() as work:
        old = signing_key(work, keys, at)
        # The new key is on disk before the register names it. One that a crash left unnamed is named now.
        last = keys.load()[-1]
        new = keys.add() if last.id == old.id else last
        entry = record(work, "key", key_body(new, old), at)
        work.commit()
    return entry


def list_public_keys(work: UnitOfWork) -> list[RegisterEntry]:
    """The entries that announce keys, the first one first: what anyone may know."""
    return list(work.register.list_entries(kinds=["key"]))
