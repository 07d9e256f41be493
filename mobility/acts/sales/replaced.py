"""The item that an order takes the place of: what it is worth in the exchange is carried from its order's book into the
new one's, where it pays a part of the price. Only the difference is paid, and until it is, the old item stays as it is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from carpool.refusal import CarpoolRefusedError
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.own_products import list_counting
from mobility.acts.sales.pay_back import pay_back
from mobility.acts.sales.post import post
from mobility.acts.sales.refund import refund_in
from mobility.acts.sales.refund_offer import refund_offer_in
from mobility.acts.sales.sales_ports import SalesPorts
from on_demand.refusal import OnDemandRefusedError
from ticketing.orders.order import Order, OrderItem, OrderStatus, Returned
from ticketing.orders.refund_rules import RefundOffer, RefundWish
from ticketing.orders.refusal import OrderRefusedError, Reason


def find_replaced(work: UnitOfWork, replaces: str) -> Order:
    """The order of an item (`order:item`) that is exchanged. Raises OrderRefusedError."""
    found = work.orders.find_order(replaces.partition(":")[0])
    if found is None:
        raise changed_meanwhile()
    return found


def worth(
    work: UnitOfWork, ports: SalesPorts, old: Order, item_id: str, at: dt.datetime, least_cents: int = 0
) -> RefundOffer:
    """What is given back of an item that is exchanged, by the rules as they stood at an instant. Raises
    OrderRefusedError: NOT_REFUNDABLE, or CHANGED where that is less than `least_cents`."""
    offer = refund_offer_in(work, ports, old, RefundWish((item_id,)), at, is_exchange=True)
    if offer.refund_cents < least_cents:
        raise changed_meanwhile()
    return offer


def counting_without(
    work: UnitOfWork, person_id: str, old: Order, given: RefundOffer, now: dt.datetime
) -> list[Order]:
    """The buyer's orders that count for a price, as they are once an item is `given` for another: it counts for no cap
    or return any more, and has no unit left."""
    gone = given.items[0]
    returned = tuple(Returned(one.line, one.cents, 0, legs=one.legs, units=one.units) for one in gone.parts)
    items = tuple(
        replace(one, status=OrderStatus.EXCHANGED, returned=one.returned + returned)
        if one.id == gone.item
        else one
        for one in old.items
    )
    without = replace(old, items=items)
    return [without if one.id == old.id else one for one in list_counting(work, person_id, now)]


def take_over(
    work: UnitOfWork, ports: SalesPorts, order: Order, now: dt.datetime
) -> list[tuple[str, dict[str, Any]]]:
    """The items that an order takes the place of are given back, in their own book; the entries that bring what they
    are worth into the order's. Buyer and order are locked, and its money is there; the caller commits.

    Raises OrderRefusedError (NOT_REFUNDABLE, CHANGED) where something was used or given back meanwhile, and
    MovedMeanwhileError.
    """
    return [
        entry for item in order.items if item.replaces for entry in _take_over(work, ports, order, item, now)
    ]


def _take_over(
    work: UnitOfWork, ports: SalesPorts, order: Order, item: OrderItem, now: dt.datetime
) -> list[tuple[str, dict[str, Any]]]:
    old_id, _, item_id = item.replaces.partition(":")
    if old_id == order.id:
        return []
    old = work.orders.lock_order(old_id)
    if old is None:
        raise changed_meanwhile()
    offer = worth(work, ports, old, item_id, order.made_at, item.carried_cents)
    reason = f"exchanged for {order.reference}"
    try:
        after = refund_in(work, ports, old, offer, now, reason, is_paid_back=False).order
    except (OnDemandRefusedError, CarpoolRefusedError) as error:
        raise OrderRefusedError(Reason.NOT_REFUNDABLE, error.french, error.english, "items") from error
    carried = {"carried": f"{order.id}:{item.id}", "amount_cents": item.carried_cents}
    if item.carried_cents:
        post(work, after, [("carried-out", carried | {"to": order.id})], now)
    pay_back(work, ports, after, offer.refund_cents - item.carried_cents, reason, now)
    return [("carried-in", carried | {"from": old.id})] if item.carried_cents else []


def changed_meanwhile() -> OrderRefusedError:
    """What an exchange was offered for is not there any more as it was."""
    return OrderRefusedError(
        Reason.CHANGED,
        "La commande, ou ce qui en a servi, a changé depuis cette offre : demandez-en une nouvelle.",
        "The order, or what was used of it, has changed since this was offered: ask for a new offer.",
        "offer",
    )
