"""Offer, order, payment, tickets: on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carpool.booking import BookingStatus
from carpool.refusal import CarpoolRefusedError
from ground.document import write_document
from mobility.acts.change_booking import confirm_booking
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.locked import MovedMeanwhileError
from mobility.acts.sales.basket import Contact, OrderWish, order
from mobility.acts.sales.offer import OfferWish, RiderWish, offer
from mobility.acts.sales.own_orders import GUEST, find_guest, find_order
from mobility.acts.sales.personal_data import SalesData
from mobility.acts.sales.release import release_due
from mobility.storage.sales import SqlOrders
from on_demand.booking import Party, RideStatus
from on_demand.refusal import OnDemandRefusedError
from tests.contracts.carpool_line import driver
from tests.contracts.on_demand_town import Begin
from tests.contracts.sales_scene import HOUR, Sales, buyer
from ticketing.orders.order import OrderStatus, Seat, SeatKind
from ticketing.orders.refusal import Reason


@pytest.fixture
def sales(begin: Begin) -> Sales:
    return Sales(begin)


def test_a_coach_and_a_train_in_one_order(sales: Sales) -> None:
    (offered,) = sales.offers(sales.journey(sales.coach(), sales.train()))
    assert offered.offer.cents == 1150
    made = sales.take(offered.token).order
    assert (made.status, made.cents, made.expires_at) == (
        OrderStatus.PREBOOKED,
        1150,
        sales.clock.now + sales.clock.now.resolution * 600_000_000,
    )
    assert sales.find(made.id) == made
    paid = sales.pay(made.id)
    assert paid.status is OrderStatus.FULFILLED
    assert sales.find(paid.reference) == paid
    (ticket,) = sales.tickets(paid.id)
    assert paid.items[0].ticket_refs == (ticket.ref,)
    assert ticket.cents == 1150
    assert sales.balances(paid.id) == {
        "fares:coaches": -136,
        "fares:railway": -909,
        "provider:till": 1150,
        "vat:100": -105,
    }


def test_one_basket_over_everything(sales: Sales) -> None:
    journeys = (sales.journey(sales.coach(13)), sales.by_taxi(9), sales.by_car(240))
    made = sales.order(*journeys)
    assert [item.cents for item in made.items] == [150, 300, 150]
    ride, booking = sales.ride(made.items[1]), sales.booking(made.items[2])
    assert (ride.status, ride.awaits_payment) == (RideStatus.HELD, True)
    assert (booking.status, booking.awaits_payment) == (BookingStatus.WAITING_CONFIRMATION, True)
    paid = sales.pay(made.id)
    assert {item.status for item in paid.items} == {OrderStatus.FULFILLED}
    assert sales.ride(paid.items[1]).status is RideStatus.CONFIRMED
    assert not sales.ride(paid.items[1]).awaits_payment
    assert sales.booking(paid.items[2]).status is BookingStatus.CONFIRMED
    assert len(sales.tickets(paid.id)) == 3


def test_nobody_pays_and_all_seats_are_free_again(sales: Sales) -> None:
    made = sales.order(sales.by_taxi(9), sales.by_car(240))
    assert sales.town.riding()
    assert release_due(sales.ports) == 0
    sales.clock.wait(minutes=10)
    assert release_due(sales.ports) == 1
    assert release_due(sales.ports) == 0
    released = sales.find(made.id)
    assert released.status is OrderStatus.RELEASED
    assert sales.town.riding() == []
    assert sales.booking(released.items[1]).status is BookingStatus.CANCELLED
    with sales.refused(Reason.STATE):
        sales.pay(made.id)
    assert sales.tickets(made.id) == []


def test_a_party_has_a_ticket_each(sales: Sales) -> None:
    riders = (RiderWish(), RiderWish("youth"), RiderWish("youth"))
    paid = sales.buy(sales.journey(sales.train()), sales.by_taxi(13, Party(3)), riders=riders)
    assert [item.cents for item in paid.items] == [2000, 900]
    assert [len(item.ticket_refs) for item in paid.items] == [3, 3]
    assert len(paid.items[0].lines) == 3


def test_what_costs_nothing_is_had_at_once(sales: Sales) -> None:
    sales.buy(products=("coach-carnet",))
    made = sales.order(sales.journey(sales.coach()))
    assert made.cents == 0
    assert made.status is OrderStatus.FULFILLED
    assert len(sales.tickets(made.id)) == 1
    (rider,) = sales.offers(sales.journey(sales.coach(15)))[0].offer.riders
    assert [(one.product_id, one.units) for one in rider.units] == [("coach-carnet", 9)]


def test_the_same_key_gives_the_same_order(sales: Sales) -> None:
    (offered,) = sales.offers(sales.by_taxi(9))
    first = sales.take(offered.token, key="k")
    assert sales.take(offered.token, key="k") == first
    with sales.refused(Reason.KEY_REUSED):
        sales.take(*(one.token for one in sales.offers(sales.journey(sales.coach()))), key="k")
    assert len(sales.town.riding()) == 1


def test_what_dies_half_way_never_happened(sales: Sales, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seats are confirmed, tickets put and the sale posted before the order itself: a crash there loses all of it, and
    who tries again has everything once."""
    made = sales.order(sales.by_taxi(9), sales.by_car(240))

    def die(self: SqlOrders, order: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as cut:
        cut.setattr(SqlOrders, "put_order", die)
        with pytest.raises(RuntimeError, match="power cut"):
            sales.pay(made.id)
    assert sales.find(made.id) == made
    assert sales.tickets(made.id) == []
    assert sales.balances(made.id) == {}
    assert sales.ride(made.items[0]).status is RideStatus.HELD
    assert sales.booking(made.items[1]).awaits_payment
    assert sales.pay(made.id).status is OrderStatus.FULFILLED
    assert len(sales.tickets(made.id)) == 2


def test_a_guest_has_one_order_and_nothing_else(sales: Sales) -> None:
    offers = offer(sales.ports, GUEST, OfferWish((sales.journey(sales.train()),)))
    wish = OrderWish(tuple(one.token for one in offers), Contact(email="guest@example.org"))
    made = order(sales.ports, GUEST, wish, "k")
    assert made.order.person_id == f"guest:{made.order.id}"
    assert order(sales.ports, GUEST, wish, "k") == made, "asked again, the token is there again"
    guest = find_guest(sales.ports, made.access)
    assert guest is not None
    assert not guest.roles
    assert find_order(sales.ports, guest, made.order.id)[0] == made.order
    other = sales.order(sales.journey(sales.train()))
    with sales.refused(Reason.UNKNOWN):
        find_order(sales.ports, guest, other.id)
    for wrong in (made.access[:-1], made.access + "A", f"guest.{other.id}.x", "guest..", "", "x"):
        assert find_guest(sales.ports, wrong) is None
    car = offer(sales.ports, GUEST, OfferWish((sales.by_car(300),)))
    with sales.refused(Reason.INVALID):
        order(sales.ports, GUEST, OrderWish((car[0].token,)))


def test_nobody_confirms_a_basket_without_paying(sales: Sales) -> None:
    made = sales.order(sales.by_taxi(9), sales.by_car(240, needs_confirmation=True))
    with pytest.raises(OnDemandRefusedError, match="part of a basket"):
        confirm(sales.town.ports, buyer(), sales.ride(made.items[0]).id)
    with pytest.raises(CarpoolRefusedError, match="has not paid yet"):
        confirm_booking(sales.acts, driver(), sales.booking(made.items[1]).id)
    paid = sales.pay(made.id)
    booking = sales.booking(paid.items[1])
    assert (booking.status, booking.awaits_payment) == (BookingStatus.WAITING_CONFIRMATION, False)
    assert confirm_booking(sales.acts, driver(), booking.id).status is BookingStatus.CONFIRMED


def test_an_offer_is_what_was_signed(sales: Sales) -> None:
    (offered,) = sales.offers(sales.journey(sales.train()))
    middle = len(offered.token) // 2
    flipped = "A" if offered.token[middle] != "A" else "B"
    with sales.refused(Reason.INVALID):
        sales.take(offered.token[:middle] + flipped + offered.token[middle + 1 :])
    with sales.refused(Reason.INVALID):
        sales.take(offered.token, offered.token)
    sales.clock.wait(minutes=16)
    with sales.refused(Reason.EXPIRED):
        sales.take(offered.token)


def test_what_somebody_has_is_handed_over_and_made_nobodys(sales: Sales) -> None:
    paid = sales.buy(sales.journey(sales.train()))
    data = SalesData()
    with sales.begin() as work:
        (known,) = data.export(work, "theo")
        assert (known["id"], len(known["tickets"]), len(known["payments"])) == (paid.id, 1, 1)
        assert len(data.list_obstacles(work, "theo", sales.clock.now)) == 1, "a journey to come"
        assert data.list_obstacles(work, "theo", sales.clock.now + 30 * HOUR) == []
        data.erase(work, "theo", sales.clock.now)
        work.commit()
    with sales.begin(read_only=True) as work:
        assert data.export(work, "theo") == []
        left = write_document(sales.find(paid.id)) + write_document(sales.tickets(paid.id)[0])
    assert b'"theo"' not in left
    assert b"rail-a" not in left
    assert sales.balances(paid.id)["provider:till"] == 1000, "the book stays"


def test_all_or_nothing(sales: Sales) -> None:
    """The car is full: the place on demand is not held, and there is no order."""
    full = sales.by_car(240, seats=1)
    sales.order(full, name="thea")
    with sales.refused(Reason.NO_SEAT) as refusal:
        sales.order(sales.by_taxi(9), full)
    assert refusal.value.more["why"] == "full"
    assert sales.town.riding() == []
    with sales.begin(read_only=True) as work:
        assert work.orders.list_orders_of(buyer().person) == []


def test_of_two_orders_with_one_reference_the_second_begins_again(sales: Sales) -> None:
    made = sales.order(sales.journey(sales.coach(12)))
    item = replace(made.items[0], seats=(Seat(SeatKind.CARPOOL, "a seat", 0),))
    with sales.ports.acts.unit_of_work() as work, pytest.raises(MovedMeanwhileError):
        work.orders.put_order(replace(made, id="another", version=1, items=(item,)))
