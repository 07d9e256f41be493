"""Caps and returns without a journey that is given back: what the later ones would have cost.

Whoever has reached a cap rides free for the rest of the day. If the journey that reached it is given back, the later
ones are reckoned again without it; what they would have cost more is not refunded. So the period costs what it would
have cost had the journey never been bought.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.own_products import list_counting, spent_by
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.tariff_versions import get_version, prices_in
from ticketing.orders.life import PAID
from ticketing.orders.order import Order, Returned
from ticketing.orders.refund_rules import ItemRefund
from ticketing.orders.shares import by_rider
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import PriceUnknown
from ticketing.pricing.rider import Spent


def unwound_cents(
    work: UnitOfWork, ports: SalesPorts, order: Order, items: Sequence[ItemRefund], now: dt.datetime
) -> int:
    """What later journeys of the buyer cost less because of these, never negative."""
    of = {one.item: one for one in items}
    changes: list[tuple[list[Spent], list[Spent]]] = []
    for item in order.items:
        if item.id in of and not item.names and item.legs:
            tariff = get_version(work, ports, item.tariff_version)
            gone = tuple(Returned(part.line, 0, 0, legs=part.legs) for part in of[item.id].parts)
            before = spent_by(item, tariff)
            changes.append((before, spent_by(replace(item, returned=item.returned + gone), tariff)))
    if not any(before != after for before, after in changes):
        return 0
    extra, prices = 0, prices_in(work, ports)
    for later in list_counting(work, order.person_id, order.made_at):
        if (later.made_at, later.id) <= (order.made_at, order.id):
            continue
        for item in later.items:
            if item.status not in PAID or item.names or not item.legs:
                continue
            spent = _without(item.riders[0].spent, changes)
            if spent == item.riders[0].spent:
                continue
            tariff = get_version(work, ports, item.tariff_version)
            riders = (replace(item.riders[0], spent=spent), *item.riders[1:])
            bought_s = int(later.made_at.timestamp())
            price = cheapest(item.legs, riders, tariff, prices.by_feed, bought_s, is_explained=False)
            if isinstance(price, PriceUnknown):
                continue
            extra += price.cents - item.cents
            dearer = replace(item, lines=by_rider(price.lines), returned=())
            changes.append((spent_by(item, tariff), spent_by(dearer, tariff)))
    return max(extra, 0)


def _without(
    spent: tuple[Spent, ...], changes: Sequence[tuple[list[Spent], list[Spent]]]
) -> tuple[Spent, ...]:
    """What would have been spent had the changed journeys cost what they cost now."""
    left = list(spent)
    for before, after in changes:
        if all(one in left for one in before) and before:
            for one in before:
                left.remove(one)
            left += after
    return tuple(left)
