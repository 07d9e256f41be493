"""Where a month begins: accounts, caps and rules after everything before it, counted from the first entry on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ticketing.audit_archive.policy_book import PolicyBook
from ticketing.canonical_json import from_stored
from ticketing.cap_counters import CapCounters
from ticketing.checkpoint import STANDING_KINDS, Checkpoint
from ticketing.entry import RegisterEntry
from ticketing.grant_body import facts_from_plain, grant_from_plain
from ticketing.postings import transaction_of


def checkpoint_after(
    entries: Iterable[RegisterEntry], find_entry: Callable[[int], RegisterEntry | None]
) -> Checkpoint:
    """The checkpoint after the entries of a register, from its first on. `find_entry` finds grants that are taken
    back. Nothing is derived again here: what comes out must be what a signed root says."""
    balances: dict[str, int] = {}
    standing: dict[int, str] = {}
    policies, counters = PolicyBook(), CapCounters(())
    for entry in entries:
        body = from_stored(entry.body)
        transaction = transaction_of(entry, body)
        for posting in transaction.postings if transaction else ():
            balances[posting.account] = balances.get(posting.account, 0) + posting.amount_cents
        if entry.kind in STANDING_KINDS:
            standing[entry.seq] = entry.hash.hex()
        if entry.kind in ("policy", "scale"):
            policies.add(entry, body)
            counters.counters = policies.counters()
            counters.put({(one["cap"], one["key"]): one["value"] for one in body.get("counters", ())})
        elif entry.kind == "grant":
            trip, made = facts_from_plain(body["facts"]), grant_from_plain(body["grant"])
            counters.count(trip, made, body["campaign"])
        elif entry.kind == "withdrawal":
            granted = find_entry(body["grant_seq"])
            if granted is None:
                raise LookupError(
                    f"entry {body['grant_seq']}, which entry {entry.seq} takes back, is not there"
                )
            before = from_stored(granted.body)
            trip, made = facts_from_plain(before["facts"]), grant_from_plain(before["grant"])
            counters.release(trip, made, before["campaign"])
    kept = {account: cents for account, cents in balances.items() if cents}
    return Checkpoint(kept, counters.values(), standing)
