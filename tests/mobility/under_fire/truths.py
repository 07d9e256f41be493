"""What must be true after every step, whatever happened before: each counted again from scratch, the slow way."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from itertools import pairwise

from carpool.trip import TripStatus
from mobility.acts.close_period import list_public_keys
from mobility.acts.policies import versions
from mobility.acts.trips_ports import StatusChange
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.mobility.under_fire.world import World
from tests.naive import carpool as naive_seats
from tests.naive import ledger as naive_ledger
from tests.naive import subsidies as naive
from ticketing.canonical_json import from_canonical
from ticketing.entry import RegisterEntry
from ticketing.grant_body import facts_from_plain
from ticketing.postings import postings_of
from ticketing.root import read_root
from ticketing.verify_chain import verify_chain

ALWAYS = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


def check_register(work: SqlUnitOfWork, entries: list[RegisterEntry]) -> None:
    """The chain is whole, signed roots hold, transactions sum to zero, and balances are what the register says."""
    keys = {}
    for entry in list_public_keys(work):
        body = from_canonical(entry.body)
        keys[body["key_id"]] = bytes.fromhex(body["public_key"])
    roots = {root.period: read_root(root, keys) for root in work.register.list_roots()}
    assert list(verify_chain(entries, roots=roots)) == []
    assert sorted(roots) == [entry.period for entry in entries if entry.kind == "close"]
    balances: dict[str, int] = {}
    stored = {one.id: one for one in work.ledger.list_transactions()}
    for entry in entries:
        transaction = postings_of(entry)
        if transaction is None or not transaction.postings:
            continue
        assert stored.pop(transaction.id).postings == transaction.postings
        assert sum(posting.amount_cents for posting in transaction.postings) == 0
        for posting in transaction.postings:
            balances[posting.account] = balances.get(posting.account, 0) + posting.amount_cents
    assert not stored, "transactions that no entry says"
    assert dict(work.ledger.list_balances()) == {name: cents for name, cents in balances.items() if cents}
    assert sum(balances.values()) == 0


def check_grants(work: SqlUnitOfWork, entries: Iterable[RegisterEntry]) -> dict[str, int]:
    """Every grant ever made, and where counters stand, are what the twin says; the trips whose grants stand, with
    cents."""
    policies, scales = [], []
    past: list[naive.Past] = []
    standing: dict[str, tuple[int, int]] = {}
    for entry in entries:
        body = from_canonical(entry.body)
        if entry.kind == "policy":
            policies.append(body["policy"])
        elif entry.kind == "scale":
            scales.append(body["scale"])
        elif entry.kind == "grant":
            trip = facts_from_plain(body["facts"])
            expected = naive.grant(trip, policies, scales, past)
            assert body["grant"]["amount_cents"] == expected.cents, trip
            shares = {one["journey_id"]: one["amount_cents"] for one in body["grant"]["shares"]}
            assert shares == expected.shares
            assert trip.trip_id not in standing, "granted twice"
            standing[trip.trip_id] = (entry.seq, expected.cents)
            past += [expected.past] if expected.cents else []
        elif entry.kind == "withdrawal":
            trip_id = next(id_ for id_, (seq, _) in standing.items() if seq == body["grant_seq"])
            del standing[trip_id]
            past = [one for one in past if one.trip.trip_id != trip_id]
    counted = naive.count_again(past, versions(work).counters())
    assert dict(work.subsidies.list_counters()) == counted
    return {trip_id: cents for trip_id, (_, cents) in standing.items()}


def check_drivers(work: SqlUnitOfWork, entries: list[RegisterEntry]) -> None:
    """Drivers are owed what was granted, less what was taken back and paid, plus what came back; no payout ever paid
    more than was owed."""
    entered: naive_ledger.Entered = []
    for entry in entries:
        body = from_canonical(entry.body)
        if entry.kind == "payout":
            for line in body["lines"]:
                assert 0 < line["amount_cents"] <= naive_ledger.owed_to_driver(entered, line["driver"])
        entered.append((entry.seq, entry.kind, body))
    grants = naive_ledger.bodies(entered, "grant")
    for driver in {body["facts"]["driver"] for body in grants}:
        assert -work.ledger.balance(f"driver:{driver}") == naive_ledger.owed_to_driver(entered, driver)
    riders = {one["person"] for body in grants for one in body["facts"]["passengers"]}
    for rider in riders:
        assert work.ledger.balance(f"passenger:{rider}") == naive_ledger.owed_by_passenger(entered, rider)


def check_claims(work: SqlUnitOfWork, trips: Iterable[str], granted: dict[str, int]) -> None:
    """A proven trip is claimed or granted, and never both; no other is either."""
    claimed = {claim.trip_id for claim in work.subsidies.next_claims(ALWAYS, 10_000)}
    assert not claimed & granted.keys()
    proven = set()
    for trip in trips:
        state, line = work.trips.find_trip(trip), work.subsidies.find_grant(trip)
        assert (None if line is None else line.amount_cents) == granted.get(trip)
        if state is not None:
            assert bool(state.claim) == (state.status is TripStatus.PROVEN)
            proven |= {trip} if state.status is TripStatus.PROVEN else set()
    assert claimed | granted.keys() == proven


def check_seats(work: SqlUnitOfWork) -> None:
    """No section of a ride has more people than seats."""
    rides = work.rides.list_rides(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), ALWAYS)
    bookings = work.rides.list_bookings([ride.id for ride in rides])
    for ride in rides:
        assert min(naive_seats.free_seats(ride, bookings)) >= 0


def check_histories(
    work: SqlUnitOfWork, trips: Iterable[str], before: dict[str, list[StatusChange]]
) -> dict[str, list[StatusChange]]:
    """Histories only grow; what is cancelled stays so, and only a person lets go of what is held."""
    found = {}
    for trip in trips:
        state, history = work.trips.find_trip(trip), work.trips.list_history(trip)
        assert history[: len(before.get(trip, []))] == before.get(trip, [])
        assert (state is None) == (not history)
        statuses = [change.status for change in history]
        assert state is None or statuses[-1] is state.status
        assert TripStatus.CANCELLED not in statuses[:-1]
        for one, other in pairwise(history):
            if one.status is TripStatus.HELD and other.status is not TripStatus.HELD:
                assert other.by != "checks"
        found[trip] = history
    return found


def check_evidence(
    work: SqlUnitOfWork, world: World, sent: dict[str, tuple[str, bytes]], gone: set[str]
) -> None:
    """Bytes are as they were sent, once each; those of who was erased cannot be read, and their hashes are there."""
    received = [one for trip in world.trips for one in work.evidence.list_of_trip(trip)]
    assert sorted(one.hash for one in received) == sorted(sent)
    for one in received:
        name, data = sent[one.hash]
        assert hashlib.sha256(data).hexdigest() == one.hash
        assert one.data == work.evidence.find_raw(one.hash) == (None if name in gone else data)
