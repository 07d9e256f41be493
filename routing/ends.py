"""The two ends of a search: every way between the place asked for and a boardable stop, as the kernels read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.kernels.search import NEVER, Walking
from routing.query import Offset
from routing.timetable import NO_CHANGE_S

ALWAYS = (-int(NEVER), int(NEVER))


class Entry(NamedTuple):
    """One way between the place and a stop. Instants are seconds since the epoch, or ALWAYS."""

    stop: int
    duration_s: int
    open_s: int
    close_s: int
    from_stop: int
    """The stop the walk starts from (leads to), or -1: the place itself."""
    offer: int
    """Which of the query's offsets it is, when that is a flexible leg; else -1."""


class EntryArrays(NamedTuple):
    """The same on a search's clock, int32[n], sorted by stop."""

    stop: NDArray[np.int32]
    duration_s: NDArray[np.int32]
    open_s: NDArray[np.int32]
    close_s: NDArray[np.int32]


def list_entries(
    offsets: Iterable[Offset], walking: Walking, closed: NDArray[np.bool_] | None
) -> list[Entry]:
    """By stop: the quickest walk to each (offsets, and footpaths from stops one is at), and every flexible leg.

    `walking` is without a traveller's wishes, its `first` leading away from the place. Stops that are `closed` are
    left out.
    """
    best: dict[int, Entry] = {}
    flexible = []
    for number, offset in enumerate(offsets):
        stop, duration_s = offset.stop, offset.duration_s
        if closed is not None and closed[stop]:
            continue
        if offset.open_s is not None or offset.close_s is not None:
            open_s = ALWAYS[0] if offset.open_s is None else offset.open_s
            close_s = ALWAYS[1] if offset.close_s is None else offset.close_s
            flexible.append(Entry(stop, duration_s, open_s, close_s, -1, number))
            continue
        _keep_quicker(best, Entry(stop, duration_s, *ALWAYS, stop if duration_s == 0 else -1, -1))
        if duration_s == 0:
            paths = slice(walking.first[stop], walking.first[stop + 1])
            for to, walk_s in zip(
                walking.to[paths].tolist(), walking.duration_s[paths].tolist(), strict=True
            ):
                if walk_s < NO_CHANGE_S:
                    _keep_quicker(best, Entry(to, walk_s, *ALWAYS, stop, -1))
    return sorted([*best.values(), *flexible])


def to_arrays(entries: list[Entry], base_s: int, mirrored: bool) -> EntryArrays:
    """Entries on the clock of a search: seconds after `base_s`, negated in the mirror, where one arrives first."""
    earliest, latest = ALWAYS
    opens, closes = [earliest] * len(entries), [latest] * len(entries)
    for i, entry in enumerate(entries):
        if entry.offer >= 0 and mirrored:
            opens[i] = max(earliest, base_s - entry.close_s - entry.duration_s)
            closes[i] = min(latest, base_s - entry.open_s - entry.duration_s)
        elif entry.offer >= 0:
            opens[i], closes[i] = max(earliest, entry.open_s - base_s), min(latest, entry.close_s - base_s)
    stops, durations_s = [entry.stop for entry in entries], [entry.duration_s for entry in entries]
    return EntryArrays(*np.array((stops, durations_s, opens, closes), np.int32))


def _keep_quicker(best: dict[int, Entry], entry: Entry) -> None:
    known = best.get(entry.stop)
    if known is None or entry.duration_s < known.duration_s:
        best[entry.stop] = entry
