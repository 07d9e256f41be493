"""From StopTimeUpdates to the times of whole trips.

GTFS-RT reference, messages StopTimeUpdate and StopTimeEvent; "Trip updates", stop time updates. What the documents
leave open is decided in docs/decisions/0010-what-stop-time-updates-mean.md, in short:

* an update's delay holds at its stop and after it, until the next update; of arrival and departure, the one that is
  not said is as late as the one that is;
* where nothing is known (before the first update, from NO_DATA on), there is the plan, moved only so far that times
  keep their order;
* times that are only propagated give way to those that are said; two said ones out of order spoil the trip.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gtfs_feeds.realtime.kernels import wire
from gtfs_feeds.realtime.kernels.find_ids import Ids, compare_id, find_id

LATE_S_MAX = 86_400
"""A time farther than this from its plan is no prediction."""

# ── what became of a trip: bits ────────────────────────────────────────────────────────────────────────────
RUNS_BACKWARDS, IMPLAUSIBLE, KNOWN, SKIPS, SKIPS_ALL, MOVED, MOVED_BOARDABLE, OTHER_SERVICE = (
    1 << bit for bit in range(8)
)

# ── what became of an update ───────────────────────────────────────────────────────────────────────────────
NOTED_NOTHING, UNKNOWN_STOP, WRONG_STOP, TWICE, UNSORTED, NO_TIMES, UNKNOWN_ASSIGNED, NOT_BOARDABLE = range(8)
UNKNOWN_RELATIONSHIP = 8

SCHEDULED, SKIPPED, NO_DATA, UNSCHEDULED = 0, 1, 2, 3
"""StopTimeUpdate.ScheduleRelationship."""

_FAR = 1 << 50


class Plan(NamedTuple):
    """What of a network propagation reads; names and shapes as in `Timetable` and `Catalogue`."""

    pattern_first: NDArray[np.int32]
    pattern_stop: NDArray[np.int32]
    pattern_pickup: NDArray[np.uint8]
    pattern_dropoff: NDArray[np.uint8]
    trip_pattern: NDArray[np.int32]
    trip_first_event: NDArray[np.int64]
    event_arrival_s: NDArray[np.int32]
    event_departure_s: NDArray[np.int32]
    trip_numbering: NDArray[np.int32]
    numbering_first: NDArray[np.int64]
    numbering_sequence: NDArray[np.int32]
    station: NDArray[np.int32]  # [A] of each stop, or itself
    boardable: NDArray[np.int64]  # [1] how many stops are


class Jobs(NamedTuple):
    """Trips and what is said of them, [k] each."""

    trip: NDArray[np.int64]
    plan_s: NDArray[np.int64]
    """The instant the plan's times count from."""
    base_s: NDArray[np.int64]
    """The instant delays count from: another one for repetitions that start when they like."""
    first_update: NDArray[np.int64]
    update_count: NDArray[np.int64]
    delay_s: NDArray[np.int64]
    """TripUpdate.delay, or wire.ABSENT."""
    out: NDArray[np.int64]
    """[k+1] where its positions are in `Times`."""


class Times(NamedTuple):
    """What comes of it, flat, by position."""

    arrival_s: NDArray[np.int64]
    departure_s: NDArray[np.int64]
    known: NDArray[np.bool_]
    skipped: NDArray[np.bool_]
    assigned_stop: NDArray[np.int32]
    """-1: as planned."""
    boarded_stop: NDArray[np.int32]
    """The assigned one where it is boardable, else the planned one."""
    pickup: NDArray[np.uint8]
    dropoff: NDArray[np.uint8]


def make_times(size: int) -> Times:
    """Room for so many positions."""
    return Times(
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.bool_),
        np.empty(size, np.bool_),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(size, np.uint8),
        np.empty(size, np.uint8),
    )


def cut(times: Times, first: int, last: int) -> Times:
    """The positions from `first` on, before `last`."""
    part = slice(first, last)
    return Times(
        times.arrival_s[part],
        times.departure_s[part],
        times.known[part],
        times.skipped[part],
        times.assigned_stop[part],
        times.boarded_stop[part],
        times.pickup[part],
        times.dropoff[part],
    )


