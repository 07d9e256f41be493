"""Random fares and journeys: the engine finds what trying everything finds."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive.fares import naive_price
from tests.ticketing.fares.sketch import at, calendar, frame, leg
from ticketing.fares.feed_price import feed_price
from ticketing.fares.leg import FareLeg
from ticketing.fares.tables import (
    FareAttribute,
    FareRule,
    FeedFares,
    JoinRule,
    LegRule,
    Pair,
    ProductRow,
    TransferRule,
)

STOPS = ("x", "s/1", "s/2", "t/3", "y")
IDS = ("f_x", "f_1", "f_2", "f_3", "f_y", "f_s", "f_t")
ROUTES = ("1", "2", "3")
GROUPS = ("g", "g", "h", "")
MEDIA = ("", "cash", "card")
CATEGORIES = ("", "adult", "youth")
PRODUCTS = ("P", "Q", "R")
TIMEFRAMES = (frame("day", "06:00", "20:00"), frame("day", "22:00", "24:00"), frame("sat", service="sat"))

maybe_area = st.sampled_from(("", "", "", "", "A", "B"))
maybe_frame = st.sampled_from(("", "", "", "", "", "", "day", "sat"))
network = st.sampled_from(("N", "M"))


@st.composite
def legs_of(draw: st.DrawFn) -> list[FareLeg]:
    clock_s = at("05:00", "2026-03-06") + draw(st.sampled_from((0, 3600, 12 * 3600, 17 * 3600, 18 * 3600)))
    made, here = [], draw(st.sampled_from(STOPS))
    for _ in range(draw(st.sampled_from((3, 2, 4, 1)))):
        there = draw(st.sampled_from(STOPS))
        ride = leg(draw(st.sampled_from(ROUTES)), here, there)
        clock_s += draw(st.sampled_from((600, 1800, 3600)))
        lasts_s = draw(st.sampled_from((600, 1800)))
        zones = draw(st.sampled_from(((), ("z1",), ("z1", "z2"), ("z2", "z3"))))
        agency = draw(st.sampled_from(("f_a", "f_a", "f_b")))
        made.append(
            replace(ride, departure_s=clock_s, arrival_s=clock_s + lasts_s, zone_ids=zones, agency_id=agency)
        )
        clock_s += lasts_s
        here = draw(st.sampled_from((there, there, "x", "s/1")))
    return made


@st.composite
def transfer_rule(draw: st.DrawFn) -> TransferRule:
    from_, to = draw(st.sampled_from(GROUPS)), draw(st.sampled_from(GROUPS))
    limit = draw(st.sampled_from((None, None, 2400, 6000)))
    return TransferRule(
        "",
        from_,
        to,
        draw(st.integers(0, 2)),
        draw(st.sampled_from(("", "", "P", "T", "T", "U"))),
        draw(st.sampled_from((-1, 1, 2))) if from_ == to != "" else None,
        limit,
        None if limit is None else draw(st.integers(0, 3)),
    )


@st.composite
def fares_v2(draw: st.DrawFn) -> FeedFares:
    leg_rule = st.builds(
        LegRule,
        st.just(""),
        st.sampled_from(PRODUCTS),
        st.sampled_from(GROUPS),
        st.sampled_from(("", "", "", "N", "M")),
        maybe_area,
        maybe_area,
        maybe_frame,
        maybe_frame,
        st.integers(0, 1),
    )
    has_priority = draw(st.sampled_from((True, True, False)))
    rules = draw(st.lists(leg_rule, min_size=1, max_size=5))
    if not has_priority:
        rules = [replace(rule, priority=0) for rule in rules]
    products = draw(
        st.lists(
            st.tuples(
                st.sampled_from((*PRODUCTS, "T")),
                st.integers(-1, 9),
                st.sampled_from((*7 * ("EUR",), "CHF")),
                st.sampled_from(CATEGORIES),
                st.sampled_from(MEDIA),
            ),
            max_size=8,
        )
    )
    often = st.sampled_from((True, True, True, True, True, False))
    anywhere = [(product, 5 + len(product), "EUR", "", "") for product in (*PRODUCTS, "T") if draw(often)]
    join = st.builds(
        JoinRule, st.just("join"), network, network, *(2 * [st.sampled_from(("", "f_1", "f_s"))])
    ).filter(lambda rule: bool(rule.from_stop_id) == bool(rule.to_stop_id))
    return FeedFares(
        "f",
        leg_rules=tuple(replace(rule, row=f"leg:{line}") for line, rule in enumerate(rules)),
        has_priority=has_priority,
        products=tuple(
            ProductRow(f"product:{line}", id_, id_, 100 * cents, currency, category, category == "adult", medium)
            for line, (id_, cents, currency, category, medium) in enumerate(products + anywhere)
        ),
        transfer_rules=tuple(
            replace(rule, row=f"transfer:{line}")
            for line, rule in enumerate(draw(st.lists(transfer_rule(), max_size=4)))
        ),
        join_rules=tuple(draw(st.lists(join, max_size=1))),
        timeframes=TIMEFRAMES,
        calendars=(calendar("always"), calendar("sat", {5})),
        stop_areas=tuple(
            {Pair(stop, area): None for stop, area in draw(
                st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from("ABC")), max_size=6)
            )}
        ),
        route_networks=tuple(
            Pair(f"f_{route}", name) for route in ROUTES if (name := draw(st.sampled_from(("N", "N", "M", ""))))
        ),
    )  # fmt: skip


@st.composite
def fares_v1(draw: st.DrawFn) -> FeedFares:
    fares = [
        FareAttribute(
            f"fare:{line}",
            f"F{line}",
            100 * draw(st.integers(0, 9)),
            draw(st.sampled_from(("EUR", "EUR", "CHF"))),
            draw(st.sampled_from((None, 0, 1, 2))),
            draw(st.sampled_from((None, 3600, 5400))),
            draw(st.sampled_from(("", "", "f_a"))),
        )
        for line in range(draw(st.integers(1, 4)))
    ]
    zone = st.sampled_from(("", "", "z1", "z2", "z3"))
    row = st.tuples(st.integers(0, 3), st.sampled_from(("", "", "f_1", "f_2", "f_3")), zone, zone, zone)
    rules = draw(st.lists(row, max_size=8))
    return FeedFares(
        "f",
        fares=tuple(fares),
        fare_rules=tuple(
            FareRule(f"rule:{line}", f"F{fare}", *rest) for line, (fare, *rest) in enumerate(rules)
        ),
        stop_zones=tuple(Pair(id_, f"z{place % 3 + 1}") for place, id_ in enumerate(IDS[:4])),
    )


def check(legs: list[FareLeg], fares: FeedFares, category: str) -> None:
    price = feed_price(legs, fares, category)
    assert (price and (price.cents, price.currency)) == naive_price(legs, fares, category)
    if price is not None:
        assert sum(part.cents for part in price.parts) == price.cents
        for part in price.parts:
            assert sum(charge.cents for charge in part.charges) == part.cents
        assert [index for part in price.parts for index in part.legs] == list(range(len(legs)))


@settings(max_examples=120)
@given(legs_of(), fares_v2(), st.sampled_from(("", "Youth", "senior")))
def test_v2_finds_what_trying_everything_finds(legs: list[FareLeg], fares: FeedFares, category: str) -> None:
    check(legs, fares, category)


@settings(max_examples=150)
@given(legs_of(), fares_v1())
def test_v1_finds_what_trying_everything_finds(legs: list[FareLeg], fares: FeedFares) -> None:
    check(legs, fares, "")
