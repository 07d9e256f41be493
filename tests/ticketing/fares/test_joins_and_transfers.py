"""What several legs cost: the cases J1 to J5 and T1 to T11."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ticketing.fares.sketch import (
    fares,
    frame,
    leg,
    product,
    rule,
    rules,
    transfer,
    transfers,
)  # fmt: skip
from ticketing.fares.feed_price import feed_price
from ticketing.fares.leg import FareLeg
from ticketing.fares.price import FeedPrice
from ticketing.fares.tables import FeedFares, JoinRule, TransferRule

PRODUCTS = (product("A", 200), product("B", 300), product("C", 500), product("AB", 50), product("BC", 70))
GROUPS = {
    "leg_rules": rules(
        rule("A", leg_group_id="a", network_id="A"),
        rule("B", leg_group_id="b", network_id="B"),
        rule("C", leg_group_id="c", network_id="C"),
    ),
    "products": PRODUCTS,
    "networks": {"A": "A", "B": "B", "C": "C"},
}


def price_of(legs: list[FareLeg], tables: FeedFares) -> FeedPrice:
    price = feed_price(legs, tables)
    assert price is not None
    assert sum(charge.cents for part in price.parts for charge in part.charges) == price.cents
    assert sum(part.cents for part in price.parts) == price.cents
    assert [index for part in price.parts for index in part.legs] == list(range(len(legs)))
    return price


def ride(routes: str, *clocks: str) -> list[FareLeg]:
    """Legs on these routes, one after the other, through stops s0, s1, …"""
    times = clocks or tuple(f"{8 + place:02}:00" for place in range(len(routes)))
    return [
        leg(route, f"s{place}", f"s{place + 1}", *times[place].split("-"))
        for place, route in enumerate(routes)
    ]


def joined(*join_rules: JoinRule, **more: object) -> FeedFares:
    return fares(
        leg_rules=rules(
            rule("A", from_area_id="x", to_area_id="z", network_id="N"),
            rule("B", from_area_id="x", to_area_id="y", network_id="N"),
            rule("C", from_area_id="y", to_area_id="z", network_id="N"),
        ),
        products=PRODUCTS,
        networks={"1": "N", "2": "N"},
        areas={"x": "x", "mid": "y", "z": "z"},
        join_rules=join_rules,
        **more,
    )


JOIN = JoinRule("fare_leg_join_rules.txt:2", "N", "N")


def test_j1_the_first_legs_origin_and_the_last_legs_destination() -> None:
    tables = joined(JOIN)
    legs = [leg("1", "x", "mid/1"), leg("2", "mid/2", "z", "09:00")]
    price = price_of(legs, tables)
    assert price.cents == 200
    assert price.parts[0].charges[0].legs == (0, 1)
    assert "fare_leg_join_rules.txt:2" in price.parts[0].charges[0].rows
    assert price_of(legs, joined()).cents == 300 + 500, "without the rule they are two"
    timed = replace(
        tables,
        leg_rules=rules(
            rule("A", network_id="N", from_timeframe_id="early", to_timeframe_id="late"),
        ),
        timeframes=(frame("early", "07:00", "08:30"), frame("late", "09:05", "10:00")),
    )
    assert price_of(legs, timed).cents == 200, "when the first begins, and the last ends"


def test_j1_all_legs_are_of_the_network_a_rule_names() -> None:
    tables = replace(
        joined(replace(JOIN, to_network_id="M")),
        route_networks=fares(networks={"1": "N", "2": "M"}).route_networks,
    )
    legs = [leg("1", "x", "mid"), leg("2", "mid", "z", "09:00")]
    assert feed_price(legs, tables) is None
    any_network = replace(tables, has_priority=True, leg_rules=rules(rule("A", from_area_id="x")))
    assert price_of(legs, any_network).cents == 200


def test_j2_different_stops_are_not_joined() -> None:
    tables = replace(
        joined(JOIN), stop_areas=fares(areas={"x": "x", "m1": "y", "m2": "y", "z": "z"}).stop_areas
    )
    assert price_of([leg("1", "x", "m1"), leg("2", "m2", "z", "09:00")], tables).cents == 800
    assert price_of([leg("1", "x", "m1"), leg("2", "m1", "z", "09:00")], tables).cents == 200


def test_j3_stops_of_the_rule_override_and_a_station_stands_for_its_platforms() -> None:
    named = joined(replace(JOIN, from_stop_id="f_mid", to_stop_id="f_other"))
    tables = replace(named, stop_areas=fares(areas={"x": "x", "mid": "y", "other": "y", "z": "z"}).stop_areas)
    assert price_of([leg("1", "x", "mid/1"), leg("2", "other", "z", "09:00")], tables).cents == 200
    assert price_of([leg("1", "x", "mid/1"), leg("2", "mid/1", "z", "09:00")], tables).cents == 800


def test_j4_a_chain_of_joins_is_one_leg() -> None:
    tables = joined(JOIN)
    legs = [leg("1", "x", "mid"), leg("2", "mid", "w", "09:00"), leg("1", "w", "z", "10:00")]
    assert price_of(legs, tables).cents == 200


def test_j5_one_change_that_no_rule_matches_splits() -> None:
    tables = joined(JOIN)
    legs = [
        leg("1", "x", "w"), leg("2", "w", "mid", "09:00"),
        leg("1", "mid/9", "w", "10:00"), leg("2", "w", "z", "11:00"),
    ]  # fmt: skip
    split = replace(tables, stop_areas=fares(areas={"x": "x", "mid": "y", "9": "y", "z": "z"}).stop_areas)
    legs[2] = replace(legs[2], origin=replace(legs[2].origin, station_id=""))
    price = price_of(legs, split)
    assert [part.legs for part in price.parts] == [(0, 1), (2, 3)]
    assert price.cents == 300 + 500


def test_t1_rules_have_a_direction() -> None:
    tables = fares(**GROUPS, transfer_rules=transfers(transfer("a", "b", 0)))
    assert price_of(ride("AB"), tables).cents == 200
    assert price_of(ride("BA"), tables).cents == 500


def test_t2_exact_before_what_is_not_listed() -> None:
    tables = fares(
        **GROUPS,
        transfer_rules=transfers(
            transfer("a", "b", 0, "AB"), transfer("", "b", 0, "BC"), transfer("", "", 0)
        ),
    )
    assert price_of(ride("AB"), tables).cents == 250
    assert price_of(ride("CB"), tables).cents == 570, "c is not listed before"
    assert price_of(ride("BC"), tables).cents == 300, "nor b before, nor c after"
    assert price_of(ride("AC"), tables).cents == 700, "a is listed before: no rule for it"


def test_t3_without_a_rule_legs_are_separate() -> None:
    price = price_of(ride("AB"), fares(**GROUPS))
    assert price.cents == 500
    assert [part.legs for part in price.parts] == [(0,), (1,)]


@pytest.mark.parametrize(
    ("kinds", "two", "three"),
    [
        ((0, 0), 200 + 50, 250 + 70),
        ((1, 1), 200 + 50 + 300, 550 + 70 + 500),
        ((2, 2), 50, 50 + 70),
        ((0, 1), 250, 250 + 70 + 500),
        ((1, 0), 550, 550 + 70),
        ((2, 1), 50, 50 + 70 + 500),
        ((1, 2), 550, 550 + 70),
    ],
    ids=lambda value: str(value).replace(" ", ""),
)
def test_t4_types_alone_and_in_a_chain(kinds: tuple[int, int], two: int, three: int) -> None:
    tables = fares(
        **GROUPS,
        transfer_rules=transfers(transfer("a", "b", kinds[0], "AB"), transfer("b", "c", kinds[1], "BC")),
    )
    assert price_of(ride("AB"), tables).cents == two
    price = price_of(ride("ABC"), tables)
    assert price.cents == three
    assert len(price.parts) == 1


def within(*rows: TransferRule) -> FeedFares:
    return fares(**GROUPS, transfer_rules=transfers(*rows))


def test_t5_the_least_count_that_is_enough_and_any_number() -> None:
    tables = within(transfer("a", "a", 0, "AB", count=1), transfer("a", "a", 0, "BC", count=3))
    assert [price_of(ride("A" * legs), tables).cents for legs in (1, 2, 3, 4)] == [200, 250, 320, 390]
    unlimited = within(transfer("a", "a", 0, "AB", count=-1), transfer("a", "a", 0, "BC", count=1))
    assert [price_of(ride("A" * legs), unlimited).cents for legs in (2, 3, 4, 5)] == [270, 320, 370, 420]


def test_t6_a_count_used_up_begins_anew_at_full_price() -> None:
    tables = within(transfer("a", "a", 0, count=1))
    price = price_of(ride("AAAA"), tables)
    assert price.cents == 400
    assert [part.legs for part in price.parts] == [(0, 1), (2, 3)]
    third = next(other for other in price.rejected if other.legs == (1, 2))
    assert third.reason_en == "for at most 1 transfers, this is number 2"


@pytest.mark.parametrize(("kind", "elapsed_s"), [(0, 4200), (1, 3600), (2, 3000), (3, 3600)])
def test_t7_limits_are_measured_as_their_type_says_and_equality_passes(kind: int, elapsed_s: int) -> None:
    legs = ride("AB", "08:00-08:10", "09:00-09:10")
    allowed = within(transfer("a", "b", 0, limit=elapsed_s, type=kind))
    assert price_of(legs, allowed).cents == 200
    late = price_of(legs, within(transfer("a", "b", 0, limit=elapsed_s - 1, type=kind)))
    assert late.cents == 500
    assert late.rejected[-1].reason_en == "1 s beyond its limit"


def test_t8_a_chain_within_a_group_is_measured_from_its_first_leg() -> None:
    legs = ride("AAA", "08:00", "08:50", "09:40")
    assert price_of(legs, within(transfer("a", "a", 0, count=-1, limit=3600, type=1))).cents == 400
    assert price_of(legs, within(transfer("a", "a", 0, count=-1, limit=6000, type=1))).cents == 200
    across = ride("ABC", "08:00", "08:50", "09:40")
    hour = (transfer("a", "b", 0, limit=3600, type=1), transfer("b", "c", 0, limit=3600, type=1))
    assert price_of(across, within(*hour)).cents == 200, "between groups: from the leg before"
    after_a_chain = within(transfer("a", "a", 0, count=-1), transfer("a", "b", 0, limit=3600, type=1))
    assert price_of(ride("AAB", "08:00", "09:30", "10:00"), after_a_chain).cents == 200, (
        "and no chain before it"
    )


def test_t9_no_product_costs_nothing() -> None:
    assert price_of(ride("AB"), within(transfer("a", "b", 2))).cents == 0


def test_t9_a_product_without_a_price_is_not_nothing() -> None:
    assert feed_price(ride("AB"), within(transfer("a", "b", 0, "missing"))) is None


@pytest.mark.parametrize(
    ("first", "second", "elapsed_s"),
    [
        (("23:30", "2026-03-06"), ("01:00", "2026-03-07"), 5400),
        (("23:30", "2026-10-24"), ("03:00", "2026-10-25"), 16200),
        (("23:30", "2026-03-28"), ("03:30", "2026-03-29"), 10800),
    ],
    ids=["midnight", "autumn", "spring"],
)
def test_t10_limits_are_elapsed_seconds(
    first: tuple[str, str], second: tuple[str, str], elapsed_s: int
) -> None:
    legs = [leg("A", "x", "y", first[0], day=first[1]), leg("B", "y", "z", second[0], day=second[1])]
    assert price_of(legs, within(transfer("a", "b", 0, limit=elapsed_s, type=1))).cents == 200
    assert price_of(legs, within(transfer("a", "b", 0, limit=elapsed_s - 1, type=1))).cents == 500


def test_t11_of_several_rules_the_cheapest_is_kept_and_the_others_explained() -> None:
    tables = within(
        transfer("a", "b", 0, "BC", limit=7200, type=1),
        transfer("a", "b", 0, "AB", limit=5400, type=1),
        transfer("a", "b", 0, limit=900, type=1),
    )
    price = price_of(ride("AB"), tables)
    assert price.cents == 250
    assert [(other.row, other.cents, other.reason_en) for other in price.rejected] == [
        ("fare_transfer_rules.txt:2", 70, "not cheaper"),
        ("fare_transfer_rules.txt:4", 0, "2700 s beyond its limit"),
    ]
    assert price.parts[0].charges[1].rule == (
        "fare_transfer_rules.txt:3: transfer A + AB, within 5400 s from departure to departure, AB 50 EUR cents"
    )


def test_a_dearer_ticket_may_be_the_cheaper_way() -> None:
    """Leg by leg the cheaper product would win; with what follows, the other does."""
    tables = fares(
        leg_rules=rules(
            rule("A", leg_group_id="a", network_id="A"),
            rule("B", leg_group_id="day", network_id="A"),
            rule("C", leg_group_id="c", network_id="C"),
        ),
        products=PRODUCTS,
        networks={"A": "A", "C": "C"},
        transfer_rules=transfers(transfer("day", "c", 0)),
    )
    price = price_of(ride("AC"), tables)
    assert (price.cents, price.parts[0].product_id) == (300, "B")
    assert price.rejected[0].reason_en == "cheaper alone, not with what goes with it"


def test_what_is_paid_with_one_medium_is_transferred_with_it() -> None:
    products = (
        product("A", 200, medium_id="cash"),
        product("A", 250, medium_id="card"),
        product("B", 300),
        product("T", 10, medium_id="card"),
    )
    tables = fares(**{**GROUPS, "products": products}, transfer_rules=transfers(transfer("a", "b", 0, "T")))
    price = price_of(ride("AB"), tables)
    assert price.cents == 260
    assert price.parts[0].medium_id == "card"
