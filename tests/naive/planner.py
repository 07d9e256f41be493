"""The router's slow twin: no routes, no pruning, no arrays by day. Every vehicle run is a list of calls; rounds relax
all of them. Obvious first, fast never."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing.clock import day_start_s
from routing.overlay import ExtraTrip, TripChange
from routing.query import Query
from routing.timetable import NO_CHANGE_S, Timetable, TimetableInfo

NEVER = float("inf")


@dataclass
class Call:
    stop: int
    arrival_s: int
    departure_s: int
    can_board: bool
    can_alight: bool


@dataclass
class Run:
    """One trip on one day; `then` is the run one may stay seated for."""

    calls: list[Call]
    flags: tuple[int, int, int]
    then: Run | None = None
    pattern: int = -1
    """Of the timetable; -1: it is not in it."""


def list_runs(
    timetable: Timetable,
    info: TimetableInfo,
    changes: Sequence[TripChange] = (),
    extras: Sequence[ExtraTrip] = (),
) -> list[Run]:
    """Every vehicle run of all days, as it really runs."""
    changed = {(change.trip, change.service_day, change.shift_s): change for change in changes}
    runs: list[Run] = []
    repeats: dict[int, list[int]] = {}
    for row, trip in enumerate(timetable.frequency_trip.tolist()):
        own = timetable.event_departure_s[timetable.trip_first_event[trip]]
        start, end = timetable.frequency_start_s[row], timetable.frequency_end_s[row]
        step = timetable.frequency_headway_s[row]
        repeats.setdefault(trip, []).extend(int(at - own) for at in range(start, end, step))
    for index in range(timetable.service_active.shape[1]):
        day = info.first_day + dt.timedelta(days=index)
        of_day: dict[int, list[Run]] = {}
        applied: list[tuple[Run, TripChange]] = []
        for trip in range(len(timetable.trip_pattern)):
            if timetable.service_active[timetable.trip_service[trip], index]:
                start_s = day_start_s(day, info.zones[timetable.trip_zone[trip]])
                for shift_s in repeats.get(trip, [0]):
                    run = _run(timetable, trip, start_s + shift_s)
                    of_day.setdefault(trip, []).append(run)
                    if (trip, day, shift_s) in changed:
                        applied.append((run, changed[trip, day, shift_s]))
        _link(timetable, of_day)
        for run, change in applied:
            _apply(run, change)
        runs += [run for group in of_day.values() for run in group]
    return [run for run in runs if run.calls] + [_extra_run(extra) for extra in extras]


def _apply(run: Run, change: TripChange) -> None:
    if change.cancelled:
        run.calls = []
    for position, call in enumerate(run.calls):
        call.arrival_s = int(change.arrival_s[position])
        call.departure_s = int(change.departure_s[position])
        if change.stop is not None:
            call.stop = int(change.stop[position])
        if change.skipped is not None and change.skipped[position]:
            call.can_board = call.can_alight = False


def _extra_run(extra: ExtraTrip) -> Run:
    last = len(extra.stop) - 1
    calls = [
        Call(
            int(extra.stop[p]),
            int(extra.arrival_s[p]),
            int(extra.departure_s[p]),
            bool(extra.pickup[p] != 1 and p < last),
            bool(extra.dropoff[p] != 1 and p > 0),
        )
        for p in range(last + 1)
    ]
    return Run(calls, (extra.mode, extra.wheelchair, extra.bikes))


def _run(timetable: Timetable, trip: int, start_s: int) -> Run:
    pattern, event = timetable.trip_pattern[trip], timetable.trip_first_event[trip]
    first, end = timetable.pattern_first[pattern], timetable.pattern_first[pattern + 1]
    calls = [
        Call(
            int(timetable.pattern_stop[first + p]),
            start_s + int(timetable.event_arrival_s[event + p]),
            start_s + int(timetable.event_departure_s[event + p]),
            bool(timetable.pattern_pickup[first + p] != 1 and p < end - first - 1),
            bool(timetable.pattern_dropoff[first + p] != 1 and p > 0),
        )
        for p in range(end - first)
    ]
    return Run(
        calls,
        (
            int(timetable.trip_mode[trip]),
            int(timetable.trip_wheelchair[trip]),
            int(timetable.trip_bikes[trip]),
        ),
        pattern=int(pattern),
    )


def _link(timetable: Timetable, of_day: dict[int, list[Run]]) -> None:
    blocks: dict[int, list[Run]] = {}
    for trip, group in of_day.items():
        if timetable.trip_block[trip] >= 0:
            blocks.setdefault(int(timetable.trip_block[trip]), []).extend(group)
    for group in blocks.values():
        group.sort(key=lambda run: (run.calls[0].departure_s, run.calls[-1].arrival_s))
        for before, after in pairwise(group):
            meets = before.calls[-1].stop == after.calls[0].stop
            if meets and before.calls[-1].arrival_s <= after.calls[0].departure_s:
                before.then = after


def best_by_rides(
    runs: list[Run],
    timetable: Timetable,
    query: Query,
    departure_s: int,
    ends: tuple[list[End], list[End]],
) -> list[float]:
    """Earliest arrival at the destination with exactly 1, 2, ... rides or fewer, leaving at `departure_s`."""
    origins, destinations = ends
    ready: dict[int, float] = {}
    for end in origins:
        if departure_s <= end.close_s:
            there = max(departure_s, end.open_s) + end.duration_s
            ready[end.stop] = min(ready.get(end.stop, NEVER), there)
    latest = departure_s + query.max_travel_time_s
    result: list[float] = []
    best = NEVER
    for _ in range(query.max_transfers + 1):
        arrive: dict[int, float] = {}
        for run in runs:
            _ride(run, ready, arrive, query)
        for end in destinations:
            at = arrive.get(end.stop, NEVER)
            if at <= end.close_s and at < NEVER:
                best = min(best, max(at, end.open_s) + end.duration_s)
        result.append(best if best <= latest else NEVER)
        ready = dict(ready)
        for stop, at in arrive.items():
            if _is_closed(timetable, stop, query):
                continue
            change = timetable.change_time_s[stop]
            if change < NO_CHANGE_S:
                ready[stop] = min(ready.get(stop, NEVER), at + _wish(int(change), query))
            for path in range(timetable.footpath_first[stop], timetable.footpath_first[stop + 1]):
                to = int(timetable.footpath_to[path])
                if _is_closed(timetable, to, query):
                    continue
                walk_s = _walk_s(timetable, path, query)
                if walk_s >= NO_CHANGE_S:
                    continue
                there = at + _wish(walk_s, query)
                ready[to] = min(ready.get(to, NEVER), there)
    return result


def _walk_s(timetable: Timetable, path: int, query: Query) -> int:
    return int((timetable.footpath_wheelchair_s if query.wheelchair else timetable.footpath_duration_s)[path])


def _wish(duration_s: int, query: Query) -> int:
    return max(duration_s + query.additional_transfer_time_s, query.min_transfer_time_s)


def _ride(run: Run, ready: dict[int, float], arrive: dict[int, float], query: Query) -> None:
    aboard = False
    vehicle: Run | None = run
    first = True
    while vehicle is not None and vehicle.calls and (first or aboard) and _suits(vehicle, query):
        for call in vehicle.calls:
            if aboard and call.can_alight:
                arrive[call.stop] = min(arrive.get(call.stop, NEVER), call.arrival_s)
            if first and call.can_board and ready.get(call.stop, NEVER) <= call.departure_s:
                aboard = True
        onward = vehicle.then
        if onward and onward.calls and vehicle.calls[-1].arrival_s > onward.calls[0].departure_s:
            onward = None
        vehicle, first = onward, False


def _is_closed(timetable: Timetable, stop: int, query: Query) -> bool:
    return bool(query.wheelchair and timetable.stop_wheelchair[stop] == 2)


def _suits(run: Run, query: Query) -> bool:
    mode, wheelchair, bikes = run.flags
    return bool(
        query.modes >> mode & 1
        and (not query.wheelchair or wheelchair == 1)
        and (not query.bikes or bikes == 1)
    )


@dataclass(frozen=True)
class End:
    """A way between the place asked for and a stop, setting out at an instant in [open_s, close_s]."""

    stop: int
    duration_s: int
    open_s: float = -NEVER
    close_s: float = NEVER


def ends_of(timetable: Timetable, query: Query) -> tuple[list[End], list[End]]:
    """Every way from the origin and to the destination; footpaths are walked where one is at a stop."""
    ends: tuple[list[End], list[End]] = ([], [])
    for offsets, found in zip((query.origins, query.destinations), ends, strict=True):
        for o in offsets:
            opens = -NEVER if o.open_s is None else o.open_s
            found.append(End(o.stop, o.duration_s, opens, NEVER if o.close_s is None else o.close_s))
    plain = [
        {o.stop for o in offsets if o.duration_s == 0 and o.open_s is None and o.close_s is None}
        for offsets in (query.origins, query.destinations)
    ]
    for stop in range(len(timetable.change_time_s)):
        for path in range(timetable.footpath_first[stop], timetable.footpath_first[stop + 1]):
            to, walk = int(timetable.footpath_to[path]), _walk_s(timetable, path, query)
            if _is_closed(timetable, stop, query) or _is_closed(timetable, to, query) or walk >= NO_CHANGE_S:
                continue
            if stop in plain[0]:
                ends[0].append(End(to, walk))
            if to in plain[1]:
                ends[1].append(End(stop, walk))
    return tuple([end for end in found if not _is_closed(timetable, end.stop, query)] for found in ends)


def pareto(
    timetable: Timetable,
    info: TimetableInfo,
    query: Query,
    changes: Sequence[TripChange] = (),
    extras: Sequence[ExtraTrip] = (),
) -> set[tuple[int, int, int]]:
    """What the planner should answer: {(departure, arrival, transfers)}.

    A single depart-at has departure 0, a single arrive-by has arrival 0: those are not optimised.
    """
    runs = list_runs(timetable, info, changes, extras)
    ends = ends_of(timetable, query)
    leaves = sorted(
        {
            min(call.departure_s - end.duration_s, end.close_s)
            for run in runs
            if _suits(run, query)
            for call in run.calls
            for end in ends[0]
            if call.can_board and call.stop == end.stop and call.departure_s - end.duration_s >= end.open_s
        }
    )
    if not query.arrive_by and not query.window_s:
        arrivals = best_by_rides(runs, timetable, query, query.time_s, ends)
        return _front({(0, int(at), k) for k, at in enumerate(arrivals) if at < NEVER})
    found = set()
    for departure_s in leaves:
        for k, at in enumerate(best_by_rides(runs, timetable, query, departure_s, ends)):
            if at < NEVER:
                found.add((departure_s, int(at), k))
    if not query.arrive_by:
        return {j for j in _front(found) if query.time_s <= j[0] <= query.time_s + query.window_s}
    if query.window_s:
        return {j for j in _front(found) if query.time_s <= j[1] <= query.time_s + query.window_s}
    earliest_s = query.time_s - query.max_travel_time_s
    return _front(
        {(departure, 0, k) for departure, at, k in found if at <= query.time_s and departure >= earliest_s}
    )


def _front(journeys: set[tuple[int, int, int]]) -> set[tuple[int, int, int]]:
    """Those that no other beats: later or equal departure, earlier or equal arrival, as few transfers."""
    return {
        j
        for j in journeys
        if not any(o != j and o[0] >= j[0] and o[1] <= j[1] and o[2] <= j[2] for o in journeys)
    }
