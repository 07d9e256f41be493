"""The bench puts the same question to both engines: one day, whole minutes, walks that are closed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from typer.testing import CliRunner

from mobility.bench.measure import draw_queries
from mobility.bench.run import busiest_day
from mobility.bench.single_day import single_day, write_single_day
from mobility.cli.main import make_app
from routing.planner import Planner
from tests.mobility.region_feed import write_feed
from tests.routing.sketch import Sketch
from tests.routing.test_planner_against_twin import networks


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(sketch=networks())
def test_one_day_in_whole_minutes(sketch: Sketch) -> None:
    timetable, info = sketch.build()
    day = busiest_day(timetable, info)
    alone, its_info = single_day(timetable, info, day)
    original = Planner(timetable, info).days.get(day)
    assert (its_info.first_day, its_info.zones) == (day, ("Etc/UTC",))
    assert len(alone.trip_pattern) == len(original.trips.trip)
    assert not (alone.event_arrival_s % 60).any()
    assert not (alone.event_departure_s % 60).any()
    paths = {
        (a, int(alone.footpath_to[i])): int(alone.footpath_duration_s[i])
        for a in range(sketch.stops)
        for i in range(alone.footpath_first[a], alone.footpath_first[a + 1])
    }
    assert all(120 <= seconds <= 900 for seconds in paths.values())
    for (a, b), first in paths.items():
        for (c, d), second in paths.items():
            if b == c and a != d and first + second <= 900:
                assert paths[a, d] <= first + second  # no chain is quicker, so walking on gains nothing


def test_written_day_is_a_feed_of_its_own(tmp_path: Path) -> None:
    from gtfs_feeds.compile import compile_feed
    from gtfs_feeds.reader import read_feed

    tables, _ = read_feed(write_feed(tmp_path / "region.zip"), "r")
    network, _ = compile_feed(tables)
    alone, info = single_day(network.timetable, network.info, busiest_day(network.timetable, network.info))
    write_single_day(alone, info, tmp_path / "gtfs")
    again, _ = compile_feed(read_feed(tmp_path / "gtfs", "x")[0])
    assert sorted(again.timetable.event_departure_s) == sorted(alone.event_departure_s)
    queries = draw_queries(Planner(alone, info), 5, seed=3)
    assert len({(q.origins, q.destinations, q.time_s) for q in queries}) == 5


def test_command_prints_figures(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "region.zip")
    result = CliRunner().invoke(make_app(), ["bench", str(feed), "--pairs", "2", "--json"])
    assert result.exit_code == 0, result.output
    (report,) = json.loads(result.stdout)
    assert report["network"] == "region"
    assert dt.date.fromisoformat(report["day"])
    assert report["questions"]["one departure"]["ms"]["p50"] > 0
    assert CliRunner().invoke(make_app(), ["bench", str(feed), "--day", "someday"]).exit_code == 1
