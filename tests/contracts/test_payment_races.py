"""The answer, webhooks, the worker and the buyer who comes back, all at once; and the control without the lock."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mobility.acts.sales import take_answer
from mobility.acts.sales.follow_payments import follow_payments
from mobility.acts.sales.pay import PayWish, give_up, look_own, pay
from mobility.acts.sales.payment_fold import fold_charge
from mobility.acts.sales.payment_port import PaymentAnswer
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.refund_queue import execute_refund
from mobility.acts.sales.release import release_due
from mobility.storage.sales import SqlOrders
from on_demand.refusal import OnDemandRefusedError
from tests.contracts.at_once import at_once
from tests.contracts.conftest import POSTGIS
from tests.contracts.on_demand_town import Begin, traveller
from tests.contracts.payment_scene import BUYER, CENTS, Shop
from ticketing.orders.order import Order
from ticketing.orders.refusal import OrderRefusedError

TIMES = 4


@pytest.fixture
def shop(begin: Begin, tmp_path: Path) -> Shop:
    return Shop(begin, tmp_path)


def _no_failure(outcomes: list[Any], *expected: type[Exception]) -> None:
    for one in outcomes:
        if isinstance(one, Exception) and not isinstance(one, expected):
            raise one


def _event(shop: Shop, payment: Payment, cents: int, state: str = "captured") -> bytes:
    told = {"key": payment.id, "ref": payment.provider_ref, "state": state, "captured_cents": cents}
    return json.dumps({"id": "e", "type": "t", "payment": told | {"refunds": {}, "reason": ""}}).encode()


def test_everybody_hears_of_the_same_money_at_once(shop: Shop) -> None:
    """Two webhooks, two workers, the buyer who comes back, the one who pays again: one capture, one ticket."""
    for _ in range(TIMES):
        order = shop.order()
        payment = shop.pay(order)
        shop.bank.choose(payment.provider_ref, "ok")
        shop.tick(4)
        heard = partial(shop.hear, _event(shop, payment, CENTS))
        back = partial(look_own, shop.ports, traveller(BUYER), order.id, payment.id)
        again = partial(pay, shop.ports, traveller(BUYER), order.id, PayWish())
        work = partial(follow_payments, shop.ports)
        _no_failure(at_once(heard, heard, work, work, back, back, again))
        assert shop.check_ending(order) == "tickets"
        assert [one.kind for one in shop.find(order)[1]] == ["charge"]
        _cancel_ride(shop, order)


def test_many_clicks_are_one_payment(shop: Shop) -> None:
    order = shop.order()
    clicks = [partial(shop.pay, order, "slow") for _ in range(6)]
    outcomes = at_once(*clicks)
    _no_failure(outcomes)
    assert len({payment.id for payment in outcomes}) == 1
    assert len(shop.book.list_all()) == 1
    shop.settle()
    assert shop.check_ending(order) == "tickets"


def test_money_and_release_at_the_same_moment(shop: Shop) -> None:
    """Whoever is first: the seats and the money go the same way."""
    orders = [shop.order(f"t{number}") for number in range(TIMES)]
    payments = [shop.pay(order) for order in orders]
    for payment in payments:
        shop.bank.choose(payment.provider_ref, "lost-webhook")
    shop.tick(3600)
    heard = [partial(shop.hear, _event(shop, payment, CENTS)) for payment in payments]
    _no_failure(at_once(*heard, partial(release_due, shop.ports), *heard))
    shop.settle()
    for order in orders:
        assert shop.check_ending(order) in ("tickets", "nothing")


def test_giving_up_while_the_money_is_taken(shop: Shop) -> None:
    orders = [shop.order(f"t{number}") for number in range(TIMES)]
    acts: list[Callable[[], Any]] = [shop.tell]
    for order in orders:
        payment = shop.pay(order)
        acts.append(partial(give_up, shop.ports, traveller(order.person_id), order.id, payment.id))
        acts.append(partial(shop.bank.choose, payment.provider_ref, "ok"))
    _no_failure(at_once(*acts), OrderRefusedError)
    shop.settle()
    for order in orders:
        assert shop.check_ending(order) in ("tickets", "nothing")


def test_a_refund_that_many_workers_pay_is_paid_once(shop: Shop) -> None:
    order = shop.order()
    payment = shop.pay(order)
    _cancel_ride(shop, order)
    shop.bank.choose(payment.provider_ref, "ok")
    shop.tell()
    (refund,) = [one for one in shop.find(order)[1] if one.kind == "refund"]
    tell = shop.tell
    _no_failure(at_once(*[partial(execute_refund, shop.ports, refund.id)] * 5, tell, tell))
    shop.settle()
    assert shop.check_ending(order) == "nothing"
    (charge,) = shop.book.list_all()
    assert charge.refunds == {refund.id: CENTS}


@pytest.mark.parametrize("is_locked", [True, False], ids=["locked", "control"])
@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_without_the_lock_of_the_order_its_money_is_taken_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:
    """Both who hear of it have read the payment before either writes, as soon as nothing keeps the second one out."""
    order = shop.order(with_ride=False)
    payment = shop.pay(order)
    shop.bank.choose(payment.provider_ref, "ok")
    both, taken = threading.Barrier(2), []

    def fold(before: Payment, answer: PaymentAnswer, now: dt.datetime) -> Payment:
        with suppress(threading.BrokenBarrierError):
            both.wait(1.0 if is_locked else 60.0)
        after = fold_charge(before, answer, now)
        taken.append(after.captured_cents - before.captured_cents)
        return after

    monkeypatch.setattr(take_answer, "fold_charge", fold)
    if not is_locked:
        monkeypatch.setattr(SqlOrders, "lock_order_of_payment", _unlocked_order)
    heard = partial(shop.hear, _event(shop, payment, CENTS))
    outcomes = at_once(heard, heard)
    if is_locked:
        _no_failure(outcomes)
        assert sorted(taken) == [0, CENTS]
        assert shop.check_ending(order) == "tickets"
    else:
        assert taken[:2] == [CENTS, CENTS]
        assert any(isinstance(one, Exception) for one in outcomes), "what stands behind the lock refuses one"


def _unlocked_order(orders: SqlOrders, payment_id: str) -> Order | None:
    payment = orders.find_payment(payment_id)
    return None if payment is None else orders.find_order(payment.order_id)


def _cancel_ride(shop: Shop, order: Order) -> None:
    """Its rider is free for the next."""
    for seat in shop.find(order)[0].items[0].seats:
        try:
            shop.town.cancel(BUYER, seat.id)
        except OnDemandRefusedError:
            continue
