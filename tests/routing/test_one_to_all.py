"""One to all: what it says of a stop is what a question to that stop says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.clock import day_start_s
from routing.one_to_all import UNREACHED
from routing.planner import Planner
from routing.query import Offset, Query
from tests.naive.planner import ends_of, pareto
from tests.routing.sketch import MONDAY, Sketch, SketchedTrip
from tests.routing.test_planner_against_twin import networks, queries

START_S = day_start_s(MONDAY, "Europe/Paris")


@pytest.mark.parametrize("arrive_by", [False, True])
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_stop_as_if_it_were_asked_for(arrive_by: bool, data: st.DataObject) -> None:
    sketch = data.draw(networks())
    query = replace(data.draw(queries(sketch)), arrive_by=arrive_by, window_s=0)
    timetable, info = sketch.build()
    reached = Planner(timetable, info).one_to_all(query)
    for stop in range(sketch.stops):
        end = (Offset(stop, 0),)
        asked = replace(query, **{"origins" if arrive_by else "destinations": end})
        expected = _best(pareto(timetable, info, asked), asked, _on_foot_s(timetable, asked, stop))
        found = (int(reached.at_s[stop]), int(reached.transfers[stop]))
        assert found == expected, stop


def _on_foot_s(timetable, asked: Query, stop: int) -> int | None:
    """Least time between the asked end and the stop without a trip, waiting for an offer included."""
    found = []
    for end in ends_of(timetable, asked)[1 if asked.arrive_by else 0]:
        wait_s = end.open_s - asked.time_s
        late = asked.time_s > end.close_s
        if asked.arrive_by:  # leave the stop at the last moment from which one is there in time
            wait_s = asked.time_s - end.duration_s - end.close_s
            late = asked.time_s - end.duration_s < end.open_s
        if end.stop == stop and not late:
            found.append(int(end.duration_s + max(0, wait_s)))
    return min(found, default=None)


def _best(journeys: set[tuple[int, int, int]], asked: Query, on_foot_s: int | None) -> tuple[int, int]:
    sign, time = (-1, 0) if asked.arrive_by else (1, 1)
    found = [(sign * journey[time], journey[2]) for journey in journeys]
    if on_foot_s is not None and on_foot_s <= asked.max_travel_time_s:
        found.append((sign * asked.time_s + on_foot_s, -1))
    if not found:
        return UNREACHED, -1
    at_s, transfers = min(found)
    return sign * at_s, transfers


def test_arriving_by_says_until_when_one_may_wait() -> None:
    trips = [SketchedTrip([(0, at, at), (1, at + 600, at + 600)]) for at in (36_000, 37_000)]
    planner = Planner(*Sketch(3, trips, footpaths={(2, 0): 100}).build())
    reached = planner.one_to_all(Query((), (Offset(1, 30),), START_S + 37_700, arrive_by=True))
    assert (reached.at_s - START_S).tolist() == [37_000, 37_670, 36_900]
    assert reached.transfers.tolist() == [0, -1, 0]


def test_a_window_has_no_one_to_all() -> None:
    planner = Planner(*Sketch(2, []).build())
    with pytest.raises(ValueError, match="not for a window"):
        planner.one_to_all(Query((Offset(0, 0),), (), START_S, window_s=60))
