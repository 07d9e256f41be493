"""Tickets of an item: whose, for what, when, and what each costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.order import Order, OrderItem, OrderStatus
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import Rider
from ticketing.tickets.issue import EARLY_S, LATE_S, issue, leg_network
from ticketing.tickets.ticket import Right

NINE = 1_782_889_200


def leg(
    start: str, end: str, leaves_s: int, mode: FareMode = FareMode.COACH, agency: str = "mobigo"
) -> FareLeg:
    return FareLeg(mode, FareStop(start), FareStop(end), leaves_s, leaves_s + 1_800, 20_000, "feed", agency)


COACH, TRAIN = leg("a", "b", NINE), leg("b", "c", NINE + 3_600, FareMode.RAIL, "ter")


def line(product: str, cents: int, riders: tuple[int, ...] = (0,), **more: object) -> PriceLine:
    values: dict[str, object] = {"kind": "single", "legs": (0,)} | more
    return PriceLine(
        product_id=product,
        name_fr=product,
        name_en=product,
        riders=riders,
        cents=cents,
        full_cents=cents,
        rule="",
        vat_permille=100,
        **values,  # type: ignore[arg-type]
    )


def item(
    *lines: PriceLine, riders: int = 1, legs: tuple[FareLeg, ...] = (COACH, TRAIN), id: str = "1"
) -> OrderItem:
    return OrderItem(id, OrderStatus.CONFIRMED, legs, (Rider(),) * riders, lines)


def order(*items: OrderItem) -> Order:
    at = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
    return Order("o", "K7Q2XAB8", "p", "q", OrderStatus.ON_HOLD, items, "t@1", at, at, None)


def issued(one: OrderItem) -> list[tuple[str, int, int]]:
    return [(ticket.ref, ticket.count, ticket.cents) for ticket in issue(order(one), one, "MOBI", NINE)]


def test_one_ticket_covers_all_networks() -> None:
    both = item(line("coach", 150, networks=("cars",)), line("rail", 1_000, legs=(1,)))
    (ticket,) = issue(order(both), both, "MOBI", NINE - 60)
    from_s, coach_until_s = NINE - EARLY_S, NINE + 1_800 + LATE_S
    train_from_s, until_s = NINE + 3_600 - EARLY_S, NINE + 5_400 + LATE_S
    assert (ticket.product_id, ticket.valid_from_s, ticket.valid_until_s) == ("rail", from_s, until_s)
    assert ticket.rights == (
        Right("cars", "a", "b", (), from_s, coach_until_s),
        Right("ter", "b", "c", (), train_from_s, until_s),
    )
    assert (ticket.issuer, ticket.order_id, ticket.item_id, ticket.issued_s) == ("MOBI", "o", "1", NINE - 60)


def test_networks_whose_inspectors_read_uic_codes_are_named_where_it_is_for_them() -> None:
    both = item(line("coach", 150, networks=("cars",)), line("rail", 1_000, legs=(1,)))
    rics = {"tram": 5, "ter": 1187}
    assert [one.rics for one in issue(order(both), both, "MOBI", 0, rics)] == [(("ter", 1187),)]
    coach = item(line("coach", 150, networks=("cars",)), legs=(COACH,))
    assert [one.rics for one in issue(order(coach), coach, "MOBI", 0, rics)] == [()]
    everywhere = item(line("day", 500, kind="pass", legs=(), valid_from_s=1, valid_until_s=9), legs=())
    assert [one.rics for one in issue(order(everywhere), everywhere, "MOBI", 0, rics)] == [
        tuple(rics.items())
    ]


def test_what_a_line_says_of_time_is_the_tickets() -> None:
    day = item(line("day", 500, legs=(0, 1), valid_from_s=NINE - 7, valid_until_s=NINE + 9_999))
    (ticket,) = issue(order(day), day, "MOBI", NINE)
    assert (ticket.valid_from_s, ticket.valid_until_s) == (NINE - 7, NINE + 9_999)
    assert {(right.valid_from_s, right.valid_until_s) for right in ticket.rights} == {(0, 0)}


def test_each_rider_has_a_ticket_and_a_group_one() -> None:
    three = item(line("coach", 151, (0, 1, 2)), riders=3)
    assert issued(three) == [("K7Q2XAB8-1", 1, 51), ("K7Q2XAB8-2", 1, 50), ("K7Q2XAB8-3", 1, 50)]
    mixed = item(line("group", 400, (0, 2), kind="group"), line("coach", 150, (1,)), riders=3)
    assert issued(mixed) == [("K7Q2XAB8-1", 2, 400), ("K7Q2XAB8-2", 1, 150)]
    assert [ticket.first_rider for ticket in issue(order(mixed), mixed, "MOBI", 0)] == [0, 1]


def test_refs_count_over_all_items_whatever_they_came_to() -> None:
    carnet = item(line("carnet", 1_200, kind="carnet", legs=()), riders=2, legs=())
    ride = item(line("coach", 150), id="2")
    basket = order(carnet, ride)
    assert issue(basket, carnet, "MOBI", 0) == ()
    assert [ticket.ref for ticket in issue(basket, ride, "MOBI", 0)] == ["K7Q2XAB8-3"]
    with pytest.raises(ValueError, match="has no item 9"):
        issue(basket, replace(ride, id="9"), "MOBI", 0)


def test_a_pass_is_for_its_networks_and_zones() -> None:
    month = item(
        line(
            "month",
            6_000,
            kind="pass",
            legs=(),
            networks=("ter", "city"),
            zones=("1",),
            valid_from_s=5,
            valid_until_s=9,
        ),
        legs=(),
    )
    (ticket,) = issue(order(month), month, "MOBI", 0)
    assert ticket.rights == (Right("ter", zones=("1",)), Right("city", zones=("1",)))
    assert (ticket.valid_from_s, ticket.valid_until_s) == (5, 9)


def test_a_pass_held_before_gives_no_second_right() -> None:
    only = item(line("month", 0, kind="held-pass", legs=(0, 1)))
    assert issued(only) == []
    other = item(line("month", 0, kind="held-pass"), line("rail", 1_000, legs=(1,)))
    (ticket,) = issue(order(other), other, "MOBI", 0)
    assert [right.network_id for right in ticket.rights] == ["ter"]


def test_a_return_is_two_rights() -> None:
    there = item(line("return", 250, kind="return", valid_from_s=1, valid_until_s=9))
    (ticket,) = issue(order(there), there, "MOBI", 0)
    assert ticket.rights == (Right("mobigo", "a", "b"), Right("mobigo", "b", "a"))
    both = item(
        line("return", 250, kind="return", legs=(0, 1), valid_from_s=1, valid_until_s=9),
        legs=(COACH, leg("b", "a", NINE + 9_000)),
    )
    (ticket,) = issue(order(both), both, "MOBI", 0)
    assert ticket.rights == (Right("mobigo", "a", "b"), Right("mobigo", "b", "a"))


def test_a_leg_without_a_network_of_the_tariff_has_its_agency_or_service() -> None:
    ride = replace(COACH, mode=FareMode.CARPOOL, feed_id="", agency_id="", route_id="line-1")
    taxi = replace(ride, mode=FareMode.ON_DEMAND, route_id="tad-besancon")
    assert [leg_network(one) for one in (COACH, replace(COACH, agency_id=""), ride, taxi)] == [
        "mobigo",
        "feed",
        "carpool",
        "tad-besancon",
    ]


@given(
    st.integers(1, 6),
    st.lists(
        st.tuples(st.integers(0, 5_000), st.sets(st.integers(0, 5), min_size=1), st.booleans()), min_size=1
    ),
)
def test_what_tickets_cost_is_what_the_item_costs(
    riders: int, drawn: list[tuple[int, set[int], bool]]
) -> None:
    lines = [line("all", 100, tuple(range(riders)))]
    for cents, some, is_group in drawn:
        chosen = tuple(sorted(one for one in some if one < riders))
        if chosen:
            lines.append(line("some", cents, chosen, kind="group" if is_group else "single"))
    one = item(*lines, riders=riders)
    tickets = issue(order(one), one, "MOBI", 0)
    assert sum(ticket.cents for ticket in tickets) == one.cents
    assert sum(ticket.count for ticket in tickets) == riders
    assert len({ticket.ref for ticket in tickets}) == len(tickets)
