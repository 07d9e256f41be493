"""Whose orders they are: a buyer's own, those somebody sold, those of who calls the operator. What is not theirs nobody
learns of."""

from __future__ import annotations

import hmac

from mobility.accounts.caller import Caller, Permission, Role
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.guest_access import GUEST as GUEST_PERSON
from mobility.acts.sales.guest_access import access_digest, read_access
from mobility.acts.sales.sales_ports import SalesPorts
from ticketing.orders.order import Order
from ticketing.orders.reference import read_reference
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.tickets.ticket import Ticket

ORDERS_MAX = 100

GUEST = Caller(GUEST_PERSON, frozenset((Role.TRAVELLER,)))
"""Who buys without an account."""


def get_own(work: UnitOfWork, caller: Caller, order_id: str) -> Order:
    """An order, by id or reference, of the caller's; to the operator everybody's. Raises OrderRefusedError."""
    order = work.orders.find_order(order_id) or work.orders.find_order(read_reference(order_id))
    if order is None or not _may(caller, order):
        raise unknown_order()
    return order


def lock_own(work: UnitOfWork, caller: Caller, order_id: str) -> Order:
    """The same, and nobody else changes it until the end of this unit of work."""
    order = work.orders.lock_order(order_id)
    if order is None:
        order = work.orders.lock_order(get_own(work, caller, order_id).id)
    if order is None or not _may(caller, order):
        raise unknown_order()
    return order


def find_order(ports: SalesPorts, caller: Caller, order_id: str) -> tuple[Order, list[Ticket]]:
    """An order and its tickets. Raises OrderRefusedError."""
    with ports.acts.unit_of_work(read_only=True) as work:
        order = get_own(work, caller, order_id)
        return order, work.orders.list_tickets(order.id)


def list_my_orders(ports: SalesPorts, caller: Caller) -> list[Order]:
    """The orders of the caller, the newest first."""
    with ports.acts.unit_of_work(read_only=True) as work:
        return work.orders.list_orders_of(caller.person, ORDERS_MAX)


def get_ticket(work: UnitOfWork, caller: Caller, ref: str) -> tuple[Order, Ticket]:
    """A ticket and its order, of the caller's. Raises OrderRefusedError."""
    ticket = work.orders.find_ticket(ref)
    if ticket is None:
        raise unknown_order()
    return get_own(work, caller, ticket.order_id), ticket


def show_ticket(ports: SalesPorts, caller: Caller, ref: str) -> Ticket:
    """A ticket of the caller's. Raises OrderRefusedError."""
    with ports.acts.unit_of_work(read_only=True) as work:
        return get_ticket(work, caller, ref)[1]


def list_my_tickets(ports: SalesPorts, caller: Caller) -> list[Ticket]:
    """The tickets of the caller's orders, the newest order first."""
    with ports.acts.unit_of_work(read_only=True) as work:
        orders = work.orders.list_orders_of(caller.person, ORDERS_MAX)
        return [ticket for order in orders for ticket in work.orders.list_tickets(order.id)]


def find_guest(ports: SalesPorts, token: str) -> Caller | None:
    """Whose token it is that opens one guest's order (`Ordered.access`); None: it is none, or of no use. A guest has no
    role: nothing but that order is theirs."""
    order_id = read_access(token)
    if not order_id:
        return None
    with ports.acts.unit_of_work(read_only=True) as work:
        order = work.orders.find_order(order_id)
    if order is None or not hmac.compare_digest(order.access_digest, access_digest(token)):
        return None
    return Caller(order.person_id)


def unknown_order() -> OrderRefusedError:
    """There is none, or it is somebody else's."""
    return OrderRefusedError(
        Reason.UNKNOWN,
        "Cette commande ou ce billet n'existe pas, ou n'est pas à vous.",
        "There is no such order or ticket, or it is not yours.",
    )


def _may(caller: Caller, order: Order) -> bool:
    return caller.person in (order.person_id, order.sold_by) or caller.may(Permission.MANAGE_SALES)
