"""How far one gets: the earliest arrival at every stop, in one search without a destination."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.kernels.search import NEVER, Departures, Labels, Walking, reset, search_departure
from routing.search import Search
from routing.timetable import INACCESSIBLE, NO_CHANGE_S

UNREACHED = -1
"""In `Reached.at_s`."""

RIDES_BITS = 16
"""What fits beside a time in one integer, so that the earliest arrival with the fewest rides is one minimum."""


class Reached(NamedTuple):
    """By boardable stop; `S` of them."""

    at_s: NDArray[np.int64]
    """[S] earliest arrival (arrive-by: latest departure), seconds since the epoch, UTC; UNREACHED."""
    transfers: NDArray[np.int32]
    """[S] the fewest with which that is; -1: on foot alone (or not at all)."""


def find_reached(
    search: Search,
    labels: Labels,
    departures: Departures,
    at_end: Walking,
    stop_wheelchair: NDArray[np.uint8],
) -> Reached:
    """When one can be at every stop: one pass over the labels, with nothing to aim at.

    As at the end of any journey, a footpath may be walked from
    the last vehicle, without a traveller's additions to changes (`at_end`); what is reached without a vehicle counts.
    Raises ValueError for a window.
    """
    query, rides_max = search.query, search.ask.rides_max
    if query.window_s:
        raise ValueError("one to all is asked for one instant, not for a window")
    reset(search.ask, labels)
    labels.best[:] = NEVER  # there is nothing to aim at: every arrival matters, the last ride's too
    search_departure(search.layers, search.walking, search.ask, labels, departures, 0)
    arrive = labels.rows[:, rides_max:].astype(np.int64) << RIDES_BITS
    key = (arrive | np.arange(1, rides_max + 1)).min(axis=1)
    _walk_on(at_end, key)
    departure_s = int(departures.at_s[0])
    ask = search.ask
    there_s = np.maximum(departure_s, ask.origin_open_s).astype(np.int64) + ask.origin_offset_s
    in_time = departure_s <= ask.origin_close_s
    np.minimum.at(key, ask.origin_stop[in_time], there_s[in_time] << RIDES_BITS)
    at_s, rides = key >> RIDES_BITS, key & ((1 << RIDES_BITS) - 1)
    reached = at_s <= departure_s + query.max_travel_time_s
    if query.wheelchair:
        reached &= stop_wheelchair[: len(reached)] != INACCESSIBLE
    at_s = search.base_s - at_s if query.arrive_by else search.base_s + at_s
    return Reached(np.where(reached, at_s, UNREACHED), np.where(reached, rides - 1, -1).astype(np.int32))


def _walk_on(at_end: Walking, key: NDArray[np.int64]) -> None:
    """Lower the keys by the footpaths from where a vehicle was left."""
    origin = np.repeat(np.arange(len(key)), np.diff(at_end.first))
    usable = (at_end.duration_s < NO_CHANGE_S) & (key[origin] >> RIDES_BITS < NEVER)
    walked = key[origin[usable]] + (at_end.duration_s[usable].astype(np.int64) << RIDES_BITS)
    np.minimum.at(key, at_end.to[usable], walked)
