"""What a trip earns its driver: a pure function of its facts, a policy, a scale of costs and what was granted before.

First what depends on the trip alone: which passengers count, and the amounts. Then what depends on what came before:
the legal ceiling with its derogation, and the caps. A trip gets what is left under every cap, so that the order of caps
does not matter; one that gets nothing counts nowhere. The order of *trips* does matter: start, then id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ground.paris import PARIS
from ticketing.cap_counters import CapCounters, CounterKey, Counts, RecordedCounts, day_of, key_of, windows_at
from ticketing.cost_scale import CostScale, scale_in_force
from ticketing.facts import CapStep, Grant, PassengerFacts, RuleStep, Share, TripFacts
from ticketing.money import apportion, euros
from ticketing.policy_rules import Passengers, Setting
from ticketing.subsidy_policy import AMOUNT, DEROGATION_COUNTER, Cap, PolicyVersion, in_force


class NoPolicyError(LookupError):
    """No policy, or no scale of costs, was in force yet when a trip started; the message says which and when."""


class OrderError(ValueError):
    """Trips did not come in the order of start and id; the message names two of them."""


def grant(trip: TripFacts, policy: PolicyVersion, scale: CostScale, counts: Counts) -> Grant:
    """What a trip earns, explained step by step. `counts` are read, not changed (`CapCounters.count` does)."""
    local = trip.started_at.astimezone(PARIS)
    setting = Setting(trip, local, policy.zones)
    steps: list[RuleStep] = []
    eligible = _eligible(setting, policy, steps)
    counted = _count(eligible, policy, steps)
    cents = _earn(setting, policy, counted, steps)
    if cents == 0:
        return Grant(trip.trip_id, policy.hash, scale.hash, tuple(steps), (), 0, ())
    windows = windows_at(local, policy.campaign)
    people, blocked = _read_people(policy, windows, counts, eligible)
    if blocked and any(one.person in blocked for one in counted):
        words = f"{len(blocked)} passengers are at their cap: computed without them"
        steps.append(RuleStep("passenger_caps", cents, 0, words))
        counted = _count(tuple(one for one in eligible if one.person not in blocked), policy, steps)
        cents = _earn(setting, policy, counted, steps)
    ceiling_cents = scale.ceiling_cents(trip)
    derogations: _Read | None = None
    if cents > ceiling_cents:
        derogations = _read_derogations(trip, policy, windows, counts)
        derogates = derogations is not None and derogations[2] < derogations[0].limit
        steps.append(_ceiling_step(trip, cents, ceiling_cents, derogates))
        if not derogates:
            cents = ceiling_cents
    read: list[_Read] = []
    for cap in policy.caps:
        if cap.counter.per != "passenger":
            key = key_of(cap.counter, windows, trip.driver)
            before = counts.value(key)
            read.append((cap, key, before))
            left = cap.limit - before
            if left <= 0:
                cents = 0
            elif left < cents and cap.counter.counts == AMOUNT:
                cents = left
    caps = _people_steps(people, counted if cents else ())
    if derogations is not None:
        cap, (name, key_shown), before = derogations
        caps.append(
            CapStep(name, key_shown, before, before + 1 if cents > ceiling_cents else before, cap.limit)
        )
    trips = 1 if cents else 0
    for cap, (name, key_shown), before in read:
        after = before + (cents if cap.counter.counts == AMOUNT else trips)
        caps.append(CapStep(name, key_shown, before, after, cap.limit))
    return Grant(
        trip.trip_id, policy.hash, scale.hash, tuple(steps), tuple(caps), cents, _shares(cents, counted)
    )


_Read = tuple[Cap, CounterKey, int]
"""A cap, its counter, and how far that has got."""


def derive_again(trip: TripFacts, recorded: Grant, policy: PolicyVersion, scale: CostScale) -> Grant:
    """What the same trip earns when the counters stood as the recorded grant says: equal to it, or it is wrong."""
    return grant(trip, policy, scale, RecordedCounts(recorded))


def find_versions(
    trip: TripFacts, policies: Sequence[PolicyVersion], scales: Sequence[CostScale]
) -> tuple[PolicyVersion, CostScale]:
    """The policy and the scale a trip is granted by: those in force when it started. Both in the order of `valid_from`.
    Raises NoPolicyError."""
    day = day_of(trip.started_at.astimezone(PARIS))
    policy, scale = in_force(policies, day), scale_in_force(scales, day)
    if policy is None or scale is None:
        what = "policy" if policy is None else "scale of costs"
        raise NoPolicyError(f"no {what} was in force on {day}, when trip {trip.trip_id} started: publish one")
    return policy, scale


def grant_all(
    trips: Iterable[TripFacts],
    policies: Sequence[PolicyVersion],
    scales: Sequence[CostScale],
    counters: CapCounters,
) -> Iterator[Grant]:
    """Grants for a stream of trips in the order of start and id. Counts them in `counters` and lets go of days, months
    and years that are over, so that memory does not grow with the stream. Raises OrderError and NoPolicyError."""
    last: tuple[dt.datetime, str] | None = None
    day, versions = "", None
    for trip in trips:
        here = (trip.started_at, trip.trip_id)
        if last is not None and here <= last:
            raise OrderError(
                f"trip {here[1]} ({here[0]}) came after {last[1]} ({last[0]}): sort by start, then by id"
            )
        last = here
        today = day_of(trip.started_at.astimezone(PARIS))
        if versions is None or today != day:
            day, versions = today, find_versions(trip, policies, scales)
            counters.forget_before(day)
        policy, scale = versions
        made = grant(trip, policy, scale, counters)
        counters.count(trip, made, policy.campaign)
        yield made


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A granted trip was taken back: its caps are free again for what is granted later."""

    trip_id: str


