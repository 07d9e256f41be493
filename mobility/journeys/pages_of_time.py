"""Windows and pages: which stretch of time is searched, widened where service is sparse, and how pages join.

A page is a closed span of seconds, of departures or, when asked to arrive by, of arrivals. The next one begins the
second after it and the one before ends the second before it, so that pages never overlap nor leave a gap.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
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


LAST_S = 1 << 40
"""Later than any instant."""


class Plans(Protocol):
    """What is needed of `routing.planner.Planner`."""

    def plan(self, query: Query) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A journey as the planner found it, which says on what page it is, and as it is shown."""

    found: Journey
    journey: Journey


Choose = Callable[[Sequence[Journey], int, int], list[Shown]]
"""What is shown of the journeys found for a closed span of departures (arrivals, to arrive by)."""


def show_all(journeys: Sequence[Journey], from_s: int, to_s: int) -> list[Shown]:
    """Everything, as it was found."""
    return [Shown(journey, journey) for journey in journeys]


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


def find_page(planner: Plans, query: Query, question: Question, choose: Choose = show_all) -> Page:
    """The page a question asks for. `query` has all but the time (its window is set here).

    What `choose` leaves out does not count; what it changes stays on the page it was found for.
    """
    if question.timetable_view or question.cursor is not None:
        return _Search(planner, query, question, choose).run()
    return _from_one_instant(planner, query, question, choose)


class _Search:
    """Stretches of time searched one after another, away from the instant asked for."""

    def __init__(self, planner: Plans, query: Query, question: Question, choose: Choose) -> None:
        self._planner, self._query, self._question, self._choose = planner, query, question, choose
        cursor = question.cursor
        self._later = cursor.later if cursor else not question.arrive_by
        self._start_s = cursor.instant_s if cursor else question.time_s
        self._journeys: list[Journey] = []
        self._shown: list[Shown] = []
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
            or (len(self._shown) < self._question.itineraries and self._searched_s < limit_s)
        ):
            length_s = self._next_length_s(length_s)
            ends_s = asked_s if self._searched_s < asked_s else limit_s
            self._search_stretch(max(min(length_s, ends_s - self._searched_s), SHORTEST_S))
        return self._cut(asked_s)

    def _next_length_s(self, length_s: int) -> int:
        """As long as it should take to find what still lacks, going by what was found; at most so many times longer."""
        longest_s = length_s * WIDEN_FACTOR
        lacking = self._question.itineraries - len(self._shown)
        if lacking <= 0 or not self._shown:
            return longest_s
        expected_s = self._searched_s * lacking / len(self._shown)
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
        self._shown = self._choose(self._journeys, *self._span(self._searched_s))

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
        distances = sorted(self._distance_s(shown.found) for shown in self._shown)
        end_s = self._searched_s
        if len(distances) > self._question.itineraries > 0:
            end_s = min(end_s, max(distances[self._question.itineraries - 1] + 1, asked_s))
        if most is not None and len(distances) > most:
            end_s = min(end_s, distances[max(most, 1) - 1] + 1)
        span = self._span(end_s)
        kept = [shown for shown in self._shown if self._distance_s(shown.found) < end_s]
        # as it was found where it is shown otherwise only beyond the page, and might be shown there again
        journeys = [
            shown.journey if span[0] <= self._key(shown.journey) <= span[1] else shown.found for shown in kept
        ]
        journeys.sort(key=lambda journey: (journey.departure_s, journey.arrival_s, journey.transfers))
        return Page(tuple(journeys), *span, self._cut_off, self._searches, self._search_us)

    def _span(self, length_s: int) -> tuple[int, int]:
        """So many seconds away from where the search began; none (cut off at once): the next page is the same again."""
        near_s = self._start_s
        return (near_s, near_s + length_s - 1) if self._later else (near_s - length_s + 1, near_s)


def _from_one_instant(planner: Plans, query: Query, question: Question, choose: Choose) -> Page:
    """`timetableView=false`: the best ways from (to) one instant; further pages are windows beyond what they use."""
    query = replace(query, time_s=question.time_s, window_s=0, time_limit_s=question.time_limit_s)
    answer, took_us = timed(planner, query)
    found = [journey for journey in answer.journeys if has_ride(journey)]
    ends = (0, question.time_s) if question.arrive_by else (question.time_s, LAST_S)
    shown = choose(found, *ends)
    if question.itineraries_max is not None:
        shown = shown[: max(question.itineraries_max, 1)]
    keys = [one.found.arrival_s if question.arrive_by else one.found.departure_s for one in shown]
    span = min([question.time_s, *keys]), max([question.time_s, *keys])
    return Page(tuple(one.journey for one in shown), *span, answer.cut_off, 1, took_us)


def timed(planner: Plans, query: Query) -> tuple[Answer, int]:
    """An answer and how long it took, in microseconds."""
    began = time.perf_counter_ns()
    answer = planner.plan(query)
    return answer, (time.perf_counter_ns() - began) // 1000


def has_ride(journey: Journey) -> bool:
    """Ways on foot alone are the direct ones, not public transport."""
    return any(isinstance(leg, Ride) for leg in journey.legs)


def undominated(journeys: list[Journey]) -> list[Journey]:
    """Those that no other beats: leaving later, arriving sooner, changing less or at less cost (0 unless asked for),
    without being worse in another; of equals one."""
    kept: list[Journey] = []
    best_arrival: dict[tuple[int, int], int] = {}
    for journey in sorted(journeys, key=lambda j: (-j.departure_s, j.arrival_s, j.transfers, j.cost)):
        beaten = any(
            arrival_s <= journey.arrival_s
            for (transfers, cost), arrival_s in best_arrival.items()
            if transfers <= journey.transfers and cost <= journey.cost
        )
        if not beaten:
            kept.append(journey)
            key = (journey.transfers, journey.cost)
            best_arrival[key] = min(journey.arrival_s, best_arrival.get(key, journey.arrival_s))
    return kept
