"""What a best fare that was given back leaves to be refunded: a journey of a period that is settled gives back no more
than the period's best fare is lower without it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.own_products import list_counting
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.tariff_versions import get_version
from ticketing.orders.best_fare_rides import off_line, standings
from ticketing.orders.order import BestFareBack, Order, OrderItem, Returned
from ticketing.orders.refund_rules import ItemRefund, LineRefund, RefundOffer, keep
from ticketing.pricing.fare_periods import FarePeriod, kinds_sold, period_of
from ticketing.pricing.held_pass import held_pass
from ticketing.sales.bodies import is_advance
from ticketing.tariff.tariff import Tariff


def settled_key(period: FarePeriod, tariff_version: str = "") -> str:
    """Under which it is remembered that a period was settled for a person, by a version of the tariff; "": by all. What
    people send as Idempotency-Key is printable, and so never this."""
    return f"\tbest-fare {period.name} {tariff_version}"


def with_best_fare(
    work: UnitOfWork, ports: SalesPorts, order: Order, offer: RefundOffer, now: dt.datetime
) -> RefundOffer:
    """The offer with no more of a line than is left of it, and less what best fares gave back too much without it."""
    items = {item.id: item for item in order.items}
    capped = tuple(
        replace(one, parts=tuple(_capped(items[one.item], part) for part in one.parts)) for one in offer.items
    )
    lost = {
        (one.item, part.line): part.cents - less.cents
        for one, fewer in zip(offer.items, capped, strict=True)
        for part, less in zip(one.parts, fewer.parts, strict=True)
    }
    kept, made = [], {one.item: one for one in capped}
    for lines, too_much in _too_much(work, ports, order, capped, now):
        more = too_much
        for line in lines:
            gone = min(lost[line], more)
            lost[line] -= gone
            more -= gone
        for item_id in dict.fromkeys(item_id for item_id, _ in lines):
            here = min(more, sum(part.refund_cents for part in made[item_id].parts))
            (made[item_id],) = keep((made[item_id],), here)
            more -= here
        used = too_much - more
        if used:
            kept.append((*lines[0], used))
    return replace(offer, items=tuple(made.values()), best_fare=tuple(kept))


def remember_kept(item: OrderItem, offer: RefundOffer, now: dt.datetime) -> OrderItem:
    """An item with what its refund was reckoned without."""
    at_s = int(now.timestamp())
    kept = [
        BestFareBack(line, 0, "", (), at_s, cents) for name, line, cents in offer.best_fare if name == item.id
    ]
    return replace(item, best_fare=(*item.best_fare, *kept)) if kept else item


def _capped(item: OrderItem, part: LineRefund) -> LineRefund:
    off = off_line(item, part.line)
    if not off:
        return part
    returned = sum(one.cents for one in item.returned if one.line == part.line)
    line = item.lines[part.line]
    cents = min(part.cents, line.cents - returned - off)
    borne = part.cents - cents if is_advance(item, line) else 0
    return replace(part, cents=cents, fee_cents=min(part.fee_cents, cents), borne_cents=borne)


def _too_much(
    work: UnitOfWork, ports: SalesPorts, order: Order, refunds: Iterable[ItemRefund], now: dt.datetime
) -> list[tuple[list[tuple[str, int]], int]]:
    """(lines by item, what best fares gave back too much without them), by period."""
    by_period: dict[tuple[FarePeriod, str], list[tuple[str, int]]] = {}
    tariffs: dict[str, Tariff] = {}
    items = {item.id: item for item in order.items}
    of = {one.item: one for one in refunds}
    for item_id, one in of.items():
        item = items[item_id]
        if item.names or not item.tariff_version:
            continue
        tariff = tariffs.setdefault(item.tariff_version, get_version(work, ports, item.tariff_version))
        for part in one.parts:
            rides = (at_s for at_s in _rides_s(work, order, item, part.line) if at_s <= now.timestamp())
            periods = {_settled(work, order.person_id, at_s, tariff): None for at_s in rides}
            for period in (one for one in periods if one is not None):
                by_period.setdefault((period, tariff.version), []).append((item_id, part.line))
    if not by_period:
        return []
    without = replace(order, items=tuple(_without(item, of.get(item.id)) for item in order.items))
    found = []
    for (period, version), lines in by_period.items():
        from_at = dt.datetime.fromtimestamp(period.span_s(tariffs[version])[0], dt.UTC)
        orders = [
            without if each.id == order.id else each for each in list_counting(work, order.person_id, from_at)
        ]
        found.append((lines, _excess(orders, tariffs[version], period)))
    return found


def _excess(orders: Iterable[Order], tariff: Tariff, period: FarePeriod) -> int:
    """What was given back of a period and is not the difference to its best fare (any more)."""
    found = standings(orders, tariff, period)
    return sum(max(one.given_cents - one.best.back_cents, 0) for one in found)


def _rides_s(work: UnitOfWork, order: Order, item: OrderItem, number: int) -> list[int]:
    """When what a line is for begins, epoch seconds: of a pass, itself and all rides of its time."""
    line = item.lines[number]
    pass_ = held_pass(line)
    if pass_ is None:
        return [item.legs[min(line.legs)].departure_s] if line.legs else []
    from_at = dt.datetime.fromtimestamp(pass_.valid_from_s, dt.UTC)
    rides = [
        leg.departure_s
        for one in list_counting(work, order.person_id, from_at)
        for each in one.items
        for leg in each.legs
    ]
    return [
        pass_.valid_from_s,
        *(at_s for at_s in sorted(rides) if pass_.valid_from_s <= at_s < pass_.valid_until_s),
    ]


def _settled(work: UnitOfWork, person_id: str, at_s: int, tariff: Tariff) -> FarePeriod | None:
    """The longest settled period an instant lies in."""
    for kind in reversed(list(kinds_sold(tariff))):
        period = period_of(at_s, kind, tariff)
        if work.orders.find_key(person_id, settled_key(period, tariff.version)) is not None:
            return period
    return None


def _without(item: OrderItem, refund: ItemRefund | None) -> OrderItem:
    """An item after its refund, as far as the best fare sees it."""
    if refund is None:
        return item
    gone = tuple(Returned(part.line, part.cents, 0, legs=part.legs) for part in refund.parts)
    return replace(item, returned=item.returned + gone)
