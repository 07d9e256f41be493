"""Replay a month's sales under a draft of the tariff: what they would have brought, who would pay more or less."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.clear_month import days_span
from mobility.acts.sales.close_day import DayError
from mobility.acts.sales.own_products import list_counting, with_own
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.journeys.prices import Prices
from ticketing.orders.life import PAID
from ticketing.orders.order import Order, OrderItem
from ticketing.orders.shares import by_rider
from ticketing.period import is_period, period_start
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import PriceLine, PriceUnknown
from ticketing.pricing.products import ProductError, product_line
from ticketing.pricing.rider import Rider
from ticketing.sales.what_if import Comparison, Replayed, compare
from ticketing.tariff.tariff import Tariff

CommuneOf = Callable[[float, float], str]
"""The name of the commune at a latitude and a longitude; "": not known."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A month under a draft."""

    period: str
    draft: str
    """Its version."""
    tariffs: tuple[str, ...]
    """The versions it was sold by."""
    orders: int
    comparison: Comparison
    left_out_items: int
    """What does not stand as it was sold: cancelled, exchanged, given back in part."""
    left_out_cents: int
    """What was asked for that."""


def what_if(ports: SalesPorts, caller: Caller, period: str, draft: Tariff, commune_of: CommuneOf) -> WhatIf:
    """What a month's sales (those accounted in it, YYYY-MM) would have been under a draft.

    Each buyer's orders are replayed in the order they were made: passes, carnets and what was spent are those of the
    replay. Journeys stay what they were: nobody travels more because it is cheaper. Nothing is kept.
    Raises ForbiddenError and DayError.
    """
    caller.require(Permission.MANAGE_TARIFFS)
    if not is_period(period):
        raise DayError(f"{period!r} is no month: YYYY-MM")
    with ports.acts.unit_of_work(read_only=True) as work:
        sold = _sold_in(work, period)
        replay = _Replay(Prices((), tuple(ports.feed_fares().values())), draft, commune_of)
        replayed = [
            one
            for person in sorted(sold)
            for one in replay.replay(_with_history(work, person, sold[person], period), sold[person])
        ]
    items = [item for orders in sold.values() for order in orders.values() for item in order.items]
    left_out = [item for item in items if not _stands(item)]
    return WhatIf(
        period,
        draft.version,
        tuple(sorted({item.tariff_version for item in items} - {""})),
        sum(map(len, sold.values())),
        compare(replayed),
        len(left_out),
        sum(item.cents for item in left_out),
    )


def _sold_in(work: UnitOfWork, period: str) -> dict[str, dict[str, Order]]:
    """The orders with a sale accounted in a month, by buyer and id."""
    ids = {
        entry.order_id for entry in work.sales_journal.list_span(*days_span(period)) if entry.kind == "sale"
    }
    sold: dict[str, dict[str, Order]] = {}
    for order_id in sorted(ids):
        order = work.orders.find_order(order_id)
        if order is not None:
            sold.setdefault(order.person_id, {})[order.id] = order
    return sold


def _with_history(work: UnitOfWork, person: str, sold: dict[str, Order], period: str) -> list[Order]:
    """What somebody bought that may matter, the oldest first."""
    begin = min((period_start(period), *(order.made_at for order in sold.values())))
    known = {order.id: order for order in list_counting(work, person, begin)} | sold
    return sorted(known.values(), key=lambda order: (order.made_at, order.id))


def _stands(item: OrderItem) -> bool:
    return item.status in PAID and not item.returned


@dataclass(frozen=True, slots=True)
class _Replay:
    prices: Prices
    draft: Tariff
    commune_of: CommuneOf

    def replay(self, orders: list[Order], sold: dict[str, Order]) -> Iterator[Replayed]:
        """One buyer's: what was sold in the month is priced anew, after all that was bought before it."""
        before: list[Order] = []
        for order in orders:
            made = order
            if order.id in sold:
                made = replace(order, items=())
                for item in order.items:
                    again = item
                    if _stands(item):
                        lines, reason = self._price(item, [*before, made], order.made_at)
                        yield self._replayed(order, item, lines, reason)
                        again = item if lines is None else replace(item, lines=lines)
                    made = replace(made, items=(*made.items, again))
            before.append(made)

    def _price(
        self, item: OrderItem, orders: list[Order], at: dt.datetime
    ) -> tuple[tuple[PriceLine, ...] | None, str]:
        """Its lines under the draft, or why it has none."""
        now_s = int(at.timestamp())
        riders = self._riders(item, orders, now_s)
        if item.legs:
            price = cheapest(item.legs, riders, self.draft, self.prices.by_feed, now_s, is_explained=False)
            return (None, price.reason_en) if isinstance(price, PriceUnknown) else (by_rider(price.lines), "")
        (line,) = item.lines
        try:
            made = product_line(self.draft, line.product_id, riders[0], line.valid_from_s, line.zones)
        except ProductError as error:
            return None, error.en
        return (made,), ""

    def _riders(self, item: OrderItem, orders: list[Order], now_s: int) -> tuple[Rider, ...]:
        """As they were when it was sold; the buyer with what the replay says they have."""
        if item.names:
            return item.riders
        bare = replace(item.riders[0], passes=(), units=(), spent=())
        return with_own(bare, orders, self.draft, now_s), *item.riders[1:]

    def _replayed(
        self, order: Order, item: OrderItem, lines: tuple[PriceLine, ...] | None, reason: str
    ) -> Replayed:
        commune = ""
        if item.legs:
            origin = item.legs[0].origin
            if origin.lat is not None and origin.lon is not None:
                commune = self.commune_of(origin.lat, origin.lon)
        categories = tuple(rider.category for rider in item.riders)
        return Replayed(order.id, item.id, categories, commune, item.lines, lines, reason)
