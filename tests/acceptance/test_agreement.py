"""The whole planner beside nigiri on real feeds: the same Pareto sets, or the difference is explained."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.reader import read_feed
from mobility.bench.measure import agree, draw_queries
from mobility.bench.single_day import single_day, write_single_day
from routing.planner import Planner

FEEDS = Path(__file__).parents[3] / "shared" / "data" / "feeds"
PAIRS = 500
SHARE_MIN = 0.995

pytestmark = [pytest.mark.shared, pytest.mark.bench]


@pytest.mark.parametrize(
    ("feed", "day"),
    [("ter-france-2025", dt.date(2025, 3, 11)), ("vilnius-2015", dt.date(2015, 10, 7))],
)
def test_same_answers_as_nigiri(feed: str, day: dt.date, tmp_path: Path) -> None:
    pytest.importorskip("pynigiri", reason="the peer comes with the extra `bench`")
    if not (FEEDS / f"{feed}.zip").exists():
        pytest.skip("the real feeds are not beside the project (../shared/data/feeds)")
    from mobility.bench.peer import Peer

    tables, _ = read_feed(FEEDS / f"{feed}.zip", feed)
    network, _ = compile_feed(tables)
    timetable, info = single_day(network.timetable, network.info, day)
    write_single_day(timetable, info, tmp_path)
    planner, peer = Planner(timetable, info), Peer(tmp_path, day)
    for window_s in (0, 7200):
        agreement = agree(planner, peer, draw_queries(planner, PAIRS, seed=20261121, window_s=window_s))
        assert agreement.asked == PAIRS
        assert agreement.share >= SHARE_MIN, agreement.differences[:5]
