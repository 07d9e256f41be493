"""From a pool of labels to journeys, and the loop over departures."""

from __future__ import annotations

import numpy as np
from numba import njit

from routing.kernels.bag_search import search_bags
from routing.kernels.bags import (
    ALIGHT,
    BOARD,
    BOARD_TRIP,
    COST,
    END,
    LAYER,
    OLDER,
    PARENT,
    RIDES,
    STAY,
    STOP,
    TIME,
    TRIP,
    WALK_S,
)
from routing.kernels.search import NEVER
from routing.kernels.trace import (
    JOURNEY_ARRIVAL,
    JOURNEY_DEPARTURE,
    JOURNEY_FIELDS,
    JOURNEY_FIRST_LEG,
    JOURNEY_LEG_COUNT,
    JOURNEY_RIDES,
    WALK,
    legs_max,
    put,
    put_ride,
)

JOURNEY_COST = JOURNEY_FIELDS
"""Beside what `routing.kernels.trace` writes of a journey."""

BAG_JOURNEY_FIELDS = JOURNEY_FIELDS + 1


@njit(cache=True, nogil=True)
def search_portion(
    layers,
    metres,
    walking,
    ask,
    wish,
    ends,
    bags,
    scratch,
    limits,
    rounds,
    departures,
    first,
    end,
    count,
    deadlines,
    told_until,
    out_best,
    out_journeys,
    out_legs,
):
    """Search the departures from `first` to before `end`, and read off the journeys each adds.

    `deadlines` and `told_until` int32[n, K+1], by departure and number of rides: until when a journey may arrive to
    be searched for, and to be told. Row `n` of `out_best` int32[n, K+1] is when the `n`th departure or a later one
    arrives at the earliest. Journeys are rows of `out_journeys` int64[j, BAG_JOURNEY_FIELDS], their legs, last first,
    of `out_legs`. Returns the pool's size and how many journeys there are; the size is the whole pool's when
    something did not fit.
    """
    label, arrived = bags.label, bags.arrived
    target = len(arrived) - 1
    journeys, legs, most = 0, 0, legs_max(ask.rides_max)
    for nth in range(first, end):
        before = count
        count = search_bags(
            layers,
            metres,
            walking,
            ask,
            wish,
            ends,
            bags,
            scratch,
            limits,
            rounds,
            departures,
            nth,
            deadlines[nth],
            count,
        )
        if count == len(label):
            return count, journeys
        out_best[nth, :] = NEVER
        i = np.int64(arrived[target])
        while i >= 0:
            for k in range(label[i, RIDES], ask.rides_max + 1):
                out_best[nth, k] = min(np.int64(out_best[nth, k]), label[i, TIME])
            if i >= before and label[i, TIME] <= told_until[nth, label[i, RIDES]]:
                if journeys == len(out_journeys) or legs + most > len(out_legs):
                    return len(label), journeys
                written = read_journey(layers, ask, ends, bags, i, out_legs, legs, out_journeys[journeys])
                out_journeys[journeys, JOURNEY_DEPARTURE] = departures.at_s[nth]
                out_journeys[journeys, JOURNEY_FIRST_LEG] = legs
                out_journeys[journeys, JOURNEY_LEG_COUNT] = written
                journeys += 1
                legs += written
            i = label[i, OLDER]
    return count, journeys


@njit(cache=True, nogil=True)
def read_journey(layers, ask, ends, bags, label_at_target, out_legs, row, out_journey):
    """Write the legs of the journey that ends in a label at the target, last leg first; returns how many they are."""
    label, how, first_row, i = bags.label, bags.how, row, label_at_target
    out_journey[JOURNEY_ARRIVAL] = label[i, TIME]
    out_journey[JOURNEY_RIDES] = label[i, RIDES]
    out_journey[JOURNEY_COST] = label[i, COST]
    left_s, own = label[i, TIME] - how[i, WALK_S], label[i, PARENT]
    put(out_legs, row, WALK, -1, -1, how[i, END], -1, label[own, STOP], -1, left_s, label[i, TIME])
    row += 1
    while True:
        nth = how[own, LAYER]
        row, stop, departure_s = put_ride(
            layers[nth],
            nth,
            ask.layer_offset_s[nth],
            how[own, TRIP],
            how[own, ALIGHT],
            how[own, BOARD_TRIP],
            how[own, BOARD],
            out_legs,
            row,
        )
        ready = label[own, PARENT]
        own = label[ready, PARENT]
        walk_s, end = how[ready, WALK_S], how[ready, END]
        if own < 0:
            left_s = min(departure_s - how[ready, STAY] - walk_s, np.int64(ends.origin_close_s[end]))
            put(out_legs, row, WALK, -1, -1, -1, end, -1, stop, left_s, left_s + walk_s)
            return row + 1 - first_row
        if label[own, STOP] != stop:
            left_s = label[own, TIME] + how[ready, STAY]
            put(out_legs, row, WALK, -1, -1, -1, -1, label[own, STOP], stop, left_s, left_s + walk_s)
            row += 1
