"""Orders nobody paid in time: their seats are given back by the worker, or by whoever cancels them unpaid."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

from mobility.acts.on_demand.locked import until_locked
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.order_events import tell_order
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.seats import SEATS_LONGER, give_back_seats, keep_seats, lock_seats
from ticketing.orders.life import UNPAID, step_all
from ticketing.orders.order import Order, OrderStatus


def release_due(ports: SalesPorts) -> int:
    """Release all orders whose time is over, one a transaction; how many. Any number of processes may do so at once.

    While a bank does not say what became of a payment, the seats are kept, up to `pending_s_max` from the order on.
    """
    with ports.acts.unit_of_work(read_only=True) as work:
        due = work.orders.list_due(ports.acts.now())
    return sum(until_locked(partial(_release, ports, order_id)) for order_id in due)


def release_in(work: UnitOfWork, ports: SalesPorts, order: Order, at: dt.datetime) -> Order:
    """An unpaid order, locked, gives its seats back. The caller commits.

    Raises OrderRefusedError (STATE), and MovedMeanwhileError: begin again.
    """
    released = step_all(order, OrderStatus.RELEASED, at)
    give_back_seats(work, ports, lock_seats(work, order, order.items), at)
    work.orders.put_order(released)
    tell_order(work, "released", released, at)
    return released


def _release(ports: SalesPorts, order_id: str) -> int:
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        order = work.orders.lock_order(order_id)
        is_due = order is not None and order.expires_at is not None and order.expires_at <= now
        if order is None or not is_due or order.status not in UNPAID:
            return 0
        kept_until = order.made_at + dt.timedelta(seconds=ports.pending_s_max)
        if order.status is OrderStatus.ON_HOLD and now < kept_until:
            until = min(now + dt.timedelta(seconds=ports.hold_s), kept_until)
            if keep_seats(work, lock_seats(work, order, order.items), until + SEATS_LONGER, now):
                work.orders.put_order(
                    replace(order, expires_at=until, version=order.version + 1, changed_at=now)
                )
                work.commit()
                return 0
        release_in(work, ports, order, now)
        work.commit()
    return 1
