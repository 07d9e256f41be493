"""What is given back: by the rules, by rider, by what was used; seats, tickets and the book with it; on both
databases."""

from __future__ import annotations

import pytest

from carpool.booking import BookingStatus
from mobility.acts.change_booking import cancel_booking
from mobility.acts.on_demand.cancel import cancel as cancel_ride
from mobility.acts.sales.follow_seats import follow_booking, follow_ride
from mobility.acts.sales.offer import RiderWish
from mobility.acts.sales.refund import cancel, refund, refund_freely
from mobility.acts.sales.refund_offer import offer_refund
from on_demand.booking import Party, RideStatus
from tests.contracts.carpool_line import driver
from tests.contracts.on_demand_town import Begin
from tests.contracts.sales_scene import OPERATOR, Sales, buyer
from ticketing.orders.journey import OfferedJourney, OnDemandWish
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund_rules import RefundWish
from ticketing.orders.refusal import Reason

ALL = RefundWish()


@pytest.fixture
def sales(begin: Begin) -> Sales:
    return Sales(begin)


def give_back(sales: Sales, order: Order, wish: RefundWish = ALL, key: str = "") -> Order:
    _, token = offer_refund(sales.ports, buyer(order.person_id), order.id, wish)
    return refund(sales.ports, buyer(order.person_id), order.id, token, key).order


def due(sales: Sales, order: Order) -> int:
    """What the providers are to pay back."""
    return -sales.balances(order.id).get("refund-due:till", 0)


def test_long_before_all_is_given_back(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.coach(), sales.train()))
    offer, token = offer_refund(sales.ports, buyer(), paid.id, ALL)
    assert (offer.refund_cents, offer.fee_cents) == (1150, 0)
    done = refund(sales.ports, buyer(), paid.id, token)
    assert (done.order.status, done.order.items[0].refunded_cents) == (OrderStatus.REFUNDED, 1150)
    assert [ticket.revoked_s > 0 for ticket in sales.tickets(paid.id)] == [True]
    assert sales.balances(paid.id) == {"provider:till": 1150, "refund-due:till": -1150}
    with sales.refused(Reason.CHANGED):
        refund(sales.ports, buyer(), paid.id, token)


def test_later_a_fee_is_kept_with_its_tax(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.train(7)))
    sales.clock.wait(minutes=30)
    offer, token = offer_refund(sales.ports, buyer(), paid.id, ALL)
    assert (offer.refund_cents, offer.fee_cents) == (450, 550)
    assert offer.expires_s == sales.clock.now.timestamp() + 900
    refund(sales.ports, buyer(), paid.id, token)
    assert sales.balances(paid.id) == {
        "fees:railway": -500,
        "provider:till": 1000,
        "refund-due:till": -450,
        "vat:100": -50,
    }


def test_an_offer_holds_until_the_next_rule(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.train(7)))
    sales.clock.wait(minutes=-5)
    offer, token = offer_refund(sales.ports, buyer(), paid.id, ALL)
    assert (offer.refund_cents, offer.expires_s) == (1000, int(sales.clock.now.timestamp()) + 300)
    sales.clock.wait(minutes=5)
    with sales.refused(Reason.EXPIRED):
        refund(sales.ports, buyer(), paid.id, token)


def test_what_was_used_is_not_refundable(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.coach(7), sales.train(10)))
    sales.clock.wait(hours=2)
    offer, _ = offer_refund(sales.ports, buyer(), paid.id, ALL)
    assert offer.refund_cents == 1000
    sales.clock.wait(hours=3)
    with sales.refused(Reason.NOT_REFUNDABLE):
        offer_refund(sales.ports, buyer(), paid.id, ALL)


def test_one_of_a_party_stays_at_home(sales: Sales) -> None:
    riders = (RiderWish(), RiderWish("youth"), RiderWish())
    paid = sales.buy(sales.journey(sales.train()), riders=riders)
    ref = paid.items[0].ticket_refs[1]
    after = give_back(sales, paid, RefundWish(tickets=(ref,)))
    assert (after.status, after.items[0].refunded_cents) == (OrderStatus.FULFILLED, 500)
    assert [bool(ticket.revoked_s) for ticket in sales.tickets(paid.id)] == [False, True, False]
    rest = give_back(sales, after)
    assert (rest.status, rest.items[0].refunded_cents) == (OrderStatus.REFUNDED, 2500)
    assert due(sales, paid) == 2500


def test_one_item_of_a_basket(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.train()), sales.by_taxi(13))
    after = give_back(sales, paid, RefundWish(("2",)))
    assert [item.status for item in after.items] == [OrderStatus.FULFILLED, OrderStatus.REFUNDED]
    assert sales.ride(after.items[1]).status is RideStatus.CANCELLED
    assert sales.town.riding() == []
    assert due(sales, paid) == 300


def test_fewer_in_a_car(sales: Sales) -> None:
    riders = (RiderWish(), RiderWish())
    paid = sales.buy(sales.by_car(240), riders=riders)
    assert paid.cents == 300
    give_back(sales, paid, RefundWish(tickets=paid.items[0].ticket_refs[1:]))
    booking = sales.booking(paid.items[0])
    assert (booking.status, booking.seats, booking.fare_cents) == (BookingStatus.CONFIRMED, 1, 150)
    assert sales.balances(paid.id) == {
        "passenger:" + paid.pseudonym: -150,
        "provider:till": 300,
        "refund-due:till": -150,
    }


