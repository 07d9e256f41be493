"""Departure boards against a plain list of all calls."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.clock import day_start_s
from routing.planner import Planner
from tests.naive.planner import list_runs
from tests.routing.test_planner_against_twin import networks


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_boards_tell_every_call_in_order(data: st.DataObject) -> None:
    sketch = data.draw(networks())
    timetable, info = sketch.build()
    start_s = day_start_s(sketch.first_day, "Europe/Paris")
    time_s = start_s + data.draw(st.integers(-86_400, 4 * 86_400))
    arrivals, backwards = data.draw(st.booleans()), data.draw(st.booleans())
    limit = data.draw(st.integers(1, 30))
    stops = data.draw(st.lists(st.integers(0, sketch.stops - 1), min_size=1, max_size=3, unique=True))
    found = Planner(timetable, info).list_calls(stops, time_s, limit, arrivals=arrivals, backwards=backwards)
    times = [call.arrival_s if arrivals else call.departure_s for call in found]
    every = sorted(
        call.arrival_s if arrivals else call.departure_s
        for run in list_runs(timetable, info)
        for call in run.calls
        if call.stop in stops and (call.can_alight if arrivals else call.can_board)
    )
    if backwards:
        expected = [at for at in every if time_s - 2 * 86_400 <= at < time_s][-limit:]
    else:
        expected = [at for at in every if time_s <= at <= time_s + 2 * 86_400][:limit]
    assert times == expected
