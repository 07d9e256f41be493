"""What follows from what a provider says, whoever heard it: the answer to `begin`, a webhook, the worker's question,
the buyer who comes back. All four end here, under the lock of the order; who comes second changes nothing.

Money that was taken for an order that can still be had becomes tickets (`complete_in`), all in one transaction. Any
other cent goes back: of an order that was released meanwhile or whose seats are gone, of a part only, of a second
payment of the same order. So a buyer has tickets, or their money.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from mobility.acts.on_demand.locked import MovedMeanwhileError, until_locked
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.complete import complete_in
from mobility.acts.sales.pay_back import give_back
from mobility.acts.sales.payment_fold import CHARGE, OPEN, fold_charge
from mobility.acts.sales.payment_port import PaymentAnswer
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.post import post
from mobility.acts.sales.release import release_in
from mobility.acts.sales.sales_ports import SalesPorts
from ticketing.orders.life import UNPAID, step_all
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refusal import OrderRefusedError

TOO_LATE = "the order could not be had any more"
NOT_AS_ASKED = "another amount than was asked for was taken"


def take_answer(ports: SalesPorts, payment_id: str, answer: PaymentAnswer) -> Payment:
    """How a charge stands after an answer. Of a payment nobody began nothing: raises KeyError."""
    buyers: set[str] = set()
    try:
        return until_locked(lambda: _take(ports, payment_id, answer, buyers, can_be_had=True))
    except OrderRefusedError:
        # Its seats, or what it takes the place of, went while the bank was slow: nothing of the first try happened.
        return until_locked(lambda: _take(ports, payment_id, answer, buyers, can_be_had=False))


def capture_bodies(charge: Payment, cents: int) -> list[tuple[str, dict[str, object]]]:
    """The entries that say that money came."""
    hold = {"hold": charge.id, "provider": charge.provider, "amount_cents": cents}
    return [("hold", hold), ("capture", hold)]


def _take(
    ports: SalesPorts, payment_id: str, answer: PaymentAnswer, buyers: set[str], can_be_had: bool
) -> Payment:
    """`buyers`: to be locked before the order. Of an exchange it is added, and it begins again."""
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        for buyer in buyers:
            work.orders.lock_buyer(buyer)
        order = work.orders.lock_order_of_payment(payment_id)
        if order is None:
            raise KeyError(payment_id)
        if not buyers and any(item.replaces for item in order.items):
            buyers.add(order.person_id)
            raise MovedMeanwhileError
        before = work.orders.find_payment(payment_id)
        assert before is not None
        after = fold_charge(before, answer, now)
        if after == before:
            return before
        if after.captured_cents > before.captured_cents:
            after = _take_money(work, ports, order, before, after, can_be_had, now)
        else:
            work.orders.put_payment(after)
            _follow(work, order, after, now)
        work.commit()
    return after


def _take_money(
    work: UnitOfWork,
    ports: SalesPorts,
    order: Order,
    before: Payment,
    after: Payment,
    can_be_had: bool,
    now: dt.datetime,
) -> Payment:
    new_cents = after.captured_cents - before.captured_cents
    is_first = not before.captured_cents
    work.orders.put_payment(after)
    charge = after
    if not is_first:  # the provider took more than it said before: a charge of its own in our books
        charge = replace(
            after, id=f"{after.id}.{after.captured_cents}", amount_cents=new_cents, made_at=now, reason=""
        )
        work.orders.put_payment(charge)
    is_whole = is_first and after.captured_cents == after.amount_cents == order.due_cents
    if can_be_had and is_whole and order.status in UNPAID:
        complete_in(work, ports, order, after, capture_bodies(charge, new_cents))
        return after
    if order.status in UNPAID:
        order = _without_money(work, ports, order, after, can_be_had, now)
    post(work, order, capture_bodies(charge, new_cents), now)
    reason = TOO_LATE if is_whole else NOT_AS_ASKED
    give_back(work, order, charge, f"{charge.id}-back", new_cents, reason, now)
    return after


def _without_money(
    work: UnitOfWork, ports: SalesPorts, order: Order, payment: Payment, can_be_had: bool, now: dt.datetime
) -> Order:
    """An order whose payment came to nothing: another may be tried while its seats are held; without them it is
    over."""
    if not can_be_had:
        return release_in(work, ports, order, now)
    return _follow(work, order, payment, now)


def _follow(work: UnitOfWork, order: Order, payment: Payment, now: dt.datetime) -> Order:
    """An unpaid order is ON_HOLD while a payment of it is open, else PREBOOKED."""
    if order.status not in UNPAID:
        return order
    others = work.orders.list_payments(order.id)
    is_open = payment.status in OPEN or any(
        one.status in OPEN for one in others if one.kind == CHARGE and one.id != payment.id
    )
    to = OrderStatus.ON_HOLD if is_open else OrderStatus.PREBOOKED
    if order.status is to:
        return order
    followed = step_all(order, to, now)
    work.orders.put_order(followed)
    return followed