def test_a_party_on_demand_goes_together(sales: Sales) -> None:
    paid = sales.buy(sales.by_taxi(13, Party(2)), riders=(RiderWish(), RiderWish()))
    with sales.refused(Reason.NOT_REFUNDABLE):
        offer_refund(sales.ports, buyer(), paid.id, RefundWish(tickets=paid.items[0].ticket_refs[:1]))


def test_what_is_left_of_a_carnet(sales: Sales) -> None:
    bought = sales.buy(products=("coach-carnet",))
    sales.buy(sales.journey(sales.coach(9)))
    sales.buy(sales.journey(sales.coach(10)))
    sales.clock.wait(hours=6)
    offer, token = offer_refund(sales.ports, buyer(), bought.id, ALL)
    assert (offer.refund_cents, offer.fee_cents) == (760, 200)
    assert offer.items[0].parts[0].units == 8
    used = sales.order(sales.journey(sales.coach(14)))
    assert used.cents == 0
    with sales.refused(Reason.CHANGED):
        refund(sales.ports, buyer(), bought.id, token)
    give_back(sales, bought)
    (rider,) = sales.offers(sales.journey(sales.coach(15)))[0].offer.riders
    assert rider.units == ()


def test_a_unit_comes_back_with_its_journey(sales: Sales) -> None:
    sales.buy(products=("coach-carnet",))
    made = sales.buy(sales.journey(sales.coach(9)))
    after = give_back(sales, made)
    assert after.status is OrderStatus.CANCELLED, "it cost nothing: nothing is given back but the unit"
    (rider,) = sales.offers(sales.journey(sales.coach(15)))[0].offer.riders
    assert [one.units for one in rider.units] == [10]


def test_a_cap_is_reckoned_again(sales: Sales) -> None:
    """Four coaches for 4.00 €, capped. Without the first the others would have cost 4.00 € as well."""
    paid = [sales.buy(sales.journey(sales.coach(hour))) for hour in (12, 13, 14, 15)]
    assert [order.cents for order in paid] == [150, 150, 100, 0]
    offer, _ = offer_refund(sales.ports, buyer(), paid[0].id, ALL)
    assert (offer.refund_cents, offer.unwound_cents) == (0, 150)
    last, _ = offer_refund(sales.ports, buyer(), paid[3].id, ALL)
    assert (last.refund_cents, last.unwound_cents) == (0, 0)


def test_the_other_side_cancels(sales: Sales) -> None:
    """A ride on demand and a car in one order, a coach beside the ride: what does not run is paid back."""
    taxi, quote = sales.on_demand(9)
    with_coach = sales.shown(OfferedJourney((taxi, sales.coach(11)), on_demand=(OnDemandWish(0, quote),)))
    paid = sales.buy(with_coach, sales.by_car(300))
    ride, booking = sales.ride(paid.items[0]), sales.booking(paid.items[1])
    cancel_ride(sales.town.ports, OPERATOR, ride.id, as_operator=True)
    assert follow_ride(sales.ports, ride.id)
    assert not follow_ride(sales.ports, ride.id), "told twice, it is done once"
    after = sales.find(paid.id)
    assert [item.status for item in after.items] == [OrderStatus.FULFILLED] * 2
    assert after.items[0].refunded_cents == 300
    assert not any(ticket.revoked_s for ticket in sales.tickets(paid.id)), "the coach is still travelled with"
    cancel_booking(sales.acts, driver(), booking.id, "panne")
    assert follow_booking(sales.ports, booking.id)
    after = sales.find(paid.id)
    assert [item.status for item in after.items] == [OrderStatus.FULFILLED, OrderStatus.REFUNDED]
    assert due(sales, paid) == 450


def test_cancel_as_it_stands(sales: Sales) -> None:
    unpaid = sales.order(sales.by_taxi(9))
    assert cancel(sales.ports, buyer(), unpaid.id, ALL, "k").order.status is OrderStatus.RELEASED
    assert cancel(sales.ports, buyer(), unpaid.id, ALL, "k").order.status is OrderStatus.RELEASED
    assert sales.town.riding() == []
    paid = sales.buy(sales.by_taxi(9))
    sales.clock.wait(hours=2, minutes=30)
    done = cancel(sales.ports, buyer(), paid.id, ALL)
    assert done.order.status is OrderStatus.CANCELLED, "too late for money, not for the seat"
    assert sales.ride(paid.items[0]).status is RideStatus.LATE_CANCEL
    assert due(sales, paid) == 0


def test_the_operator_gives_all_back(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.train(7)))
    sales.clock.wait(minutes=45)
    done = refund_freely(sales.ports, OPERATOR, paid.id, ALL, "grève")
    assert done.order.items[0].refunded_cents == 1000
    assert due(sales, paid) == 1000


def test_nobody_elses_order(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.train()))
    with sales.refused(Reason.UNKNOWN):
        offer_refund(sales.ports, buyer("thea"), paid.id, ALL)
    with sales.refused(Reason.UNKNOWN):
        cancel(sales.ports, buyer("thea"), paid.id, ALL)


def test_the_same_key_gives_back_once(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.train()))
    _, token = offer_refund(sales.ports, buyer(), paid.id, ALL)
    first = refund(sales.ports, buyer(), paid.id, token, "k")
    assert refund(sales.ports, buyer(), paid.id, token, "k") == first
    assert due(sales, paid) == 1000
