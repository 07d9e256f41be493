"""Grants: the twin agrees, streams and replays too, and what is written of a grant derives it again."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive import subsidies as naive
from tests.ticketing.by_chance import NIGHTS, SCALES, policies, trips
from tests.ticketing.months import random_trip
from ticketing.canonical_json import from_canonical, to_canonical
from ticketing.cap_counters import CapCounters, window_of
from ticketing.cost_scale import CostScale, default_scale, read_scale
from ticketing.facts import TripFacts
from ticketing.grant_body import facts_from_plain, facts_to_plain, grant_body, grant_from_plain
from ticketing.subsidy import OrderError, Withdrawn, derive_again, find_versions, grant_all, replay
from ticketing.subsidy_policy import Counter, PolicyVersion, default_policy, read_policy


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[TripFacts]]:
    """Policies, of which some begin within the trips, scales and trips in no order."""
    night = draw(st.sampled_from(NIGHTS))
    written = [draw(policies("2020-01-01"))]
    if draw(st.booleans()):
        written.append(draw(policies(night[:8] + f"{int(night[8:10]) - draw(st.integers(0, 1)):02}")))
    if draw(st.booleans()):
        written.append(
            draw(policies(draw(st.sampled_from(["2026-10-25", "2026-11-01", "2026-03-29", "2027-01-01"]))))
        )
    written.sort(key=lambda one: one["valid_from"])
    taken = [draw(trips(night, number)) for number in range(draw(st.integers(1, 12)))]
    return written, [draw(SCALES)], taken


def _read(
    written: list[dict[str, Any]], scales: list[dict[str, Any]]
) -> tuple[list[PolicyVersion], list[CostScale]]:
    return [read_policy(one) for one in written], [read_scale(one) for one in scales]


def _all_counters(versions: list[PolicyVersion]) -> frozenset[Counter]:
    return frozenset().union(*(one.counters() for one in versions))


def _start(trip: TripFacts) -> tuple[Any, str]:
    return trip.started_at, trip.trip_id


@settings(max_examples=100)
@given(histories())
def test_a_stream_is_granted_as_by_the_twin(
    history: tuple[list[dict[str, Any]], list[dict[str, Any]], list[TripFacts]],
) -> None:
    written, scales, taken = history
    versions, costs = _read(written, scales)
    taken.sort(key=_start)
    past: list[naive.Past] = []
    counters = CapCounters(_all_counters(versions))
    for trip, made in zip(taken, grant_all(taken, versions, costs, counters), strict=True):
        expected = naive.grant(trip, written, scales, past)
        assert (made.amount_cents, {one.journey_id: one.amount_cents for one in made.shares}) == (
            expected.cents,
            expected.shares,
        )
        past += [expected.past] if expected.cents else []
        assert sum(share.amount_cents for share in made.shares) == made.amount_cents
        policy, scale = find_versions(trip, versions, costs)
        assert derive_again(trip, made, policy, scale) == made
        body = from_canonical(to_canonical(grant_body(facts_to_plain(trip), made, policy.campaign, 1)))
        assert facts_from_plain(body["facts"]) == trip
        assert grant_from_plain(body["grant"]) == made


@settings(max_examples=100)
@given(histories(), st.data())
def test_withdrawals_and_late_claims_are_granted_as_by_the_twin(
    history: tuple[list[dict[str, Any]], list[dict[str, Any]], list[TripFacts]], data: st.DataObject
) -> None:
    """In any order, which is what late claims make of it; with trips taken back in between. At the end the counters are
    what counting again from scratch gives."""
    written, scales, taken = history
    versions, costs = _read(written, scales)
    events: list[TripFacts | Withdrawn] = []
    for trip in taken:
        events.append(trip)
        standing = [
            one.trip_id
            for one in events
            if isinstance(one, TripFacts) and Withdrawn(one.trip_id) not in events
        ]
        if standing and data.draw(st.booleans()):
            events.append(Withdrawn(data.draw(st.sampled_from(standing))))
    counters = CapCounters(_all_counters(versions))
    made = iter(list(replay(events, versions, costs, counters)))
    past: list[naive.Past] = []
    for event in events:
        if isinstance(event, Withdrawn):
            past = [one for one in past if one.trip.trip_id != event.trip_id]
            continue
        expected = naive.grant(event, written, scales, past)
        _, granted = next(made)
        assert (granted.trip_id, granted.amount_cents) == (event.trip_id, expected.cents)
        past += [expected.past] if expected.cents else []
    assert counters.values() == naive.count_again(past, counters.counters)


def test_a_stream_out_of_order_is_refused() -> None:
    rng = random.Random(1)
    taken = sorted((random_trip(rng, number) for number in range(3)), key=_start, reverse=True)
    counters = CapCounters(default_policy().counters())
    with pytest.raises(OrderError, match="sort by start, then by id"):
        list(grant_all(taken, [default_policy()], [default_scale()], counters))


def test_a_stream_forgets_days_and_months_that_are_over() -> None:
    """So that memory does not grow with the stream: the counters of its day, month and year are kept."""
    rng = random.Random(1)
    taken = [random_trip(rng, number, month) for month in ("2026-09", "2026-10") for number in range(200)]
    taken.sort(key=_start)
    counters = CapCounters(default_policy().counters())
    kept = []
    for _ in grant_all(taken, [default_policy()], [default_scale()], counters):
        kept.append(len(counters.values()))
    windows = {window_of(key) for key in counters.values()}
    assert {"2026", "2026-10"} <= windows <= {"2026", "2026-10", taken[-1].started_at.strftime("%Y-%m-%d")}
    assert max(kept) < 60
