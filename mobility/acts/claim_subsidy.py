"""A proven trip claims its subsidy, a cancelled one gives it back: in the transaction that says so of the trip."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import orjson

from mobility.acts.policies import keep_defaults, versions
from mobility.acts.ports import UnitOfWork
from mobility.acts.record import LOCK, record
from mobility.acts.subsidy_ports import Claim, GrantLine
from ticketing.canonical_json import to_canonical
from ticketing.cap_counters import changes_of
from ticketing.entry import RegisterEntry
from ticketing.facts import TripFacts
from ticketing.grant_body import facts_from_plain, facts_to_plain, grant_from_plain
from ticketing.postings import withdrawal_body


class ClaimError(Exception):
    """A trip cannot claim; the message says why and what to do."""


def claim(work: UnitOfWork, facts: TripFacts, at: dt.datetime) -> None:
    """A proven trip waits for the next closing. The same again changes nothing; other facts of a trip that waits take
    the place of the first. The caller commits.

    Raises FactsError (`ticketing.grant_body`), and ClaimError when the trip is granted by other facts: withdraw it
    first.
    """
    claim_all(work, [facts], at)


def claim_all(work: UnitOfWork, trips: Iterable[TripFacts], at: dt.datetime) -> None:
    """`claim` for many trips."""
    claims = {
        one.trip_id: Claim(one.trip_id, one.started_at, one.driver, to_canonical(facts_to_plain(one)))
        for one in trips
    }
    work.lock(LOCK)  # so that no closing goes past these trips while they are being claimed
    if work.register.head() is None:
        keep_defaults(
            work, at
        )  # the register begins in the month of the first claim, not of the first closing
    for line in work.subsidies.find_grants(claims):
        content = claims.pop(line.trip_id).facts
        if to_canonical(orjson.loads(_entry_of(work, line).body)["facts"]) != content:
            raise ClaimError(
                f"trip {line.trip_id} is granted by other facts (entry {line.seq}): withdraw it first"
            )
    work.subsidies.put_claims(list(claims.values()))


def withdraw(work: UnitOfWork, trip_id: str, reason: str, at: dt.datetime) -> RegisterEntry | None:
    """A trip claims nothing any more. One that was granted is reversed in the register, and its caps are free for later
    grants; gives that entry. None: it waited, or claimed nothing. The caller commits."""
    work.lock(LOCK)
    work.subsidies.remove_claims([trip_id])
    line = work.subsidies.find_grant(trip_id)
    if line is None:
        return None
    entry = _entry_of(work, line)
    withdrawn = record(work, "withdrawal", withdrawal_body(entry, reason), at)
    work.subsidies.withdraw_grant(line.seq, withdrawn.seq)
    body = orjson.loads(entry.body)
    made = grant_from_plain(body["grant"])
    counters = versions(work).counters()
    steps = dict(changes_of(facts_from_plain(body["facts"]), made, body["campaign"], counters))
    values = work.subsidies.read_counters(steps.keys())
    work.subsidies.write_counters({key: values[key] - step for key, step in steps.items()})
    return withdrawn


def _entry_of(work: UnitOfWork, line: GrantLine) -> RegisterEntry:
    entry = work.register.find_entry(line.seq)
    assert entry is not None, f"grant {line.seq} has no entry in the register"
    return entry
