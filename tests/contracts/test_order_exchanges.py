"""An item for another: for the difference, at once or by a new order; on both databases."""

from __future__ import annotations

import pytest

from carpool.booking import BookingStatus
from mobility.acts.sales.exchange import exchange, offer_exchange, offer_exchange_for
from mobility.acts.sales.offer import OfferWish, offer
from on_demand.booking import RideStatus
from tests.contracts.on_demand_town import Begin
from tests.contracts.sales_scene import Sales, buyer
from ticketing.orders.offer import ProductWish
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refusal import Reason


@pytest.fixture
def sales(begin: Begin) -> Sales:
    return Sales(begin)


def offered(sales: Sales, paid: Order, journey: str, item: str = "1") -> tuple[int, str]:
    (new,) = sales.offers(journey)
    offer, token = offer_exchange(sales.ports, buyer(), paid.id, item, new.token)
    return offer.due_cents, token


def test_for_something_cheaper_the_rest_is_paid_back(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.train(12)))
    due, token = offered(sales, paid, sales.journey(sales.coach(13)))
    assert due == 150 - 900
    after = exchange(sales.ports, buyer(), paid.id, token, "k").order
    assert [item.status for item in after.items] == [OrderStatus.EXCHANGED, OrderStatus.FULFILLED]
    assert after.status is OrderStatus.FULFILLED
    assert after.items[1].replaces == f"{paid.id}:1"
    assert exchange(sales.ports, buyer(), paid.id, token, "k").order == after
    assert [(ticket.ref[-2:], bool(ticket.revoked_s)) for ticket in sales.tickets(paid.id)] == [
        ("-1", True),
        ("-2", False),
    ]
    assert sales.balances(paid.id) == {
        "fares:coaches": -136,
        "fees:railway": -91,
        "provider:till": 1000,
        "refund-due:till": -750,
        "vat:100": -23,
    }


def test_for_a_seat_in_a_car(sales: Sales) -> None:
    paid = sales.buy(sales.by_taxi(9))
    ride = sales.ride(paid.items[0])
    due, token = offered(sales, paid, sales.by_car(200))
    assert due == -150
    after = exchange(sales.ports, buyer(), paid.id, token).order
    assert sales.town.find(ride.id).status is RideStatus.CANCELLED
    assert sales.booking(after.items[1]).status is BookingStatus.CONFIRMED


def test_the_new_one_cannot_be_had_and_the_old_one_stays(sales: Sales) -> None:
    full = sales.by_car(200, seats=1)
    paid = sales.buy(sales.by_taxi(9))
    _, token = offered(sales, paid, full)
    sales.order(full, name="thea")
    with sales.refused(Reason.NO_SEAT):
        exchange(sales.ports, buyer(), paid.id, token)
    assert sales.find(paid.id) == paid
    assert sales.ride(paid.items[0]).status is RideStatus.CONFIRMED


def test_for_something_dearer_a_new_order_is_paid(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.coach(12)))
    due, token = offered(sales, paid, sales.journey(sales.train(13)))
    assert due == 1000 - 50
    new = exchange(sales.ports, buyer(), paid.id, token).order
    assert (new.id != paid.id, new.status) == (True, OrderStatus.PREBOOKED)
    assert (new.cents, new.items[0].carried_cents, new.due_cents) == (1000, 50, 950)
    assert sales.find(paid.id) == paid, "nothing is given back before it is paid"
    sales.pay(new.id)
    old = sales.find(paid.id)
    assert (old.status, old.items[0].refunded_cents, old.items[0].fee_cents) == (
        OrderStatus.EXCHANGED,
        50,
        100,
    )
    assert [bool(one.revoked_s) for one in sales.tickets(paid.id) + sales.tickets(new.id)] == [True, False]
    assert sales.balances(paid.id) == {
        f"carried:{new.id}:1": -50,
        "fees:coaches": -91,
        "provider:till": 150,
        "vat:100": -9,
    }
    assert sales.balances(new.id) == {
        f"carried:{new.id}:1": 50,
        "fares:railway": -909,
        "provider:till": 950,
        "vat:100": -91,
    }


