"""How long one waits at a stop for a driver who is not announced: learnt from the passages of past days.

Cars of a line pass a stop like a Poisson process whose rate depends on the kind of day and the hour; whoever comes at
some moment of the hour waits for the next one. Counts of past days estimate the rate, and with it the expected waiting
1/rate. How sure that is follows from how many were counted: the interval is the exact one of a Poisson count (Garwood,
1936). Where too few were counted nothing is said.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import exp, lgamma, log

from ground.paris import PARIS

PASSAGES_MIN = 8
"""Fewer passages say nothing: the interval would be wider than from half to twice the estimate."""

DAYS_MIN = 5
"""Nor do fewer days: one convoy is no habit."""

CONFIDENCE = 0.9
"""Of the interval."""

WAITING_S_MAX = 3 * 3600
"""Whoever would wait longer is not told to wait: plans for longer than this assume that the hour goes on for hours."""


class DayKind(StrEnum):
    """Days that are like each other on the road."""

    WORKDAY = "workday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    """And public holidays."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A vehicle with a free seat called at a stop. `at` is aware."""

    line_id: str
    backwards: bool
    """Against the order the line lists its stops in."""
    stop_id: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is to be expected. Seconds; the interval holds the true mean with CONFIDENCE."""

    expected_s: int
    low_s: int
    high_s: int
    passages: int
    """So many were counted in this hour …"""
    days: int
    """… on so many days of the kind."""


Place = tuple[str, bool, str, DayKind, int]
"""Line, direction, stop, kind of day and hour of the day in Europe/Paris."""


@dataclass(frozen=True, slots=True)
class WaitingModel:
    """Counts of passages, and of days that were looked at."""

    passages: dict[Place, int]
    days: dict[DayKind, int]

    def expect(self, line_id: str, backwards: bool, stop_id: str, kind: DayKind, hour: int) -> Waiting | None:
        """The expected waiting in an hour of a kind of day; None: too little is known to say."""
        count, days = self.passages.get((line_id, backwards, stop_id, kind, hour), 0), self.days.get(kind, 0)
        if count < PASSAGES_MIN or days < DAYS_MIN:
            return None
        observed_s = days * 3600
        if observed_s > count * WAITING_S_MAX:
            return None
        least, most = poisson_interval(count, CONFIDENCE)
        return Waiting(
            expected_s=round(observed_s / count),
            low_s=round(observed_s / most),
            high_s=round(observed_s / least),
            passages=count,
            days=days,
        )


def learn(
    passages: Iterable[Passed], first: dt.date, last: dt.date, is_holiday: Callable[[dt.date], bool]
) -> WaitingModel:
    """Learn from the passages of some days, both included; those of other days are left out, and of those at one stop
    in one minute one counts: who waits takes the first."""
    days = Counter(
        day_kind(first + dt.timedelta(days=number), is_holiday) for number in range((last - first).days + 1)
    )
    seen: set[tuple[str, bool, str, int]] = set()
    counts: Counter[Place] = Counter()
    for one in passages:
        local = one.at.astimezone(PARIS)
        minute = (one.line_id, one.backwards, one.stop_id, int(one.at.timestamp()) // 60)
        if not first <= local.date() <= last or minute in seen:
            continue
        seen.add(minute)
        kind = day_kind(local.date(), is_holiday)
        counts[one.line_id, one.backwards, one.stop_id, kind, local.hour] += 1
    return WaitingModel(dict(counts), dict(days))


def day_kind(day: dt.date, is_holiday: Callable[[dt.date], bool]) -> DayKind:
    """What kind of day it is."""
    if day.weekday() == 6 or is_holiday(day):
        return DayKind.SUNDAY
    return DayKind.SATURDAY if day.weekday() == 5 else DayKind.WORKDAY


@lru_cache(maxsize=4096)
def poisson_interval(count: int, confidence: float) -> tuple[float, float]:
    """The exact two-sided interval of a Poisson mean of which `count` > 0 was seen: the means that would give at least,
    and at most, as many with half of what is left of the confidence (Garwood, Biometrika 28, 1936)."""
    tail = (1 - confidence) / 2
    return (
        _solve(lambda mean: 1 - _at_most(count - 1, mean), tail, 0.0, float(count)),
        _solve(lambda mean: -_at_most(count, mean), -tail, float(count), 2.0 * count + 20),
    )


def _at_most(count: int, mean: float) -> float:
    """The probability of at most `count` where `mean` is expected: from the last term down, each a part of the next."""
    if mean <= 0:
        return 1.0
    term = total = 1.0
    for number in range(count, 0, -1):
        term *= number / mean
        total += term
        if term < total * 1e-17:
            break
    return exp(count * log(mean) - mean - lgamma(count + 1) + log(total))


def _solve(grows: Callable[[float], float], value: float, low: float, high: float) -> float:
    """Where a growing function reaches a value, by halving."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if grows(middle) < value else (low, middle)
    return (low + high) / 2
