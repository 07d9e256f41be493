"""Real feeds, read, compiled and merged. They lie beside the project and are no part of it."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from gtfs_feeds.catalogue import text
from gtfs_feeds.compile import compile_feed
from gtfs_feeds.merge import merge
from gtfs_feeds.network import Network
from gtfs_feeds.reader import read_feed
from gtfs_feeds.shapes import leg_geometry
from routing.timetable import Mode
from tests.gtfs_feeds.test_compile_properties import check_indices

FEEDS = Path(__file__).parents[3] / "shared" / "data" / "feeds"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FEEDS.is_dir(), reason="the real feeds (../shared/data/feeds) are not here"),
]


@pytest.fixture(name="networks", scope="module")
def _networks() -> dict[str, Network]:
    day = dt.date(2026, 6, 1)
    return {
        path.stem: compile_feed(read_feed(path, path.stem, today=day)[0])[0]
        for path in sorted(FEEDS.glob("*.zip"))
    }


def test_every_feed_compiles(networks: dict[str, Network]) -> None:
    assert len(networks) >= 7
    for network in networks.values():
        assert len(network.timetable.trip_pattern) > 0
        check_indices(network)


def test_ter_france_has_its_busy_day(networks: dict[str, Network]) -> None:
    network = networks["ter-france-2025"]
    day = (dt.date(2025, 3, 11) - network.info.first_day).days
    running = network.timetable.service_active[network.timetable.trip_service, day].sum()
    assert 11_000 < running < 11_600


def test_montpellier_has_trams_and_transport_on_demand(networks: dict[str, Network]) -> None:
    found = {Mode(mode) for mode in np.unique(networks["tam-montpellier-2026"].timetable.trip_mode)}
    assert found == {Mode.TRAM, Mode.BUS, Mode.ODM}


def test_transcollines_links_trips_and_translates(networks: dict[str, Network]) -> None:
    network = networks["transcollines-fares-v2-2026"]
    assert set(network.timetable.seated_allowed.tolist()) <= {0, 1}
    assert len(network.timetable.seated_from_trip) > 0
    languages = {text(network.catalogue, index) for index in network.catalogue.translation_lang_text}
    assert languages == {"en"}


@pytest.mark.parametrize("feed", ["vilnius-2015", "transcollines-fares-v2-2026", "porto-alegre-bus-2019"])
def test_every_trip_stays_on_its_line(networks: dict[str, Network], feed: str) -> None:
    """Shapes cut for each leg of a pattern join to the shape cut for the whole of it."""
    timetable = networks[feed].timetable
    _, trips = np.unique(timetable.trip_pattern, return_index=True)
    for trip in trips[:: max(1, len(trips) // 40)].tolist():
        last = int(np.diff(timetable.pattern_first)[timetable.trip_pattern[trip]]) - 1
        whole = np.transpose(leg_geometry(networks[feed], trip, 0, last))
        parts = [np.transpose(leg_geometry(networks[feed], trip, p, p + 1)) for p in range(last)]
        joined = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
        for before, after in pairwise(parts):
            np.testing.assert_allclose(before[-1], after[0], atol=1e-9)
        assert _length(joined) == pytest.approx(_length(whole), rel=1e-6)


def test_all_of_them_merge(networks: dict[str, Network]) -> None:
    merged = merge(list(networks.values()))
    check_indices(merged)
    assert len(merged.timetable.trip_pattern) == sum(len(n.timetable.trip_pattern) for n in networks.values())
    rail = networks["ter-france-2025"], networks["ter-bfc-2025"]
    own = sum(len(network.timetable.footpath_to) for network in rail)
    assert len(merge(rail).timetable.footpath_to) > own, "the same stations in two feeds are linked"


def _length(points: np.ndarray) -> float:
    return float(np.sqrt((np.diff(points, axis=0) ** 2).sum(axis=1)).sum())
