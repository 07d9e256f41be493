"""How long an order may matter to what is bought later: carnets and cards while they are valid, journeys and passes
until their caps, and the month their best fare is found for, are over."""

from __future__ import annotations

from ticketing.orders.order import Order
from ticketing.tariff.tariff import Kind

CAPS_S = 32 * 86_400
"""The longest period of a cap is a month; returns are closer."""


def counts_until_s(order: Order) -> int:
    """The last second at which something in it may change another price, epoch seconds; 0: nothing in it does."""
    latest = 0
    for item in order.items:
        for leg in item.legs:
            latest = max(latest, leg.departure_s + CAPS_S)
        for line in item.lines:
            latest = max(latest, line.valid_until_s + (CAPS_S if line.kind == Kind.PASS else 0))
    return latest
