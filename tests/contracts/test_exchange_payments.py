"""Exchanges that cost more: the difference alone is paid, at the sandbox's bank or in cash, and until it is the old
item stays as it is; in the book of sales to the cent, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mobility.accounts.caller import SYSTEM, Caller
from mobility.acts.sales.cash import sell_for_cash
from mobility.acts.sales.close_day import close_days
from mobility.acts.sales.exchange import exchange, offer_exchange
from mobility.acts.sales.follow_payments import follow_payments
from mobility.acts.sales.offer import RiderWish
from mobility.acts.sales.own_orders import find_guest
from mobility.acts.sales.pay import PayWish, pay
from mobility.acts.sales.receipt import receipt
from mobility.acts.sales.refund import cancel, refund, refund_freely
from mobility.acts.sales.refund_offer import offer_refund
from mobility.acts.sales.release import release_due
from mobility.acts.sales.sales_tables import check_sales
from mobility.outside.payments.sandbox import Sandbox
from mobility.outside.payments.sandbox_book import SandboxBook
from mobility.storage.sales import ChangedOrderError, SqlOrders
from tests.contracts.at_once import at_once
from tests.contracts.conftest import POSTGIS
from tests.contracts.on_demand_town import Begin
from tests.contracts.sales_scene import AGENT, OPERATOR, Sales, buyer
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund_rules import RefundWish
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.postings import LedgerError


class Shop(Sales):
    """Sales whose money is at a bank, which says itself what it has."""

    def __init__(self, begin: Begin, folder: Path) -> None:
        super().__init__(begin)
        self.book = SandboxBook(folder / "bank.sqlite")
        self.bank = Sandbox(self.book, b"s" * 32, self.clock, "http://127.0.0.1:1", lambda: 0)
        self.ports = replace(self.ports, providers={"sandbox": self.bank})

    def pay(self, order_id: str, card: str = "ok", caller: Caller | None = None) -> Order:
        pay(self.ports, caller or buyer(), order_id, PayWish(method=card))
        return self.find(order_id)

    def swap(self, paid: Order, journey: str, item: str = "1", key: str = "", riders: Any = ()) -> Order:
        """The order that comes of an exchange."""
        (new,) = self.offers(journey, **({"riders": riders} if riders else {}))
        _, token = offer_exchange(self.ports, buyer(), paid.id, item, new.token)
        return exchange(self.ports, buyer(), paid.id, token, key).order

    def at_bank(self) -> Counter[str]:
        """What the bank has, by order."""
        sums: Counter[str] = Counter()
        for one in self.book.list_all():
            sums[one.order_id] += one.captured_cents - sum(one.refunds.values())
        return +sums

    def in_all(self, *orders: Order) -> dict[str, int]:
        """The books of these orders together: nothing is on its way between them any more."""
        sums: Counter[str] = Counter()
        for one in orders:
            sums.update(self.balances(one.id))
        assert not any(cents for account, cents in sums.items() if account.startswith("carried:")), sums
        return {account: cents for account, cents in sorted(sums.items()) if cents}

    def check(self) -> None:
        """Chains, rules, stored states and closed days, from zero."""
        self.clock.wait(hours=48)
        close_days(self.acts, SYSTEM)
        check_sales(self.acts, SYSTEM)


@pytest.fixture
def shop(begin: Begin, tmp_path: Path) -> Shop:
    return Shop(begin, tmp_path)


def _begun(shop: Shop, **more: Any) -> tuple[Order, Order]:
    """A coach (1.50) that was paid, and the train (10) that is to take its place: 0.50 of it are worth something."""
    paid = shop.buy(shop.journey(shop.coach(12)))
    return paid, shop.swap(paid, shop.journey(shop.train(13)), **more)


def _valid(shop: Shop, *orders: Order) -> list[int]:
    return [sum(not ticket.revoked_s for ticket in shop.tickets(one.id)) for one in orders]


def test_the_difference_alone_moves(shop: Shop) -> None:
    paid, new = _begun(shop)
    done = shop.pay(new.id)
    assert shop.at_bank() == {paid.id: 150, new.id: 950}
    assert [len(one.refunds) for one in shop.book.list_all()] == [0, 0]
    assert (done.status, shop.find(paid.id).status) == (OrderStatus.FULFILLED, OrderStatus.EXCHANGED)
    assert _valid(shop, paid, new) == [0, 1]
    assert shop.in_all(paid, new)["provider:sandbox"] == 1100
    old_paper, new_paper = (receipt(shop.ports, buyer(), one.id) for one in (paid, new))
    assert (old_paper.total_cents, old_paper.paid_cents, old_paper.carried_cents) == (100, 150, -50)
    assert (new_paper.total_cents, new_paper.paid_cents, new_paper.carried_cents) == (1000, 950, 50)
    shop.check()


def test_a_payment_that_is_refused_leaves_the_old_ticket_and_may_be_tried_again(shop: Shop) -> None:
    paid, new = _begun(shop, key="k")
    refused = shop.pay(new.id, "declined")
    assert refused.status is OrderStatus.PREBOOKED
    assert shop.find(paid.id) == paid
    assert _valid(shop, paid, new) == [1, 0]
    assert shop.pay(new.id).status is OrderStatus.FULFILLED
    assert shop.at_bank() == {paid.id: 150, new.id: 950}
    (first,) = shop.offers(shop.journey(shop.coach(12)))
    with shop.refused(Reason.NOT_REFUNDABLE):
        offer_exchange(shop.ports, buyer(), paid.id, "1", first.token)


def test_nobody_pays_and_nothing_was_asked(shop: Shop) -> None:
    paid, new = _begun(shop)
    shop.clock.wait(minutes=60)
    assert release_due(shop.ports) == 1
    assert (shop.find(new.id).status, shop.find(paid.id)) == (OrderStatus.RELEASED, paid)
    assert shop.balances(new.id) == {}
    assert _valid(shop, paid, new) == [1, 0]


def test_the_same_key_is_the_same_order_whatever_became_of_it(shop: Shop) -> None:
    paid = shop.buy(shop.journey(shop.coach(12)))
    (new,) = shop.offers(shop.journey(shop.train(13)))
    _, token = offer_exchange(shop.ports, buyer(), paid.id, "1", new.token)
    first = exchange(shop.ports, buyer(), paid.id, token, "k").order
    assert exchange(shop.ports, buyer(), paid.id, token, "k").order == first
    done = shop.pay(first.id)
    assert exchange(shop.ports, buyer(), paid.id, token, "k").order == done


def test_what_was_given_back_meanwhile_pays_for_nothing(shop: Shop) -> None:
    """The bank was slow, and the old one was given back: the money goes back, too."""
    paid, new = _begun(shop)
    _, token = offer_refund(shop.ports, buyer(), paid.id, RefundWish())
    refund(shop.ports, buyer(), paid.id, token)
    over = shop.pay(new.id)
    follow_payments(shop.ports)
    assert over.status is OrderStatus.RELEASED
    assert shop.at_bank() == {}
    assert shop.balances(new.id) == shop.balances(paid.id) == {}
    shop.check()


def test_of_two_that_take_the_place_of_one_the_first_paid_has_it(shop: Shop) -> None:
    paid, first = _begun(shop)
    second = shop.swap(paid, shop.journey(shop.train(15)))
    assert shop.pay(second.id).status is OrderStatus.FULFILLED
    assert shop.pay(first.id).status is OrderStatus.RELEASED
    follow_payments(shop.ports)
    assert shop.at_bank() == {paid.id: 150, second.id: 950}
    assert _valid(shop, paid, first, second) == [0, 0, 1]


def test_given_back_later_each_payment_gives_back_its_part(shop: Shop) -> None:
    paid, new = _begun(shop)
    shop.pay(new.id)
    given = refund_freely(shop.ports, OPERATOR, new.id, RefundWish(), "strike", "k")
    assert refund_freely(shop.ports, OPERATOR, new.id, RefundWish(), "strike", "k") == given
    follow_payments(shop.ports)
    assert len(given.refund_ids) == 2
    assert shop.at_bank() == {paid.id: 100}, "the fee of the exchange"
    assert shop.in_all(paid, new) == {"fees:coaches": -91, "provider:sandbox": 100, "vat:100": -9}
    shop.check()


def test_exchanged_again_and_again_it_finds_its_way_back(shop: Shop) -> None:
    paid, new = _begun(shop)
    shop.pay(new.id)
    third = shop.swap(shop.find(new.id), shop.journey(shop.train(13), shop.coach(15)))
    assert (third.cents, third.due_cents) == (1150, 1150 - 900)
    shop.pay(third.id)
    assert shop.at_bank() == {paid.id: 150, new.id: 950, third.id: 250}
    refund_freely(shop.ports, OPERATOR, third.id, RefundWish(), "strike")
    follow_payments(shop.ports)
    assert shop.at_bank() == {paid.id: 150, new.id: 50}, "two fees of 1 €; the latest payment gave back first"
    assert shop.in_all(paid, new, third)["provider:sandbox"] == 200
    shop.check()


def test_one_of_two_has_given_back_and_the_other_exchanges(shop: Shop) -> None:
    """Partial use: of two coach tickets one was given back; the other one's 1.50 less the fee pay for two trains."""
    two = (RiderWish(), RiderWish(name="Zoé"))
    order = shop.order(shop.journey(shop.coach(12)), riders=two)
    paid = shop.pay(order.id)
    cancel(shop.ports, buyer(), paid.id, RefundWish(tickets=(f"{paid.reference}-2",)))
    new = shop.swap(shop.find(paid.id), shop.journey(shop.train(13)), riders=two)
    assert (new.cents, new.items[0].carried_cents) == (2000, 50)
    done = shop.pay(new.id)
    follow_payments(shop.ports)
    assert shop.at_bank() == {paid.id: 150, new.id: 1950}
    cancel(shop.ports, buyer(), new.id, RefundWish(tickets=(f"{new.reference}-1",)))
    follow_payments(shop.ports)
    assert shop.at_bank() == {paid.id: 150, new.id: 950}
    assert _valid(shop, paid, done) == [0, 1]
    shop.check()


