"""Prices of real feeds, of real rides."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.findings import Finding
from gtfs_feeds.reader import read_feed
from gtfs_feeds.tables import FeedTables
from ticketing.fares.feed_price import feed_price
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.fares.tables import FeedFares

FEEDS = Path(__file__).parents[3] / "shared" / "data" / "feeds"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FEEDS.is_dir(), reason="needs the real feeds of ../shared/data/feeds"),
]


def load(name: str) -> tuple[FeedTables, FeedFares, list[Finding]]:
    tables, findings = read_feed(FEEDS / f"{name}.zip", "x", today=dt.date(2026, 3, 10))
    (fares,) = compile_feed(tables)[0].fares
    return tables, fares, findings


def rides(tables: FeedTables, begin_s: int) -> list[FareLeg]:
    """Of every trip the ride from its first call to its last, an hour each from `begin_s` on."""
    ends = tables.stop_times.groupby("trip_id", observed=True)["stop_id"].agg(["first", "last"])
    routes = tables.trips.set_index("trip_id")["route_id"]
    return [
        FareLeg(
            FareMode.COACH,
            FareStop(f"x_{end['first']}", time_zone="America/Montreal"),
            FareStop(f"x_{end['last']}", time_zone="America/Montreal"),
            begin_s,
            begin_s + 3600,
            1000,
            feed_id="x",
            route_id=f"x_{routes[trip]}",
        )
        for trip, end in ends.iterrows()
    ]


def test_v2_of_transcollines() -> None:
    """Eight rules by priority and area: 5 $ between neighbours, 20 $ between Pontiac and Gatineau."""
    tables, fares, findings = load("transcollines-fares-v2-2026")
    noted = [one for one in findings if one.file.startswith(("fare", "area", "stop_area", "timeframes"))]
    assert noted == []
    assert (len(fares.leg_rules), fares.has_priority, len(fares.stop_areas)) == (8, True, 424)
    begin_s = int(dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC).timestamp())
    seen: dict[int | None, int] = {}
    for leg in rides(tables, begin_s):
        areas = [fares.areas_of.get(stop.id, frozenset()) for stop in (leg.origin, leg.destination)]
        price = feed_price([leg], fares)
        seen[None if price is None else price.cents] = seen.get(None if price is None else price.cents, 0) + 1
        if areas == [{"PNT"}, {"GAT"}] or areas == [{"GAT"}, {"PNT"}]:
            assert price is not None
            assert (price.cents, price.currency, price.parts[0].product_id) == (2000, "CAD", "PS-2000")
        elif areas == [{"COL"}, {"GAT"}]:
            assert price is not None
            assert price.cents == 500
            assert price.parts[0].charges[0].rows[0] == "fare_leg_rules.txt:5"
    assert seen[500] == 50
    assert seen[2000] > 1
    late = int(dt.datetime(2026, 8, 24, 12, tzinfo=dt.UTC).timestamp())
    assert feed_price(rides(tables, late)[:1], fares) is None, "its prices hold until the day before"


def test_v1_of_porto_alegre() -> None:
    """One fare, of everything, without a transfer."""
    tables, fares, _ = load("porto-alegre-bus-2019")
    begin_s = int(dt.datetime(2019, 3, 12, 12, tzinfo=dt.UTC).timestamp())
    one, two = rides(tables, begin_s)[:2]
    single = feed_price([one], fares)
    assert single is not None
    assert (single.cents, single.currency) == (470, "BRL")
    both = feed_price([one, two], fares)
    assert both is not None
    assert both.cents == 940
