"""What one leg costs: the cases L1 to L13 of rules, areas, timeframes, products."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ticketing.fares.sketch import (
    at,
    calendar,
    fares,
    frame,
    leg,
    product,
    rule,
    rules,
    stop,
    transfer,
    transfers,
)  # fmt: skip
from ticketing.fares.feed_price import feed_price
from ticketing.fares.leg import FareLeg
from ticketing.fares.leg_rules import is_in_timeframe
from ticketing.fares.tables import FeedFares

AREAS = {"a": "A", "b": "B", "c": "C", "d": ""}
PRODUCTS = (product("P", 200), product("Q", 350), product("R", 500))


def cents(legs: FareLeg | list[FareLeg], tables: FeedFares, category: str = "") -> int | None:
    price = feed_price(legs if isinstance(legs, list) else [legs], tables, category)
    return None if price is None else price.cents


def test_l1_exact_match_on_network_areas_and_timeframes() -> None:
    tables = fares(
        leg_rules=rules(
            rule(
                "P",
                network_id="N",
                from_area_id="A",
                to_area_id="B",
                from_timeframe_id="morning",
                to_timeframe_id="morning",
            )
        ),
        products=PRODUCTS,
        networks={"1": "N", "2": "M"},
        areas=AREAS,
        timeframes=(frame("morning", "06:00", "10:00"),),
    )
    assert cents(leg("1", "a", "b"), tables) == 200
    for other in (
        leg("2", "a", "b"),
        leg("1", "b", "a"),
        leg("1", "a", "c"),
        leg("1", "a", "b", "10:30"),
        leg("1", "a", "b", "09:55"),
    ):
        assert cents(other, tables) is None


@pytest.mark.parametrize(
    ("field", "listed", "other"),
    [
        ("network_id", ("N", leg("1", "a", "b")), leg("2", "a", "b")),
        ("from_area_id", ("A", leg("1", "a", "b")), leg("1", "c", "b")),
        ("to_area_id", ("B", leg("1", "a", "b")), leg("1", "a", "c")),
    ],
    ids=["network", "from", "to"],
)
def test_l2_without_priorities_empty_means_what_is_not_listed(
    field: str, listed: tuple[str, FareLeg], other: FareLeg
) -> None:
    name, named = listed
    night = frame("night", "22:00", "24:00")
    tables = fares(
        leg_rules=rules(rule("P", **{field: name}, from_timeframe_id="night"), rule("Q")),
        products=PRODUCTS,
        networks={"1": "N", "2": "M"},
        areas=AREAS,
        timeframes=(night,),
    )
    assert cents(other, tables) == 350
    assert cents(named, tables) is None, "listed, though its rule holds at night only"


def test_l2_a_leg_without_network_or_area_is_not_listed() -> None:
    tables = fares(leg_rules=rules(rule("P")), products=PRODUCTS)
    assert cents(leg("1", "a", "b"), tables) == 200


@pytest.mark.parametrize("given", [0, 3])
def test_l3_with_the_column_empty_means_any(given: int) -> None:
    low = rules(
        rule("P", network_id="N", from_area_id="A", from_timeframe_id="night"), rule("Q", priority=given)
    )
    tables = fares(
        leg_rules=low,
        has_priority=True,
        products=PRODUCTS,
        networks={"1": "N"},
        areas=AREAS,
        timeframes=(frame("night", "22:00", "24:00"),),
    )
    assert cents(leg("1", "a", "b"), tables) == 350
    assert cents(leg("1", "a", "b"), replace(tables, has_priority=False)) is None


def test_l4_only_the_highest_priority_survives_and_empty_is_0() -> None:
    tables = fares(
        leg_rules=rules(
            rule("P"), rule("Q", network_id="N", priority=1), rule("R", network_id="N", priority=1)
        ),
        has_priority=True,
        products=PRODUCTS,
        networks={"1": "N"},
    )
    price = feed_price([leg("1", "a", "b")], tables)
    assert price is not None
    assert (price.cents, price.parts[0].product_id) == (350, "Q"), "P would be cheaper, but is outranked"
    assert [(other.product_id, other.cents, other.reason_en) for other in price.rejected] == [
        ("R", 500, "dearer"),
        ("P", 200, "priority 0, below 1"),
    ]
    assert price.parts[0].charges[0].rows == ("fare_leg_rules.txt:3", "products:Q")
    assert cents(leg("2", "a", "b"), tables) == 200


@pytest.mark.parametrize("has_priority", [False, True])
def test_l5_an_empty_timeframe_is_any(has_priority: bool) -> None:
    tables = fares(
        leg_rules=rules(rule("P", from_timeframe_id="night"), rule("Q")),
        has_priority=has_priority,
        products=PRODUCTS,
        timeframes=(frame("night", "22:00", "24:00"),),
    )
    assert cents(leg("1", "a", "b"), tables) == 350
    assert cents(leg("1", "a", "b", "23:00"), tables) == 200


@pytest.mark.parametrize(
    ("clock", "inside"),
    [("12:00:00", True), ("13:59:59", True), ("14:00:00", False), ("11:59:59", False)],
)
def test_l6_start_is_inside_and_end_is_not(clock: str, inside: bool) -> None:
    tables = fares(leg_rules=rules(rule("P")), timeframes=(frame("lunch", "12:00", "14:00"),))
    assert is_in_timeframe("lunch", at(clock), "Europe/Paris", tables) is inside


def test_l6_until_24_h_the_whole_day_and_several_intervals() -> None:
    tables = fares(
        leg_rules=rules(rule("P", from_timeframe_id="peak"), rule("Q", from_timeframe_id="rest")),
        products=PRODUCTS,
        timeframes=(
            frame("peak", "07:00", "09:00"),
            frame("peak", "16:00", "24:00:00"),
            frame("rest", "08:30", "16:30"),
            frame("all"),
        ),
    )
    assert is_in_timeframe("peak", at("23:59:59"), "Europe/Paris", tables)
    assert all(
        is_in_timeframe("all", at(clock), "Europe/Paris", tables) for clock in ("00:00:00", "23:59:59")
    )
    assert [cents(leg("1", "a", "b", clock), tables) for clock in ("07:30", "12:00", "20:00", "06:00")] == [
        *(200, 350, 200, None)
    ]
    both = feed_price([leg("1", "a", "b", "08:45")], tables)
    assert both is not None
    assert [other.product_id for other in both.rejected] == ["Q"], "groups that overlap match both"


def test_l7_the_day_is_the_calendars_and_not_the_services() -> None:
    tables = fares(
        leg_rules=rules(rule("P", from_timeframe_id="friday"), rule("Q", from_timeframe_id="saturday")),
        products=PRODUCTS,
        timeframes=(frame("friday", service="fri"), frame("saturday", service="sat")),
        calendars=(calendar("fri", {4}), calendar("sat", {5})),
    )
    of_friday = replace(leg("1", "a", "b", "01:30", day="2026-03-07"), service_day="2026-03-06")
    assert cents(of_friday, tables) == 350
    assert cents(leg("1", "a", "b", "23:30"), tables) == 200


def test_l7_the_clock_of_the_dst_night() -> None:
    tables = fares(leg_rules=rules(rule("P")), timeframes=(frame("early", "02:00", "03:00"),))
    autumn = at("02:30", "2026-10-25")
    spring = at("01:59:59", "2026-03-29") + 1
    zone = "Europe/Paris"
    assert is_in_timeframe("early", autumn, zone, tables)
    assert is_in_timeframe("early", autumn + 3600, zone, tables), "half past two comes twice"
    assert not is_in_timeframe("early", spring, zone, tables), "two o'clock does not come at all"


def test_l8_the_time_zone_of_the_stop() -> None:
    tables = fares(
        leg_rules=rules(rule("P", from_timeframe_id="noon"), rule("Q", to_timeframe_id="noon")),
        products=PRODUCTS,
        timeframes=(frame("noon", "12:00", "13:00"),),
    )
    london = leg("1", "a", "b", "12:30", zone="Europe/London", to_zone="Europe/Paris")
    assert cents(london, tables) == 200
    to_london = leg("1", "a", "b", "13:15", zone="Europe/Paris", to_zone="Europe/London")
    assert cents(to_london, tables) == 350


def test_l9_a_station_stands_for_its_platforms_unless_they_have_their_own() -> None:
    tables = fares(
        leg_rules=rules(rule("P", from_area_id="S"), rule("Q", from_area_id="T")),
        products=PRODUCTS,
        areas={"station": "S", "2": "T"},
    )
    assert cents(leg("1", "station/1", "b"), tables) == 200
    assert cents(leg("1", "station/2", "b"), tables) == 350, "assigned elsewhere, so no longer its station's"


def test_l10_a_stop_in_several_areas() -> None:
    tables = fares(
        leg_rules=rules(rule("R", from_area_id="A"), rule("Q", from_area_id="B"), rule("P")),
        products=PRODUCTS,
        areas={"x": "A B", "y": "B C", "z": "C"},
    )
    assert cents(leg("1", "x", "b"), tables) == 350, "both match: the cheaper"
    assert cents(leg("1", "y", "b"), tables) == 350, "of a listed area, so no longer of those not listed"
    assert cents(leg("1", "z", "b"), tables) == 200


def test_l11_no_match_is_unknown_and_never_part_of_a_price() -> None:
    tables = fares(
        leg_rules=rules(rule("P", network_id="N"), rule("missing", network_id="M")),
        products=PRODUCTS,
        networks={"1": "N", "2": "M", "3": "O"},
    )
    known = leg("1", "a", "b")
    assert cents(known, tables) == 200
    assert feed_price([known, leg("3", "b", "c", "09:00")], tables) is None
    assert feed_price([known, leg("2", "b", "c", "09:00")], tables) is None, "a product without a price"
    assert feed_price([], tables) is None


def test_l12_rows_by_category_and_medium() -> None:
    tables = fares(
        leg_rules=rules(rule("P")),
        products=(
            product("P", 300, category_id="ADULT", is_default=True, medium_id="cash"),
            product("P", 250, category_id="ADULT", is_default=True, medium_id="card"),
            product("P", 150, category_id="YOUTH", medium_id="card"),
            product("P", 280, medium_id="app"),
        ),
    )
    one = leg("1", "a", "b")
    assert [cents(one, tables, category) for category in ("", "adult", "youth", "senior")] == [
        250,
        250,
        150,
        250,
    ]
    price = feed_price([one], tables)
    assert price is not None
    assert price.parts[0].medium_id == "card"
    assert {(other.cents, other.reason_fr) for other in price.rejected} == {
        (280, "plus cher"),
        (300, "plus cher"),
    }


def test_l12_whoever_no_category_fits_has_no_price() -> None:
    rows = (product("P", 100, category_id="youth"), product("P", 120, category_id="senior"))
    tables = fares(leg_rules=rules(rule("P")), products=rows)
    assert cents(leg("1", "a", "b"), tables) is None
    assert cents(leg("1", "a", "b"), tables, "senior") == 120


def test_l13_nothing_and_less_than_nothing_are_prices() -> None:
    tables = fares(
        leg_rules=rules(rule("P", leg_group_id="g"), rule("FREE", leg_group_id="h", network_id="N")),
        products=(product("P", 200), product("FREE", 0), product("OFF", -50)),
        networks={"free": "N"},
        transfer_rules=transfers(transfer("g", "g", 1, "OFF", count=-1)),
    )
    assert cents(leg("free", "a", "b"), tables) == 0
    assert cents([leg("1", "a", "b"), leg("1", "b", "c", "09:00")], tables) == 350
    paid_to_ride = replace(tables, products=(product("P", -200), product("FREE", -1)))
    assert cents(leg("free", "a", "b"), paid_to_ride) is None


def test_amounts_of_two_currencies_are_not_added() -> None:
    rows = (product("P", 200), product("Q", 300, currency="CHF"), product("P", 190, currency="CHF"))
    tables = fares(leg_rules=rules(rule("P", network_id="N"), rule("Q")), products=rows, networks={"1": "N"})
    price = feed_price([leg("1", "a", "b"), leg("2", "b", "c", "09:00")], tables)
    assert price is not None
    assert (price.cents, price.currency) == (490, "CHF")
    only = replace(tables, products=rows[:2])
    assert feed_price([leg("1", "a", "b"), leg("2", "b", "c", "09:00")], only) is None
    assert stop("a").id == "f_a"
