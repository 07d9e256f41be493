"""What is told of orders, in the transaction it happens in. Ids and facts only: no personal data leaves with it."""

from __future__ import annotations

import datetime as dt

from mobility.acts.ports import UnitOfWork
from ticketing.orders.order import Order


def tell_order(work: UnitOfWork, kind: str, order: Order, at: dt.datetime, **more: str | int) -> None:
    """`order.prebooked`, `.fulfilled`, `.released`, `.refunded`, `.exchanged` or `.best-fare` (with `period` and
    `back_cents`); the order is locked, or new."""
    payload = {
        "order_id": order.id,
        "reference": order.reference,
        "status": order.status.value,
        "version": order.version,
        "cents": order.cents,
    }
    work.events.add(f"order.{kind}", payload | more, at, subject=f"order:{order.id}")