def replay(
    events: Iterable[TripFacts | Withdrawn],
    policies: Sequence[PolicyVersion],
    scales: Sequence[CostScale],
    counters: CapCounters,
) -> Iterator[tuple[TripFacts, Grant]]:
    """What the same trips, granted and withdrawn in the same order, earn by these policies; by the policies they were
    granted by, the same cents.

    `events` are in the order of the register, where late trips come late: so nothing is forgotten, and memory grows
    with the trips. Trips that are withdrawn later are in the answer too. Raises NoPolicyError.
    """
    made: dict[str, tuple[TripFacts, Grant, str]] = {}
    for event in events:
        if isinstance(event, Withdrawn):
            trip, granted, campaign = made.pop(event.trip_id)
            counters.release(trip, granted, campaign)
            continue
        policy, scale = find_versions(event, policies, scales)
        granted = grant(event, policy, scale, counters)
        counters.count(event, granted, policy.campaign)
        made[event.trip_id] = (event, granted, policy.campaign)
        yield event, granted


def seats_counted(passengers: Sequence[PassengerFacts]) -> int:
    """How many people they are: somebody who got on twice is one."""
    most: dict[str, int] = {}
    for one in passengers:
        if one.seats > most.get(one.person, 0):
            most[one.person] = one.seats
    return sum(most.values())


def _eligible(setting: Setting, policy: PolicyVersion, steps: list[RuleStep]) -> Passengers:
    """The passengers that meet the conditions."""
    passengers = setting.trip.passengers
    if policy.valid_until is not None and setting.started.date().isoformat() >= policy.valid_until:
        steps.append(RuleStep("valid_until", 0, 0, f"nothing is earned from {policy.valid_until} on"))
        return ()
    for condition in policy.conditions:
        kept = condition.keep(setting, passengers)
        words = f"{condition.words()}: {len(kept)} of {len(passengers)} passengers count"
        steps.append(RuleStep(condition.rule, 0, 0, words))
        passengers = kept
        if not passengers:
            break
    return passengers


def _count(eligible: Passengers, policy: PolicyVersion, steps: list[RuleStep]) -> Passengers:
    """Of these, as many as the policy pays for: the first ones, somebody with several seats perhaps for fewer."""
    most = policy.passengers_max
    if most is None or seats_counted(eligible) <= most:
        return eligible
    counted: list[PassengerFacts] = []
    for one in eligible:
        excess = max(seats_counted((*counted, one)) - most, 0)
        if one.seats > excess:
            counted.append(replace(one, seats=one.seats - excess) if excess else one)
    words = f"at most {most} of {seats_counted(eligible)} passengers count"
    steps.append(RuleStep("passengers_max", 0, 0, words))
    return tuple(counted)


def _earn(setting: Setting, policy: PolicyVersion, counted: Passengers, steps: list[RuleStep]) -> int:
    """The sum of the amounts; 0 when nobody counts."""
    if not counted:
        if not steps:
            steps.append(RuleStep("no_passenger", 0, 0, "nobody was taken along"))
        return 0
    cents, people = 0, seats_counted(counted)
    for amount in policy.amounts:
        added = 0
        if not amount.when:
            added, words = amount.cents(setting.trip, people)
        else:
            passengers = counted
            for condition in amount.when:
                passengers = condition.keep(setting, passengers)
            words = f"only when {' and '.join(one.words() for one in amount.when)}"
            if passengers:
                added, words = amount.cents(setting.trip, seats_counted(passengers))
        steps.append(RuleStep(amount.rule, cents, cents + added, words))
        cents += added
    return cents


def _read_people(
    policy: PolicyVersion, windows: dict[str, str], counts: Counts, eligible: Passengers
) -> tuple[list[tuple[str, _Read]], set[str]]:
    """Where each passenger stands, and who has no trip left."""
    people: list[tuple[str, _Read]] = []
    blocked: set[str] = set()
    for cap in policy.caps:
        if cap.counter.per == "passenger":
            for person in {one.person: None for one in eligible}:
                key = key_of(cap.counter, windows, person)
                before = counts.value(key)
                people.append((person, (cap, key, before)))
                if before >= cap.limit:
                    blocked.add(person)
    return people, blocked


def _people_steps(people: list[tuple[str, _Read]], counted: Passengers) -> list[CapStep]:
    persons = {one.person for one in counted}
    return [
        CapStep(name, key, before, before + 1 if person in persons else before, cap.limit)
        for person, (cap, (name, key), before) in people
    ]


def _read_derogations(
    trip: TripFacts, policy: PolicyVersion, windows: dict[str, str], counts: Counts
) -> _Read | None:
    """How many derogations the driver had that day. None: the trip is not short enough for one."""
    if policy.derogation is None or trip.distance_m >= policy.derogation.below_m:
        return None
    key = key_of(DEROGATION_COUNTER, windows, trip.driver)
    return Cap(DEROGATION_COUNTER, policy.derogation.trips_per_day), key, counts.value(key)


def _ceiling_step(trip: TripFacts, cents: int, ceiling_cents: int, derogates: bool) -> RuleStep:
    words = f"costs of {trip.distance_m} m and tolls, less what the driver was paid: {euros(ceiling_cents)}"
    if derogates:
        words += "; a short trip may earn more"
    return RuleStep("legal_ceiling", cents, cents if derogates else ceiling_cents, words)


def _shares(cents: int, counted: Passengers) -> tuple[Share, ...]:
    if cents == 0:
        return ()
    if len(counted) == 1:
        return (Share(counted[0].journey_id, cents),)
    parts = apportion(cents, [one.distance_m * one.seats for one in counted])
    return tuple([Share(one.journey_id, part) for one, part in zip(counted, parts, strict=True)])
