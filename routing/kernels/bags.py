"""RAPTOR with bags: arrival, rides, a cost and which places were passed. The working memory, and what a bag is.

McRAPTOR (Delling, Pajor, Werneck: Round-Based Public Transit Routing, ALENEX 2012), as bounded in Delling, Dibbelt,
Pajor: Fast and Exact Public Transit Routing with Restricted Pareto Sets (ALENEX 2019): a label is kept only if the
target can still be reached from it in time and with the rides that are left (`routing.kernels.bag_limits`).

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

from routing.kernels.search import Ask, Labels

TIME, COST, RIDES, VIAS, NEXT, NEW, PARENT, UNTIL = range(8)
"""Columns of `Bags.label`: seconds on the search's clock, the query's units, vehicles boarded, vias passed (BEATEN:
it is in no bag any more), the next label of its bag, by time, and of those that are new there, the label it came
from, and the departure from which on a label as good has boarded everything."""
LABEL_FIELDS = 8
BEATEN = -1

LAYER, TRIP, ALIGHT, BOARD_TRIP, BOARD, STOP = range(6)
"""Columns of `Bags.how` of what arrived by a vehicle: trips of the layer and positions of their routes."""
STAY, WALK_S, END = range(3)
"""And of what is ready, or at the target: seconds stayed before walking, seconds walked, which end of `Ends` or
-1."""
HOW_FIELDS = 6

ABOARD_TRIP, ABOARD_COST, ABOARD_VIAS, ABOARD_LABEL, ABOARD_POSITION, ABOARD_FIRST, ABOARD_MADE = range(7)
"""Columns of `Bags.aboard`: which trip of the route, cost in thousandths less what the way until here would cost,
vias passed, the label that boarded, at which position of which trip (-1: this one), and the trips made seated
since."""
ABOARD_FIELDS = 7

FOREVER = np.int64(1) << np.int64(40)

PER_RIDE, PER_KM = range(2)
"""Columns of what the routes of a layer cost: boarding one, and a kilometre."""

COST_SCALE = 1000
"""Aboard, costs are counted in thousandths (metres by a price a kilometre); on alighting they are rounded down."""


class Wish(NamedTuple):
    """What is kept low, and what is to be passed. A place's bit in `via_bits` is its place in the order."""

    per_walked_s: int
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
    latest_s: int
    """Inclusive; the travel time's end."""
    deadline_s: int
    """Inclusive, at the target, with the rides of this round, and with one more."""
    next_deadline_s: int


class Bags(NamedTuple):
    """Working memory, writable. A pool that fills up ends the search: the caller makes a larger one."""

    label: np.ndarray  # int64[n, LABEL_FIELDS]
    how: np.ndarray  # int32[n, HOW_FIELDS]
    arrived: np.ndarray  # int32[S+1] the earliest label of each bag, or -1; [S] is the target's
    ready: np.ndarray  # int32[S]
    new_arrived: np.ndarray  # int32[S+1] the latest found of each bag in this round, or -1
    new_ready: np.ndarray  # int32[S] and since the round before
    aboard: np.ndarray  # int64[m, ABOARD_FIELDS] labels carried along one route
    onward: np.ndarray  # int64[m, ABOARD_FIELDS] labels to be carried on, where a vehicle goes on
    found: np.ndarray  # int32[j, 2] labels at the target to tell, and their departures


class Setting(NamedTuple):
    """What stays the same throughout a search."""

    ask: Ask
    wish: Wish
    ends: Ends
    bags: Bags
    scratch: Labels  # for its marks and its queue
    limits: (
        np.ndarray
    )  # int32[S, 2K] the negated latest instants to be at a stop (`routing.kernels.bag_limits`):
    # having arrived with `k` rides in column `rounds - k`, being ready with `k` in `K + rounds - k - 1`
    toward: np.ndarray  # int32[S, TOWARD_FIELDS] as in `Labels`


@njit(cache=True, nogil=True)
def empty(bags, scratch):
    """Nothing is in the bags, whatever state a search that ended early left them in."""
    bags.arrived[:] = -1
    bags.ready[:] = -1
    bags.new_arrived[:] = -1
    bags.new_ready[:] = -1
    scratch.is_marked[:] = 0
    scratch.is_fresh[:] = 0
    scratch.route_from[:] = -1


@njit(cache=True, nogil=True)
def is_beaten(label, i, at_s, cost, rides, vias):
    """Whether a label of the bag that begins with `i` is as good in everything."""
    while i >= 0:
        own = np.uint64(i)  # an unsigned index needs no test for counting from the end
        if label[own, TIME] > at_s:
            break
        if label[own, COST] <= cost and label[own, RIDES] <= rides and label[own, VIAS] >= vias:
            return True
        i = label[own, NEXT]
    return False


@njit(cache=True, nogil=True)
def put(label, bag, new, stop, count, at_s, cost, rides, vias, parent, unused_from):
    """Put a label that none beats into the bag, as number `count`, and take out those it beats.

    From number `unused_from` on, labels of the bag have not been used to board yet: once beaten, they never will be.
    Returns the pool's new size; the same if it is full.
    """
    if count == len(label):
        return count
    before, i = np.int64(-1), np.int64(bag[stop])
    while i >= 0 and label[i, TIME] < at_s:
        before, i = i, label[i, NEXT]
    last, until_s, following = before, FOREVER, np.int64(-1)
    while i >= 0:
        after = label[i, NEXT]
        as_good = label[i, COST] <= cost and label[i, RIDES] <= rides and label[i, VIAS] >= vias
        beaten = cost <= label[i, COST] and rides <= label[i, RIDES] and vias >= label[i, VIAS]
        if until_s == FOREVER and as_good:
            until_s = label[i, UNTIL] if beaten and i >= unused_from else label[i, TIME]
        if beaten:
            label[i, VIAS] = BEATEN
            if last >= 0 and last != before:
                label[last, NEXT] = after
        else:
            if following < 0:
                following = i
            last = i
        i = after
    label[count, TIME] = at_s
    label[count, COST] = cost
    label[count, RIDES] = rides
    label[count, VIAS] = vias
    label[count, NEXT] = following
    label[count, NEW] = new[stop]
    label[count, PARENT] = parent
    label[count, UNTIL] = until_s
    new[stop] = count
    if before < 0:
        bag[stop] = count
    else:
        label[before, NEXT] = count
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
