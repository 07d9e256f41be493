"""Whatever a bank does, a buyer has tickets, or their money: on both databases, with a ride on demand in the basket."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ground.refusal import RefusedError
from mobility.acts.sales.hear_payment import NobodysPaymentError, hear_payment
from mobility.acts.sales.pay import PAYMENT_LASTS, PayWish, give_up, list_own_payments, look_own, pay
from mobility.acts.sales.payment_port import WebhookError
from mobility.acts.sales.refund_queue import list_by_hand, pay_by_hand
from mobility.acts.sales.release import release_due, release_in
from mobility.outside.payments.sandbox import SIGNATURE_HEADER
from mobility.outside.payments.sandbox_cards import CARDS
from mobility.outside.payments.webhook_signature import WINDOW_S, sign_webhook
from tests.contracts.on_demand_town import Begin, traveller
from tests.contracts.payment_scene import AGENT, BUYER, CENTS, OPERATOR, SECRET, Shop
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refusal import OrderRefusedError, Reason


@pytest.fixture
def shop(begin: Begin, tmp_path: Path) -> Shop:
    return Shop(begin, tmp_path)


ENDINGS = dict.fromkeys(CARDS, "tickets") | {
    "refuse": "nothing",
    "never": "nothing",
    "partial": "nothing",
    "late-capture": "tickets",
}


@pytest.mark.parametrize("card", list(CARDS))
def test_every_card_ends_in_tickets_or_nothing(shop: Shop, card: str) -> None:
    order = shop.order()
    first = shop.pay(order, card)
    assert first.status in ("begun", "pending", "captured", "refused")
    shop.settle()
    assert shop.check_ending(order) == ENDINGS[card]


@pytest.mark.parametrize("card", list(CARDS))
def test_without_a_worker_webhooks_do_and_without_webhooks_the_worker(shop: Shop, card: str) -> None:
    """Only the webhooks that the bank tells within a minute; nobody asks."""
    order = shop.order()
    shop.pay(order, card)
    for _ in range(30):
        shop.tick(2)
        shop.tell()
    found, _, tickets = shop.find(order)
    silent = CARDS[card].webhook_after_s is None or CARDS[card].ripens_s is None
    if silent or card in ("refuse", "partial", "timeout-before"):
        assert tickets == []
    else:
        assert found.status is OrderStatus.FULFILLED
        assert len(tickets) == 1


def test_the_same_click_and_another_one_are_one_payment(shop: Shop) -> None:
    order = shop.order()
    first = shop.pay(order, "never", key="k")
    assert (first.status, first.provider_ref[:4]) == ("pending", "sbx_")
    assert shop.find(order)[0].status is OrderStatus.ON_HOLD
    assert shop.pay(order, "never", key="k").id == first.id
    assert shop.pay(order, "ok").id == first.id, "one at a time"
    with pytest.raises(RefusedError) as refused:
        shop.pay(order, "ok", key="k")
    assert refused.value.reason is Reason.KEY_REUSED
    assert len(shop.book.list_all()) == 1


def test_a_paid_order_is_not_paid_again(shop: Shop) -> None:
    order = shop.order()
    paid = shop.pay(order, "ok", key="k")
    assert paid.status == "captured"
    assert shop.pay(order, "ok") == paid
    assert shop.pay(order, "ok", key="k") == paid
    assert shop.check_ending(order) == "tickets"


def test_after_a_refusal_another_card_pays(shop: Shop) -> None:
    order = shop.order()
    refused = shop.pay(order, "refuse")
    assert (refused.status, refused.reason) == ("refused", "insufficient-funds")
    assert shop.find(order)[0].status is OrderStatus.PREBOOKED
    assert shop.pay(order, "ok").status == "captured"
    shop.settle()
    assert shop.check_ending(order) == "tickets"


def test_a_buyer_gives_up_and_pays_otherwise(shop: Shop) -> None:
    order = shop.order()
    first = shop.pay(order)
    assert first.redirect_url.endswith(first.provider_ref)
    caller = traveller(BUYER)
    assert give_up(shop.ports, caller, order.id, first.id).status == "cancelled"
    assert shop.find(order)[0].status is OrderStatus.PREBOOKED
    second = shop.pay(order, "late-capture")
    assert give_up(shop.ports, caller, order.id, second.id).status == "captured", "taken just then"
    assert [one.status for one in list_own_payments(shop.ports, caller, order.id)] == [
        "cancelled",
        "captured",
    ]
    shop.settle()
    assert shop.check_ending(order) == "tickets"


def test_a_buyer_who_comes_back_from_the_bank_has_tickets(shop: Shop) -> None:
    order = shop.order()
    payment = shop.pay(order)
    shop.bank.choose(payment.provider_ref, "lost-webhook")
    assert look_own(shop.ports, traveller(BUYER), order.id, payment.id).status == "captured"
    assert shop.check_ending(order) == "tickets"


def test_money_that_comes_after_the_seat_was_lost_goes_back(shop: Shop) -> None:
    order = shop.order()
    payment = shop.pay(order)
    (seat,) = shop.find(order)[0].items[0].seats
    shop.town.cancel(BUYER, seat.id)
    shop.bank.choose(payment.provider_ref, "ok")
    shop.tell()
    found, payments, tickets = shop.find(order)
    assert (found.status, tickets) == (OrderStatus.RELEASED, [])
    assert [(one.kind, one.amount_cents, one.status) for one in payments] == [
        ("charge", CENTS, "captured"),
        ("refund", CENTS, "begun"),
    ]
    assert shop.balances(order) == {"provider:sandbox": CENTS, "refund-due:sandbox": -CENTS}
    shop.settle()
    assert shop.check_ending(order) == "nothing"


def test_money_that_comes_after_the_order_was_released_goes_back(shop: Shop) -> None:
    """The bank is silent until the seats are given away, and then takes the money."""
    order = shop.order()
    payment = shop.pay(order)
    shop.bank.cancel = None  # type: ignore[assignment,method-assign]  # nobody reaches it
    shop.tick(3600)
    assert release_due(shop.ports) == 1
    assert shop.find(order)[0].status is OrderStatus.RELEASED
    shop.bank.choose(payment.provider_ref, "ok")
    shop.tell()
    del shop.bank.cancel
    shop.settle()
    assert shop.check_ending(order) == "nothing"
    assert [one.status for one in shop.find(order)[1]] == ["captured", "refunded"]


def test_a_payment_nobody_wants_any_more_is_stopped(shop: Shop) -> None:
    """Its order was given back: the bank's page lets nobody pay it."""
    order = shop.order()
    payment = shop.pay(order)
    with shop.begin() as work:
        locked = work.orders.lock_order(order.id)
        assert locked is not None
        release_in(work, shop.ports, locked, shop.clock())
        work.commit()
    shop.tick(4)
    shop.work()
    assert shop.find(order)[1][0].status == "cancelled"
    assert shop.bank.choose(payment.provider_ref, "ok").captured_cents == 0


