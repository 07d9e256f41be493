"""Cash: tickets at once, tills that are counted, refunds that are handed out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ground.refusal import RefusedError
from mobility.accounts.caller import Caller, ForbiddenError, Role
from mobility.acts.sales.cash import count_till, find_at_counter, sell_for_cash, show_till
from mobility.acts.sales.pay_back import give_back
from mobility.acts.sales.post import post
from mobility.acts.sales.refund_queue import hand_out, list_by_hand, pay_by_hand
from tests.contracts.on_demand_town import AGENT, OPERATOR, Begin, traveller
from tests.contracts.payment_scene import CENTS, Shop
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.sales.bodies import reversal_body
from ticketing.sales.postings import postings_of

DRIVER = Caller("dan", frozenset((Role.VEHICLE_DRIVER,)))


@pytest.fixture
def shop(begin: Begin, tmp_path: Path) -> Shop:
    return Shop(begin, tmp_path)


def _promise_back(shop: Shop, order: Order, cents: int) -> str:
    """A part of a sold order is to be given back."""
    with shop.begin() as work:
        locked = work.orders.lock_order(order.id)
        assert locked is not None
        (charge,) = work.orders.list_payments(order.id)
        states = work.sales_journal.load(order.id).states
        body = reversal_body("rev", states, ["1"], "test", cents=cents)
        post(work, locked, [("reversal", body)], shop.clock())
        give_back(work, locked, charge, "refund1", cents, "test", shop.clock())
        work.commit()
    return "refund1"


def test_an_agent_sells_for_cash(shop: Shop) -> None:
    order = shop.order()
    payment, sold = sell_for_cash(shop.ports, AGENT, order.id, "k")
    assert (payment.provider, payment.captured_cents, sold.status) == (
        f"cash:{AGENT.person}",
        CENTS,
        OrderStatus.FULFILLED,
    )
    assert sold.sold_by == AGENT.person
    assert sell_for_cash(shop.ports, AGENT, order.id, "k")[0] == payment
    assert sell_for_cash(shop.ports, AGENT, order.id)[0] == payment
    assert shop.balances(order)[f"cash:{AGENT.person}"] == CENTS
    assert len(shop.find(order)[2]) == 1
    shop.settle()
    assert len(shop.find(order)[1]) == 1, "nobody asks a till how it stands"


def test_who_may_not_and_what_cannot_be_sold(shop: Shop) -> None:
    order = shop.order()
    for act in (
        lambda: sell_for_cash(shop.ports, traveller("theo"), order.id),
        lambda: show_till(shop.ports, traveller("theo")),
        lambda: count_till(shop.ports, traveller("theo"), 0),
    ):
        with pytest.raises(ForbiddenError):
            act()
    _refused(shop, "nonsense", Reason.UNKNOWN)
    shop.pay(order, "never")
    _refused(shop, order.id, Reason.STATE)
    late = shop.order("other")
    shop.tick(601)
    _refused(shop, late.id, Reason.EXPIRED)
    shop.work()
    _refused(shop, late.id, Reason.STATE)


def test_a_till_is_counted(shop: Shop) -> None:
    sell_for_cash(shop.ports, AGENT, shop.order("a").id)
    sell_for_cash(shop.ports, DRIVER, shop.order("b").id)
    till = show_till(shop.ports, AGENT)
    assert till.last_count is None
    assert (till.expected_cents, till.taken_cents, till.handed_out_cents) == (CENTS, CENTS, 0)
    assert till.day == "2026-03-10"
    count = count_till(shop.ports, AGENT, CENTS - 51, CENTS - 100, key="k")
    assert (count.expected_cents, count.difference_cents, count.left_cents) == (CENTS, -51, 49)
    assert count_till(shop.ports, AGENT, CENTS - 51, CENTS - 100, key="k") == count
    assert show_till(shop.ports, AGENT).expected_cents == 49
    assert show_till(shop.ports, AGENT).last_count == count
    assert show_till(shop.ports, DRIVER).expected_cents == CENTS
    shop.tick(86_400)
    tomorrow = show_till(shop.ports, AGENT)
    assert (tomorrow.expected_cents, tomorrow.taken_cents, tomorrow.payments) == (49, 0, ())
    assert count_till(shop.ports, AGENT, 60).difference_cents == 11
    assert show_till(shop.ports, AGENT).expected_cents == 60
    opened = count_till(shop.ports, AGENT, 60, key="open", added_cents=5000)
    assert (opened.difference_cents, opened.added_cents, opened.left_cents) == (0, 5000, 5060)
    assert count_till(shop.ports, AGENT, 60, key="open", added_cents=5000) == opened
    assert show_till(shop.ports, AGENT).expected_cents == 5060
    with shop.begin(read_only=True) as work:
        moved = [postings_of(entry) for entry in work.sales_journal.list_entries(f"till-{AGENT.person}")]
    assert {one.account: one.amount_cents for one in moved[-1]} == {
        "bank:main": -5000,
        f"cash:{AGENT.person}": 5000,
    }
    with pytest.raises(OrderRefusedError) as refused:
        count_till(shop.ports, AGENT, 10, 11)
    assert refused.value.field == "depositedCents"
    with pytest.raises(RefusedError) as refused:
        count_till(shop.ports, AGENT, 1, key="k")
    assert refused.value.reason is Reason.KEY_REUSED


def test_what_is_named_at_a_counter(shop: Shop) -> None:
    """To be paid: whosever it is. Sold: to who sold it, and to the operator."""
    order = shop.order()
    assert find_at_counter(shop.ports, AGENT, order.reference.lower()).id == order.id
    with pytest.raises(ForbiddenError):
        find_at_counter(shop.ports, traveller("theo"), order.reference)
    sell_for_cash(shop.ports, AGENT, order.id)
    assert find_at_counter(shop.ports, AGENT, order.reference).id == order.id
    assert find_at_counter(shop.ports, OPERATOR, order.id).id == order.id
    for name in (order.reference, "ZZZZ9999", "'; --"):
        with pytest.raises(OrderRefusedError) as refused:
            find_at_counter(shop.ports, DRIVER, name)
        assert refused.value.reason is Reason.UNKNOWN


def test_a_refund_is_handed_out_by_whoever_is_there(shop: Shop) -> None:
    """Sold by an agent, given back by a driver: each till knows its own."""
    order = shop.order()
    sell_for_cash(shop.ports, AGENT, order.id)
    refund = _promise_back(shop, order, 151)
    shop.settle()
    assert [one.id for one in list_by_hand(shop.ports, OPERATOR)] == [refund]
    with pytest.raises(ForbiddenError):
        hand_out(shop.ports, traveller("theo"), refund)
    paid = hand_out(shop.ports, DRIVER, refund)
    assert hand_out(shop.ports, AGENT, refund) == paid, "once"
    assert (paid.status, paid.provider) == ("refunded", f"cash:{DRIVER.person}")
    assert show_till(shop.ports, AGENT).expected_cents == CENTS
    assert show_till(shop.ports, DRIVER).expected_cents == -151
    assert shop.balances(order)[f"cash:{DRIVER.person}"] == -151
    assert not [account for account in shop.balances(order) if account.startswith("refund-due")]


def test_what_was_paid_by_card_is_not_handed_out(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, "ok")
    refund = _promise_back(shop, order, 151)
    for act in (
        lambda: hand_out(shop.ports, AGENT, refund),
        lambda: pay_by_hand(shop.ports, OPERATOR, refund, "x"),
    ):
        with pytest.raises(OrderRefusedError) as refused:
            act()
        assert refused.value.reason is Reason.STATE
    with pytest.raises(OrderRefusedError) as refused:
        hand_out(shop.ports, AGENT, "nonsense")
    assert refused.value.reason is Reason.UNKNOWN
    shop.settle()
    assert shop.bank_cents(order) == CENTS - 151


def _refused(shop: Shop, order_id: str, reason: Reason) -> None:
    with pytest.raises(OrderRefusedError) as refused:
        sell_for_cash(shop.ports, AGENT, order_id)
    assert refused.value.reason is reason