def test_what_has_begun_is_not_exchanged(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.coach(7), sales.train(10)))
    sales.clock.wait(hours=2)
    (new,) = sales.offers(sales.journey(sales.train(12)))
    with sales.refused(Reason.NOT_REFUNDABLE):
        offer_exchange(sales.ports, buyer(), paid.id, "1", new.token)


def test_an_unused_carnet_pays_for_a_journey_and_its_units_do_not(sales: Sales) -> None:
    paid = sales.buy(products=("coach-carnet",))
    due, token = offered(sales, paid, sales.journey(sales.coach(12)))
    assert due == 150 - (1200 - 100), "a unit of what is given would make it free"
    after = exchange(sales.ports, buyer(), paid.id, token).order
    assert [item.cents for item in after.items] == [1200, 150]
    assert sales.balances(paid.id)["refund-due:till"] == due


def test_of_a_carnet_what_is_left_is_exchanged(sales: Sales) -> None:
    paid = sales.buy(products=("coach-carnet",))
    ride = sales.buy(sales.journey(sales.coach(12)))
    assert ride.cents == 0
    new, found, token = offer_exchange_for(sales.ports, buyer(), paid.id, "1", ProductWish("rail-month", 0))
    assert (new.offer.cents, found.refund.refund_cents, found.due_cents) == (6000, 980, 5020)
    made = exchange(sales.ports, buyer(), paid.id, token).order
    assert (made.due_cents, made.items[0].carried_cents) == (5020, 980)
    sales.pay(made.id)
    assert (sales.find(paid.id).status, sales.find(made.id).status) == (
        OrderStatus.EXCHANGED,
        OrderStatus.FULFILLED,
    )
    assert sales.find(ride.id) == ride, "what a unit paid for stays"
    assert sales.buy(sales.journey(sales.coach(13))).cents == 150, "no unit is left"
    with sales.refused(Reason.NOT_REFUNDABLE):
        offer_exchange_for(sales.ports, buyer(), paid.id, "1", ProductWish("rail-month", 0))


def test_a_unit_that_is_used_before_the_difference_is_paid_is_not_given(sales: Sales) -> None:
    paid = sales.buy(products=("coach-carnet",))
    _, _, token = offer_exchange_for(sales.ports, buyer(), paid.id, "1", ProductWish("rail-month", 0))
    made = exchange(sales.ports, buyer(), paid.id, token).order
    assert sales.buy(sales.journey(sales.coach(12))).cents == 0
    with sales.refused(Reason.CHANGED):
        sales.pay(made.id)
    assert sales.find(paid.id) == paid


def test_a_pass_that_runs_is_not_exchanged_where_the_tariff_gives_nothing(sales: Sales) -> None:
    paid = sales.buy(products=("rail-month",))
    with sales.refused(Reason.NOT_REFUNDABLE):
        offer_exchange_for(sales.ports, buyer(), paid.id, "1", ProductWish("coach-carnet", 0))
    later_s = int(sales.clock.now.timestamp()) + 40 * 86_400
    wish = OfferWish(products=(ProductWish("rail-month", later_s),))
    ahead = sales.pay(sales.take(*(one.token for one in offer(sales.ports, buyer(), wish))).order.id)
    _, found, token = offer_exchange_for(sales.ports, buyer(), ahead.id, "1", ProductWish("coach-carnet", 0))
    assert found.due_cents == 1200 - (6000 - 100)
    after = exchange(sales.ports, buyer(), ahead.id, token).order
    assert [item.status for item in after.items] == [OrderStatus.EXCHANGED, OrderStatus.FULFILLED]


def test_a_ride_on_demand_is_changed_instead(sales: Sales) -> None:
    paid = sales.buy(sales.by_taxi(9))
    (new,) = sales.offers(sales.by_taxi(13))
    with sales.refused(Reason.NOT_REFUNDABLE):
        offer_exchange(sales.ports, buyer(), paid.id, "1", new.token)