def test_the_difference_in_cash(shop: Shop) -> None:
    paid, new = _begun(shop)
    payment, done = sell_for_cash(shop.ports, AGENT, new.id)
    assert (payment.amount_cents, done.status) == (950, OrderStatus.FULFILLED)
    assert shop.at_bank() == {paid.id: 150}
    assert shop.find(paid.id).status is OrderStatus.EXCHANGED
    shop.check()


def test_a_guest_exchanges_with_the_word_that_opens_the_order(shop: Shop) -> None:
    (coach,) = shop.offers(shop.journey(shop.coach(12)), name="guest")
    made = shop.take(coach.token, name="guest")
    guest = find_guest(shop.ports, made.access)
    assert guest is not None
    paid = shop.pay(made.order.id, caller=guest)
    (new,) = shop.offers(shop.journey(shop.train(13)), name="guest")
    _, token = offer_exchange(shop.ports, guest, paid.id, "1", new.token)
    held = exchange(shop.ports, guest, paid.id, token).order
    assert (held.person_id, held.pseudonym, held.due_cents) == (paid.person_id, paid.pseudonym, 950)
    assert shop.pay(held.id, caller=guest).status is OrderStatus.FULFILLED
    assert shop.find(paid.id).status is OrderStatus.EXCHANGED
    with shop.refused(Reason.UNKNOWN):
        offer_exchange(shop.ports, buyer(), held.id, "1", new.token)


