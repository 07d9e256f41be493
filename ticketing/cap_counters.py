"""What has been granted so far, counted as caps need it.

A counter counts every grant of its window (a day, a month, a year in Europe/Paris, or a campaign), whichever policy
version granted it; a trip that earned nothing counts nowhere, and a withdrawn one no more. So a counter is always what
counting again from scratch gives, whatever was closed in which portions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from ground.paris import PARIS
from ticketing.facts import Grant, TripFacts
from ticketing.subsidy_policy import AMOUNT, DEROGATION_COUNTER, Counter

CounterKey = tuple[str, str]
"""One count: of what ("trips/driver/day"), and of whom and when ("driver:9f3a…/2026-10-03"), as in `CapStep`."""


class Counts(Protocol):
    """Where counters are read."""

    def value(self, key: CounterKey) -> int:
        """How far it has got; 0 when nothing was counted."""
        ...


def day_of(local: dt.datetime) -> str:
    """The day of a moment on the clock of Paris, YYYY-MM-DD."""
    return f"{local.year:04}-{local.month:02}-{local.day:02}"


def windows_at(local: dt.datetime, campaign: str) -> dict[str, str]:
    """The names of the day, month and year of a moment on the clock of Paris, and the campaign's."""
    day = day_of(local)
    return {"day": day, "month": day[:7], "year": day[:4], "campaign": campaign}


def key_of(counter: Counter, windows: Mapping[str, str], person: str) -> CounterKey:
    """The count of a person (a driver or a passenger) that a trip goes into."""
    if counter.per == "campaign":
        person = windows["campaign"]
    return counter.name, f"{counter.per}:{person}/{windows[counter.during]}"


def window_of(key: CounterKey) -> str:
    """When it counts: 2026-10-03, 2026-10, 2026, or the name of a campaign."""
    return key[1].rpartition("/")[2]


def changes_of(
    trip: TripFacts, grant: Grant, campaign: str, counters: Iterable[Counter]
) -> Iterator[tuple[CounterKey, int]]:
    """What a grant adds to each of the counters; withdrawing it takes the same away."""
    if grant.amount_cents == 0:
        return
    windows = windows_at(trip.started_at.astimezone(PARIS), campaign)
    people = persons_counted(trip, grant)
    for counter in counters:
        if counter is DEROGATION_COUNTER or counter == DEROGATION_COUNTER:
            step = 1 if uses_derogation(grant) else 0
        else:
            step = grant.amount_cents if counter.counts == AMOUNT else 1
        if step:
            for person in people if counter.per == "passenger" else (trip.driver,):
                yield key_of(counter, windows, person), step


def keys_touched(trip: TripFacts, campaign: str, counters: Iterable[Counter]) -> Iterator[CounterKey]:
    """Every count that granting a trip may read or change."""
    windows = windows_at(trip.started_at.astimezone(PARIS), campaign)
    for counter in counters:
        if counter.per == "passenger":
            for one in trip.passengers:
                yield key_of(counter, windows, one.person)
        else:
            yield key_of(counter, windows, trip.driver)


def persons_counted(trip: TripFacts, grant: Grant) -> list[str]:
    """The passengers a trip was granted for, each once."""
    journeys = {share.journey_id for share in grant.shares}
    return list(dict.fromkeys(one.person for one in trip.passengers if one.journey_id in journeys))


def uses_derogation(grant: Grant) -> bool:
    """Whether it was granted more than the trip's costs, as the law allows for short trips."""
    return any(step.cap == DEROGATION_COUNTER.name and step.after > step.before for step in grant.caps)


class CapCounters:
    """Counters in memory. `counters`: what is counted, at least all that the policies in question ask for."""

    def __init__(self, counters: Iterable[Counter], values: Mapping[CounterKey, int] | None = None) -> None:
        self.counters = frozenset(counters)
        self._values: dict[CounterKey, int] = dict(values or {})
        self._unread: dict[str, list[Counter]] = {}

    def value(self, key: CounterKey) -> int:
        """How far a count has got."""
        return self._values.get(key, 0)

    def count(self, trip: TripFacts, grant: Grant, campaign: str) -> None:
        """A grant was made from these counters."""
        if grant.amount_cents == 0:
            return
        values = self._values
        for step in grant.caps:
            values[step.cap, step.key] = step.after
        unread = self._unread.get(grant.policy)
        if (
            unread is None
        ):  # a policy's grants read the same counters each time; of derogations only those that are used
            read = {step.cap for step in grant.caps} | {DEROGATION_COUNTER.name}
            unread = [counter for counter in self.counters if counter.name not in read]
            self._unread[grant.policy] = unread
        if unread:
            for key, step_up in changes_of(trip, grant, campaign, unread):
                values[key] = values.get(key, 0) + step_up

    def release(self, trip: TripFacts, grant: Grant, campaign: str) -> None:
        """A grant was withdrawn."""
        for key, step in changes_of(trip, grant, campaign, self.counters):
            self._values[key] = self._values.get(key, 0) - step

    def put(self, values: Mapping[CounterKey, int]) -> None:
        """Counters that begin to be counted stand here now."""
        self._values.update(values)

    def forget_before(self, day: str) -> None:
        """Let go of the days, months and years that were over before a day (YYYY-MM-DD). Campaigns stay."""
        over = [
            key
            for key in self._values
            if (window := window_of(key))[0].isdigit() and window < day[: len(window)]
        ]
        for key in over:
            del self._values[key]

    def values(self) -> dict[CounterKey, int]:
        """All counts that are not 0."""
        return {key: value for key, value in self._values.items() if value}


class RecordedCounts:
    """The counters as a grant says it found them: to derive it again from nothing but itself."""

    def __init__(self, grant: Grant) -> None:
        self._before = {(step.cap, step.key): step.before for step in grant.caps}

    def value(self, key: CounterKey) -> int:
        """How far it had got."""
        return self._before.get(key, 0)
