"""One ticket used twice, found in what was scanned. It depends on which scans there are, never on the order they came
in: devices upload when they have a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise

from ticketing.tickets.scan import Scan
from ticketing.tickets.ticket import Right

AT_ONCE_S = 120
"""Nobody changes vehicles within this time and is checked in both."""
BACK_S = 4 * 3_600
"""Within this time nobody is back in a vehicle they left for another (trips are called the same every day)."""


@dataclass(frozen=True, slots=True)
class DoubleUse:
    """What cannot be one traveller (or group)."""

    rule: str
    """two-at-once, came-back, too-many-rides."""
    scans: tuple[Scan, ...]
    """Those that show it, in the order of time."""


def find_double_use(scans: Iterable[Scan], rights: Iterable[Right] = ()) -> list[DoubleUse]:
    """All double use of one ticket. Scans that say no vehicle, or were answered red, show nothing.

    `rights` of the ticket: where they are all from stop to stop, each is one ride.
    """
    visits = list_visits(scans)
    found = [
        DoubleUse("two-at-once", (before[-1], after[0]))
        for before, after in pairwise(visits)
        if after[0].at_s - before[-1].at_s < AT_ONCE_S
    ]
    for number, visit in enumerate(visits):
        later = (one for one in visits[number + 2 :] if one[0].vehicle == visit[0].vehicle)
        back = next(later, None)
        if back is not None and back[0].at_s - visit[-1].at_s < BACK_S:
            found.append(DoubleUse("came-back", (visit[-1], visits[number + 1][0], back[0])))
    return found + _too_many(visits, tuple(rights))


def list_visits(scans: Iterable[Scan]) -> list[list[Scan]]:
    """Runs of scans in one vehicle, in the order of time."""
    used = [scan for scan in scans if scan.vehicle and scan.colour != "red"]
    used.sort(key=lambda scan: (scan.at_s, scan.device, scan.id))
    return [list(run) for _, run in groupby(used, key=lambda scan: scan.vehicle)]


def _too_many(visits: list[list[Scan]], rights: tuple[Right, ...]) -> list[DoubleUse]:
    if not rights or not all(right.from_stop for right in rights):
        return []
    allowed = Counter(right.network_id for right in rights)
    found = []
    for network in sorted(allowed):
        rides = [visit[0] for visit in visits if visit[0].network_id == network]
        if len(rides) > allowed[network]:
            found.append(DoubleUse("too-many-rides", tuple(rides)))
    return found
