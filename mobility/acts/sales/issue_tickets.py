"""Tickets, in the transaction that completes their order."""

from __future__ import annotations

import datetime as dt

from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.tariff_versions import get_version
from ticketing.orders.order import Order, OrderItem
from ticketing.tickets.issue import issue
from ticketing.tickets.ticket import Ticket


def issue_in(
    work: UnitOfWork, ports: SalesPorts, order: Order, item: OrderItem, at: dt.datetime
) -> tuple[Ticket, ...]:
    """Issue the tickets of an item that is not fulfilled yet, whose order is locked; () where it gives no right to
    travel. An item never has more than one set. The caller commits. Raises KeyError: the version of the tariff it was
    sold by is gone."""
    rics = get_version(work, ports, item.tariff_version).rics
    issued = issue(order, item, ports.issuer, int(at.timestamp()), rics)
    for ticket in issued:
        work.orders.add_ticket(ticket)
    return issued
