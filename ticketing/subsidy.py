"""What a trip earns its driver: a pure function of its facts, a policy, a scale of costs and what was granted before.

First what depends on the trip alone: which passengers count, and the amounts. Then what depends on what came before:
the legal ceiling with its derogation, and the caps. A trip gets what is left under every cap, so that the order of caps
does not matter; one that gets nothing counts nowhere. The order of *trips* does matter: start, then id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ticketing.cap_counters import CapCounters, CounterKey, Counts, RecordedCounts, key_of, windows_at
from ticketing.cost_scale import CostScale, scale_in_force
from ticketing.facts import CapStep, Grant, PassengerFacts, RuleStep, Share, TripFacts
from ticketing.money import apportion, euros
from ticketing.period import PARIS
from ticketing.policy_rules import Passengers, Setting
from ticketing.subsidy_policy import AMOUNT, DEROGATION_COUNTER, Cap, PolicyVersion, in_force


class NoPolicyError(LookupError):
    """No policy, or no scale of costs, was in force yet when a trip started; the message says which and when."""


class OrderError(ValueError):
    """Trips did not come in the order of start and id; the message names two of them."""


def grant(trip: TripFacts, policy: PolicyVersion, scale: CostScale, counts: Counts) -> Grant:
    """What a trip earns, explained step by step. `counts` are read, not changed (`CapCounters.count` does)."""
    local = trip.started_at.astimezone(PARIS)
    rules = _RuleBook(trip, policy, local)
    eligible = rules.eligible()
    counted = rules.count(eligible)
    amount_cents = rules.earn(counted)
    if amount_cents == 0:
        return Grant(trip.trip_id, policy.hash, scale.hash, tuple(rules.steps), (), 0, ())
    caps = _CapBook(trip, policy, windows_at(local, policy.campaign), counts)
    blocked = caps.passengers_at_their_cap(eligible)
    if blocked and any(one.person in blocked for one in counted):
        counted = rules.count(tuple(one for one in eligible if one.person not in blocked))
        amount_cents = rules.earn_without(len(blocked), counted, amount_cents)
    ceiling_cents = scale.ceiling_cents(trip)
    derogates = False
    if amount_cents > ceiling_cents:
        derogates = caps.may_derogate()
        rules.ceil(amount_cents, ceiling_cents, derogates)
        if not derogates:
            amount_cents = ceiling_cents
    amount_cents = min(amount_cents, caps.room_cents())
    steps = caps.steps(amount_cents, counted, derogates and amount_cents > ceiling_cents)
    shares: tuple[Share, ...] = ()
    if amount_cents:
        parts = apportion(amount_cents, [one.distance_m * one.seats for one in counted])
        shares = tuple([Share(one.journey_id, part) for one, part in zip(counted, parts, strict=True)])
    return Grant(trip.trip_id, policy.hash, scale.hash, tuple(rules.steps), steps, amount_cents, shares)


def derive_again(trip: TripFacts, recorded: Grant, policy: PolicyVersion, scale: CostScale) -> Grant:
    """What the same trip earns when the counters stood as the recorded grant says: equal to it, or it is wrong."""
    return grant(trip, policy, scale, RecordedCounts(recorded))


def find_versions(
    trip: TripFacts, policies: Sequence[PolicyVersion], scales: Sequence[CostScale]
) -> tuple[PolicyVersion, CostScale]:
    """The policy and the scale a trip is granted by: those in force when it started. Both in the order of `valid_from`.
    Raises NoPolicyError."""
    local = trip.started_at.astimezone(PARIS)
    day = f"{local.year:04}-{local.month:02}-{local.day:02}"
    policy = policies[0] if len(policies) == 1 and policies[0].valid_from <= day else in_force(policies, day)
    scale = scale_in_force(scales, day)
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
    day = ""
    for trip in trips:
        here = (trip.started_at, trip.trip_id)
        if last is not None and here <= last:
            raise OrderError(
                f"trip {here[1]} ({here[0]}) came after {last[1]} ({last[0]}): sort by start, then by id"
            )
        last = here
        policy, scale = find_versions(trip, policies, scales)
        made = grant(trip, policy, scale, counters)
        counters.count(trip, made, policy.campaign)
        yield made
        today = trip.started_at.astimezone(PARIS).date().isoformat()
        if today != day:
            day = today
            counters.forget_before(day)


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


class _RuleBook:
    """Applies what depends on the trip alone, and writes down how."""

    def __init__(self, trip: TripFacts, policy: PolicyVersion, local: dt.datetime) -> None:
        self.trip, self.policy = trip, policy
        self.setting = Setting(trip, local, policy.zones)
        self.steps: list[RuleStep] = []

    def eligible(self) -> Passengers:
        """The passengers that meet the conditions."""
        policy, passengers = self.policy, self.trip.passengers
        if policy.valid_until is not None and self.setting.started.date().isoformat() >= policy.valid_until:
            self._say("valid_until", f"nothing is earned from {policy.valid_until} on")
            return ()
        for condition in policy.conditions:
            kept = condition.keep(self.setting, passengers)
            self._say(
                condition.rule, f"{condition.words()}: {len(kept)} of {len(passengers)} passengers count"
            )
            passengers = kept
            if not passengers:
                break
        return passengers

    def count(self, eligible: Passengers) -> Passengers:
        """Of these, as many as the policy pays for: the first ones, somebody with several seats perhaps for fewer."""
        most = self.policy.passengers_max
        if most is None or seats_counted(eligible) <= most:
            return eligible
        counted: list[PassengerFacts] = []
        for one in eligible:
            excess = max(seats_counted((*counted, one)) - most, 0)
            if one.seats > excess:
                counted.append(replace(one, seats=one.seats - excess) if excess else one)
        self._say("passengers_max", f"at most {most} of {seats_counted(eligible)} passengers count")
        return tuple(counted)

    def earn(self, counted: Passengers) -> int:
        """The sum of the amounts; 0 when nobody counts."""
        if not counted:
            if not self.steps:
                self._say("no_passenger", "nobody was taken along")
            return 0
        cents, places = 0, seats_counted(counted)
        for amount in self.policy.amounts:
            passengers = counted
            for condition in amount.when:
                passengers = condition.keep(self.setting, passengers)
            if passengers:
                added, words = amount.cents(
                    self.trip, places if passengers is counted else seats_counted(passengers)
                )
            else:
                added, words = 0, f"only when {' and '.join(one.words() for one in amount.when)}"
            self.steps.append(RuleStep(amount.rule, cents, cents + added, words))
            cents += added
        return cents

    def earn_without(self, blocked: int, counted: Passengers, before_cents: int) -> int:
        """The sum anew, when some passengers do not count because of their caps."""
        self.steps.append(
            RuleStep(
                "passenger_caps",
                before_cents,
                0,
                f"{blocked} passengers are at their cap: computed without them",
            )
        )
        return self.earn(counted)

    def ceil(self, before_cents: int, ceiling_cents: int, derogates: bool) -> None:
        """The legal ceiling was met."""
        trip = self.trip
        words = (
            f"costs of {trip.distance_m} m and tolls, less what the driver was paid: {euros(ceiling_cents)}"
        )
        if derogates:
            words += "; a short trip may earn more"
        self.steps.append(
            RuleStep("legal_ceiling", before_cents, before_cents if derogates else ceiling_cents, words)
        )

    def _say(self, rule: str, words: str) -> None:
        self.steps.append(RuleStep(rule, 0, 0, words))


class _CapBook:
    """Applies what depends on what was granted before, and writes down how."""

    def __init__(
        self, trip: TripFacts, policy: PolicyVersion, windows: dict[str, str], counts: Counts
    ) -> None:
        self.trip, self.policy, self.windows, self.counts = trip, policy, windows, counts
        self.read: list[tuple[Cap, CounterKey, int]] = []
        self.people: list[tuple[Cap, str, CounterKey, int]] = []
        self.derogations: tuple[CounterKey, int] | None = None
        for cap in policy.caps:
            if cap.counter.per != "passenger":
                key = key_of(cap.counter, windows, trip.driver)
                self.read.append((cap, key, counts.value(key)))

    def passengers_at_their_cap(self, eligible: Passengers) -> set[str]:
        """Who has no trip left."""
        blocked = set()
        for cap in self.policy.caps:
            if cap.counter.per == "passenger":
                for person in {one.person: None for one in eligible}:
                    key = key_of(cap.counter, self.windows, person)
                    before = self.counts.value(key)
                    self.people.append((cap, person, key, before))
                    if before >= cap.limit:
                        blocked.add(person)
        return blocked

    def may_derogate(self) -> bool:
        """Whether the driver has a derogation left that day, and the trip is short enough for one."""
        derogation = self.policy.derogation
        if derogation is None or self.trip.distance_m >= derogation.below_m:
            return False
        key = key_of(DEROGATION_COUNTER, self.windows, self.trip.driver)
        before = self.counts.value(key)
        self.derogations = (key, before)
        return before < derogation.trips_per_day

    def room_cents(self) -> int:
        """How much the caps leave."""
        room = 10**15
        for cap, _, before in self.read:
            left = cap.limit - before
            if left <= 0:
                return 0
            if cap.counter.counts == AMOUNT and left < room:
                room = left
        return room

    def steps(self, amount_cents: int, counted: Passengers, derogates: bool) -> tuple[CapStep, ...]:
        """Every counter that was read, and where it stands now."""
        steps = []
        trips = 1 if amount_cents else 0
        persons = {one.person for one in counted}
        for cap, person, (name, key), before in self.people:
            after = before + trips if person in persons else before
            steps.append(CapStep(name, key, before, after, cap.limit))
        if self.derogations is not None and self.policy.derogation is not None:
            (name, key), before = self.derogations
            limit = self.policy.derogation.trips_per_day
            steps.append(CapStep(name, key, before, before + 1 if derogates else before, limit))
        for cap, (name, key), before in self.read:
            after = before + (amount_cents if cap.counter.counts == AMOUNT else trips)
            steps.append(CapStep(name, key, before, after, cap.limit))
        return tuple(steps)
