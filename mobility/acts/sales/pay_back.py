"""Money on its way back to a buyer: promised in the book, and a row of the queue (`refund_queue`), in one
transaction."""

from __future__ import annotations

import datetime as dt

from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.payment_fold import BEGUN, CHARGE, REFUND
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.post import post
from mobility.acts.sales.sales_ports import SalesPorts
from ticketing.orders.order import Order
from ticketing.sales.postings import CASH


def give_back(
    work: UnitOfWork, order: Order, charge: Payment, refund_id: str, cents: int, reason: str, at: dt.datetime
) -> Payment:
    """Promise to give a part of a charge back; the worker has its provider do it, or an agent hands it out
    (`refund_queue`). The order is locked; the caller commits, and posts before what of its revenue is reversed."""
    refund = Payment(
        id=refund_id,
        order_id=order.id,
        kind=REFUND,
        provider=charge.provider,
        amount_cents=cents,
        status=BEGUN,
        provider_ref=charge.provider_ref,
        made_at=at,
        changed_at=at,
        reason=reason,
        next_look_at=None if charge.provider.startswith(CASH) else at,
        charge_id=charge.id,
    )
    work.orders.put_payment(refund)
    body = {"refund": refund.id, "hold": charge.id, "provider": charge.provider, "amount_cents": cents}
    post(work, order, [("refund", body)], at)
    work.events.add("payment.refund-due", {"payment_id": refund.id}, at, f"order:{order.id}")
    return refund


def pay_back(
    work: UnitOfWork, ports: SalesPorts, order: Order, cents: int, reason: str, now: dt.datetime
) -> list[str]:
    """Give money back that is reversed in the book, the way it came: of the latest payment first, and what was carried
    over from another order by that one's payments. The refunds' ids."""
    states = work.sales_journal.load(order.id).states
    made = []
    for charge in reversed(work.orders.list_payments(order.id)):
        hold = states.get(f"hold:{charge.id}")
        if charge.kind != CHARGE or hold is None or not cents:
            continue
        part = min(cents, hold["captured_cents"] - sum(hold["refunds"].values()))
        if part > 0:
            refund_id = ports.acts.new_id()
            give_back(work, order, charge, refund_id, part, reason, now)
            made.append(refund_id)
            cents -= part
    for name, came in states.items():
        part = min(cents, came["amount_cents"] - came["returned_cents"]) if "returned_cents" in came else 0
        if part > 0:
            old = work.orders.lock_order(came["from"])
            assert old is not None
            carried = {"carried": ports.acts.new_id(), "amount_cents": part}
            back = {"to": old.id, "of": name.partition(":")[2]}
            post(work, order, [("carried-out", carried | back)], now)
            post(work, old, [("carried-in", carried | {"from": order.id})], now)
            made += pay_back(work, ports, old, part, reason, now)
            cents -= part
    if cents:
        raise ValueError(f"{cents} cents of order {order.id} were never paid")
    return made
