"""Networks as published examples have them (gtfs.org, documentation/schedule/examples/fares-v2 and fares-v1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ticketing.fares.sketch import (
    calendar,
    fares,
    frame,
    leg,
    product,
    rule,
    rules,
    transfer,
    transfers,
)
from ticketing.fares.feed_price import feed_price
from ticketing.fares.leg import FareLeg
from ticketing.fares.tables import FareAttribute, FareRule, FeedFares, JoinRule, Medium, Pair


def cents(legs: list[FareLeg], tables: FeedFares, category: str = "") -> int | None:
    price = feed_price(legs, tables, category)
    return None if price is None else price.cents


def test_maryland_one_way_trip_with_free_transfers() -> None:
    tables = fares(
        leg_rules=rules(
            rule("core_local_oneway_fare", leg_group_id="core_local_one_way_trip", network_id="core")
        ),
        products=(product("core_local_oneway_fare", 200),),
        networks={"bus": "core", "metro": "core"},
        transfer_rules=transfers(
            transfer("core_local_one_way_trip", "core_local_one_way_trip", 0, count=-1, limit=5400, type=1)
        ),
    )
    trip = [leg("bus", "a", "b", "08:00"), leg("metro", "b", "c", "08:45"), leg("bus", "c", "d", "09:30")]
    assert cents(trip[:1], tables) == 200
    assert cents(trip, tables) == 200
    assert cents([*trip[:2], leg("bus", "c", "d", "09:31")], tables) == 400


def test_bart_by_station() -> None:
    tables = fares(
        leg_rules=rules(
            rule("BA:matrix:ASHB-GLEN", from_area_id="ASHB", to_area_id="GLEN"),
            rule("BA:matrix:GLEN-ASHB", from_area_id="GLEN", to_area_id="ASHB"),
        ),
        products=(product("BA:matrix:ASHB-GLEN", 475), product("BA:matrix:GLEN-ASHB", 475)),
        areas={"ASHB_station": "ASHB", "GLEN_station": "GLEN"},
    )
    assert cents([leg("yellow", "ASHB_station/1", "GLEN_station/2")], tables) == 475
    assert cents([leg("yellow", "ASHB_station/1", "elsewhere")], tables) is None


def test_muni_cash_or_card() -> None:
    tables = fares(
        leg_rules=rules(rule("muni_single", network_id="muni")),
        products=(
            product("muni_single", 300, medium_id="cash"),
            product("muni_single", 250, medium_id="clipper"),
        ),
        networks={"N": "muni"},
        media=(Medium("cash", "Cash"), Medium("clipper", "Clipper")),
    )
    price = feed_price([leg("N", "a", "b")], tables)
    assert price is not None
    assert (price.cents, price.parts[0].medium_name) == (250, "Clipper")
    assert [(other.cents, other.reason_en) for other in price.rejected] == [(300, "dearer")]


@pytest.mark.parametrize(("clock", "expected"), [("07:30", 500), ("11:30", 300)])
def test_wmata_by_time_of_day(clock: str, expected: int) -> None:
    tables = fares(
        leg_rules=rules(
            rule("peak", network_id="rail", from_timeframe_id="weekday_peak"),
            rule("off_peak", network_id="rail", from_timeframe_id="weekday_off_peak"),
        ),
        products=(product("peak", 500), product("off_peak", 300)),
        networks={"red": "rail"},
        timeframes=(
            frame("weekday_peak", "05:00", "09:30", "weekdays"),
            frame("weekday_off_peak", "09:30", "15:00", "weekdays"),
        ),
        calendars=(calendar("weekdays", range(5)),),
    )
    assert cents([leg("red", "a", "b", clock)], tables) == expected
    assert cents([leg("red", "a", "b", clock, day="2026-03-07")], tables) is None


@pytest.mark.parametrize(("clock", "expected"), [("18:45", 2000), ("21:04", 1500)])
def test_metro_north_from_grand_central(clock: str, expected: int) -> None:
    areas = {"1": "mnr_1", "beacon": "mnr_7"}
    tables = fares(
        leg_rules=rules(
            rule("mnr_1_7_peak", from_area_id="mnr_1", to_area_id="mnr_7", from_timeframe_id="mnr_peak"),
            rule(
                "mnr_1_7_off_peak", from_area_id="mnr_1", to_area_id="mnr_7", from_timeframe_id="mnr_off_peak"
            ),
        ),
        products=(product("mnr_1_7_peak", 2000), product("mnr_1_7_off_peak", 1500)),
        areas=areas,
        timeframes=(
            frame("mnr_peak", "16:00", "20:00"),
            frame("mnr_off_peak", "00:00", "16:00"),
            frame("mnr_off_peak", "20:00", "24:00"),
        ),
    )
    assert cents([leg("hudson", "1", "beacon", clock)], tables) == expected


def test_three_legs_joined_and_a_transfer_that_adds_its_product() -> None:
    tables = fares(
        leg_rules=rules(
            rule(
                "off-peak",
                leg_group_id="rail",
                network_id="rail",
                from_area_id="A",
                from_timeframe_id="off-peak",
            ),
            rule("express", leg_group_id="express", network_id="express"),
        ),
        products=(
            product("off-peak", 350, medium_id="app"),
            product("off-peak", 400, medium_id="paper"),
            product("express", 2000),
            product("upgrade", 1200),
        ),
        networks={"1": "rail", "2": "rail", "x": "express"},
        areas={"a": "A"},
        join_rules=(JoinRule("join", "rail", "rail"),),
        timeframes=(frame("off-peak", "09:30", "16:00"),),
        transfer_rules=transfers(transfer("rail", "express", 0, "upgrade")),
    )
    legs = [leg("1", "a", "b", "10:00"), leg("2", "b", "c", "10:30"), leg("1", "c", "d", "16:30")]
    price = feed_price(legs, tables)
    assert price is not None
    assert (price.cents, price.parts[0].medium_id) == (350, "app"), "when the first leg begins"
    assert [other.cents for other in price.rejected] == [400]
    assert cents([*legs, leg("x", "d", "e", "17:00")], tables) == 350 + 1200


SAMPLE = FeedFares(
    "f",
    fares=(
        FareAttribute("fare_attributes.txt:2", "p", 125, "USD", 0),
        FareAttribute("fare_attributes.txt:3", "a", 525, "USD", 0),
    ),
    fare_rules=tuple(
        FareRule(f"fare_rules.txt:{line}", fare, f"f_{route}")
        for line, (fare, route) in enumerate(
            (("p", "AB"), ("p", "STBA"), ("p", "BFC"), ("a", "AAMV")), start=2
        )
    ),
)
"""fare_attributes.txt and fare_rules.txt of sample-feed-1."""


def test_v1_the_sample_feed_by_route() -> None:
    assert [cents([leg(route, "x", "y")], SAMPLE) for route in ("AB", "STBA", "BFC", "AAMV", "CITY")] == [
        *(125, 125, 125, 525, None)
    ]
    assert cents([leg("AB", "x", "y"), leg("BFC", "y", "z", "09:00")], SAMPLE) == 250, "no transfer in it"
    assert cents([leg("AB", "x", "y"), leg("CITY", "y", "z", "09:00")], SAMPLE) is None


def test_v1_all_zones_contained_and_no_other() -> None:
    zoned = FeedFares(
        "f",
        fares=(FareAttribute("a:2", "two", 150, "EUR"), FareAttribute("a:3", "three", 250, "EUR")),
        fare_rules=tuple(
            FareRule(f"r:{fare}{zone}", fare, contains_id=zone)
            for fare, zones in (("two", "56"), ("three", "567"))
            for zone in zones
        ),
        stop_zones=(Pair("f_x", "5"), Pair("f_y", "6"), Pair("f_z", "7")),
    )
    assert cents([leg("1", "x", "y")], zoned) == 150
    assert cents([replace(leg("1", "x", "y"), zone_ids=("5", "7", "6"))], zoned) == 250
    assert cents([leg("1", "x", "y"), leg("2", "y", "z", "09:00")], zoned) == 250
    assert cents([leg("1", "x", "x")], zoned) is None


def test_v1_transfers_empty_are_unlimited_until_the_duration_ends() -> None:
    hour = FeedFares(
        "f",
        fares=(
            FareAttribute("a:2", "hour", 200, "EUR", None, 3600),
            FareAttribute("a:3", "one", 110, "EUR", 0),
            FareAttribute("a:4", "other", 10, "EUR", agency_id="f_other"),
        ),
    )
    legs = [leg("1", f"s{place}", f"s{place + 1}", f"08:{15 * place:02}") for place in range(4)]
    assert [cents(legs[:count], hour) for count in (1, 2, 4)] == [110, 200, 200]
    price = feed_price([*legs, leg("1", "s4", "s5", "09:01")], hour)
    assert price is not None
    assert price.cents == 310
    assert [(part.legs, part.product_id) for part in price.parts] == [((0,), "one"), ((1, 2, 3, 4), "hour")]
