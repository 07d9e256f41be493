"""The second transaction of an order: its money is there, so seats are confirmed, tickets issued and the sale posted,
all at once or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.issue_tickets import issue_in
from mobility.acts.sales.order_events import tell_order
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.post import post
from mobility.acts.sales.replaced import take_over
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.seats import confirm_seats, lock_seats
from mobility.acts.sales.tariff_versions import get_version
from ticketing.orders.life import fulfil, step
from ticketing.orders.order import Order, OrderItem, OrderStatus
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.orders.shares import lines_of_party, party_of
from ticketing.sales.bodies import OWN_FARES, sale_body
from ticketing.tickets.ticket import Ticket


def complete_in(
    work: UnitOfWork,
    ports: SalesPorts,
    order: Order,
    payment: Payment | None = None,
    captured: Sequence[tuple[str, dict[str, Any]]] = (),
) -> Order:
    """An unpaid order, locked, becomes FULFILLED: what it costs is captured (`payment`; None: it costs nothing), and
    posted already or by the entries given here. The order with its tickets; the caller commits, or on an error does
    not.

    What it takes the place of goes in the same breath; then its buyer is locked, too.

    Raises OrderRefusedError: STATE, NO_SEAT where a seat is gone, or CHANGED and NOT_REFUNDABLE where what it takes the
    place of is; and MovedMeanwhileError: begin again.
    """
    now = ports.acts.now()
    for item in order.items:
        step(item, OrderStatus.CONFIRMED)
    if payment is not None and payment.amount_cents != order.due_cents:
        raise ValueError(f"for order {order.id} {order.due_cents} cents are due, not {payment.amount_cents}")
    carried = take_over(work, ports, order, now)
    if not confirm_seats(work, lock_seats(work, order, order.items), order.items, now):
        raise seats_gone()
    refs: dict[str, tuple[str, ...]] = {}
    entries = [*captured, *carried, *sales(work, ports, order, order.items)]
    for item in order.items:
        tickets = issue_in(work, ports, order, item, now)
        refs[item.id] = tuple(ticket.ref for ticket in tickets)
        entries += entitlements(order, item, tickets)
    post(work, order, entries, now)
    fulfilled = fulfil(order, lambda item: refs[item.id], now)
    work.orders.put_order(fulfilled)
    tell_order(work, "fulfilled", fulfilled, now)
    return fulfilled


def sales(
    work: UnitOfWork, ports: SalesPorts, order: Order, items: Sequence[OrderItem]
) -> list[tuple[str, dict[str, Any]]]:
    """The sales of items: one by each version of the tariff, named by the first of its items."""
    versions = dict.fromkeys(item.tariff_version for item in items)
    made = []
    for version in versions:
        of_version = [item for item in items if item.tariff_version == version]
        tariff = get_version(work, ports, version)
        rule = tariff.apportionment or OWN_FARES
        made.append(("sale", sale_body(of_version[0].id, version, tariff.vat_mode.value, of_version, rule)))
    return made


def entitlements(
    order: Order, item: OrderItem, tickets: Iterable[Ticket]
) -> list[tuple[str, dict[str, Any]]]:
    """The rights to travel that tickets of an item are: each of the lines of its own riders, so that the ticket of one
    is not worth less when another's is given back. Seats in other books stand for themselves: a car that does not run
    is given back, and the coach after it is travelled with."""
    same = [one.id for one in order.items if one.tariff_version == item.tariff_version]
    sale = item.id if item.replaces else same[0]
    seats, made = {seat.leg for seat in item.seats}, []
    for ticket in tickets:
        _, party = party_of(order, ticket.ref)
        lines = [
            f"{item.id}/{number + 1}"
            for number in lines_of_party(item, party)
            if not item.lines[number].legs or not seats >= set(item.lines[number].legs)
        ]
        made.append(
            ("entitlement", {"entitlement": ticket.ref, "item": item.id, "sale": sale, "lines": lines})
        )
    return made


def seats_gone() -> OrderRefusedError:
    """A seat of an order was given to somebody else, or its ride does not take place."""
    return OrderRefusedError(
        Reason.NO_SEAT,
        "Une place de cette commande n'est plus disponible : elle n'est pas vendue, et rien n'est débité.",
        "A seat of this order is not to be had any more: it is not sold, and nothing is charged.",
    )
