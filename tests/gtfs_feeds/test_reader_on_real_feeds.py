"""The real feeds beside the project."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gtfs_feeds.findings import Severity
from gtfs_feeds.reader import read_feed
from tests.gtfs_feeds.feed_texts import assert_consistent, of_rule

DATA = Path(__file__).parents[3] / "shared" / "data"
TODAY = dt.date(2026, 3, 10)

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(
        not DATA.exists(), reason="the real feeds are not beside the project (../shared/data)"
    ),
]


@pytest.mark.parametrize(
    ("file", "stops", "trips", "calls"),
    [
        ("feeds/ter-france-2025.zip", 9196, 33280, 299983),
        ("feeds/ter-bfc-2025.zip", None, 2785, 28260),
        ("feeds/tam-montpellier-2026.zip", None, 15883, None),
        ("feeds/transcollines-fares-v2-2026.zip", None, 58, None),
        ("feeds/vilnius-2015.zip", None, 23398, 445217),
        ("feeds/porto-alegre-bus-2019.zip", None, 2374, 130019),
        ("feeds/porto-alegre-rail-2019.zip", None, 1248, 14855),
        ("flex/brockton-flex.zip", None, 1552, 47136),
    ],
)
def test_no_row_of_a_real_feed_is_lost(file: str, stops: int | None, trips: int, calls: int | None) -> None:
    tables, findings = read_feed(DATA / file, "real", today=TODAY)
    assert_consistent(tables)
    assert [found for found in findings if found.severity is Severity.ERROR] == []
    assert stops in (None, len(tables.stops))
    assert len(tables.trips) == trips
    assert calls in (None, len(tables.stop_times))


def test_a_feed_of_on_demand_trips_only() -> None:
    tables, findings = read_feed(DATA / "flex/bbnavi-rufbus-flex.zip", "bbnavi", today=TODAY)
    assert (len(tables.trips), len(tables.stop_times)) == (0, 0)
    lost = {(found.file, found.field) for found in findings if found.severity is Severity.ERROR}
    assert lost == {("stops.txt", "parent_station")}
    assert [(one.id, len(one.stops), len(one.trips)) for one in tables.flex] == [
        ("flex-476", 126, 2), ("flex-477", 155, 2), ("flex-478", 150, 2), ("flex-487", 71, 1), ("flex-488", 96, 1),
    ]  # fmt: skip


def test_flexible_trips_are_on_demand_services() -> None:
    tables, findings = read_feed(DATA / "flex/brockton-flex.zip", "brockton", today=TODAY)
    assert [found.count for found in of_rule(findings, "flexible_service")] == [75]
    assert {one.name: len(one.trips) for one in tables.flex} == {
        "Rockland Flex": 14, "Dial-A-Bat Senior Service": 2, "Dial-A-Bat ADA Service": 3,
    }  # fmt: skip


def test_the_coaches_of_the_region_are_known() -> None:
    tables, _ = read_feed(DATA / "feeds/ter-bfc-2025.zip", "ter", today=TODAY)
    assert tables.trips["route_type"].value_counts().to_dict() == {106: 2291, 200: 494}
