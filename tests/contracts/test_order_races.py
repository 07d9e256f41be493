"""Orders and refunds at the same moment; each with a control that shows the race where the guard is off."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from mobility.acts.sales.basket import OrderWish, order
from mobility.acts.sales.refund import refund
from mobility.acts.sales.refund_offer import offer_refund
from mobility.storage.sales import ChangedOrderError, SqlOrders
from tests.contracts.at_once import at_once
from tests.contracts.conftest import POSTGIS
from tests.contracts.on_demand_town import Begin
from tests.contracts.sales_scene import Sales, buyer
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund_rules import RefundWish
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.postings import LedgerError


@pytest.fixture
def sales(begin: Begin) -> Sales:
    return Sales(begin)


def _one_unit_left(sales: Sales) -> list[str]:
    """Somebody whose carnet has one unit left; offers for eight rides that would each use it."""
    sales.buy(products=("coach-carnet",))
    for hour in range(9):
        made = sales.order(sales.journey(sales.coach(6.5 + hour / 2)))
        assert made.cents == 0
    return [sales.offers(sales.journey(sales.coach(12 + n)))[0].token for n in range(8)]


def test_the_last_unit_of_a_carnet_is_used_once(sales: Sales) -> None:
    tokens = _one_unit_left(sales)
    answers = at_once(*(partial(order, sales.ports, buyer(), OrderWish((token,))) for token in tokens))
    won = [one for one in answers if not isinstance(one, Exception)]
    assert len(won) == 1
    assert won[0].order.status is OrderStatus.FULFILLED
    for one in answers:
        if isinstance(one, Exception):
            assert isinstance(one, OrderRefusedError), one
            assert one.reason is Reason.PRICE_CHANGED


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_control_without_the_buyers_lock_it_is_used_more_than_once(
    sales: Sales, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = _one_unit_left(sales)[:2]
    both_have_read, list_counting = threading.Barrier(2), SqlOrders.list_counting

    def read_together(book: SqlOrders, person_id: str, from_at: dt.datetime) -> list[Order]:
        found = list_counting(book, person_id, from_at)
        with suppress(threading.BrokenBarrierError):
            both_have_read.wait(30)
        return found

    monkeypatch.setattr(SqlOrders, "lock_buyer", lambda self, person_id: None)
    monkeypatch.setattr(SqlOrders, "list_counting", read_together)
    answers = at_once(*(partial(order, sales.ports, buyer(), OrderWish((token,))) for token in tokens))
    assert not [one for one in answers if isinstance(one, Exception)]


def _refunds(sales: Sales) -> tuple[Order, list[Any]]:
    paid = sales.buy(sales.journey(sales.coach(), sales.train()))
    _, token = offer_refund(sales.ports, buyer(), paid.id, RefundWish())
    return paid, [partial(refund, sales.ports, buyer(), paid.id, token) for _ in range(6)]


def _promised(sales: Sales, paid: Order) -> int:
    with sales.begin(read_only=True) as work:
        return sum(one.amount_cents for one in work.orders.list_payments(paid.id) if one.kind == "refund")


def test_of_two_refunds_at_once_one_is_promised(sales: Sales) -> None:
    paid, acts = _refunds(sales)
    answers = at_once(*acts)
    assert sum(not isinstance(one, Exception) for one in answers) == 1
    assert all(isinstance(one, OrderRefusedError) for one in answers if isinstance(one, Exception)), answers
    assert _promised(sales, paid) == paid.cents
    assert sales.find(paid.id).status is OrderStatus.REFUNDED


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_control_without_the_locks_what_is_written_stops_the_second(
    sales: Sales, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version of the order and the book of sales refuse what the locks would have kept apart: nobody is told why in
    words, but not a cent more goes back."""
    paid, acts = _refunds(sales)
    all_have_read = threading.Barrier(len(acts))

    def read_together(book: SqlOrders, order_id: str) -> Order | None:
        found = book.find_order(order_id)
        with suppress(threading.BrokenBarrierError):
            all_have_read.wait(30)
        return found

    monkeypatch.setattr(SqlOrders, "lock_buyer", lambda self, person_id: None)
    monkeypatch.setattr(SqlOrders, "lock_order", read_together)
    answers = at_once(*acts)
    refused = [one for one in answers if isinstance(one, Exception)]
    assert len(answers) - len(refused) == 1
    assert any(isinstance(one, ChangedOrderError | LedgerError) or "sales_" in str(one) for one in refused), (
        refused
    )
    assert _promised(sales, paid) == paid.cents