def test_two_payments_of_one_order_are_one_too_many(shop: Shop) -> None:
    """A payment that was given up here is taken there all the same, after another one has paid."""
    order = shop.order()
    first = shop.pay(order)
    real_cancel = shop.bank.cancel
    charge = shop.bank.show(first.provider_ref)
    give_up(shop.ports, traveller(BUYER), order.id, first.id)
    assert charge is not None
    with shop.book.open() as page:
        page.put(charge)  # the bank forgets that it was cancelled
    assert shop.bank.cancel == real_cancel
    assert shop.pay(order, "ok").status == "captured"
    shop.bank.choose(first.provider_ref, "ok")
    shop.tell()
    shop.settle()
    assert shop.check_ending(order) == "tickets"
    kinds = [(one.kind, one.status) for one in shop.find(order)[1]]
    assert sorted(kinds) == [("charge", "captured"), ("charge", "captured"), ("refund", "refunded")]


def test_a_refund_that_its_provider_refuses_is_paid_by_hand(shop: Shop) -> None:
    order = shop.order()
    payment = shop.pay(order)
    (seat,) = shop.find(order)[0].items[0].seats
    shop.town.cancel(BUYER, seat.id)
    shop.bank.choose(payment.provider_ref, "refund-refused")
    shop.settle()
    (refund,) = list_by_hand(shop.ports, OPERATOR)
    assert (refund.status, refund.reason) == ("refused", "charge-disputed")
    paid = pay_by_hand(shop.ports, OPERATOR, refund.id, "virement 42")
    assert paid.status == "refunded"
    assert pay_by_hand(shop.ports, OPERATOR, refund.id, "virement 42") == paid
    assert list_by_hand(shop.ports, OPERATOR) == []
    assert shop.balances(order) == {"provider:sandbox": CENTS, "bank:main": -CENTS}
    with pytest.raises(Exception, match="permission"):
        list_by_hand(shop.ports, AGENT)


