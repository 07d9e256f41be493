"""Who pays what of a price: what is given back to one rider later is what that one paid."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from ticketing.orders.order import Order, OrderItem
from ticketing.pricing.price import PriceLine

TOGETHER = frozenset(("group",))
"""Kinds of lines that are one price for several, who travel with one ticket."""


def by_rider(lines: Iterable[PriceLine]) -> tuple[PriceLine, ...]:
    """The lines, each of one rider (or one group): equal parts, odd cents from the first rider on."""
    made = []
    for line in lines:
        if len(line.riders) <= 1 or line.kind in TOGETHER:
            made.append(line)
            continue
        (each, odd), (full, odd_full) = (
            divmod(cents, len(line.riders)) for cents in (line.cents, line.full_cents)
        )
        made += [
            replace(line, riders=(rider,), cents=each + (n < odd), full_cents=full + (n < odd_full))
            for n, rider in enumerate(line.riders)
        ]
    return tuple(made)


def parties(lines: Iterable[PriceLine], riders: int) -> list[tuple[int, ...]]:
    """Who shares a ticket: riders priced as one group; everybody else has their own."""
    groups = [set(line.riders) for line in lines if line.kind in TOGETHER]
    found: list[tuple[int, ...]] = []
    for rider in range(riders):
        if any(rider in party for party in found):
            continue
        together = {rider}
        while more := {one for group in groups if group & together for one in group} - together:
            together |= more
        found.append(tuple(sorted(together)))
    return found


def lines_of_party(item: OrderItem, party: Collection[int]) -> tuple[int, ...]:
    """The numbers of the lines of an item that riders who share a ticket pay."""
    return tuple(n for n, line in enumerate(item.lines) if set(line.riders) & set(party))


def party_of(order: Order, ref: str) -> tuple[OrderItem, tuple[int, ...]]:
    """The item of a ticket of an order, and its riders: refs are numbered over the parties of all items
    (`ticketing.tickets.issue`). Raises KeyError."""
    head, _, tail = ref.rpartition("-")
    if head == order.reference and tail.isascii() and tail.isdigit():
        number = int(tail) - 1
        for item in order.items:
            found = parties(item.lines, len(item.riders))
            if 0 <= number < len(found):
                return item, found[number]
            number -= len(found)
    raise KeyError(ref)
