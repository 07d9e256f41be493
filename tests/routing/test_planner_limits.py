"""What bounds a search: the time limit, the number of service days, and threads that share one planner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from routing.clock import day_start_s
from routing.kernels.trace import search_departures
from routing.planner import DEPARTURES_PER_CALL, Planner
from routing.query import Offset, Query
from tests.routing.sketch import MONDAY, Sketch, SketchedTrip

START_S = day_start_s(MONDAY, "Europe/Paris")


def shuttle(every_s: int, days: int = 3) -> Planner:
    trips = [
        SketchedTrip([(0, at, at), (1, at + 600, at + 600)], days=tuple(range(days)))
        for at in range(0, 86_400, every_s)
    ]
    return Planner(*Sketch(2, trips, days=days).build())


def test_a_search_cut_off_says_what_it_searched() -> None:
    planner = shuttle(every_s=60)
    whole = Query((Offset(0, 0),), (Offset(1, 0),), START_S, window_s=80_000)
    limited = Query((Offset(0, 0),), (Offset(1, 0),), START_S, window_s=80_000, time_limit_s=1e-9)
    answer = planner.plan(limited)
    assert answer.cut_off
    assert answer.searched_to_s == START_S + 80_000
    assert len(answer.journeys) == DEPARTURES_PER_CALL - 1  # the first departure of all is not told
    assert answer.searched_from_s == answer.journeys[0].departure_s
    assert answer.journeys == planner.plan(whole).journeys[-len(answer.journeys) :]
    assert not planner.plan(whole).cut_off


def test_arriving_a_search_cut_off_keeps_its_beginning() -> None:
    query = Query((Offset(0, 0),), (Offset(1, 0),), START_S, True, 80_000, time_limit_s=1e-9)
    answer = shuttle(every_s=60).plan(query)
    assert answer.cut_off
    assert answer.searched_from_s == START_S
    assert answer.searched_to_s == max(journey.arrival_s for journey in answer.journeys)


def test_more_than_five_service_days_are_refused_in_words() -> None:
    query = Query((Offset(0, 0),), (Offset(1, 0),), START_S, window_s=8 * 86_400)
    with pytest.raises(ValueError, match="a search over 8 service days"):
        shuttle(every_s=3600, days=8).plan(query)


def test_threads_do_not_share_labels() -> None:
    planner = shuttle(every_s=600)
    queries = [Query((Offset(0, 0),), (Offset(1, 0),), START_S + 97 * i, window_s=7200) for i in range(200)]
    alone = [planner.plan(query) for query in queries]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(planner.plan, queries)) == alone


def test_nothing_to_search_is_an_empty_answer() -> None:
    answer = shuttle(every_s=3600).plan(Query((), (Offset(1, 0),), START_S, window_s=60))
    assert (answer.journeys, answer.searched_from_s, answer.searched_to_s) == ((), START_S, START_S + 60)


def test_what_is_walked_to_is_not_walked_on_from() -> None:
    sketch = Sketch(3, [SketchedTrip([(1, 600, 600), (2, 900, 900)])], footpaths={(0, 1): 60})
    planner = Planner(*sketch.build())
    at_the_stop = planner.plan(Query((Offset(0, 0),), (Offset(2, 0),), START_S))
    walked_to_it = planner.plan(Query((Offset(0, 30),), (Offset(2, 0),), START_S))
    assert [(leg.from_stop, leg.to_stop) for leg in at_the_stop.journeys[0].legs] == [(0, 1), (1, 2)]
    assert walked_to_it.journeys == ()


@pytest.mark.skipif(not hasattr(search_departures, "signatures"), reason="the kernels run as plain Python")
def test_a_warm_planner_has_every_kernel_it_can_need() -> None:
    planner = shuttle(every_s=3600, days=8)
    planner.warm_up([MONDAY])
    known = len(search_departures.signatures)
    for window_s in (0, 600, 86_400):
        for arrive_by in (False, True):
            at_s = START_S + 4 * 86_400
            planner.plan(
                Query((Offset(0, 0),), (Offset(1, 0),), at_s, arrive_by, window_s, max_travel_time_s=90_000)
            )
    assert len(search_departures.signatures) == known


def test_ends_kept_from_the_last_search_are_those_of_this_one() -> None:
    """The same offsets at either end, for walkers and wheelchairs, in both directions, one after the other."""
    trips = [SketchedTrip([(0, 3600, 3600), (2, 4200, 4200)], wheelchair=1)]
    timetable, info = Sketch(3, trips, {(1, 0): 120}, rolled={(1, 0): 900}).build()
    here, there = (Offset(1, 0),), (Offset(2, 0),)
    one_planner, answers = Planner(timetable, info), []
    for ends in ((here, there), (there, here), (here, there)):
        for wheelchair in (False, True):
            for arrive_by in (False, True):
                query = Query(*ends, START_S, arrive_by, 7200, wheelchair=wheelchair)
                answers.append(one_planner.plan(query))
                assert answers[-1] == Planner(timetable, info).plan(query)
    assert {journey.departure_s - START_S for answer in answers for journey in answer.journeys} == {
        2700,
        3480,
    }
