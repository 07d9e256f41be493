"""What somebody has already, read from their own orders: passes, cards, what is left of carnets, what was spent. There
is no second truth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mobility.accounts.caller import Caller
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.tariff_versions import prices_in
from ticketing.money import apportion
from ticketing.orders.life import OVER, PAID, UNPAID
from ticketing.orders.order import Order, OrderItem, OrderStatus
from ticketing.pricing.held_pass import held_pass
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import HeldUnits, Rider, Spent
from ticketing.tariff.tariff import Kind, Tariff

NOT_SPENT = frozenset(("unit", "held-pass", Kind.PASS, Kind.CARNET, Kind.CARD))
"""What counts neither towards caps nor as the outward half of a return."""


def list_counting(work: UnitOfWork, person_id: str, now: dt.datetime) -> list[Order]:
    """The orders of somebody that may matter to a price; of a guest none."""
    return [] if person_id.startswith("guest:") else work.orders.list_counting(person_id, now)


def with_own(rider: Rider, orders: Sequence[Order], tariff: Tariff, now_s: int) -> Rider:
    """A rider, who is the buyer, with what their orders say they have at an instant."""
    items = [item for order in orders for item in order.items if not item.names]
    paid = [(item, line) for item in items if item.status in PAID for _, line in standing_lines(item)]
    passes = (held_pass(line) for _, line in paid if line.valid_until_s > now_s)
    cards = {
        line.product_id
        for _, line in paid
        if line.kind == Kind.CARD and line.valid_from_s <= now_s < line.valid_until_s
    }
    units = tuple(
        HeldUnits(one.product_id, one.left, one.until_s)
        for one in list_carnets(orders, tariff)
        if one.left and one.until_s > now_s
    )
    spent = tuple(one for item in items if item.status in PAID for one in spent_by(item, tariff))
    return replace(
        rider,
        cards=tuple(sorted({*rider.cards, *cards})),
        passes=tuple(one for one in passes if one is not None),
        units=units,
        spent=spent,
    )


def own_rider(ports: SalesPorts, caller: Caller, rider: Rider) -> Rider:
    """A rider with what the caller has bought and has now: what prices are shown by before anything is offered."""
    now = ports.acts.now()
    with ports.acts.unit_of_work(read_only=True) as work:
        tariff = prices_in(work, ports).tariff_of(int(now.timestamp()))
        orders = list_counting(work, caller.person, now) if tariff else []
    return with_own(rider, orders, tariff, int(now.timestamp())) if tariff else rider


def standing_lines(item: OrderItem) -> list[tuple[int, PriceLine]]:
    """The lines of an item that were not given back, or not all of them, with their numbers."""
    return [(n, line) for n, line in enumerate(item.lines) if not is_gone(item, n)]


def is_gone(item: OrderItem, number: int) -> bool:
    """Whether all of a line was given back."""
    returned = [one for one in item.returned if one.line == number]
    legs = {leg for one in returned for leg in one.legs}
    return bool(returned) and legs >= set(item.lines[number].legs)


def spent_by(item: OrderItem, tariff: Tariff) -> list[Spent]:
    """What the first rider paid for an item, as far as it counts towards caps and returns."""
    lines = [line for _, line in standing_lines(item) if line.kind not in NOT_SPENT]
    return [one for line in lines for one in _spent(item, line, tariff)]


@dataclass
class Carnet:
    """A carnet that was bought, and what is left of it."""

    order_id: str
    item_id: str
    line: int
    product_id: str
    until_s: int
    sold: int
    left: int


def list_carnets(orders: Iterable[Order], tariff: Tariff) -> list[Carnet]:
    """All carnets in orders that are paid, with the units left after all that orders use, or hold until they are paid.
    Of the carnets of one product the one that ends first is used first."""
    carnets, used = [], []
    for order in orders:
        for item in order.items:
            if item.status in PAID or item.status in OVER:
                carnets += [
                    Carnet(order.id, item.id, n, line.product_id, line.valid_until_s, sold, sold)
                    for n, line in enumerate(item.lines)
                    if item.status is not OrderStatus.RELEASED and (sold := _units_sold(item, n, tariff))
                ]
            if item.status in PAID or item.status in UNPAID:
                used += [
                    (min(item.legs[leg].departure_s for leg in line.legs), line.product_id)
                    for _, line in standing_lines(item)
                    if line.legs and line.kind == "unit"
                    for _ in line.riders or (0,)
                ]
    carnets.sort(key=lambda one: (one.until_s, one.order_id, one.item_id, one.line))
    for first_s, product_id in sorted(used):
        for carnet in carnets:
            if carnet.product_id == product_id and carnet.until_s > first_s and carnet.left:
                carnet.left -= 1
                break
    return carnets


def _units_sold(item: OrderItem, number: int, tariff: Tariff) -> int:
    """A carnet is bought by a line without legs, and used by others with some; units given back were never sold."""
    line = item.lines[number]
    product = tariff.find_product(line.product_id)
    if line.kind != Kind.CARNET or line.legs or product is None:
        return 0
    return product.units - sum(one.units for one in item.returned if one.line == number)


def _spent(item: OrderItem, line: PriceLine, tariff: Tariff) -> list[Spent]:
    """What the first rider paid by a line, by network: in the ratio of what its legs cost by themselves."""
    if 0 not in line.riders or not line.legs:
        return []
    cents = line.cents // len(line.riders)
    alone = {leg: weight for leg, _, weight in line.weights}
    shares = apportion(cents, [alone.get(leg, 0) for leg in line.legs])
    by_network: dict[str, int] = {}
    for leg, share in zip(line.legs, shares, strict=True):
        network = tariff.find_network(item.legs[leg])
        name = "" if network is None else network.id
        by_network[name] = by_network.get(name, 0) + share
    first, last = item.legs[min(line.legs)], item.legs[max(line.legs)]
    return [
        Spent(line.product_id, network, share, first.departure_s, first.origin.place, last.destination.place)
        for network, share in by_network.items()
    ]
