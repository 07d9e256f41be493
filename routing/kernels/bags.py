"""RAPTOR with bags: arrival, rides, a cost and which places were passed, for one departure after another.

McRAPTOR (Delling, Pajor, Werneck: Round-Based Public Transit Routing, ALENEX 2012, section 4.1), as restricted in
Delling, Dibbelt, Pajor: Fast and Exact Public Transit Routing with Restricted Pareto Sets (ALENEX 2019): a label is
kept only if the target can still be reached from it in time and with the rides that are left
(`routing.kernels.limits`).

Where the two-criteria search has one label a stop and number of rides, there is a **bag** of labels here that no
other beats in all of time, cost, rides and vias passed. Labels lie in one pool and know the label they came from, so
that journeys are read off it. As there, two bags a stop: what **arrived** by a vehicle, which alone is walked on
from, and what is **ready** to board. Bags are kept from one departure to the next, earlier one: what leaving later
does as well is not found again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

TIME, COST, RIDES, VIAS, OLDER, PARENT, STOP = range(7)
"""Columns of `Bags.label`: seconds on the search's clock, the query's units, vehicles boarded, vias passed, the next
label of the same bag, the label it came from, and the stop (`S`: the target)."""
LABEL_FIELDS = 8

LAYER, TRIP, ALIGHT, BOARD_TRIP, BOARD = range(5)
"""Columns of `Bags.how` of what arrived by a vehicle: trips of the layer and positions of their routes."""
STAY, WALK_S, END = range(3)
"""And of what is ready, or at the target: seconds stayed before walking, seconds walked, which end of `Ends` or
-1."""
HOW_FIELDS = 5

ABOARD_TRIP, ABOARD_COST, ABOARD_VIAS, ABOARD_LABEL, ABOARD_POSITION = range(5)
ABOARD_FIELDS = 5

COST_SCALE = 1000
"""Aboard, costs are counted in thousandths (metres by a price a kilometre); on alighting they are rounded down."""


class Wish(NamedTuple):
    """What is kept low, and what is to be passed. A place's bit in `via_bits` is its place in the order."""

    per_walked_s: int
    per_ride: int
    per_km: np.ndarray  # int64[32] by mode
    via_bits: np.ndarray  # int64[S+1]
    via_stay_s: np.ndarray  # int64[V]


class Ends(NamedTuple):
    """Ways between the places asked for and stops; those of the target sorted by stop.

    One sets out by each at an instant from `open` to `close` (`routing.kernels.search.Ask`).
    """

    origin_stop: np.ndarray  # int32[O]
    origin_walk_s: np.ndarray  # int32[O]
    origin_stay_s: np.ndarray  # int32[O] stayed at the stop after walking there
    origin_open_s: np.ndarray  # int32[O]
    origin_close_s: np.ndarray  # int32[O]
    origin_vias: np.ndarray  # int32[O] passed by then
    origin_cost: np.ndarray  # int64[O]
    target_first: np.ndarray  # int32[S] first way from a stop, or -1
    target_stop: np.ndarray  # int32[G]
    target_walk_s: np.ndarray  # int32[G]
    target_open_s: np.ndarray  # int32[G]
    target_close_s: np.ndarray  # int32[G]
    target_at: np.ndarray  # int32[G] the stop the way ends at, which is passed too; S: none
    target_cost: np.ndarray  # int64[G]


class Turn(NamedTuple):
    """One round of one departure."""

    k: int
    """Vehicles boarded in it."""
    arrive_limit: int
    """Column of the limits for what arrives in this round, and for boarding in it."""
    board_limit: int
    new_from: int
    """What is ready since the round before: labels from here on."""
    latest_s: int
    """Exclusive."""
    deadline_s: int
    """Inclusive, at the target."""


class Bags(NamedTuple):
    """Working memory, writable. A pool that fills up ends the search: the caller makes a larger one."""

    label: np.ndarray  # int64[n, LABEL_FIELDS]
    how: np.ndarray  # int32[n, HOW_FIELDS]
    arrived: np.ndarray  # int32[S+1] the newest label of each bag, or -1; [S] is the target's
    ready: np.ndarray  # int32[S]
    aboard: np.ndarray  # int64[m, ABOARD_FIELDS] labels carried along one route


@njit(cache=True, nogil=True)
def empty(bags, scratch):
    """Nothing is in the bags, whatever state a search that ended early left them in."""
    bags.arrived[:] = -1
    bags.ready[:] = -1
    scratch.is_marked[:] = 0
    scratch.is_fresh[:] = 0
    scratch.route_from[:] = -1


@njit(cache=True, nogil=True)
def is_beaten(label, i, at_s, cost, rides, vias):
    """Whether a label of the bag that begins with `i` is as good in everything."""
    while i >= 0:
        if (
            label[i, TIME] <= at_s
            and label[i, COST] <= cost
            and label[i, RIDES] <= rides
            and label[i, VIAS] >= vias
        ):
            return True
        i = label[i, OLDER]
    return False


@njit(cache=True, nogil=True)
def put(label, bag, stop, count, at_s, cost, rides, vias, parent):
    """Put a label that none beats into the bag and take out those it beats; returns the pool's new size."""
    if count == len(label):
        return count
    before, i = np.int64(-1), np.int64(bag[stop])
    while i >= 0:
        older = label[i, OLDER]
        if (
            at_s <= label[i, TIME]
            and cost <= label[i, COST]
            and rides <= label[i, RIDES]
            and vias >= label[i, VIAS]
        ):
            if before < 0:
                bag[stop] = older
            else:
                label[before, OLDER] = older
        else:
            before = i
        i = older
    label[count, TIME] = at_s
    label[count, COST] = cost
    label[count, RIDES] = rides
    label[count, VIAS] = vias
    label[count, OLDER] = bag[stop]
    label[count, PARENT] = parent
    label[count, STOP] = stop
    bag[stop] = count
    return count + 1


@njit(cache=True, nogil=True)
def pass_by(wish, stop, vias):
    """The number of vias passed after being at a stop, without staying."""
    bits = wish.via_bits[stop]
    while vias < len(wish.via_stay_s) and bits >> vias & 1 and wish.via_stay_s[vias] == 0:
        vias += 1
    return vias


@njit(cache=True, nogil=True)
def may_stay(wish, stop, vias):
    """Whether staying at the stop passes the next via."""
    return vias < len(wish.via_stay_s) and wish.via_bits[stop] >> vias & 1 != 0
