"""A month derived again from its entries: every grant by its policy and the counters, every balance, every sum."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import numpy as np
import orjson

from ticketing.audit_archive.policy_book import PolicyBook
from ticketing.audit_archive.steps import Step
from ticketing.canonical_json import from_canonical
from ticketing.cap_counters import CapCounters, CounterKey
from ticketing.checkpoint import STANDING_KINDS, Checkpoint
from ticketing.entry import RegisterEntry, Transaction
from ticketing.grant_body import FactsError, facts_from_plain, grant_from_plain, grant_to_plain
from ticketing.ledger import check_transaction
from ticketing.period import period_of
from ticketing.postings import LedgerError, transaction_of, withdrawal_body
from ticketing.statement import DRIVER, Statement
from ticketing.subsidy import NoPolicyError, grant
from ticketing.subsidy_policy import Counter

Body = dict[str, Any]
FindEntry = Callable[[int], RegisterEntry | None]


class FoldError(ValueError):
    """An entry is not what follows from those before it; the message says why."""


class GrantedTrips:
    """Which trips were granted, in 16 bytes each: told apart by 64 bits of their hash."""

    def __init__(self) -> None:
        self.taken_back: dict[int, int] = {}
        """Entries (seq) that take a grant back, by the grant's."""
        self._hashes, self._seqs = array("Q"), array("Q")

    def add(self, trip_id: str, seq: int) -> None:
        """A trip was granted by an entry."""
        self._hashes.append(int.from_bytes(sha256(trip_id.encode()).digest()[:8], "big"))
        self._seqs.append(seq)

    def find_twice(self) -> list[tuple[int, int]]:
        """Pairs of entries that seem to grant one trip, the first of which was not taken back before the second."""
        hashes, seqs = np.array(self._hashes, np.uint64), np.array(self._seqs, np.uint64)
        order = np.lexsort((seqs, hashes))
        same = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
        pairs = [(int(seqs[order[at]]), int(seqs[order[at + 1]])) for at in same]
        return [(one, two) for one, two in pairs if not self.taken_back.get(one, two) < two]


