"""What has been granted so far, counted as caps need it.

A counter counts every grant of its window (a day, a month, a year in Europe/Paris, or a campaign), whichever policy
version granted it; a trip that earned nothing counts nowhere, and a withdrawn one no more. So a counter is always what
counting again from scratch gives, whatever was closed in which portions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from ticketing.facts import Grant, TripFacts
from ticketing.period import PARIS
from ticketing.subsidy_policy import AMOUNT, DEROGATIONS, Counter


class CounterKey(NamedTuple):
    """One count: of what, when, of whom."""

    window: str
    """2026-10-03, 2026-10, 2026, or the name of a campaign."""
    who: str
    """driver:…, passenger:… or campaign:…"""
    counter: str
    """Such as trips/driver/day."""

    @property
    def shown(self) -> str:
        """As grants name it: driver:9f3a…/2026-10-03."""
        return f"{self.who}/{self.window}"


class Counts(Protocol):
    """Where counters are read."""

    def value(self, key: CounterKey) -> int:
        """How far it has got; 0 when nothing was counted."""
        ...


def key_of(counter: Counter, local: dt.datetime, campaign: str, person: str) -> CounterKey:
    """The count a trip goes into: `local` is its start on the clock of Paris, `person` its driver or one passenger."""
    who = f"campaign:{campaign}" if counter.per == "campaign" else f"{counter.per}:{person}"
    return CounterKey(window_of(counter.during, local, campaign), who, counter.name)


def window_of(during: str, local: dt.datetime, campaign: str) -> str:
    """The name of the day, month or year, or the campaign's."""
    if during == "day":
        return f"{local.year:04}-{local.month:02}-{local.day:02}"
    if during == "month":
        return f"{local.year:04}-{local.month:02}"
    return f"{local.year:04}" if during == "year" else campaign


def changes_of(
    trip: TripFacts, grant: Grant, campaign: str, counters: Iterable[Counter]
) -> Iterator[tuple[CounterKey, int]]:
    """What a grant adds to each of the counters; withdrawing it takes the same away."""
    if grant.amount_cents == 0:
        return
    local = trip.started_at.astimezone(PARIS)
    people = persons_counted(trip, grant)
    for counter in counters:
        if counter.counts == AMOUNT:
            step = grant.amount_cents
        elif counter.counts == DEROGATIONS:
            step = 1 if uses_derogation(grant) else 0
        else:
            step = 1
        if step:
            for person in people if counter.per == "passenger" else (trip.driver,):
                yield key_of(counter, local, campaign, person), step


def persons_counted(trip: TripFacts, grant: Grant) -> list[str]:
    """The passengers a trip was granted for, each once."""
    journeys = {share.journey_id for share in grant.shares}
    return list(dict.fromkeys(one.person for one in trip.passengers if one.journey_id in journeys))


def uses_derogation(grant: Grant) -> bool:
    """Whether it was granted more than the trip's costs, as the law allows for short trips."""
    return any(cap.after > cap.before and cap.cap.startswith(DEROGATIONS) for cap in grant.caps)


class CapCounters:
    """Counters in memory. `counters`: what is counted, at least all that the policies in question ask for."""

    def __init__(self, counters: Iterable[Counter], values: dict[CounterKey, int] | None = None) -> None:
        self.counters = frozenset(counters)
        self._windows: dict[str, dict[CounterKey, int]] = {}
        for key, value in (values or {}).items():
            self._windows.setdefault(key.window, {})[key] = value

    def value(self, key: CounterKey) -> int:
        """How far a count has got."""
        window = self._windows.get(key.window)
        return 0 if window is None else window.get(key, 0)

    def count(self, trip: TripFacts, grant: Grant, campaign: str) -> None:
        """A grant was made."""
        for key, step in changes_of(trip, grant, campaign, self.counters):
            window = self._windows.setdefault(key.window, {})
            window[key] = window.get(key, 0) + step

    def release(self, trip: TripFacts, grant: Grant, campaign: str) -> None:
        """A grant was withdrawn."""
        for key, step in changes_of(trip, grant, campaign, self.counters):
            window = self._windows.setdefault(key.window, {})
            left = window.get(key, 0) - step
            if left:
                window[key] = left
            else:
                window.pop(key, None)

    def forget_before(self, day: str) -> None:
        """Let go of the days, months and years that were over before a day (YYYY-MM-DD). Campaigns stay."""
        for window in list(self._windows):
            if window[0].isdigit() and window < day[: len(window)]:
                del self._windows[window]

    def values(self) -> dict[CounterKey, int]:
        """All counts that are not 0."""
        return {key: value for window in self._windows.values() for key, value in window.items() if value}


class RecordedCounts:
    """The counters as a grant says it found them: to derive it again from nothing but itself."""

    def __init__(self, grant: Grant) -> None:
        self._before = {(step.cap, step.key): step.before for step in grant.caps}

    def value(self, key: CounterKey) -> int:
        """How far it had got."""
        return self._before.get((key.counter, key.shown), 0)
