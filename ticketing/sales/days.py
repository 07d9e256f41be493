"""A day of sales, as the register seals it: how many entries, their digest, and what they came to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from ground.paris import PARIS
from ticketing.sales.entry import SalesEntry
from ticketing.sales.postings import postings_of

FORMAT = "mobility sales day 1"

Body = dict[str, Any]


def is_day(text: str) -> bool:
    """Whether it is a day written YYYY-MM-DD."""
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def day_of(at: dt.datetime) -> str:
    """The day in Paris an aware instant lies in."""
    return at.astimezone(PARIS).date().isoformat()


def day_end(day: str) -> dt.datetime:
    """The first instant after a day in Paris, UTC: 23 or 25 hours after it began on two days of the year."""
    following = dt.date.fromisoformat(day) + dt.timedelta(days=1)
    return dt.datetime.combine(following, dt.time(), PARIS).astimezone(dt.UTC)


def next_day(day: str) -> str:
    """The day after."""
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()


def days_of(period: str) -> Iterator[str]:
    """The days of a month."""
    day = f"{period}-01"
    while day.startswith(period):
        yield day
        day = next_day(day)


class DaySums:
    """What a day comes to while its entries go by, by order (by code points) and number.

    The digest is SHA-256 over lines, each ended by a line feed: `mobility sales day 1`, the day, and for each entry its
    order, number and hash (hexadecimal) with one space between.
    """

    def __init__(self, day: str) -> None:
        self.day = day
        self._digest = sha256(f"{FORMAT}\n{day}\n".encode("ascii"))
        self._kinds: dict[str, int] = {}
        self._totals: dict[str, dict[str, int]] = {}
        self._balances: dict[str, int] = {}

    def add(self, entry: SalesEntry) -> None:
        """The next entry."""
        self._digest.update(f"{entry.order_id} {entry.n} {entry.hash.hex()}\n".encode("ascii"))
        self._kinds[entry.kind] = self._kinds.get(entry.kind, 0) + 1
        for posting in postings_of(entry):
            account, cents = posting.account, posting.amount_cents
            self._balances[account] = self._balances.get(account, 0) + cents
            total = self._totals.setdefault(account.partition(":")[0], {"debit_cents": 0, "credit_cents": 0})
            total["debit_cents" if cents > 0 else "credit_cents"] += abs(cents)

    def body(self) -> Body:
        """The body of the entry of the register that seals the day; `postings` are what accounts move by over the whole
        day, so that a buyer who paid and got what they paid for is not in it."""
        return {
            "day": self.day,
            "count": sum(self._kinds.values()),
            "digest": self._digest.hexdigest(),
            "entries": self._kinds,
            "totals": self._totals,
            "postings": [[account, cents] for account, cents in sorted(self._balances.items()) if cents],
        }


def seal(day: str, entries: Iterable[SalesEntry]) -> Body:
    """The body of the entry that seals a day."""
    sums = DaySums(day)
    for entry in entries:
        sums.add(entry)
    return sums.body()