@njit(cache=True, nogil=True)
def propagate(buffer, updates, jobs: Jobs, plan: Plan, ids: Ids, times: Times, out_status, out_note):
    """Fill `times`; of every job `out_status` int64[k], bits; of every update `out_note` int64[m], what came of it."""
    longest = 0
    for j in range(len(jobs.trip)):
        longest = max(longest, jobs.out[j + 1] - jobs.out[j])
    update_at = np.empty(longest, np.int64)
    said = np.empty((2, longest), np.bool_)
    for j in range(len(jobs.trip)):
        trip, out = jobs.trip[j], jobs.out[j]
        size = jobs.out[j + 1] - out
        flat = np.int64(plan.pattern_first[plan.trip_pattern[trip]])
        for p in range(size):
            update_at[p] = -1
            times.assigned_stop[out + p] = -1
            times.boarded_stop[out + p] = plan.pattern_stop[flat + p]
            times.pickup[out + p] = plan.pattern_pickup[flat + p]
            times.dropoff[out + p] = plan.pattern_dropoff[flat + p]
            times.skipped[out + p] = False
        status = _place_updates(buffer, updates, jobs, j, plan, ids, times, update_at, out_note)
        status |= _spread(updates, jobs, j, plan, times, update_at, said, out_note)
        if not status & IMPLAUSIBLE:
            status |= _put_in_order(times, out, size, said)
        out_status[j] = status


@njit(cache=True, nogil=True)
def _place_updates(buffer, updates, jobs, j, plan, ids, times, update_at, out_note):
    """Which update is at each position (-1: none), and what they say besides times. The first of several counts."""
    trip, out = jobs.trip[j], jobs.out[j]
    flat = np.int64(plan.pattern_first[plan.trip_pattern[trip]])
    status, last = 0, -1
    for u in range(jobs.first_update[j], jobs.first_update[j] + jobs.update_count[j]):
        update = updates[u]
        position, assigned, note = _find_position(buffer, update, trip, plan, ids, last)
        out_note[u] = note
        if position < 0:
            continue
        if update_at[position] >= 0:
            out_note[u] = TWICE
            continue
        if position < last:
            out_note[u] = UNSORTED
        last = max(last, position)
        update_at[position] = u
        start = update[wire.ASSIGNED_STOP_ID]
        if start >= 0:
            length = update[wire.ASSIGNED_STOP_ID + 1]
            assigned = find_id(ids, ids.stop_id_text, ids.stop_by_id, buffer, start, length)
            if assigned < 0:
                out_note[u] = UNKNOWN_ASSIGNED
        if assigned >= 0 and assigned != plan.pattern_stop[flat + position]:
            status |= MOVED
            times.assigned_stop[out + position] = assigned
            if assigned < plan.boardable[0]:
                status |= MOVED_BOARDABLE
                times.boarded_stop[out + position] = assigned
            else:
                out_note[u] = NOT_BOARDABLE
        if 0 <= update[wire.PICKUP] <= 3 and update[wire.PICKUP] != times.pickup[out + position]:
            status |= OTHER_SERVICE
            times.pickup[out + position] = update[wire.PICKUP]
        if 0 <= update[wire.DROPOFF] <= 3 and update[wire.DROPOFF] != times.dropoff[out + position]:
            status |= OTHER_SERVICE
            times.dropoff[out + position] = update[wire.DROPOFF]
    return status


@njit(cache=True, nogil=True)
def _find_position(buffer, update, trip, plan, ids, last):
    """The position an update is about (-1: none), the platform its stop_id says (-1: the planned one), and a note.

    By stop_sequence; without, or where there is no such number, by stop_id: the first after the `last` one updated.
    """
    pattern, numbering = plan.trip_pattern[trip], plan.trip_numbering[trip]
    flat, number = np.int64(plan.pattern_first[pattern]), plan.numbering_first[numbering]
    size = plan.pattern_first[pattern + 1] - flat
    start, length = update[wire.STOP_ID], update[wire.STOP_ID + 1]
    if update[wire.SEQUENCE] >= 0:
        low, high = 0, size
        while low < high:
            middle = (low + high) // 2
            if plan.numbering_sequence[number + middle] < update[wire.SEQUENCE]:
                low = middle + 1
            else:
                high = middle
        if low < size and plan.numbering_sequence[number + low] == update[wire.SEQUENCE]:
            planned = plan.pattern_stop[flat + low]
            told = start >= 0 and update[wire.ASSIGNED_STOP_ID] < 0
            if not told or compare_id(ids, ids.stop_id_text[planned], buffer, start, length) == 0:
                return low, np.int64(-1), NOTED_NOTHING
            other = find_id(ids, ids.stop_id_text, ids.stop_by_id, buffer, start, length)
            if other >= 0 and plan.station[other] == plan.station[planned]:
                return low, other, NOTED_NOTHING
            return np.int64(-1), np.int64(-1), WRONG_STOP
    if start < 0:
        return np.int64(-1), np.int64(-1), UNKNOWN_STOP
    for p in range(last + 1, size):
        if compare_id(ids, ids.stop_id_text[plan.pattern_stop[flat + p]], buffer, start, length) == 0:
            return np.int64(p), np.int64(-1), NOTED_NOTHING
    other = find_id(ids, ids.stop_id_text, ids.stop_by_id, buffer, start, length)
    if other >= 0:
        for p in range(last + 1, size):
            if plan.station[plan.pattern_stop[flat + p]] == plan.station[other]:
                return np.int64(p), other, NOTED_NOTHING
    return np.int64(-1), np.int64(-1), UNKNOWN_STOP


