"""From StopTimeUpdates to the times of whole trips.

GTFS-RT reference, messages StopTimeUpdate and StopTimeEvent; "Trip updates", stop time updates. What the documents
leave open is decided in docs/decisions/0005-what-stop-time-updates-mean.md, in short:

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


def propagate(
    buffer: wire.Buffer, updates: wire.Rows, jobs: Jobs, plan: Plan, ids: Ids
) -> tuple[Times, NDArray[np.int64], NDArray[np.int64]]:
    """The times of the trips; of every job what came of it (bits); of every update what came of it."""
    size = int(jobs.out[-1])
    times = make_times(size)
    status, note = np.zeros(len(jobs.trip), np.int64), np.zeros(len(updates), np.int64)
    update_at, said = np.empty(size, np.int64), np.empty((2, size), np.bool_)
    _place(buffer, updates, jobs, plan, ids, times, update_at, status, note)
    _spread(updates, jobs, plan, times, update_at, said, status, note)
    _put_in_order(jobs, times, said, status)
    return times, status, note


@njit(cache=True, nogil=True)
def _place(buffer, updates, jobs, plan, ids, times, out_update_at, out_status, out_note):
    """Which update is at each position (-1: none), and what they say besides times. The first of several counts.

    What is usual is found here: the next call, by its number and its stop_id. Calls with arrays are dear.
    """
    pattern_first, pattern_stop = plan.pattern_first, plan.pattern_stop
    numbering_first, numbering_sequence = plan.numbering_first, plan.numbering_sequence
    text_first, text_bytes, prefix, stop_id_text = (
        ids.text_first,
        ids.text_bytes,
        ids.prefix,
        ids.stop_id_text,
    )
    assigned_stop, boarded_stop, skipped = times.assigned_stop, times.boarded_stop, times.skipped
    pickup, dropoff = times.pickup, times.dropoff
    trips, outs, first_update, update_count = jobs.trip, jobs.out, jobs.first_update, jobs.update_count
    pattern_pickup, pattern_dropoff = plan.pattern_pickup, plan.pattern_dropoff
    trip_pattern, trip_numbering, boardable = plan.trip_pattern, plan.trip_numbering, plan.boardable[0]
    for j in range(len(trips)):
        trip, out = trips[j], outs[j]
        size, flat = outs[j + 1] - out, np.int64(pattern_first[trip_pattern[trip]])
        number = numbering_first[trip_numbering[trip]]
        for p in range(size):
            out_update_at[out + p] = assigned_stop[out + p] = -1
            boarded_stop[out + p], skipped[out + p] = pattern_stop[flat + p], False
            pickup[out + p], dropoff[out + p] = pattern_pickup[flat + p], pattern_dropoff[flat + p]
        last = -1
        for u in range(first_update[j], first_update[j] + update_count[j]):
            sequence, start = updates[u, wire.SEQUENCE], updates[u, wire.STOP_ID]
            has_assigned = updates[u, wire.ASSIGNED_STOP_ID] >= 0
            position, assigned = np.int64(last + 1), np.int64(-1)
            told = start >= 0 and (not has_assigned or sequence < 0)
            usual = position < size and (sequence < 0 or numbering_sequence[number + position] == sequence)
            usual = usual and (told or sequence >= 0)
            if usual and told:
                text, length = stop_id_text[pattern_stop[flat + position]], updates[u, wire.STOP_ID + 1]
                first, head = text_first[text], len(prefix)
                usual = text_first[text + 1] - first == head + length
                i = np.int64(0)
                while usual and i < length:
                    usual = text_bytes[first + head + i] == buffer[start + i]
                    i += 1
            if not usual:
                position, assigned, out_note[u] = _find_position(buffer, updates, u, trip, plan, ids, last)
            if position < 0 or out_update_at[out + position] >= 0:
                out_note[u] = TWICE if position >= 0 else out_note[u]
                continue
            if position < last:
                out_note[u] = UNSORTED
            last = max(last, position)
            out_update_at[out + position] = u
            if has_assigned or assigned >= 0:
                out_status[j] |= _assign(
                    buffer, updates, u, assigned, ids, boardable, times, out + position, out_note
                )
            for column, service in ((wire.PICKUP, pickup), (wire.DROPOFF, dropoff)):
                if 0 <= updates[u, column] <= 3 and updates[u, column] != service[out + position]:
                    out_status[j] |= OTHER_SERVICE
                    service[out + position] = updates[u, column]


@njit(cache=True, nogil=True)
def _assign(buffer, updates, u, assigned, ids, boardable, times, at, out_note):
    """Another platform at a position: the one assigned, else the one the stop_id said."""
    start = updates[u, wire.ASSIGNED_STOP_ID]
    if start >= 0:
        length = updates[u, wire.ASSIGNED_STOP_ID + 1]
        assigned = find_id(ids, ids.stop_id_text, ids.stop_by_id, buffer, start, length)
        if assigned < 0:
            out_note[u] = UNKNOWN_ASSIGNED
    if assigned < 0 or assigned == times.boarded_stop[at]:
        return 0
    times.assigned_stop[at] = assigned
    if assigned < boardable:
        times.boarded_stop[at] = assigned
        return MOVED | MOVED_BOARDABLE
    out_note[u] = NOT_BOARDABLE
    return MOVED


@njit(cache=True, nogil=True)
def _find_position(buffer, updates, u, trip, plan, ids, last):
    """The position an update is about (-1: none), the platform its stop_id says (-1: the planned one), and a note.

    By stop_sequence; without, or where there is no such number, by stop_id: the first after the `last` one updated.
    """
    pattern, numbering = plan.trip_pattern[trip], plan.trip_numbering[trip]
    flat, number = np.int64(plan.pattern_first[pattern]), plan.numbering_first[numbering]
    size = plan.pattern_first[pattern + 1] - flat
    start, length, sequence = (
        updates[u, wire.STOP_ID],
        updates[u, wire.STOP_ID + 1],
        updates[u, wire.SEQUENCE],
    )
    if sequence >= 0:
        low = np.searchsorted(plan.numbering_sequence[number : number + size], sequence)
        if low < size and plan.numbering_sequence[number + low] == sequence:
            planned = plan.pattern_stop[flat + low]
            told = start >= 0 and updates[u, wire.ASSIGNED_STOP_ID] < 0
            if not told or compare_id(ids, ids.stop_id_text[planned], buffer, start, length) == 0:
                return low, np.int64(-1), NOTED_NOTHING
            other = find_id(ids, ids.stop_id_text, ids.stop_by_id, buffer, start, length)
            if other >= 0 and plan.station[other] == plan.station[planned]:
                return low, other, NOTED_NOTHING
            return np.int64(-1), np.int64(-1), WRONG_STOP
    if start < 0:
        return np.int64(-1), np.int64(-1), UNKNOWN_STOP
    other = find_id(ids, ids.stop_id_text, ids.stop_by_id, buffer, start, length)
    if other >= 0:
        for p in range(last + 1, size):
            if plan.pattern_stop[flat + p] == other:
                return np.int64(p), np.int64(-1), NOTED_NOTHING
        for p in range(last + 1, size):
            if plan.station[plan.pattern_stop[flat + p]] == plan.station[other]:
                return np.int64(p), other, NOTED_NOTHING
    return np.int64(-1), np.int64(-1), UNKNOWN_STOP


@njit(cache=True, nogil=True)
def _spread(updates, jobs, plan, times, update_at, said, out_status, out_note):
    """Times said and propagated, in no order yet; `said` [2, n]: arrivals and departures that were said."""
    trips, outs, base_s, delays_s = jobs.trip, jobs.out, jobs.base_s, jobs.delay_s
    trip_first_event = plan.trip_first_event
    event_arrival_s, event_departure_s = plan.event_arrival_s, plan.event_departure_s
    arrivals_s, departures_s, known, skipped = times.arrival_s, times.departure_s, times.known, times.skipped
    for j in range(len(trips)):
        event, delay_s = trip_first_event[trips[j]] - outs[j], delays_s[j]
        status, all_skipped = out_status[j], True
        if delay_s != wire.ABSENT and abs(delay_s) > LATE_S_MAX:
            status, delay_s = status | IMPLAUSIBLE, np.int64(0)
        for at in range(outs[j], outs[j + 1]):
            arrival_s = base_s[j] + event_arrival_s[event + at]
            departure_s = base_s[j] + event_departure_s[event + at]
            said[0, at] = said[1, at] = False
            u, relationship = update_at[at], np.int64(SKIPPED)
            late_s = leaves_late_s = delay_s
            if u >= 0:
                relationship = updates[u, wire.STOP_RELATIONSHIP]
                if relationship not in (SCHEDULED, SKIPPED, NO_DATA, UNSCHEDULED, wire.ABSENT):
                    out_note[u] = UNKNOWN_RELATIONSHIP
                if relationship == SKIPPED:
                    status |= SKIPS
                    skipped[at] = True
                elif relationship == NO_DATA:
                    late_s = leaves_late_s = np.int64(wire.ABSENT)
                else:
                    late_s = _lateness(updates[u, wire.ARRIVAL], updates[u, wire.ARRIVAL + 1], arrival_s)
                    leaves_late_s = _lateness(
                        updates[u, wire.DEPARTURE], updates[u, wire.DEPARTURE + 1], departure_s
                    )
                    said[0, at], said[1, at] = late_s != wire.ABSENT, leaves_late_s != wire.ABSENT
                    if not said[0, at] and not said[1, at] and out_note[u] == NOTED_NOTHING:
                        out_note[u] = NO_TIMES
                    late_s = late_s if said[0, at] else leaves_late_s
                    leaves_late_s = leaves_late_s if said[1, at] else late_s
            delay_s = leaves_late_s
            known[at] = delay_s != wire.ABSENT or skipped[at]
            if delay_s != wire.ABSENT:
                if max(abs(late_s), abs(leaves_late_s)) > LATE_S_MAX:
                    status |= IMPLAUSIBLE
                arrival_s, departure_s = arrival_s + late_s, departure_s + leaves_late_s
            status |= KNOWN if known[at] else 0
            all_skipped &= skipped[at]
            arrivals_s[at], departures_s[at] = arrival_s, departure_s
        out_status[j] = status | (SKIPS_ALL if all_skipped else 0)


@njit(cache=True, nogil=True)
def _lateness(delay_s, time_s, planned_s):
    """How late an event is said to be: its time counts before its delay. wire.ABSENT: nothing is said."""
    if time_s == wire.ABSENT:
        return delay_s
    late_s = max(-_FAR, min(_FAR, time_s)) - planned_s
    return max(-2 * LATE_S_MAX, min(2 * LATE_S_MAX, late_s))


@njit(cache=True, nogil=True)
def _put_in_order(jobs, times, said, out_status):
    """Said times must be in order. What is not said comes not after a said time that follows it, and not before
    anything that precedes it."""
    outs, arrival_s, departure_s = jobs.out, times.arrival_s, times.departure_s
    for j in range(len(out_status)):
        bound_s = np.int64(_FAR)
        for at in range(outs[j + 1] - 1, outs[j] - 1, -1):
            for side in (1, 0):
                event_s = departure_s[at] if side else arrival_s[at]
                if said[side, at]:
                    if event_s > bound_s:
                        out_status[j] |= RUNS_BACKWARDS
                    bound_s = event_s
                elif side:
                    departure_s[at] = min(event_s, bound_s)
                else:
                    arrival_s[at] = min(event_s, bound_s)
        bound_s = np.int64(-_FAR)
        for at in range(outs[j], outs[j + 1]):
            arrival_s[at] = bound_s = max(arrival_s[at], bound_s)
            departure_s[at] = bound_s = max(departure_s[at], bound_s)
