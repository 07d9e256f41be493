"""Several baskets at once at the last seat, in opposite orders, with one key; paid and released, used and given back at
once; on both databases. `test_order_races` has the controls without the locks."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from mobility.acts.sales.refund import cancel, refund
from mobility.acts.sales.refund_offer import offer_refund
from mobility.acts.sales.release import release_due
from tests.contracts.at_once import at_once
from tests.contracts.on_demand_town import Begin
from tests.contracts.sales_scene import Sales, buyer
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund_rules import RefundWish
from ticketing.orders.refusal import OrderRefusedError, Reason


@pytest.fixture
def sales(begin: Begin) -> Sales:
    return Sales(begin)


def _orders(outcomes: list[Any]) -> list[Order]:
    return [one.order for one in outcomes if hasattr(one, "order")]


def _refusals(outcomes: list[Any]) -> list[Reason]:
    """Of all that were refused; whoever failed otherwise fails the test."""
    errors = [one for one in outcomes if isinstance(one, Exception)]
    for error in errors:
        if not isinstance(error, OrderRefusedError):
            raise error
    return [error.reason for error in errors]


def test_of_many_who_want_the_last_seat_one_has_an_order(sales: Sales) -> None:
    """A car with one seat, and a place on demand that all want beside: who does not get the one does not keep the
    other."""
    car = sales.by_car(300, seats=1)
    names = ["theo", "thea", "anna", "olga", "agnes"]
    tokens = {name: [one.token for one in sales.offers(car, sales.by_taxi(9), name=name)] for name in names}
    outcomes = at_once(*(partial(sales.take, *tokens[name], name=name) for name in names))
    (made,) = _orders(outcomes)
    assert _refusals(outcomes) == [Reason.NO_SEAT] * 4
    assert sales.town.riding() == [sales.ride(made.items[1]).id]


def test_the_same_key_at_once_orders_once(sales: Sales) -> None:
    tokens = [one.token for one in sales.offers(sales.by_taxi(9), sales.journey(sales.train()))]
    outcomes = at_once(*(partial(sales.take, *tokens, key="k") for _ in range(6)))
    assert _refusals(outcomes) == []
    assert outcomes == [outcomes[0]] * 6
    assert len(sales.town.riding()) == 1


def test_baskets_in_opposite_orders_never_wait_for_each_other(sales: Sales) -> None:
    cars = [sales.by_car(200, seats=2), sales.by_car(400, seats=2)]
    taxi = sales.by_taxi(15)
    baskets = [(cars[0], cars[1], taxi), (taxi, cars[1], cars[0])]
    names = ["theo", "thea", "anna", "olga", "agnes"]
    tokens = [
        [one.token for one in sales.offers(*baskets[number % 2], name=name)]
        for number, name in enumerate(names)
    ]
    outcomes = at_once(
        *(partial(sales.take, *mine, name=name) for name, mine in zip(names, tokens, strict=True))
    )
    assert len(_orders(outcomes)) == 2
    assert _refusals(outcomes) == [Reason.NO_SEAT] * 3


def test_paid_or_released_never_both(sales: Sales) -> None:
    """The worker's clock says over while the bank says paid: one of the two happens, whole."""
    for minutes, name in ((300, "theo"), (360, "thea"), (420, "anna")):
        made = sales.order(sales.by_taxi(9), sales.by_car(minutes, seats=1), name=name)
        sales.clock.wait(minutes=10)
        outcomes = at_once(partial(sales.pay, made.id), partial(release_due, sales.ports))
        found = sales.find(made.id)
        if found.status is OrderStatus.FULFILLED:
            assert isinstance(outcomes[0], Order)
            assert len(sales.tickets(made.id)) == 2
            assert sales.ride(found.items[0]).id in sales.town.riding()
        else:
            assert found.status is OrderStatus.RELEASED
            assert sales.tickets(made.id) == []
            assert sales.balances(made.id) == {}
            assert sales.ride(found.items[0]).id not in sales.town.riding()
        sales.clock.now -= sales.clock.now.resolution * 600_000_000


def test_what_is_given_back_is_given_back_once(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.train()))
    tokens = [offer_refund(sales.ports, buyer(), paid.id, RefundWish())[1] for _ in range(3)]
    outcomes = at_once(
        *(partial(refund, sales.ports, buyer(), paid.id, token) for token in tokens),
        *(partial(cancel, sales.ports, buyer(), paid.id, RefundWish()) for _ in range(3)),
    )
    assert len(_orders(outcomes)) == 1
    assert set(_refusals(outcomes)) <= {Reason.CHANGED, Reason.NOT_REFUNDABLE}
    assert sales.balances(paid.id) == {"provider:till": 1000, "refund-due:till": -1000}


def test_a_carnet_is_used_or_given_back(sales: Sales) -> None:
    """What is given back is not used, and what is used is not given back."""
    bought = sales.buy(products=("coach-carnet",))
    _, token = offer_refund(sales.ports, buyer(), bought.id, RefundWish())
    (trip,) = sales.offers(sales.journey(sales.coach()))
    assert trip.offer.cents == 0
    outcomes = at_once(
        partial(refund, sales.ports, buyer(), bought.id, token), partial(sales.take, trip.token)
    )
    assert len(_orders(outcomes)) == 1
    assert set(_refusals(outcomes)) <= {Reason.CHANGED, Reason.PRICE_CHANGED}
