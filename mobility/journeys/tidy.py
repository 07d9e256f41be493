"""The same vehicles with less walking: the planner takes the quickest of what it knows, and of ways as quick any.

It may walk on to the next stop of a bus that called nearer, to leave a minute later; or from one line to another where
both call at one stop a little on. Here each end and each change of a journey is looked at again: which other call of
the same vehicles would walk less? The times of the vehicles are as they run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mobility.journeys.ends import End
from mobility.journeys.ride_calls import RideCalls, list_ride_calls
from mobility.journeys.view import View
from routing.journey import OUTSIDE, Journey, Leg, Ride, Walk
from routing.query import Query
from routing.timetable import NO_CHANGE_S

WALK_WEIGHT = 1.0
"""A second on foot is worth so many seconds of leaving earlier or arriving later, beside the second it takes."""

CLOSED = 2
"""`stop_wheelchair` of a stop no wheelchair can use."""

Reach = dict[int, tuple[int, int]]
"""By stop: how long the walk takes, and the stop it starts from (leads to), or OUTSIDE."""


class Tidying:
    """Of the journeys of one query. `may_key(journey)` says whether a journey still belongs to the span searched."""

    def __init__(self, view: View, query: Query, origin: End, destination: End) -> None:
        self._view, self._query = view, query
        self._origin, self._destination = origin, destination

    def tidy(self, journey: Journey, may_be: Callable[[Journey], bool]) -> Journey:
        """The journey, or one with the same vehicles and less walking, if `may_be` takes it."""
        if self._query.via:  # where to get off may be what was asked for
            return journey
        changed = self._changes(journey)
        changed = _first_of(self._boardings(changed), changed, may_be)
        return _first_of(self._alightings(changed), changed, may_be)

    # ── changes ────────────────────────────────────────────────────────────────────────────────────────

    def _changes(self, journey: Journey) -> Journey:
        legs = list(journey.legs)
        index = 1
        while index < len(legs) - 1:
            before, walk, after = legs[index - 1 : index + 2]
            if isinstance(walk, Walk) and isinstance(before, Ride) and isinstance(after, Ride):
                better = self._change(before, walk, after)
                if better is not None:
                    legs[index - 1 : index + 2] = better
            index += 1
        return journey._replace(legs=tuple(legs))

    def _change(self, before: Ride, walk: Walk, after: Ride) -> list[Leg] | None:
        """The change between two vehicles that walks least; of those, the one with most time to spare."""
        calls, onward = list_ride_calls(self._view, before), list_ride_calls(self._view, after)
        board_at: dict[int, list[int]] = {}
        for position in range(after.alight):
            if onward.can_board[position] and self._is_open(int(onward.stop[position])):
                board_at.setdefault(int(onward.stop[position]), []).append(position)
        best, best_key = None, (walk.arrival_s - walk.departure_s, 0)
        for alight in range(before.board + 1, len(calls.stop)):
            stop = int(calls.stop[alight])
            if not calls.can_alight[alight] or not self._is_open(stop):
                continue
            for to, walk_s, need_s in self._ways_on(stop):
                for board in board_at.get(to, ()):
                    spare_s = int(onward.departure_s[board] - calls.arrival_s[alight]) - need_s
                    if (
                        spare_s >= 0
                        and (walk_s, -spare_s) < best_key
                        and walk_s < walk.arrival_s - walk.departure_s
                    ):
                        best, best_key = (alight, board, walk_s), (walk_s, -spare_s)
        if best is None:
            return None
        alight, board, walk_s = best
        first, second = _alighting(before, calls, alight), _boarding(after, onward, board)
        if first.to_stop == second.from_stop:
            return [first, second]
        left_s = first.arrival_s
        return [first, Walk(first.to_stop, second.from_stop, left_s, left_s + walk_s), second]

    def _ways_on(self, stop: int) -> list[tuple[int, int, int]]:
        """From a stop where a vehicle is left: the stop, how long one walks, and how long the change needs in all."""
        timetable = self._view.timetable
        ways = []
        change_s = int(timetable.change_time_s[stop])
        if change_s < NO_CHANGE_S:
            ways.append((stop, 0, self._needed_s(change_s)))
        for path in range(int(timetable.footpath_first[stop]), int(timetable.footpath_first[stop + 1])):
            duration_s = int(self._walks_s[path])
            if duration_s < NO_CHANGE_S:
                needed_s = self._needed_s(duration_s)
                ways.append((int(timetable.footpath_to[path]), needed_s, needed_s))
        return ways

    def _needed_s(self, duration_s: int) -> int:
        query = self._query
        stretched_s = math.ceil(duration_s * query.transfer_time_factor) + query.additional_transfer_time_s
        return max(stretched_s, query.min_transfer_time_s)

    def _is_open(self, stop: int) -> bool:
        return not self._query.wheelchair or int(self._view.timetable.stop_wheelchair[stop]) != CLOSED

    # ── ends ───────────────────────────────────────────────────────────────────────────────────────────

    def _boardings(self, journey: Journey) -> list[Journey]:
        """The journey boarded elsewhere, the best first; only what is better than as it is."""
        walk, rest = journey.legs[0], journey.legs[1:]
        if (
            not isinstance(walk, Walk)
            or not rest
            or not isinstance(rest[0], Ride)
            or not self._is_walked(walk)
        ):
            return []
        ride, calls = rest[0], list_ride_calls(self._view, rest[0])
        least = _effort(journey.arrival_s - journey.departure_s, walk)
        found = []
        for position in range(ride.alight):
            stop = int(calls.stop[position])
            if not calls.can_board[position] or stop not in self._access:
                continue
            walk_s, start = self._access[stop]
            boarded = _boarding(ride, calls, position)
            leaves_s = boarded.departure_s - walk_s
            legs: tuple[Leg, ...] = (boarded, *rest[1:])
            if walk_s:
                legs = (Walk(start, stop, leaves_s, boarded.departure_s), *legs)
            effort = journey.arrival_s - leaves_s + WALK_WEIGHT * walk_s
            if effort < least:
                found.append((effort, journey._replace(legs=legs, departure_s=leaves_s)))
        return [other for _, other in sorted(found, key=lambda one: one[0])]

    def _alightings(self, journey: Journey) -> list[Journey]:
        """The journey left elsewhere, likewise."""
        rest, walk = journey.legs[:-1], journey.legs[-1]
        if (
            not isinstance(walk, Walk)
            or not rest
            or not isinstance(rest[-1], Ride)
            or not self._is_walked(walk)
        ):
            return []
        ride, calls = rest[-1], list_ride_calls(self._view, rest[-1])
        least = _effort(journey.arrival_s - journey.departure_s, walk)
        found = []
        for position in range(ride.board + 1, len(calls.stop)):
            stop = int(calls.stop[position])
            if not calls.can_alight[position] or stop not in self._egress:
                continue
            walk_s, end = self._egress[stop]
            left = _alighting(ride, calls, position)
            arrives_s = left.arrival_s + walk_s
            legs: tuple[Leg, ...] = (*rest[:-1], left)
            if walk_s:
                legs = (*legs, Walk(stop, end, left.arrival_s, arrives_s))
            effort = arrives_s - journey.departure_s + WALK_WEIGHT * walk_s
            if effort < least:
                found.append((effort, journey._replace(legs=legs, arrival_s=arrives_s)))
        return [other for _, other in sorted(found, key=lambda one: one[0])]

    def _is_walked(self, walk: Walk) -> bool:
        """Whether an end is on foot: who comes by bike, or has booked a ride to a stop, goes there."""
        if walk.offer >= 0:
            return False
        if walk.from_stop == OUTSIDE:
            return self._origin.approaches[walk.to_stop].mode == "WALK"
        if walk.to_stop == OUTSIDE:
            return self._destination.approaches[walk.from_stop].mode == "WALK"
        return True

    @cached_property
    def _walks_s(self) -> NDArray[np.int32]:
        """[F] how long footpaths take this traveller."""
        timetable = self._view.timetable
        return timetable.footpath_wheelchair_s if self._query.wheelchair else timetable.footpath_duration_s

    @cached_property
    def _access(self) -> Reach:
        return self._reach(self._origin)

    @cached_property
    def _egress(self) -> Reach:
        return self._reach(self._destination)

    def _reach(self, end: End) -> Reach:
        """The stops one may walk to (from); from a stop one is at by its footpaths as well. Footpaths that are only
        known the other way are left out: they are no shorter."""
        timetable, reach = self._view.timetable, Reach()
        for stop, approach in end.approaches.items():
            if approach.mode != "WALK" or not self._is_open(stop):
                continue
            _keep(reach, stop, approach.duration_s, OUTSIDE)
            if approach.duration_s:
                continue
            for path in range(int(timetable.footpath_first[stop]), int(timetable.footpath_first[stop + 1])):
                to, duration_s = int(timetable.footpath_to[path]), int(self._walks_s[path])
                if (
                    duration_s < NO_CHANGE_S
                    and self._is_open(to)
                    and self._goes_both_ways(stop, to, duration_s)
                ):
                    _keep(reach, to, duration_s, stop)
        return reach

    def _goes_both_ways(self, stop: int, other: int, duration_s: int) -> bool:
        timetable = self._view.timetable
        back = slice(int(timetable.footpath_first[other]), int(timetable.footpath_first[other + 1]))
        there = np.asarray(timetable.footpath_to[back]) == stop
        return bool(np.any(self._walks_s[back][there] == duration_s))


def _keep(reach: Reach, stop: int, duration_s: int, end: int) -> None:
    if stop not in reach or duration_s < reach[stop][0]:
        reach[stop] = duration_s, end


def _effort(duration_s: int, walk: Walk) -> float:
    return duration_s + WALK_WEIGHT * (walk.arrival_s - walk.departure_s)


def _first_of(others: list[Journey], journey: Journey, may_be: Callable[[Journey], bool]) -> Journey:
    return next((other for other in others if may_be(other)), journey)


def _boarding(ride: Ride, calls: RideCalls, position: int) -> Ride:
    stop, departure_s = int(calls.stop[position]), int(calls.departure_s[position])
    return ride._replace(board=position, from_stop=stop, departure_s=departure_s)


def _alighting(ride: Ride, calls: RideCalls, position: int) -> Ride:
    stop, arrival_s = int(calls.stop[position]), int(calls.arrival_s[position])
    return ride._replace(alight=position, to_stop=stop, arrival_s=arrival_s)
