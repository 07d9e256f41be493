"""Claims, closings, withdrawals and policies on a real database, beside the twin that counts everything again."""

from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from mobility.accounts.caller import SYSTEM
from mobility.acts.claim_subsidy import claim, withdraw
from mobility.acts.grant_subsidy import ClosingReport, close
from mobility.acts.policies import PublicationError, publish_policy, versions
from mobility.acts.ports import ActPorts
from mobility.storage.key_files import KeyFolder
from mobility.storage.register_keys import RegisterKeys
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.naive import subsidies as naive
from ticketing.facts import TripFacts
from ticketing.subsidy_policy import read_policy

FAR_FUTURE = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
Begin = Callable[..., SqlUnitOfWork]


def _written(name: str) -> dict[str, Any]:
    return tomllib.loads((files("ticketing") / name).read_text(encoding="utf-8"))


class Scene:
    """What was done to the database, and what is to be expected of it."""

    def __init__(self, begin: Begin, folder: Path, now: dt.datetime) -> None:
        self.begin, self.now = begin, now
        self.ports = ActPorts(begin, lambda: self.now, lambda: uuid.uuid4().hex)
        self.keys = RegisterKeys(KeyFolder(folder))
        self.policies = [_written("policies/bfc.toml")]
        self.scales = [_written("scales/2025.toml")]
        self.waiting: dict[str, TripFacts] = {}
        self.granted: list[tuple[str, int]] = []
        """Trips and cents in the order of the register, those taken back later too."""
        self.past: list[naive.Past] = []
        self.standing: dict[str, int] = {}
        self.closed_until: dt.datetime | None = None

    def claim(self, trip: TripFacts) -> None:
        with self.begin() as work:
            claim(work, trip, self.now)
            work.commit()
        if trip.trip_id not in self.standing:
            self.waiting[trip.trip_id] = trip

    def withdraw(self, trip_id: str) -> None:
        with self.begin() as work:
            entry = withdraw(work, trip_id, "cancelled", self.now)
            work.commit()
        assert (entry is None) == (trip_id not in self.standing)
        self.waiting.pop(trip_id, None)
        self.standing.pop(trip_id, None)
        self.past = [one for one in self.past if one.trip.trip_id != trip_id]

    def publish(self, written: dict[str, Any]) -> bool:
        """Whether it was published, as it should have been."""
        policy = read_policy(written)
        begins = dt.datetime.combine(dt.date.fromisoformat(policy.valid_from), dt.time(), naive.PARIS)
        known = policy.hash in [read_policy(one).hash for one in self.policies]
        is_first = policy.valid_from < min(one["valid_from"] for one in self.policies)
        may = not known and (self.closed_until is None or begins >= self.closed_until or is_first)
        try:
            publish_policy(self.ports, SYSTEM, written)
        except PublicationError:
            assert not may
            return False
        assert may
        self.policies.append(written)
        return True

    def close(
        self, until: dt.datetime, claims_at_once: int = 2, ports: ActPorts | None = None
    ) -> ClosingReport:
        self.now = max(self.now, until)
        report = close(ports or self.ports, self.keys, SYSTEM, until, claims_at_once=claims_at_once)
        self.expect_closed(until)
        return report

    def expect_closed(self, until: dt.datetime) -> None:
        """What a closing should have done."""
        due = sorted(
            (trip for trip in self.waiting.values() if trip.started_at < until),
            key=lambda trip: (trip.started_at, trip.trip_id),
        )
        for trip in due:
            result = naive.grant(trip, self.policies, self.scales, self.past)
            self.granted.append((trip.trip_id, result.cents))
            self.standing[trip.trip_id] = result.cents
            self.past += [result.past] if result.cents else []
            del self.waiting[trip.trip_id]
        self.closed_until = until if self.closed_until is None else max(self.closed_until, until)

    def check(self) -> None:
        """The invariant: what is stored is what counting everything again gives."""
        with self.begin(read_only=True) as work:
            entries = list(work.register.list_entries())
            grants = [orjson.loads(one.body) for one in entries if one.kind == "grant"]
            assert [(one["facts"]["trip_id"], one["grant"]["amount_cents"]) for one in grants] == self.granted
            drivers = {one["facts"]["driver"] for one in grants}
            lines = [line for driver in drivers for line in work.subsidies.list_grants(driver)]
            assert sorted((line.trip_id, line.amount_cents) for line in lines) == sorted(self.granted)
            kept = {line.trip_id: line.amount_cents for line in lines if line.withdrawn_seq is None}
            assert kept == self.standing
            counters = versions(work).counters()
            assert dict(work.subsidies.list_counters()) == naive.count_again(self.past, counters)
            for driver in drivers:
                owed = sum(one.cents for one in self.past if one.trip.driver == driver)
                assert work.ledger.balance(f"driver:{driver}") == -owed
            periods = [one.period for one in entries]
            assert periods == sorted(periods)
            claims = [one.trip_id for one in work.subsidies.next_claims(FAR_FUTURE, 10_000)]
            assert sorted(claims) == sorted(self.waiting)