class MonthFold:
    """The state of accounts and caps while entries go by.

    `find_grant` gives the entry of a grant that is taken back: of this month, or of one before.
    """

    def __init__(
        self,
        period: str,
        begin: Checkpoint,
        policies: PolicyBook,
        find_grant: FindEntry,
        trips: GrantedTrips | None = None,
    ) -> None:
        self.statement = Statement.begin(period, begin.balances)
        self.policies = policies
        self.balances: dict[str, int] = dict(begin.balances)
        self.standing: dict[int, str] = dict(begin.standing)
        self.counters = CapCounters(policies.counters(), begin.counters)
        self.kinds: dict[str, int] = {}
        self.totals: dict[str, dict[str, int]] = {}
        """What was debited and credited, by kind of account, in cents."""
        self.cents_derived = 0
        self._find_grant = find_grant
        self._place: tuple[Any, ...] = ()
        self.trips = trips if trips is not None else GrantedTrips()

    def add(self, entry: RegisterEntry) -> Step:
        """The next entry. Raises FoldError and CanonicalJsonError."""
        body = from_canonical(entry.body)
        rule = _RULES.get(entry.kind)
        try:
            if rule is not None:
                rule(self, entry, body)
            transaction = transaction_of(entry, body)
            if transaction is not None:
                check_transaction(transaction)
                self._post(transaction)
            self.statement.add(entry, body, transaction)
        except (LedgerError, FactsError, NoPolicyError) as error:
            raise FoldError(str(error)) from error
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise FoldError(f"the body of this {entry.kind} is not as it must be: {error!r}") from error
        if entry.kind in STANDING_KINDS:
            self.standing[entry.seq] = entry.hash.hex()
        self.kinds[entry.kind] = self.kinds.get(entry.kind, 0) + 1
        return Step(entry, body, transaction)

    def _post(self, transaction: Transaction) -> None:
        for posting in transaction.postings:
            account, cents = posting.account, posting.amount_cents
            self.balances[account] = self.balances.get(account, 0) + cents
            total = self.totals.setdefault(account.partition(":")[0], {"debit_cents": 0, "credit_cents": 0})
            total["debit_cents" if cents > 0 else "credit_cents"] += abs(cents)

    def checkpoint(self) -> Checkpoint:
        """Where accounts, caps and rules stand now."""
        balances = {account: cents for account, cents in self.balances.items() if cents}
        return Checkpoint(balances, self.counters.values(), dict(self.standing))

    def _grant(self, entry: RegisterEntry, body: Body) -> None:
        if body.keys() != _GRANT_FIELDS:
            raise FoldError(f"a grant has the fields {', '.join(sorted(_GRANT_FIELDS))}, not these")
        trip = facts_from_plain(body["facts"])
        recorded = grant_from_plain(body["grant"])
        place = (body["closing"], trip.started_at, trip.trip_id)
        if self._place and place <= self._place:
            raise FoldError(f"trip {trip.trip_id} is not in its place: closings grant by start, then by id")
        self._place = place
        if period_of(trip.started_at) > entry.period:
            raise FoldError(f"trip {trip.trip_id} started after {entry.period}, where it is accounted")
        policy, scale = self.policies.versions_for(trip, recorded)
        made = grant(trip, policy, scale, self.counters)
        plain = grant_to_plain(made)
        if _written(plain) != _written(body["grant"]):
            raise FoldError(_difference(plain, body["grant"]))
        if body["campaign"] != policy.campaign:
            raise FoldError(
                f"it is paid from {body['campaign']!r}, the policy's campaign is {policy.campaign!r}"
            )
        self.counters.count(trip, made, policy.campaign)
        self.cents_derived += made.amount_cents
        self.trips.add(trip.trip_id, entry.seq)

    def _withdrawal(self, entry: RegisterEntry, body: Body) -> None:
        seq = body["grant_seq"]
        granted = self._find_grant(seq) if type(seq) is int and seq < entry.seq else None
        if granted is None or granted.kind != "grant":
            raise FoldError(f"it takes back entry {seq}, which is no grant before it")
        exact = withdrawal_body(granted, body["reason"])
        wrong = [key for key in exact if body.get(key) != exact[key]]
        if wrong:
            raise FoldError(f"it is not the exact reversal of entry {seq}: {', '.join(wrong)} differ")
        if seq in self.trips.taken_back:
            raise FoldError(f"entry {seq} was taken back already, by entry {self.trips.taken_back[seq]}")
        self.trips.taken_back[seq] = entry.seq
        before = from_canonical(granted.body)
        trip, made = facts_from_plain(before["facts"]), grant_from_plain(before["grant"])
        self.counters.release(trip, made, before["campaign"])

    def _payout(self, entry: RegisterEntry, body: Body) -> None:
        total = sum(line["amount_cents"] for line in body["lines"])
        if not total == body["total_cents"] or len(body["lines"]) != body["count"]:
            raise FoldError(f"its lines are {total} cents, it says {body['total_cents']}")
        for line in body["lines"]:
            owed = -self.balances.get(f"{DRIVER}{line['driver']}", 0)
            if not 0 < line["amount_cents"] <= owed:
                raise FoldError(
                    f"driver {line['driver']} is paid {line['amount_cents']} cents, and owed {owed}"
                )

    def _close(self, entry: RegisterEntry, body: Body) -> None:
        """The entry that closes the month sums it up and says where accounts and caps stand."""
        derived = {"entries": self.kinds, "totals": self.totals, "checkpoint": self.checkpoint().hash}
        for name, value in derived.items():
            if body[name] != value:
                raise FoldError(f"the month was closed with other {name} than follow from its entries")

    def _version(self, entry: RegisterEntry, body: Body) -> None:
        """A new policy may count what nobody counted before; where that stood is in its entry."""
        known = self.policies.counters()
        self.policies.add(entry, body)
        new: frozenset[Counter] = self.policies.counters() - known
        values: dict[CounterKey, int] = {}
        for one in body.get("counters", ()):
            if one["cap"] not in {counter.name for counter in new}:
                raise FoldError(
                    f"{one['cap']} was counted before: it is not the policy that says where it stands"
                )
            values[one["cap"], one["key"]] = one["value"]
        self.counters.counters = self.policies.counters()
        self.counters.put(values)


_RULES: Mapping[str, Callable[[MonthFold, RegisterEntry, Body], None]] = {
    "grant": MonthFold._grant,
    "withdrawal": MonthFold._withdrawal,
    "payout": MonthFold._payout,
    "close": MonthFold._close,
    "policy": MonthFold._version,
    "scale": MonthFold._version,
}
_GRANT_FIELDS = {"campaign", "closing", "facts", "grant"}


def _written(plain: Body) -> bytes:
    """Bytes to compare by: in Python true is 1, in the register it is not."""
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def _difference(made: Body, recorded: Body) -> str:
    """What differs between a grant derived again and the one recorded."""
    if made["amount_cents"] != recorded["amount_cents"]:
        return (
            f"it grants {recorded['amount_cents']} cents; by its policy and the counters before it "
            f"it is {made['amount_cents']}"
        )
    names = [name for name in made if made[name] != recorded[name]]
    return f"derived again, the grant differs in {', '.join(names) or 'how it is written'}"