def test_a_lost_answer_to_a_refund_pays_it_once(shop: Shop) -> None:
    order = shop.order()
    payment = shop.pay(order)
    (seat,) = shop.find(order)[0].items[0].seats
    shop.town.cancel(BUYER, seat.id)
    shop.bank.choose(payment.provider_ref, "refund-timeout")
    shop.settle()
    assert shop.check_ending(order) == "nothing"
    (charge,) = shop.book.list_all()
    assert list(charge.refunds.values()) == [CENTS]


def test_a_provider_that_takes_more_later_gives_the_rest_back(shop: Shop) -> None:
    order = shop.order()
    payment = shop.pay(order, "ok")
    charge = shop.bank.show(payment.provider_ref)
    assert charge is not None
    with shop.book.open() as page:
        page.put(replace(charge, captured_cents=CENTS + 200, amount_cents=CENTS + 200))
    body = shop.told[0] if shop.told else _captured_event(shop, payment.id, CENTS + 200)
    shop.hear(body)
    shop.hear(body)
    shop.settle()
    assert shop.check_ending(order) == "tickets"


def test_what_is_not_signed_is_not_heard(shop: Shop) -> None:
    order = shop.order()
    payment = shop.pay(order)
    body = _captured_event(shop, payment.id, CENTS)
    now_s = int(shop.clock().timestamp())
    for header in (
        "",
        sign_webhook(b"x" * 32, now_s, body),
        sign_webhook(SECRET, now_s - WINDOW_S - 1, body),
    ):
        with pytest.raises(WebhookError):
            hear_payment(shop.ports, "sandbox", {SIGNATURE_HEADER: header}, body)
    with pytest.raises(NobodysPaymentError):
        hear_payment(shop.ports, "paypal", {}, body)
    with pytest.raises(NobodysPaymentError):
        shop.hear(
            body.replace(payment.id.encode(), b"f" * 32).replace(payment.provider_ref.encode(), b"sbx_0")
        )
    assert shop.find(order)[2] == []


def test_nobody_pays_what_is_not_theirs_nor_too_late(shop: Shop) -> None:
    order = shop.order()
    _refused(shop, order, Reason.UNKNOWN, name="mallory")
    _refused(shop, order, Reason.INVALID, provider="paypal")
    shop.tick(601)
    _refused(shop, order, Reason.EXPIRED)
    shop.work()
    _refused(shop, order, Reason.STATE)
    none = replace(shop.ports, providers={})
    with pytest.raises(OrderRefusedError) as refused:
        pay(none, traveller("other"), shop.order("other").id, PayWish())
    assert refused.value.reason is Reason.INVALID


def test_an_open_payment_keeps_the_seats_but_not_for_ever(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, "never")
    shop.tick(900)
    shop.work()
    assert shop.find(order)[0].status is OrderStatus.ON_HOLD, "longer than a basket without a payment"
    shop.tick(PAYMENT_LASTS.total_seconds() - 890)
    shop.work()
    found, (payment,), _ = shop.find(order)
    assert (payment.status, found.status) == ("cancelled", OrderStatus.PREBOOKED)
    shop.settle()
    assert shop.check_ending(order) == "nothing"


def _refused(shop: Shop, order: Order, reason: Reason, name: str = BUYER, provider: str = "") -> None:
    with pytest.raises(OrderRefusedError) as refused:
        pay(shop.ports, traveller(name), order.id, PayWish(provider))
    assert refused.value.reason is reason
    assert refused.value.french


def _captured_event(shop: Shop, key: str, cents: int) -> bytes:
    with shop.begin(read_only=True) as work:
        payment = work.orders.find_payment(key)
    assert payment is not None
    told = {
        "key": key,
        "ref": payment.provider_ref,
        "state": "captured",
        "captured_cents": cents,
        "refunds": {},
        "reason": "",
    }
    return json.dumps({"id": "evt_x", "type": "payment.captured", "payment": told}).encode()