def _race(shop: Shop) -> tuple[Order, Order, list[Any]]:
    """Told of its money twice, the old one given back twice, the new one cancelled: all at once."""
    paid, new = _begun(shop)
    _, token = offer_refund(shop.ports, buyer(), paid.id, RefundWish())
    told = partial(pay, shop.ports, buyer(), new.id, PayWish(method="ok"))
    given = partial(refund, shop.ports, buyer(), paid.id, token)
    return paid, new, [told, given, told, given, partial(cancel, shop.ports, buyer(), new.id, RefundWish())]


@pytest.mark.parametrize("turn", range(4))
def test_paid_given_back_and_cancelled_at_once_no_cent_is_lost(shop: Shop, turn: int) -> None:
    paid, new, acts = _race(shop)
    for one in at_once(*acts[turn:], *acts[:turn]):
        if isinstance(one, Exception) and not isinstance(one, OrderRefusedError):
            raise one
    for _ in range(3):
        shop.clock.wait(minutes=1)
        follow_payments(shop.ports)
    old, new = shop.find(paid.id), shop.find(new.id)
    shop.in_all(old, new)
    # Exchanged and kept; exchanged and the new one cancelled; given back; or both.
    valid = _valid(shop, old, new)
    assert sum(valid) <= 1
    bank = shop.at_bank()
    for order in (old, new):
        assert bank[order.id] == shop.balances(order.id).get("provider:sandbox", 0)
    if old.status is OrderStatus.EXCHANGED:
        assert old.items[0].refunded_cents == 50
        assert (new.status is OrderStatus.FULFILLED) == (valid == [0, 1])
        kept = 1100 if valid == [0, 1] else 1100 - new.items[0].refunded_cents
    else:
        assert old.status is OrderStatus.REFUNDED
        assert new.status is OrderStatus.RELEASED
        kept = 0
    assert bank.total() == kept
    shop.check()


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_control_without_the_locks_what_is_written_stops_the_second(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two payments of two orders in the place of one, both of which have read the old one before either writes."""
    paid, first = _begun(shop)
    second = shop.swap(paid, shop.journey(shop.train(15)))
    both = threading.Barrier(2)

    def read_together(book: SqlOrders, order_id: str) -> Order | None:
        found = book.find_order(order_id)
        if order_id == paid.id:
            with suppress(threading.BrokenBarrierError):
                both.wait(30)
        return found

    monkeypatch.setattr(SqlOrders, "lock_buyer", lambda self, person_id: None)
    monkeypatch.setattr(SqlOrders, "lock_order", read_together)
    acts = [partial(pay, shop.ports, buyer(), one.id, PayWish(method="ok")) for one in (first, second)]
    failed = [one for one in at_once(*acts) if isinstance(one, Exception)]
    assert len(failed) == 1
    assert isinstance(failed[0], ChangedOrderError | LedgerError) or "sales_" in str(failed[0])
