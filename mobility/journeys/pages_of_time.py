"""Windows and pages: which stretch of time is searched, widened where service is sparse, and how pages join.

A page is a closed span of seconds, of departures or, when asked to arrive by, of arrivals. The next one begins the
second after it and the one before ends the second before it, so that pages never overlap nor leave a gap.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Protocol

from mobility.journeys.question import Cursor, Question
from routing.journey import Answer, Journey, Ride
from routing.query import Query

WIDEN_FACTOR = 4
"""Each further stretch is at most so many times as long as the one before."""

SPARE = 1.3
"""And so much longer than service so far lets expect, so that one more is mostly enough."""

SHORTEST_S = 60
"""Windows are never shorter: the planner takes an empty one for a single instant."""

FIRST_MAX_S = 7200
"""A long window is searched in stretches, the first so long, so that one cut off still answers its beginning."""

WIDEN_MAX_S = 86400
"""How far a window widens on its own: a whole day, because a rural line may run once in it."""


class Plans(Protocol):
    """What is needed of `routing.planner.Planner`."""

    def plan(self, query: Query) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Page:
    """What was found in a closed span of departures (arrivals), sorted by departure, then arrival."""

    journeys: tuple[Journey, ...]
    from_s: int
    to_s: int
    cut_off: bool
    searches: int
    search_us: int
    """Time spent in the planner, in microseconds."""

    def previous_cursor(self) -> Cursor:
        return Cursor(later=False, instant_s=self.from_s - 1)

    def next_cursor(self) -> Cursor:
        return Cursor(later=True, instant_s=self.to_s + 1)


def find_page(planner: Plans, query: Query, question: Question) -> Page:
    """The page a question asks for. `query` has all but the time (its window is set here)."""
    if question.timetable_view or question.cursor is not None:
        return _Search(planner, query, question).run()
    return _from_one_instant(planner, query, question)


class _Search:
    """Stretches of time searched one after another, away from the instant asked for."""

    def __init__(self, planner: Plans, query: Query, question: Question) -> None:
        self._planner, self._query, self._question = planner, query, question
        cursor = question.cursor
        self._later = cursor.later if cursor else not question.arrive_by
        self._start_s = cursor.instant_s if cursor else question.time_s
        self._journeys: list[Journey] = []
        self._searched_s = 0
        self._searches, self._search_us = 0, 0
        self._cut_off = False
        self._until = time.monotonic() + question.time_limit_s

    def run(self) -> Page:
        asked_s = max(self._question.window_s, SHORTEST_S)
        limit_s = max(WIDEN_MAX_S, asked_s)
        length_s = min(asked_s, FIRST_MAX_S)
        self._search_stretch(length_s)
        while not self._cut_off and (
            self._searched_s < asked_s
            or (len(self._journeys) < self._question.itineraries and self._searched_s < limit_s)
        ):
            length_s = self._next_length_s(length_s)
            ends_s = asked_s if self._searched_s < asked_s else limit_s
            self._search_stretch(max(min(length_s, ends_s - self._searched_s), SHORTEST_S))
        return self._cut(asked_s)

    def _next_length_s(self, length_s: int) -> int:
        """As long as it should take to find what still lacks, going by what was found; at most so many times longer."""
        longest_s = length_s * WIDEN_FACTOR
        lacking = self._question.itineraries - len(self._journeys)
        if lacking <= 0 or not self._journeys:
            return longest_s
        expected_s = self._searched_s * lacking / len(self._journeys)
        return max(min(longest_s, int(expected_s * SPARE)), SHORTEST_S)

    def _search_stretch(self, length_s: int) -> None:
        """Search the next stretch. What was found before may be beaten by what is found now."""
        near_s = self._start_s + self._searched_s * (1 if self._later else -1)
        first_s = near_s if self._later else near_s - length_s + 1
        left_s = self._until - time.monotonic()
        if self._searches and left_s <= 0:
            self._cut_off = True
            return
        query = replace(self._query, time_s=first_s, window_s=length_s - 1, time_limit_s=max(left_s, 0.001))
        answer, took_us = timed(self._planner, query)
        self._searches, self._search_us = self._searches + 1, self._search_us + took_us
        self._cut_off = answer.cut_off
        if answer.cut_off:
            length_s = self._searched_part_s(answer, first_s, length_s)
        found = [journey for journey in answer.journeys if has_ride(journey)]
        self._searched_s += length_s
        found = [journey for journey in found if self._distance_s(journey) < self._searched_s]
        self._journeys = undominated([*self._journeys, *found])

    def _searched_part_s(self, answer: Answer, first_s: int, length_s: int) -> int:
        """How much of a stretch that was cut off joins what was searched before it; the planner searches from the
        far end, so that mostly nothing does, unless there is nothing to join: then the page begins later."""
        last_s = first_s + length_s - 1
        missing_s = answer.searched_from_s - first_s if self._later else last_s - answer.searched_to_s
        if missing_s <= 0:
            return answer.searched_to_s - answer.searched_from_s + 1
        if self._searched_s:
            return 0
        self._start_s += missing_s if self._later else -missing_s
        return length_s - missing_s

    def _distance_s(self, journey: Journey) -> int:
        """How far a journey lies from where the search began."""
        return abs(self._key(journey) - self._start_s)

    def _key(self, journey: Journey) -> int:
        return journey.arrival_s if self._question.arrive_by else journey.departure_s

    def _cut(self, asked_s: int) -> Page:
        """Show no more than was asked for; what falls at one instant stays together, so that pages join."""
        most = self._question.itineraries_max
        distances = sorted(self._distance_s(journey) for journey in self._journeys)
        end_s = self._searched_s
        if len(distances) > self._question.itineraries > 0:
            end_s = min(end_s, max(distances[self._question.itineraries - 1] + 1, asked_s))
        if most is not None and len(distances) > most:
            end_s = min(end_s, distances[max(most, 1) - 1] + 1)
        kept = [journey for journey in self._journeys if self._distance_s(journey) < end_s]
        # nothing searched (cut off at once): the page is empty and the next one is the same again
        near_s = self._start_s
        span = (near_s, near_s + end_s - 1) if self._later else (near_s - end_s + 1, near_s)
        kept.sort(key=lambda journey: (journey.departure_s, journey.arrival_s, journey.transfers))
        return Page(tuple(kept), *span, self._cut_off, self._searches, self._search_us)


def _from_one_instant(planner: Plans, query: Query, question: Question) -> Page:
    """`timetableView=false`: the best ways from (to) one instant; further pages are windows beyond what they use."""
    query = replace(query, time_s=question.time_s, window_s=0, time_limit_s=question.time_limit_s)
    answer, took_us = timed(planner, query)
    found = tuple(journey for journey in answer.journeys if has_ride(journey))
    if question.itineraries_max is not None:
        found = found[: max(question.itineraries_max, 1)]
    keys = [journey.arrival_s if question.arrive_by else journey.departure_s for journey in found]
    span = min([question.time_s, *keys]), max([question.time_s, *keys])
    return Page(found, *span, answer.cut_off, 1, took_us)


def timed(planner: Plans, query: Query) -> tuple[Answer, int]:
    """An answer and how long it took, in microseconds."""
    began = time.perf_counter_ns()
    answer = planner.plan(query)
    return answer, (time.perf_counter_ns() - began) // 1000


def has_ride(journey: Journey) -> bool:
    """Ways on foot alone are the direct ones, not public transport."""
    return any(isinstance(leg, Ride) for leg in journey.legs)


def undominated(journeys: list[Journey]) -> list[Journey]:
    """Those that no other beats: leaving later or arriving sooner or changing less, without being worse in another."""
    kept: list[Journey] = []
    best_arrival: dict[int, int] = {}
    seen: set[tuple[int, int, int]] = set()
    for journey in sorted(journeys, key=lambda j: (-j.departure_s, j.arrival_s, j.transfers)):
        key = (journey.departure_s, journey.arrival_s, journey.transfers)
        beaten = any(
            arrival_s <= journey.arrival_s
            for transfers, arrival_s in best_arrival.items()
            if transfers <= journey.transfers
        )
        if not beaten and key not in seen:
            kept.append(journey)
            seen.add(key)
            best_arrival[journey.transfers] = min(
                journey.arrival_s, best_arrival.get(journey.transfers, journey.arrival_s)
            )
    return kept