@njit(cache=True, nogil=True)
def _spread(updates, jobs, j, plan, times, update_at, said, out_note):
    """Times said and propagated, in no order yet; `said` [2, n]: arrivals and departures that were said."""
    trip, out = jobs.trip[j], jobs.out[j]
    event, base_s = plan.trip_first_event[trip], jobs.base_s[j]
    delay_s, status, all_skipped = jobs.delay_s[j], 0, True
    if delay_s != wire.ABSENT and abs(delay_s) > LATE_S_MAX:
        status, delay_s = IMPLAUSIBLE, np.int64(0)
    for p in range(jobs.out[j + 1] - out):
        arrival_s = base_s + plan.event_arrival_s[event + p]
        departure_s = base_s + plan.event_departure_s[event + p]
        said[0, p] = said[1, p] = False
        u, relationship = update_at[p], np.int64(SKIPPED)
        if u >= 0:
            relationship = updates[u, wire.STOP_RELATIONSHIP]
            if relationship == SKIPPED:
                status |= SKIPS
                times.skipped[out + p] = True
            elif relationship == NO_DATA:
                delay_s = np.int64(wire.ABSENT)
            else:
                if relationship not in (SCHEDULED, UNSCHEDULED, wire.ABSENT):
                    out_note[u] = UNKNOWN_RELATIONSHIP
                late_s = _lateness(updates, u, wire.ARRIVAL, arrival_s)
                leaves_late_s = _lateness(updates, u, wire.DEPARTURE, departure_s)
                said[0, p], said[1, p] = late_s != wire.ABSENT, leaves_late_s != wire.ABSENT
                if not said[0, p] and not said[1, p] and out_note[u] == NOTED_NOTHING:
                    out_note[u] = NO_TIMES
                if not said[0, p]:
                    late_s = leaves_late_s
                if not said[1, p]:
                    leaves_late_s = late_s
                if said[0, p] or said[1, p]:
                    if abs(late_s) > LATE_S_MAX or abs(leaves_late_s) > LATE_S_MAX:
                        status |= IMPLAUSIBLE
                    arrival_s += late_s
                    departure_s += leaves_late_s
                delay_s = leaves_late_s
        if relationship == SKIPPED and delay_s != wire.ABSENT:
            arrival_s += delay_s
            departure_s += delay_s
        all_skipped &= times.skipped[out + p]
        times.known[out + p] = delay_s != wire.ABSENT or times.skipped[out + p]
        status |= KNOWN if times.known[out + p] else 0
        times.arrival_s[out + p], times.departure_s[out + p] = arrival_s, departure_s
    return status | (SKIPS_ALL if all_skipped else 0)


@njit(cache=True, nogil=True)
def _lateness(updates, update, event, planned_s):
    """How late an event is said to be: its time counts before its delay. wire.ABSENT: nothing is said."""
    time_s = updates[update, event + wire.EVENT_TIME]
    if time_s == wire.ABSENT:
        return updates[update, event + wire.EVENT_DELAY]
    return (
        max(-2 * LATE_S_MAX, min(2 * LATE_S_MAX, time_s - planned_s))
        if -_FAR < time_s < _FAR
        else 2 * LATE_S_MAX
    )


@njit(cache=True, nogil=True)
def _put_in_order(times, out, size, said):
    """Said times must be in order. What is not said comes not after a said time that follows it, and not before
    anything that precedes it."""
    bound_s = np.int64(_FAR)
    for p in range(out + size - 1, out - 1, -1):
        for side in (1, 0):
            at_s = times.departure_s if side else times.arrival_s
            if not said[side, p - out]:
                at_s[p] = min(at_s[p], bound_s)
            elif at_s[p] > bound_s:
                return RUNS_BACKWARDS
            else:
                bound_s = at_s[p]
    bound_s = np.int64(-_FAR)
    for p in range(out, out + size):
        times.arrival_s[p] = bound_s = max(times.arrival_s[p], bound_s)
        times.departure_s[p] = bound_s = max(times.departure_s[p], bound_s)
    return 0
