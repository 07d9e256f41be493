"""A register in memory that grants, takes back, pays and closes months as the application does, and its archives."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

from tests.ticketing.months import grant_bodies, person, random_trip
from ticketing.audit_archive.beginning import checkpoint_after
from ticketing.audit_archive.entry_lines import Linked
from ticketing.audit_archive.export import Month, export_month
from ticketing.cap_counters import CapCounters
from ticketing.checkpoint import STANDING_KINDS, Checkpoint
from ticketing.cost_scale import CostScale, default_scale
from ticketing.entry import RegisterEntry
from ticketing.facts import TripFacts
from ticketing.grant_body import facts_from_plain, facts_to_plain, grant_from_plain
from ticketing.ledger import Book
from ticketing.period import next_period, period_end
from ticketing.postings import postings_of, withdrawal_body
from ticketing.register import NO_HASH
from ticketing.root import SignedRoot, sign_root
from ticketing.signing import SigningKey, key_body
from ticketing.subsidy_policy import PolicyVersion, default_policy

KEY = SigningKey(bytes(range(32)))


class MemoryRegister:
    """Months from 2026-09 on. `key` signs; the default policy and scale are published at the beginning."""

    def __init__(self, seed: int = 0, key: SigningKey = KEY, period: str = "2026-09") -> None:
        self.rng, self.key, self.period = random.Random(seed), key, period
        self.book, self.roots, self.trips = Book(), list[SignedRoot](), 0
        self.policies, self.scales = list[PolicyVersion](), list[CostScale]()
        self.counters = CapCounters(())
        self.closing = 0
        self.enter("key", key_body(key, None))
        self.enter("scale", {"hash": default_scale().hash, "scale": json.loads(default_scale().canonical)})
        self.scales.append(default_scale())
        self.publish(default_policy())

    @property
    def at(self) -> dt.datetime:
        """An instant in the open month."""
        return period_end(self.period) - dt.timedelta(days=1)

    def enter(self, kind: str, body: dict) -> RegisterEntry:
        """One entry."""
        return self.book.enter(kind, body, self.at)

    def publish(self, policy: PolicyVersion) -> None:
        """A policy that counts nothing new, or the first one."""
        self.enter("policy", {"hash": policy.hash, "policy": json.loads(policy.canonical), "counters": []})
        self.policies.append(policy)
        known = frozenset(counter for one in self.policies for counter in one.counters())
        self.counters = CapCounters(known, self.counters.values())

    def grant(self, count: int, trips: list[TripFacts] | None = None) -> list[RegisterEntry]:
        """One closing, of so many trips of the open month by chance."""
        self.closing += 1
        if trips is None:
            trips = [random_trip(self.rng, self.trips + n, self.period) for n in range(count)]
        self.trips += len(trips)
        bodies = grant_bodies(trips, self.counters, self.closing, tuple(self.policies), tuple(self.scales))
        return [self.enter("grant", body) for body in bodies]

    def withdraw(self, grant: RegisterEntry, reason: str = "=cmd|' /C calc'!A0, fraude") -> RegisterEntry:
        """Take a grant back."""
        body = json.loads(grant.body)
        self.counters.release(
            facts_from_plain(body["facts"]), grant_from_plain(body["grant"]), body["campaign"]
        )
        return self.enter("withdrawal", withdrawal_body(grant, reason))

    def refuse(self) -> None:
        """A trip that was refused, and a decision."""
        trip = random_trip(self.rng, 10**6 + self.trips, self.period)
        self.trips += 1
        found = [{"check": "short", "words": "500 m, 2000 m are the least"}]
        body = {"trip_id": trip.trip_id, "facts": facts_to_plain(trip), "reasons": found}
        self.enter("refusal", body | {"reason": ""})
        decided = {"decision": "refuse", "reason": "=été", "by": person(9)}
        self.enter("decision", body | decided)
        self.enter("decision", body | decided | {"facts": None, "trip_id": "erased"})

    def pay(self, *drivers: str) -> RegisterEntry:
        """Pay drivers all they are owed."""
        lines = [
            {"driver": one, "amount_cents": -self.book.balance(f"driver:{one}"), "commitment": "c" * 64}
            for one in drivers
        ]
        total = sum(line["amount_cents"] for line in lines)
        body = {"period": "2026-09", "count": len(lines), "total_cents": total, "lines": lines}
        return self.enter("payout", body)

    def checkpoint(self, until: int | None = None) -> Checkpoint:
        """Where everything stands, after so many entries."""
        return checkpoint_after(self.book.entries[:until], self.book.find_entry)

    def close(self) -> SignedRoot:
        """Close the open month; the next one is open then."""
        first_seq, previous = self._begins(self.period)
        month = self.book.entries[first_seq - 1 :]
        kinds: dict[str, int] = {}
        totals: dict[str, dict[str, int]] = {}
        for entry in month:
            kinds[entry.kind] = kinds.get(entry.kind, 0) + 1
            posted = postings_of(entry)
            for posting in posted.postings if posted else ():
                total = totals.setdefault(
                    posting.account.partition(":")[0], {"debit_cents": 0, "credit_cents": 0}
                )
                total["debit_cents" if posting.amount_cents > 0 else "credit_cents"] += abs(
                    posting.amount_cents
                )
        body = {
            "period": self.period,
            "first_seq": first_seq,
            "entries": kinds,
            "totals": totals,
            "checkpoint": self.checkpoint().hash,
        }
        close = self.enter("close", body)
        root = sign_root(previous, close, self.key, period_end(self.period))
        self.roots.append(root)
        self.period = next_period(self.period)
        return root

    def _begins(self, period: str) -> tuple[int, bytes]:
        before = [entry for entry in self.book.entries if entry.period < period]
        return (before[-1].seq + 1, before[-1].hash) if before else (1, NO_HASH)

    def month(self, period: str) -> Month:
        """A closed month, for its archive."""
        first_seq, previous = self._begins(period)
        before = self.book.entries[: first_seq - 1]
        return Month(
            period=period,
            roots=tuple(root for root in self.roots if root.period <= period)[-2:],
            begin=checkpoint_after(before, self.book.find_entry),
            previous=previous,
            earlier=tuple(self._linked(entry.seq) for entry in before if entry.kind in STANDING_KINDS),
            entries=[entry for entry in self.book.entries if entry.period == period],
            find_earlier=self._linked,
            find_entry=self.book.find_entry,
        )

    def _linked(self, seq: int) -> Linked:
        entries = self.book.entries
        return Linked(entries[seq - 1], entries[seq - 2].hash if seq > 1 else NO_HASH)

    def export(self, period: str, path: Path) -> Path:
        """The archive of a closed month."""
        export_month(self.month(period), path)
        return path


def three_months(seed: int = 0, trips: int = 12, key: SigningKey = KEY) -> MemoryRegister:
    """Three closed months in which everything happens."""
    register = MemoryRegister(seed, key)
    first = register.grant(trips)
    register.refuse()
    register.close()
    second = register.grant(trips)
    register.withdraw(first[0])
    register.withdraw(second[1])
    register.pay(*{json.loads(first[1].body)["facts"]["driver"]})
    register.refuse()
    register.grant(trips)
    register.close()
    register.grant(trips)
    register.close()
    return register
