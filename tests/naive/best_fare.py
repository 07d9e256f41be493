"""The slow, obvious twin of the best fare: every set of passes is tried, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import combinations

Paid = tuple[frozenset[dt.date], frozenset[str], int]
"""The days and networks it is for, and cents."""


def days_from(first: dt.date, count: int) -> frozenset[dt.date]:
    """So many days, one after the other."""
    return frozenset(first + dt.timedelta(n) for n in range(count))


def least(paid: Sequence[Paid], offers: Iterable[Paid], most: int = 6) -> int:
    """The least for what was paid, where any `most` of these passes take the place of what lies in their days and
    networks."""
    passes = [one for one in set(offers) if any(_holds(one, each) for each in paid)]
    best = sum(cents for *_, cents in paid)
    for count in range(min(len(passes), most) + 1):
        for chosen in combinations(passes, count):
            left = sum(each[2] for each in paid if not any(_holds(one, each) for one in chosen))
            best = min(best, left + sum(cents for *_, cents in chosen))
    return best


def _holds(one: Paid, other: Paid) -> bool:
    return other[0] <= one[0] and other[1] <= one[1]
