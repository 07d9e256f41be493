"""The life of an order, as data: what follows what; all else is refused. Terms are those of OSDM (UIC IRS 90918-10).

    PREBOOKED ◄──► ON_HOLD          CONFIRMED ──► FULFILLED ──► REFUNDED, EXCHANGED
      │  │            │  │              ▲  └──────────┴───────► CANCELLED, REFUNDED
      │  └────────────┴──┼──────────────┘
      └──────────────────┴──► RELEASED

Items step; the order's own status is what its items make it (`status_of`). Until it is paid they all step together.
What is over stays so, whoever comes late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace

from ticketing.orders.order import Order, OrderItem, OrderStatus
from ticketing.orders.refusal import OrderRefusedError, Reason

_PREBOOKED, _ON_HOLD, _CONFIRMED = OrderStatus.PREBOOKED, OrderStatus.ON_HOLD, OrderStatus.CONFIRMED
_FULFILLED, _RELEASED, _CANCELLED = OrderStatus.FULFILLED, OrderStatus.RELEASED, OrderStatus.CANCELLED
_REFUNDED, _EXCHANGED = OrderStatus.REFUNDED, OrderStatus.EXCHANGED

STEPS: dict[OrderStatus, frozenset[OrderStatus]] = {
    _PREBOOKED: frozenset((_ON_HOLD, _CONFIRMED, _RELEASED)),
    _ON_HOLD: frozenset((_PREBOOKED, _CONFIRMED, _RELEASED)),
    _CONFIRMED: frozenset((_FULFILLED, _CANCELLED, _REFUNDED)),
    _FULFILLED: frozenset((_CANCELLED, _REFUNDED, _EXCHANGED)),
    _RELEASED: frozenset(),
    _CANCELLED: frozenset(),
    _REFUNDED: frozenset(),
    _EXCHANGED: frozenset(),
}
"""All ways there are for an item."""

UNPAID = frozenset((_PREBOOKED, _ON_HOLD))
PAID = frozenset((_CONFIRMED, _FULFILLED))
"""What one may travel with."""
OVER = frozenset((_RELEASED, _CANCELLED, _REFUNDED, _EXCHANGED))

_ORDER_OF_NEWS = (_PREBOOKED, _ON_HOLD, _CONFIRMED, _FULFILLED, _REFUNDED, _EXCHANGED, _CANCELLED, _RELEASED)

_WORDS: dict[OrderStatus, tuple[str, str]] = {
    _PREBOOKED: ("réservée, pas encore payée", "held, not paid yet"),
    _ON_HOLD: ("en attente du paiement", "waiting for its payment"),
    _CONFIRMED: ("payée", "paid"),
    _FULFILLED: ("payée, billets émis", "paid, with tickets"),
    _RELEASED: ("rendue sans paiement", "given back unpaid"),
    _CANCELLED: ("annulée", "cancelled"),
    _REFUNDED: ("remboursée", "refunded"),
    _EXCHANGED: ("échangée", "exchanged"),
}


def step(item: OrderItem, to: OrderStatus) -> OrderItem:
    """The item in its next status. Raises OrderRefusedError (STATE)."""
    if to not in STEPS[item.status]:
        raise refused_state(item.status, to)
    return replace(item, status=to)


def status_of(items: Iterable[OrderItem]) -> OrderStatus:
    """The order's status: as long as something in it can be travelled with, it is FULFILLED (or CONFIRMED); when all is
    over, what happened to money comes before what did not."""
    statuses = {item.status for item in items}
    return next(status for status in _ORDER_OF_NEWS if status in statuses)


def changed(order: Order, items: Iterable[OrderItem], at: dt.datetime) -> Order:
    """The next version of an order, with these items."""
    made = tuple(items)
    status = status_of(made)
    return replace(
        order,
        items=made,
        status=status,
        version=order.version + 1,
        changed_at=max(at, order.changed_at),
        expires_at=order.expires_at if status in UNPAID else None,
    )


def step_all(order: Order, to: OrderStatus, at: dt.datetime) -> Order:
    """The order with all its items a step on. Raises OrderRefusedError (STATE)."""
    return changed(order, (step(item, to) for item in order.items), at)


def fulfil(order: Order, refs_of: Callable[[OrderItem], tuple[str, ...]], at: dt.datetime) -> Order:
    """A paid order with its tickets. Raises OrderRefusedError (STATE)."""
    items = (
        replace(step(step(item, _CONFIRMED), _FULFILLED), ticket_refs=refs_of(item)) for item in order.items
    )
    return changed(order, items, at)


def refused_state(of: OrderStatus, to: OrderStatus) -> OrderRefusedError:
    """Why nothing goes from one status to another."""
    (is_french, is_english), (to_french, to_english) = _WORDS[of], _WORDS[to]
    return OrderRefusedError(
        Reason.STATE,
        f"La commande est {is_french} : elle ne peut pas devenir « {to_french} ».",
        f"The order is {is_english}: it cannot become {to_english}.",
        "status",
    )
